//! An integration has one sync at a time.

use std::time::Duration;

use e2e::{NAME, School, Sis};
use fake_sis::Behaviour;

fn slow_school() -> School {
    let slow = Behaviour {
        latency: Duration::from_millis(150),
        ..Behaviour::default()
    };
    School::connect_with(Sis::behaving(slow), &["--set", "page-size=200"])
}

/// Waits until the sync has begun to read.
fn wait_until_reading(school: &School) {
    while school.sis.log().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_second_sync_is_refused_and_names_the_first() {
    let school = slow_school();
    school.sis.forget();
    let mut first = school.platform.start(["sync", NAME, "--json"]);
    wait_until_reading(&school);

    let refused = school.platform.sync(NAME, &[]).ends_with(1).json();
    assert!(first.is_at_work(), "the first sync was still at work");
    assert_eq!(refused["code"], "already-running");
    let running = school.platform.runs()[0]["run"].to_string();
    let detail = refused["detail"].as_str().expect("a detail");
    assert!(detail.contains(&format!("run {running}")), "{detail}");

    assert_eq!(first.wait(), Some(0));
    assert_eq!(
        school.platform.show(&school.platform.runs()[0]["run"])["status"],
        "succeeded"
    );
    school.sync();
}

#[test]
fn another_integration_may_sync_meanwhile() {
    let school = slow_school();
    let other = Sis::start();
    let secret = school.platform.file("other-secret", other.client_secret());
    school
        .platform
        .run([
            "integration",
            "add",
            "--name",
            "other",
            "--adapter",
            "oneroster",
            "--endpoint",
            &other.endpoint(),
            "--token-url",
            &other.token_url(),
            "--client-id",
            other.client_id(),
            "--client-secret-file",
            &secret,
            "--allow-insecure-http",
            "--allow-private-network",
        ])
        .ok();
    school.sis.forget();
    let mut first = school.platform.start(["sync", NAME, "--json"]);
    wait_until_reading(&school);
    school.platform.sync("other", &[]).ok();
    assert_eq!(first.wait(), Some(0));
}

/// Adds integrations by these names, all at once; how each command ended.
fn add_at_once(school: &School, names: &[String], more: &[&str]) -> Vec<Option<i32>> {
    let endpoint = school.sis.endpoint();
    let mut editors: Vec<_> = names
        .iter()
        .map(|name| {
            let mut arguments = vec!["integration", "add", "--name", name];
            arguments.extend(["--adapter", "oneroster", "--endpoint", &endpoint]);
            arguments.extend(["--auth", "none"]);
            arguments.extend(["--allow-insecure-http", "--allow-private-network"]);
            arguments.extend(more);
            school.platform.start(arguments)
        })
        .collect();
    editors.iter_mut().map(|editor| editor.wait()).collect()
}

/// The merge priorities of all integrations, in order.
fn priorities(school: &School) -> Vec<String> {
    let list = school.platform.run(["integration", "list", "--json"]);
    let list = list.ok().json();
    let mut priorities: Vec<String> = list
        .as_array()
        .expect("a list")
        .iter()
        .map(|integration| integration["settings"]["merge-priority"].to_string())
        .collect();
    priorities.sort();
    priorities
}

#[test]
fn of_two_editors_who_want_one_merge_priority_one_gets_it() {
    let school = School::prepare(Sis::start());
    let names: Vec<String> = (1..=6).map(|n| format!("north-{n}")).collect();
    let ended = add_at_once(&school, &names, &["--set", "merge-priority=50"]);
    let count = |code| ended.iter().filter(|ended| **ended == Some(code)).count();
    assert_eq!((count(0), count(2)), (1, 5), "{ended:?}");
    assert_eq!(priorities(&school).len(), 1);

    // Whoever does not ask for one gets one that nobody has.
    let names: Vec<String> = (1..=6).map(|n| format!("south-{n}")).collect();
    let ended = add_at_once(&school, &names, &[]);
    assert_eq!(ended, [Some(0); 6]);
    let mut all = priorities(&school);
    assert_eq!(all.len(), 7);
    all.dedup();
    assert_eq!(all.len(), 7, "{all:?}");

    // And so with changes.
    let mut editors = ["1", "2", "3", "4"].map(|n| {
        let name = format!("south-{n}");
        let arguments = ["integration", "edit", &name, "--set", "merge-priority=77"];
        school.platform.start(arguments)
    });
    let ended = editors.each_mut().map(|editor| editor.wait());
    let changed = ended.iter().filter(|ended| **ended == Some(0)).count();
    assert_eq!(changed, 1, "{ended:?}");
    let taken = priorities(&school);
    let taken = taken.iter().filter(|p| p.contains("77")).count();
    assert_eq!(taken, 1);
}
