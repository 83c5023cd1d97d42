//! Guardians of students.
//!
//! OneRoster ties a student and a guardian by `agents`, on either record or on
//! both, and says no more about them than the guardian's own role.
//!
//! A file of guardians is a source of its own whose users are guardians, with
//! the students of its integration as agents: by `sourcedId`, or by student
//! number where `student-id` says so. A student of an integration whose
//! guardians are said by a file has no guardians but those of that file.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use crate::codes::kind;
use crate::matching::{Matched, NO_SLOT, Users};
use crate::notes::Notes;
use crate::plan::{Changes, Update};
use crate::prepared::Prepared;
use crate::record::{Collection, Role};
use crate::settings::{GuardianSource, ProviderKind, RELATIONS, StudentId};
use crate::source::{SortedIds, UserText, UserView};
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
        let files: Vec<(usize, usize)> = order
            .iter()
            .filter_map(|index| Some((*index, self.integration(*index)?)))
            .collect();
        let mut owners = Owners::default();
        for (file, integration) in &files {
            self.own(*file, *integration, &mut owners);
        }
        for index in order {
            match files.iter().find(|(file, _)| *file == index) {
                Some((file, integration)) => self.file(*file, *integration, &owners, &mut now),
                None => self.source(index, &owners, &mut now),
            }
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

    /// The integration whose guardians the source says, if it is a file of
    /// guardians and the integration leaves them to it.
    fn integration(&self, index: usize) -> Option<usize> {
        let ProviderKind::Guardians(of) = self.all[index].provider.kind else {
            return None;
        };
        self.all.iter().position(|one| {
            one.provider.key == of && one.provider.settings.guardians == GuardianSource::File
        })
    }

    /// Makes the file the owner of the guardians of its integration's students.
    fn own(&self, file: usize, integration: usize, owners: &mut Owners) {
        let slots = self.matched[integration].slots.iter().enumerate();
        for (row, slot) in slots.filter(|(_, slot)| **slot != NO_SLOT) {
            if self.all[integration].scope.roles[row].contains(Role::Student) {
                owners.0.insert(*slot, file);
            }
        }
    }

    fn file(
        &mut self,
        file: usize,
        integration: usize,
        owners: &Owners,
        now: &mut BTreeMap<(UserKey, UserKey), Guardian>,
    ) {
        let (prepared, owner) = (&self.all[file], &self.all[integration]);
        let students = Students::of(owner);
        for (row, user) in prepared.records.users().enumerate() {
            if !prepared.in_scope(row as u32) {
                continue;
            }
            for agent in user.agents() {
                let id = prepared.records.ids(Collection::Users).get(*agent);
                let found = students.find(id);
                let student = found.filter(|row| {
                    let roles = owner.scope.roles.get(*row as usize);
                    roles.is_some_and(|roles| roles.contains(Role::Student))
                });
                let Some(student) = student else {
                    if prepared.running {
                        let name = &owner.provider.name;
                        let detail = format!("Student {id} is not among the students of `{name}`.");
                        let (entity, field) = (Collection::Users, Some("studentSourcedId"));
                        let kind = kind::GUARDIAN_STUDENT_UNKNOWN;
                        self.notes.detail(kind, entity, row as u32, field, detail);
                    }
                    continue;
                };
                let slots = (
                    self.slot(integration, student),
                    self.slot(file, row as u32),
                    relation(prepared.scope.roles[row]),
                );
                if let (Some(student), Some(guardian), Some(relation)) = slots {
                    self.put(file, owners, (student, guardian, relation), now);
                }
            }
        }
    }

    /// The user that a record is, if it is in use.
    fn slot(&self, index: usize, row: u32) -> Option<u32> {
        let slot = self.matched[index].slots[row as usize];
        (slot != NO_SLOT && self.active[slot as usize]).then_some(slot)
    }

    fn put(
        &self,
        index: usize,
        owners: &Owners,
        (student, guardian, relation): (u32, u32, Role),
        now: &mut BTreeMap<(UserKey, UserKey), Guardian>,
    ) {
        if owners.0.get(&student).is_some_and(|owner| *owner != index) {
            return;
        }
        let tie = Guardian {
            student: self.users.key(student),
            guardian: self.users.key(guardian),
            relation,
            provider: self.all[index].provider.key,
        };
        if tie.student != tie.guardian {
            now.insert((tie.student, tie.guardian), tie);
        }
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

    fn source(
        &mut self,
        index: usize,
        owners: &Owners,
        now: &mut BTreeMap<(UserKey, UserKey), Guardian>,
    ) {
        let prepared = &self.all[index];
        let settings = &prepared.provider.settings;
        let own = prepared.provider.kind == ProviderKind::Sis
            && settings.guardians == GuardianSource::Roster;
        if !own || settings.parents.is_empty() {
            return;
        }
        for (row, user) in prepared.records.users().enumerate() {
            if user.agents().is_empty() || !prepared.in_scope(row as u32) {
                continue;
            }
            for agent in user.agents() {
                self.tie(index, (row as u32, user), *agent, owners, now);
            }
        }
    }

    fn tie(
        &mut self,
        index: usize,
        (row, user): (u32, UserView<'_>),
        agent: u32,
        owners: &Owners,
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
        let slots = (
            self.slot(index, student_row),
            self.slot(index, guardian_row),
        );
        if let (Some(student), Some(guardian)) = slots {
            self.put(index, owners, (student, guardian, relation), now);
        }
    }
}

/// Which file owns the guardians of a student, by the student's slot.
#[derive(Debug, Default)]
struct Owners(HashMap<u32, usize>);

/// The students of an integration, by what a file calls them.
enum Students<'a> {
    Ids(&'a SortedIds),
    /// None: several have the number.
    Numbers(HashMap<&'a str, Option<u32>>),
}

impl<'a> Students<'a> {
    fn of(prepared: &Prepared<'a>) -> Self {
        if prepared.provider.settings.student_id == StudentId::SourcedId {
            return Students::Ids(prepared.records.ids(Collection::Users));
        }
        let mut numbers = HashMap::new();
        for (row, user) in prepared.records.users().enumerate() {
            let student = prepared.scope.roles[row].contains(Role::Student);
            let number = user.text(UserText::Identifier);
            if let Some(number) = number.filter(|_| student) {
                let known = numbers.entry(number);
                known
                    .and_modify(|row| *row = None)
                    .or_insert(Some(row as u32));
            }
        }
        Students::Numbers(numbers)
    }

    fn find(&self, id: &str) -> Option<u32> {
        match self {
            Students::Ids(ids) => ids.find(id),
            Students::Numbers(numbers) => numbers.get(id).copied().flatten(),
        }
    }
}

/// How the roster calls the tie: the first of the chosen relations that the
/// guardian's roles name.
fn relation(roles: Roles) -> Option<Role> {
    RELATIONS.into_iter().find(|role| roles.contains(*role))
}
