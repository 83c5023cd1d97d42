//! Trying a connection: which version answers, which schools are visible, how
//! much there is, what is not granted and what is hidden.

use super::clock::Clock;
use super::cursor::Query;
use super::endpoint::{Version, segment, version_of};
use super::fetch::{Fetched, Source};
use super::{probe, sample};
use crate::http::Request;
use crate::roster::{Org, OrgType, Status};
use crate::settings::Settings;
use crate::{Collection, Connection, Failure, Records, Report};

/// The contract's limit.
const MOST_SCHOOLS: usize = 1000;
/// Orgs that are asked for at once.
const LIMIT: u64 = 1000;
/// Users that are asked for at once.
const SAMPLE: u64 = 200;

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

/// Reads the orgs' first page and a little of every other collection, and says
/// what a person who sets up the connection should know.
pub(crate) fn check(source: &Source<'_>, options: &Options) -> Result<Report, Failure> {
    let clock = Clock::over(source.transport);
    let source = Source {
        transport: &clock,
        ..*source
    };
    let mut report = look(&source, options).map_err(|failure| clock.explain(failure))?;
    report.notes.extend(clock.note());
    Ok(report)
}

fn look(source: &Source<'_>, options: &Options) -> Result<Report, Failure> {
    let found = probe::first_page(source, options, LIMIT)?;
    let Records::Orgs(orgs) = found.fetched.decoded.records else {
        return Err(Failure::Malformed(
            "The orgs' page holds something else.".to_owned(),
        ));
    };
    let others = others(source, &found.base, found.query);
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
    let mut counts: Vec<String> = found
        .fetched
        .total
        .map(|total| format!("orgs {total}"))
        .into_iter()
        .collect();
    for (collection, fetched) in others {
        let what = segment(collection);
        match fetched {
            Ok(fetched) => {
                counts.extend(fetched.total.map(|total| format!("{what} {total}")));
                if let Records::Users(users) = &fetched.decoded.records {
                    notes.extend(sample::notes(users));
                    notes.extend(small_pages(fetched.decoded.received, fetched.total));
                }
            }
            // Without people there is nothing to test further.
            Err(failure) if collection == Collection::Users => return Err(failure),
            Err(failure) => notes.push(left_out(what, &failure)?),
        }
    }
    if !counts.is_empty() {
        notes.push(format!("Rows: {}.", counts.join(", ")));
    }
    Ok(Report {
        source: name.to_owned(),
        schools: schools(&orgs),
        notes,
    })
}

type Answers = Vec<(Collection, Result<Fetched, Failure>)>;

/// The beginning of every collection but the orgs, asked for at once.
fn others(source: &Source<'_>, base: &str, query: Query) -> Answers {
    let asked: Vec<(Source<'_>, Request)> = [
        (Collection::AcademicSessions, 1),
        (Collection::Courses, 1),
        (Collection::Classes, 1),
        (Collection::Users, SAMPLE),
        (Collection::Enrollments, 1),
    ]
    .into_iter()
    .map(|(collection, limit)| {
        let source = Source {
            collection,
            ..*source
        };
        let url = source.url(base, query, limit, 0);
        (source, Request::get(url))
    })
    .collect();
    let requests: Vec<Request> = asked.iter().map(|(_, request)| request.clone()).collect();
    let answers = source.transport.send_all(&requests);
    asked
        .into_iter()
        .zip(answers)
        .map(|((source, request), answer)| {
            let fetched = answer.and_then(|response| source.take(&response, &request.url));
            (source.collection, fetched)
        })
        .collect()
}

/// What to say of a collection that cannot be read. Trouble that is no
/// property of the connection stays a failure.
fn left_out(what: &str, failure: &Failure) -> Result<String, Failure> {
    let why = match failure {
        Failure::Unauthorised(_) | Failure::Forbidden(_) => {
            "the credentials may not read them; let the SIS's administrator grant them"
        }
        Failure::NotFound(_) => "the SIS does not have them at this address",
        Failure::Unsupported(_) | Failure::Malformed(_) => "the SIS's answer cannot be used",
        _ => return Err(failure.clone()),
    };
    let without = match what {
        "classes" | "enrollments" => {
            "A sync fails without them, unless the setting classrooms is false"
        }
        _ => "A sync goes on without them",
    };
    Ok(format!("No {what}: {why}. {without}."))
}

/// Servers that cut pages make a sync slow.
fn small_pages(received: u32, total: Option<u64>) -> Option<String> {
    let asked = SAMPLE.min(total?);
    (u64::from(received) < asked).then(|| {
        format!(
            "The SIS gives at most {received} rows a page, though {SAMPLE} were asked for; a larger maximum in the SIS makes syncs faster."
        )
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
