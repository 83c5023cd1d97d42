//! How hard a server is asked, over all tenants and processes of one data
//! folder, and what happens when it wants to be left alone.

use std::fs;
use std::time::Duration;

use e2e::{Answer, NAME, School, Sis};
use fake_sis::{Behaviour, Fault, FaultKind, RateLimit, Resource, RetryAfter, When};

const SMALL_PAGES: [&str; 2] = ["--set", "page-size=40"];

/// A school with these settings, and in another tenant of the same data folder
/// one with those, at the same server.
fn neighbours(sis: Sis, settings: &[&str], others: &[&str]) -> School {
    let school = School::connect_with(sis, settings);
    let directory = school.platform.folder().join("directory.csv");
    let directory = directory.to_str().expect("UTF-8").to_owned();
    beside(&school, &["directory", "import", &directory]).ok();
    let secret = school.platform.file("secret", school.sis.client_secret());
    let (endpoint, token_url) = (school.sis.endpoint(), school.sis.token_url());
    let mut add = vec!["integration", "add", "--name", NAME];
    add.extend(["--adapter", "oneroster", "--endpoint", &endpoint]);
    add.extend(["--token-url", &token_url]);
    add.extend(["--client-id", school.sis.client_id()]);
    add.extend(["--client-secret-file", &secret]);
    add.extend(["--allow-insecure-http", "--allow-private-network"]);
    add.extend(others);
    beside(&school, &add).ok();
    school.sis.forget();
    school
}

/// A command in the other tenant.
fn beside(school: &School, arguments: &[&str]) -> Answer {
    let tenant = ["--tenant", "other"];
    school.platform.run(tenant.iter().chain(arguments))
}

fn with(faults: Vec<Fault>) -> Behaviour {
    Behaviour {
        faults,
        ..Behaviour::default()
    }
}

