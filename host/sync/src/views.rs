//! What the command line and other front ends show: plain data with the field
//! names that scripts rely on. Nothing here computes.
//!
//! Runs are here; people, integrations and adapters have modules of their own.

use std::collections::BTreeMap;

use homeroom_roster::outcome::{Counts, Tally};
use homeroom_roster::plan::PlanCounts;
use serde::{Deserialize, Serialize};

pub use self::adapter::{
    AdapterPage, AdapterState, AdapterView, Effect, InstallReport, PublisherView, Standing,
};
pub use self::integration::{IntegrationView, TestReport};
pub use self::people::{
    AttributeView, CandidateView, Explanation, LinkDetail, LinkView, UnmatchedView, UserView,
};
pub use homeroom_store::RunStatus;

mod adapter;
mod integration;
mod people;

use crate::delta::DeltaView;

/// How many rows of each collection, in the order of reading.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PerCollection {
    /// Organisations.
    pub orgs: u64,
    /// Academic sessions.
    pub academic_sessions: u64,
    /// Courses.
    pub courses: u64,
    /// Classes.
    pub classes: u64,
    /// Users.
    pub users: u64,
    /// Enrollments.
    pub enrollments: u64,
}

/// Findings by severity. Notes about records that the settings leave out
/// (`info`) are listed by `run findings` and not counted as something wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingCounts {
    /// The run stopped.
    pub fatal: u64,
    /// Records left out.
    pub error: u64,
    /// Records used that should be mended.
    pub warning: u64,
    /// Records left out on purpose.
    pub info: u64,
}

/// A guard's objection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldView {
    /// The guard's code.
    pub code: String,
    /// The school's `sourcedId`; none: the whole source.
    pub school: Option<String>,
    /// What would happen.
    pub detail: String,
}

/// Something that is no longer kept of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedView {
    /// `plan` (what `run changes` shows, and approve and undo need) or `details`
    /// (findings, requests and log).
    pub what: String,
    /// When it was dropped (RFC 3339).
    pub at: String,
}

/// Where the time of a run went, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Phases {
    /// Reading from the source, wall time.
    pub read: f64,
    /// Processor time inside the sandbox while reading, all pages together.
    pub sandbox: f64,
    /// Loading the previous roster and the source's records.
    pub load: f64,
    /// Scope, match, merge, plan and guard.
    pub plan: f64,
    /// Writing plan, findings and roster.
    pub commit: f64,
}

/// How much of a limit was used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// The most that was used.
    pub peak: u64,
    /// What is allowed.
    pub limit: u64,
}

/// What an adapter used of what the sandbox allows, all attempts of the run
/// together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RunUsage {
    /// Memory of one call, all its memories together.
    pub memory_bytes: Used,
    /// Table elements of one call, all its tables together.
    pub table_elements: Used,
    /// Resources that a call left open when it ended.
    pub resources: Used,
    /// Processor time of a call, in milliseconds.
    pub call_cpu_millis: Used,
    /// Wall time of a call, waiting for the source's pace not counted, in
    /// milliseconds.
    pub call_millis: Used,
    /// The longest that one request waited before it was sent: for a pause that
    /// the source asked for, for other syncs, for its turn; in milliseconds.
    /// Only the first is limited.
    pub request_wait_millis: Used,
    /// Wall time of reading in the last attempt, in milliseconds.
    pub run_millis: Used,
    /// Requests of a call.
    pub call_requests: Used,
    /// Requests of the run.
    pub run_requests: Used,
    /// Bytes received by a call.
    pub call_bytes_in: Used,
    /// Bytes received by the run.
    pub run_bytes_in: Used,
    /// Bytes that the adapter sent in the run: methods, addresses, headers and
    /// bodies.
    pub run_bytes_out: Used,
    /// Lines of the adapter in the run's log.
    pub log_lines: Used,
    /// Size of the integration's storage.
    pub storage_bytes: Used,
    /// Records of a page.
    pub page_records: Used,
    /// Size of a page's encoded records.
    pub page_bytes: Used,
    /// Size of all pages of the run: records, findings and cursors.
    pub run_page_bytes: Used,
    /// Pages that the run has named.
    pub pages: Used,
    /// Pages that waited to be read.
    pub open_cursors: Used,
}

