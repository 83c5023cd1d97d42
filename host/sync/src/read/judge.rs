//! What is said of a read: pages that do not fit, collections that do not end or
//! are missing, and what a person should know of each. It reads nothing and stores
//! nothing.

use homeroom_roster::finding::{Effect, Finding, Severity};
use homeroom_roster::record::{Collection, Extent};
use homeroom_sandbox::CallError;

use super::books::{Books, Entry};
use super::{FILTER_IGNORED, ROWS_MOVED, ReadFailure, Reading};

impl Reading {
    /// What the run should say about whole collections.
    pub(super) fn remarks(&self, books: &Books) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (&collection, standing) in &books.standings {
            let rows = standing.rows;
            if let Some(total) = standing.total().filter(|total| *total > rows) {
                let detail = format!("the source announced {total} {collection} and gave {rows}");
                findings.push(self.about(collection, "collection-short", detail));
            }
            if standing.is_unsteady() {
                let detail = format!(
                    "{collection} changed each time they were read; a record may be missing until \
                     the next run"
                );
                findings.push(self.about(collection, ROWS_MOVED, detail));
            }
            let whole = standing.whole || standing.extent == Some(Extent::Whole);
            let wanted = self.since.filter(|_| self.known.contains(&collection));
            if let (Some(since), true) = (wanted, whole) {
                let detail = format!(
                    "the source does not filter {collection} by the date of their last change; all \
                     {rows} were read and not only those since {since:.0}"
                );
                findings.push(self.about(collection, FILTER_IGNORED, detail));
            }
        }
        findings
    }

    /// A page that does not fit what was asked for, or the pages before it.
    pub(super) fn misfit(
        &self,
        collection: Collection,
        before: Option<Extent>,
        page: &Entry,
    ) -> Option<ReadFailure> {
        if before.is_some_and(|before| before != page.extent) {
            let detail = format!(
                "the adapter gave some pages of {collection} as the whole and some as changes"
            );
            return Some(ReadFailure::Unusable("malformed", detail));
        }
        if page.extent == Extent::Whole {
            return None;
        }
        if !self.delta {
            let detail = format!(
                "the adapter answered with changes of {collection}, and its manifest says that it \
                 reads everything (delta = false)"
            );
            return Some(ReadFailure::Unusable("malformed", detail));
        }
        if page.received > 0 && !self.known.contains(&collection) {
            let detail = format!(
                "the source gives only changes of {collection}, and all of them have not been read \
                 before"
            );
            return Some(ReadFailure::Unusable("changes-without-base", detail));
        }
        None
    }

    /// What says that the source or the adapter never comes to an end.
    pub(super) fn endless(
        &self,
        collection: Collection,
        named: usize,
        open: usize,
        text: usize,
    ) -> Option<String> {
        let limits = self.session.limits();
        if named > limits.run_pages || text > limits.run_cursor_bytes {
            return Some(format!(
                "reading {collection} does not end: {named} pages were named so far"
            ));
        }
        (open > limits.open_cursors)
            .then(|| format!("reading {collection} does not end: {open} pages wait to be read"))
    }

    pub(super) fn not_granted(&self, collection: Collection, error: &CallError) -> Finding {
        let detail = format!("the source does not give {collection}: {}", error.detail());
        self.about(collection, "collection-not-granted", detail)
    }

    /// A warning about a whole collection.
    fn about(&self, collection: Collection, code: &str, detail: String) -> Finding {
        Finding {
            code: code.into(),
            severity: Severity::Warning,
            effect: Effect::Kept,
            provider: Some(self.provider),
            entity: Some(collection),
            sourced_id: None,
            field: None,
            detail: detail.into(),
        }
    }
}

/// A roster without courses or academic sessions is still a roster, so a source
/// that does not give them is no reason to stop. If it gave them before, the
/// guard speaks.
pub(super) fn spared(collection: Collection, error: &CallError) -> bool {
    matches!(
        collection,
        Collection::Courses | Collection::AcademicSessions
    ) && matches!(error.code(), "forbidden" | "not-found" | "unsupported")
}
