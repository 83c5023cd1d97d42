//! The roster as the platform holds it: users, classes and what ties them.
//!
//! This is both the input ("previous state") and, through a [`crate::plan`],
//! the output of reconciling. It knows nothing of how it is stored. Records
//! carry small integer keys that are given once and never reused; ids that
//! people and other systems see are text beside them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::record::{Day, Role};

pub use crate::assignments::{Assignment, Assignments};
pub use crate::attributes::{Attributes, Field};

/// Shared text: many records of a roster say the same thing.
pub type Text = Arc<str>;

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
        )]
        pub struct $name(pub u32);

        impl $name {
            /// The key as an index.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

keys! {
    /// A provider: a directory or an integration.
    ProviderKey,
    /// An organisation.
    OrgKey,
    /// An academic session.
    SessionKey,
    /// A course.
    CourseKey,
    /// A class.
    ClassKey,
    /// A user of the platform.
    UserKey,
    /// A run, counted per tenant from 1.
    RunKey,
}

/// Whether a record is in use. An archived record keeps its key and its data
/// and can be restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// In use.
    Active,
    /// Left the roster; kept.
    Archived,
}

/// Where a record of the catalogue or a class comes from. Together the two
/// fields are unique within a collection.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// Which provider.
    pub provider: ProviderKey,
    /// The provider's `sourcedId`.
    pub sourced_id: Text,
}

/// A school, district or other organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Org {
    /// Its key.
    pub key: OrgKey,
    /// Where it comes from.
    pub origin: Origin,
    /// In use or archived.
    pub status: Status,
    /// `name`.
    pub name: Text,
    /// `type`.
    pub org_type: Text,
    /// `identifier`.
    pub identifier: Option<Text>,
    /// `parent`.
    pub parent: Option<OrgKey>,
}

/// An academic session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its key.
    pub key: SessionKey,
    /// Where it comes from.
    pub origin: Origin,
    /// In use or archived.
    pub status: Status,
    /// `title`.
    pub title: Text,
    /// `type`.
    pub session_type: Text,
    /// First day.
    pub start: Option<Day>,
    /// Last day, inclusive.
    pub end: Option<Day>,
    /// `parent`.
    pub parent: Option<SessionKey>,
    /// `schoolYear`: the year in which it ends.
    pub school_year: Option<u16>,
}

/// A course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// Its key.
    pub key: CourseKey,
    /// Where it comes from.
    pub origin: Origin,
    /// In use or archived.
    pub status: Status,
    /// `title`.
    pub title: Text,
    /// `courseCode`.
    pub course_code: Option<Text>,
    /// `org`.
    pub org: Option<OrgKey>,
    /// `schoolYear`.
    pub school_year: Option<SessionKey>,
    /// `grades`, comma-joined.
    pub grades: Text,
    /// `subjects`, comma-joined.
    pub subjects: Text,
    /// `subjectCodes`, comma-joined.
    pub subject_codes: Text,
}

/// A class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    /// Its key.
    pub key: ClassKey,
    /// Where it comes from.
    pub origin: Origin,
    /// In use or archived.
    pub status: Status,
    /// `title`, never empty.
    pub title: Text,
    /// `classCode`.
    pub class_code: Option<Text>,
    /// `classType`.
    pub class_type: Option<Text>,
    /// `location`.
    pub location: Option<Text>,
    /// `grades`, comma-joined.
    pub grades: Text,
    /// `subjects`, comma-joined.
    pub subjects: Text,
    /// `subjectCodes`, comma-joined.
    pub subject_codes: Text,
    /// `periods`, comma-joined.
    pub periods: Text,
    /// `course`.
    pub course: Option<CourseKey>,
    /// `school`.
    pub school: OrgKey,
    /// `terms`.
    pub sessions: Vec<SessionKey>,
}

/// A set of roles.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Roles(pub u16);

impl Roles {
    /// Adds a role.
    pub fn insert(&mut self, role: Role) {
        self.0 |= 1 << role as u16;
    }

    /// Whether the role is in the set.
    pub fn contains(self, role: Role) -> bool {
        self.0 & (1 << role as u16) != 0
    }

    /// Both sets together.
    pub fn union(self, other: Roles) -> Roles {
        Roles(self.0 | other.0)
    }

