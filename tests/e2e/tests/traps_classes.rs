//! Traps 51 to 58: classes, places in them, sessions and orgs. Traps 59 and 60
//! are about reading changes only.

use e2e::{Hand, Place, enrollment};
use fake_sis::Resource;

use crate::traps::has;

/// A class of the school with these properties beside an id.
fn class(id: &str, more: &str) -> String {
    format!(
        r#"{{"sourcedId":"{id}","school":{{"sourcedId":"s1"}},"course":{{"sourcedId":"c1"}},{more}}}"#
    )
}

/// A student's place in `k1` with these properties.
fn place_with(id: &str, more: &str) -> String {
    enrollment(id, "u1", "student").replacen('{', &format!("{{{more},"), 1)
}

/// The lines of an exported file.
fn exported(place: &Place, file: &str) -> Vec<String> {
    place.platform.roster()[file].clone()
}

#[test]
fn trap_51_places_that_point_nowhere_are_counted_one_by_one() {
    let nowhere = |id: &str, user: &str, class: &str, school: &str| {
        format!(
            r#"{{"sourcedId":"{id}","user":{{"sourcedId":"{user}"}},"class":{{"sourcedId":"{class}"}},"school":{{"sourcedId":"{school}"}},"role":"student"}}"#
        )
    };
    let place = Hand::new()
        .also(
            Resource::Enrollments,
            &[
                &nowhere("n1", "gone", "k1", "s1"),
                &nowhere("n2", "u1", "gone", "s1"),
                &nowhere("n3", "u1", "k1", "gone"),
            ],
        )
        .connect();
    let answer = place.platform.sync(e2e::NAME, &[]);
    let report = answer.json();
    let found = place.findings(&report);
    assert!(
        has(&found, "enrollment-user-unknown enrollments/n1"),
        "{found:?}"
    );
    assert!(
        has(&found, "enrollment-class-unknown enrollments/n2"),
        "{found:?}"
    );
    let [received, imported, skipped, failed] = e2e::tally(&report, "enrollments");
    assert_eq!(received, imported + skipped + failed);
    assert_eq!((received, failed), (5, 2), "{found:?}");
}

