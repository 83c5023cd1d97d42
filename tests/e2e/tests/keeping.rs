//! What is kept and for how long: edits at once, an undo with all that it takes
//! back, records of another version, old runs.

use district::{Night, Spec};
use e2e::{NAME, School, Sis, small, total_changes};
use serde_json::Value;

fn codes(school: &School, report: &Value) -> Vec<String> {
    let findings = school.platform.findings(report);
    findings
        .iter()
        .map(|finding| finding["code"].as_str().expect("a code").to_owned())
        .collect()
}

#[test]
fn edits_at_once_all_count() {
    let school = School::connect(Sis::start());
    let ids: Vec<String> = (0..8).map(|number| format!("school-{number}")).collect();
    let edits: Vec<_> = ids
        .iter()
        .map(|id| {
            school
                .platform
                .start(["integration", "exclude-schools", NAME, id])
        })
        .collect();
    for mut edit in edits {
        assert_eq!(edit.wait(), Some(0));
    }
    let shown = school
        .platform
        .run(["integration", "show", NAME, "--json"])
        .ok()
        .json();
    assert_eq!(shown["excludedSchools"], serde_json::json!(ids));
}

#[test]
fn records_of_another_version_stand_in_nobody_s_way() {
    let school = School::connect(Sis::start());
    school.sync();
    let (roster, unmatched) = (school.platform.roster(), school.platform.unmatched());
    assert!(!unmatched.is_empty());
    assert!(school.platform.sql("UPDATE pages SET format = 0") > 1);

    let report = school.sync();
    assert_eq!(total_changes(&report), 0, "{}", report["changes"]);
    let found = school.platform.findings(&report);
    let outdated: Vec<_> = found
        .iter()
        .filter(|finding| finding["code"] == "stored-records-outdated")
        .collect();
    assert_eq!(outdated.len(), 1, "{found:?}");
    assert_eq!(outdated[0]["source"], "directory");
    let detail = outdated[0]["detail"].as_str().expect("a sentence");
    assert!(detail.contains("import the directory"), "{detail}");
    assert_eq!(school.platform.roster(), roster);

    // The other provider waits for the first as little.
    school.platform.sql("UPDATE pages SET format = 0");
    let directory = school.sis.directory();
    let report = school.platform.import_directory(&directory).ok().json();
    assert_eq!(total_changes(&report), 0, "{}", report["changes"]);
    assert!(codes(&school, &report).contains(&"stored-records-outdated".to_owned()));
    assert_eq!(school.platform.roster(), roster);
    assert_eq!(school.platform.unmatched().len(), unmatched.len());

    let report = school.sync();
    assert_eq!(total_changes(&report), 0);
    assert!(!codes(&school, &report).contains(&"stored-records-outdated".to_owned()));
    assert_eq!(school.platform.roster(), roster);
    assert_eq!(school.platform.unmatched(), unmatched);
}

#[test]
fn an_undo_takes_back_the_list_of_the_unmatched() {
    let mut school = School::connect(Sis::start());
    school.sync();
    let before = (school.platform.roster(), school.platform.unmatched());
    school.sis.turn_to(Spec {
        night: Night {
            joined: 4,
            moved: 4,
            ..Night::default()
        },
        ..small()
    });
    let report = school.sync();
    assert!(total_changes(&report) > 0);
    assert_ne!(school.platform.unmatched(), before.1);
    let run = report["run"].to_string();
    school.platform.run(["run", "undo", &run, "--json"]).ok();
    assert_eq!(
        (school.platform.roster(), school.platform.unmatched()),
        before
    );

    // The source still says what was taken back: a person decides.
    let again = school.platform.sync(NAME, &[]).ends_with(4).json();
    assert_eq!(again["code"], "redo-after-undo");
    assert_eq!(school.platform.unmatched(), before.1);
    let run = again["run"].to_string();
    school.platform.run(["run", "approve", &run]).ok();
    assert_eq!(total_changes(&school.sync()), 0);
}

#[test]
fn a_run_that_read_another_source_is_not_applied() {
    let school = School::connect(Sis::start());
    let preview = school.platform.sync(NAME, &["--preview"]).ok().json();
    let other = Sis::start();
    let secret = school.platform.file("other", other.client_secret());
    let (endpoint, token_url) = (other.endpoint(), other.token_url());
    let mut edit = vec!["--endpoint", &endpoint, "--token-url", &token_url];
    edit.extend(["--client-secret-file", &secret]);
    school.edit(&edit).ok();
    let run = preview["run"].to_string();
    let refused = school
        .platform
        .run(["run", "approve", &run, "--json"])
        .ends_with(1)
        .json();
    assert_eq!(refused["code"], "source-replaced");
}

#[test]
fn old_runs_lose_their_details_and_say_so() {
    let school = School::connect(Sis::start());
    let first = school.sync();
    let run = first["run"].to_string();
    let directory = school.sis.directory();
    let file = school.platform.file("directory.csv", &directory);
    for name in ["one", "two"] {
        let wrong = ["directory", "import", &file, "--name", name];
        let mut command = school.platform.command(wrong);
        let command = command.env("HOMEROOM_KEEP_DAYS", name);
        assert_eq!(command.status().expect("it starts").code(), Some(2));
    }
    let sync = |times: u32| {
        for _ in 0..times {
            let mut command = school.platform.command(["sync", NAME, "--json"]);
            let command = command.env("HOMEROOM_KEEP_DAYS", "0");
            let output = command.output().expect("it starts");
            assert!(output.status.success(), "{output:?}");
        }
    };
    sync(29);
    assert_eq!(
        school.platform.show(&first["run"])["dropped"],
        serde_json::json!([])
    );
    sync(2);
    let shown = school.platform.show(&first["run"]);
    assert_eq!(shown["dropped"][0]["what"], "details");
    assert_eq!(shown["counts"], first["counts"]);
    let told = school.platform.run(["run", "show", &run]).ok();
    assert!(
        told.stdout.contains("log were dropped at"),
        "{}",
        told.stdout
    );
    let gone = school
        .platform
        .run(["run", "findings", &run, "--json"])
        .ends_with(1)
        .json();
    assert_eq!(gone["code"], "details-gone");
    let log = school.platform.run(["run", "log", &run, "--json"]).ok();
    assert_eq!(log.json()["requests"], serde_json::json!([]));
}
