//! Reading a source's pages, in whatever order they come.

use super::SourceRecords;
use super::finish;
use super::ids::{IdTable, Recent};
use super::layers::Newer;
use super::packed::PackedIds;
use super::rows::{
    ClassRow, CourseRow, EnrollmentRow, NO_ID, OrgRow, RoleRow, SessionRow, Stretch, UserRow,
    begin, end,
};
use super::text::{Fields, Texts};
use crate::codec::{self, DecodeError};
use crate::record::{AcademicSession, Class, Collection, Course, Enrollment, Lifecycle, Org, User};

/// Collects the records of one source.
#[derive(Debug, Default)]
pub struct Builder {
    pub(super) texts: Texts,
    /// Of users, apart from their other ids.
    pub(super) user_texts: Texts,
    pub(super) org_ids: IdTable,
    pub(super) session_ids: IdTable,
    pub(super) course_ids: IdTable,
    pub(super) class_ids: IdTable,
    pub(super) user_ids: IdTable,
    pub(super) enrollment_ids: PackedIds,
    pub(super) orgs: Vec<OrgRow>,
    pub(super) sessions: Vec<SessionRow>,
    pub(super) courses: Vec<CourseRow>,
    pub(super) classes: Vec<ClassRow>,
    pub(super) users: Vec<UserRow>,
    pub(super) enrollments: Vec<EnrollmentRow>,
    /// Dates of the enrollments' last changes.
    pub(super) enrollments_modified: Vec<i64>,
    pub(super) roles: Vec<RoleRow>,
    pub(super) agents: Vec<u32>,
    pub(super) terms: Vec<u32>,
    pub(super) other_ids: Vec<Fields<2>>,
    pub(super) received: [u64; 6],
    /// What newer layers have: see [`Builder::older_layer`].
    pub(super) newer: Newer,
    /// User, class and school of the last enrollment.
    recent: [Recent; 3],
    /// Where lists are joined, kept to save allocations.
    scratch: String,
}

