//! Traps 30 to 35 and 49: single values as servers really write them.

use e2e::{Hand, student};
use fake_sis::{Behaviour, Dialect, Fault, FaultKind, Resource, Version};

use crate::traps::{texts, user};

#[test]
fn trap_30_booleans_come_in_every_form() {
    let forms = [
        "true",
        r#""true""#,
        r#""TRUE""#,
        r#""t""#,
        "1",
        r#""1""#,
        r#""yes""#,
    ];
    let off = ["false", r#""FALSE""#, "0", r#""f""#];
    let row = |n: usize, value: &&str| {
        let more = format!(r#""email":"b{n}@x.org","enabledUser":{value}"#);
        user(&format!("b{n}"), &more)
    };
    let rows: Vec<String> = forms
        .iter()
        .chain(&off)
        .enumerate()
        .map(|(n, value)| row(n, value))
        .collect();
    let place = Hand::new()
        .also(Resource::Users, &texts(&rows))
        .set("attach-only=false")
        .connect();
    let report = place.sync();
    let found = place.findings(&report);
    let archived = found.iter().filter(|f| f.starts_with("user-archived"));
    assert_eq!(archived.count(), off.len(), "{found:?}");
    assert_eq!(report["changes"]["users"]["create"], forms.len());
    assert!(found.iter().all(|f| !f.starts_with("invalid-boolean")));
}

#[test]
fn trap_31_values_nobody_knows_stop_nothing() {
    let role = |id: &str, role: &str| {
        user(id, r#""email":"""#).replace(r#""role":"student""#, &format!(r#""role":"{role}""#))
    };
    let place = Hand::new()
        .also(Resource::Users, &[&role("r1", "ext:coach"), &role("r2", "STUDENT"), &role("r3", "professor")])
        .also(Resource::Orgs, &[r#"{"sourcedId":"o9","name":"O","type":"ext:club"}"#])
        .also(
            Resource::Classes,
            &[r#"{"sourcedId":"k2","title":"K","classType":"Scheduled","status":"ACTIVE","school":{"sourcedId":"s1"},"course":{"sourcedId":"c1"},"terms":[]}"#],
        )
        .also(
            Resource::AcademicSessions,
            &[r#"{"sourcedId":"t9","title":"T","type":"trimester","startDate":"2026-01-01","endDate":"2026-02-01"}"#],
        )
        .connect();
    let report = place.sync();
    for collection in ["users", "orgs", "classes", "academicSessions"] {
        assert_eq!(
            report["failed"][collection],
            0,
            "{collection} {:?}",
            place.findings(&report)
        );
    }
    assert_eq!(report["counts"]["importedClasses"], 2);
}

#[test]
fn trap_32_days_are_read_where_they_are_certain_and_reported_where_not() {
    let certain = [
        "2026-08-01",
        "2026-08-01T00:00:00Z",
        "2026-08-01T00:00:00.000+00:00",
        "2026-08-01 18:25:43",
    ];
    let not = ["1/05/2023", "next week"];
    let nothing = [r#""""#, "null"];
    let row = |id: String, day: &str| {
        format!(
            r#"{{"sourcedId":"{id}","user":{{"sourcedId":"u1"}},"class":{{"sourcedId":"k1"}},"role":"student","beginDate":{day}}}"#
        )
    };
    let quoted = certain.iter().chain(&not).map(|day| format!("\"{day}\""));
    let all: Vec<String> = quoted.chain(nothing.map(str::to_owned)).collect();
    let rows: Vec<String> = all
        .iter()
        .enumerate()
        .map(|(n, day)| row(format!("d{n}"), day))
        .collect();
    let place = Hand::new()
        .also(Resource::Enrollments, &texts(&rows))
        .connect();
    let report = place.sync();
    let found = place.findings(&report);
    let dates: Vec<_> = found
        .iter()
        .filter(|f| f.starts_with("invalid-date"))
        .collect();
    assert_eq!(
        dates,
        [
            "invalid-date enrollments/d4 beginDate",
            "invalid-date enrollments/d5 beginDate"
        ]
    );
    assert_eq!(report["failed"]["enrollments"], 0);
}

#[test]
fn trap_33_only_the_id_of_a_reference_is_trusted() {
    let way = |id: &str, user: &str| {
        format!(
            r#"{{"sourcedId":"{id}","user":{user},"class":{{"sourcedId":"k1"}},"role":"student"}}"#
        )
    };
    let rows = [
        way("r1", r#""u1""#),
        way(
            "r2",
            r#"{"href":"http://localhost/elsewhere/users/u9","sourcedId":"u1","type":"org"}"#,
        ),
        way("r3", r#"{"sourcedId":"u1"}"#),
        way("r4", "{}"),
        way("r5", "null"),
        way("r6", r#"[{"sourcedId":"u1"}]"#),
    ];
    let place = Hand::new()
        .rows(Resource::Enrollments, &texts(&rows))
        .also(
            Resource::Enrollments,
            &[&e2e::enrollment("e2", "u2", "teacher")],
        )
        .connect();
    let report = place.sync();
    let found = place.findings(&report);
    let missing: Vec<_> = found
        .iter()
        .filter(|f| f.starts_with("missing-reference"))
        .collect();
    assert_eq!(
        missing[..2],
        [
            "missing-reference enrollments/r4 user",
            "missing-reference enrollments/r5 user"
        ]
    );
    assert!(place.log().iter().all(|r| !r.path.contains("elsewhere")));
}

#[test]
fn trap_34_ids_are_text_to_the_letter_but_for_blanks_around_them() {
    let person = |id: &str, name: &str| {
        format!(
            r#"{{"sourcedId":{id},"givenName":"{name}","familyName":"N","email":"{name}@x.org","roles":[{{"role":"student","org":{{"sourcedId":" s1 "}}}}]}}"#
        )
    };
    let place_of = |id: &str, user: &str| {
        format!(
            r#"{{"sourcedId":"{id}","user":{{"sourcedId":{user}}},"class":{{"sourcedId":"k1"}},"role":"student"}}"#
        )
    };
    let place = Hand::new()
        .also(
            Resource::Users,
            &[
                &person("7", "a"),
                &person(r#""007""#, "b"),
                &person(r#"" pad ""#, "c"),
                &person(r#""Case""#, "d"),
                &person(r#""case""#, "e"),
            ],
        )
        .also(
            Resource::Enrollments,
            &[
                &place_of("f1", r#""7""#),
                &place_of("f2", r#""007""#),
                &place_of("f3", r#""pad""#),
                &place_of("f4", r#""case""#),
            ],
        )
        .people(&[
            "11,a@x.org,a,N,a,student",
            "12,b@x.org,b,N,b,student",
            "13,c@x.org,c,N,c,student",
            "14,d@x.org,d,N,d,student",
            "15,e@x.org,e,N,e,student",
        ])
        .connect();
    let report = place.sync();
    assert_eq!(
        place.links(),
        [
            "a@x.org: 7",
            "ada@x.org: u1",
            "b@x.org: 007",
            "c@x.org: pad",
            "d@x.org: Case",
            "e@x.org: case",
            "tom@x.org: u2"
        ]
    );
    assert_eq!(report["imported"]["enrollments"], 6);
}

#[test]
fn trap_35_names_in_every_script_arrive_whole() {
    let names = [
        "José",
        "Jose\u{301}",
        "O'Brien",
        "Zoë 🎓",
        "李小龍",
        "Мария",
    ];
    let rows: Vec<String> = names
        .iter()
        .enumerate()
        .map(|(n, name)| student(&format!("n{n}"), name, "N", &format!("n{n}@x.org")))
        .collect();
    let bom = Behaviour {
        faults: vec![Fault::always(FaultKind::ByteOrderMark)],
        ..Behaviour::default()
    };
    let place = Hand::new()
        .also(Resource::Users, &texts(&rows))
        .behaving(bom)
        .set("attach-only=false")
        .connect();
    place.sync();
    let told: Vec<String> = place
        .platform
        .users()
        .iter()
        .filter_map(|user| user["givenName"].as_str().map(str::to_owned))
        .collect();
    for name in names {
        assert!(told.iter().any(|known| known == name), "{name}: {told:?}");
    }
}

#[test]
fn trap_49_passwords_and_birth_dates_leave_no_trace_in_either_version() {
    for version in [Version::V1p1, Version::V1p2] {
        let hand = Hand::new().version(Some(version)).also(
            Resource::Users,
            &[&user("p1", r#""password":"hunter2-secret","birthDate":"2011-11-11","metadata":{"dob":"2011-11-11","password":"hunter2-secret"}"#)],
        );
        let place = hand
            .behaving(Behaviour {
                dialect: Dialect {
                    personal_data: true,
                    ..Dialect::default()
                },
                ..Behaviour::default()
            })
            .connect();
        let report = place.sync();
        let log = place
            .platform
            .run(["run", "log", &report["run"].to_string()]);
        let explained = place.platform.run(["user", "explain", "sis/p1"]);
        let roster = format!("{:?}", place.platform.roster());
        for text in [log.text(), explained.text(), roster] {
            assert!(
                !text.contains("hunter2") && !text.contains("2011-11-11"),
                "{text}"
            );
        }
    }
}