/// A run, as `sync --json` and `run show --json` print it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunReport {
    /// The run's number.
    pub run: u32,
    /// The provider's name.
    pub provider: String,
    /// `sync`, `directory`, `guardians` or `undo`.
    pub kind: String,
    /// Planned only, not applied.
    pub preview: bool,
    /// How it ended.
    pub status: RunStatus,
    /// `ok`, or the code of what stopped, held or limited it.
    pub code: String,
    /// One sentence about the code; empty for `ok`.
    pub detail: String,
    /// What to do about it; empty for `ok`.
    pub remedy: String,
    /// What was matched and imported.
    pub counts: Counts,
    /// Rows the source sent; where only changes were read (`delta`), also those
    /// that it sent before and that still stand.
    pub received: PerCollection,
    /// Rows that are part of the roster.
    pub imported: PerCollection,
    /// Rows left out on purpose.
    pub skipped: PerCollection,
    /// Rows that could not be used.
    pub failed: PerCollection,
    /// Findings by severity.
    pub findings: FindingCounts,
    /// Findings by code.
    pub finding_codes: BTreeMap<String, u64>,
    /// What the plan changes.
    pub changes: PlanCounts,
    /// Guards that object.
    pub holds: Vec<HoldView>,
    /// Schools left as they were, by `sourcedId`.
    pub incomplete_schools: Vec<String>,
    /// For each of them, what is missing and what was sent, as its finding
    /// says.
    #[serde(default)]
    pub incomplete_details: Vec<String>,
    /// Outbound HTTP requests of the whole run, one for each line of `run log`:
    /// every attempt counts, repeated ones too, those of earlier attempts of the
    /// run, the host's own for tokens, and those that were refused or cut off.
    pub requests: u64,
    /// Bytes received, after decompression.
    pub bytes: u64,
    /// When it began (RFC 3339).
    pub started: String,
    /// How long it took.
    pub seconds: f64,
    /// Where the time went.
    pub phases: Phases,
    /// Largest memory of one sandbox, in bytes.
    pub peak_sandbox_memory: u64,
    /// What came, where only changes were read; absent where everything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<DeltaView>,
    /// What is no longer kept of it.
    #[serde(default)]
    pub dropped: Vec<DroppedView>,
    /// What the adapter used beside what it may use; absent for runs without an
    /// adapter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<RunUsage>,
}

/// One line of `run list`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunSummary {
    /// The run's number.
    pub run: u32,
    /// The provider's name.
    pub provider: String,
    /// `sync`, `directory`, `guardians` or `undo`.
    pub kind: String,
    /// Planned only.
    pub preview: bool,
    /// How it stands.
    pub status: RunStatus,
    /// Its code.
    pub code: String,
    /// When it began (RFC 3339).
    pub started: String,
    /// How long it took, if it ended.
    pub seconds: Option<f64>,
}

/// One line of a run's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogLine {
    /// When (RFC 3339).
    pub at: String,
    /// `info`, `warn`, `error`, `debug`; `adapter` lines carry the prefix
    /// `adapter:` in the text.
    pub level: String,
    /// What happened.
    pub text: String,
}

/// One outbound request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestView {
    /// When (RFC 3339).
    pub at: String,
    /// The method.
    pub method: String,
    /// Scheme, host and port.
    pub origin: String,
    /// The path, with the names of query parameters and without their values.
    pub path: String,
    /// The answer's status, if there was an answer.
    pub status: Option<u16>,
    /// Bytes received.
    pub bytes: u64,
    /// Milliseconds it took.
    pub millis: u64,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// What went wrong.
    pub error: Option<String>,
}

/// One finding, as `run findings --json` prints it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FindingView {
    /// The catalogue's code.
    pub code: String,
    /// `info`, `warning`, `error` or `fatal`.
    pub severity: String,
    /// Who mends it: `district`, `vendor` or `platform`.
    pub owner: String,
    /// The provider's name.
    pub source: Option<String>,
    /// The collection's name.
    pub entity: Option<String>,
    /// The record's id.
    pub sourced_id: Option<String>,
    /// The property.
    pub field: Option<String>,
    /// One sentence.
    pub detail: String,
}

impl RunReport {
    /// Records how the rows of a collection ended.
    pub fn set_tally(&mut self, collection: homeroom_roster::record::Collection, tally: Tally) {
        *self.received.get_mut(collection) = tally.received;
        *self.imported.get_mut(collection) = tally.imported;
        *self.skipped.get_mut(collection) = tally.skipped;
        *self.failed.get_mut(collection) = tally.failed;
    }
}

impl PerCollection {
    /// The number of that collection.
    pub fn get_mut(&mut self, collection: homeroom_roster::record::Collection) -> &mut u64 {
        use homeroom_roster::record::Collection;
        match collection {
            Collection::Orgs => &mut self.orgs,
            Collection::AcademicSessions => &mut self.academic_sessions,
            Collection::Courses => &mut self.courses,
            Collection::Classes => &mut self.classes,
            Collection::Users => &mut self.users,
            Collection::Enrollments => &mut self.enrollments,
        }
    }
}
