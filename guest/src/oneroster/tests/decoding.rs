//! Rows of every collection but users: odd values cost a finding, never a page.

use super::*;
use crate::roster::{Class, ClassType, Date, Enrollment, OrgType, Role, SessionType, Status};

fn class(row: &str) -> (Class, Vec<String>) {
    let page = good_page(Collection::Classes, &format!(r#"{{"classes":[{row}]}}"#));
    let codes = codes(&page);
    let Records::Classes(mut classes) = page.records else {
        panic!("classes")
    };
    (classes.pop().expect("one class"), codes)
}

fn enrollment(row: &str) -> (Enrollment, Vec<String>) {
    let page = good_page(
        Collection::Enrollments,
        &format!(r#"{{"enrollments":[{row}]}}"#),
    );
    let codes = codes(&page);
    let Records::Enrollments(mut enrollments) = page.records else {
        panic!("enrollments")
    };
    (enrollments.pop().expect("one enrollment"), codes)
}

#[test]
fn trap_22_an_envelope_may_have_its_other_name() {
    for (collection, name) in [
        (Collection::Orgs, "schools"),
        (Collection::Orgs, "Orgs"),
        (Collection::AcademicSessions, "terms"),
        (Collection::AcademicSessions, "gradingPeriods"),
        (Collection::Users, "students"),
        (Collection::Users, "teachers"),
    ] {
        let page = good_page(
            collection,
            &format!(
                r#"{{"{name}":[{{"sourcedId":"1","name":"N","title":"T","type":"term","givenName":"A","role":"student"}}]}}"#
            ),
        );
        assert_eq!((page.received, errors(&page).len()), (1, 0), "{name}");
    }
}

#[test]
fn trap_24_a_single_object_is_a_list_of_one() {
    let page = good_page(
        Collection::Orgs,
        r#"{"orgs":{"sourcedId":"1","name":"N","type":"school"}}"#,
    );
    assert_eq!(
        (page.received, codes(&page)),
        (1, vec!["single-object".to_owned()])
    );
}

#[test]
fn trap_27_null_absent_and_empty_are_the_same() {
    let rows = [
        r#"{"sourcedId":"1","school":"s"}"#,
        r#"{"sourcedId":"1","school":"s","title":null,"classCode":null,"classType":null,"location":null,"grades":null,"subjects":null,"course":null,"terms":null,"periods":null,"metadata":null,"status":null,"dateLastModified":null}"#,
        r#"{"sourcedId":"1","school":"s","title":"","classCode":"","classType":" ","location":"","grades":"","subjects":[],"course":"","terms":[],"periods":"","metadata":{},"status":"","dateLastModified":""}"#,
    ];
    let classes: Vec<_> = rows.iter().map(|row| class(row)).collect();
    assert!(
        classes.iter().all(|(_, codes)| codes.is_empty()),
        "{classes:?}"
    );
    assert!(classes.windows(2).all(|pair| pair[0].0 == pair[1].0));
}

#[test]
fn trap_28_unknown_properties_are_passed_over() {
    let (class, codes) = class(
        r#"{"sourcedId":"1","school":"s","agentSourceIds":["x"],"vendor":{"deep":[{"a":1.5e300}]},"ext_color":null}"#,
    );
    assert_eq!((class.sourced_id.as_str(), codes.len()), ("1", 0));
}

#[test]
fn trap_29_a_bad_row_is_left_out_and_the_page_goes_on() {
    let body = r#"{"orgs":[7,null,[],"x",{"name":"no id","type":"school"},{"sourcedId":{"a":1},"name":"N"},{"sourcedId":"ok","name":"N","type":"school"}]}"#;
    let page = good_page(Collection::Orgs, body);
    assert_eq!(page.received, 7);
    assert_eq!(
        errors(&page),
        [
            "not-an-object",
            "not-an-object",
            "not-an-object",
            "not-an-object",
            "missing-id",
            "missing-id"
        ]
    );
    assert_eq!(ids(&[page]).into_iter().collect::<Vec<_>>(), ["ok"]);
}

#[test]
fn each_row_left_out_has_one_error() {
    let body = r#"{"enrollments":[{"sourcedId":"1"},{"sourcedId":"2","user":"u"},{"sourcedId":"3","user":{"x":1},"class":["c"]},{"sourcedId":"4","user":"u","class":"c"}]}"#;
    let page = good_page(Collection::Enrollments, body);
    assert_eq!(
        errors(&page),
        [
            "missing-reference",
            "missing-reference",
            "missing-reference",
            "missing-role"
        ]
    );
    assert!(
        page.findings
            .iter()
            .all(|finding| finding.sourced_id.is_some() && finding.field.is_some())
    );
}

#[test]
fn a_property_that_comes_twice_counts_as_it_came_last() {
    let (class, _) = class(r#"{"sourcedId":"1","school":"s","title":"first","title":"last"}"#);
    assert_eq!(class.title, "last");
}

#[test]
fn trap_30_booleans_come_in_every_form() {
    let primary = |value: &str| {
        enrollment(&format!(
            r#"{{"sourcedId":"1","user":"u","class":"c","role":"teacher","primary":{value}}}"#
        ))
    };
    for yes in ["true", "\"true\"", "\"TRUE\"", "\"t\"", "1", "\"1\""] {
        assert_eq!(primary(yes).0.primary, Some(true), "{yes}");
    }
    for no in ["false", "\"False\"", "\"f\"", "0", "\"0\""] {
        assert_eq!(primary(no).0.primary, Some(false), "{no}");
    }
    assert_eq!(
        primary("\"maybe\""),
        (primary("null").0, vec!["invalid-boolean".to_owned()])
    );
}

#[test]
fn trap_55_a_primary_that_is_null_or_absent_says_nothing() {
    for row in [
        r#"{"sourcedId":"1","user":"u","class":"c","role":"teacher","primary":null}"#,
        r#"{"sourcedId":"1","user":"u","class":"c","role":"teacher","primary":""}"#,
        r#"{"sourcedId":"1","user":"u","class":"c","role":"teacher"}"#,
    ] {
        let (enrollment, codes) = enrollment(row);
        assert_eq!((enrollment.primary, codes.len()), (None, 0), "{row}");
    }
}

#[test]
fn trap_31_enums_are_known_in_any_case_and_kept_when_unknown() {
    let class_type = |said: &str| {
        class(&format!(
            r#"{{"sourcedId":"1","school":"s","classType":"{said}"}}"#
        ))
        .0
        .class_type
    };
    assert_eq!(class_type("Scheduled"), Some(ClassType::Scheduled));
    assert_eq!(class_type("HOMEROOM"), Some(ClassType::Homeroom));
    assert_eq!(
        class_type("ext:lab"),
        Some(ClassType::Other("ext:lab".to_owned()))
    );
    let role = |said: &str| {
        enrollment(&format!(
            r#"{{"sourcedId":"1","user":"u","class":"c","role":"{said}"}}"#
        ))
        .0
        .role
    };
    assert_eq!(role("Teacher"), Role::Teacher);
    assert_eq!(role("districtadministrator"), Role::DistrictAdministrator);
    assert_eq!(role("professor"), Role::Other("professor".to_owned()));
}

#[test]
fn trap_31_an_inactive_record_is_a_deleted_one_and_an_unknown_status_alive() {
    let status = |said: &str| {
        class(&format!(
            r#"{{"sourcedId":"1","school":"s","status":"{said}"}}"#
        ))
    };
    assert_eq!(status("inactive").0.status, Status::Tobedeleted);
    assert_eq!(status("ToBeDeleted").0.status, Status::Tobedeleted);
    assert_eq!(status("paused").0.status, Status::Active);
    assert_eq!(status("paused").1, ["unknown-status"]);
}

#[test]
fn trap_32_dates_that_are_not_certain_are_reported_not_guessed() {
    let begin = |said: &str| {
        let row = format!(
            r#"{{"sourcedId":"1","user":"u","class":"c","role":"student","beginDate":{said}}}"#
        );
        let (enrollment, codes) = enrollment(&row);
        (enrollment.begin_date, codes)
    };
    let day = Some(Date {
        year: 2026,
        month: 8,
        day: 1,
    });
    assert_eq!(begin(r#""2026-08-01T00:00:00.000+00:00""#), (day, vec![]));
    assert_eq!(begin("null"), (None, vec![]));
    assert_eq!(
        begin(r#""1/05/2023""#),
        (None, vec!["invalid-date".to_owned()])
    );
    assert_eq!(begin("{}"), (None, vec!["invalid-value".to_owned()]));
}

#[test]
fn trap_33_references_come_in_every_form() {
    let course = |said: &str| {
        class(&format!(
            r#"{{"sourcedId":"1","school":"s","course":{said}}}"#
        ))
    };
    for said in [
        r#"{"href":"x","sourcedId":"c1","type":"course"}"#,
        r#"{"sourcedId":" c1 ","type":"user"}"#,
        r#""c1""#,
        r#"{"sourcedID":"c1"}"#,
    ] {
        assert_eq!(course(said).0.course.as_deref(), Some("c1"), "{said}");
    }
    for nothing in ["{}", "null", r#""""#, r#"{"sourcedId":null}"#] {
        assert_eq!(course(nothing), course("null"), "{nothing}");
    }
    assert_eq!(course(r#"["c1"]"#).1, ["invalid-reference"]);
    let (class, _) =
        class(r#"{"sourcedId":"1","school":"s","terms":[{"sourcedId":"t1"},"t2",{},null]}"#);
    assert_eq!(class.terms, ["t1", "t2"]);
}

#[test]
fn trap_34_ids_are_text_trimmed_and_otherwise_as_they_are() {
    let id = |said: &str| class(&format!(r#"{{"sourcedId":{said},"school":{said}}}"#)).0;
    assert_eq!(
        (id("42").sourced_id.as_str(), id("42").school.as_deref()),
        ("42", Some("42"))
    );
    assert_eq!(
        (
            id(r#"" 007 ""#).sourced_id.as_str(),
            id(r#"" 007 ""#).school.as_deref()
        ),
        ("007", Some("007"))
    );
    assert_eq!(id(r#""aB""#).sourced_id, "aB");
    let page = good_page(
        Collection::Orgs,
        r#"{"orgs":[{"sourcedId":123456789012345678901234567890,"name":"N","type":"school"}]}"#,
    );
    assert_eq!(
        errors(&page),
        ["missing-id"],
        "digits that are lost are not invented"
    );
    let long = "x".repeat(256);
    let page = good_page(
        Collection::Orgs,
        &format!(r#"{{"orgs":[{{"sourcedId":"{long}","name":"N","type":"school"}}]}}"#),
    );
    assert_eq!(errors(&page), ["id-too-long"]);
}

#[test]
fn trap_35_names_in_every_script_arrive_whole() {
    for name in [
        "O'Brien",
        "Zoë",
        "Łukasz",
        "山田",
        "Ame\u{301}lie",
        "👩🏽‍🏫 School",
    ] {
        let page = good_page(
            Collection::Orgs,
            &format!(r#"{{"orgs":[{{"sourcedId":"1","name":" {name} ","type":"school"}}]}}"#),
        );
        assert!(page.findings.is_empty());
        assert!(matches!(page.records, Records::Orgs(orgs) if orgs[0].name == name));
    }
    let page = good_page(
        Collection::Orgs,
        r#"{"orgs":[{"sourcedId":"1","name":"Zo\u00eb\u0007","type":"school"}]}"#,
    );
    assert!(matches!(&page.records, Records::Orgs(orgs) if orgs[0].name == "Zoë"));
}

#[test]
fn trap_52_every_type_of_session_is_known() {
    for (said, known) in [
        ("schoolYear", SessionType::SchoolYear),
        ("SEMESTER", SessionType::Semester),
        ("term", SessionType::Term),
        ("gradingPeriod", SessionType::GradingPeriod),
        ("quarter", SessionType::Other("quarter".to_owned())),
    ] {
        let page = good_page(
            Collection::AcademicSessions,
            &format!(
                r#"{{"academicSessions":[{{"sourcedId":"1","title":"T","type":"{said}","startDate":"2026-08-01","endDate":"2027-06-30","schoolYear":"2027"}}]}}"#
            ),
        );
        let Records::AcademicSessions(sessions) = page.records else {
            panic!("sessions")
        };
        assert_eq!(
            (&sessions[0].session_type, sessions[0].school_year),
            (&known, Some(2027))
        );
    }
}

#[test]
fn trap_56_an_empty_title_stays_empty_and_periods_are_a_list() {
    let (one, codes) = class(r#"{"sourcedId":"1","school":"s","title":"","periods":"3"}"#);
    assert_eq!(
        (one.title.as_str(), one.periods, codes.len()),
        ("", vec!["3".to_owned()], 0)
    );
    let (several, _) = class(r#"{"sourcedId":"1","school":"s","periods":["1",2,null,""]}"#);
    assert_eq!(several.periods, ["1", "2"]);
}

#[test]
fn trap_57_grades_are_handed_over_as_they_are_written() {
    for (said, grades) in [
        ("null", vec![]),
        (r#""""#, vec![]),
        (r#""9""#, vec!["9"]),
        ("9", vec!["9"]),
        (r#"["09","KG","PK"]"#, vec!["09", "KG", "PK"]),
    ] {
        assert_eq!(
            class(&format!(
                r#"{{"sourcedId":"1","school":"s","grades":{said}}}"#
            ))
            .0
            .grades,
            grades,
            "{said}"
        );
    }
}

#[test]
fn trap_58_an_org_without_much_is_an_org() {
    let body = r#"{"orgs":[{"sourcedId":"1","name":null,"type":null,"identifier":null,"parent":{}},{"sourcedId":"2","name":"N","type":"campus","parent":{"sourcedId":"2"}}]}"#;
    let page = good_page(Collection::Orgs, body);
    assert_eq!(codes(&page), ["missing-title", "missing-type"]);
    let Records::Orgs(orgs) = page.records else {
        panic!("orgs")
    };
    assert_eq!(
        (orgs[0].name.as_str(), &orgs[0].org_type, &orgs[0].parent),
        ("1", &OrgType::Other(String::new()), &None)
    );
    assert_eq!(
        (&orgs[1].org_type, orgs[1].parent.as_deref()),
        (&OrgType::Other("campus".to_owned()), Some("2"))
    );
}

#[test]
fn a_course_without_a_title_has_its_code() {
    let page = good_page(
        Collection::Courses,
        r#"{"courses":[{"sourcedId":"1","courseCode":"MATH1"},{"sourcedId":"2"}]}"#,
    );
    assert_eq!(codes(&page), ["missing-title", "missing-title"]);
    let Records::Courses(courses) = page.records else {
        panic!("courses")
    };
    assert_eq!(
        (courses[0].title.as_str(), courses[1].title.as_str()),
        ("MATH1", "2")
    );
}

#[test]
fn a_class_that_is_nobodys_is_left_out() {
    let page = good_page(
        Collection::Classes,
        r#"{"classes":[{"sourcedId":"1","title":"A"},{"sourcedId":"2","school":{}}]}"#,
    );
    assert_eq!(errors(&page), ["missing-reference", "missing-reference"]);
}
