//! Matching one source.

use super::Matched;
use super::decided::Decided;
use super::emails::Emails;
use super::ids::Ids;
use super::judge::{self, Judge};
use super::rules::{Case, Indexes, Rules, Tier};
use super::users::{NO_SLOT, Users};
use crate::people::keys::Addresses;
use crate::people::kinds::Kinds;
use crate::people::sharing::Sharing;
use crate::prepared::Prepared;
use crate::settings::MergeKey;

/// Matches one source.
pub(super) struct Matcher<'m, 'a> {
    pub(super) all: &'m [Prepared<'a>],
    pub(super) own: usize,
    pub(super) decided: &'m Decided,
    /// Users of the source whose link was without a record, sorted.
    pub(super) returning: &'m [u32],
    pub(super) addresses: &'m mut Addresses,
    pub(super) emails: &'m mut Emails,
    pub(super) users: &'m mut Users<'a>,
}

/// What asking a source brought.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    /// Somebody was found or made.
    pub(super) found: bool,
    /// A record that was another user's got a user.
    pub(super) parted: bool,
    /// Somebody was found or made while a user of the source who came back was
    /// not recognised: they may be known by the others now.
    pub(super) outside: bool,
}

impl<'a> Matcher<'_, 'a> {
    pub(super) fn prepared(&self) -> &Prepared<'a> {
        &self.all[self.own]
    }

    /// Matches everybody of the source who can be matched.
    pub(super) fn source(&mut self, slots: &mut [Vec<u32>], matched: &mut Matched) -> Progress {
        let own = self.own;
        let before = matched.links.len();
        let back = self.take_back(&mut slots[own], matched);
        let prepared = &self.all[own];
        let (mut claimed, left) = judge::claims(prepared, self.users, &slots[own], matched);
        let mut cases = self.cases(&mut slots[own], matched, &mut claimed);
        let sharing = self.sharing(&slots[own], &cases);
        matched.shared = self.shared(&sharing);
        if cases.iter().any(|case| !case.settled) {
            self.ask(slots, &mut cases, &sharing, claimed, left);
        }
        matched.lone.clear();
        for case in cases {
            self.conclude(case, &mut slots[own], matched);
        }
        matched.lone.sort_by(|a, b| a.rows.cmp(&b.rows));
        let made = &matched.links[before..];
        let parted = |row: u32| self.prepared().link(row).is_some();
        let mut returning = self.returning.iter();
        let outside = returning.any(|row| slots[own][*row as usize] == NO_SLOT);
        Progress {
            found: back || !made.is_empty(),
            parted: made.iter().any(|link| parted(link.row)),
            outside: outside && !made.is_empty(),
        }
    }

    fn ask(
        &mut self,
        slots: &[Vec<u32>],
        cases: &mut [Case],
        sharing: &Sharing,
        claimed: Vec<bool>,
        left: Vec<bool>,
    ) {
        let indexes = self.indexes(slots, cases);
        let mut judge = Judge {
            all: self.all,
            own: self.own,
            decided: self.decided,
            claimed,
            left,
        };
        let mut rules = Rules {
            judge: &mut judge,
            indexes: &indexes,
            emails: self.emails,
            addresses: self.addresses,
            sharing,
        };
        let own = &self.all[self.own];
        let local = own.provider.settings.merge_key == MergeKey::EmailLocalPart;
        let ids = !own.is_directory();
        let tiers = [
            (Tier::DirectoryId, ids),
            (Tier::SisId, ids),
            (Tier::Email, true),
            (Tier::LocalPart, local),
            (Tier::LegacyId, true),
        ];
        let used = tiers.into_iter().filter(|(_, used)| *used);
        let tiers: Vec<Tier> = used.map(|(tier, _)| tier).collect();
        rules.ask_all(&tiers, cases, self.users);
    }

    /// How many people hold each email. A person is a user, or a case.
    fn sharing(&self, slots: &[u32], cases: &[Case]) -> Sharing {
        let prepared = self.prepared();
        let mut person: Vec<u64> = slots.iter().map(|slot| u64::from(*slot)).collect();
        for (index, case) in cases.iter().enumerate() {
            for row in case.rows.iter() {
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

    /// In a directory nobody can be matched by an email that two users have:
    /// the users who have one.
    fn shared(&self, sharing: &Sharing) -> Vec<u32> {
        let prepared = self.prepared();
        if !prepared.is_directory() {
            return Vec::new();
        }
        let users = prepared.addresses.iter().enumerate();
        users
            .filter(|(row, address)| {
                let kinds = Kinds::of(prepared.scope.roles[*row]);
                !address.is_none() && sharing.holders(address.folded, kinds) > 1
            })
            .map(|(row, _)| row as u32)
            .collect()
    }

    /// Where users are found by other than emails; only what will be asked.
    fn indexes(&self, slots: &[Vec<u32>], cases: &[Case]) -> Indexes {
        let prepared = self.prepared();
        let mut indexes = Indexes::default();
        if !prepared.is_directory() {
            let rows = cases.iter().flat_map(|case| case.rows.iter());
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
}
