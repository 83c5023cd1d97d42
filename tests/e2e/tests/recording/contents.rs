//! What stands in a recording and in the archive made from it: every answer, no
//! credential, and people only where that was asked for.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use e2e::{NAME, School, Sis};
use fake_sis::{Auth, Behaviour, Fault, FaultKind, OAuth1, Resource, SignatureMethod};
use serde_json::Value;

use super::{holds, identical, path, recorded, spelled_out};

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
