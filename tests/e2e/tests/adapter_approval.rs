//! What may run is what was approved, file by file; an upgrade shows what it
//! asks for beyond that, and there is no quiet way back.

use e2e::made::{self, MANIFEST};
use e2e::{Answer, NAME, Platform, School, Sis};
use serde_json::Value;

fn install(platform: &Platform, name: &str, file: &[u8], more: &[&str]) -> Answer {
    let file = platform.bytes(name, file);
    let mut arguments = vec!["adapter", "install", &file];
    arguments.extend(more);
    platform.run(arguments)
}

fn version(number: &str) -> String {
    MANIFEST.replace("1.0.0", number)
}

/// One that asks for one host more.
fn greedy(number: &str) -> String {
    version(number).replace(
        "[\"{endpoint}\"]",
        "[\"{endpoint}\", \"https://collector.example.net\"]",
    )
}

fn states(platform: &Platform) -> Vec<(String, String)> {
    let list = platform.run(["adapter", "list", "--json"]).ok().json();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    list.as_array()
        .expect("a list")
        .iter()
        .map(|adapter| (text(&adapter["version"]), text(&adapter["state"])))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(version, state)| ((*version).to_owned(), (*state).to_owned()))
        .collect()
}

#[test]
fn an_upgrade_waits_and_shows_the_host_it_wants() {
    let platform = Platform::new();
    install(
        &platform,
        "1.wasm",
        &made::tiny(&version("1.0.0")),
        &["--approve"],
    )
    .ok();
    let shown = install(&platform, "2.wasm", &made::tiny(&greedy("1.1.0")), &[]).ok();
    assert_eq!(
        states(&platform),
        pairs(&[("1.1.0", "waiting"), ("1.0.0", "runs")])
    );
    // In the first screen, under a heading that says what it is.
    let screen: Vec<_> = shown.stdout.lines().take(12).collect();
    let at = |text: &str| screen.iter().position(|line| line.contains(text));
    let heading = at("It asks for more").expect("a heading");
    let host = at("https://collector.example.net").expect("the host");
    assert!(host > heading, "{}", shown.stdout);
    assert!(shown.stdout.contains("1.0.0 runs on"), "{}", shown.stdout);

    let approved = platform
        .run(["adapter", "approve", "tiny", "--json"])
        .ok()
        .json();
    let beyond = &approved["difference"]["beyond"];
    assert_eq!(beyond.as_array().expect("a list").len(), 1);
    assert_eq!(beyond[0]["what"], "hosts");
    assert_eq!(beyond[0]["new"], "https://collector.example.net");
    assert_eq!(
        states(&platform),
        pairs(&[("1.1.0", "runs"), ("1.0.0", "replaced")])
    );
    let again = platform
        .run(["adapter", "approve", "tiny", "--json"])
        .ends_with(2);
    assert_eq!(again.json()["code"], "nothing-to-approve");
}

#[test]
fn two_versions_are_compared_without_a_host() {
    let platform = Platform::new();
    let old = platform.bytes("old.wasm", &made::tiny(MANIFEST));
    let new = platform.bytes("new.wasm", &made::tiny(&greedy("1.0.1")));
    let differ = platform.run(["adapter", "diff", &old, &new]).ends_with(1);
    let first: Vec<_> = differ.stdout.lines().take(3).collect();
    assert!(
        first.join("\n").contains("collector.example.net"),
        "{}",
        differ.stdout
    );
    let same = platform.bytes("same.wasm", &made::tiny(&version("1.0.1")));
    let json = platform
        .run(["adapter", "diff", &old, &same, "--json"])
        .ok()
        .json();
    assert_eq!(json["same"], true);
    assert_eq!(json["about"][0]["what"], "version");
    assert!(!platform.data().exists(), "looking made a data folder");
    platform
        .run(["adapter", "diff", &old, "missing.wasm"])
        .ends_with(2);
}

#[test]
fn installed_versions_are_compared_by_id_and_digest() {
    let platform = Platform::new();
    let one = install(
        &platform,
        "1.wasm",
        &made::tiny(MANIFEST),
        &["--approve", "--json"],
    )
    .ok();
    let digest = one.json()["digest"].as_str().expect("a digest").to_owned();
    let new = platform.bytes("new.wasm", &made::tiny(&greedy("2.0.0")));
    for old in ["tiny", &digest] {
        let json = platform
            .run(["adapter", "diff", old, &new, "--json"])
            .ends_with(1)
            .json();
        assert_eq!(json["beyond"][0]["what"], "hosts", "{old}");
    }
    platform
        .run(["adapter", "diff", "unheard-of", &new])
        .ends_with(2);
}

