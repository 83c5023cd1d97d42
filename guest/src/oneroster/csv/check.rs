//! Looking at a bundle before anybody relies on it.

use super::bundle::Bundle;
use super::page;
use super::table::Encoding;
use crate::files::FileSet;
use crate::oneroster::check::schools;
use crate::oneroster::notes::Notes;
use crate::{Collection, Failure, PageRequest, Records, Report};

/// Orgs that are looked at.
const ORGS: u32 = 5000;

/// Reads the orgs and the first users, so that what would fail a run fails here.
pub(crate) fn check(files: &dyn FileSet, encoding: Encoding) -> Result<Report, Failure> {
    let bundle = Bundle::of(files)?;
    let first = |collection, page_size| {
        let request = PageRequest {
            collection,
            cursor: None,
            changed_since: None,
            page_size,
        };
        page::read(files, encoding, &request)
    };
    let Records::Orgs(orgs) = first(Collection::Orgs, ORGS)?.records else {
        return Err(Failure::Malformed(
            "The orgs are something else.".to_owned(),
        ));
    };
    let users = first(Collection::Users, 1)?;
    let mut notes = Vec::new();
    for file in bundle.files() {
        notes.push(format!("{}: {} bytes", file.name, file.size));
    }
    if let Some(total) = users.total {
        notes.push(format!("The bundle has {total} users."));
    }
    if bundle.has_changes() {
        notes.push("Some files hold only changes (mode delta): they count only after a bulk set has been read.".to_owned());
    }
    let mut odd = Notes::default();
    bundle.note_oddities(&mut odd);
    notes.extend(odd.findings.into_iter().map(|finding| finding.detail));
    notes.truncate(100);
    Ok(Report {
        source: bundle.title(),
        schools: schools(&orgs),
        notes,
    })
}
