//! Source records: what one source says, in OneRoster's terms, borrowed from
//! the bytes that hold them.
//!
//! This is the border between reading and reconciling. The sandbox writes these
//! records into a page's bytes, the store keeps the bytes, and [`crate::source`]
//! reads them back; nobody in between looks inside. The module knows nothing of
//! other sources, of users of the platform or of settings.
//!
//! Fields, units and the meaning of "absent" are those of the contract in
//! `wit/roster.wit`. Text is trimmed and holds no control characters; whoever
//! makes a record has seen to that.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// One of the six collections of a roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Collection {
    /// Schools, districts and other organisations.
    Orgs,
    /// School years, terms and the like.
    AcademicSessions,
    /// Courses of the catalogue.
    Courses,
    /// Classes (sections).
    Classes,
    /// People.
    Users,
    /// People in classes.
    Enrollments,
}

impl Collection {
    /// All collections, each after those that its records refer to.
    pub const ALL: [Collection; 6] = [
        Collection::Orgs,
        Collection::AcademicSessions,
        Collection::Courses,
        Collection::Classes,
        Collection::Users,
        Collection::Enrollments,
    ];

    /// The collection's name in OneRoster's REST binding, such as
    /// `academicSessions`.
    pub fn name(self) -> &'static str {
        match self {
            Collection::Orgs => "orgs",
            Collection::AcademicSessions => "academicSessions",
            Collection::Courses => "courses",
            Collection::Classes => "classes",
            Collection::Users => "users",
            Collection::Enrollments => "enrollments",
        }
    }

    /// The collection of that name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.name() == name)
    }
}

impl std::fmt::Display for Collection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// What the pages of a collection are, taken together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Extent {
    /// All its records: one that is not among them is no longer there.
    #[default]
    Whole,
    /// Records that changed: the others are as they were.
    Changes,
}

/// `status` and `dateLastModified`, which every record has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifecycle {
    /// `status` is `tobedeleted`.
    pub deleted: bool,
    /// `dateLastModified` in milliseconds since 1970-01-01T00:00:00Z.
    pub modified: Option<i64>,
}

/// A property beyond the standard: (name, value).
pub type Metadata<'a> = Vec<(&'a str, &'a str)>;

/// `org` (OneRoster 1.2 section 4.x, `orgs`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Org<'a> {
    /// The source's id.
    pub sourced_id: &'a str,
    /// Status and date of the last change.
    pub lifecycle: Lifecycle,
    /// `name`.
    pub name: &'a str,
    /// `type`, lower-cased where it is a known one (`school`, `district`, …).
    pub org_type: &'a str,
    /// `identifier`.
    pub identifier: Option<&'a str>,
    /// `parent`.
    pub parent: Option<&'a str>,
    /// Properties beyond the standard.
    #[serde(borrow)]
    pub metadata: Metadata<'a>,
}

/// `academicSession`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcademicSession<'a> {
    /// The source's id.
    pub sourced_id: &'a str,
    /// Status and date of the last change.
    pub lifecycle: Lifecycle,
    /// `title`.
    pub title: &'a str,
    /// `type` in OneRoster's spelling (`gradingPeriod`, `schoolYear`, …).
    pub session_type: &'a str,
    /// First day.
    pub start: Option<Day>,
    /// Last day, inclusive.
    pub end: Option<Day>,
    /// `parent`.
    pub parent: Option<&'a str>,
    /// `schoolYear`: the year in which it ends.
    pub school_year: Option<u16>,
    /// Properties beyond the standard.
    #[serde(borrow)]
    pub metadata: Metadata<'a>,
}

/// `course`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course<'a> {
    /// The source's id.
    pub sourced_id: &'a str,
    /// Status and date of the last change.
    pub lifecycle: Lifecycle,
    /// `title`.
    pub title: &'a str,
    /// `courseCode`.
    pub course_code: Option<&'a str>,
    /// `schoolYear`, an academic session.
    pub school_year: Option<&'a str>,
    /// `org`.
    pub org: Option<&'a str>,
    /// `grades`.
    #[serde(borrow)]
    pub grades: Vec<&'a str>,
    /// `subjects`.
    #[serde(borrow)]
    pub subjects: Vec<&'a str>,
    /// `subjectCodes`.
    #[serde(borrow)]
    pub subject_codes: Vec<&'a str>,
    /// Properties beyond the standard.
    #[serde(borrow)]
    pub metadata: Metadata<'a>,
}

/// `class`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class<'a> {
    /// The source's id.
    pub sourced_id: &'a str,
    /// Status and date of the last change.
    pub lifecycle: Lifecycle,
    /// `title`; may be empty.
    pub title: &'a str,
    /// `classCode`.
    pub class_code: Option<&'a str>,
    /// `classType` (`homeroom`, `scheduled` or what the source says).
    pub class_type: Option<&'a str>,
    /// `location`.
    pub location: Option<&'a str>,
    /// `grades`.
    #[serde(borrow)]
    pub grades: Vec<&'a str>,
    /// `subjects`.
    #[serde(borrow)]
    pub subjects: Vec<&'a str>,
    /// `subjectCodes`.
    #[serde(borrow)]
    pub subject_codes: Vec<&'a str>,
    /// `course`.
    pub course: Option<&'a str>,
    /// `school`.
    pub school: Option<&'a str>,
    /// `terms`.
    #[serde(borrow)]
    pub terms: Vec<&'a str>,
    /// `periods`.
    #[serde(borrow)]
    pub periods: Vec<&'a str>,
    /// Properties beyond the standard.
    #[serde(borrow)]
    pub metadata: Metadata<'a>,
}

