//! What a user is and where: roles, orgs, which role at which org, and the
//! primary org.
//!
//! Every record that speaks for the user adds its own; a school whose data is
//! incomplete has the people that it had. A role at an org that the roster does
//! not have, because it is excluded or was not sent, is a role nowhere.

use super::status::Voice;
use super::users::{Merge, One};
use crate::assignments;
use crate::scope::role_counts;
use crate::source::NO_ID;
use crate::state::{Assignment, OrgKey, Roles};

impl Merge<'_, '_> {
    pub(super) fn roles(&self, one: &One<'_>, voices: &[Voice], rests: bool) -> Roles {
        let before = one.before.map(|before| before.roles).unwrap_or_default();
        if rests || (voices.is_empty() && one.kept.is_empty()) {
            return before;
        }
        let kept = if one.kept.is_empty() {
            Roles::default()
        } else {
            before
        };
        let told = voices
            .iter()
            .map(|voice| self.all[voice.source as usize].scope.roles[voice.row as usize]);
        told.fold(kept, Roles::union)
    }

    /// The orgs of the records and the schools of the classes.
    pub(super) fn orgs(&self, one: &One<'_>, voices: &[Voice], rests: bool) -> Vec<OrgKey> {
        let before = one.before.map_or(&[][..], |before| &before.orgs);
        if rests || (voices.is_empty() && one.kept.is_empty()) {
            return before.to_vec();
        }
        let mut orgs: Vec<OrgKey> = one.schools.iter().map(|(_, org)| *org).collect();
        for voice in voices {
            let index = voice.source as usize;
            if let Some(user) = self.all[index].records.user(voice.row) {
                orgs.extend(user.orgs().filter_map(|org| self.keys[index].org(org)));
            }
        }
        orgs.retain(|org| !self.is_frozen(*org));
        let kept = !one.kept.is_empty();
        orgs.extend(before.iter().filter(|org| kept || self.is_frozen(**org)));
        orgs.sort_unstable();
        orgs.dedup();
        orgs
    }

    /// Puts the user's assignments into `list`, whatever it held.
    pub(super) fn assignments(
        &self,
        one: &One<'_>,
        voices: &[Voice],
        rests: bool,
        list: &mut Vec<Assignment>,
    ) {
        list.clear();
        let before = one
            .before
            .map_or(&[][..], |user| user.assignments.as_slice());
        let kept = !one.kept.is_empty();
        if rests || (voices.is_empty() && !kept) {
            list.extend_from_slice(before);
            return;
        }
        if self.stays_unknown(one) {
            return;
        }
        for voice in voices {
            self.told(*voice, list);
        }
        let frozen = |one: &Assignment| one.org.is_some_and(|org| self.is_frozen(org));
        list.retain(|one| !frozen(one));
        list.extend(before.iter().filter(|one| kept || frozen(one)));
        assignments::tidy(list);
    }

    /// Adds what one record says.
    fn told(&self, voice: Voice, list: &mut Vec<Assignment>) {
        let index = voice.source as usize;
        let prepared = &self.all[index];
        let (settings, kind) = (&prepared.provider.settings, prepared.provider.kind);
        let Some(user) = prepared.records.user(voice.row) else {
            return;
        };
        for said in user.roles() {
            let org = self.keys[index].org(said.org);
            let somewhere = org.is_some() || said.org == NO_ID;
            if somewhere && role_counts(settings, kind, self.inputs.today, said) {
                list.push(Assignment {
                    org,
                    role: said.role,
                    primary: said.primary,
                });
            }
        }
    }

    /// Whether a part of what the user is stays as it was, and where is not
    /// known of that part: a roster of before assignments were kept. Half of
    /// them would look like all.
    fn stays_unknown(&self, one: &One<'_>) -> bool {
        one.before.is_some_and(|before| {
            let unknown = before.assignments.is_empty() && !before.roles.is_empty();
            let stays = !one.kept.is_empty() || before.orgs.iter().any(|org| self.is_frozen(*org));
            unknown && stays
        })
    }

    /// The primary org that the highest priority has. It neither leaves nor
    /// becomes a school that stays as it was.
    pub(super) fn primary_org(
        &self,
        one: &One<'_>,
        voices: &[Voice],
        rests: bool,
    ) -> Option<OrgKey> {
        let before = one.before.and_then(|before| before.primary_org);
        let stays = before.is_some_and(|org| self.is_frozen(org));
        if rests || stays || (voices.is_empty() && one.kept.is_empty()) {
            return before;
        }
        let told = voices.iter().find_map(|voice| {
            let index = voice.source as usize;
            let user = self.all[index].records.user(voice.row)?;
            let org = self.keys[index].org(user.primary_org())?;
            (!self.is_frozen(org)).then_some(org)
        });
        told.or(before.filter(|_| !one.kept.is_empty()))
    }

    fn is_frozen(&self, org: OrgKey) -> bool {
        self.frozen.binary_search(&org).is_ok()
    }
}
