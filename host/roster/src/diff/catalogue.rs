//! Orgs, academic sessions and courses.
//!
//! They are imported from every SIS as they are. One that the source deletes,
//! excludes or no longer sends is archived; references to what the source did
//! not send are dropped with a finding.

use super::keys::{Counter, Known, Originated, assign};
use super::{Shared, own_text};
use crate::ancestry;
use crate::codes::{Kind, kind};
use crate::notes::Notes;
use crate::plan::{Changes, Plan};
use crate::prepared::Prepared;
use crate::record::Collection;
use crate::source::NO_ID;
use crate::state::{
    Course, CourseKey, Org, OrgKey, Origin, Roster, Session, SessionKey, Status, Text,
};

/// The keys of one source's catalogue, by id.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    pub(crate) orgs: Vec<u32>,
    pub(crate) sessions: Vec<u32>,
    pub(crate) courses: Vec<u32>,
}

impl Keys {
    /// The org's key, if it is in use.
    pub(crate) fn org(&self, id: u32) -> Option<OrgKey> {
        key(&self.orgs, id).map(OrgKey)
    }

    /// The session's key, if it is in use.
    pub(crate) fn session(&self, id: u32) -> Option<SessionKey> {
        key(&self.sessions, id).map(SessionKey)
    }

    /// The course's key, if it is in use.
    pub(crate) fn course(&self, id: u32) -> Option<CourseKey> {
        key(&self.courses, id).map(CourseKey)
    }
}

fn key(keys: &[u32], id: u32) -> Option<u32> {
    keys.get(id as usize).copied().filter(|key| *key != NO_ID)
}

/// Compares the catalogues of all sources with the roster's.
pub(crate) struct Catalogue<'c, 'a> {
    pub(crate) roster: &'c Roster,
    pub(crate) all: &'c [Prepared<'a>],
    pub(crate) shared: &'c mut Shared,
    pub(crate) notes: &'c mut Notes,
    pub(crate) plan: &'c mut Plan,
}

impl Catalogue<'_, '_> {
    /// Adds the changes to the plan and returns the keys, by source.
    pub(crate) fn compare(&mut self) -> Vec<Keys> {
        let mut orgs = Counter::after(self.roster.next.org, &self.roster.orgs);
        let mut sessions = Counter::after(self.roster.next.session, &self.roster.sessions);
        let mut courses = Counter::after(self.roster.next.course, &self.roster.courses);
        let mut keys = Vec::with_capacity(self.all.len());
        for prepared in self.all {
            let mut own = Keys::default();
            if !prepared.is_directory() {
                self.orgs(prepared, &mut own, &mut orgs);
                self.sessions(prepared, &mut own, &mut sessions);
                self.courses(prepared, &mut own, &mut courses);
                if prepared.running {
                    note_unknown(prepared, self.notes);
                }
            }
            keys.push(own);
        }
        self.plan.orgs.sort_by(|org| org.key);
        self.plan.sessions.sort_by(|session| session.key);
        self.plan.courses.sort_by(|course| course.key);
        self.plan.next.org = orgs.free();
        self.plan.next.session = sessions.free();
        self.plan.next.course = courses.free();
        keys
    }

    fn orgs(&mut self, prepared: &Prepared<'_>, keys: &mut Keys, counter: &mut Counter) {
        let list = &self.roster.orgs;
        let records = prepared.records;
        let known = Known::of(list, prepared, Collection::Orgs, records.orgs().len());
        let used = |id: u32| {
            let alive = records.org(id).is_some_and(|org| !org.row.deleted);
            alive && !prepared.scope.excluded[id as usize]
        };
        let ids = records.ids(Collection::Orgs).len();
        keys.orgs = assign(&known, list, ids, used, counter);
        let own_ancestors = ancestry::circular(ids, |id| parent(records.org(id)?.row.parent));
        for (id, org) in records.orgs().enumerate() {
            let before = list.get(known.place[id] as usize);
            let Some(key) = keys.org(id as u32) else {
                archive(&mut self.plan.orgs, before);
                let deleted = org.row.deleted;
                note_left(prepared, self.notes, Collection::Orgs, id as u32, deleted);
                continue;
            };
            let own_ancestor = own_ancestors[id];
            if own_ancestor && prepared.running {
                self.notes
                    .field(kind::ORG_PARENT, Collection::Orgs, id as u32, "parent");
            }
            let parent = keys.org(org.row.parent).filter(|_| !own_ancestor);
            let after = Org {
                key,
                origin: origin(before, prepared, org.id()),
                status: Status::Active,
                name: self.shared.like(before.map(|org| &org.name), org.name()),
                org_type: self
                    .shared
                    .like(before.map(|org| &org.org_type), org.org_type()),
                identifier: self
                    .shared
                    .option(before.map(|org| &org.identifier), org.identifier()),
                parent,
            };
            self.plan.orgs.put(before, after);
        }
        archive_gone(&mut self.plan.orgs, list, &known);
    }

