//! The operator's policy: checked at install, at approval and at each run, and
//! every refusal names the line.

use std::fs;

use e2e::made::{self, MANIFEST};
use e2e::{NAME, Platform, School, Sis};
use serde_json::Value;

/// The policy in the data folder.
fn policy(platform: &Platform, text: &str) {
    fs::create_dir_all(platform.data()).expect("a folder");
    fs::write(platform.data().join("policy.toml"), text).expect("written");
}

/// Installs the file under the policy, which must be refused; what was said.
fn refused(text: &str, file: &[u8]) -> Value {
    let platform = Platform::new();
    policy(&platform, text);
    let file = platform.bytes("tiny.wasm", file);
    let answer = platform
        .run(["adapter", "install", &file, "--json"])
        .ends_with(1);
    let said = answer.json();
    assert_eq!(said["code"], "denied-by-policy", "{}", answer.stderr);
    said
}

#[test]
fn each_rule_refuses_at_install_and_names_its_line() {
    let asks = MANIFEST.replace(
        "[\"{endpoint}\"]",
        "[\"{endpoint}\", \"https://api.example.net\"]\nmethods = [\"GET\", \"POST\"]",
    );
    let asking = made::tiny(&asks);
    for (text, line) in [
        ("\nrequire-signatures = true\n", "line 2"),
        ("publishers = [\"acme\"]\n", "line 1"),
        ("deny-hosts = [\n\"a.org\",\n\"*.example.net\"]\n", "line 3"),
        ("\n\ndeny-methods = [\"post\"]\n", "line 3"),
        ("deny-adapters = [\"tiny\"]\n", "line 1"),
    ] {
        let said = refused(text, &asking);
        let detail = said["detail"].as_str().expect("a sentence");
        assert!(
            detail.contains(line) && detail.contains("policy.toml"),
            "{detail}"
        );
    }
}

#[test]
fn a_policy_with_a_mistake_lets_nothing_run() {
    let platform = Platform::new();
    let file = platform.bytes("tiny.wasm", &made::tiny(MANIFEST));
    policy(&platform, "\ndeny-host = [\"a.org\"]\n");
    let answer = platform
        .run(["adapter", "install", &file, "--json"])
        .ends_with(1);
    assert_eq!(answer.json()["code"], "policy-invalid");
    assert!(answer.stderr.contains("line 2"), "{}", answer.stderr);
    assert!(answer.stderr.contains("deny-host"), "{}", answer.stderr);
    // Looking is not running.
    platform.run(["adapter", "inspect", &file]).ok();
    let missing = platform.run(["adapter", "install", &file, "--policy", "missing.toml"]);
    assert!(missing.ends_with(1).stderr.contains("missing.toml"));
}

#[test]
fn a_policy_that_comes_later_stops_the_next_run() {
    let school = School::connect(Sis::start());
    school.sync();
    for text in [
        "require-signatures = true",
        "deny-adapters = [\"oneroster\"]",
        "deny-methods = [\"GET\"]",
        "deny-hosts = [\"127.0.0.1\"]",
    ] {
        policy(&school.platform, text);
        let refused = school.platform.sync(NAME, &[]).ends_with(1);
        assert_eq!(refused.json()["code"], "denied-by-policy", "{text}");
        assert!(refused.stderr.contains("line 1"), "{}", refused.stderr);
    }
    policy(&school.platform, "");
    school.sync();
}

#[test]
fn it_is_checked_at_approval_too() {
    let platform = Platform::new();
    let file = platform.bytes("tiny.wasm", &made::tiny(MANIFEST));
    let installed = platform
        .run(["adapter", "install", &file, "--json"])
        .ok()
        .json();
    let digest = installed["digest"].as_str().expect("a digest");
    policy(&platform, &format!("deny-adapters = [\"{digest}\"]\n"));
    let refused = platform
        .run(["adapter", "approve", "tiny", "--json"])
        .ends_with(1);
    assert_eq!(refused.json()["code"], "denied-by-policy");
    policy(&platform, "");
    platform.run(["adapter", "approve", "tiny"]).ok();
}

#[test]
fn limits_come_down_and_never_go_up() {
    let school = School::connect(Sis::start());
    policy(&school.platform, "[limits]\nrequests-per-call = 100000\n");
    let raised = school.platform.sync(NAME, &[]).ends_with(1);
    assert_eq!(raised.json()["code"], "policy-invalid");
    assert!(raised.stderr.contains("line 2"), "{}", raised.stderr);
    policy(&school.platform, "[limits]\nresponse-bytes = 1000\n");
    let stopped = school.platform.sync(NAME, &[]).ends_with(1);
    assert_eq!(
        stopped.json()["code"],
        "limit-exceeded",
        "{}",
        stopped.stdout
    );
    policy(&school.platform, "");
    school.sync();
}