/// What a person is at an org or in a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// 1.1's one administrator.
    Administrator,
    /// An aide.
    Aide,
    /// A counselor.
    Counselor,
    /// An administrator of the district.
    DistrictAdministrator,
    /// A guardian who is not a parent.
    Guardian,
    /// A parent.
    Parent,
    /// A principal.
    Principal,
    /// A proctor.
    Proctor,
    /// A relative.
    Relative,
    /// An administrator of a school.
    SiteAdministrator,
    /// A student.
    Student,
    /// An administrator of the system.
    SystemAdministrator,
    /// A teacher.
    Teacher,
    /// A role that the standard does not name. It is kept, and gives no rights.
    Other,
}

impl Role {
    /// All roles.
    pub const ALL: [Role; 14] = [
        Role::Administrator,
        Role::Aide,
        Role::Counselor,
        Role::DistrictAdministrator,
        Role::Guardian,
        Role::Parent,
        Role::Principal,
        Role::Proctor,
        Role::Relative,
        Role::SiteAdministrator,
        Role::Student,
        Role::SystemAdministrator,
        Role::Teacher,
        Role::Other,
    ];

    /// The role in OneRoster's spelling, such as `siteAdministrator`.
    pub fn name(self) -> &'static str {
        match self {
            Role::Administrator => "administrator",
            Role::Aide => "aide",
            Role::Counselor => "counselor",
            Role::DistrictAdministrator => "districtAdministrator",
            Role::Guardian => "guardian",
            Role::Parent => "parent",
            Role::Principal => "principal",
            Role::Proctor => "proctor",
            Role::Relative => "relative",
            Role::SiteAdministrator => "siteAdministrator",
            Role::Student => "student",
            Role::SystemAdministrator => "systemAdministrator",
            Role::Teacher => "teacher",
            Role::Other => "other",
        }
    }

    /// The role of that name without regard to letter case; `None` for one that
    /// the standard does not name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|role| *role != Role::Other && role.name().eq_ignore_ascii_case(name))
    }

    /// A parent, guardian or relative.
    pub fn is_guardian(self) -> bool {
        matches!(self, Role::Guardian | Role::Parent | Role::Relative)
    }

    /// Someone who works at a school: neither student nor guardian.
    pub fn is_staff(self) -> bool {
        !self.is_guardian() && !matches!(self, Role::Student | Role::Other)
    }
}

/// One element of `user.roles`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleAssignment<'a> {
    /// The role.
    pub role: Role,
    /// `roleType` is `primary`.
    pub primary: bool,
    /// `org`.
    pub org: Option<&'a str>,
    /// First day.
    pub begin: Option<Day>,
    /// Last day, inclusive.
    pub end: Option<Day>,
}

/// `user`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User<'a> {
    /// The source's id.
    pub sourced_id: &'a str,
    /// Status and date of the last change.
    pub lifecycle: Lifecycle,
    /// `enabledUser`.
    pub enabled: bool,
    /// `username`.
    pub username: Option<&'a str>,
    /// `userIds`: (type, identifier).
    #[serde(borrow)]
    pub user_ids: Vec<(&'a str, &'a str)>,
    /// `givenName`.
    pub given_name: Option<&'a str>,
    /// `familyName`.
    pub family_name: Option<&'a str>,
    /// `middleName`.
    pub middle_name: Option<&'a str>,
    /// 1.2 `preferredFirstName`.
    pub preferred_given_name: Option<&'a str>,
    /// 1.2 `preferredLastName`.
    pub preferred_family_name: Option<&'a str>,
    /// `identifier`: the student or staff number.
    pub identifier: Option<&'a str>,
    /// 1.2 `userMasterIdentifier`.
    pub user_master_identifier: Option<&'a str>,
    /// `email`, as the source writes it.
    pub email: Option<&'a str>,
    /// `sms`: the mobile number.
    pub sms: Option<&'a str>,
    /// `phone`: the home number.
    pub phone: Option<&'a str>,
    /// A BCP 47 language tag.
    pub language: Option<&'a str>,
    /// `roles`.
    #[serde(borrow)]
    pub roles: Vec<RoleAssignment<'a>>,
    /// 1.2 `primaryOrg`.
    pub primary_org: Option<&'a str>,
    /// `agents`.
    #[serde(borrow)]
    pub agents: Vec<&'a str>,
    /// `grades`.
    #[serde(borrow)]
    pub grades: Vec<&'a str>,
    /// Properties beyond the standard.
    #[serde(borrow)]
    pub metadata: Metadata<'a>,
}

/// `enrollment`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrollment<'a> {
    /// The source's id.
    pub sourced_id: &'a str,
    /// Status and date of the last change.
    pub lifecycle: Lifecycle,
    /// `user`.
    pub user: &'a str,
    /// `class`.
    pub class: &'a str,
    /// `school`.
    pub school: Option<&'a str>,
    /// `role`.
    pub role: Role,
    /// `primary`.
    pub primary: Option<bool>,
    /// First day.
    pub begin: Option<Day>,
    /// Last day, inclusive.
    pub end: Option<Day>,
}

/// A calendar day, packed into four bytes: days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Day(pub i32);

impl Day {
    /// The day as a civil date.
    pub fn date(self) -> Date {
        let epoch = Date::constant(1970, 1, 1);
        epoch.saturating_add(jiff::Span::new().try_days(self.0).unwrap_or_default())
    }
}

impl From<Date> for Day {
    fn from(date: Date) -> Self {
        let epoch = Date::constant(1970, 1, 1);
        Day(epoch.duration_until(date).as_hours().div_euclid(24) as i32)
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.date())
    }
}
