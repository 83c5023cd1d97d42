//! Traps 22 to 29: lists and rows as servers really write them.

use e2e::{Hand, Place, student, tally, total_changes};
use fake_sis::{Behaviour, Fault, FaultKind, Resource};

use crate::traps::{texts, user};

/// The findings, without those about people who are in no directory.
fn findings(place: &Place, report: &serde_json::Value) -> Vec<String> {
    let all = place.findings(report).into_iter();
    all.filter(|finding| {
        !finding.starts_with("user-no-") && !finding.starts_with("enrollment-user-unmatched")
    })
    .collect()
}

#[test]
fn trap_22_lists_may_stand_under_their_other_names() {
    let place = Hand::new()
        .under(Resource::Orgs, "schools")
        .under(Resource::Users, "students")
        .under(Resource::AcademicSessions, "terms")
        .connect();
    let report = place.sync();
    assert_eq!(report["imported"]["users"], 2);
    assert_eq!(report["imported"]["academicSessions"], 1);
}

/// The decision: null is an empty list with a finding, a missing key is an
/// error.
#[test]
fn trap_23_a_missing_list_is_an_error_and_null_an_empty_one() {
    let null = Behaviour::failing(Fault::on(Resource::Courses, FaultKind::NullEnvelope));
    let place = Hand::new().behaving(null).connect();
    let report = place.sync();
    assert!(findings(&place, &report).contains(&"empty-envelope courses/- -".to_owned()));
    let missing = Behaviour::failing(Fault::on(Resource::Classes, FaultKind::MissingEnvelope));
    let report = Hand::new().behaving(missing).connect().sync_ending(1);
    assert_eq!(report["code"], "malformed");
}

#[test]
fn trap_24_a_record_without_its_list_is_a_list_of_one() {
    let body = r#"{"courses":{"sourcedId":"c1","title":"Mathematics"}}"#;
    let single = Behaviour::failing(Fault::on_page(
        Resource::Courses,
        1,
        1,
        FaultKind::Answer(200, body.to_owned()),
    ));
    let place = Hand::new()
        .rows(Resource::Courses, &[])
        .behaving(single)
        .connect();
    let report = place.sync();
    assert_eq!(report["imported"]["courses"], 1);
}

#[test]
fn trap_25_an_error_that_says_200_fails_and_a_warning_does_not() {
    let mut place = Hand::new().connect();
    place.behave(Behaviour::failing(Fault::always(FaultKind::WarningBeside)));
    let report = place.sync();
    assert!(
        findings(&place, &report)
            .iter()
            .any(|f| f.starts_with("server-warning"))
    );
    place.behave(Behaviour::failing(Fault::on(
        Resource::Users,
        FaultKind::ErrorWith200,
    )));
    assert_eq!(place.sync_ending(1)["code"], "unavailable");
}

#[test]
fn trap_26_each_form_of_an_error_is_one_error_and_no_body_is_repeated() {
    let mut place = Hand::new().connect();
    place.sync();
    let forms = [
        (
            401,
            r#"{"imsx_codeMajor":"failure","imsx_severity":"error","imsx_description":"Ann Smith","imsx_CodeMinor":{"imsx_codeMinorField":[{"imsx_codeMinorFieldName":"x","imsx_codeMinorFieldValue":"unauthorisedrequest"}]}}"#,
            "unauthorised",
        ),
        (
            403,
            r#"{"imsx_codeMajor":"failure","imsx_CodeMinor":"forbidden","imsx_description":"Ann Smith"}"#,
            "forbidden",
        ),
        (
            403,
            r#"{"statusInfoSet":[{"imsx_codeMajor":"failure","imsx_codeMinor":"unauthorized","imsx_description":"Ann Smith"}]}"#,
            "unauthorised",
        ),
        (
            404,
            r#"{"errors":[{"codeMajor":"failure","codeMinor":"unknownobject","description":"Ann Smith"}]}"#,
            "not-found",
        ),
        (
            200,
            r#"{"error":"forbidden","message":"Ann Smith"}"#,
            "forbidden",
        ),
        (
            200,
            r#"{"error":{"code":"SERVICE_UNAVAILABLE","message":"Ann Smith"}}"#,
            "unavailable",
        ),
    ];
    for (status, body, code) in forms {
        let kind = FaultKind::Answer(status, body.to_owned());
        place.behave(Behaviour::failing(Fault::on(Resource::Users, kind)));
        let report = place.sync_ending(1);
        assert_eq!(report["code"], code, "{body}");
        let log = place
            .platform
            .run(["run", "log", &report["run"].to_string()]);
        assert!(
            !log.text().contains("Ann") && !report.to_string().contains("Ann"),
            "{body}"
        );
    }
}

