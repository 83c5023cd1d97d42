//! Another key for the data folder, as an operator gives it one; and secrets
//! that are not taken from the command line.

use std::fs;
use std::time::Duration;

use e2e::{NAME, School, Sis, answer};
use fake_sis::Behaviour;

#[test]
fn the_folders_own_key_is_replaced_and_everything_works() {
    let school = School::connect(Sis::start());
    school.sync();
    let file = school.platform.data().join("key");
    let before = fs::read_to_string(&file).expect("there");
    let done = school.platform.run(["key", "rotate", "--json"]).ok().json();
    assert_eq!((&done["secrets"], &done["tenants"]), (&1.into(), &1.into()));
    assert_eq!(done["restartWithKeyFile"], false);
    let after = fs::read_to_string(&file).expect("there");
    assert_ne!(before, after);
    assert_eq!(e2e::total_changes(&school.sync()), 0);
    // The old key is good for nothing any more.
    let mut old = school
        .platform
        .command(["integration", "test", NAME, "--json"]);
    let failure = answer(old.env("HOMEROOM_KEY", before.trim()))
        .ends_with(1)
        .json();
    assert_eq!(failure["code"], "sealed");
}

#[test]
fn a_key_from_elsewhere_is_followed_by_one_from_elsewhere() {
    let school = School::connect(Sis::start());
    let old = school.platform.data().join("key");
    let with = |key: &str, arguments: &[&str]| {
        let mut command = school.platform.command(arguments);
        answer(command.env("HOMEROOM_KEY_FILE", key))
    };
    let old = old.to_str().expect("UTF-8");
    let refused = with(old, &["key", "rotate", "--json"]).ends_with(1).json();
    assert!(
        refused["remedy"]
            .as_str()
            .expect("a remedy")
            .contains("--new-key-file"),
        "{refused}"
    );
    // A name alone: the file is made in the folder where the command runs.
    let done = with(old, &["key", "rotate", "--new-key-file", "next", "--json"])
        .ok()
        .json();
    assert_eq!(done["restartWithKeyFile"], true);
    assert_eq!(done["keyFile"], "next");
    with("next", &["integration", "test", NAME]).ok();
    with(old, &["integration", "test", NAME]).ends_with(1);
}

#[test]
fn a_folder_that_is_at_work_keeps_its_key() {
    let school = School::connect_with(
        Sis::behaving(Behaviour {
            latency: Duration::from_millis(100),
            ..Behaviour::default()
        }),
        &["--set", "page-size=100"],
    );
    school.sis.forget();
    let mut sync = school.platform.start(["sync", NAME, "--json"]);
    while school.sis.log().is_empty() && sync.is_at_work() {
        std::thread::sleep(Duration::from_millis(2));
    }
    let refused = school
        .platform
        .run(["key", "rotate", "--json"])
        .ends_with(1)
        .json();
    assert!(sync.is_at_work(), "the sync was at work");
    assert_eq!(refused["code"], "in-use");
    assert_eq!(sync.wait(), Some(0));
    school.platform.run(["key", "rotate"]).ok();
}

#[test]
fn a_secret_is_no_argument() {
    let school = School::prepare(Sis::start());
    for arguments in [
        &["integration", "add", "--client-secret", "hunter2hunter2"][..],
        &[
            "integration",
            "add",
            "--client-secret=hunter2hunter2",
            "--json",
        ],
        &[
            "integration",
            "edit",
            NAME,
            "--client-secret=hunter2hunter2",
            "--json",
        ],
    ] {
        let refused = school.platform.run(arguments).ends_with(2);
        assert!(!refused.text().contains("hunter2"), "{}", refused.text());
    }
}
