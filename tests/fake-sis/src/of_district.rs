//! Rows of a generated district.

use district::{Collection, District, Id, Status};
use jiff::Timestamp;

use crate::row::{
    ClassRow, Common, CourseRow, Day, EnrollmentRow, OrgRow, RoleRow, Row, SessionRow, Stamp,
    UserRow,
};

fn common(id: &Id, status: Status, modified: Timestamp) -> Common<'_> {
    Common {
        sourced_id: id.as_str(),
        status: status.name(),
        modified: Stamp::At(modified),
        metadata: &[],
    }
}

fn ids(ids: &[Id]) -> Vec<&str> {
    ids.iter().map(Id::as_str).collect()
}

/// Gives the district's record at `index` to `work`.
pub(crate) fn with_district_row<T>(
    district: &District,
    collection: Collection,
    index: usize,
    work: impl FnOnce(Row<'_>) -> T,
) -> T {
    match collection {
        Collection::Orgs => {
            let org = district.org(index);
            work(Row::Org(OrgRow {
                common: common(&org.sourced_id, org.status, org.date_last_modified),
                name: &org.name,
                org_type: org.org_type.name(),
                identifier: org.identifier.as_deref(),
                parent: org.parent.as_ref().map(Id::as_str),
                children: ids(&org.children),
            }))
        }
        Collection::AcademicSessions => {
            let session = district.academic_session(index);
            let year = session.school_year.to_string();
            let id = &session.sourced_id;
            work(Row::Session(SessionRow {
                common: common(id, session.status, session.date_last_modified),
                title: &session.title,
                session_type: session.session_type.name(),
                start_date: Day::On(session.start_date),
                end_date: Day::On(session.end_date),
                parent: session.parent.as_ref().map(Id::as_str),
                children: ids(&session.children),
                school_year: &year,
            }))
        }
        Collection::Courses => {
            let course = district.course(index);
            let id = &course.sourced_id;
            work(Row::Course(CourseRow {
                common: common(id, course.status, course.date_last_modified),
                title: &course.title,
                course_code: &course.course_code,
                school_year: Some(course.school_year.as_str()),
                org: Some(course.org.as_str()),
                grades: course.grades,
                subjects: course.subjects,
                subject_codes: course.subject_codes,
            }))
        }
        Collection::Classes => {
            let class = district.class(index);
            let id = &class.sourced_id;
            work(Row::Class(ClassRow {
                common: common(id, class.status, class.date_last_modified),
                title: &class.title,
                class_code: Some(&class.class_code),
                class_type: Some(class.class_type.name()),
                location: Some(&class.location),
                grades: class.grades,
                subjects: class.subjects,
                subject_codes: class.subject_codes,
                course: Some(class.course.as_str()),
                school: Some(class.school.as_str()),
                terms: ids(&class.terms),
                periods: class.periods,
            }))
        }
        Collection::Users => work(Row::User(user_row(&district.user(index)))),
        Collection::Enrollments => {
            let row = district.enrollment(index);
            let day = |date: Option<_>| date.map_or(Day::Absent, Day::On);
            work(Row::Enrollment(EnrollmentRow {
                common: common(&row.sourced_id, row.status, row.date_last_modified),
                user: row.user.as_str(),
                class: row.class.as_str(),
                school: row.school.as_str(),
                role: row.role.name(),
                primary: row.primary,
                begin_date: day(row.begin_date),
                end_date: day(row.end_date),
            }))
        }
    }
}

fn user_row(user: &district::User) -> UserRow<'_> {
    let roles = user.roles.iter().map(|role| RoleRow {
        role: role.role.name(),
        role_v1p1: role.role.v1p1(),
        role_type: if role.primary { "primary" } else { "secondary" },
        org: role.org.as_str(),
        begin_date: Day::Absent,
        end_date: Day::Absent,
    });
    let user_ids = user.user_ids.iter();
    UserRow {
        common: common(&user.sourced_id, user.status, user.date_last_modified),
        enabled: Some(user.enabled_user),
        username: user.username.as_deref(),
        user_ids: user_ids
            .map(|id| (id.id_type, id.identifier.as_str()))
            .collect(),
        given_name: &user.given_name,
        family_name: &user.family_name,
        middle_name: user.middle_name.as_deref(),
        preferred_given_name: user.preferred_given_name.as_deref(),
        preferred_middle_name: None,
        preferred_family_name: None,
        pronouns: None,
        user_master_identifier: None,
        identifier: user.identifier.as_deref(),
        email: user.email.as_deref(),
        sms: user.sms.as_deref(),
        phone: user.phone.as_deref(),
        agents: ids(&user.agents),
        grades: user.grades.clone(),
        roles: roles.collect(),
        primary_org: user.roles.first().map(|role| role.org.as_str()),
    }
}
