//! A district as files: the OneRoster CSV bundle of 1.1 or 1.2, and the directory.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use district::{Collection, DirectoryRow, District, Id, User};

use crate::route::Version;

type Output = csv::Writer<fs::File>;

fn create(path: &Path, header: &[&str]) -> Result<Output> {
    let mut output = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_path(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    output.write_record(header)?;
    Ok(output)
}

/// Writes the directory of a district, with the header that
/// `homeroom directory import` wants.
///
/// # Errors
/// When the file cannot be written.
pub fn write_directory(district: &District, path: &Path) -> Result<()> {
    let mut output = create(path, &DirectoryRow::HEADER)?;
    for row in district.directory() {
        output.write_record(row.values())?;
    }
    Ok(output.flush()?)
}

/// Writes a district as a OneRoster 1.2 CSV bundle (bulk) into `folder`, which
/// is made if need be.
///
/// # Errors
/// When a file cannot be written.
pub fn write_csv(district: &District, folder: &Path) -> Result<()> {
    write_csv_as(district, Version::V1p2, folder)
}

/// The same in the version that is asked for.
///
/// # Errors
/// When a file cannot be written.
pub fn write_csv_as(district: &District, version: Version, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    match version {
        Version::V1p1 => manifest(folder, "1.1", &PRESENT_1_1, &ABSENT_1_1)?,
        Version::V1p2 => manifest(folder, "1.2", &PRESENT_1_2, &ABSENT_1_2)?,
    }
    orgs(district, folder)?;
    sessions(district, folder)?;
    courses(district, folder)?;
    classes(district, folder)?;
    match version {
        Version::V1p1 => users(district, &USERS_1_1, folder)?,
        Version::V1p2 => {
            users(district, &USERS_1_2, folder)?;
            roles(district, folder)?;
        }
    }
    enrollments(district, folder)
}

const PRESENT_1_1: [&str; 6] = [
    "academicSessions",
    "classes",
    "courses",
    "enrollments",
    "orgs",
    "users",
];
const ABSENT_1_1: [&str; 7] = [
    "categories",
    "classResources",
    "courseResources",
    "demographics",
    "lineItems",
    "resources",
    "results",
];
const PRESENT_1_2: [&str; 7] = [
    "academicSessions",
    "classes",
    "courses",
    "enrollments",
    "orgs",
    "roles",
    "users",
];
const ABSENT_1_2: [&str; 14] = [
    "categories",
    "classResources",
    "courseResources",
    "demographics",
    "lineItemLearningObjectiveIds",
    "lineItems",
    "lineItemScoreScales",
    "resources",
    "resultLearningObjectiveIds",
    "results",
    "resultScoreScales",
    "scoreScales",
    "userProfiles",
    "userResources",
];

fn manifest(folder: &Path, version: &str, present: &[&str], absent: &[&str]) -> Result<()> {
    let mut output = create(&folder.join("manifest.csv"), &["propertyName", "value"])?;
    output.write_record(["manifest.version", "1.0"])?;
    output.write_record(["oneroster.version", version])?;
    for name in present {
        output.write_record([&format!("file.{name}"), "bulk"])?;
    }
    for name in absent {
        output.write_record([&format!("file.{name}"), "absent"])?;
    }
    Ok(output.flush()?)
}

fn option(id: &Option<Id>) -> &str {
    id.as_ref().map(Id::as_str).unwrap_or_default()
}

fn joined(ids: &[Id]) -> String {
    let ids: Vec<&str> = ids.iter().map(Id::as_str).collect();
    ids.join(",")
}

// In bulk files status and dateLastModified are blank.

fn orgs(district: &District, folder: &Path) -> Result<()> {
    let header = [
        "sourcedId",
        "status",
        "dateLastModified",
        "name",
        "type",
        "identifier",
        "parentSourcedId",
    ];
    let mut output = create(&folder.join("orgs.csv"), &header)?;
    for org in (0..district.len(Collection::Orgs)).map(|n| district.org(n)) {
        output.write_record([
            org.sourced_id.as_str(),
            "",
            "",
            &org.name,
            org.org_type.name(),
            org.identifier.as_deref().unwrap_or_default(),
            option(&org.parent),
        ])?;
    }
    Ok(output.flush()?)
}

fn sessions(district: &District, folder: &Path) -> Result<()> {
    let header = [
        "sourcedId",
        "status",
        "dateLastModified",
        "title",
        "type",
        "startDate",
        "endDate",
        "parentSourcedId",
        "schoolYear",
    ];
    let mut output = create(&folder.join("academicSessions.csv"), &header)?;
    for index in 0..district.len(Collection::AcademicSessions) {
        let session = district.academic_session(index);
        output.write_record([
            session.sourced_id.as_str(),
            "",
            "",
            &session.title,
            session.session_type.name(),
            &session.start_date.to_string(),
            &session.end_date.to_string(),
            option(&session.parent),
            &session.school_year.to_string(),
        ])?;
    }
    Ok(output.flush()?)
}

fn courses(district: &District, folder: &Path) -> Result<()> {
    let header = [
        "sourcedId",
        "status",
        "dateLastModified",
        "schoolYearSourcedId",
        "title",
        "courseCode",
        "grades",
        "orgSourcedId",
        "subjects",
        "subjectCodes",
    ];
    let mut output = create(&folder.join("courses.csv"), &header)?;
    for course in (0..district.len(Collection::Courses)).map(|n| district.course(n)) {
        output.write_record([
            course.sourced_id.as_str(),
            "",
            "",
            course.school_year.as_str(),
            &course.title,
            &course.course_code,
            &course.grades.join(","),
            course.org.as_str(),
            &course.subjects.join(","),
            &course.subject_codes.join(","),
        ])?;
    }
    Ok(output.flush()?)
}

fn classes(district: &District, folder: &Path) -> Result<()> {
    let header = [
        "sourcedId",
        "status",
        "dateLastModified",
        "title",
        "grades",
        "courseSourcedId",
        "classCode",
        "classType",
        "location",
        "schoolSourcedId",
        "termSourcedIds",
        "subjects",
        "subjectCodes",
        "periods",
    ];
    let mut output = create(&folder.join("classes.csv"), &header)?;
    for class in district.classes() {
        output.write_record([
            class.sourced_id.as_str(),
            "",
            "",
            &class.title,
            &class.grades.join(","),
            class.course.as_str(),
            &class.class_code,
            class.class_type.name(),
            &class.location,
            class.school.as_str(),
            &joined(&class.terms),
            &class.subjects.join(","),
            &class.subject_codes.join(","),
            &class.periods.join(","),
        ])?;
    }
    Ok(output.flush()?)
}

/// The columns of users.csv in 1.1: one role, and all orgs, in the row itself.
const USERS_1_1: [&str; 18] = [
    "sourcedId",
    "status",
    "dateLastModified",
    "enabledUser",
    "orgSourcedIds",
    "role",
    "username",
    "userIds",
    "givenName",
    "familyName",
    "middleName",
    "identifier",
    "email",
    "sms",
    "phone",
    "agentSourcedIds",
    "grades",
    "password",
];

/// The columns of users.csv in 1.2; roles stand in a file of their own.
const USERS_1_2: [&str; 22] = [
    "sourcedId",
    "status",
    "dateLastModified",
    "enabledUser",
    "username",
    "userIds",
    "givenName",
    "familyName",
    "middleName",
    "identifier",
    "email",
    "sms",
    "phone",
    "agentSourcedIds",
    "grades",
    "password",
    "userMasterIdentifier",
    "preferredGivenName",
    "preferredMiddleName",
    "preferredFamilyName",
    "primaryOrgSourcedId",
    "pronouns",
];

/// What stands in a column of users.csv, in either version.
fn user_cell<'u>(user: &'u User, column: &str) -> Cow<'u, str> {
    let optional = |text: &'u Option<String>| text.as_deref().unwrap_or_default();
    let first = user.roles.first();
    let text = match column {
        "sourcedId" => user.sourced_id.as_str(),
        "enabledUser" if user.enabled_user => "true",
        "enabledUser" => "false",
        "orgSourcedIds" => return orgs_of(user).into(),
        "role" => first.map_or("", |role| role.role.v1p1()),
        "username" => optional(&user.username),
        "userIds" => return user_ids(user).into(),
        "givenName" => &user.given_name,
        "familyName" => &user.family_name,
        "middleName" => user.middle_name.as_deref().unwrap_or_default(),
        "identifier" => optional(&user.identifier),
        "email" => optional(&user.email),
        "sms" => optional(&user.sms),
        "phone" => optional(&user.phone),
        "agentSourcedIds" => return joined(&user.agents).into(),
        "grades" => return user.grades.join(",").into(),
        "preferredGivenName" => user.preferred_given_name.as_deref().unwrap_or_default(),
        "primaryOrgSourcedId" => first.map_or("", |role| role.org.as_str()),
        // Nobody in the district has one.
        _ => "",
    };
    text.into()
}

