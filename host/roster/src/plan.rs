//! A plan: what would change, record by record, with what was there before.
//!
//! It is what a preview shows, what an approval applies and what an undo takes
//! back. It knows neither how it came about nor how it is stored.

use serde::{Deserialize, Serialize};

use crate::state::{
    Class, Course, Enrollment, Guardian, Link, NextKeys, Org, Session, Status, User,
};

/// A record that stays but changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update<T> {
    /// As it is.
    pub before: T,
    /// As it will be. The key is the same.
    pub after: T,
}

/// The changes to one kind of record, each list sorted by key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes<T> {
    /// New records.
    pub created: Vec<T>,
    /// Records that change; archiving and restoring are changes of status.
    pub updated: Vec<Update<T>>,
    /// Records that go. Only ties (links, enrollments, guardians) ever do;
    /// whatever has a status is archived instead.
    pub removed: Vec<T>,
}

impl<T> Default for Changes<T> {
    fn default() -> Self {
        Changes {
            created: Vec::new(),
            updated: Vec::new(),
            removed: Vec::new(),
        }
    }
}

impl<T> Changes<T> {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.created.is_empty() && self.updated.is_empty() && self.removed.is_empty()
    }

    /// The changes that take these back.
    pub fn inverse(self) -> Self {
        Changes {
            created: self.removed,
            updated: self
                .updated
                .into_iter()
                .map(|update| Update {
                    before: update.after,
                    after: update.before,
                })
                .collect(),
            removed: self.created,
        }
    }
}

/// A record with a [`Status`].
pub trait Archivable {
    /// Its status.
    fn status(&self) -> Status;
}

macro_rules! archivable {
    ($($name:ident),*) => {$(
        impl Archivable for $name {
            fn status(&self) -> Status {
                self.status
            }
        }
    )*};
}
archivable!(Org, Session, Course, Class, User);

/// How many records of one kind change, and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeCounts {
    /// New.
    pub create: u64,
    /// Changed, other than by archiving or restoring.
    pub update: u64,
    /// Archived; for ties: removed.
    pub archive: u64,
    /// Restored from the archive.
    pub restore: u64,
}

impl ChangeCounts {
    /// All changes together.
    pub fn total(self) -> u64 {
        self.create + self.update + self.archive + self.restore
    }
}

impl<T: Archivable> Changes<T> {
    /// Counts changes of records that have a status.
    pub fn counts(&self) -> ChangeCounts {
        let mut counts = ChangeCounts {
            create: self.created.len() as u64,
            ..Default::default()
        };
        for update in &self.updated {
            match (update.before.status(), update.after.status()) {
                (Status::Active, Status::Archived) => counts.archive += 1,
                (Status::Archived, Status::Active) => counts.restore += 1,
                _ => counts.update += 1,
            }
        }
        counts.archive += self.removed.len() as u64;
        counts
    }
}

impl<T> Changes<T> {
    /// Counts changes of ties, which are made and removed.
    pub fn tie_counts(&self) -> ChangeCounts {
        ChangeCounts {
            create: self.created.len() as u64,
            update: self.updated.len() as u64,
            archive: self.removed.len() as u64,
            restore: 0,
        }
    }
}

/// Everything that would change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Organisations.
    pub orgs: Changes<Org>,
    /// Academic sessions.
    pub sessions: Changes<Session>,
    /// Courses.
    pub courses: Changes<Course>,
    /// Classes.
    pub classes: Changes<Class>,
    /// Users.
    pub users: Changes<User>,
    /// Ties between sources' records and users.
    pub links: Changes<Link>,
    /// Users in classes.
    pub enrollments: Changes<Enrollment>,
    /// Guardians of students.
    pub guardians: Changes<Guardian>,
    /// The free keys after the plan.
    pub next: NextKeys,
}

/// The counts that `run show` prints as `changes`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanCounts {
    /// Users.
    pub users: ChangeCounts,
    /// Classes.
    pub classes: ChangeCounts,
    /// Enrollments.
    pub enrollments: ChangeCounts,
    /// Guardians.
    pub guardians: ChangeCounts,
}

impl Plan {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.orgs.is_empty()
            && self.sessions.is_empty()
            && self.courses.is_empty()
            && self.classes.is_empty()
            && self.users.is_empty()
            && self.links.is_empty()
            && self.enrollments.is_empty()
            && self.guardians.is_empty()
    }

    /// How many records change.
    pub fn counts(&self) -> PlanCounts {
        PlanCounts {
            users: self.users.counts(),
            classes: self.classes.counts(),
            enrollments: self.enrollments.tie_counts(),
            guardians: self.guardians.tie_counts(),
        }
    }

    /// The plan that takes this one back. Free keys are not taken back: a key
    /// is never given twice.
    pub fn inverse(self) -> Plan {
        Plan {
            orgs: self.orgs.inverse(),
            sessions: self.sessions.inverse(),
            courses: self.courses.inverse(),
            classes: self.classes.inverse(),
            users: self.users.inverse(),
            links: self.links.inverse(),
            enrollments: self.enrollments.inverse(),
            guardians: self.guardians.inverse(),
            next: self.next,
        }
    }
}
