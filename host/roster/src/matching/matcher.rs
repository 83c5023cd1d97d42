//! Matching, source by source.

use super::decided::Decided;
use super::index::{Emails, Ids};
use super::judge::Judge;
use super::reason::Reason;
use super::rules::{Case, Indexes, Rules, Tier};
use super::standing::{self, Standing};
use super::users::{Made, NO_SLOT, Users};
use super::{Lone, MadeLink, Matched, Matching, held};
use crate::codes::kind;
use crate::notes::Notes;
use crate::outcome::Inputs;
use crate::people::email;
use crate::people::groups::{Grouping, Groups};
use crate::people::keys::Addresses;
use crate::people::kinds::Kinds;
use crate::people::sharing::Sharing;
use crate::prepared::Prepared;
use crate::record::Collection;
use crate::scope::UserScope;
use crate::settings::{ArchivedStudents, MergeKey};
use crate::source::{UserText, UserView};
use crate::state::{OrgKey, Rule, Text};

/// Matches the people of all sources. `frozen` are the schools, sorted, whose
/// data is incomplete.
pub(crate) fn run<'a>(
    inputs: &Inputs<'a>,
    all: &[Prepared<'a>],
    frozen: &[OrgKey],
    addresses: &mut Addresses,
    notes: &mut Notes,
) -> Matching<'a> {
    let mut users = Users::new(inputs.previous);
    let decided: Vec<Decided> = all
        .iter()
        .map(|prepared| Decided::of(prepared, inputs.decisions, &users, notes))
        .collect();
    let mut standing: Vec<Standing> = all
        .iter()
        .zip(&decided)
        .map(|(prepared, decided)| {
            let held = held::held(prepared, frozen, &users);
            standing::standing(prepared, decided, held, &users)
        })
        .collect();
    standing::settle(all, &decided, &mut standing, &mut users);
    standing::hold_of_others(all, &inputs.previous.links, &mut users);

    let (mut slots, mut sources, mut reused) = (Vec::new(), Vec::new(), Vec::new());
    for mut one in standing {
        slots.push(std::mem::take(&mut one.matched.slots));
        sources.push(one.matched);
        reused.push(one.id_reused);
    }
    let mut emails = Emails::of(inputs, all, &slots, &users, addresses);
    for own in 0..all.len() {
        let mut matcher = Matcher {
            all,
            own,
            decided: &decided[own],
            reused: &reused[own],
            addresses,
            emails: &mut emails,
            users: &mut users,
            notes,
        };
        matcher.source(&mut slots, &mut sources[own]);
    }
    for (matched, slots) in sources.iter_mut().zip(slots) {
        matched.slots = slots;
        matched.links.sort_by_key(|link| link.row);
    }
    Matching { users, sources }
}

/// Matches one source.
struct Matcher<'m, 'a> {
    all: &'m [Prepared<'a>],
    own: usize,
    decided: &'m Decided,
    reused: &'m [u32],
    addresses: &'m mut Addresses,
    emails: &'m mut Emails,
    users: &'m mut Users<'a>,
    notes: &'m mut Notes,
}

