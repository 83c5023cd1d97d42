//! The small district that the tests export.

use std::collections::BTreeMap;

use homeroom_roster::record::{Day, Role};
use homeroom_roster::state::{
    Assignments, Attributes, Class, ClassKey, Course, CourseKey, Enrollment, Field, Guardian, Link,
    Org, OrgKey, Origin, ProviderKey, Roles, Roster, Rule, RunKey, Session, SessionKey, Status,
    User, UserKey,
};

pub(super) const SIS: ProviderKey = ProviderKey(1);
pub(super) const OTHER_SIS: ProviderKey = ProviderKey(2);

pub(super) fn names() -> BTreeMap<ProviderKey, String> {
    BTreeMap::from([
        (SIS, "riverside".to_owned()),
        (OTHER_SIS, "lakeside".to_owned()),
    ])
}

fn origin(provider: ProviderKey, id: &str) -> Origin {
    Origin {
        provider,
        sourced_id: id.into(),
    }
}

pub(super) fn org(
    key: u32,
    provider: ProviderKey,
    id: &str,
    status: Status,
    parent: Option<u32>,
) -> Org {
    Org {
        key: OrgKey(key),
        origin: origin(provider, id),
        status,
        name: format!("Org {id}").into(),
        org_type: if parent.is_none() {
            "district"
        } else {
            "school"
        }
        .into(),
        identifier: None,
        parent: parent.map(OrgKey),
    }
}

fn class(key: u32, id: &str, school: u32, course: Option<u32>) -> Class {
    Class {
        key: ClassKey(key),
        origin: origin(SIS, id),
        status: Status::Active,
        title: "Maths, \"set\" 1\nlower".into(),
        class_code: None,
        class_type: None,
        location: None,
        grades: "09,10".into(),
        subjects: "".into(),
        subject_codes: "".into(),
        periods: "1,2".into(),
        course: course.map(CourseKey),
        school: OrgKey(school),
        sessions: vec![SessionKey(0), SessionKey(1)],
    }
}

fn user(key: u32, id: &str, status: Status, roles: &[Role], orgs: &[u32]) -> User {
    let mut attributes = Attributes::default();
    attributes.set(Field::GivenName, Some("=Zoë".into()), Some(SIS));
    attributes.set(Field::FamilyName, Some("O'Brien".into()), Some(SIS));
    User {
        key: UserKey(key),
        id: id.into(),
        status,
        enabled: true,
        roles: roles.iter().copied().collect::<Roles>(),
        attributes,
        orgs: orgs.iter().copied().map(OrgKey).collect(),
        assignments: Assignments::default(),
        primary_org: None,
    }
}

fn session(key: u32, id: &str, kind: &str, parent: Option<u32>, status: Status) -> Session {
    Session {
        key: SessionKey(key),
        origin: origin(SIS, id),
        status,
        title: id.into(),
        session_type: kind.into(),
        start: Some(Day(20_000)),
        end: Some(Day(20_250)),
        parent: parent.map(SessionKey),
        school_year: None,
    }
}

fn enrollment(class: u32, user: u32, role: Role) -> Enrollment {
    Enrollment {
        class: ClassKey(class),
        user: UserKey(user),
        role,
        primary: role == Role::Teacher,
        begin: None,
        end: Some(Day(20_100)),
    }
}

/// One district with two schools, of which one is archived; a student with two
/// parents, of whom one left; a teacher who is a parent too.
pub(super) fn district() -> Roster {
    use Status::{Active, Archived};
    Roster {
        orgs: vec![
            org(0, SIS, "D", Active, None),
            org(1, SIS, "S1", Active, Some(0)),
            org(2, SIS, "S2", Archived, Some(0)),
        ],
        sessions: vec![
            session(0, "Y", "schoolYear", None, Active),
            session(1, "T1", "term", Some(0), Active),
            session(2, "T0", "term", Some(0), Archived),
        ],
        courses: vec![Course {
            key: CourseKey(0),
            origin: origin(SIS, "C"),
            status: Active,
            title: "Maths".into(),
            course_code: Some("M1".into()),
            org: Some(OrgKey(2)),
            school_year: Some(SessionKey(0)),
            grades: "".into(),
            subjects: "".into(),
            subject_codes: "".into(),
        }],
        classes: vec![
            class(0, "K1", 1, Some(0)),
            class(1, "K2", 2, None),
            class(2, "K3", 1, None),
        ],
        users: vec![
            user(0, "u-student", Active, &[Role::Student], &[1]),
            user(1, "u-parent", Active, &[Role::Parent], &[]),
            user(2, "u-left", Archived, &[Role::Parent], &[]),
            user(
                3,
                "u-teacher",
                Active,
                &[Role::Parent, Role::Teacher],
                &[1, 2],
            ),
            user(4, "u-staff", Active, &[Role::Administrator], &[]),
        ],
        links: vec![
            Link {
                origin: origin(SIS, "77"),
                user: UserKey(0),
                rule: Rule::Email,
                evidence: None,
                since: RunKey(1),
                present: true,
            },
            Link {
                origin: origin(SIS, "78"),
                user: UserKey(0),
                rule: Rule::Email,
                evidence: None,
                since: RunKey(1),
                present: false,
            },
        ],
        enrollments: vec![
            enrollment(0, 0, Role::Student),
            enrollment(0, 2, Role::Aide),
            enrollment(0, 3, Role::Teacher),
            enrollment(1, 0, Role::Student),
        ],
        guardians: [1, 2, 3]
            .map(|guardian| Guardian {
                student: UserKey(0),
                guardian: UserKey(guardian),
                relation: Role::Parent,
                provider: SIS,
            })
            .into(),
        ..Roster::default()
    }
}