#[test]
fn trap_52_sessions_of_every_type_in_circles_and_out_of_the_feed() {
    let session = |id: &str, kind: &str, more: &str| {
        format!(
            r#"{{"sourcedId":"{id}","title":"{id}","type":"{kind}","startDate":"2000-01-01","endDate":"2099-12-31"{more}}}"#
        )
    };
    let term = |id: &str| format!(r#""title":"{id}","terms":[{{"sourcedId":"{id}"}}]"#);
    let place = Hand::new()
        .also(
            Resource::AcademicSessions,
            &[
                &session("y", "schoolYear", ""),
                &session("s", "semester", r#","parent":{"sourcedId":"y"}"#),
                &session("g", "gradingPeriod", r#","parent":{"sourcedId":"s"}"#),
                &session("a", "term", r#","parent":{"sourcedId":"b"}"#),
                &session("b", "term", r#","parent":{"sourcedId":"a"}"#),
            ],
        )
        .also(
            Resource::Classes,
            &[
                &class("none", r#""title":"none""#),
                &class("three", r#""title":"three","terms":[{"sourcedId":"y"},{"sourcedId":"s"},{"sourcedId":"g"}]"#),
                &class("circle", &term("a")),
                &class("outside", &term("gone")),
            ],
        )
        .set("respect-academic-sessions=true")
        .connect();
    let report = place.sync();
    assert_eq!(report["imported"]["academicSessions"], 6);
    assert_eq!(
        report["counts"]["importedClasses"],
        5,
        "{:?}",
        place.findings(&report)
    );
    assert!(has(
        &place.findings(&report),
        "session-unknown academicSessions/gone"
    ));
}

#[test]
fn trap_53_of_two_places_of_one_person_the_current_one_counts() {
    let place = Hand::new()
        .rows(
            Resource::Enrollments,
            &[
                &place_with(
                    "first",
                    r#""beginDate":"2001-01-01","endDate":"2001-06-30""#,
                ),
                &place_with(
                    "again",
                    r#""beginDate":"2002-01-01","endDate":"2099-06-30""#,
                ),
                &enrollment("e2", "u2", "teacher"),
            ],
        )
        .set("respect-enrolment-date=true")
        .connect();
    let report = place.sync();
    assert_eq!(report["counts"]["importedEnrollments"], 2);
    let lines = exported(&place, "enrollments.csv");
    assert!(
        lines.iter().any(|line| line.contains("2002-01-01")),
        "{lines:?}"
    );
    assert!(lines.iter().all(|line| !line.contains("2001-01-01")));
}

#[test]
fn trap_54_a_place_has_begun_or_not_ended_or_makes_no_sense() {
    let mut place = Hand::new().set("respect-enrolment-date=true").connect();
    for (dates, students, code) in [
        (r#""beginDate":null,"endDate":null"#, 1, ""),
        (r#""beginDate":"2001-01-01","endDate":"""#, 1, ""),
        (r#""beginDate":"2099-01-01""#, 0, "enrollment-not-current"),
        (r#""endDate":"2001-01-01""#, 0, "user-not-current"),
        (
            r#""beginDate":"2099-01-01","endDate":"2001-01-01""#,
            0,
            "enrollment-dates",
        ),
    ] {
        let rows = [place_with("e1", dates), enrollment("e2", "u2", "teacher")];
        place.turn(Resource::Enrollments, &[&rows[0], &rows[1]]);
        let answer = place.platform.sync(e2e::NAME, &[]);
        let report = answer.json();
        assert!(matches!(answer.code, Some(0 | 3)), "{}", answer.text());
        let lines = exported(&place, "enrollments.csv");
        let found = lines
            .iter()
            .filter(|line| line.contains("student") && !line.contains("tobedeleted"))
            .count();
        assert_eq!(found, students, "{dates} {lines:?}");
        if !code.is_empty() {
            assert!(has(&place.findings(&report), code), "{dates}");
        }
    }
}

#[test]
fn trap_55_primary_teachers_one_two_or_none() {
    let teacher = |id: &str, user: &str, primary: &str| {
        enrollment(id, user, "teacher").replacen('{', &format!(r#"{{"primary":{primary},"#), 1)
    };
    let second = e2e::student("u3", "Sue", "Sands", "sue@x.org").replace("student", "teacher");
    let mut place = Hand::new()
        .also(Resource::Users, &[&second])
        .people(&["3,sue@x.org,Sue,Sands,sue,teacher"])
        .connect();
    for (one, two) in [
        ("true", r#""TRUE""#),
        ("null", r#""""#),
        ("false", r#""0""#),
    ] {
        let rows = [
            enrollment("e1", "u1", "student"),
            teacher("e2", "u2", one),
            teacher("e3", "u3", two),
        ];
        place.turn(Resource::Enrollments, &[&rows[0], &rows[1], &rows[2]]);
        let report = place.sync();
        assert_eq!(report["imported"]["enrollments"], 3, "{one} {two}");
        let lines = exported(&place, "enrollments.csv");
        let teachers = lines.iter().filter(|line| line.contains("teacher"));
        assert_eq!(teachers.count(), 2, "{one} {two}");
    }
}

#[test]
fn trap_56_a_class_without_a_title_has_that_of_its_course() {
    let place = Hand::new()
        .also(
            Resource::Classes,
            &[
                &class("bare", r#""title":"","periods":"3""#),
                &class("list", r#""title":null,"periods":["1","2"]"#),
            ],
        )
        .connect();
    let report = place.sync();
    assert_eq!(report["failed"]["classes"], 0);
    let lines = exported(&place, "classes.csv");
    for id in ["bare", "list"] {
        let line = lines
            .iter()
            .find(|line| line.starts_with(id) || line.contains(&format!("\u{1f}{id}\u{1f}")));
        assert!(
            line.is_some_and(|line| line.contains("Mathematics")),
            "{lines:?}"
        );
    }
}

#[test]
fn trap_57_grades_in_every_spelling_stop_nothing() {
    let grades = [
        r#""""#,
        "null",
        r#""9""#,
        r#"["09"]"#,
        r#"["KG","PK"]"#,
        "9",
        r#"["UG"]"#,
    ];
    let rows: Vec<String> = grades
        .iter()
        .enumerate()
        .map(|(n, grades)| {
            let id = format!("g{n}");
            e2e::student(&id, "G", &id, &format!("{id}@x.org")).replacen(
                '{',
                &format!(r#"{{"grades":{grades},"#),
                1,
            )
        })
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let place = Hand::new()
        .also(Resource::Users, &rows)
        .also(
            Resource::Classes,
            &[&class("k2", r#""title":"K","grades":"09""#)],
        )
        .set("attach-only=false")
        .connect();
    let report = place.sync();
    assert_eq!(report["failed"]["users"], 0);
    let lines = exported(&place, "users.csv").join("\n");
    for grade in ["09", "KG", "PK", "UG"] {
        assert!(lines.contains(grade), "{grade}");
    }
}

#[test]
fn trap_58_orgs_without_a_parent_a_type_or_a_number() {
    let place = Hand::new()
        .also(
            Resource::Orgs,
            &[
                r#"{"sourcedId":"o1","name":"Self","type":"school","parent":{"sourcedId":"o1"}}"#,
                r#"{"sourcedId":"o2","name":"Lost","type":"department","identifier":null,"parent":{"sourcedId":"district"}}"#,
                r#"{"sourcedId":"o3","name":"","type":null}"#,
            ],
        )
        .connect();
    let answer = place.platform.sync(e2e::NAME, &[]);
    let report = answer.json();
    let found = place.findings(&report);
    assert_eq!(report["failed"]["orgs"], 0, "{found:?}");
    for wanted in [
        "org-parent orgs/o1",
        "org-unknown orgs/district",
        "missing-type orgs/o3",
        "missing-title orgs/o3",
    ] {
        assert!(has(&found, wanted), "{wanted}: {found:?}");
    }
}
