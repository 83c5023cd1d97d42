//! A disk that is full, and files that are damaged or of another version: an
//! error that says what is wrong and what to do, exit code 1, and nothing lost.

use std::fs;
use std::process::Command;

use e2e::{Answer, NAME, School, Sis};

/// The error says what to do, and nothing panicked.
#[track_caller]
fn told(answer: Answer, code: &str) -> String {
    let answer = answer.ends_with(1);
    let object = answer.json();
    assert_eq!(object["code"], code, "{object}");
    let remedy = object["remedy"].as_str().expect("text");
    assert!(!remedy.is_empty(), "{object}");
    assert!(!answer.stderr.contains("panicked"), "{}", answer.stderr);
    format!("{} {remedy}", object["detail"])
}

#[test]
fn a_page_that_is_gone_is_damage_and_is_read_again() {
    let school = School::connect(Sis::start());
    school.sync();
    let roster = school.platform.roster();
    school.platform.sql("DELETE FROM blobs");
    // The run has read its own pages anew; the directory's are missing.
    let text = told(school.platform.sync(NAME, &[]), "damaged");
    assert!(text.contains("import the directory again"), "{text}");
    assert_eq!(school.platform.roster(), roster);

    let directory = school.sis.directory();
    school.platform.import_directory(&directory).ok();
    school.sync();
    assert_eq!(school.platform.roster(), roster);
}

#[test]
fn bytes_that_were_altered_are_damage_and_are_read_again() {
    let school = School::connect(Sis::start());
    school.sync();
    let roster = school.platform.roster();
    let blobs = "UPDATE blobs SET bytes = x'00' WHERE hash IN
        (SELECT blob FROM pages WHERE collection = 'users' AND run = 2)";
    assert!(school.platform.sql(blobs) > 0);
    told(school.platform.sync(NAME, &[]), "damaged");
    assert_eq!(school.platform.roster(), roster);
    school.sync();
    assert_eq!(school.platform.roster(), roster);
}

#[test]
fn a_missing_adapter_file_is_no_typing_error() {
    let school = School::connect(Sis::start());
    for entry in fs::read_dir(school.platform.data().join("adapters")).expect("a folder") {
        fs::remove_file(entry.expect("an entry").path()).expect("removed");
    }
    let text = told(school.platform.sync(NAME, &[]), "damaged");
    assert!(text.contains("homeroom adapter install FILE"), "{text}");
    school.platform.install_oneroster();
    school.sync();
}

#[test]
fn what_the_caller_misspelt_is_a_typing_error() {
    let school = School::connect(Sis::start());
    for arguments in [
        ["sync", "nobody", "--json"].as_slice(),
        &["run", "show", "99", "--json"],
        &["integration", "edit", "nobody", "--json"],
    ] {
        let object = school.platform.run(arguments).ends_with(2).json();
        let remedy = object["remedy"].as_str().expect("text");
        assert!(!remedy.is_empty(), "{object}");
    }
}

#[test]
fn a_damaged_or_newer_database_is_told() {
    let school = School::connect(Sis::start());
    let path = school.platform.data().join("tenants/default.db");
    school
        .platform
        .sql("INSERT INTO _sqlx_migrations SELECT 999, description, installed_on, success, checksum, execution_time FROM _sqlx_migrations LIMIT 1");
    told(
        school.platform.run(["run", "list", "--json"]),
        "newer-schema",
    );
    school
        .platform
        .sql("DELETE FROM _sqlx_migrations WHERE version = 999");
    school.platform.run(["run", "list"]).ok();

    for log in ["default.db-wal", "default.db-shm"] {
        // Both are gone already where the last connection closed well.
        fs::remove_file(path.with_file_name(log)).ok();
    }
    let whole = fs::read(&path).expect("the database");
    let mut garbled = whole.clone();
    garbled[..100].fill(b'x');
    let cut = whole[..whole.len() / 2].to_vec();
    for damaged in [garbled, cut] {
        fs::write(&path, &damaged).expect("written");
        let answers = [
            school.platform.run(["run", "list", "--json"]),
            school.platform.sync(NAME, &[]),
        ];
        let failed = answers.into_iter().find(|answer| answer.code != Some(0));
        let text = told(failed.expect("damage is noticed"), "database");
        assert!(text.contains("restore the data directory"), "{text}");
    }
    fs::write(&path, &whole).expect("written");
    school.sync();
}

#[cfg(unix)]
#[test]
fn a_full_disk_fails_the_run_and_loses_nothing() {
    let school = School::connect(Sis::start());
    let before = school.platform.roster();
    // No file may become larger than 100 KiB, as on a disk that is full. The
    // signal that would end the process is ignored.
    let command = school.platform.command(["sync", NAME, "--json"]);
    let mut limited = Command::new("sh");
    limited
        .arg("-c")
        .arg("trap '' XFSZ; ulimit -f 200; exec \"$@\"")
        .arg("sh")
        .arg(command.get_program())
        .args(command.get_args());
    let output = limited.output().expect("sh starts");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).expect("an object");
    assert_eq!(object["code"], "database", "{object}");
    let remedy = object["remedy"].as_str().expect("text");
    assert!(remedy.contains("room"), "{object}");
    // Its end is on record: that takes less room than the run did.
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(!log.contains("transaction depth"), "{log}");
    assert_eq!(school.platform.roster(), before);
    school.sync();
}
