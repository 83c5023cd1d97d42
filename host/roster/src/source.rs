//! Everything one source says, read back from its pages and made compact.
//!
//! A source may hold a million people and eight million enrollments, and all
//! sources of a tenant are in memory at once. So every id is kept once and
//! stands as a number of four bytes elsewhere, texts lie one after another in
//! one allocation, and properties beyond the standard are dropped but for those
//! that matching reads.
//!
//! When a source is complete its records are sorted by `sourcedId`: record `i`
//! of a collection has the id `i`, and ids that are referred to but not sent
//! come after the last record. Nothing that follows can tell in which order
//! pages and records arrived, but for layers: what was read as changes counts
//! before what it was read over. This module knows nothing of settings, of other
//! sources or of the roster.

mod build;
mod finish;
mod ids;
mod layers;
mod packed;
mod rows;
mod text;
mod view;

pub use build::Builder;

pub(crate) use ids::{IdTable, SortedIds};
pub(crate) use rows::{EnrollmentRow, NO_ID, RoleRow, UserText};
pub(crate) use view::{ClassView, UserView};

use packed::PackedIds;
use rows::{ClassRow, CourseRow, OrgRow, SessionRow, UserRow};
use text::{Fields, Texts};

use crate::record::Collection;

/// A record that was sent more than once under one `sourcedId`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Repeated {
    /// Which collection; never enrollments, whose rows say it themselves.
    pub(crate) collection: Collection,
    /// The record that was kept.
    pub(crate) row: u32,
    /// Whether the one left out said something else.
    pub(crate) differs: bool,
}

/// Everything one source says. Made by [`SourceRecords::builder`].
#[derive(Debug, Default)]
pub struct SourceRecords {
    texts: Texts,
    user_texts: Texts,
    org_ids: SortedIds,
    session_ids: SortedIds,
    course_ids: SortedIds,
    class_ids: SortedIds,
    user_ids: SortedIds,
    enrollment_ids: PackedIds,
    orgs: Vec<OrgRow>,
    sessions: Vec<SessionRow>,
    courses: Vec<CourseRow>,
    classes: Vec<ClassRow>,
    users: Vec<UserRow>,
    enrollments: Vec<EnrollmentRow>,
    /// Role assignments of users, each user's together.
    roles: Vec<RoleRow>,
    /// References from users (agents) and classes (terms).
    references: Vec<u32>,
    /// `userIds` of users: type and identifier.
    other_ids: Vec<Fields<2>>,
    repeated: Vec<Repeated>,
    received: [u64; 6],
}

impl SourceRecords {
    /// Starts an empty source.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Rows that were added of the collection, repeated ones included.
    pub fn received(&self, collection: Collection) -> u64 {
        self.received[collection as usize]
    }

    /// Records of the collection that are not `tobedeleted`, each counted once,
    /// whatever the settings leave out.
    pub fn live_count(&self, collection: Collection) -> usize {
        match collection {
            Collection::Orgs => self.orgs.iter().filter(|row| !row.deleted).count(),
            Collection::AcademicSessions => self.sessions.iter().filter(|row| !row.deleted).count(),
            Collection::Courses => self.courses.iter().filter(|row| !row.deleted).count(),
            Collection::Classes => self.classes.iter().filter(|row| !row.deleted).count(),
            Collection::Users => self.users.iter().filter(|row| !row.deleted).count(),
            Collection::Enrollments => {
                let alive = |row: &&EnrollmentRow| !row.deleted() && !row.repeated();
                self.enrollments.iter().filter(alive).count()
            }
        }
    }

    /// Visits every user that is not `tobedeleted`, by `sourcedId`, with the
    /// orgs of its roles and its primary org (some may come twice).
    pub fn each_live_user(&self, visit: &mut dyn FnMut(&str, &mut dyn Iterator<Item = &str>)) {
        for user in self.users().filter(|user| !user.deleted()) {
            let orgs = user.roles().iter().map(|role| role.org);
            let orgs = orgs.chain([user.primary_org()]);
            let mut orgs = orgs
                .filter(|org| *org != NO_ID)
                .map(|org| self.org_ids.get(org));
            visit(user.id(), &mut orgs);
        }
    }

    pub(crate) fn enrollments(&self) -> &[EnrollmentRow] {
        &self.enrollments
    }

    /// The `sourcedId` of an enrollment.
    pub(crate) fn enrollment_id(&self, row: u32) -> String {
        self.enrollment_ids.get(row as usize)
    }

    pub(crate) fn repeated(&self) -> &[Repeated] {
        &self.repeated
    }

    /// The ids of a collection. Enrollments are never referred to and have
    /// none here.
    pub(crate) fn ids(&self, collection: Collection) -> &SortedIds {
        match collection {
            Collection::Orgs => &self.org_ids,
            Collection::AcademicSessions => &self.session_ids,
            Collection::Courses => &self.course_ids,
            Collection::Classes => &self.class_ids,
            Collection::Users | Collection::Enrollments => &self.user_ids,
        }
    }
}
