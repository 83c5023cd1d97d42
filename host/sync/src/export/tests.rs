//! What a bundle of a small district looks like, and when none is written.

mod district;
mod roles;

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use homeroom_roster::state::Status;

use super::{ExportError, write};
use district::{OTHER_SIS, district, names, org};

/// A folder that is gone when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(test: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("homeroom-export-{test}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Scratch(path)
    }

    fn entries(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(&self.0)
            .expect("readable")
            .map(|entry| {
                entry
                    .expect("entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        names.sort();
        names
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A file's header and rows.
fn read(folder: &Path, name: &str) -> (Vec<String>, Vec<BTreeMap<String, String>>) {
    let mut csv = csv::Reader::from_path(folder.join(name)).expect("a CSV file");
    let header: Vec<String> = csv
        .headers()
        .expect("a header")
        .iter()
        .map(str::to_owned)
        .collect();
    let rows = csv
        .records()
        .map(|record| {
            let record = record.expect("as many cells as the header");
            header
                .iter()
                .cloned()
                .zip(record.iter().map(str::to_owned))
                .collect()
        })
        .collect();
    (header, rows)
}

fn column(rows: &[BTreeMap<String, String>], name: &str) -> Vec<String> {
    rows.iter().map(|row| row[name].clone()).collect()
}

#[test]
fn headers_are_the_standards() {
    let scratch = Scratch::new("headers");
    write(&district(), &names(), &scratch.0.join("out")).expect("written");
    let header = |name: &str| {
        let content = fs::read_to_string(scratch.0.join("out").join(name)).expect("there");
        content.lines().next().unwrap_or_default().to_owned()
    };
    let begin = "sourcedId,status,dateLastModified";
    assert_eq!(
        header("orgs.csv"),
        format!("{begin},name,type,identifier,parentSourcedId")
    );
    assert_eq!(
        header("academicSessions.csv"),
        format!("{begin},title,type,startDate,endDate,parentSourcedId,schoolYear")
    );
    assert_eq!(
        header("classes.csv"),
        format!(
            "{begin},title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,\
             termSourcedIds,subjects,subjectCodes,periods"
        )
    );
    assert_eq!(
        header("users.csv"),
        format!(
            "{begin},enabledUser,username,userIds,givenName,familyName,middleName,identifier,\
             email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,\
             preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,\
             pronouns"
        )
    );
    assert_eq!(
        header("enrollments.csv"),
        format!(
            "{begin},classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate"
        )
    );
}

#[test]
fn the_manifest_names_every_file() {
    let scratch = Scratch::new("manifest");
    let folder = scratch.0.join("out");
    write(&district(), &names(), &folder).expect("written");
    let manifest = fs::read_to_string(folder.join("manifest.csv")).expect("there");
    assert!(
        manifest.starts_with("propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\n")
    );
    let files: Vec<_> = manifest
        .lines()
        .filter(|line| line.starts_with("file."))
        .collect();
    assert_eq!(files.len(), 21);
    for line in files {
        let (name, how) = line["file.".len()..].split_once(',').expect("two cells");
        assert_eq!(
            folder.join(format!("{name}.csv")).exists(),
            how == "bulk",
            "{line}"
        );
    }
}

#[test]
fn references_lead_to_records_of_the_bundle() {
    let scratch = Scratch::new("references");
    let folder = scratch.0.join("out");
    let summary = write(&district(), &names(), &folder).expect("written");
    let (_, orgs) = read(&folder, "orgs.csv");
    let (_, sessions) = read(&folder, "academicSessions.csv");
    let (_, courses) = read(&folder, "courses.csv");
    let (_, classes) = read(&folder, "classes.csv");
    let (_, users) = read(&folder, "users.csv");
    let (_, roles) = read(&folder, "roles.csv");
    let (_, enrollments) = read(&folder, "enrollments.csv");
    assert_eq!(column(&orgs, "sourcedId"), ["D", "S1"]);
    assert_eq!(column(&sessions, "schoolYear"), ["2025", "2025"]);
    assert_eq!(
        column(&classes, "sourcedId"),
        ["K1", "K3"],
        "K2's school is archived"
    );
    assert_eq!(column(&classes, "title")[0], "Maths, \"set\" 1 lower");
    assert_eq!(
        column(&enrollments, "userSourcedId"),
        ["u-student", "u-teacher"]
    );
    assert_eq!(column(&enrollments, "primary"), ["", "true"]);

    let ids = |rows: &[BTreeMap<String, String>]| -> HashSet<String> {
        let ids: HashSet<_> = column(rows, "sourcedId").into_iter().collect();
        assert_eq!(ids.len(), rows.len(), "ids are unique");
        ids
    };
    let leads = |rows: &[BTreeMap<String, String>], name: &str, to: &HashSet<String>| {
        for cell in column(rows, name) {
            for id in cell.split(',').filter(|id| !id.is_empty()) {
                assert!(to.contains(id), "{name}: {id}");
            }
        }
    };
    let (org_ids, session_ids, user_ids) = (ids(&orgs), ids(&sessions), ids(&users));
    leads(&orgs, "parentSourcedId", &org_ids);
    leads(&sessions, "parentSourcedId", &session_ids);
    leads(&courses, "orgSourcedId", &org_ids);
    leads(&classes, "courseSourcedId", &ids(&courses));
    leads(&classes, "schoolSourcedId", &org_ids);
    leads(&classes, "termSourcedIds", &session_ids);
    leads(&users, "agentSourcedIds", &user_ids);
    leads(&users, "primaryOrgSourcedId", &org_ids);
    leads(&roles, "userSourcedId", &user_ids);
    leads(&roles, "orgSourcedId", &org_ids);
    leads(&enrollments, "classSourcedId", &ids(&classes));
    leads(&enrollments, "userSourcedId", &user_ids);
    ids(&roles);
    ids(&enrollments);
    for rows in [
        &orgs,
        &sessions,
        &courses,
        &classes,
        &users,
        &roles,
        &enrollments,
    ] {
        assert!(
            column(rows, "status").iter().all(String::is_empty),
            "a bulk file"
        );
    }
    // Class K2, its enrollment, and that of the user who left.
    assert_eq!(summary.left_out, 3);
    assert_eq!(
        summary.incomplete,
        [
            (1, "courses without an org".to_owned()),
            (1, "classes without a course".to_owned())
        ]
    );
    assert_eq!((summary.users, summary.enrollments), (4, 2));
}

#[test]
fn guardians_are_agents_both_ways_and_have_their_students_school() {
    let scratch = Scratch::new("guardians");
    let folder = scratch.0.join("out");
    write(&district(), &names(), &folder).expect("written");
    let (_, users) = read(&folder, "users.csv");
    let agents: Vec<_> = users
        .iter()
        .map(|row| (row["sourcedId"].as_str(), row["agentSourcedIds"].as_str()))
        .collect();
    assert_eq!(
        agents,
        [
            ("u-parent", "u-student"),
            ("u-staff", ""),
            ("u-student", "u-parent,u-teacher"),
            ("u-teacher", "u-student"),
        ]
    );
    assert_eq!(users[2]["userIds"], "{riverside:77}");
    assert_eq!(users[2]["givenName"], "=Zoë", "values are as they are");
    let (_, roles) = read(&folder, "roles.csv");
    let told: Vec<_> = roles
        .iter()
        .map(|row| ["userSourcedId", "roleType", "role", "orgSourcedId"].map(|name| &*row[name]))
        .collect();
    assert_eq!(
        told,
        [
            ["u-parent", "primary", "parent", "S1"],
            ["u-staff", "primary", "districtAdministrator", "D"],
            ["u-student", "primary", "student", "S1"],
            ["u-teacher", "primary", "teacher", "S1"],
            ["u-teacher", "secondary", "parent", "S1"],
        ]
    );
}

#[test]
fn ids_that_two_providers_use_are_told_apart() {
    let scratch = Scratch::new("ids");
    let folder = scratch.0.join("out");
    let mut roster = district();
    roster
        .orgs
        .push(org(3, OTHER_SIS, "S1", Status::Active, Some(0)));
    roster
        .orgs
        .push(org(4, OTHER_SIS, "riverside/S1", Status::Active, Some(0)));
    write(&roster, &names(), &folder).expect("written");
    let (_, orgs) = read(&folder, "orgs.csv");
    assert_eq!(
        column(&orgs, "sourcedId"),
        ["D", "lakeside/S1", "riverside/S1", "riverside/S1~"]
    );
    let (_, classes) = read(&folder, "classes.csv");
    assert_eq!(column(&classes, "schoolSourcedId")[0], "riverside/S1~");
}

#[test]
fn a_second_export_is_the_same_and_takes_the_firsts_place() {
    let scratch = Scratch::new("again");
    let folder = scratch.0.join("deep").join("out");
    write(&district(), &names(), &folder).expect("written");
    let first = fs::read(folder.join("enrollments.csv")).expect("there");
    write(&district(), &names(), &folder).expect("replaced");
    assert_eq!(
        fs::read(folder.join("enrollments.csv")).expect("there"),
        first
    );
    let beside: Vec<_> = fs::read_dir(scratch.0.join("deep"))
        .expect("readable")
        .collect();
    assert_eq!(beside.len(), 1, "nothing is left beside it");
}

#[test]
fn other_peoples_files_are_never_replaced() {
    let scratch = Scratch::new("foreign");
    let mine = scratch.0.join("thesis.txt");
    fs::write(&mine, "years of work").expect("writable");
    let error = write(&district(), &names(), &scratch.0).expect_err("refused");
    assert!(matches!(error, ExportError::Occupied { .. }), "{error}");
    assert!(error.to_string().contains("thesis.txt"), "{error}");

    // Beside an earlier export, too.
    let folder = scratch.0.join("out");
    write(&district(), &names(), &folder).expect("written");
    fs::write(folder.join("notes.txt"), "mine").expect("writable");
    let error = write(&district(), &names(), &folder).expect_err("refused");
    assert_eq!(error.code(), "folder-not-empty");

    // Another system's bundle.
    let folder = scratch.0.join("vendor");
    fs::create_dir(&folder).expect("a folder");
    fs::write(folder.join("manifest.csv"), "propertyName,value\n").expect("writable");
    let error = write(&district(), &names(), &folder).expect_err("refused");
    assert!(
        error.to_string().contains("another system's bundle"),
        "{error}"
    );
    assert_eq!(scratch.entries(), ["out", "thesis.txt", "vendor"]);
    assert_eq!(fs::read_to_string(mine).expect("there"), "years of work");
}

#[test]
fn a_file_in_the_folders_place_is_an_error() {
    let scratch = Scratch::new("file");
    let file = scratch.0.join("roster");
    fs::write(&file, "x").expect("writable");
    let error = write(&district(), &names(), &file).expect_err("refused");
    assert_eq!(error.code(), "file");
    assert_eq!(scratch.entries(), ["roster"]);
}
