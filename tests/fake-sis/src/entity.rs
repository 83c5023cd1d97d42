//! Rows as JSON objects of OneRoster 1.1 and 1.2.

use crate::Version;
use crate::json::{CLASS, COURSE, Json, ORG, SESSION, USER, string};
use crate::row::{
    ClassRow, Common, CourseRow, EnrollmentRow, OrgRow, RoleRow, Row, SessionRow, UserRow,
};

/// Writes one record.
pub(crate) fn write_row(json: &mut Json<'_>, row: &Row<'_>) {
    json.open();
    match row {
        Row::Org(row) => org(json, row),
        Row::Session(row) => session(json, row),
        Row::Course(row) => course(json, row),
        Row::Class(row) => class(json, row),
        Row::User(row) => user(json, row),
        Row::Enrollment(row) => enrollment(json, row),
    }
    if json.dialect.vendor_properties && json.key("vendorRecordVersion") {
        json.raw("[7,{\"deep\":{\"er\":null}}]");
    }
    json.close();
}

fn common(json: &mut Json<'_>, row: &Common<'_>) {
    json.id("sourcedId", row.sourced_id);
    json.enumerated("status", row.status, "inactive");
    json.stamp("dateLastModified", row.modified);
    if !row.metadata.is_empty() && json.key("metadata") {
        json.object(|json| {
            for (name, value) in row.metadata {
                json.text(name, value);
            }
        });
    }
}

/// Whether it is this record's turn, where every so manyth has something.
fn strikes(every: Option<usize>, turn: usize) -> bool {
    every.is_some_and(|every| (turn + 1).is_multiple_of(every.max(1)))
}

/// A name or title, unless it is this record's turn to have none.
fn name(json: &mut Json<'_>, property: &str, value: &str) {
    let nameless = strikes(json.dialect.nameless_every, json.turn);
    json.text(property, if nameless { "" } else { value });
}

fn org(json: &mut Json<'_>, row: &OrgRow<'_>) {
    common(json, &row.common);
    name(json, "name", row.name);
    json.enumerated("type", row.org_type, "campus");
    json.option("identifier", row.identifier);
    json.reference("parent", ORG, row.parent);
    json.references("children", ORG, &row.children);
}

fn session(json: &mut Json<'_>, row: &SessionRow<'_>) {
    common(json, &row.common);
    name(json, "title", row.title);
    json.enumerated("type", row.session_type, "trimester");
    json.day("startDate", row.start_date);
    json.day("endDate", row.end_date);
    json.reference("parent", SESSION, row.parent);
    json.references("children", SESSION, &row.children);
    json.text("schoolYear", row.school_year);
}

fn course(json: &mut Json<'_>, row: &CourseRow<'_>) {
    common(json, &row.common);
    name(json, "title", row.title);
    json.reference("schoolYear", SESSION, row.school_year);
    json.text("courseCode", row.course_code);
    json.texts("grades", &row.grades);
    json.texts("subjects", &row.subjects);
    json.texts("subjectCodes", &row.subject_codes);
    json.reference("org", ORG, row.org);
}

fn class(json: &mut Json<'_>, row: &ClassRow<'_>) {
    common(json, &row.common);
    name(json, "title", row.title);
    json.option("classCode", row.class_code);
    match row.class_type {
        Some(class_type) => json.enumerated("classType", class_type, "ext:lab"),
        None => json.option("classType", None),
    }
    json.option("location", row.location);
    json.texts("grades", &row.grades);
    json.texts("subjects", &row.subjects);
    json.texts("subjectCodes", &row.subject_codes);
    json.reference("course", COURSE, row.course);
    json.reference("school", ORG, row.school);
    json.references("terms", SESSION, &row.terms);
    if json.dialect.periods_as_text {
        json.text("periods", &row.periods.join(","));
    } else {
        json.texts("periods", &row.periods);
    }
}

fn user(json: &mut Json<'_>, row: &UserRow<'_>) {
    common(json, &row.common);
    match json.version {
        Version::V1p1 => user_v1p1(json, row),
        Version::V1p2 => user_v1p2(json, row),
    }
    json.list("userIds", &row.user_ids, |json, (id_type, identifier)| {
        json.object(|json| {
            json.text("type", id_type);
            json.text("identifier", identifier);
        });
    });
    json.flag("enabledUser", row.enabled);
    name(json, "givenName", row.given_name);
    name(json, "familyName", row.family_name);
    json.option("middleName", row.middle_name);
    json.option("identifier", row.identifier);
    json.option("email", row.email);
    json.option("sms", row.sms);
    json.option("phone", row.phone);
    json.references("agents", USER, &row.agents);
    json.texts("grades", &row.grades);
    if json.dialect.personal_data {
        json.text("password", "correct horse battery staple");
        json.text("birthDate", "2011-11-11");
    }
}

/// One role, and every org once.
fn user_v1p1(json: &mut Json<'_>, row: &UserRow<'_>) {
    // The standard requires a username; servers without one send it empty.
    json.text("username", row.username.unwrap_or_default());
    let primary = row.roles.iter().find(|role| role.role_type == "primary");
    if let Some(role) = primary.or(row.roles.first()) {
        json.enumerated("role", role.role_v1p1, "professor");
    }
    let mut orgs: Vec<&str> = Vec::with_capacity(row.roles.len());
    for role in &row.roles {
        if !orgs.contains(&role.org) {
            orgs.push(role.org);
        }
    }
    json.references("orgs", ORG, &orgs);
}

fn user_v1p2(json: &mut Json<'_>, row: &UserRow<'_>) {
    json.option("username", row.username);
    json.option("userMasterIdentifier", row.user_master_identifier);
    json.option("preferredFirstName", row.preferred_given_name);
    json.option("preferredMiddleName", row.preferred_middle_name);
    json.option("preferredLastName", row.preferred_family_name);
    json.option("pronouns", row.pronouns);
    json.list("roles", &row.roles, role);
    json.reference("primaryOrg", ORG, row.primary_org);
}

fn role(json: &mut Json<'_>, row: &RoleRow<'_>) {
    json.object(|json| {
        json.text("roleType", row.role_type);
        json.enumerated("role", row.role, "ext:coach");
        json.reference("org", ORG, Some(row.org));
        json.day("beginDate", row.begin_date);
        json.day("endDate", row.end_date);
    });
}

fn enrollment(json: &mut Json<'_>, row: &EnrollmentRow<'_>) {
    common(json, &row.common);
    let dangles = strikes(json.dialect.dangling_every, json.turn);
    let user = if dangles { "nobody" } else { row.user };
    json.reference("user", USER, Some(user));
    json.reference("class", CLASS, Some(row.class));
    json.reference("school", ORG, Some(row.school));
    json.enumerated("role", row.role, "professor");
    json.flag("primary", row.primary);
    json.day("beginDate", row.begin_date);
    json.day("endDate", row.end_date);
}

/// Writes a word as JSON; for envelopes.
pub(crate) fn write_key(out: &mut Vec<u8>, name: &str) {
    string(out, name);
    out.push(b':');
}
