//! `homeroom integration test`: what it saw, what is missing, what to do next,
//! and what it waits for.

use e2e::{Hand, NAME, Place, School, Sis};
use fake_sis::{Auth, Behaviour, Dialect, Fault, FaultKind, OAuth2, Resource, Target, When};
use serde_json::Value;

/// The notes of a test that works.
#[track_caller]
fn notes(place: &Place) -> Vec<String> {
    let report = place.test().ok().json();
    assert_eq!(report["ok"], true, "{report}");
    told(&report)
}

fn told(report: &Value) -> Vec<String> {
    let notes = report["notes"].as_array().expect("notes");
    let text = |note: &Value| note.as_str().expect("text").to_owned();
    notes.iter().map(text).collect()
}

#[track_caller]
fn says(notes: &[String], wanted: &str) {
    assert!(
        notes.iter().any(|n| n.contains(wanted)),
        "{wanted}: {notes:?}"
    );
}

#[test]
fn it_tells_version_schools_and_numbers() {
    let school = School::connect(Sis::start());
    let report = school
        .platform
        .run(["integration", "test", NAME, "--json"])
        .ok()
        .json();
    assert_eq!(report["source"], "OneRoster 1.2");
    let schools = report["schools"].as_array().expect("schools").len();
    assert_eq!(schools, school.sis.district().schools());
    let notes = told(&report);
    let users = school.sis.district().users().count();
    says(&notes, &format!("users {users}"));
    says(&notes, "enrollments ");
    // A token, the orgs, and the beginning of five other lists.
    assert_eq!(school.sis.counters().requests, 7);
}

#[test]
fn it_tells_what_a_person_reads() {
    let place = Hand::new().connect();
    let answer = place.platform.run(["integration", "test", NAME]).ok();
    for wanted in ["works", "OneRoster 1.2", "Oak School", "--preview"] {
        assert!(answer.stdout.contains(wanted), "{}", answer.stdout);
    }
}

#[test]
fn it_tells_what_is_not_granted_and_what_follows() {
    let place = Hand::new()
        .behaving(Behaviour {
            faults: vec![Fault::on(Resource::Enrollments, FaultKind::Status(403))],
            ..Behaviour::default()
        })
        .connect();
    let notes = notes(&place);
    says(&notes, "No enrollments: the credentials may not read them");
    says(&notes, "classrooms");
}

#[test]
fn it_tells_which_scopes_were_refused_or_not_granted() {
    let core = "https://purl.imsglobal.org/spec/or/v1p1/scope/roster-core.readonly";
    let auth = |settings| Behaviour {
        auth: Auth::OAuth2(settings),
        ..Behaviour::default()
    };
    let mut place = Hand::new()
        .version(None)
        .behaving(auth(OAuth2 {
            no_scope: true,
            ..OAuth2::default()
        }))
        .connect();
    says(&notes(&place), "Scopes refused by the token endpoint");
    place.behave(auth(OAuth2 {
        granted: Some("something else".to_owned()),
        ..OAuth2::default()
    }));
    let setting = format!("oauth2-scope={core}");
    place.edit(&["--set", &setting]).ok();
    says(&notes(&place), "asked for and not granted");
}

#[test]
fn it_tells_a_clock_that_is_off_and_values_that_are_hidden() {
    let district = Sis::behaving(Behaviour {
        clock: 3600,
        dialect: Dialect {
            masked_every: Some(2),
            ..Dialect::default()
        },
        ..Behaviour::default()
    });
    let school = School::connect(district);
    let report = school
        .platform
        .run(["integration", "test", NAME, "--json"])
        .ok()
        .json();
    let notes = told(&report);
    says(&notes, "60 minutes ahead of ours");
    says(
        &notes,
        "of the first 200 users (DataGuard or a privacy setting)",
    );
}

#[test]
fn hidden_values_are_one_finding_and_no_key() {
    let school = School::connect(Sis::behaving(Behaviour {
        dialect: Dialect {
            masked_every: Some(1),
            ..Dialect::default()
        },
        ..Behaviour::default()
    }));
    let report = school.sync();
    assert_eq!(report["counts"]["matchedStudents"], 0);
    let findings = school.platform.findings(&report);
    let masked: Vec<_> = findings
        .iter()
        .filter(|finding| finding["code"] == "value-masked")
        .collect();
    assert_eq!(masked.len(), 1, "{masked:?}");
    let users = report["received"]["users"].to_string();
    let detail = masked[0]["detail"].as_str().expect("text");
    assert!(detail.contains(&users), "{detail}");
}

#[test]
fn a_failure_comes_with_the_steps_at_the_other_side() {
    let mut place = Hand::new().connect();
    place.behave(Behaviour {
        auth: Auth::OAuth2(OAuth2 {
            client_secret: "another".to_owned(),
            ..OAuth2::default()
        }),
        ..Behaviour::default()
    });
    let report = place.test().ends_with(1).json();
    assert_eq!(report["code"], "token-refused");
    assert!(
        report["setup"]
            .as_array()
            .is_some_and(|steps| steps.len() > 3)
    );
    let answer = place
        .platform
        .run(["integration", "test", NAME])
        .ends_with(1);
    for wanted in [
        "does not work",
        "administrator does first",
        "integration edit",
    ] {
        assert!(answer.stdout.contains(wanted), "{}", answer.stdout);
    }
    let shown = place.platform.run(["integration", "show", NAME]).ok();
    assert!(shown.stdout.contains("administrator does first"));
}

#[test]
fn it_says_what_it_waits_for_when_the_server_is_slow() {
    let when = When {
        target: Target::Token,
        ..When::default()
    };
    let place = Hand::new()
        .behaving(Behaviour {
            faults: vec![Fault {
                kind: FaultKind::Delay(3_600),
                when,
            }],
            ..Behaviour::default()
        })
        .connect();
    let answer = place.test().ok();
    assert!(answer.stderr.contains("Waiting for"), "{}", answer.stderr);
    says(&told(&answer.json()), "/token took");
}