impl<'a> Matcher<'_, 'a> {
    fn prepared(&self) -> &Prepared<'a> {
        &self.all[self.own]
    }

    fn source(&mut self, slots: &mut [Vec<u32>], matched: &mut Matched) {
        let own = self.own;
        let (mut claimed, left) = self.claims(&slots[own], matched);
        let groups = self.groups(&slots[own]);
        self.note_torn(&groups, &slots[own]);
        let mut cases = self.cases(&groups, &mut slots[own], matched, &mut claimed);
        let sharing = self.sharing(&slots[own], &cases);
        self.note_shared(&sharing);
        if cases.iter().any(|case| !case.closed) {
            let indexes = self.indexes(slots, &cases);
            let mut judge = Judge {
                all: self.all,
                own,
                decided: self.decided,
                claimed,
                left,
            };
            let mut rules = Rules {
                judge: &mut judge,
                indexes: &indexes,
                emails: self.emails,
                addresses: self.addresses,
                sharing: &sharing,
            };
            let directory = self.all[own].is_directory();
            let local = self.all[own].provider.settings.merge_key == MergeKey::EmailLocalPart;
            let tiers = [
                (Tier::DirectoryId, !directory),
                (Tier::SisId, !directory),
                (Tier::Email, true),
                (Tier::LocalPart, local),
                (Tier::LegacyId, true),
            ];
            for (tier, _) in tiers.into_iter().filter(|(_, used)| *used) {
                rules.ask(tier, &mut cases, self.users);
            }
        }
        for case in cases {
            self.conclude(case, &mut slots[own], matched);
        }
        self.import_archived(&slots[own], matched);
        matched.lone.sort_by(|a, b| a.rows.cmp(&b.rows));
    }

    /// Which users records of this source are, and which they were.
    fn claims(&self, slots: &[u32], matched: &Matched) -> (Vec<bool>, Vec<bool>) {
        let mut claimed = vec![false; self.users.len()];
        let mut left = vec![false; self.users.len()];
        let taken = slots.iter().filter(|slot| **slot != NO_SLOT);
        taken.for_each(|slot| claimed[*slot as usize] = true);
        let prepared = self.prepared();
        for (index, link) in prepared.links.iter().enumerate() {
            let Some(slot) = self.users.slot(link.user) else {
                continue;
            };
            let row = prepared.user_of[index] as usize;
            if matched.held[index] {
                claimed[slot as usize] = true;
            } else if slots.get(row) != Some(&slot) {
                left[slot as usize] = true;
            }
        }
        (claimed, left)
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

    fn note_torn(&mut self, groups: &Groups, slots: &[u32]) {
        let running = self.prepared().running;
        for row in groups.torn.iter().filter(|_| running) {
            if slots[*row as usize] == NO_SLOT {
                self.notes
                    .record(kind::PERSON_CONFLICT, Collection::Users, *row);
            }
        }
    }

    /// The people who have no user yet. Records that join one who has are
    /// linked at once.
    fn cases(
        &mut self,
        groups: &Groups,
        slots: &mut [u32],
        matched: &mut Matched,
        claimed: &mut [bool],
    ) -> Vec<Case> {
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
                [] => cases.push(self.case(free)),
                [slot] => {
                    for row in free {
                        match self.decided.never.contains(&(row, *slot)) {
                            true => cases.push(self.case(vec![row])),
                            false => {
                                self.link(row, *slot, Rule::SameSource, None, slots, matched);
                                let kinds = self.kinds(row);
                                self.users.hold(*slot, kinds);
                                claimed[*slot as usize] = true;
                            }
                        }
                    }
                }
                _ => {
                    self.note_link_conflict(rows, slots);
                    let mut case = self.case(free);
                    case.reason = Reason::Ambiguous;
                    case.closed = true;
                    case.blocked = true;
                    cases.push(case);
                }
            }
        }
        for row in 0..slots.len() as u32 {
            let index = row as usize;
            let single = grouped.get(index) != Some(&true);
            if single && slots[index] == NO_SLOT && self.prepared().in_scope(row) {
                cases.push(self.case(vec![row]));
            }
        }
        cases.sort_by(|a, b| a.rows.cmp(&b.rows));
        cases
    }

    fn note_link_conflict(&mut self, rows: &[u32], slots: &[u32]) {
        let running = self.prepared().running;
        for row in rows.iter().filter(|_| running) {
            if slots[*row as usize] != NO_SLOT {
                self.notes
                    .record(kind::USER_LINK_CONFLICT, Collection::Users, *row);
            }
        }
    }

    fn kinds(&self, row: u32) -> Kinds {
        Kinds::of(self.prepared().scope.roles[row as usize])
    }

    fn case(&self, rows: Vec<u32>) -> Case {
        let prepared = self.prepared();
        let kinds = rows.iter().map(|row| self.kinds(*row));
        let kinds = kinds.fold(Kinds::default(), Kinds::union);
        let mut case = Case {
            reason: Reason::NoKey,
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
        let closed = if prepared.is_directory() {
            None
        } else if users().all(nameless) {
            Some(Reason::NoName)
        } else if ignored && users().all(|user| !user.enabled()) {
            Some(Reason::Archived)
        } else {
            None
        };
        let alone = case.rows.iter().any(|row| self.decided.alone.contains(row));
        let closed = closed.or(alone.then_some(Reason::Unmatched));
        case.closed = closed.is_some();
        case.reason = closed.unwrap_or(case.reason);
        let reused = |row: &u32| self.reused.binary_search(row).is_ok();
        if case.rows.iter().any(reused) {
            case.reason = case.reason.max(Reason::IdReused);
        }
        case
    }

    /// How many people hold each email. A person is a user, or a case.
    fn sharing(&self, slots: &[u32], cases: &[Case]) -> Sharing {
        let prepared = self.prepared();
        let mut person: Vec<u64> = slots.iter().map(|slot| u64::from(*slot)).collect();
        for (index, case) in cases.iter().enumerate() {
            for row in &case.rows {
                person[*row as usize] = u64::from(NO_SLOT) + index as u64;
            }
        }
        let exact = prepared.provider.settings.merge_key == MergeKey::EmailExact;
        let holders = prepared.addresses.iter().enumerate().map(|(row, address)| {
            let email = if exact { address.exact } else { address.folded };
            (email, person[row], Kinds::of(prepared.scope.roles[row]))
        });
        Sharing::count(self.addresses.len(), holders)
    }

    /// In a directory nobody can be matched by an email that two users have.
    fn note_shared(&mut self, sharing: &Sharing) {
        let prepared = &self.all[self.own];
        if !prepared.running || !prepared.is_directory() {
            return;
        }
        for (row, address) in prepared.addresses.iter().enumerate() {
            let kinds = Kinds::of(prepared.scope.roles[row]);
            if !address.is_none() && sharing.holders(address.folded, kinds) > 1 {
                let row = row as u32;
                let kind = kind::DIRECTORY_EMAIL_SHARED;
                self.notes.field(kind, Collection::Users, row, "email");
            }
        }
    }

    /// Where users are found by other than emails; only what will be asked.
    fn indexes(&self, slots: &[Vec<u32>], cases: &[Case]) -> Indexes {
        let prepared = self.prepared();
        let mut indexes = Indexes::default();
        if !prepared.is_directory() {
            let rows = cases.iter().flat_map(|case| &case.rows);
            let mut users = rows.filter_map(|row| prepared.records.user(*row));
            if users.any(|user| user.other_ids().next().is_some()) {
                indexes.directory_ids = Ids::of_directories(self.all, slots);
            }
            indexes.sis_ids = Ids::of_sis(self.all, slots);
        }
        let settings = &prepared.provider.settings;
        if settings.merge_key == MergeKey::EmailLocalPart {
            let domains = &settings.email_domains;
            indexes.local_parts = Ids::of_local_parts(self.emails, self.addresses, domains);
        }
        indexes
    }

    /// Links the person, makes a user, or says why not.
    fn conclude(&mut self, case: Case, slots: &mut [u32], matched: &mut Matched) {
        if let Some(found) = case.found {
            self.note_name_conflict(&case.rows, found.slot);
            for row in &case.rows {
                let (rule, evidence) = match *row == found.row {
                    true => (found.rule, found.id.clone().or_else(|| self.email(*row))),
                    false => (Rule::SameSource, None),
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
            archived: false,
        });
        let alone = case.rows.iter().any(|row| self.decided.alone.contains(row));
        self.users.reserved[slot as usize] = alone;
        for row in &case.rows {
            let rule = match *row == first {
                true => Rule::Created,
                false => Rule::SameSource,
            };
            self.link(*row, slot, rule, None, slots, matched);
            let kinds = self.kinds(*row);
            self.users.hold(slot, kinds);
        }
    }

    fn link(
        &mut self,
        row: u32,
        slot: u32,
        rule: Rule,
        evidence: Option<String>,
        slots: &mut [u32],
        matched: &mut Matched,
    ) {
        slots[row as usize] = slot;
        if self.prepared().creates() {
            let address = self.prepared().addresses[row as usize];
            self.emails.add(address, slot);
        }
        matched.links.push(MadeLink {
            row,
            slot,
            rule,
            evidence: evidence.map(Text::from),
            present: true,
        });
    }

    fn email(&self, row: u32) -> Option<String> {
        let user = self.prepared().records.user(row)?;
        let email = email::read(user.text(UserText::Email)?).ok()?;
        Some(email.written.into_owned())
    }

    fn note_name_conflict(&mut self, rows: &[u32], slot: u32) {
        let prepared = &self.all[self.own];
        if !prepared.running {
            return;
        }
        let names = self.users.names(slot, self.all);
        for row in rows {
            let user = prepared.records.user(*row);
            if user.is_some_and(|user| names.contradict(&user.into())) {
                self.notes
                    .record(kind::USER_NAME_CONFLICT, Collection::Users, *row);
            }
        }
    }

    /// With `archived-students` `import`, those whom the source deleted become
    /// archived users, unless somebody has their email already.
    fn import_archived(&mut self, slots: &[u32], matched: &mut Matched) {
        let prepared = &self.all[self.own];
        let imports = !prepared.is_directory()
            && prepared.creates()
            && prepared.provider.settings.archived_students == ArchivedStudents::Import;
        if !imports {
            return;
        }
        for row in 0..slots.len() as u32 {
            let deleted = prepared.scope.users[row as usize] == UserScope::Deleted;
            let Some(user) = prepared.records.user(row).filter(|_| deleted) else {
                continue;
            };
            let email = user.text(UserText::Email).map(email::read);
            let known = email.and_then(Result::ok).is_some_and(|email| {
                let address = self.addresses.intern(&email);
                self.emails.find(address).next().is_some()
            });
            if known || prepared.link(row).is_some() {
                continue;
            }
            let slot = self.users.make(Made {
                source: self.own,
                row,
                archived: true,
            });
            matched.links.push(MadeLink {
                row,
                slot,
                rule: Rule::Created,
                evidence: None,
                present: false,
            });
        }
    }
}
