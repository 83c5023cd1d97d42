//! One function per record type: raw in, checked and encoded out. Which fields
//! a record must have is the contract's (`wit/roster.wit`).

use homeroom_roster::codec;
use homeroom_roster::record::{self, Lifecycle};
use wasmtime::Store;
use wasmtime::component::WasmStr;

use super::clean::{Cleaner, Record};
use crate::error::{CallError, ErrorKind};
use crate::raw;
use crate::state::HostState;

type Encoded = Result<bool, CallError>;

fn push<T: serde::Serialize>(bytes: &mut Vec<u8>, record: &T) -> Encoded {
    codec::push(bytes, record).map_err(|e| {
        CallError::new(
            ErrorKind::Internal,
            format!("a record cannot be encoded: {e}"),
        )
    })?;
    Ok(true)
}

fn lifecycle(status: raw::Status, modified: Option<i64>) -> Lifecycle {
    Lifecycle {
        deleted: status == raw::Status::Tobedeleted,
        modified,
    }
}

/// The title, or the id in its place.
fn title<'a>(record: &mut Record<'a>, field: &str, text: &WasmStr) -> Result<&'a str, CallError> {
    let text = record.text(field, text)?;
    if !text.is_empty() {
        return Ok(text);
    }
    record.warn(
        "missing-title",
        field,
        "It is empty; the sourcedId stands in its place.",
    );
    Ok(record.id)
}

pub(super) fn org(
    raw: &raw::Org,
    store: &Store<HostState>,
    cleaner: &mut Cleaner,
    bytes: &mut Vec<u8>,
) -> Encoded {
    let Some(mut r) = cleaner.record(store, &raw.sourced_id)? else {
        return Ok(false);
    };
    let org = record::Org {
        sourced_id: r.id,
        lifecycle: lifecycle(raw.status, raw.date_last_modified),
        name: title(&mut r, "name", &raw.name)?,
        org_type: match &raw.org_type {
            raw::OrgType::Department => "department",
            raw::OrgType::District => "district",
            raw::OrgType::Local => "local",
            raw::OrgType::National => "national",
            raw::OrgType::School => "school",
            raw::OrgType::State => "state",
            raw::OrgType::Other(other) => r.text("type", other)?,
        },
        identifier: r.maybe("identifier", raw.identifier.as_ref())?,
        parent: r.reference("parent", raw.parent.as_ref())?,
        metadata: r.metadata(&raw.metadata)?,
    };
    push(bytes, &org)
}

pub(super) fn session(
    raw: &raw::AcademicSession,
    store: &Store<HostState>,
    cleaner: &mut Cleaner,
    bytes: &mut Vec<u8>,
) -> Encoded {
    let Some(mut r) = cleaner.record(store, &raw.sourced_id)? else {
        return Ok(false);
    };
    let session = record::AcademicSession {
        sourced_id: r.id,
        lifecycle: lifecycle(raw.status, raw.date_last_modified),
        title: title(&mut r, "title", &raw.title)?,
        session_type: match &raw.session_type {
            raw::SessionType::GradingPeriod => "gradingPeriod",
            raw::SessionType::Semester => "semester",
            raw::SessionType::SchoolYear => "schoolYear",
            raw::SessionType::Term => "term",
            raw::SessionType::Other(other) => r.text("type", other)?,
        },
        start: r.day("startDate", raw.start_date),
        end: r.day("endDate", raw.end_date),
        parent: r.reference("parent", raw.parent.as_ref())?,
        school_year: raw.school_year,
        metadata: r.metadata(&raw.metadata)?,
    };
    push(bytes, &session)
}

pub(super) fn course(
    raw: &raw::Course,
    store: &Store<HostState>,
    cleaner: &mut Cleaner,
    bytes: &mut Vec<u8>,
) -> Encoded {
    let Some(mut r) = cleaner.record(store, &raw.sourced_id)? else {
        return Ok(false);
    };
    let course_code = r.maybe("courseCode", raw.course_code.as_ref())?;
    let mut text = r.text("title", &raw.title)?;
    if text.is_empty() {
        r.warn(
            "missing-title",
            "title",
            "It is empty; the course code or the sourcedId stands in its place.",
        );
        text = course_code.unwrap_or(r.id);
    }
    let course = record::Course {
        sourced_id: r.id,
        lifecycle: lifecycle(raw.status, raw.date_last_modified),
        title: text,
        course_code,
        school_year: r.reference("schoolYear", raw.school_year.as_ref())?,
        org: r.reference("org", raw.org.as_ref())?,
        grades: r.texts("grades", &raw.grades)?,
        subjects: r.texts("subjects", &raw.subjects)?,
        subject_codes: r.texts("subjectCodes", &raw.subject_codes)?,
        metadata: r.metadata(&raw.metadata)?,
    };
    push(bytes, &course)
}

pub(super) fn class(
    raw: &raw::Class,
    store: &Store<HostState>,
    cleaner: &mut Cleaner,
    bytes: &mut Vec<u8>,
) -> Encoded {
    let Some(mut r) = cleaner.record(store, &raw.sourced_id)? else {
        return Ok(false);
    };
    let class = record::Class {
        sourced_id: r.id,
        lifecycle: lifecycle(raw.status, raw.date_last_modified),
        title: r.text("title", &raw.title)?,
        class_code: r.maybe("classCode", raw.class_code.as_ref())?,
        class_type: match &raw.class_type {
            None => None,
            Some(raw::ClassType::Homeroom) => Some("homeroom"),
            Some(raw::ClassType::Scheduled) => Some("scheduled"),
            Some(raw::ClassType::Other(other)) => r.maybe("classType", Some(other))?,
        },
        location: r.maybe("location", raw.location.as_ref())?,
        grades: r.texts("grades", &raw.grades)?,
        subjects: r.texts("subjects", &raw.subjects)?,
        subject_codes: r.texts("subjectCodes", &raw.subject_codes)?,
        course: r.reference("course", raw.course.as_ref())?,
        school: r.reference("school", raw.school.as_ref())?,
        terms: r.references("terms", &raw.terms)?,
        periods: r.texts("periods", &raw.periods)?,
        metadata: r.metadata(&raw.metadata)?,
    };
    push(bytes, &class)
}