#[test]
fn trap_27_null_absent_and_empty_are_the_same() {
    let ways = [
        r#""email":"ada@x.org","phone":null,"agents":null,"grades":null,"username":null,"identifier":null,"userIds":null,"middleName":null"#,
        r#""email":"ada@x.org""#,
        r#""email":"ada@x.org","phone":"","agents":[],"grades":[],"username":"","identifier":"","userIds":[],"middleName":"""#,
    ];
    let mut place = Hand::new().connect();
    for (n, more) in ways.iter().enumerate() {
        let ada = user("u1", more);
        let tom = r#"{"sourcedId":"u2","givenName":"Tom","familyName":"Teach","email":"tom@x.org","roles":[{"role":"teacher","org":{"sourcedId":"s1"}}]}"#;
        place.turn(Resource::Users, &[&ada, tom]);
        let report = place.sync();
        if n > 0 {
            assert_eq!(total_changes(&report), 0, "{more}");
        }
        assert_eq!(report["imported"]["users"], 2);
    }
}

#[test]
fn trap_28_properties_nobody_knows_are_passed_over() {
    let place = Hand::new()
        .also(
            Resource::Users,
            &[&user("u3", r#""agentSourceIds":["x"],"vendor":{"deep":[{"a":1}]},"metadata":{"ic.x":1,"list":[1],"nothing":null},"resources":[{}]"#)],
        )
        .connect();
    let report = place.sync();
    assert_eq!(tally(&report, "users"), [3, 2, 1, 0]);
}

#[test]
fn trap_29_a_bad_row_is_named_and_the_page_goes_on() {
    let bad = [
        "null",
        "5",
        "[]",
        r#""text""#,
        r#"{"givenName":"No","familyName":"Id","roles":[{"role":"student"}]}"#,
        r#"{"sourcedId":"b1","roles":[{"role":"student","org":{"sourcedId":"s1"}}]}"#,
        r#"{"sourcedId":"b2","givenName":"No","familyName":"Role"}"#,
        r#"{"sourcedId":"b3","givenName":{"a":1},"familyName":["Name"],"roles":"student"}"#,
    ];
    let place = Hand::new().also(Resource::Users, &bad).connect();
    let report = place.sync();
    let [received, imported, _, failed] = tally(&report, "users");
    assert_eq!(
        (received, imported),
        (10, 2),
        "{:?}",
        place.findings(&report)
    );
    assert!(failed >= 7);
    let found = findings(&place, &report);
    for expected in [
        "not-an-object users/- -",
        "missing-id users/- sourcedId",
        "missing-name users/b1 familyName",
        "missing-role users/b2 roles",
    ] {
        assert!(
            found.contains(&expected.to_owned()),
            "{expected}: {found:?}"
        );
    }
}

/// The decision: there is no share of bad rows that fails a run by itself. A
/// record that cannot be read is missing like any other, and the threshold for
/// deletions holds the run.
#[test]
fn trap_29_many_bad_rows_are_held_like_a_mass_delete() {
    let people: Vec<String> = (0..30)
        .map(|n| {
            student(
                &format!("n{n:02}"),
                "N",
                &format!("F{n}"),
                &format!("n{n}@x.org"),
            )
        })
        .collect();
    let nameless: Vec<String> = (0..30)
        .map(|n| student(&format!("n{n:02}"), "", "", &format!("n{n}@x.org")))
        .collect();
    let mut place = Hand::new()
        .also(Resource::Users, &texts(&people))
        .set("attach-only=false")
        .connect();
    place.sync();
    let roster = place.platform.roster();
    let mut rows = vec![
        student("u1", "Ada", "Young", "ada@x.org"),
        student("u2", "Tom", "Teach", "tom@x.org").replace("student", "teacher"),
    ];
    rows.extend(nameless);
    place.turn(Resource::Users, &texts(&rows));
    let report = place.sync_ending(4);
    assert_eq!(report["failed"]["users"], 30);
    assert_eq!(place.platform.roster(), roster);
}
