//! The rules that find a user for a person, from the strongest to the weakest.
//!
//! A rule is put to all people of a source before the next one is: whom an
//! immutable id names is not given away by an email. A rule must name exactly
//! one user for a person, and exactly one person for that user. Otherwise there
//! is a finding, and no weaker rule is asked.

use super::Rows;
use super::emails::Emails;
use super::ids::{Ids, local_part, names_directory, plain_id};
use super::judge::Judge;
use super::reason::Reason;
use super::users::Users;
use crate::people::keys::{Address, Addresses};
use crate::people::kinds::Kinds;
use crate::people::sharing::Sharing;
use crate::settings::MergeKey;
use crate::source::UserText;
use crate::state::Rule;

/// The rules, in the order in which they are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tier {
    /// An immutable id of a directory, named by the SIS.
    DirectoryId,
    /// An id of the SIS, named by the directory.
    SisId,
    /// The email; by the setting with or without regard to letter case.
    Email,
    /// The part before the `@`.
    LocalPart,
    /// The id that the person had at the source before.
    LegacyId,
}

/// A person of a source who has no user yet.
#[derive(Debug)]
pub(crate) struct Case {
    /// The source's users that are this person, sorted.
    pub(crate) rows: Rows,
    /// What the person is.
    pub(crate) kinds: Kinds,
    /// The reason before any rule is asked.
    pub(crate) first: Reason,
    /// The greatest reason so far why the person has no user.
    pub(crate) reason: Reason,
    /// No rule is ever asked.
    pub(crate) settled: bool,
    /// No weaker rule is asked.
    pub(crate) closed: bool,
    /// A user is not made either: one of those that fit may be the person.
    pub(crate) blocked: bool,
    /// The user that was found.
    pub(crate) found: Option<Candidate>,
}

impl Case {
    /// Whether a rule is to be asked.
    fn is_open(&self) -> bool {
        !self.settled && !self.closed && self.found.is_none()
    }
}

/// A user that may be the person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate {
    pub(crate) slot: u32,
    pub(crate) rule: Rule,
    /// The record of the person that the rule looked at.
    pub(crate) row: u32,
    /// The id that agreed; for emails, the record's own.
    pub(crate) id: Option<Box<str>>,
}

/// Where users are found.
#[derive(Debug, Default)]
pub(crate) struct Indexes {
    pub(crate) directory_ids: Ids,
    pub(crate) sis_ids: Ids,
    pub(crate) local_parts: Ids,
}

/// What the rules look at.
pub(crate) struct Rules<'r, 'j, 'a> {
    pub(crate) judge: &'r mut Judge<'j, 'a>,
    pub(crate) indexes: &'r Indexes,
    pub(crate) emails: &'r Emails,
    pub(crate) addresses: &'r Addresses,
    pub(crate) sharing: &'r Sharing,
}