#[test]
fn there_is_no_quiet_way_back() {
    let platform = Platform::new();
    let (old, new) = (
        made::tiny(&version("1.9.0")),
        made::tiny(&version("1.10.0")),
    );
    install(&platform, "old.wasm", &old, &["--approve"]).ok();
    install(&platform, "new.wasm", &new, &["--approve"]).ok();
    let back = install(&platform, "old.wasm", &old, &["--approve", "--json"]).ends_with(1);
    assert_eq!(back.json()["code"], "downgrade");
    assert!(back.stderr.contains("--allow-downgrade"), "{}", back.stderr);
    let digest = platform.run(["adapter", "list", "--json"]).ok().json()[1]["digest"].clone();
    let digest = digest.as_str().expect("a digest");
    let approve = platform
        .run(["adapter", "approve", digest, "--json"])
        .ends_with(1);
    assert_eq!(approve.json()["code"], "downgrade");
    assert_eq!(
        states(&platform),
        pairs(&[("1.10.0", "runs"), ("1.9.0", "replaced")])
    );
    platform
        .run(["adapter", "approve", digest, "--allow-downgrade"])
        .ok();
    assert_eq!(
        states(&platform),
        pairs(&[("1.10.0", "replaced"), ("1.9.0", "runs")])
    );
}

#[test]
fn another_file_of_the_same_version_replaces_only_forwards() {
    let platform = Platform::new();
    let first = made::tiny(MANIFEST);
    let second = made::tiny(&MANIFEST.replace("name = \"Tiny\"", "name = \"Tiny again\""));
    install(&platform, "1.wasm", &first, &["--approve"]).ok();
    install(&platform, "2.wasm", &second, &["--approve"]).ok();
    let back = install(&platform, "1.wasm", &first, &["--approve", "--json"]).ends_with(1);
    assert_eq!(back.json()["code"], "downgrade");
    install(&platform, "2.wasm", &second, &["--approve"]).ok();
}

#[test]
fn the_approved_version_runs_on_until_the_next_is_approved() {
    let school = School::connect(Sis::start());
    let next =
        made::oneroster(|manifest| manifest.replace("version = \"0.1.0\"", "version = \"0.1.1\""));
    let waiting = install(&school.platform, "next.wasm", &next, &[]).ok();
    assert!(waiting.stdout.contains("default/sis"), "{}", waiting.stdout);
    assert!(
        waiting.stdout.contains("stays with 0.1.0"),
        "{}",
        waiting.stdout
    );
    school.sync();
    let shown = school
        .platform
        .run(["integration", "show", NAME, "--json"])
        .ok();
    assert_eq!(shown.json()["adapterVersion"], "0.1.0");

    let approved = school
        .platform
        .run(["adapter", "approve", "oneroster"])
        .ok();
    assert!(
        approved.stdout.contains("reads with 0.1.1"),
        "{}",
        approved.stdout
    );
    school.sync();
    let shown = school
        .platform
        .run(["integration", "show", NAME, "--json"])
        .ok();
    assert_eq!(shown.json()["adapterVersion"], "0.1.1");
}

#[test]
fn an_upgrade_that_an_integration_cannot_follow_is_told() {
    let school = School::connect(Sis::start());
    let next = made::oneroster(|manifest| {
        format!(
            "{}\n[[settings]]\nkey = \"campus\"\nlabel = \"Campus\"\ntype = \"text\"\nrequired = true\n",
            manifest.replace("version = \"0.1.0\"", "version = \"0.2.0\"")
        )
    });
    let report = install(&school.platform, "next.wasm", &next, &["--json"])
        .ok()
        .json();
    let effect = &report["integrations"][0];
    assert_eq!(
        (&effect["tenant"], &effect["integration"]),
        (&"default".into(), &NAME.into())
    );
    let problem = effect["problem"].as_str().expect("a problem");
    assert!(problem.contains("campus"), "{problem}");
}

#[test]
fn what_was_approved_for_another_file_does_not_run() {
    let school = School::connect(Sis::start());
    school.sync();
    // Somebody writes to the database, and the approval is of another file.
    let database = school.platform.data().join("homeroom.db");
    let bytes = std::fs::read(&database).expect("the database");
    let list = school
        .platform
        .run(["adapter", "list", "--json"])
        .ok()
        .json();
    let digest = list[0]["digest"].as_str().expect("a digest");
    let from = format!("{{\"digest\":\"{digest}\",\"hosts\"");
    let to = format!("{{\"digest\":\"sha256:{}\",\"hosts\"", "0".repeat(64));
    let mut changed = bytes.clone();
    let mut count = 0;
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from.as_bytes()) {
            changed[at..at + to.len()].copy_from_slice(to.as_bytes());
            count += 1;
        }
    }
    assert!(count > 0, "the approval is in the database");
    std::fs::write(&database, changed).expect("written");
    let refused = school.platform.sync(NAME, &[]).ends_with(1);
    assert_eq!(
        refused.json()["code"],
        "approval-mismatch",
        "{}",
        refused.stderr
    );
}
