//! Trying a connection: which version answers, which schools are visible.

use super::cursor::Query;
use super::endpoint::{Version, version_of};
use super::fetch::Source;
use super::probe;
use crate::roster::{Org, OrgType, Status};
use crate::settings::Settings;
use crate::{Collection, Connection, Failure, Records, Report};

/// The contract's limit.
const MOST_SCHOOLS: usize = 1000;
/// Orgs that are asked for at once.
const LIMIT: u64 = 1000;

/// The settings that the toolkit reads: `version` and `compatibility`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) version: Version,
    compatibility: bool,
}

impl Options {
    /// # Errors
    /// [`Failure::InvalidSetting`].
    pub(crate) fn of(connection: &Connection) -> Result<Self, Failure> {
        let settings = Settings::of(connection);
        Ok(Self {
            version: Version::of(settings.choice("version", &Version::CHOICES, "auto")?),
            compatibility: settings.bool("compatibility", false)?,
        })
    }

    /// How much of the query language to begin with.
    pub(crate) fn query(&self) -> Query {
        if self.compatibility {
            Query::Plain
        } else {
            Query::Full
        }
    }
}

/// Reads the orgs' first page, and one user to see that users may be read.
pub(crate) fn check(source: &Source<'_>, options: &Options) -> Result<Report, Failure> {
    let found = probe::first_page(source, options, LIMIT)?;
    let users = Source {
        collection: Collection::Users,
        ..*source
    };
    users.page(&found.base, found.query, 1, 0)?;

    let Records::Orgs(orgs) = found.fetched.decoded.records else {
        return Err(Failure::Malformed(
            "The orgs' page holds something else.".to_owned(),
        ));
    };
    let name = match version_of(&found.base) {
        Some(Version::V1_2) => "OneRoster 1.2",
        Some(Version::V1_1) => "OneRoster 1.1",
        _ => "OneRoster",
    };
    let mut notes = vec![format!(
        "Base address: {}",
        source.endpoint.on_origin(&found.base)
    )];
    if found.query != options.query() {
        notes.push("The SIS refuses sort and filter; every run reads everything.".to_owned());
    }
    let seen = orgs.len() as u64;
    match found.fetched.total {
        Some(total) if total > seen => notes.push(format!(
            "The SIS has {total} orgs; the first {seen} are shown."
        )),
        Some(_) => {}
        None => notes.push(
            "The SIS tells no totals (X-Total-Count); pages are read one after the other."
                .to_owned(),
        ),
    }
    Ok(Report {
        source: name.to_owned(),
        schools: schools(&orgs),
        notes,
    })
}

/// The schools; all orgs where none says that it is a school.
pub(crate) fn schools(orgs: &[Org]) -> Vec<(String, String)> {
    let alive = || orgs.iter().filter(|org| org.status == Status::Active);
    let is_school = |org: &&Org| org.org_type == OrgType::School;
    let any_school = alive().any(|org| is_school(&org));
    alive()
        .filter(|org| !any_school || is_school(org))
        .take(MOST_SCHOOLS)
        .map(|org| (org.sourced_id.clone(), org.name.clone()))
        .collect()
}
