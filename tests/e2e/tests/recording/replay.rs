//! A recording made again: the same answers give the same pages, and another
//! version of the adapter is compared request by request.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use district::Spec;
use e2e::{NAME, Platform, School, Sis};
use fake_sis::Behaviour;

use super::{identical, path, recorded, sum};

#[test]
fn a_district_comes_out_the_same_when_its_sis_is_gone() {
    let sis = Sis::serve(
        Spec {
            people: 4000,
            ..Spec::default()
        },
        Behaviour::default(),
    );
    let school = School::connect_with(sis, &["--set", "page-size=500"]);
    let (platform, file) = recorded(school);
    let shown = platform.show(&platform.runs()[0]["run"]);
    let received = shown["received"]["users"].as_u64().expect("users");
    let report = identical(platform.run(["replay", &file, "--json"]));
    let users = &report["collections"]["users"];
    assert_eq!(users["recordsSame"], received);
    assert!(users["calls"].as_u64() > Some(4), "{users}");
    // The very same, by the file of the adapter and by nothing but it.
    let elsewhere = Platform::new();
    let adapter = adapter();
    let arguments = [
        "replay",
        &file,
        "--adapter",
        adapter.to_str().expect("UTF-8"),
        "--json",
    ];
    identical(elsewhere.run(arguments));
    assert!(!elsewhere.data().exists(), "a replay needs no data folder");
    // The run's log says that it was recorded.
    let log = platform
        .run(["run", "log", &platform.runs()[0]["run"].to_string()])
        .ok();
    assert!(log.stdout.contains("was recorded to"), "{}", log.stdout);
}

/// The built adapter, beside which the tests run.
fn adapter() -> PathBuf {
    std::env::var_os("HOMEROOM_ADAPTERS")
        .map_or_else(
            || {
                let test = std::env::current_exe().expect("a path");
                test.ancestors()
                    .nth(3)
                    .expect("deep enough")
                    .join("adapters")
            },
            PathBuf::from,
        )
        .join("oneroster.wasm")
}

/// Another version of the adapter: its file with other bytes of one length.
fn patched(platform: &Platform, from: &[u8], to: &[u8]) -> String {
    assert_eq!(from.len(), to.len());
    let bytes = fs::read(adapter()).expect("the adapter is built");
    let places: Vec<_> = (0..bytes.len() - from.len())
        .filter(|at| bytes[*at..].starts_with(from))
        .collect();
    assert!(!places.is_empty(), "the adapter has no such bytes any more");
    let mut bytes = bytes;
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    let file = path(platform, "patched.wasm");
    fs::write(&file, bytes).expect("written");
    file
}

#[test]
fn another_version_is_compared_request_by_request() {
    let (platform, file) = recorded(School::connect(Sis::start()));

    // Nothing but its version.
    let same = patched(&platform, b"version = \"0.1.0\"", b"version = \"0.1.9\"");
    let report = identical(platform.run(["replay", &file, "--adapter", &same, "--json"]));
    assert_eq!(report["replayed"]["version"], "0.1.9");
    assert_ne!(report["replayed"]["digest"], report["recorded"]["digest"]);

    // Another header: the answers fit all the same.
    let header = patched(
        &platform,
        b"acceptapplication/json",
        b"acceptapplication/jsom",
    );
    let answer = platform.run(["replay", &file, "--adapter", &header, "--json"]);
    let report = answer.ends_with(1).json();
    assert_eq!(sum(&report, "calls"), sum(&report, "same"));
    let requests = report["requests"].as_array().expect("requests");
    assert!(!requests.is_empty());
    assert!(
        requests.iter().all(|r| r["kind"] == "other-headers"),
        "{requests:?}"
    );

    // Another parameter: nothing of that was ever asked for.
    let parameter = patched(&platform, b"limitoffset", b"lymitoffset");
    let answer = platform.run(["replay", &file, "--adapter", &parameter, "--json"]);
    let report = answer.ends_with(1).json();
    let requests = report["requests"].as_array().expect("requests");
    let of = |kind: &str| requests.iter().filter(move |r| r["kind"] == kind).count();
    assert!(of("not-recorded") > 0 && of("missing") > 0, "{requests:?}");
    let first = requests
        .iter()
        .find(|r| r["kind"] == "not-recorded")
        .expect("one");
    assert!(
        first["url"].as_str().expect("a URL").contains("lymit="),
        "{first}"
    );
    assert!(
        first["nearest"].as_str().expect("a URL").contains("limit="),
        "{first}"
    );
    assert!(
        sum(&report, "recordsRemoved") > 600,
        "{}",
        report["collections"]
    );
    let text = platform.run(["replay", &file, "--adapter", &parameter, "--most", "2"]);
    let text = text.ends_with(1).stdout;
    assert!(text.contains("more; --all shows them"), "{text}");
    let text = platform.run(["replay", &file, "--adapter", &parameter, "--all"]);
    let text = text.ends_with(1).stdout;
    assert!(text.contains("nearest on record: GET"), "{text}");
}

#[test]
fn a_connection_test_is_recorded_too() {
    let school = School::connect(Sis::start());
    let file = path(&school.platform, "test.rec");
    let answer = school
        .platform
        .run(["integration", "test", NAME, "--record", &file])
        .ok();
    assert!(answer.stderr.contains("personal data"), "{}", answer.stderr);
    let School { platform, sis } = school;
    drop(sis);
    let report = identical(platform.run(["replay", &file, "--json"]));
    assert_eq!(report["collections"]["check"]["same"], 1);
}

#[test]
fn a_run_that_was_killed_leaves_a_recording_up_to_there() {
    let slow = Behaviour {
        latency: Duration::from_millis(25),
        ..Behaviour::default()
    };
    let settings = ["--set", "page-size=50", "--set", "concurrency=2"];
    let school = School::connect_with(Sis::behaving(slow), &settings);
    let file = path(&school.platform, "run.rec");
    school.sis.forget();
    let mut sync = school.platform.start(["sync", NAME, "--record", &file]);
    while school.sis.log().len() < 20 && sync.is_at_work() {
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(sync.kill(), "it was still at work");
    let shown = school
        .platform
        .run(["recording", "show", &file, "--json"])
        .ok()
        .json();
    assert_eq!(shown["complete"], false);
    let text = school
        .platform
        .run(["recording", "show", &file])
        .ok()
        .stdout;
    assert!(text.contains("It ends early"), "{text}");
    let report = school.platform.run(["replay", &file, "--json"]).ok().json();
    assert_eq!(
        (&report["identical"], &report["complete"]),
        (&true.into(), &false.into())
    );
    assert!(sum(&report, "same") > 5, "{report}");

    // The run goes on; what it reads from there on is a recording of its own.
    let rest = path(&school.platform, "rest.rec");
    school.platform.sync(NAME, &["--record", &rest]).ok();
    identical(school.platform.run(["replay", &rest, "--json"]));
}
