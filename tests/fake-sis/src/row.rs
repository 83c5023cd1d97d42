//! Records as they are served, borrowed from wherever they come from.
//!
//! A row holds what a source says, in text where a CSV file may hold anything.
//! How it is written, and to whom, is not known here.

use jiff::Timestamp;
use jiff::civil::Date;

/// A record of any collection.
pub(crate) enum Row<'a> {
    Org(OrgRow<'a>),
    Session(SessionRow<'a>),
    Course(CourseRow<'a>),
    Class(ClassRow<'a>),
    User(UserRow<'a>),
    Enrollment(EnrollmentRow<'a>),
}

/// What every record has.
pub(crate) struct Common<'a> {
    pub(crate) sourced_id: &'a str,
    pub(crate) status: &'a str,
    pub(crate) modified: Stamp<'a>,
    /// Properties of `metadata`.
    pub(crate) metadata: &'a [(String, String)],
}

/// `dateLastModified`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Stamp<'a> {
    At(Timestamp),
    Text(&'a str),
}

/// A date, or what stands in its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Day<'a> {
    On(Date),
    Text(&'a str),
    Absent,
}

pub(crate) struct OrgRow<'a> {
    pub(crate) common: Common<'a>,
    pub(crate) name: &'a str,
    pub(crate) org_type: &'a str,
    pub(crate) identifier: Option<&'a str>,
    pub(crate) parent: Option<&'a str>,
    pub(crate) children: Vec<&'a str>,
}

pub(crate) struct SessionRow<'a> {
    pub(crate) common: Common<'a>,
    pub(crate) title: &'a str,
    pub(crate) session_type: &'a str,
    pub(crate) start_date: Day<'a>,
    pub(crate) end_date: Day<'a>,
    pub(crate) parent: Option<&'a str>,
    pub(crate) children: Vec<&'a str>,
    pub(crate) school_year: &'a str,
}

pub(crate) struct CourseRow<'a> {
    pub(crate) common: Common<'a>,
    pub(crate) title: &'a str,
    pub(crate) course_code: &'a str,
    pub(crate) school_year: Option<&'a str>,
    pub(crate) org: Option<&'a str>,
    pub(crate) grades: Vec<&'a str>,
    pub(crate) subjects: Vec<&'a str>,
    pub(crate) subject_codes: Vec<&'a str>,
}

pub(crate) struct ClassRow<'a> {
    pub(crate) common: Common<'a>,
    pub(crate) title: &'a str,
    pub(crate) class_code: Option<&'a str>,
    pub(crate) class_type: Option<&'a str>,
    pub(crate) location: Option<&'a str>,
    pub(crate) grades: Vec<&'a str>,
    pub(crate) subjects: Vec<&'a str>,
    pub(crate) subject_codes: Vec<&'a str>,
    pub(crate) course: Option<&'a str>,
    pub(crate) school: Option<&'a str>,
    pub(crate) terms: Vec<&'a str>,
    pub(crate) periods: Vec<&'a str>,
}

pub(crate) struct UserRow<'a> {
    pub(crate) common: Common<'a>,
    pub(crate) enabled: Option<bool>,
    pub(crate) username: Option<&'a str>,
    /// (type, identifier).
    pub(crate) user_ids: Vec<(&'a str, &'a str)>,
    pub(crate) given_name: &'a str,
    pub(crate) family_name: &'a str,
    pub(crate) middle_name: Option<&'a str>,
    pub(crate) preferred_given_name: Option<&'a str>,
    pub(crate) preferred_middle_name: Option<&'a str>,
    pub(crate) preferred_family_name: Option<&'a str>,
    pub(crate) pronouns: Option<&'a str>,
    pub(crate) user_master_identifier: Option<&'a str>,
    pub(crate) identifier: Option<&'a str>,
    pub(crate) email: Option<&'a str>,
    pub(crate) sms: Option<&'a str>,
    pub(crate) phone: Option<&'a str>,
    pub(crate) agents: Vec<&'a str>,
    pub(crate) grades: Vec<&'a str>,
    pub(crate) roles: Vec<RoleRow<'a>>,
    pub(crate) primary_org: Option<&'a str>,
}

pub(crate) struct RoleRow<'a> {
    /// As 1.2 names it, and as 1.1 does.
    pub(crate) role: &'a str,
    pub(crate) role_v1p1: &'a str,
    pub(crate) role_type: &'a str,
    pub(crate) org: &'a str,
    pub(crate) begin_date: Day<'a>,
    pub(crate) end_date: Day<'a>,
}

pub(crate) struct EnrollmentRow<'a> {
    pub(crate) common: Common<'a>,
    pub(crate) user: &'a str,
    pub(crate) class: &'a str,
    pub(crate) school: &'a str,
    pub(crate) role: &'a str,
    pub(crate) primary: Option<bool>,
    pub(crate) begin_date: Day<'a>,
    pub(crate) end_date: Day<'a>,
}

impl<'a> Row<'a> {
    pub(crate) fn common(&self) -> &Common<'a> {
        match self {
            Row::Org(row) => &row.common,
            Row::Session(row) => &row.common,
            Row::Course(row) => &row.common,
            Row::Class(row) => &row.common,
            Row::User(row) => &row.common,
            Row::Enrollment(row) => &row.common,
        }
    }

    pub(crate) fn common_mut(&mut self) -> &mut Common<'a> {
        match self {
            Row::Org(row) => &mut row.common,
            Row::Session(row) => &mut row.common,
            Row::Course(row) => &mut row.common,
            Row::Class(row) => &mut row.common,
            Row::User(row) => &mut row.common,
            Row::Enrollment(row) => &mut row.common,
        }
    }
}