impl Builder {
    /// Adds one page of records, as [`codec::push`] wrote them.
    ///
    /// # Errors
    /// The bytes do not hold records of that collection. What came before the
    /// damage has been added; the builder must not be finished.
    pub fn add_page(&mut self, collection: Collection, page: &[u8]) -> Result<(), DecodeError> {
        match collection {
            Collection::Orgs => {
                for record in codec::records::<Org<'_>>(page) {
                    self.push_org(&record?);
                }
            }
            Collection::AcademicSessions => {
                for record in codec::records::<AcademicSession<'_>>(page) {
                    self.push_session(&record?);
                }
            }
            Collection::Courses => {
                for record in codec::records::<Course<'_>>(page) {
                    self.push_course(&record?);
                }
            }
            Collection::Classes => {
                for record in codec::records::<Class<'_>>(page) {
                    self.push_class(&record?);
                }
            }
            Collection::Users => {
                for record in codec::records::<User<'_>>(page) {
                    self.push_user(&record?);
                }
            }
            Collection::Enrollments => {
                for record in codec::records::<Enrollment<'_>>(page) {
                    self.push_enrollment(&record?);
                }
            }
        }
        Ok(())
    }

    /// Adds an org.
    pub fn push_org(&mut self, record: &Org<'_>) {
        if !self.counts(Collection::Orgs, record.sourced_id) {
            return;
        }
        let id = self.org_ids.intern(record.sourced_id);
        let parent = reference(&mut self.org_ids, record.parent);
        self.orgs.push(OrgRow {
            id,
            deleted: record.lifecycle.deleted,
            modified: modified(record.lifecycle),
            texts: self.texts.push([
                record.name,
                record.org_type,
                record.identifier.unwrap_or_default(),
            ]),
            parent,
        });
    }

    /// Adds an academic session.
    pub fn push_session(&mut self, record: &AcademicSession<'_>) {
        if !self.counts(Collection::AcademicSessions, record.sourced_id) {
            return;
        }
        let id = self.session_ids.intern(record.sourced_id);
        let parent = reference(&mut self.session_ids, record.parent);
        self.sessions.push(SessionRow {
            id,
            deleted: record.lifecycle.deleted,
            modified: modified(record.lifecycle),
            texts: self.texts.push([record.title, record.session_type]),
            start: record.start,
            end: record.end,
            parent,
            school_year: record.school_year,
        });
    }

    /// Adds a course.
    pub fn push_course(&mut self, record: &Course<'_>) {
        if !self.counts(Collection::Courses, record.sourced_id) {
            return;
        }
        let id = self.course_ids.intern(record.sourced_id);
        let org = reference(&mut self.org_ids, record.org);
        let school_year = reference(&mut self.session_ids, record.school_year);
        let lists = [&record.grades, &record.subjects, &record.subject_codes];
        let [grades, subjects, codes] = join(&mut self.scratch, lists);
        self.courses.push(CourseRow {
            id,
            deleted: record.lifecycle.deleted,
            modified: modified(record.lifecycle),
            texts: self.texts.push([
                record.title,
                record.course_code.unwrap_or_default(),
                grades,
                subjects,
                codes,
            ]),
            org,
            school_year,
        });
    }

    /// Adds a class.
    pub fn push_class(&mut self, record: &Class<'_>) {
        if !self.counts(Collection::Classes, record.sourced_id) {
            return;
        }
        let id = self.class_ids.intern(record.sourced_id);
        let course = reference(&mut self.course_ids, record.course);
        let school = reference(&mut self.org_ids, record.school);
        let from = self.terms.len();
        for term in &record.terms {
            self.terms.push(self.session_ids.intern(term));
        }
        let lists = [
            &record.grades,
            &record.subjects,
            &record.subject_codes,
            &record.periods,
        ];
        let [grades, subjects, codes, periods] = join(&mut self.scratch, lists);
        self.classes.push(ClassRow {
            id,
            deleted: record.lifecycle.deleted,
            modified: modified(record.lifecycle),
            texts: self.texts.push([
                record.title,
                record.class_code.unwrap_or_default(),
                record.class_type.unwrap_or_default(),
                record.location.unwrap_or_default(),
                grades,
                subjects,
                codes,
                periods,
            ]),
            course,
            school,
            terms: stretch(&mut self.terms, from),
        });
    }

    /// Adds a user. A row of a directory is a user whose roles name no org.
    pub fn push_user(&mut self, record: &User<'_>) {
        if !self.counts(Collection::Users, record.sourced_id) {
            return;
        }
        let id = self.user_ids.intern(record.sourced_id);
        let roles_from = self.roles.len();
        for role in &record.roles {
            let org = reference(&mut self.org_ids, role.org);
            self.roles.push(RoleRow {
                org,
                begin: begin(role.begin),
                end: end(role.end),
                role: role.role,
                primary: role.primary,
            });
        }
        let agents_from = self.agents.len();
        for agent in &record.agents {
            self.agents.push(self.user_ids.intern(agent));
        }
        let ids_from = self.other_ids.len();
        for (id_type, identifier) in &record.user_ids {
            self.other_ids.push(self.texts.push([id_type, identifier]));
        }
        let [grades] = join(&mut self.scratch, [&record.grades]);
        self.users.push(UserRow {
            id,
            deleted: record.lifecycle.deleted,
            enabled: record.enabled,
            modified: modified(record.lifecycle),
            // In the order of `UserText`.
            texts: self.user_texts.push([
                record.given_name.unwrap_or_default(),
                record.family_name.unwrap_or_default(),
                record.middle_name.unwrap_or_default(),
                record.preferred_given_name.unwrap_or_default(),
                record.preferred_family_name.unwrap_or_default(),
                record.username.unwrap_or_default(),
                record.identifier.unwrap_or_default(),
                record.user_master_identifier.unwrap_or_default(),
                record.email.unwrap_or_default(),
                record.sms.unwrap_or_default(),
                record.phone.unwrap_or_default(),
                record.language.unwrap_or_default(),
                grades,
                legacy_id(record),
            ]),
            roles: stretch(&mut self.roles, roles_from),
            agents: stretch(&mut self.agents, agents_from),
            other_ids: stretch(&mut self.other_ids, ids_from),
            primary_org: reference(&mut self.org_ids, record.primary_org),
        });
    }

    /// Adds an enrollment.
    pub fn push_enrollment(&mut self, record: &Enrollment<'_>) {
        if !self.counts(Collection::Enrollments, record.sourced_id) {
            return;
        }
        let mut flags = match record.primary {
            Some(true) => EnrollmentRow::PRIMARY,
            Some(false) => EnrollmentRow::NOT_PRIMARY,
            None => 0,
        };
        if record.lifecycle.deleted {
            flags |= EnrollmentRow::DELETED;
        }
        let [last_user, last_class, last_school] = &mut self.recent;
        let user = last_user.intern(&mut self.user_ids, record.user);
        let class = last_class.intern(&mut self.class_ids, record.class);
        let school = match record.school {
            Some(school) if !school.is_empty() => last_school.intern(&mut self.org_ids, school),
            _ => NO_ID,
        };
        self.enrollment_ids.push(record.sourced_id);
        self.enrollments.push(EnrollmentRow {
            user,
            class,
            school,
            begin: begin(record.begin),
            end: end(record.end),
            role: record.role,
            flags,
        });
        self.enrollments_modified.push(modified(record.lifecycle));
    }

    /// Counts a record as received, unless a newer layer has it.
    fn counts(&mut self, collection: Collection, id: &str) -> bool {
        let counts = !self.newer.has(collection, id);
        self.received[collection as usize] += u64::from(counts);
        counts
    }

    /// Sorts everything by `sourcedId` and leaves one record of each.
    pub fn finish(self) -> SourceRecords {
        finish::finish(self)
    }
}

