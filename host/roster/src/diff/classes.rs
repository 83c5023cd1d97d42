//! Classes.

use super::Shared;
use super::catalogue::{Keys, archive, origin};
use super::keys::{Counter, Known, assign};
use crate::codes::kind;
use crate::notes::Notes;
use crate::plan::Plan;
use crate::prepared::Prepared;
use crate::record::Collection;
use crate::scope::ClassScope;
use crate::source::ClassView;
use crate::state::{Class, ClassKey, OrgKey, Roster, Status};

/// The classes of one source.
#[derive(Debug, Default)]
pub(crate) struct Classes {
    /// By class: whether it counts, after everything was looked at.
    pub(crate) scope: Vec<ClassScope>,
    /// By class: its key, if it counts.
    pub(crate) keys: Vec<u32>,
}

/// Compares the classes of all sources with the roster's.
pub(crate) struct Comparison<'c, 'a> {
    pub(crate) roster: &'c Roster,
    pub(crate) all: &'c [Prepared<'a>],
    /// By source.
    pub(crate) keys: &'c [Keys],
    /// By source, by org id: the school's data is incomplete.
    pub(crate) incomplete: &'c [Vec<bool>],
    /// Schools that stay as they are, sorted.
    pub(crate) frozen: &'c [OrgKey],
    pub(crate) shared: &'c mut Shared,
    pub(crate) notes: &'c mut Notes,
    pub(crate) plan: &'c mut Plan,
}

impl Comparison<'_, '_> {
    /// Adds the changes to the plan.
    pub(crate) fn compare(&mut self) -> Vec<Classes> {
        let mut counter = Counter::after(self.roster.next.class, &self.roster.classes);
        let mut all = Vec::with_capacity(self.all.len());
        for (index, prepared) in self.all.iter().enumerate() {
            all.push(match prepared.is_directory() {
                true => Classes::default(),
                false => self.source(index, prepared, &mut counter),
            });
        }
        self.plan.classes.sort_by(|class| class.key);
        self.plan.next.class = counter.free();
        all
    }

    fn source(&mut self, index: usize, prepared: &Prepared<'_>, counter: &mut Counter) -> Classes {
        let list = &self.roster.classes;
        let records = prepared.records;
        let known = Known::of(list, prepared, Collection::Classes, records.classes().len());
        let scope: Vec<ClassScope> = records
            .classes()
            .enumerate()
            .map(|(id, class)| {
                let before = list.get(known.place[id] as usize);
                self.scope(index, prepared, id, class, before)
            })
            .collect();
        let ids = records.ids(Collection::Classes).len();
        let used = |id: u32| scope[id as usize].is_in();
        let numbers = assign(&known, list, ids, used, counter);
        for (id, class) in records.classes().enumerate() {
            let before = list.get(known.place[id] as usize);
            if prepared.running {
                match scope[id] {
                    ClassScope::SchoolUnknown => self.notes.detail(
                        kind::CLASS_SCHOOL_UNKNOWN,
                        Collection::Classes,
                        id as u32,
                        Some("school"),
                        format!(
                            "School {} is not among the orgs that the source sent.",
                            records.ids(Collection::Orgs).get(class.row.school)
                        ),
                    ),
                    scope => note(self.notes, scope, id as u32),
                }
            }
            if scope[id].is_in() {
                let key = ClassKey(numbers[id]);
                let after = self.class(prepared, &self.keys[index], key, before, class);
                if let Some(after) = after {
                    self.plan.classes.put(before, after);
                }
            } else if scope[id] != ClassScope::SchoolIncomplete {
                archive(&mut self.plan.classes, before);
            }
        }
        for place in known.gone {
            let before = list.get(place as usize);
            if before.is_some_and(|class| !self.is_frozen(class.school)) {
                archive(&mut self.plan.classes, before);
            }
        }
        Classes {
            scope,
            keys: numbers,
        }
    }

    /// What the source's scope says, or what the roster has against it.
    fn scope(
        &self,
        index: usize,
        prepared: &Prepared<'_>,
        id: usize,
        class: ClassView<'_>,
        before: Option<&Class>,
    ) -> ClassScope {
        let scope = prepared.scope.classes[id];
        if scope == ClassScope::Off {
            return scope;
        }
        let school = class.row.school as usize;
        let incomplete = self.incomplete[index].get(school) == Some(&true);
        if incomplete || before.is_some_and(|class| self.is_frozen(class.school)) {
            return ClassScope::SchoolIncomplete;
        }
        let archived = before.is_some_and(|class| class.status == Status::Archived);
        match archived && scope.is_in() && !prepared.provider.settings.unarchive_classes {
            true => ClassScope::StaysArchived,
            false => scope,
        }
    }

    fn is_frozen(&self, school: OrgKey) -> bool {
        self.frozen.binary_search(&school).is_ok()
    }

    fn class(
        &mut self,
        prepared: &Prepared<'_>,
        keys: &Keys,
        key: ClassKey,
        before: Option<&Class>,
        class: ClassView<'_>,
    ) -> Option<Class> {
        let course = prepared.records.course(class.row.course);
        let named = |text: &'_ &str| !text.is_empty();
        let title = [
            Some(class.title()),
            course.map(|course| course.title()),
            class.code(),
        ]
        .into_iter()
        .flatten()
        .find(named)
        .unwrap_or(class.id());
        let [grades, subjects, codes, periods] = class.lists();
        let mut sessions: Vec<_> = class
            .terms()
            .iter()
            .filter_map(|term| keys.session(*term))
            .collect();
        sessions.sort_unstable();
        sessions.dedup();
        let shared = &mut *self.shared;
        Some(Class {
            key,
            origin: origin(before, prepared, class.id()),
            status: Status::Active,
            title: shared.like(before.map(|class| &class.title), title),
            class_code: shared.option(before.map(|class| &class.class_code), class.code()),
            class_type: shared.option(before.map(|class| &class.class_type), class.class_type()),
            location: shared.option(before.map(|class| &class.location), class.location()),
            grades: shared.like(before.map(|class| &class.grades), grades),
            subjects: shared.like(before.map(|class| &class.subjects), subjects),
            subject_codes: shared.like(before.map(|class| &class.subject_codes), codes),
            periods: shared.like(before.map(|class| &class.periods), periods),
            course: keys.course(class.row.course),
            school: keys.org(class.row.school)?,
            sessions,
        })
    }
}

fn note(notes: &mut Notes, scope: ClassScope, id: u32) {
    let kind = match scope {
        ClassScope::In | ClassScope::Off => return,
        ClassScope::InWithoutSession => kind::CLASS_NO_SESSION,
        ClassScope::Deleted => kind::RECORD_DELETED,
        ClassScope::NoSchool => kind::CLASS_NO_SCHOOL,
        ClassScope::SchoolUnknown => kind::CLASS_SCHOOL_UNKNOWN,
        ClassScope::SchoolExcluded => kind::CLASS_SCHOOL_EXCLUDED,
        ClassScope::NotCurrent => kind::CLASS_NOT_CURRENT,
        ClassScope::SchoolIncomplete => kind::RECORD_SCHOOL_INCOMPLETE,
        ClassScope::StaysArchived => kind::CLASS_STAYS_ARCHIVED,
    };
    notes.record(kind, Collection::Classes, id);
}
