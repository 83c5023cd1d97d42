//! The people of a source who have no user yet.

use super::matcher::Matcher;
use super::reason::Reason;
use super::rules::Case;
use super::users::NO_SLOT;
use super::{Evidence, Matched, Rows};
use crate::people::groups::{Grouping, Groups};
use crate::people::kinds::Kinds;
use crate::settings::ArchivedStudents;
use crate::source::{UserText, UserView};
use crate::state::Rule;

impl Matcher<'_, '_> {
    /// The people who have no user yet. Records that join one who has are
    /// linked at once.
    pub(super) fn cases(
        &mut self,
        slots: &mut [u32],
        matched: &mut Matched,
        claimed: &mut [bool],
    ) -> Vec<Case> {
        let groups = self.groups(slots);
        matched.torn = groups.torn;
        matched.torn.retain(|row| slots[*row as usize] == NO_SLOT);
        matched.conflicts.clear();
        let mut cases = Vec::new();
        let mut grouped = vec![
            false;
            if groups.together.is_empty() {
                0
            } else {
                slots.len()
            }
        ];
        for rows in &groups.together {
            rows.iter().for_each(|row| grouped[*row as usize] = true);
            let mut held: Vec<u32> = rows.iter().map(|row| slots[*row as usize]).collect();
            held.retain(|slot| *slot != NO_SLOT);
            held.sort_unstable();
            held.dedup();
            let free: Vec<u32> = rows
                .iter()
                .copied()
                .filter(|row| slots[*row as usize] == NO_SLOT)
                .collect();
            match held.as_slice() {
                [] => cases.push(self.case(Rows::Several(free))),
                [slot] => {
                    for row in free {
                        match self.decided.never.contains(&(row, *slot)) {
                            true => cases.push(self.case(Rows::One(row))),
                            false => {
                                self.link(
                                    row,
                                    *slot,
                                    Rule::SameSource,
                                    Evidence::None,
                                    slots,
                                    matched,
                                );
                                let kinds = self.kinds(row);
                                self.users.hold(*slot, kinds, self.own, row);
                                claimed[*slot as usize] = true;
                            }
                        }
                    }
                }
                _ => {
                    let linked = rows.iter().filter(|row| slots[**row as usize] != NO_SLOT);
                    matched.conflicts.extend(linked);
                    let mut case = self.case(Rows::Several(free));
                    case.settled = true;
                    case.reason = Reason::Ambiguous;
                    case.blocked = true;
                    cases.push(case);
                }
            }
        }
        for row in 0..slots.len() as u32 {
            let index = row as usize;
            let single = grouped.get(index) != Some(&true);
            if single && slots[index] == NO_SLOT && self.prepared().in_scope(row) {
                cases.push(self.case(Rows::One(row)));
            }
        }
        cases.sort_by(|a, b| a.rows.cmp(&b.rows));
        cases
    }

    fn groups(&self, slots: &[u32]) -> Groups {
        let prepared = self.prepared();
        if prepared.is_directory() {
            // Each row of a directory is somebody who can log in.
            return Groups::default();
        }
        let settled: Vec<bool> = slots.iter().map(|slot| *slot != NO_SLOT).collect();
        let apart: Vec<bool> = (0..slots.len() as u32)
            .map(|row| !prepared.in_scope(row) || self.decided.alone.contains(&row))
            .collect();
        let grouping = Grouping {
            records: prepared.records,
            scope: &prepared.scope,
            addresses: &prepared.addresses,
            settled: &settled,
            apart: &apart,
        };
        grouping.groups()
    }

    pub(super) fn kinds(&self, row: u32) -> Kinds {
        Kinds::of(self.prepared().scope.roles[row as usize])
    }

    fn case(&self, rows: Rows) -> Case {
        let prepared = self.prepared();
        let kinds = rows.iter().map(|row| self.kinds(*row));
        let kinds = kinds.fold(Kinds::default(), Kinds::union);
        let mut case = Case {
            first: Reason::NoKey,
            reason: Reason::NoKey,
            settled: false,
            closed: false,
            blocked: false,
            found: None,
            kinds,
            rows,
        };
        let users = || {
            case.rows
                .iter()
                .filter_map(|row| prepared.records.user(*row))
        };
        let nameless = |user: UserView<'_>| {
            user.text(UserText::GivenName).is_none() && user.text(UserText::FamilyName).is_none()
        };
        let ignored = prepared.provider.settings.archived_students == ArchivedStudents::Ignore;
        let settled = if prepared.is_directory() {
            None
        } else if users().all(nameless) {
            Some(Reason::NoName)
        } else if ignored && users().all(|user| !user.enabled()) {
            Some(Reason::Archived)
        } else {
            None
        };
        let alone = case.rows.iter().any(|row| self.decided.alone.contains(row));
        let settled = settled.or(alone.then_some(Reason::Unmatched));
        case.settled = settled.is_some();
        case.first = settled.unwrap_or(case.first);
        // Who was let back in is no case.
        let reused = |row: &u32| self.returning.binary_search(row).is_ok();
        if case.rows.iter().any(reused) {
            case.first = case.first.max(Reason::IdReused);
        }
        case.reason = case.first;
        case
    }
}
