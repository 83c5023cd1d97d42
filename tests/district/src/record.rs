//! The records a district is made of, in OneRoster's terms.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::Id;

/// One of the six collections of a roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Collection {
    /// The district and its schools.
    Orgs,
    /// School years, semesters, terms and grading periods.
    AcademicSessions,
    /// The catalogue.
    Courses,
    /// Homerooms and scheduled classes.
    Classes,
    /// Students, staff and guardians.
    Users,
    /// People in classes.
    Enrollments,
}

impl Collection {
    /// All six, each after those that its records refer to.
    pub const ALL: [Collection; 6] = [
        Collection::Orgs,
        Collection::AcademicSessions,
        Collection::Courses,
        Collection::Classes,
        Collection::Users,
        Collection::Enrollments,
    ];
}

/// `status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Alive.
    Active,
    /// To be deleted by the reader.
    ToBeDeleted,
}

impl Status {
    /// The value on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::ToBeDeleted => "tobedeleted",
        }
    }
}

/// `org.type`, as far as a district has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrgType {
    /// The district itself.
    District,
    /// A school.
    School,
}

impl OrgType {
    /// The value on the wire.
    pub fn name(self) -> &'static str {
        match self {
            OrgType::District => "district",
            OrgType::School => "school",
        }
    }
}

/// The district or a school.
#[derive(Debug, Clone, PartialEq)]
pub struct Org {
    /// `sourcedId`: digits with a leading zero.
    pub sourced_id: Id,
    /// `status`.
    pub status: Status,
    /// `dateLastModified`.
    pub date_last_modified: Timestamp,
    /// `name`.
    pub name: String,
    /// `type`.
    pub org_type: OrgType,
    /// `identifier`.
    pub identifier: Option<String>,
    /// `parent`: the district, for a school.
    pub parent: Option<Id>,
    /// `children`: the schools, for the district.
    pub children: Vec<Id>,
}

/// `academicSession.type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SessionType {
    /// Part of a term.
    GradingPeriod,
    /// Half a school year.
    Semester,
    /// A school year.
    SchoolYear,
    /// Half a semester.
    Term,
}

impl SessionType {
    /// The value on the wire.
    pub fn name(self) -> &'static str {
        match self {
            SessionType::GradingPeriod => "gradingPeriod",
            SessionType::Semester => "semester",
            SessionType::SchoolYear => "schoolYear",
            SessionType::Term => "term",
        }
    }
}

/// A school year, semester, term or grading period.
#[derive(Debug, Clone, PartialEq)]
pub struct AcademicSession {
    /// `sourcedId`, such as `2027-S1`.
    pub sourced_id: Id,
    /// `status`.
    pub status: Status,
    /// `dateLastModified`.
    pub date_last_modified: Timestamp,
    /// `title`.
    pub title: String,
    /// `type`.
    pub session_type: SessionType,
    /// `startDate`, the first day.
    pub start_date: Date,
    /// `endDate`, the last day.
    pub end_date: Date,
    /// `parent`, but for a school year.
    pub parent: Option<Id>,
    /// `children`.
    pub children: Vec<Id>,
    /// `schoolYear`: the year in which the school year ends.
    pub school_year: i16,
}

/// A course of the catalogue, for one grade.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// `sourcedId`, such as `MAT-07`.
    pub sourced_id: Id,
    /// `status`.
    pub status: Status,
    /// `dateLastModified`.
    pub date_last_modified: Timestamp,
    /// `title`.
    pub title: String,
    /// `courseCode`.
    pub course_code: String,
    /// `schoolYear`.
    pub school_year: Id,
    /// `org`: the district.
    pub org: Id,
    /// `grades`.
    pub grades: Vec<&'static str>,
    /// `subjects`.
    pub subjects: Vec<&'static str>,
    /// `subjectCodes`.
    pub subject_codes: Vec<&'static str>,
}

/// `class.classType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClassType {
    /// A homeroom.
    Homeroom,
    /// A class with a place in the timetable.
    Scheduled,
}

impl ClassType {
    /// The value on the wire.
    pub fn name(self) -> &'static str {
        match self {
            ClassType::Homeroom => "homeroom",
            ClassType::Scheduled => "scheduled",
        }
    }
}

