//! Guardians of students.
//!
//! OneRoster ties a student and a guardian by `agents`, on either record or on
//! both, and says no more about them than the guardian's own role.

use std::collections::BTreeMap;

use crate::codes::kind;
use crate::matching::{Matched, NO_SLOT, Users};
use crate::notes::Notes;
use crate::plan::{Changes, Update};
use crate::prepared::Prepared;
use crate::record::{Collection, Role};
use crate::settings::RELATIONS;
use crate::source::UserView;
use crate::state::{Guardian, Roles, Roster, UserKey};

/// Compares the guardians of all sources with the roster's.
pub(crate) struct Comparison<'c, 'a> {
    pub(crate) roster: &'c Roster,
    pub(crate) all: &'c [Prepared<'a>],
    pub(crate) matched: &'c [Matched],
    pub(crate) users: &'c Users<'a>,
    /// By slot: the user is in use.
    pub(crate) active: &'c [bool],
    /// By slot: a record of the user that does not count is to be kept.
    pub(crate) kept: &'c [bool],
    pub(crate) notes: &'c mut Notes,
}

impl Comparison<'_, '_> {
    /// What changes.
    pub(crate) fn compare(&mut self) -> Changes<Guardian> {
        let mut now: BTreeMap<(UserKey, UserKey), Guardian> = BTreeMap::new();
        for guardian in self
            .roster
            .guardians
            .iter()
            .filter(|guardian| self.stays(guardian))
        {
            now.insert((guardian.student, guardian.guardian), *guardian);
        }
        // Of two sources that tie the same two, the one with the higher
        // priority says how.
        let mut order: Vec<usize> = (0..self.all.len()).collect();
        order.sort_by_key(|index| {
            let provider = self.all[*index].provider;
            (
                provider.settings.merge_priority,
                std::cmp::Reverse(provider.key),
            )
        });
        for index in order {
            self.source(index, &mut now);
        }
        let mut changes = Changes::default();
        for before in &self.roster.guardians {
            match now.remove(&(before.student, before.guardian)) {
                None => changes.removed.push(*before),
                Some(after) if after != *before => changes.updated.push(Update {
                    before: *before,
                    after,
                }),
                Some(_) => {}
            }
        }
        changes.created.extend(now.into_values());
        changes
    }

    /// Ties of providers that are gone stay, and those of people whose records
    /// are kept though they do not count.
    fn stays(&self, guardian: &Guardian) -> bool {
        let mut sources = self.all.iter();
        let known = sources.any(|one| one.provider.key == guardian.provider);
        let kept = |user| {
            let slot = self.users.slot(user);
            slot.is_some_and(|slot| self.kept[slot as usize])
        };
        !known || kept(guardian.student) || kept(guardian.guardian)
    }

    fn source(&mut self, index: usize, now: &mut BTreeMap<(UserKey, UserKey), Guardian>) {
        let prepared = &self.all[index];
        if prepared.is_directory() || prepared.provider.settings.parents.is_empty() {
            return;
        }
        for (row, user) in prepared.records.users().enumerate() {
            if user.agents().is_empty() || !prepared.in_scope(row as u32) {
                continue;
            }
            for agent in user.agents() {
                self.tie(index, row as u32, user, *agent, now);
            }
        }
    }

    fn tie(
        &mut self,
        index: usize,
        row: u32,
        user: UserView<'_>,
        agent: u32,
        now: &mut BTreeMap<(UserKey, UserKey), Guardian>,
    ) {
        let prepared = &self.all[index];
        let Some(other) = prepared.records.user(agent) else {
            if prepared.running {
                let id = prepared.records.ids(Collection::Users).get(agent);
                let detail = format!("Agent {id} is not among the users that the source sent.");
                let entity = Collection::Users;
                self.notes
                    .detail(kind::AGENT_UNKNOWN, entity, row, Some("agents"), detail);
            }
            return;
        };
        let roles = |row: u32| prepared.scope.roles[row as usize];
        let student = |roles: Roles| roles.contains(Role::Student);
        let (student_row, guardian_row, relation) = if student(roles(row)) {
            (row, agent, relation(roles(agent)))
        } else if student(roles(agent)) {
            (agent, row, relation(roles(row)))
        } else {
            return;
        };
        let Some(relation) = relation else {
            let guardian = if guardian_row == row { user } else { other };
            let known = guardian.roles().iter().any(|role| role.role != Role::Other);
            if prepared.running && !known && !guardian.deleted() {
                let kind = kind::GUARDIAN_NO_ROLE;
                self.notes
                    .field(kind, Collection::Users, guardian_row, "roles");
            }
            return;
        };
        let slot = |row: u32| {
            let slot = self.matched[index].slots[row as usize];
            (slot != NO_SLOT && self.active[slot as usize]).then_some(slot)
        };
        let (Some(student), Some(guardian)) = (slot(student_row), slot(guardian_row)) else {
            return;
        };
        let tie = Guardian {
            student: self.users.key(student),
            guardian: self.users.key(guardian),
            relation,
            provider: prepared.provider.key,
        };
        if tie.student != tie.guardian {
            now.insert((tie.student, tie.guardian), tie);
        }
    }
}

/// How the roster calls the tie: the first of the chosen relations that the
/// guardian's roles name.
fn relation(roles: Roles) -> Option<Role> {
    RELATIONS.into_iter().find(|role| roles.contains(*role))
}
