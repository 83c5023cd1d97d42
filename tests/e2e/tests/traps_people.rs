//! Traps 36 to 50: people as sources really describe them.

use e2e::{Hand, Place, enrollment, student, total_changes};
use fake_sis::{Resource, Version};

use crate::traps::has;

/// A user of 1.1: one role, and orgs.
fn of_1_1(id: &str, given: &str, family: &str, email: &str, role: &str) -> String {
    format!(
        r#"{{"sourcedId":"{id}","username":"{given}","enabledUser":true,"givenName":"{given}","familyName":"{family}","email":"{email}","role":"{role}","orgs":[{{"sourcedId":"s1"}}]}}"#
    )
}

/// A user of 1.2 with these roles as (role, org, role type).
fn with_roles(
    id: &str,
    given: &str,
    family: &str,
    email: &str,
    roles: &[(&str, &str, &str)],
) -> String {
    let roles: Vec<String> = roles
        .iter()
        .map(|(role, org, kind)| {
            format!(r#"{{"roleType":"{kind}","role":"{role}","org":{{"sourcedId":"{org}"}}}}"#)
        })
        .collect();
    format!(
        r#"{{"sourcedId":"{id}","givenName":"{given}","familyName":"{family}","email":"{email}","roles":[{}]}}"#,
        roles.join(",")
    )
}

const TOM: &str = r#"{"sourcedId":"u2","givenName":"Tom","familyName":"Teach","email":"tom@x.org","roles":[{"roleType":"primary","role":"teacher","org":{"sourcedId":"s1"}}]}"#;
const SECOND: &str = r#"{"sourcedId":"s2","name":"Elm School","type":"school"}"#;

/// Whether a line of an exported file holds all of these.
fn exported(place: &Place, file: &str, words: &[&str]) -> bool {
    let roster = place.platform.roster();
    let lines = roster
        .get(file)
        .unwrap_or_else(|| panic!("{file} in {:?}", roster.keys()));
    lines
        .iter()
        .any(|line| words.iter().all(|word| line.contains(word)))
}

#[test]
fn trap_36_several_records_of_one_person_are_one_person() {
    let roles = Hand::new()
        .version(Some(Version::V1p1))
        .rows(
            Resource::Users,
            &[
                &of_1_1("s+1", "Ada", "Young", "ada@x.org", "student"),
                &of_1_1("t+2", "Tom", "Teach", "tom@x.org", "teacher"),
                &of_1_1("a+2", "Tom", "Teach", "tom@x.org", "administrator"),
            ],
        )
        .rows(
            Resource::Enrollments,
            &[
                &enrollment("e1", "s+1", "student"),
                &enrollment("e2", "t+2", "teacher"),
            ],
        )
        .connect();
    roles.sync();
    assert_eq!(roles.links(), ["ada@x.org: s+1", "tom@x.org: a+2 t+2"]);

    let schools = Hand::new()
        .also(Resource::Orgs, &[SECOND])
        .rows(
            Resource::Users,
            &[
                &with_roles(
                    "1-s1",
                    "Ada",
                    "Young",
                    "ada@x.org",
                    &[("student", "s1", "primary")],
                ),
                &with_roles(
                    "1-s2",
                    "Ada",
                    "Young",
                    "ada@x.org",
                    &[("student", "s2", "primary")],
                ),
                TOM,
            ],
        )
        .rows(
            Resource::Enrollments,
            &[
                &enrollment("e1", "1-s1", "student"),
                &enrollment("e2", "u2", "teacher"),
            ],
        )
        .connect();
    let answer = schools.platform.sync(e2e::NAME, &[]);
    let report = answer.json();
    assert_eq!(report["counts"]["matchedStudents"], 1, "{report}");
    assert_eq!(schools.links(), ["ada@x.org: 1-s1 1-s2", "tom@x.org: u2"]);
}

#[test]
fn trap_37_the_order_and_the_marks_of_roles_change_nothing() {
    let one = ("teacher", "s1", "primary");
    let two = ("administrator", "s1", "primary");
    let orders = [
        [one, two],
        [two, one],
        [
            ("teacher", "s1", "secondary"),
            ("administrator", "s1", "secondary"),
        ],
    ];
    let mut place = Hand::new().connect();
    let ada = student("u1", "Ada", "Young", "ada@x.org");
    for (n, roles) in orders.iter().enumerate() {
        place.turn(
            Resource::Users,
            &[&ada, &with_roles("u2", "Tom", "Teach", "tom@x.org", roles)],
        );
        let report = place.sync();
        let user = place
            .platform
            .run(["user", "explain", "tom@x.org", "--json"])
            .ok();
        for role in ["teacher", "administrator"] {
            assert!(user.stdout.contains(role), "{role}");
        }
        if n == 1 {
            assert_eq!(total_changes(&report), 0);
        }
    }
}

#[test]
fn trap_38_the_role_of_an_enrolment_counts_in_its_class() {
    let place = Hand::new()
        .also(Resource::Enrollments, &[&enrollment("e3", "u3", "teacher")])
        .also(Resource::Users, &[&student("u3", "Cy", "Cole", "cy@x.org")])
        .people(&["3,cy@x.org,Cy,Cole,cy,student"])
        .connect();
    place.sync();
    let teachers = place.platform.roster()["enrollments.csv"]
        .iter()
        .filter(|line| line.contains("teacher"))
        .count();
    assert_eq!(teachers, 2);
}

#[test]
fn trap_39_a_student_of_two_schools_counts_once() {
    let both = [("student", "s1", "primary"), ("student", "s2", "secondary")];
    let place = Hand::new()
        .also(Resource::Orgs, &[SECOND])
        .rows(
            Resource::Users,
            &[&with_roles("u1", "Ada", "Young", "ada@x.org", &both), TOM],
        )
        .connect();
    let report = place.platform.sync(e2e::NAME, &[]).json();
    assert_eq!(report["counts"]["matchedStudents"], 1, "{report}");
    assert_eq!(report["counts"]["unmatchedUsers"], 0);
}

/// A parent whose child is `u1`.
fn parent(id: &str, given: &str, family: &str, email: &str) -> String {
    with_roles(id, given, family, email, &[("parent", "s1", "primary")]).replacen(
        '{',
        r#"{"agents":[{"sourcedId":"u1"}],"#,
        1,
    )
}

#[test]
fn trap_40_parents_without_an_email_or_with_a_shared_one() {
    let ada = student("u1", "Ada", "Young", "ada@x.org").replacen(
        '{',
        r#"{"agents":[{"sourcedId":"p1"},{"sourcedId":"p2"},{"sourcedId":"p3"},{"sourcedId":"p4"}],"#,
        1,
    );
    let place = Hand::new()
        .rows(
            Resource::Users,
            &[
                &ada,
                TOM,
                &parent("p1", "Pa", "Young", ""),
                &parent("p2", "Ma", "Young", "family@x.org"),
                &parent("p3", "Un", "Young", "family@x.org"),
                &parent("p4", "Tom", "Teach", "tom@x.org"),
            ],
        )
        .set("parents=parent")
        .people(&["5,family@x.org,Ma,Young,ma,parent"])
        .connect();
    let report = place.sync();
    let found = place.findings(&report);
    assert!(has(&found, "guardian-no-email users/p1"), "{found:?}");
    for id in ["p2", "p3"] {
        assert!(
            has(&found, &format!("user-email-shared users/{id}")),
            "{found:?}"
        );
    }
    assert!(
        place.links().contains(&"tom@x.org: p4 u2".to_owned()),
        "{:?}",
        place.links()
    );
}

#[test]
fn trap_41_agents_that_point_nowhere_or_to_nobody_fitting() {
    let ada = student("u1", "Ada", "Young", "ada@x.org").replacen(
        '{',
        r#"{"agents":[{"sourcedId":"gone"},{"sourcedId":"x9"},{"sourcedId":"u2"},{"sourcedId":"p2"}],"#,
        1,
    );
    // The parent does not point back, and one points at a child that does not.
    let plain = with_roles(
        "p2",
        "Ma",
        "Young",
        "ma@x.org",
        &[("parent", "s1", "primary")],
    );
    let place = Hand::new()
        .rows(
            Resource::Users,
            &[
                &ada,
                TOM,
                &plain,
                &parent("p3", "Pa", "Young", "pa@x.org"),
                &with_roles(
                    "x9",
                    "X",
                    "X",
                    "x@x.org",
                    &[("ext:friend", "s1", "primary")],
                ),
            ],
        )
        .set("parents=parent")
        .set("attach-only=false")
        .connect();
    let report = place.sync();
    let found = place.findings(&report);
    assert!(has(&found, "agent-unknown users/u1"), "{found:?}");
    assert!(has(&found, "guardian-no-role users/"), "{found:?}");
    assert_eq!(report["counts"]["matchedGuardians"], 2);
    assert_eq!(report["changes"]["guardians"]["create"], 2, "{report}");
}

#[test]
fn trap_42_emails_as_people_write_them() {
    let place = Hand::new()
        .rows(
            Resource::Users,
            &[
                &student("u1", "Ada", "Young", " mailto:ADA@X.org "),
                TOM,
                &student("m1", "A", "A", ""),
                &student("m2", "B", "B", "b@x.org; bb@x.org"),
                &student("m3", "C", "C", "noemail@x.org"),
                &student("m4", "D", "D", "d@müller.example"),
            ],
        )
        .people(&["4,d@xn--mller-kva.example,D,D,d,student"])
        .connect();
    let report = place.sync();
    let found = place.findings(&report);
    assert_eq!(
        place.links(),
        [
            "ada@x.org: u1",
            "d@xn--mller-kva.example: m4",
            "tom@x.org: u2"
        ]
    );
    assert!(has(&found, "user-email-several users/m2"), "{found:?}");
    assert!(has(&found, "user-email-placeholder users/m3"), "{found:?}");
    assert_eq!(
        place.unmatched(),
        ["m1 user-no-email", "m2 user-no-email", "m3 user-no-email"]
    );
}

#[test]
fn trap_43_two_people_of_one_email_are_nobody_until_somebody_decides() {
    let place = Hand::new()
        .also(
            Resource::Users,
            &[&student("u3", "Other", "Person", "ada@x.org")],
        )
        .connect();
    place.sync();
    assert_eq!(place.links(), ["tom@x.org: u2"]);
    assert_eq!(
        place.unmatched(),
        ["u1 user-email-shared", "u3 user-email-shared"]
    );
}

#[test]
fn trap_45_a_person_stays_the_same_when_email_or_id_changes() {
    let mut place = Hand::new().set("attach-only=false").connect();
    place.sync();
    place.turn(
        Resource::Users,
        &[&student("u1", "Ada", "Young", "ada.young@x.org"), TOM],
    );
    let report = place.sync();
    assert_eq!(report["changes"]["users"]["create"], 0);
    assert_eq!(report["changes"]["users"]["archive"], 0);
    let upgraded = student("9f1c", "Ada", "Young", "ada.young@x.org").replacen(
        '{',
        r#"{"metadata":{"ic.legacysourceId":"u1"},"#,
        1,
    );
    place.turn(Resource::Users, &[&upgraded, TOM]);
    place.turn(
        Resource::Enrollments,
        &[
            &enrollment("e1", "9f1c", "student"),
            &enrollment("e2", "u2", "teacher"),
        ],
    );
    let report = place.sync();
    assert_eq!(report["changes"]["users"]["create"], 0, "{report}");
    assert_eq!(report["changes"]["users"]["archive"], 0, "{report}");
    assert!(
        place.links().iter().any(|link| link.ends_with(": 9f1c")),
        "{:?}",
        place.links()
    );
}

#[test]
fn trap_46_50_disabled_deleted_absent_and_back_again_is_one_person() {
    // Eve is in no directory, so the SIS alone says how she is.
    let ada = student("u1", "Ada", "Young", "ada@x.org");
    let eve = student("u5", "Eve", "East", "eve@x.org");
    let disabled = eve.replace(r#""enabledUser":"true""#, r#""enabledUser":"false""#);
    let deleted = eve.replacen('{', r#"{"status":"tobedeleted","#, 1);
    let mut place = Hand::new()
        .also(Resource::Users, &[&eve])
        .set("attach-only=false")
        .connect();
    place.sync();
    for (rows, expected) in [
        // Her access ends, she does not.
        (vec![disabled.as_str()], "active"),
        (vec![eve.as_str()], "active"),
        (vec![deleted.as_str()], "archived"),
        (vec![eve.as_str()], "active"),
        (vec![], "archived"),
        // Trap 50: the same id again is the same person again.
        (vec![eve.as_str()], "active"),
    ] {
        let all: Vec<&str> = [ada.as_str(), TOM].into_iter().chain(rows).collect();
        place.turn(Resource::Users, &all);
        let report = place.sync();
        assert_eq!(report["changes"]["users"]["create"], 0);
        let users = place.platform.users();
        let found = users.iter().find(|user| user["givenName"] == "Eve");
        let found = found.expect("she is never removed");
        assert_eq!(found["status"], expected, "{all:?} {report}");
        let is_disabled = exported(&place, "users.csv", &["eve@x.org", "false"]);
        assert_eq!(is_disabled, all.contains(&disabled.as_str()), "{all:?}");
    }
}

#[test]
fn trap_47_a_username_may_be_anything_or_nothing() {
    let rows: Vec<String> = [r#""""#, "null", r#""n@x.org""#, r#""two words""#, "12"]
        .iter()
        .enumerate()
        .map(|(n, name)| {
            let id = format!("n{n}");
            student(&id, "N", &id, "").replacen('{', &format!(r#"{{"username":{name},"#), 1)
        })
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let place = Hand::new().also(Resource::Users, &rows).connect();
    let report = place.sync();
    assert_eq!(report["failed"]["users"], 0);
    assert_eq!(report["findings"]["error"], 0);
}

#[test]
fn trap_48_a_person_without_any_name_is_left_out_and_named() {
    let place = Hand::new()
        .also(
            Resource::Users,
            &[
                &student("n1", "", "", "n1@x.org"),
                &student("n2", "Only", "", "n2@x.org"),
                &student("n3", "Roberta", "N", "n3@x.org").replacen(
                    '{',
                    r#"{"preferredFirstName":"Bobbie","#,
                    1,
                ),
            ],
        )
        .set("attach-only=false")
        .connect();
    let report = place.sync();
    let found = place.findings(&report);
    assert!(has(&found, "missing-name users/n1"), "{found:?}");
    assert_eq!(report["failed"]["users"], 1);
    assert!(exported(&place, "users.csv", &["n3@x.org", "Bobbie"]));
}
