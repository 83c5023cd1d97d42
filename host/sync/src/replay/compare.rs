//! Compares one answer with the one on record, part by part.

use homeroom_sandbox::recording::{Outcome, RecordedPage};
use homeroom_sandbox::{Page, Report};

use super::Answered;

/// Notes which parts of a page differ. Says whether the records are the same.
pub(super) fn compare_page(old: &RecordedPage, page: &Page, different: &mut Vec<String>) -> bool {
    let new = RecordedPage::from(page);
    let same = old.records == new.records;
    let mut note = |differs: bool, what: String| {
        if differs {
            different.push(what);
        }
    };
    let counted = |what, old: u64, new: u64| format!("{what}: {old} on record, {new} now");
    note(
        !same,
        counted("records", old.count.into(), new.count.into()),
    );
    note(
        old.received != new.received,
        counted("rows received", old.received.into(), new.received.into()),
    );
    note(
        old.next != new.next,
        format!(
            "where to go on: {} cursors on record, {} now",
            old.next.len(),
            new.next.len()
        ),
    );
    note(
        old.total != new.total,
        format!(
            "the collection's total: {:?} on record, {:?} now",
            old.total, new.total
        ),
    );
    note(
        old.findings != new.findings,
        counted(
            "findings",
            old.findings.len() as u64,
            new.findings.len() as u64,
        ),
    );
    note(
        old.storage_writes != new.storage_writes,
        counted(
            "storage writes",
            old.storage_writes.len() as u64,
            new.storage_writes.len() as u64,
        ),
    );
    same
}

pub(super) fn told_failure<T>(before: &str, result: &Answered<T>) -> String {
    match result {
        Ok(_) => format!("it was {before} and succeeds now"),
        Err(error) => format!(
            "it was {before} and is {} now: {}",
            error.code(),
            error.detail()
        ),
    }
}

pub(super) fn compare_reports(
    recorded: Option<&Outcome>,
    result: &Answered<Report>,
) -> Vec<String> {
    match (recorded, result) {
        (
            Some(Outcome::Report {
                source,
                schools,
                notes,
            }),
            Ok(new),
        ) => {
            let mut different = Vec::new();
            if *source != new.source {
                different.push(format!("source: {source} on record, {} now", new.source));
            }
            if *schools != new.schools {
                let (old, new) = (schools.len(), new.schools.len());
                different.push(format!("schools: {old} on record, {new} now"));
            }
            if *notes != new.notes {
                different.push("the notes differ".to_owned());
            }
            different
        }
        (Some(Outcome::Failure(old)), Err(new))
            if old.code == new.code() && old.detail == new.detail() =>
        {
            Vec::new()
        }
        (Some(Outcome::Failure(old)), _) => vec![told_failure(&old.code, result)],
        (Some(_), Err(_)) => vec![told_failure("a report", result)],
        _ => Vec::new(),
    }
}
