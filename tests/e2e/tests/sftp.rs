//! OneRoster CSV from a real OpenSSH server.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use e2e::{NAME, Platform, Sshd};
use fake_sis::Version;
use serde_json::Value;

use crate::files::{contents, csv_platform, directory, pack, write};

const QUICK: [&str; 4] = ["--set", "settle-seconds=1", "--set", "wait-minutes=1"];

fn connect(platform: &Platform, server: &Sshd, path: &Path, more: &[&str]) {
    let endpoint = server.endpoint(path);
    let (user, key) = (server.user(), server.key());
    let mut arguments = vec!["integration", "edit", NAME, "--endpoint", &endpoint];
    arguments.extend(["--client-id", &user, "--client-secret-file"]);
    arguments.push(key.to_str().expect("UTF-8"));
    arguments.extend(["--allow-private-network"]);
    arguments.extend(QUICK);
    arguments.extend(more);
    platform.run(arguments).ok();
}

fn approve(platform: &Platform, server: &Sshd) {
    let key = server.fingerprint();
    platform
        .run(["integration", "edit", NAME, "--host-key", &key])
        .ok();
}

fn test(platform: &Platform, exit: i32) -> Value {
    platform
        .run(["integration", "test", NAME, "--json"])
        .ends_with(exit)
        .json()
}

fn failing(platform: &Platform) -> Value {
    platform.sync(NAME, &[]).ends_with(1).json()
}

#[test]
fn trap_66_a_server_is_read_once_its_key_is_approved_and_never_when_it_changes() {
    let Some(server) = Sshd::start() else { return };
    let place = tempfile::tempdir().expect("a temporary folder");
    write(Version::V1p2, place.path());
    let platform = csv_platform(&directory(), &[]);
    connect(&platform, &server, place.path(), &[]);

    let report = test(&platform, 1);
    assert_eq!(report["code"], "host-key-unapproved");
    assert!(
        report.to_string().contains(&server.fingerprint()),
        "{report}"
    );
    assert_eq!(failing(&platform)["code"], "host-key-unapproved");

    approve(&platform, &server);
    let report = test(&platform, 0);
    assert!(report["schools"].as_array().is_some_and(|s| !s.is_empty()));
    platform.sync(NAME, &[]).ok();
    let roster = platform.roster();
    let local = csv_platform(&directory(), &[]);
    let folder = place.path().to_str().expect("UTF-8");
    local.sync(NAME, &["--files", folder]).ok();
    assert_eq!(roster, local.roster());

    // Yesterday's files again.
    let again = platform.sync(NAME, &[]).ok().json();
    assert_eq!(e2e::total_changes(&again), 0);

    let server = server.with_another_key();
    assert_eq!(failing(&platform)["code"], "host-key-changed");
    assert_eq!(platform.roster(), roster);
    approve(&platform, &server);
    platform.sync(NAME, &[]).ok();
}

#[test]
fn trap_66_a_zip_a_wrong_path_a_strange_key_and_a_forbidden_network() {
    let Some(server) = Sshd::start() else { return };
    let place = tempfile::tempdir().expect("a temporary folder");
    let folder = place.path().join("bundle");
    write(Version::V1p1, &folder);
    let drop = place.path().join("drop");
    fs::create_dir(&drop).expect("a folder");
    pack(&drop.join("Roster 1.zip"), &contents(&folder, ""));
    let platform = csv_platform(&directory(), &[]);
    connect(&platform, &server, &drop, &[]);
    approve(&platform, &server);
    platform.sync(NAME, &[]).ok();
    let roster = platform.roster();
    connect(&platform, &server, &drop.join("Roster%201.zip"), &[]);
    let again = platform.sync(NAME, &[]).ok().json();
    assert_eq!(e2e::total_changes(&again), 0);

    // A folder of files that also has a zip may hold yesterday's in either.
    fs::copy(folder.join("users.csv"), drop.join("users.csv")).expect("a file is copied");
    connect(&platform, &server, &drop, &[]);
    assert_eq!(failing(&platform)["code"], "files-ambiguous");

    connect(&platform, &server, &place.path().join("nowhere"), &[]);
    assert_eq!(failing(&platform)["code"], "not-found");
    connect(&platform, &server, &folder, &[]);
    let strange = server.strange_key();
    let strange = strange.to_str().expect("UTF-8");
    let edit = ["integration", "edit", NAME, "--client-secret-file", strange];
    platform.run(edit).ok();
    assert_eq!(failing(&platform)["code"], "unauthorised");
    let public = server.key().with_extension("pub");
    let public = public.to_str().expect("UTF-8");
    let edit = ["integration", "edit", NAME, "--client-secret-file", public];
    platform.run(edit).ok();
    let report = failing(&platform);
    assert_eq!(report["code"], "missing-credentials");
    assert!(report.to_string().contains("public half"), "{report}");
    let edit = ["integration", "edit", NAME, "--allow-private-network=false"];
    platform.run(edit).ok();
    assert_eq!(failing(&platform)["code"], "denied");
    assert_eq!(platform.roster(), roster);
}

#[test]
fn trap_66_files_that_are_being_written_are_waited_for() {
    let Some(server) = Sshd::start() else { return };
    let place = tempfile::tempdir().expect("a temporary folder");
    write(Version::V1p2, place.path());
    let path = place.path().join("enrollments.csv");
    let whole = fs::read(&path).expect("readable");
    let local = csv_platform(&directory(), &[]);
    let folder = place.path().to_str().expect("UTF-8");
    local.sync(NAME, &["--files", folder]).ok();

    let platform = csv_platform(&directory(), &[]);
    connect(&platform, &server, place.path(), &[]);
    approve(&platform, &server);
    let mut file = fs::File::create(&path).expect("a file");
    let writer = std::thread::spawn(move || {
        for piece in whole.chunks(whole.len().div_ceil(16)) {
            file.write_all(piece).expect("written");
            std::thread::sleep(Duration::from_millis(300));
        }
    });
    platform.sync(NAME, &[]).ok();
    writer.join().expect("the writer ends");
    assert_eq!(platform.roster(), local.roster());
}