/// The orgs of a user's roles, each once.
fn orgs_of(user: &User) -> String {
    let mut orgs: Vec<&str> = Vec::new();
    for role in &user.roles {
        if !orgs.contains(&role.org.as_str()) {
            orgs.push(role.org.as_str());
        }
    }
    orgs.join(",")
}

/// `{type:identifier},{type:identifier}`
fn user_ids(user: &User) -> String {
    let ids = user.user_ids.iter();
    let ids: Vec<String> = ids
        .map(|id| format!("{{{}:{}}}", id.id_type, id.identifier))
        .collect();
    ids.join(",")
}

fn users(district: &District, columns: &[&str], folder: &Path) -> Result<()> {
    let mut output = create(&folder.join("users.csv"), columns)?;
    for user in district.users() {
        for column in columns {
            output.write_field(user_cell(&user, column).as_bytes())?;
        }
        output.write_record(None::<&[u8]>)?;
    }
    Ok(output.flush()?)
}

fn roles(district: &District, folder: &Path) -> Result<()> {
    let header = [
        "sourcedId",
        "status",
        "dateLastModified",
        "userSourcedId",
        "roleType",
        "role",
        "beginDate",
        "endDate",
        "orgSourcedId",
        "userProfileSourcedId",
    ];
    let mut output = create(&folder.join("roles.csv"), &header)?;
    for user in district.users() {
        for (n, role) in user.roles.iter().enumerate() {
            output.write_record([
                format!("{}-{n}", user.sourced_id).as_str(),
                "",
                "",
                user.sourced_id.as_str(),
                if role.primary { "primary" } else { "secondary" },
                role.role.name(),
                "",
                "",
                role.org.as_str(),
                "",
            ])?;
        }
    }
    Ok(output.flush()?)
}

fn enrollments(district: &District, folder: &Path) -> Result<()> {
    let header = [
        "sourcedId",
        "status",
        "dateLastModified",
        "classSourcedId",
        "schoolSourcedId",
        "userSourcedId",
        "role",
        "primary",
        "beginDate",
        "endDate",
    ];
    let mut output = create(&folder.join("enrollments.csv"), &header)?;
    let day = |date: Option<jiff::civil::Date>| date.map(|d| d.to_string()).unwrap_or_default();
    for row in district.enrollments() {
        output.write_record([
            row.sourced_id.as_str(),
            "",
            "",
            row.class.as_str(),
            row.school.as_str(),
            row.user.as_str(),
            row.role.name(),
            row.primary
                .map_or("", |primary| if primary { "true" } else { "false" }),
            &day(row.begin_date),
            &day(row.end_date),
        ])?;
    }
    Ok(output.flush()?)
}
