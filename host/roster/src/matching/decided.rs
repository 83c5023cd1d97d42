//! What administrators decided about the records of one source.

use std::collections::{BTreeMap, BTreeSet};

use super::users::Users;
use crate::codes::kind;
use crate::notes::Notes;
use crate::outcome::Decisions;
use crate::prepared::Prepared;
use crate::record::Collection;

/// Decisions by the source's users and the slots of the platform's.
#[derive(Debug, Default)]
pub(super) struct Decided {
    /// This record is this user.
    pub(super) matched: BTreeMap<u32, u32>,
    /// This record is never this user.
    pub(super) never: BTreeSet<(u32, u32)>,
    /// This record stands alone.
    pub(super) alone: BTreeSet<u32>,
}

impl Decided {
    /// The decisions about records that the source sends. Of two matches of
    /// one record the one with the greater user key counts, so that their
    /// order does not matter.
    pub(super) fn of(
        prepared: &Prepared<'_>,
        decisions: &Decisions,
        users: &Users<'_>,
        notes: &mut Notes,
    ) -> Decided {
        let mut decided = Decided::default();
        let ids = prepared.records.ids(Collection::Users);
        let ours = |provider| provider == prepared.provider.key;
        let mut matches: Vec<_> = decisions.matches.iter().collect();
        matches.sort_by_key(|(_, user)| *user);
        for (origin, user) in matches {
            if !ours(origin.provider) {
                continue;
            }
            let Some(slot) = users.slot(*user) else {
                if prepared.running {
                    let detail = format!(
                        "Record {} is matched by hand to user {user}, who does not exist.",
                        origin.sourced_id
                    );
                    notes.general(kind::DECISION_VOID, Some(Collection::Users), None, detail);
                }
                continue;
            };
            if let Some(row) = ids.find_record(&origin.sourced_id) {
                decided.matched.insert(row, slot);
            }
        }
        for (origin, user) in &decisions.never {
            if !ours(origin.provider) {
                continue;
            }
            let row = ids.find_record(&origin.sourced_id);
            if let (Some(row), Some(slot)) = (row, users.slot(*user)) {
                decided.never.insert((row, slot));
            }
        }
        for origin in &decisions.unmatched {
            if !ours(origin.provider) {
                continue;
            }
            if let Some(row) = ids.find_record(&origin.sourced_id) {
                decided.alone.insert(row);
            }
        }
        // A match by hand is the later word.
        decided
            .alone
            .retain(|row| !decided.matched.contains_key(row));
        decided
    }
}
