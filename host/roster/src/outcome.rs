//! What reconciling takes and what it returns.
//!
//! One function does it all, [`crate::reconcile`]; these are its two ends. They
//! know nothing of how records were read or how a plan is applied.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::finding::Finding;
use crate::plan::Plan;
use crate::record::{Collection, Day};
use crate::settings::Provider;
use crate::source::SourceRecords;
use crate::state::{Field, Origin, ProviderKey, Roles, Roster, RunKey, Text, UserKey};

/// A provider with what it says.
#[derive(Debug)]
pub struct Source {
    /// Who says it.
    pub provider: Provider,
    /// All its records.
    pub records: SourceRecords,
}

/// What administrators decided by hand. It outlives runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decisions {
    /// `match`: this record is this user.
    pub matches: Vec<(Origin, UserKey)>,
    /// `never-match`: this record is never this user.
    pub never: Vec<(Origin, UserKey)>,
    /// `unmatch`: this record is not linked to any user that others hold,
    /// until it is matched by hand; with `attach-only` off it may make its own.
    pub unmatched: Vec<Origin>,
    /// `pin`: this user's field has this value, whatever the sources say.
    pub pins: Vec<(UserKey, Field, Text)>,
}

/// What reconciling takes.
#[derive(Debug)]
pub struct Inputs<'a> {
    /// The roster as it is.
    pub previous: &'a Roster,
    /// Every provider of the tenant, in any order.
    pub sources: &'a [Source],
    /// Providers that are still there but whose records cannot be read now:
    /// what they brought stays, and ranks as it did.
    pub unread: &'a [Provider],
    /// Decisions made by hand.
    pub decisions: &'a Decisions,
    /// Today in the tenant's time zone.
    pub today: Day,
    /// The provider whose run this is: counts, accounting and guards are its.
    pub running: ProviderKey,
    /// This run.
    pub run: RunKey,
}

/// How the rows of one collection ended: `received = imported + skipped +
/// failed`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Rows the source sent.
    pub received: u64,
    /// Rows that are part of the roster now.
    pub imported: u64,
    /// Rows left out on purpose.
    pub skipped: u64,
    /// Rows that could not be used.
    pub failed: u64,
}

/// The counts that a sync reports. All are of the running provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Users of the platform with the role student that the source is linked
    /// to; a person is counted once, whatever the number of records.
    pub matched_students: u64,
    /// The same for anyone who works at a school.
    pub matched_teachers: u64,
    /// The same for parents, guardians and relatives.
    pub matched_guardians: u64,
    /// People of the source, in scope, who are no user of the platform.
    pub unmatched_users: u64,
    /// Classes of the source that are part of the roster.
    pub imported_classes: u64,
    /// Enrollments of the source that are part of the roster.
    pub imported_enrollments: u64,
}

/// A person of a source who is no user of the platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unmatched {
    /// The source's record.
    pub origin: Origin,
    /// Email, as the source writes it.
    pub email: Option<Text>,
    /// Given name.
    pub given_name: Option<Text>,
    /// Family name.
    pub family_name: Option<Text>,
    /// Roles.
    pub roles: Roles,
    /// A code of the catalogue, such as `user-no-match`.
    pub reason: Text,
}

/// Why a run must not be applied without a person's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The guard's code in the catalogue, such as `deletion-threshold`.
    pub code: Text,
    /// The school concerned, by its `sourcedId`; none: the whole source.
    pub school: Option<Text>,
    /// One sentence: what would happen, with numbers and the threshold.
    pub detail: Text,
}

/// What reconciling returns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What would change.
    pub plan: Plan,
    /// What somebody should know, sorted.
    pub findings: Vec<Finding>,
    /// How the running provider's rows ended. Rows that reading left out are
    /// not among them; whoever read them adds them.
    pub tally: BTreeMap<Collection, Tally>,
    /// The running provider's counts.
    pub counts: Counts,
    /// People who are no users, of every provider, sorted.
    pub unmatched: Vec<Unmatched>,
    /// Guards that say no. Empty: the plan may be applied.
    pub holds: Vec<Hold>,
    /// Schools of the running provider that stay as they were because their
    /// data is incomplete, by `sourcedId`. Not empty: the run is partial.
    pub incomplete_schools: Vec<Text>,
}
