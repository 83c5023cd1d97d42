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
