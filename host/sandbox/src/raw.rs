//! The contract's types as they lie in the guest's memory. Text and the page's
//! records stay there until somebody reads them ([`WasmStr`], [`WasmList`]), so
//! that taking over a page of 5,000 users copies each byte once. A record's own
//! short lists are taken out with the record. Field and case names are those of
//! `wit/`; the engine checks them against the component's own types.

#![allow(
    dead_code,
    reason = "values are made by the engine, and some are checked but not kept"
)]

use wasmtime::component::{ComponentType, Lift, Lower, WasmList, WasmStr};

#[derive(ComponentType, Lift, Clone, Copy)]
#[component(record)]
pub(crate) struct Date {
    pub(crate) year: u16,
    pub(crate) month: u8,
    pub(crate) day: u8,
}

#[derive(ComponentType, Lift, Clone, Copy, PartialEq, Eq)]
#[component(enum)]
#[repr(u8)]
pub(crate) enum Status {
    #[component(name = "active")]
    Active,
    #[component(name = "tobedeleted")]
    Tobedeleted,
}

/// `list<tuple<string, string>>`.
pub(crate) type Metadata = Vec<(WasmStr, WasmStr)>;

#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum OrgType {
    #[component(name = "department")]
    Department,
    #[component(name = "district")]
    District,
    #[component(name = "local")]
    Local,
    #[component(name = "national")]
    National,
    #[component(name = "school")]
    School,
    #[component(name = "state")]
    State,
    #[component(name = "other")]
    Other(WasmStr),
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Org {
    #[component(name = "sourced-id")]
    pub(crate) sourced_id: WasmStr,
    pub(crate) status: Status,
    #[component(name = "date-last-modified")]
    pub(crate) date_last_modified: Option<i64>,
    pub(crate) name: WasmStr,
    #[component(name = "org-type")]
    pub(crate) org_type: OrgType,
    pub(crate) identifier: Option<WasmStr>,
    pub(crate) parent: Option<WasmStr>,
    pub(crate) metadata: Metadata,
}

