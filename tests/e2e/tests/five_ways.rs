//! One district, five ways: REST 1.1, REST 1.2, CSV 1.1, CSV 1.2 and CSV over
//! SFTP give one roster.
//!
//! The source makes the users here and brings the guardians along, so that all
//! that a district has is compared: orgs, sessions, courses, classes, users with
//! names, numbers, emails, roles, guardians and links, and who is in which class.
//!
//! Within one version of the standard everything is the same, to the last
//! character and id. Between the versions four things differ, because 1.1 has
//! no place for them, and nothing else does; [`as_v1p1`] and
//! [`without_names_of_roles`] take just these out:
//!
//! - 1.1 has no preferred names, and no primary org: that of somebody with two is
//!   the first that is named.
//! - 1.1 has fewer roles: a principal is an `administrator` (which the export
//!   calls `siteAdministrator` at a school) and a counselor an `aide`.
//! - 1.1 says one role in a record. Who has a second one at the same school has
//!   a second record for it, which the district here does for members of staff
//!   who are parents; the counselor's work of some teachers has none, so 1.1
//!   does not know of it.
//!
//! Ids differ nowhere: of the standard's, only those of roles.csv could, and the
//! export makes these itself, out of user, role and org; so they are compared
//! where the roles are the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use district::{District, Spec};
use e2e::{NAME, Platform, School, Sis, Sshd, small};
use fake_sis::{Behaviour, Version, write_csv_as};
use serde_json::Value;

use crate::files::{contents, csv_platform, pack};

const EVERYTHING: [&str; 4] = [
    "--set",
    "attach-only=false",
    "--set",
    "parents=parent,guardian,relative",
];

/// A district whose staff have a record for each role, as 1.1 has it.
fn spec() -> Spec {
    Spec {
        split_roles: true,
        ..small()
    }
}

fn directory() -> String {
    e2e::directory_csv(&District::new(spec()))
}

/// What came out of one way.
struct Way {
    name: &'static str,
    /// Received, imported, skipped, failed by collection, and the counts.
    numbers: Value,
    roster: BTreeMap<String, Vec<Row>>,
}

/// A row by its columns.
type Row = BTreeMap<String, String>;

impl Way {
    fn of(name: &'static str, platform: &Platform, report: &Value) -> Self {
        let kept = [
            "received",
            "imported",
            "skipped",
            "failed",
            "counts",
            "findingCodes",
        ];
        let numbers = kept.map(|key| (key.to_owned(), report[key].clone()));
        Way {
            name,
            numbers: Value::Object(numbers.into_iter().collect()),
            roster: exported(platform),
        }
    }
}

/// The export and the list of users, each file's rows sorted. The moments of
/// change are left out: they differ between two runs of the same data.
fn exported(platform: &Platform) -> BTreeMap<String, Vec<Row>> {
    let place = tempfile::tempdir().expect("a temporary folder");
    let folder = place.path().join("export");
    let path = folder.to_str().expect("UTF-8");
    platform.run(["roster", "export", path]).ok();
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(&folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let mut reader = csv::Reader::from_path(&path).expect("a CSV file");
        let mut rows: Vec<Row> = reader
            .deserialize()
            .map(|row| row.expect("a row"))
            .collect();
        for row in &mut rows {
            row.remove("dateLastModified");
        }
        rows.sort();
        files.insert(name, rows);
    }
    let mut users: Vec<Row> = platform.users().iter().map(listed).collect();
    users.sort();
    files.insert("user list".to_owned(), users);
    files
}

fn listed(user: &Value) -> Row {
    let columns = user.as_object().expect("an object").iter();
    columns
        .map(|(name, value)| (name.clone(), value.to_string()))
        .collect()
}

fn over_rest(name: &'static str, version: Version) -> Way {
    let behaviour = Behaviour {
        only: Some(version),
        ..Behaviour::default()
    };
    let school = School::prepare(Sis::serve(spec(), behaviour));
    let endpoint = school.sis.endpoint_of(version);
    school.add_at(&endpoint, &EVERYTHING).ok();
    let report = school.sync();
    let again = school.sync();
    assert_eq!(e2e::total_changes(&again), 0, "{name}, the second time");
    Way::of(name, &school.platform, &report)
}

fn over_files(name: &'static str, files: &Path) -> Way {
    let platform = csv_platform(&directory(), &EVERYTHING);
    let files = files.to_str().expect("UTF-8");
    let report = platform.sync(NAME, &["--files", files]).ok().json();
    let again = platform.sync(NAME, &["--files", files]).ok().json();
    assert_eq!(e2e::total_changes(&again), 0, "{name}, the second time");
    Way::of(name, &platform, &report)
}

fn over_sftp(name: &'static str, server: &Sshd, path: &Path) -> Way {
    let platform = csv_platform(&directory(), &EVERYTHING);
    let (endpoint, user, key) = (server.endpoint(path), server.user(), server.key());
    let fingerprint = server.fingerprint();
    let mut edit = vec!["integration", "edit", NAME, "--endpoint", &endpoint];
    edit.extend(["--client-id", &user, "--allow-private-network"]);
    edit.extend(["--client-secret-file", key.to_str().expect("UTF-8")]);
    edit.extend(["--host-key", &fingerprint, "--set", "settle-seconds=1"]);
    platform.run(edit).ok();
    let report = platform.sync(NAME, &[]).ok().json();
    Way::of(name, &platform, &report)
}