    fn sessions(&mut self, prepared: &Prepared<'_>, keys: &mut Keys, counter: &mut Counter) {
        let list = &self.roster.sessions;
        let records = prepared.records;
        let collection = Collection::AcademicSessions;
        let known = Known::of(list, prepared, collection, records.sessions().len());
        let on = prepared.provider.settings.classrooms;
        let used = |id: u32| on && records.session(id).is_some_and(|one| !one.row.deleted);
        let ids = records.ids(collection).len();
        keys.sessions = assign(&known, list, ids, used, counter);
        let own_ancestors = ancestry::circular(ids, |id| parent(records.session(id)?.row.parent));
        for (id, session) in records.sessions().enumerate() {
            let before = list.get(known.place[id] as usize);
            let Some(key) = keys.session(id as u32) else {
                archive(&mut self.plan.sessions, before);
                if on {
                    note_left(prepared, self.notes, collection, id as u32, true);
                }
                continue;
            };
            let row = session.row;
            let backwards = row
                .start
                .zip(row.end)
                .is_some_and(|(start, end)| end < start);
            if backwards && prepared.running {
                self.notes
                    .field(kind::SESSION_DATES, collection, id as u32, "endDate");
            }
            if own_ancestors[id] && prepared.running {
                self.notes
                    .field(kind::SESSION_PARENT, collection, id as u32, "parent");
            }
            let after = Session {
                key,
                origin: origin(before, prepared, session.id()),
                status: Status::Active,
                title: self
                    .shared
                    .like(before.map(|one| &one.title), session.title()),
                session_type: self
                    .shared
                    .like(before.map(|one| &one.session_type), session.session_type()),
                start: row.start,
                end: row.end,
                parent: keys.session(row.parent).filter(|_| !own_ancestors[id]),
                school_year: row.school_year,
            };
            self.plan.sessions.put(before, after);
        }
        archive_gone(&mut self.plan.sessions, list, &known);
    }

    fn courses(&mut self, prepared: &Prepared<'_>, keys: &mut Keys, counter: &mut Counter) {
        let list = &self.roster.courses;
        let records = prepared.records;
        let collection = Collection::Courses;
        let known = Known::of(list, prepared, collection, records.courses().len());
        let on = prepared.provider.settings.classrooms;
        let used = |id: u32| on && records.course(id).is_some_and(|one| !one.row.deleted);
        let ids = records.ids(collection).len();
        keys.courses = assign(&known, list, ids, used, counter);
        for (id, course) in records.courses().enumerate() {
            let before = list.get(known.place[id] as usize);
            let Some(key) = keys.course(id as u32) else {
                archive(&mut self.plan.courses, before);
                if on {
                    note_left(prepared, self.notes, collection, id as u32, true);
                }
                continue;
            };
            let [grades, subjects, codes] = course.lists();
            let title = match course.title() {
                "" => course.code().unwrap_or(course.id()),
                title => title,
            };
            let after = Course {
                key,
                origin: origin(before, prepared, course.id()),
                status: Status::Active,
                title: self.shared.like(before.map(|one| &one.title), title),
                course_code: self
                    .shared
                    .option(before.map(|one| &one.course_code), course.code()),
                org: keys.org(course.row.org),
                school_year: keys.session(course.row.school_year),
                grades: self.shared.like(before.map(|one| &one.grades), grades),
                subjects: self.shared.like(before.map(|one| &one.subjects), subjects),
                subject_codes: self
                    .shared
                    .like(before.map(|one| &one.subject_codes), codes),
            };
            self.plan.courses.put(before, after);
        }
        archive_gone(&mut self.plan.courses, list, &known);
    }
}

/// Where a record comes from, without a new text if it was there.
pub(super) fn origin<T: Originated>(
    before: Option<&T>,
    prepared: &Prepared<'_>,
    sourced_id: &str,
) -> Origin {
    match before {
        Some(before) => before.origin().clone(),
        None => Origin {
            provider: prepared.provider.key,
            sourced_id: own_text(None::<&Text>, sourced_id),
        },
    }
}

/// Archives a record that was in use.
pub(super) fn archive<T: Originated>(changes: &mut Changes<T>, before: Option<&T>) {
    if let Some(before) = before.filter(|before| before.status() == Status::Active) {
        changes.put(Some(before), before.archived());
    }
}

fn archive_gone<T: Originated>(changes: &mut Changes<T>, list: &[T], known: &Known) {
    for place in &known.gone {
        archive(changes, list.get(*place as usize));
    }
}

/// A reference, if the record has one.
fn parent(id: u32) -> Option<u32> {
    Some(id).filter(|id| *id != NO_ID)
}

fn note_left(prepared: &Prepared<'_>, notes: &mut Notes, entity: Collection, id: u32, gone: bool) {
    if prepared.running {
        let kind = match gone {
            true => kind::RECORD_DELETED,
            false => kind::SCHOOL_EXCLUDED,
        };
        notes.record(kind, entity, id);
    }
}

/// One finding for each record that others refer to and that was not sent.
fn note_unknown(prepared: &Prepared<'_>, notes: &mut Notes) {
    let classrooms = prepared.provider.settings.classrooms;
    let collections: [(Collection, Kind, bool); 3] = [
        (Collection::Orgs, kind::ORG_UNKNOWN, true),
        (
            Collection::AcademicSessions,
            kind::SESSION_UNKNOWN,
            classrooms,
        ),
        (Collection::Courses, kind::COURSE_UNKNOWN, classrooms),
    ];
    for (collection, kind, _) in collections.into_iter().filter(|(.., on)| *on) {
        let ids = prepared.records.ids(collection);
        let unknown = (0..ids.len() as u32).filter(|id| !ids.is_record(*id));
        unknown.for_each(|id| notes.record(kind, collection, id));
    }
}