#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum SessionType {
    #[component(name = "grading-period")]
    GradingPeriod,
    #[component(name = "semester")]
    Semester,
    #[component(name = "school-year")]
    SchoolYear,
    #[component(name = "term")]
    Term,
    #[component(name = "other")]
    Other(WasmStr),
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct AcademicSession {
    #[component(name = "sourced-id")]
    pub(crate) sourced_id: WasmStr,
    pub(crate) status: Status,
    #[component(name = "date-last-modified")]
    pub(crate) date_last_modified: Option<i64>,
    pub(crate) title: WasmStr,
    #[component(name = "session-type")]
    pub(crate) session_type: SessionType,
    #[component(name = "start-date")]
    pub(crate) start_date: Option<Date>,
    #[component(name = "end-date")]
    pub(crate) end_date: Option<Date>,
    pub(crate) parent: Option<WasmStr>,
    #[component(name = "school-year")]
    pub(crate) school_year: Option<u16>,
    pub(crate) metadata: Metadata,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Course {
    #[component(name = "sourced-id")]
    pub(crate) sourced_id: WasmStr,
    pub(crate) status: Status,
    #[component(name = "date-last-modified")]
    pub(crate) date_last_modified: Option<i64>,
    pub(crate) title: WasmStr,
    #[component(name = "course-code")]
    pub(crate) course_code: Option<WasmStr>,
    #[component(name = "school-year")]
    pub(crate) school_year: Option<WasmStr>,
    pub(crate) org: Option<WasmStr>,
    pub(crate) grades: Vec<WasmStr>,
    pub(crate) subjects: Vec<WasmStr>,
    #[component(name = "subject-codes")]
    pub(crate) subject_codes: Vec<WasmStr>,
    pub(crate) metadata: Metadata,
}

#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum ClassType {
    #[component(name = "homeroom")]
    Homeroom,
    #[component(name = "scheduled")]
    Scheduled,
    #[component(name = "other")]
    Other(WasmStr),
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Class {
    #[component(name = "sourced-id")]
    pub(crate) sourced_id: WasmStr,
    pub(crate) status: Status,
    #[component(name = "date-last-modified")]
    pub(crate) date_last_modified: Option<i64>,
    pub(crate) title: WasmStr,
    #[component(name = "class-code")]
    pub(crate) class_code: Option<WasmStr>,
    #[component(name = "class-type")]
    pub(crate) class_type: Option<ClassType>,
    pub(crate) location: Option<WasmStr>,
    pub(crate) grades: Vec<WasmStr>,
    pub(crate) subjects: Vec<WasmStr>,
    #[component(name = "subject-codes")]
    pub(crate) subject_codes: Vec<WasmStr>,
    pub(crate) course: Option<WasmStr>,
    pub(crate) school: Option<WasmStr>,
    pub(crate) terms: Vec<WasmStr>,
    pub(crate) periods: Vec<WasmStr>,
    pub(crate) metadata: Metadata,
}

#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum Role {
    #[component(name = "administrator")]
    Administrator,
    #[component(name = "aide")]
    Aide,
    #[component(name = "counselor")]
    Counselor,
    #[component(name = "district-administrator")]
    DistrictAdministrator,
    #[component(name = "guardian")]
    Guardian,
    #[component(name = "parent")]
    Parent,
    #[component(name = "principal")]
    Principal,
    #[component(name = "proctor")]
    Proctor,
    #[component(name = "relative")]
    Relative,
    #[component(name = "site-administrator")]
    SiteAdministrator,
    #[component(name = "student")]
    Student,
    #[component(name = "system-administrator")]
    SystemAdministrator,
    #[component(name = "teacher")]
    Teacher,
    #[component(name = "other")]
    Other(WasmStr),
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct RoleAssignment {
    pub(crate) role: Role,
    pub(crate) primary: bool,
    pub(crate) org: Option<WasmStr>,
    #[component(name = "begin-date")]
    pub(crate) begin_date: Option<Date>,
    #[component(name = "end-date")]
    pub(crate) end_date: Option<Date>,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct UserId {
    #[component(name = "id-type")]
    pub(crate) id_type: WasmStr,
    pub(crate) identifier: WasmStr,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct User {
    #[component(name = "sourced-id")]
    pub(crate) sourced_id: WasmStr,
    pub(crate) status: Status,
    #[component(name = "date-last-modified")]
    pub(crate) date_last_modified: Option<i64>,
    #[component(name = "enabled-user")]
    pub(crate) enabled_user: bool,
    pub(crate) username: Option<WasmStr>,
    #[component(name = "user-ids")]
    pub(crate) user_ids: Vec<UserId>,
    #[component(name = "given-name")]
    pub(crate) given_name: Option<WasmStr>,
    #[component(name = "family-name")]
    pub(crate) family_name: Option<WasmStr>,
    #[component(name = "middle-name")]
    pub(crate) middle_name: Option<WasmStr>,
    #[component(name = "preferred-given-name")]
    pub(crate) preferred_given_name: Option<WasmStr>,
    #[component(name = "preferred-family-name")]
    pub(crate) preferred_family_name: Option<WasmStr>,
    pub(crate) identifier: Option<WasmStr>,
    #[component(name = "user-master-identifier")]
    pub(crate) user_master_identifier: Option<WasmStr>,
    pub(crate) email: Option<WasmStr>,
    pub(crate) sms: Option<WasmStr>,
    pub(crate) phone: Option<WasmStr>,
    pub(crate) language: Option<WasmStr>,
    pub(crate) roles: Vec<RoleAssignment>,
    #[component(name = "primary-org")]
    pub(crate) primary_org: Option<WasmStr>,
    pub(crate) agents: Vec<WasmStr>,
    pub(crate) grades: Vec<WasmStr>,
    pub(crate) metadata: Metadata,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Enrollment {
    #[component(name = "sourced-id")]
    pub(crate) sourced_id: WasmStr,
    pub(crate) status: Status,
    #[component(name = "date-last-modified")]
    pub(crate) date_last_modified: Option<i64>,
    pub(crate) user: WasmStr,
    pub(crate) class: WasmStr,
    pub(crate) school: Option<WasmStr>,
    pub(crate) role: Role,
    pub(crate) primary: Option<bool>,
    #[component(name = "begin-date")]
    pub(crate) begin_date: Option<Date>,
    #[component(name = "end-date")]
    pub(crate) end_date: Option<Date>,
    pub(crate) metadata: Metadata,
}

#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum Records {
    #[component(name = "orgs")]
    Orgs(WasmList<Org>),
    #[component(name = "academic-sessions")]
    AcademicSessions(WasmList<AcademicSession>),
    #[component(name = "courses")]
    Courses(WasmList<Course>),
    #[component(name = "classes")]
    Classes(WasmList<Class>),
    #[component(name = "users")]
    Users(WasmList<User>),
    #[component(name = "enrollments")]
    Enrollments(WasmList<Enrollment>),
}

#[derive(ComponentType, Lift, Clone, Copy, PartialEq, Eq)]
#[component(enum)]
#[repr(u8)]
pub(crate) enum Severity {
    #[component(name = "error")]
    Error,
    #[component(name = "warning")]
    Warning,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    pub(crate) code: WasmStr,
    #[component(name = "sourced-id")]
    pub(crate) sourced_id: Option<WasmStr>,
    pub(crate) field: Option<WasmStr>,
    pub(crate) detail: WasmStr,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Page {
    pub(crate) records: Records,
    pub(crate) received: u32,
    pub(crate) next: WasmList<WasmStr>,
    pub(crate) total: Option<u64>,
    pub(crate) findings: WasmList<Finding>,
    pub(crate) extent: Extent,
}

#[derive(ComponentType, Lift, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
pub(crate) enum Extent {
    #[component(name = "whole")]
    Whole,
    #[component(name = "changes")]
    Changes,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Report {
    pub(crate) source: WasmStr,
    pub(crate) schools: WasmList<(WasmStr, WasmStr)>,
    pub(crate) notes: WasmList<WasmStr>,
}

#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum Failure {
    #[component(name = "unauthorised")]
    Unauthorised(WasmStr),
    #[component(name = "forbidden")]
    Forbidden(WasmStr),
    #[component(name = "not-found")]
    NotFound(WasmStr),
    #[component(name = "unsupported")]
    Unsupported(WasmStr),
    #[component(name = "rate-limited")]
    RateLimited(Option<u32>),
    #[component(name = "unavailable")]
    Unavailable(WasmStr),
    #[component(name = "redirected")]
    Redirected(WasmStr),
    #[component(name = "malformed")]
    Malformed(WasmStr),
    #[component(name = "denied")]
    Denied(WasmStr),
    #[component(name = "invalid-setting")]
    InvalidSetting((WasmStr, WasmStr)),
}

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
pub(crate) enum Collection {
    #[component(name = "orgs")]
    Orgs,
    #[component(name = "academic-sessions")]
    AcademicSessions,
    #[component(name = "courses")]
    Courses,
    #[component(name = "classes")]
    Classes,
    #[component(name = "users")]
    Users,
    #[component(name = "enrollments")]
    Enrollments,
}

#[derive(ComponentType, Lower, Clone)]
#[component(record)]
pub(crate) struct Connection {
    pub(crate) endpoint: String,
    pub(crate) settings: Vec<(String, String)>,
}

#[derive(ComponentType, Lower, Clone)]
#[component(record)]
pub(crate) struct PageRequest {
    pub(crate) collection: Collection,
    pub(crate) cursor: Option<String>,
    #[component(name = "changed-since")]
    pub(crate) changed_since: Option<i64>,
    #[component(name = "page-size")]
    pub(crate) page_size: u32,
}

#[derive(ComponentType, Lift, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
pub(crate) enum LogLevel {
    #[component(name = "debug")]
    Debug,
    #[component(name = "info")]
    Info,
    #[component(name = "warn")]
    Warn,
    #[component(name = "error")]
    Error,
}

#[derive(ComponentType, Lower, Clone)]
#[component(record)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) size: u64,
}

#[derive(ComponentType, Lower, Clone, Copy, Debug, PartialEq, Eq)]
#[component(enum)]
#[repr(u8)]
pub(crate) enum FilesError {
    #[component(name = "not-found")]
    NotFound,
    #[component(name = "too-long")]
    TooLong,
}

#[derive(ComponentType, Lower, Clone, Copy, Debug, PartialEq, Eq)]
#[component(variant)]
pub(crate) enum StorageError {
    #[component(name = "invalid-key")]
    InvalidKey,
    #[component(name = "quota-exceeded")]
    QuotaExceeded(u64),
}