/// A class (section).
#[derive(Debug, Clone, PartialEq)]
pub struct Class {
    /// `sourcedId`, a GUID.
    pub sourced_id: Id,
    /// `status`.
    pub status: Status,
    /// `dateLastModified`.
    pub date_last_modified: Timestamp,
    /// `title`.
    pub title: String,
    /// `classCode`.
    pub class_code: String,
    /// `classType`.
    pub class_type: ClassType,
    /// `location`.
    pub location: String,
    /// `grades`.
    pub grades: Vec<&'static str>,
    /// `subjects`.
    pub subjects: Vec<&'static str>,
    /// `subjectCodes`.
    pub subject_codes: Vec<&'static str>,
    /// `course`.
    pub course: Id,
    /// `school`.
    pub school: Id,
    /// `terms`: one or two sessions.
    pub terms: Vec<Id>,
    /// `periods`.
    pub periods: Vec<&'static str>,
}

/// `user.role`, as far as a district has them. [`RoleName::v1p1`] is the name
/// where OneRoster 1.1 has fewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RoleName {
    /// A student.
    Student,
    /// A teacher.
    Teacher,
    /// An aide.
    Aide,
    /// A counselor.
    Counselor,
    /// A principal.
    Principal,
    /// A parent.
    Parent,
    /// A guardian.
    Guardian,
    /// Another relative.
    Relative,
}

impl RoleName {
    /// The value in OneRoster 1.2.
    pub fn name(self) -> &'static str {
        match self {
            RoleName::Student => "student",
            RoleName::Teacher => "teacher",
            RoleName::Aide => "aide",
            RoleName::Counselor => "counselor",
            RoleName::Principal => "principal",
            RoleName::Parent => "parent",
            RoleName::Guardian => "guardian",
            RoleName::Relative => "relative",
        }
    }

    /// The value in OneRoster 1.1.
    pub fn v1p1(self) -> &'static str {
        match self {
            RoleName::Counselor => "aide",
            RoleName::Principal => "administrator",
            other => other.name(),
        }
    }
}

/// One role of a user at one org.
#[derive(Debug, Clone, PartialEq)]
pub struct RoleAssignment {
    /// `role`.
    pub role: RoleName,
    /// `roleType` is `primary`.
    pub primary: bool,
    /// `org`.
    pub org: Id,
}

/// An id of a user in another system.
#[derive(Debug, Clone, PartialEq)]
pub struct UserId {
    /// `type`.
    pub id_type: &'static str,
    /// `identifier`.
    pub identifier: String,
}

/// A person.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// `sourcedId`, a GUID.
    pub sourced_id: Id,
    /// `status`.
    pub status: Status,
    /// `dateLastModified`.
    pub date_last_modified: Timestamp,
    /// `enabledUser`.
    pub enabled_user: bool,
    /// `username`.
    pub username: Option<String>,
    /// `userIds`.
    pub user_ids: Vec<UserId>,
    /// `givenName`.
    pub given_name: Cow<'static, str>,
    /// `familyName`.
    pub family_name: Cow<'static, str>,
    /// `middleName`.
    pub middle_name: Option<Cow<'static, str>>,
    /// `preferredFirstName` (1.2).
    pub preferred_given_name: Option<Cow<'static, str>>,
    /// `identifier`: the student or staff number.
    pub identifier: Option<String>,
    /// `email`.
    pub email: Option<String>,
    /// `sms`.
    pub sms: Option<String>,
    /// `phone`.
    pub phone: Option<String>,
    /// `agents`: a student's guardians, a guardian's students.
    pub agents: Vec<Id>,
    /// `grades`, for a student.
    pub grades: Vec<&'static str>,
    /// `roles`, the primary one first. Never empty.
    pub roles: Vec<RoleAssignment>,
}

/// A person in a class.
#[derive(Debug, Clone, PartialEq)]
pub struct Enrollment {
    /// `sourcedId`, a GUID.
    pub sourced_id: Id,
    /// `status`.
    pub status: Status,
    /// `dateLastModified`.
    pub date_last_modified: Timestamp,
    /// `user`.
    pub user: Id,
    /// `class`.
    pub class: Id,
    /// `school`.
    pub school: Id,
    /// `role`.
    pub role: RoleName,
    /// `primary`, for teachers.
    pub primary: Option<bool>,
    /// `beginDate`, the first day.
    pub begin_date: Option<Date>,
    /// `endDate`, the last day.
    pub end_date: Option<Date>,
}
