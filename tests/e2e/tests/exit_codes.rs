//! What a script learns without reading: 0 succeeded, 1 failed, 2 usage,
//! 3 partial, 4 held.

use district::{Night, Shrink, Spec};
use e2e::{NAME, Platform, School, Sis, small};
use fake_sis::{Behaviour, Fault, FaultKind};

#[test]
fn zero_for_what_succeeded() {
    let school = School::connect(Sis::start());
    school.platform.sync(NAME, &[]).ends_with(0);
    school.platform.run(["run", "list"]).ends_with(0);
    school.platform.run(["--help"]).ends_with(0);
    school.platform.run(["--version"]).ends_with(0);
}

#[test]
fn one_for_what_failed() {
    let school = School::connect(Sis::behaving(Behaviour {
        faults: vec![Fault::always(FaultKind::HtmlLogin)],
        ..Behaviour::default()
    }));
    school.platform.sync(NAME, &[]).ends_with(1);
    school
        .platform
        .run(["integration", "test", NAME])
        .ends_with(1);
}

#[test]
fn two_for_what_was_not_understood() {
    let platform = Platform::new();
    platform.run(["no-such-command"]).ends_with(2);
    platform.run(["sync"]).ends_with(2);
    platform.run(["sync", "nobody"]).ends_with(2);
    platform.run(["run", "show", "999"]).ends_with(2);
    platform.run(["sync", NAME, "--no-such-flag"]).ends_with(2);
    let empty = platform.file("empty.csv", "");
    let answer = platform.run(["directory", "import", &empty, "--json"]);
    assert_ne!(answer.code, Some(0), "{}", answer.text());
}

#[test]
fn four_for_what_waits_for_a_person() {
    let mut school = School::connect(Sis::start());
    school.sync();
    school.sis.turn_to(Spec {
        night: Night {
            shrunk_school: Some(Shrink {
                school: 0,
                percent: 70,
            }),
            ..Night::default()
        },
        ..small()
    });
    school.platform.sync(NAME, &[]).ends_with(4);
}

#[test]
fn failures_are_objects_for_scripts_and_sentences_for_people() {
    let platform = Platform::new();
    let answer = platform.run(["sync", "nobody", "--json"]).ends_with(2);
    let object = answer.json();
    assert_eq!(object["status"], "failed");
    assert!(object["code"].is_string());
    assert!(answer.stderr.contains("nobody"), "{}", answer.stderr);
    let plain = platform.run(["sync", "nobody"]).ends_with(2);
    assert!(plain.stdout.is_empty(), "{}", plain.stdout);
    assert!(plain.stderr.starts_with("error: "), "{}", plain.stderr);
}
