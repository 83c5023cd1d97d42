//! What a run used, beside what it may use: also of a run that failed, went on
//! and was killed in between.

use e2e::{NAME, School, Sis};
use fake_sis::{Behaviour, Fault, FaultKind, When};
use serde_json::Value;

const SETTINGS: [&str; 4] = ["--set", "page-size=50", "--set", "concurrency=2"];

fn peak(report: &Value, what: &str) -> u64 {
    let peak = report["usage"][what]["peak"].as_u64();
    peak.unwrap_or_else(|| panic!("no {what} in {report}"))
}

/// Fails after so many requests, until it is told otherwise.
fn failing_after(requests: u32) -> Behaviour {
    Behaviour {
        faults: vec![Fault {
            kind: FaultKind::Status(503),
            when: When {
                after: Some(requests),
                ..When::default()
            },
        }],
        ..Behaviour::default()
    }
}

/// Requests for records that the server has got, those for tokens left out.
fn asked(school: &School) -> u64 {
    let log = school.sis.log();
    log.iter()
        .filter(|request| !request.path.contains("token"))
        .count() as u64
}

#[test]
fn attempts_of_a_run_are_added_up() {
    let school = School::connect_with(Sis::behaving(failing_after(6)), &SETTINGS);
    school.sis.forget();
    let failed = school.failing_sync();
    assert_eq!(failed["code"], "unavailable", "{failed}");
    let (requests, sent) = (peak(&failed, "runRequests"), peak(&failed, "runBytesOut"));
    assert!(requests >= 6 && requests <= asked(&school), "{failed}");
    assert!(peak(&failed, "runBytesIn") > 1000 && sent > 600, "{failed}");

    school.sis.behave(Behaviour::default());
    let resumed = school.sync();
    assert_eq!(resumed["run"], failed["run"], "it went on");
    assert!(peak(&resumed, "runRequests") > requests + 6, "{resumed}");
    assert!(peak(&resumed, "runBytesOut") > sent, "{resumed}");
    for what in [
        "memoryBytes",
        "pageBytes",
        "pageRecords",
        "pages",
        "callBytesIn",
    ] {
        assert!(peak(&resumed, what) > 0, "{what}: {resumed}");
    }
    assert_eq!(peak(&resumed, "pageRecords"), 50);
    assert_eq!(
        school.platform.show(&resumed["run"])["usage"],
        resumed["usage"]
    );
    let log = school
        .platform
        .run(["run", "log", &resumed["run"].to_string()])
        .ok()
        .stdout;
    assert!(log.contains("The adapter's limits"), "{log}");
    assert!(log.contains("processor time of a call"), "{log}");
}

/// A killed process writes no report; the pages know what they took.
#[test]
fn a_killed_attempt_counts_too() {
    let whole = School::connect_with(Sis::start(), &SETTINGS).sync();
    let slow = Behaviour {
        latency: std::time::Duration::from_millis(25),
        ..Behaviour::default()
    };
    let school = School::connect_with(Sis::behaving(slow), &SETTINGS);
    school.sis.forget();
    let mut sync = school.platform.start(["sync", NAME, "--json"]);
    while asked(&school) < 12 && sync.is_at_work() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    assert!(sync.kill(), "it was at work");
    school.sis.behave(Behaviour::default());
    let resumed = school.sync();
    // The killed attempt's pages count; the pages it had under way do not.
    let requests = peak(&resumed, "runRequests");
    assert!(requests >= peak(&whole, "pages"), "{resumed}");
    assert_eq!(peak(&resumed, "pages"), peak(&whole, "pages"));
    assert_eq!(peak(&resumed, "pageRecords"), 50);
    assert!(peak(&resumed, "runBytesIn") >= peak(&whole, "runBytesIn") * 9 / 10);
}

/// A run without an adapter has nothing to tell.
#[test]
fn a_directory_has_no_limits() {
    let school = School::prepare(Sis::start());
    let report = school.platform.show(&school.platform.runs()[0]["run"]);
    assert_eq!(report["kind"], "directory");
    assert!(report.get("usage").is_none(), "{report}");
}