/// What 1.2 gave, less what 1.1 cannot say.
fn as_v1p1(mut way: Way) -> Way {
    for row in way.roster.get_mut("users.csv").into_iter().flatten() {
        row.insert("preferredGivenName".to_owned(), String::new());
    }
    let roles = way.roster.get_mut("roles.csv").expect("there are roles");
    let user = |row: &Row| row["userSourcedId"].clone();
    let teachers: BTreeSet<_> = roles
        .iter()
        .filter(|row| row["role"] == "teacher")
        .map(user)
        .collect();
    roles.retain(|row| row["role"] != "counselor" || !teachers.contains(&user(row)));
    for row in roles.iter_mut() {
        let v1p1 = match row["role"].as_str() {
            "counselor" => "aide",
            "principal" => "siteAdministrator",
            _ => continue,
        };
        row.insert("role".to_owned(), v1p1.to_owned());
        row.remove("sourcedId");
    }
    // The directory may call an aide whom the SIS calls a counselor.
    let place = |row: &Row| ["userSourcedId", "orgSourcedId", "role"].map(|name| row[name].clone());
    roles.sort_by_key(|row| (place(row), row["roleType"].clone()));
    roles.dedup_by_key(|row| place(row));
    way
}

/// Of the roles that 1.1 calls otherwise, the ids differ with the name; the list
/// of users says once more what roles.csv says; and 1.1 names no primary org.
fn without_names_of_roles(mut way: Way) -> Way {
    for row in way.roster.get_mut("users.csv").into_iter().flatten() {
        row.remove("primaryOrgSourcedId");
    }
    for user in way.roster.get_mut("user list").into_iter().flatten() {
        user.remove("roles");
    }
    for row in way.roster.get_mut("roles.csv").into_iter().flatten() {
        if ["aide", "siteAdministrator"].contains(&row["role"].as_str()) {
            row.remove("sourcedId");
        }
    }
    way
}

/// Names the first rows that differ; thousands of lines help nobody.
fn assert_same(one: &Way, other: &Way) {
    let names = format!("{} and {}", one.name, other.name);
    assert_eq!(one.numbers, other.numbers, "{names}");
    let files = |way: &Way| way.roster.keys().cloned().collect::<Vec<_>>();
    assert_eq!(files(one), files(other), "{names}");
    for (file, rows) in &one.roster {
        let others = &other.roster[file];
        let (ours, theirs): (BTreeSet<_>, BTreeSet<_>) =
            (rows.iter().collect(), others.iter().collect());
        let differ: Vec<_> = ours.symmetric_difference(&theirs).take(6).collect();
        assert!(differ.is_empty(), "{file} of {names}: {differ:#?}");
        assert_eq!(rows.len(), others.len(), "{file} of {names}");
    }
}

#[test]
fn one_district_read_in_five_ways_is_one_roster() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let folder = |version: Version, name: &str| {
        let folder = place.path().join(name);
        write_csv_as(&District::new(spec()), version, &folder).expect("a bundle is written");
        folder
    };
    let (csv_v1p1, csv_v1p2) = (folder(Version::V1p1, "v1p1"), folder(Version::V1p2, "v1p2"));
    let zip = place.path().join("v1p2.zip");
    pack(&zip, &contents(&csv_v1p2, ""));

    let v1p1 = over_rest("REST 1.1", Version::V1p1);
    let v1p2 = over_rest("REST 1.2", Version::V1p2);
    assert_same(&v1p1, &over_files("CSV 1.1", &csv_v1p1));
    assert_same(&v1p2, &over_files("CSV 1.2, zip", &zip));
    assert_same(&v1p2, &over_files("CSV 1.2, folder", &csv_v1p2));
    if let Some(server) = Sshd::start() {
        assert_same(&v1p1, &over_sftp("CSV 1.1, SFTP", &server, &csv_v1p1));
        assert_same(&v1p2, &over_sftp("CSV 1.2, SFTP", &server, &zip));
    }

    // That the comparison is one of something.
    for (file, least) in [
        ("users.csv", 500),
        ("enrollments.csv", 1_000),
        ("classes.csv", 50),
    ] {
        assert!(v1p2.roster[file].len() >= least, "{file}");
    }
    let has = |way: &Way, file: &str, column: &str, value: &str| {
        way.roster[file].iter().any(|row| row[column] == value)
    };
    for role in [
        "student",
        "teacher",
        "parent",
        "guardian",
        "relative",
        "principal",
        "counselor",
    ] {
        assert!(has(&v1p2, "roles.csv", "role", role), "{role}");
    }
    assert!(
        v1p2.roster["users.csv"]
            .iter()
            .any(|row| !row["agentSourcedIds"].is_empty())
    );
    assert!(
        v1p2.roster["users.csv"]
            .iter()
            .any(|row| !row["preferredGivenName"].is_empty())
    );

    assert_same(
        &without_names_of_roles(v1p1),
        &as_v1p1(without_names_of_roles(v1p2)),
    );
}
