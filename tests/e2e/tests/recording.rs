//! A run on record: made again with no network it gives the same pages, to the
//! byte; it holds no credential; and it can be read however it ended.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use district::Spec;
use e2e::{Answer, NAME, Platform, School, Sis};
use fake_sis::{Auth, Behaviour, Fault, FaultKind, OAuth1, Resource, SignatureMethod};
use serde_json::Value;

fn path(platform: &Platform, name: &str) -> String {
    let path = platform.folder().join(name);
    path.to_str().expect("the path is UTF-8").to_owned()
}

/// Syncs on record and takes the SIS away.
fn recorded(school: School) -> (Platform, String) {
    let file = path(&school.platform, "run.rec");
    school.platform.sync(NAME, &["--record", &file]).ok();
    let School { platform, sis } = school;
    drop(sis);
    (platform, file)
}

fn sum(report: &Value, what: &str) -> u64 {
    let collections = report["collections"].as_object().expect("collections");
    collections
        .values()
        .map(|row| row[what].as_u64().expect("a number"))
        .sum()
}

#[track_caller]
fn identical(answer: Answer) -> Value {
    let report = answer.ok().json();
    assert_eq!(report["identical"], true, "{report}");
    assert_eq!(report["complete"], true);
    assert_eq!(sum(&report, "calls"), sum(&report, "same"));
    report
}

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