    /// The roles, in the order of [`Role::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL
            .into_iter()
            .filter(move |role| self.contains(*role))
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        let mut set = Roles::default();
        roles.into_iter().for_each(|role| set.insert(role));
        set
    }
}

/// A person of the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Its key.
    pub key: UserKey,
    /// The id that people and other systems see. It is the id of the first
    /// record that made the user, where that was free; it never changes.
    pub id: Text,
    /// In use or archived.
    pub status: Status,
    /// `enabledUser`: false keeps the user but bars them from systems.
    pub enabled: bool,
    /// All roles, of all providers.
    pub roles: Roles,
    /// Names, email and the like.
    pub attributes: Attributes,
    /// The orgs the user belongs to, sorted: those of their roles, the primary
    /// one and the schools of their classes.
    pub orgs: Vec<OrgKey>,
    /// Which role at which org. Empty as long as no source was read that says
    /// so; then only [`User::roles`] and [`User::orgs`] are known.
    pub assignments: Assignments,
    /// 1.2 `primaryOrg`: the org that a source calls the user's primary one.
    pub primary_org: Option<OrgKey>,
}

/// Which rule made a link, in the order in which they are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// An administrator said so.
    Manual,
    /// The record made the user.
    Created,
    /// The same person as another record of the same source.
    SameSource,
    /// An immutable id of a directory.
    DirectoryId,
    /// The SIS's id, held by the directory.
    SisId,
    /// The same email to the letter.
    EmailExact,
    /// The same email without regard to letter case.
    Email,
    /// The same local part, in allowed domains.
    EmailLocalPart,
    /// The source changed its ids; the old id is named by the new record.
    LegacyId,
}

impl Rule {
    /// The rule's name, such as `email-exact`.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Manual => "manual",
            Rule::Created => "created",
            Rule::SameSource => "same-source",
            Rule::DirectoryId => "directory-id",
            Rule::SisId => "sis-id",
            Rule::EmailExact => "email-exact",
            Rule::Email => "email",
            Rule::EmailLocalPart => "email-local-part",
            Rule::LegacyId => "legacy-id",
        }
    }
}

/// A stored tie between a user of a source and a user of the platform. It is
/// made between immutable ids and followed from then on; the email that made
/// it may change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The source's record.
    pub origin: Origin,
    /// The platform's user.
    pub user: UserKey,
    /// What made it.
    pub rule: Rule,
    /// The value that agreed, such as the email at that time.
    pub evidence: Option<Text>,
    /// The run that made it.
    pub since: RunKey,
    /// Whether the source's record is still there. An absent record's link is
    /// kept, so that a person who returns is the same person, and so that an
    /// email given to someone else does not follow the leaver.
    pub present: bool,
}

/// A user in a class. Class, user and role together are unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Enrollment {
    /// The class.
    pub class: ClassKey,
    /// The user.
    pub user: UserKey,
    /// What the user is in the class.
    pub role: Role,
    /// The primary teacher.
    pub primary: bool,
    /// First day.
    pub begin: Option<Day>,
    /// Last day, inclusive.
    pub end: Option<Day>,
}

/// A guardian of a student. Student and guardian together are unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Guardian {
    /// The student.
    pub student: UserKey,
    /// The parent, guardian or relative.
    pub guardian: UserKey,
    /// Which of the three.
    pub relation: Role,
    /// Who says so.
    pub provider: ProviderKey,
}

/// The next free key of each kind, so that no key is ever given twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextKeys {
    /// Orgs.
    pub org: u32,
    /// Academic sessions.
    pub session: u32,
    /// Courses.
    pub course: u32,
    /// Classes.
    pub class: u32,
    /// Users.
    pub user: u32,
}

/// The whole roster of a tenant. Each list is sorted by key (links by origin,
/// enrollments and guardians by all their fields).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    /// Organisations.
    pub orgs: Vec<Org>,
    /// Academic sessions.
    pub sessions: Vec<Session>,
    /// Courses.
    pub courses: Vec<Course>,
    /// Classes.
    pub classes: Vec<Class>,
    /// Users.
    pub users: Vec<User>,
    /// Ties between sources' records and users.
    pub links: Vec<Link>,
    /// Users in classes.
    pub enrollments: Vec<Enrollment>,
    /// Guardians of students.
    pub guardians: Vec<Guardian>,
    /// Keys that are still free.
    pub next: NextKeys,
}