fn role(raw: &raw::Role) -> record::Role {
    match raw {
        raw::Role::Administrator => record::Role::Administrator,
        raw::Role::Aide => record::Role::Aide,
        raw::Role::Counselor => record::Role::Counselor,
        raw::Role::DistrictAdministrator => record::Role::DistrictAdministrator,
        raw::Role::Guardian => record::Role::Guardian,
        raw::Role::Parent => record::Role::Parent,
        raw::Role::Principal => record::Role::Principal,
        raw::Role::Proctor => record::Role::Proctor,
        raw::Role::Relative => record::Role::Relative,
        raw::Role::SiteAdministrator => record::Role::SiteAdministrator,
        raw::Role::Student => record::Role::Student,
        raw::Role::SystemAdministrator => record::Role::SystemAdministrator,
        raw::Role::Teacher => record::Role::Teacher,
        raw::Role::Other(_) => record::Role::Other,
    }
}

pub(super) fn user(
    raw: &raw::User,
    store: &Store<HostState>,
    cleaner: &mut Cleaner,
    bytes: &mut Vec<u8>,
) -> Encoded {
    let Some(mut r) = cleaner.record(store, &raw.sourced_id)? else {
        return Ok(false);
    };
    let given_name = r.maybe("givenName", raw.given_name.as_ref())?;
    let family_name = r.maybe("familyName", raw.family_name.as_ref())?;
    if given_name.is_none() && family_name.is_none() {
        r.leave_out(
            "missing-name",
            "familyName",
            "There is neither a given nor a family name.",
        );
        return Ok(false);
    }
    if raw.roles.is_empty() {
        r.leave_out("missing-role", "roles", "The user has no role.");
        return Ok(false);
    }
    let mut ids = Vec::new();
    for id in r.some("userIds", &raw.user_ids)? {
        let pair = (
            r.text("userIds", &id.id_type)?,
            r.text("userIds", &id.identifier)?,
        );
        if !pair.1.is_empty() {
            ids.push(pair);
        }
    }
    let mut assignments = Vec::new();
    for assignment in r.some("roles", &raw.roles)? {
        assignments.push(record::RoleAssignment {
            role: role(&assignment.role),
            primary: assignment.primary,
            org: r.reference("roles.org", assignment.org.as_ref())?,
            begin: r.day("roles.beginDate", assignment.begin_date),
            end: r.day("roles.endDate", assignment.end_date),
        });
    }
    let user = record::User {
        sourced_id: r.id,
        lifecycle: lifecycle(raw.status, raw.date_last_modified),
        enabled: raw.enabled_user,
        username: r.maybe("username", raw.username.as_ref())?,
        user_ids: ids,
        given_name,
        family_name,
        middle_name: r.maybe("middleName", raw.middle_name.as_ref())?,
        preferred_given_name: r.maybe("preferredFirstName", raw.preferred_given_name.as_ref())?,
        preferred_family_name: r.maybe("preferredLastName", raw.preferred_family_name.as_ref())?,
        identifier: r.maybe("identifier", raw.identifier.as_ref())?,
        user_master_identifier: r
            .maybe("userMasterIdentifier", raw.user_master_identifier.as_ref())?,
        email: r.maybe("email", raw.email.as_ref())?,
        sms: r.maybe("sms", raw.sms.as_ref())?,
        phone: r.maybe("phone", raw.phone.as_ref())?,
        language: r.maybe("language", raw.language.as_ref())?,
        roles: assignments,
        primary_org: r.reference("primaryOrg", raw.primary_org.as_ref())?,
        agents: r.references("agents", &raw.agents)?,
        grades: r.texts("grades", &raw.grades)?,
        metadata: r.metadata(&raw.metadata)?,
    };
    push(bytes, &user)
}

pub(super) fn enrollment(
    raw: &raw::Enrollment,
    store: &Store<HostState>,
    cleaner: &mut Cleaner,
    bytes: &mut Vec<u8>,
) -> Encoded {
    let Some(mut r) = cleaner.record(store, &raw.sourced_id)? else {
        return Ok(false);
    };
    let Some(user) = r.reference("user", Some(&raw.user))? else {
        r.leave_out(
            "missing-reference",
            "user",
            "The enrollment has no usable user.",
        );
        return Ok(false);
    };
    let Some(class) = r.reference("class", Some(&raw.class))? else {
        r.leave_out(
            "missing-reference",
            "class",
            "The enrollment has no usable class.",
        );
        return Ok(false);
    };
    let enrollment = record::Enrollment {
        sourced_id: r.id,
        lifecycle: lifecycle(raw.status, raw.date_last_modified),
        user,
        class,
        school: r.reference("school", raw.school.as_ref())?,
        role: role(&raw.role),
        primary: raw.primary,
        begin: r.day("beginDate", raw.begin_date),
        end: r.day("endDate", raw.end_date),
    };
    push(bytes, &enrollment)
}