/// Without a date of the last change a record counts as older than with one.
fn modified(lifecycle: Lifecycle) -> i64 {
    lifecycle.modified.unwrap_or(i64::MIN)
}

fn reference(ids: &mut IdTable, id: Option<&str>) -> u32 {
    match id {
        Some(id) if !id.is_empty() => ids.intern(id),
        _ => NO_ID,
    }
}

/// The stretch from `from` to the end of the list. A record with more than
/// 65,535 entries keeps the first of them.
fn stretch<T>(list: &mut Vec<T>, from: usize) -> Stretch {
    list.truncate(from + usize::from(u16::MAX));
    Stretch {
        from: from as u32,
        len: (list.len() - from) as u16,
    }
}

/// Joins each list with commas.
fn join<'s, const N: usize>(scratch: &'s mut String, lists: [&Vec<&str>; N]) -> [&'s str; N] {
    scratch.clear();
    let ends = lists.map(|list| {
        for (index, item) in list.iter().enumerate() {
            if index > 0 {
                scratch.push(',');
            }
            scratch.push_str(item);
        }
        scratch.len()
    });
    let mut from = 0;
    ends.map(|end| {
        let joined = &scratch[from..end];
        from = end;
        joined
    })
}

/// The id that the person had before the source changed its ids, such as
/// Infinite Campus's `ic.legacysourceId`.
fn legacy_id<'a>(record: &User<'a>) -> &'a str {
    let named = |name: &str| {
        let last = name.rsplit('.').next().unwrap_or(name);
        ["legacysourceid", "legacysourcedid"]
            .iter()
            .any(|known| last.eq_ignore_ascii_case(known))
    };
    let found = record.metadata.iter().find(|(name, _)| named(name));
    found.map_or("", |(_, value)| value)
}
