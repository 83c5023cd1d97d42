//! What becomes of a person when the rules have been asked: linked, made a user,
//! or alone with a reason.

use super::matcher::Matcher;
use super::reason::Reason;
use super::rules::Case;
use super::users::Made;
use super::{Evidence, Lone, MadeLink, Matched};
use crate::settings::ArchivedStudents;
use crate::source::UserView;
use crate::state::Rule;

impl Matcher<'_, '_> {
    /// Links the person, makes a user, or says why not.
    pub(super) fn conclude(&mut self, case: Case, slots: &mut [u32], matched: &mut Matched) {
        if let Some(found) = case.found {
            self.compare_names(&case.rows, found.slot, matched);
            for row in case.rows.iter() {
                let (rule, evidence) = match *row == found.row {
                    true => match &found.id {
                        Some(id) => (found.rule, Evidence::Id(id.clone())),
                        None => (found.rule, Evidence::Email),
                    },
                    false => (Rule::SameSource, Evidence::None),
                };
                self.link(*row, found.slot, rule, evidence, slots, matched);
            }
            return;
        }
        let reason = self.reason(&case);
        let directory = self.prepared().is_directory();
        let may = reason.allows_creation() && !case.blocked;
        if directory || (self.prepared().creates() && may) {
            self.create(&case, slots, matched);
            return;
        }
        matched.lone.push(Lone {
            rows: case.rows,
            reason,
        });
    }

    /// The reason, made particular for guardians and for archived people.
    fn reason(&self, case: &Case) -> Reason {
        let prepared = self.prepared();
        let email = |row: &u32| !prepared.addresses[*row as usize].is_none();
        if case.kinds.only_guardian() && !case.rows.iter().any(email) {
            return case.reason.max(Reason::GuardianNoEmail);
        }
        let enabled = |row: &u32| prepared.records.user(*row).is_some_and(UserView::enabled);
        let makes = prepared.creates()
            && !prepared.is_directory()
            && prepared.provider.settings.archived_students == ArchivedStudents::Archive;
        match makes && !case.rows.iter().any(enabled) {
            true => Reason::Archived,
            false => case.reason,
        }
    }

    fn create(&mut self, case: &Case, slots: &mut [u32], matched: &mut Matched) {
        let (own, first) = (self.own, case.rows[0]);
        let slot = self.users.make(Made {
            source: own,
            row: first,
            kinds: case.kinds,
        });
        let alone = case.rows.iter().any(|row| self.decided.alone.contains(row));
        self.users.reserved[slot as usize] = alone;
        for row in case.rows.iter() {
            let rule = match *row == first {
                true => Rule::Created,
                false => Rule::SameSource,
            };
            self.link(*row, slot, rule, Evidence::None, slots, matched);
            let kinds = self.kinds(*row);
            self.users.hold(slot, kinds, own, *row);
        }
    }

    pub(super) fn link(
        &mut self,
        row: u32,
        slot: u32,
        rule: Rule,
        evidence: Evidence,
        slots: &mut [u32],
        matched: &mut Matched,
    ) {
        slots[row as usize] = slot;
        let (link, directory) = (self.prepared().link(row), self.prepared().is_directory());
        let before = link.and_then(|link| Some((link, self.users.slot(link.user)?)));
        if let Some((link, old)) = before.filter(|(_, old)| *old != slot) {
            self.emails.moved(old, link, directory);
        }
        let creates = self.prepared().creates();
        self.emails.linked(slot, creates);
        if creates {
            let address = self.prepared().addresses[row as usize];
            self.emails.add(address, slot);
        }
        matched.links.push(MadeLink {
            row,
            slot,
            rule,
            evidence,
            present: true,
        });
    }

    /// Remembers records whose names have nothing in common with the user's.
    fn compare_names(&self, rows: &[u32], slot: u32, matched: &mut Matched) {
        let prepared = self.prepared();
        if !prepared.running {
            return;
        }
        let names = self.users.names(slot, self.all);
        matched.misnamed.extend(rows.iter().filter(|row| {
            let user = prepared.records.user(**row);
            user.is_some_and(|user| names.contradict(&user.into()))
        }));
    }
}