impl Rules<'_, '_, '_> {
    /// Puts the rules to all cases, until they find nobody any more: who is
    /// found is no candidate for others, so that what was ambiguous may be
    /// clear after all. Returns whether anybody was found.
    pub(crate) fn ask_all(
        &mut self,
        tiers: &[Tier],
        cases: &mut [Case],
        users: &mut Users<'_>,
    ) -> bool {
        let mut any = false;
        loop {
            for case in cases.iter_mut().filter(|case| !case.settled) {
                (case.reason, case.closed, case.blocked) = (case.first, false, false);
            }
            let mut found = 0;
            for tier in tiers {
                found += self.ask(*tier, cases, users);
            }
            if found == 0 {
                return any;
            }
            any = true;
        }
    }

    /// Puts one rule to every open case. Returns how many people it found.
    fn ask(&mut self, tier: Tier, cases: &mut [Case], users: &mut Users<'_>) -> usize {
        let mut proposals: Vec<(Candidate, usize)> = Vec::new();
        let mut candidates = Vec::new();
        let open = cases.iter_mut().enumerate();
        for (index, case) in open.filter(|(_, case)| case.is_open()) {
            candidates.clear();
            self.candidates(tier, case, users, &mut candidates);
            candidates.retain(|candidate: &Candidate| {
                let verdict =
                    self.judge
                        .verdict(users, &case.rows, case.kinds, candidate.slot, tier);
                if let Err(reason) = verdict {
                    case.reason = case.reason.max(reason);
                    case.blocked |= !reason.allows_creation();
                }
                verdict.is_ok()
            });
            candidates.sort();
            candidates.dedup_by_key(|candidate| candidate.slot);
            match candidates.as_slice() {
                [] => {}
                [_] => proposals.extend(candidates.pop().map(|candidate| (candidate, index))),
                _ => close(case, Reason::Ambiguous),
            }
        }
        let mut found = 0;
        proposals.sort();
        for rivals in proposals.chunk_by(|(a, _), (b, _)| a.slot == b.slot) {
            match rivals {
                [(candidate, index)] => {
                    self.found(&mut cases[*index], candidate.clone(), users);
                    found += 1;
                }
                _ => rivals
                    .iter()
                    .for_each(|(_, index)| close(&mut cases[*index], Reason::Ambiguous)),
            }
        }
        found
    }

    fn found(&mut self, case: &mut Case, candidate: Candidate, users: &mut Users<'_>) {
        self.judge.claimed[candidate.slot as usize] = true;
        for row in case.rows.iter() {
            users.hold(candidate.slot, case.kinds, self.judge.own, *row);
        }
        case.found = Some(candidate);
    }

    /// The users that a rule names for a person; some may come twice.
    fn candidates(
        &self,
        tier: Tier,
        case: &mut Case,
        users: &Users<'_>,
        candidates: &mut Vec<Candidate>,
    ) {
        match tier {
            Tier::DirectoryId => self.by_directory_id(case, candidates),
            Tier::SisId => self.by_sis_id(case, candidates),
            Tier::Email => self.by_email(case, users, candidates),
            Tier::LocalPart => self.by_local_part(case, candidates),
            Tier::LegacyId => self.by_legacy_id(case, users, candidates),
        }
    }

    fn by_directory_id(&self, case: &Case, candidates: &mut Vec<Candidate>) {
        let own = &self.judge.all[self.judge.own];
        for row in case.rows.iter() {
            let user = own.records.user(*row);
            let ids = user.into_iter().flat_map(|user| user.other_ids());
            for (_, id) in ids.filter(|(id_type, _)| names_directory(id_type)) {
                for slot in self.indexes.directory_ids.find(&plain_id(id)) {
                    candidates.push(Candidate {
                        slot,
                        rule: Rule::DirectoryId,
                        row: *row,
                        id: Some(id.into()),
                    });
                }
            }
        }
    }

    fn by_sis_id(&self, case: &Case, candidates: &mut Vec<Candidate>) {
        let own = &self.judge.all[self.judge.own];
        for row in case.rows.iter() {
            let Some(user) = own.records.user(*row) else {
                continue;
            };
            for id in [Some(user.id()), user.text(UserText::Identifier)]
                .into_iter()
                .flatten()
            {
                for slot in self.indexes.sis_ids.find(id) {
                    candidates.push(Candidate {
                        slot,
                        rule: Rule::SisId,
                        row: *row,
                        id: Some(id.into()),
                    });
                }
            }
        }
    }

    fn by_email(&self, case: &mut Case, users: &Users<'_>, candidates: &mut Vec<Candidate>) {
        let own = &self.judge.all[self.judge.own];
        let exact = own.provider.settings.merge_key == MergeKey::EmailExact;
        for row in case.rows.iter() {
            let address = own.addresses[*row as usize];
            if address.is_none() {
                continue;
            }
            case.reason = case.reason.max(Reason::NoMatch);
            let found = self
                .emails
                .find(address)
                .filter(|(_, same)| *same || !exact);
            let found = found.map(|(slot, same)| Candidate {
                slot,
                rule: if same { Rule::EmailExact } else { Rule::Email },
                row: *row,
                id: None,
            });
            match self.shared(address, exact, case.kinds) {
                None => candidates.extend(found),
                Some(reason) => {
                    case.reason = case.reason.max(reason);
                    let fits = |slot| {
                        let verdict =
                            self.judge
                                .verdict(users, &case.rows, case.kinds, slot, Tier::Email);
                        verdict.is_ok()
                    };
                    // Whether somebody fits matters only where a user could be made.
                    let makes = own.creates() && !own.is_directory();
                    case.blocked |= makes && found.into_iter().any(|one| fits(one.slot));
                }
            }
        }
    }

    /// Whether an email is held by several people of the source.
    fn shared(&self, address: Address, exact: bool, kinds: Kinds) -> Option<Reason> {
        let key = if exact { address.exact } else { address.folded };
        match self.sharing.holders(key, kinds) {
            0 | 1 => None,
            2 => Some(Reason::Shared),
            _ => Some(Reason::Generic),
        }
    }

    fn by_local_part(&self, case: &mut Case, candidates: &mut Vec<Candidate>) {
        let own = &self.judge.all[self.judge.own];
        for row in case.rows.iter() {
            let address = own.addresses[*row as usize];
            if address.is_none() || self.shared(address, false, case.kinds).is_some() {
                continue;
            }
            let email = self.addresses.get(address.folded);
            let Some(local) = local_part(email, &own.provider.settings.email_domains) else {
                continue;
            };
            for slot in self.indexes.local_parts.find(local) {
                candidates.push(Candidate {
                    slot,
                    rule: Rule::EmailLocalPart,
                    row: *row,
                    id: None,
                });
            }
        }
    }

    /// The source names the id that the person had before.
    fn by_legacy_id(&self, case: &Case, users: &Users<'_>, candidates: &mut Vec<Candidate>) {
        let own = &self.judge.all[self.judge.own];
        for row in case.rows.iter() {
            let user = own.records.user(*row);
            let Some(old) = user.and_then(|user| user.text(UserText::LegacyId)) else {
                continue;
            };
            let link = own
                .links
                .binary_search_by(|link| (*link.origin.sourced_id).cmp(old));
            let slot = link.ok().and_then(|link| users.slot(own.links[link].user));
            candidates.extend(slot.map(|slot| Candidate {
                slot,
                rule: Rule::LegacyId,
                row: *row,
                id: Some(old.into()),
            }));
        }
    }
}

fn close(case: &mut Case, reason: Reason) {
    case.reason = case.reason.max(reason);
    case.closed = true;
    case.blocked = true;
}