/// Adds the integration with these arguments instead of OAuth 2.
fn connect(sis: Sis, scheme: &str, id: Option<&str>, secret: &str) -> School {
    let school = School::prepare(sis);
    let file = school.platform.file("secret", secret);
    let endpoint = school.sis.endpoint();
    let mut arguments = vec![
        "integration",
        "add",
        "--name",
        NAME,
        "--adapter",
        "oneroster",
    ];
    arguments.extend(["--endpoint", &endpoint, "--auth", scheme]);
    arguments.extend(["--allow-insecure-http", "--allow-private-network"]);
    arguments.extend(["--client-secret-file", &file]);
    arguments.extend(id.into_iter().flat_map(|id| ["--client-id", id]));
    school.platform.run(arguments).ok();
    school
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

/// Everything that is in a recording, spelled out: its summary, its archive
/// with every body, and the file as it is.
fn spelled_out(platform: &Platform, file: &str) -> Vec<u8> {
    let har = path(platform, "full.har");
    fs::remove_file(&har).ok();
    platform
        .run(["recording", "export-har", file, &har, "--with-bodies"])
        .ok();
    let summary = platform
        .run(["recording", "show", file, "--json"])
        .ok()
        .stdout;
    let files = [
        fs::read(&har).expect("written"),
        fs::read(file).expect("there"),
    ];
    [summary.into_bytes(), files.concat()].concat()
}

#[track_caller]
fn holds_no_credential(all: &[u8], secret: &str, pair: &str) {
    for spelling in [
        secret.to_owned(),
        STANDARD.encode(secret),
        STANDARD.encode(pair),
        secret.bytes().map(|b| format!("{b:02x}")).collect(),
    ] {
        assert!(!holds(all, &spelling), "{spelling}");
    }
    for mark in [
        "oauth_",
        "\"Authorization\"",
        "\"authorization\"",
        "Bearer ",
        "access_token",
    ] {
        assert!(!holds(all, mark), "{mark}");
    }
}

#[test]
fn every_scheme_is_recorded_without_its_credentials() {
    let secret = "a-secret-of-20-bytes";
    let oauth1 = |method| {
        Auth::OAuth1(OAuth1 {
            key: "the-key".to_owned(),
            secret: secret.to_owned(),
            method: Some(method),
        })
    };
    let sis = |auth| {
        Sis::behaving(Behaviour {
            auth,
            ..Behaviour::default()
        })
    };
    let key = Some("the-key");
    let schools = [
        connect(sis(Auth::Bearer(secret.to_owned())), "bearer", None, secret),
        connect(
            sis(oauth1(SignatureMethod::HmacSha1)),
            "oauth1-hmac-sha1",
            key,
            secret,
        ),
        connect(
            sis(oauth1(SignatureMethod::HmacSha256)),
            "oauth1-hmac-sha256",
            key,
            secret,
        ),
    ];
    for school in schools {
        let (platform, file) = recorded(school);
        identical(platform.run(["replay", &file, "--json"]));
        holds_no_credential(
            &spelled_out(&platform, &file),
            secret,
            "the-key:a-secret-of-20-bytes",
        );
    }
    let (platform, file) = recorded(School::connect(Sis::start()));
    identical(platform.run(["replay", &file, "--json"]));
    let all = spelled_out(&platform, &file);
    holds_no_credential(&all, "fake-sis-secret", "homeroom:fake-sis-secret");
    assert!(
        holds(&all, "\"url\":\"http://127.0.0.1"),
        "the search looks at the requests"
    );
}

#[test]
fn what_a_server_sends_back_is_masked_and_told() {
    let school = School::connect(Sis::behaving(Behaviour {
        faults: vec![Fault::on(Resource::Users, FaultKind::CredentialEcho)],
        ..Behaviour::default()
    }));
    let file = path(&school.platform, "run.rec");
    let report = school
        .platform
        .sync(NAME, &["--record", &file])
        .ends_with(1)
        .json();
    let log = school
        .platform
        .run(["run", "log", &report["run"].to_string()])
        .ok();
    assert!(log.stdout.contains("credential-echo"), "{}", log.stdout);
    let shown = school
        .platform
        .run(["recording", "show", &file, "--json"])
        .ok()
        .json();
    assert_eq!(shown["masked"], 1, "{shown}");
    let all = spelled_out(&school.platform, &file);
    // The server's words are there; its tokens are `fake-` and hex digits.
    assert!(
        holds(&all, "cannot read with Bearer ****"),
        "the answer is there, masked"
    );
    for credential in ["Bearer fake-", "fake-sis-secret", "oauth_", "access_token"] {
        assert!(!holds(&all, credential), "{credential}");
    }
    // A run that failed fails again in the same way.
    identical(school.platform.run(["replay", &file, "--json"]));
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

#[test]
fn files_that_are_no_good_are_refused_and_told_apart() {
    let (platform, file) = recorded(School::connect(Sis::start()));
    let bytes = fs::read(&file).expect("there");
    let refused = |name: &str, bytes: &[u8]| {
        let file = path(&platform, name);
        fs::write(&file, bytes).expect("written");
        for command in [&["recording", "show", &file][..], &["replay", &file]] {
            let mut arguments = command.to_vec();
            arguments.push("--json");
            let failure = platform.run(arguments).ends_with(2).json();
            assert!(
                failure["detail"].as_str().expect("a detail").contains(name),
                "{failure}"
            );
            assert_eq!(failure["status"], "failed");
            let code = failure["code"].as_str().expect("a code").to_owned();
            if command[0] == "replay" {
                return code;
            }
        }
        String::new()
    };
    let mut damaged = bytes.clone();
    damaged[bytes.len() / 2] ^= 0x20;
    assert_eq!(refused("damaged.rec", &damaged), "recording-damaged");
    let mut newer = bytes.clone();
    newer[16] = 9;
    assert_eq!(refused("newer.rec", &newer), "recording-newer");
    assert_eq!(refused("foreign.rec", b"{\"log\":{}}"), "recording-foreign");
    let missing = platform
        .run(["replay", "nowhere.rec", "--json"])
        .ends_with(2)
        .json();
    assert_eq!(missing["code"], "recording-unreadable");

    // An adapter that is not there, or is none.
    let none = path(&platform, "foreign.rec");
    platform
        .run(["replay", &file, "--adapter", "nobody"])
        .ends_with(2);
    platform
        .run(["replay", &file, "--adapter", &none])
        .ends_with(2);
}

#[test]
fn nothing_is_overwritten_and_others_may_not_read() {
    let school = School::connect(Sis::start());
    let file = school.platform.file("mine", "something of mine");
    let refused = school
        .platform
        .sync(NAME, &["--record", &file])
        .ends_with(2)
        .json();
    assert_eq!(refused["code"], "recording-exists");
    assert_eq!(
        fs::read_to_string(&file).expect("there"),
        "something of mine"
    );
    assert!(
        school
            .platform
            .runs()
            .iter()
            .all(|run| run["kind"] != "sync"),
        "no run began"
    );
    // A sync that never begins leaves no file.
    let never = path(&school.platform, "never.rec");
    school
        .platform
        .sync("nobody", &["--record", &never])
        .ends_with(2);
    assert!(!Path::new(&never).exists());

    let (platform, file) = recorded(school);
    let har = path(&platform, "run.har");
    platform.run(["recording", "export-har", &file, &har]).ok();
    platform
        .run(["recording", "export-har", &file, &har])
        .ends_with(2);
    #[cfg(unix)]
    for file in [&file, &har] {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(file).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[test]
fn the_archive_is_har_with_bodies_only_when_asked_for() {
    let (platform, file) = recorded(School::connect(Sis::start()));
    let har = path(&platform, "run.har");
    let made = platform
        .run(["recording", "export-har", &file, &har, "--json"])
        .ok()
        .json();
    let archive: Value =
        serde_json::from_slice(&fs::read(&har).expect("written")).expect("it is JSON");
    let log = &archive["log"];
    assert_eq!(log["version"], "1.2");
    assert_eq!(log["creator"]["name"], "Homeroom");
    let entries = log["entries"].as_array().expect("entries");
    assert_eq!(made["requests"], entries.len());
    let pages = log["pages"].as_array().expect("pages");
    for entry in entries {
        assert!(pages.iter().any(|page| page["id"] == entry["pageref"]));
        let moment = entry["startedDateTime"].as_str().expect("a moment");
        assert!(moment.ends_with('Z') && moment.len() == 24, "{moment}");
        assert!(entry["time"].is_u64() && entry["timings"]["wait"].is_u64());
        assert_eq!(entry["request"]["method"], "GET");
        assert!(entry["request"]["queryString"].is_array());
        assert_eq!(entry["response"]["status"], 200);
        assert_eq!(entry["response"]["content"]["text"], Value::Null);
        assert!(entry["response"]["content"]["mimeType"].as_str().is_some());
    }
    let person = platform
        .users()
        .into_iter()
        .find(|user| user["matched"] == true);
    let email = person.expect("someone is matched")["email"].to_string();
    let email = email.trim_matches('"');
    assert!(
        !holds(&fs::read(&har).expect("written"), email),
        "no personal data"
    );
    assert!(
        holds(&spelled_out(&platform, &file), email),
        "with bodies there is"
    );
}
