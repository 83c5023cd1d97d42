//! Rows of a CSV folder.

use district::Collection;

use crate::csv_folder::{CsvFolder, Record};
use crate::csv_people::CsvUser;
use crate::row::{
    ClassRow, Common, CourseRow, Day, EnrollmentRow, OrgRow, RoleRow, Row, SessionRow, Stamp,
    UserRow,
};

/// `dateLastModified` of a row that has none; REST requires one.
const UNKNOWN: &str = "2020-01-01T00:00:00.000Z";

fn common(record: &Record) -> Common<'_> {
    Common {
        sourced_id: record.cell("sourcedId"),
        status: record.value("status").unwrap_or("active"),
        modified: match record.cell("dateLastModified") {
            "" => Stamp::Text(UNKNOWN),
            text => text.parse().map_or(Stamp::Text(text), Stamp::At),
        },
        metadata: &record.metadata,
    }
}

fn day(text: &str) -> Day<'_> {
    if text.is_empty() {
        return Day::Absent;
    }
    text.parse().map_or(Day::Text(text), Day::On)
}

fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "1" | "yes" => Some(true),
        "false" | "f" | "0" | "no" => Some(false),
        _ => None,
    }
}

fn children(record: &Record) -> Vec<&str> {
    record.children.iter().map(String::as_str).collect()
}

/// Gives the folder's record at `index` to `work`.
pub(crate) fn with_csv_row<T>(
    folder: &CsvFolder,
    collection: Collection,
    index: usize,
    work: impl FnOnce(Row<'_>) -> T,
) -> T {
    match collection {
        Collection::Orgs => work(Row::Org(org(&folder.orgs[index]))),
        Collection::AcademicSessions => work(Row::Session(session(&folder.sessions[index]))),
        Collection::Courses => work(Row::Course(course(&folder.courses[index]))),
        Collection::Classes => work(Row::Class(class(&folder.classes[index]))),
        Collection::Users => work(Row::User(user(&folder.users[index]))),
        Collection::Enrollments => work(Row::Enrollment(enrollment(&folder.enrollments[index]))),
    }
}

fn org(record: &Record) -> OrgRow<'_> {
    OrgRow {
        common: common(record),
        name: record.cell("name"),
        org_type: record.cell("type"),
        identifier: record.value("identifier"),
        parent: record.value("parentSourcedId"),
        children: children(record),
    }
}

fn session(record: &Record) -> SessionRow<'_> {
    SessionRow {
        common: common(record),
        title: record.cell("title"),
        session_type: record.cell("type"),
        start_date: day(record.cell("startDate")),
        end_date: day(record.cell("endDate")),
        parent: record.value("parentSourcedId"),
        children: children(record),
        school_year: record.cell("schoolYear"),
    }
}

fn course(record: &Record) -> CourseRow<'_> {
    CourseRow {
        common: common(record),
        title: record.cell("title"),
        course_code: record.cell("courseCode"),
        school_year: record.value("schoolYearSourcedId"),
        org: record.value("orgSourcedId"),
        grades: record.list("grades"),
        subjects: record.list("subjects"),
        subject_codes: record.list("subjectCodes"),
    }
}

fn class(record: &Record) -> ClassRow<'_> {
    ClassRow {
        common: common(record),
        title: record.cell("title"),
        class_code: record.value("classCode"),
        class_type: record.value("classType"),
        location: record.value("location"),
        grades: record.list("grades"),
        subjects: record.list("subjects"),
        subject_codes: record.list("subjectCodes"),
        course: record.value("courseSourcedId"),
        school: record.value("schoolSourcedId"),
        terms: record.list("termSourcedIds"),
        periods: record.list("periods"),
    }
}

fn user(user: &CsvUser) -> UserRow<'_> {
    let record = &user.record;
    let roles = user.roles.iter().map(|role| RoleRow {
        role: &role.role,
        role_v1p1: v1p1_role(&role.role),
        role_type: &role.role_type,
        org: &role.org,
        begin_date: day(&role.begin_date),
        end_date: day(&role.end_date),
    });
    UserRow {
        common: common(record),
        enabled: flag(record.cell("enabledUser")),
        username: record.value("username"),
        user_ids: user.user_ids(),
        given_name: record.cell("givenName"),
        family_name: record.cell("familyName"),
        middle_name: record.value("middleName"),
        preferred_given_name: record.value("preferredGivenName"),
        preferred_middle_name: record.value("preferredMiddleName"),
        preferred_family_name: record.value("preferredFamilyName"),
        pronouns: record.value("pronouns"),
        user_master_identifier: record.value("userMasterIdentifier"),
        identifier: record.value("identifier"),
        email: record.value("email"),
        sms: record.value("sms"),
        phone: record.value("phone"),
        agents: record.list("agentSourcedIds"),
        grades: record.list("grades"),
        roles: roles.collect(),
        primary_org: record.value("primaryOrgSourcedId"),
    }
}

/// 1.1 has one administrator where 1.2 has five.
fn v1p1_role(role: &str) -> &str {
    match role {
        "districtAdministrator" | "siteAdministrator" | "systemAdministrator" | "principal" => {
            "administrator"
        }
        "counselor" => "aide",
        other => other,
    }
}

fn enrollment(record: &Record) -> EnrollmentRow<'_> {
    EnrollmentRow {
        common: common(record),
        user: record.cell("userSourcedId"),
        class: record.cell("classSourcedId"),
        school: record.cell("schoolSourcedId"),
        role: record.cell("role"),
        primary: flag(record.cell("primary")),
        begin_date: day(record.cell("beginDate")),
        end_date: day(record.cell("endDate")),
    }
}