/// Waits until the server has seen such a request.
fn wait_for(school: &School, what: impl Fn(&fake_sis::LoggedRequest) -> bool) {
    for _ in 0..6_000 {
        if school.sis.log().iter().any(&what) {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("the server was not asked: {:?}", school.sis.log());
}

/// The run's log, as text.
fn log(school: &School) -> String {
    let run = school.platform.runs()[0]["run"].to_string();
    school.platform.run(["run", "log", &run]).ok().stdout
}

#[test]
fn two_processes_together_ask_no_more_at_once_than_one_may() {
    let slow = Behaviour {
        latency: Duration::from_millis(15),
        ..Behaviour::default()
    };
    let [size, pages] = SMALL_PAGES;
    let settings = |at_once| [size, pages, "--set", at_once];
    let school = neighbours(
        Sis::behaving(slow),
        &settings("concurrency=3"),
        &settings("concurrency=2"),
    );
    let mut first = school.platform.start(["sync", NAME, "--json"]);
    wait_for(&school, |_| true);
    let second = beside(&school, &["sync", NAME, "--json"]).ok().json();
    assert_eq!(first.wait(), Some(0));
    assert_eq!(second["code"], "ok");
    // All that one may have and no more, though both wanted theirs.
    assert_eq!(school.sis.counters().most_at_once, 3);
}

#[test]
fn a_limit_of_requests_is_lived_with() {
    for says_when in [true, false] {
        let limit = RateLimit {
            requests: 20,
            per: Duration::from_secs(1),
            says_when,
        };
        let school = School::connect_with(
            Sis::behaving(Behaviour {
                rate_limit: Some(limit),
                ..Behaviour::default()
            }),
            &SMALL_PAGES,
        );
        let report = school.sync();
        assert_eq!(report["code"], "ok");
        let counters = school.sis.counters();
        assert!(counters.too_many > 0, "{counters:?}");
        // Most of what was asked was answered.
        assert!(counters.too_many * 2 < counters.requests, "{counters:?}");
    }
}

#[test]
fn a_limit_that_is_known_is_kept_by_all_together() {
    let limit = RateLimit {
        requests: 40,
        per: Duration::from_secs(1),
        says_when: true,
    };
    let sis = Sis::behaving(Behaviour {
        rate_limit: Some(limit),
        ..Behaviour::default()
    });
    let [size, pages] = SMALL_PAGES;
    let settings = [size, pages, "--set", "requests-per-minute=1800"];
    let school = neighbours(sis, &settings, &settings);
    let mut first = school.platform.start(["sync", NAME, "--json"]);
    beside(&school, &["sync", NAME]).ok();
    assert_eq!(first.wait(), Some(0));
    let counters = school.sis.counters();
    assert!(counters.requests > 80, "{counters:?}");
    assert_eq!(counters.too_many, 0, "{counters:?}");
}

#[test]
fn a_storm_slows_down_and_does_not_fail() {
    let storm = |lasting, after| Fault {
        kind: FaultKind::TooManyRequests(after),
        when: When {
            after: Some(5),
            lasting: Some(Duration::from_millis(lasting)),
            ..When::default()
        },
    };
    // Longer than a server that fails is given.
    for storm in [
        storm(7_000, RetryAfter::Seconds(1)),
        storm(2_000, RetryAfter::Absent),
    ] {
        let calm = School::connect_with(Sis::start(), &SMALL_PAGES);
        calm.sync();
        let school = School::connect_with(Sis::behaving(with(vec![storm])), &SMALL_PAGES);
        let report = school.sync();
        assert_eq!(report["code"], "ok");
        assert_eq!(school.platform.roster(), calm.platform.roster());
        let counters = school.sis.counters();
        // It was let be, more or less.
        assert!((2..60).contains(&counters.too_many), "{counters:?}");
        assert!(log(&school).contains("asks for a pause (429)"));
        let report = school.platform.show(&report["run"]);
        let waited = &report["usage"]["requestWaitMillis"]["peak"];
        assert!(waited.as_u64() > Some(0), "{waited}");
    }
}

#[test]
fn a_storm_without_end_ends_the_run_and_the_next_one_goes_on() {
    let school = School::connect_with(Sis::start(), &SMALL_PAGES);
    let policy = school.platform.data().join("policy.toml");
    fs::write(&policy, "[limits]\nwait-time = 1.5\n").expect("written");
    let forever = Fault {
        kind: FaultKind::TooManyRequests(RetryAfter::Absent),
        when: When {
            resource: Some(Resource::Users),
            page: Some(4),
            ..When::default()
        },
    };
    school.sis.behave(with(vec![forever]));
    let report = school.failing_sync();
    assert_eq!(report["code"], "rate-limited");
    let detail = report["detail"].as_str().expect("text");
    assert!(detail.contains(&school.sis.origin()), "{detail}");
    assert!(detail.contains("(429)"), "{detail}");
    let remedy = report["remedy"].as_str().expect("text");
    assert!(remedy.contains("requests-per-minute"), "{remedy}");

    school.sis.behave(Behaviour::default());
    school.sis.forget();
    // Whoever is asked to slow down may do so and still goes on.
    school.edit(&["--set", "concurrency=1"]).ok();
    school.edit(&["--set", "requests-per-minute=6000"]).ok();
    let report = school.sync();
    assert!(log(&school).contains("going on after"), "{}", log(&school));
    let read_again = school.sis.counters().requests;
    assert!(Some(read_again) < report["requests"].as_u64(), "{report}");
}

#[test]
fn a_pause_holds_for_other_tenants_and_processes() {
    let pause = Fault::first(1, FaultKind::TooManyRequests(RetryAfter::Seconds(600)));
    // With one request at a time nothing else of it is on its way.
    let one = ["--set", "concurrency=1"];
    let school = neighbours(Sis::behaving(with(vec![pause])), &one, &[]);
    let mut first = school.platform.start(["sync", NAME, "--json"]);
    wait_for(&school, |request| request.status == 429);
    // It is on record right after the answer.
    let mut report = serde_json::Value::Null;
    for _ in 0..100 {
        school.sis.forget();
        let tested = beside(&school, &["integration", "test", NAME, "--json"]);
        report = tested.json();
        if report["code"] == "rate-limited" {
            break;
        }
    }
    assert_eq!(report["code"], "rate-limited", "{report}");
    assert_eq!(report["requests"], 0);
    assert_eq!(school.sis.log(), []);
    assert!(
        report["notes"]
            .to_string()
            .contains("wants to be left alone"),
        "{report}"
    );
    assert!(first.kill(), "the first one waits");
}

#[test]
fn a_test_says_that_it_waits_for_another_sync() {
    let slow = Fault::on_page(Resource::Users, 1, 1, FaultKind::Delay(4_000));
    let one = ["--set", "concurrency=1"];
    let school = neighbours(Sis::behaving(with(vec![slow])), &one, &one);
    let mut first = school.platform.start(["sync", NAME, "--json"]);
    wait_for(&school, |request| request.path.ends_with("/users"));
    let tested = beside(&school, &["integration", "test", NAME, "--json"]).ok();
    assert!(
        tested.stderr.contains("as many requests are under way"),
        "{}",
        tested.stderr
    );
    assert_eq!(first.wait(), Some(0));
    assert_eq!(school.sis.counters().most_at_once, 1);
}

#[test]
fn a_killed_sync_leaves_no_place_taken_and_damage_holds_nobody_up() {
    let slow = Behaviour {
        latency: Duration::from_millis(200),
        ..Behaviour::default()
    };
    let school = School::connect_with(Sis::behaving(slow), &["--set", "concurrency=1"]);
    let mut first = school.platform.start(["sync", NAME, "--json"]);
    wait_for(&school, |_| true);
    assert!(first.kill(), "it was at work");
    school.sis.behave(Behaviour::default());
    school.sync();
    let servers = fs::read_dir(school.platform.data().join("pace")).expect("a folder");
    for server in servers {
        let record = server.expect("an entry").path().join("record");
        fs::write(
            record,
            b"{\"pause\":9223372036854775807,\"level\":4294967295}x\0",
        )
        .expect("written");
    }
    school.sync();
}
