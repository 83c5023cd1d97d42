//! A role at one school is none at another: what a source says of a person who
//! teaches at one school and is a parent at the next is what is handed on, over
//! HTTP and from files.

use std::fs;

use e2e::{Hand, NAME, Platform, total_changes};
use fake_sis::Resource;
use serde_json::Value;

use crate::files::csv_platform;

const OTHER_SCHOOL: &str = r#"{"sourcedId":"s2","name":"Elm School","type":"school"}"#;

/// Eve: a teacher at `s1`, a parent at `s2`, and which of them is primary.
fn eve(marks: [&str; 2], primary_org: &str) -> String {
    let [teacher, parent] = marks;
    format!(
        r#"{{"sourcedId":"u3","givenName":"Eve","familyName":"East","email":"eve@x.org","enabledUser":"true"{primary_org},"roles":[{{"roleType":"{teacher}","role":"teacher","org":{{"sourcedId":"s1"}}}},{{"roleType":"{parent}","role":"parent","org":{{"sourcedId":"s2"}}}}]}}"#
    )
}

/// What the export says of Eve: roles as `role org`, with `!` behind the primary
/// one, and the primary org.
fn exported(platform: &Platform) -> (Vec<String>, String) {
    let roster = platform.roster();
    let rows = |file: &str| -> Vec<Vec<String>> {
        let lines = roster[file].iter();
        lines
            .map(|line| line.split('\u{1f}').map(str::to_owned).collect())
            .collect()
    };
    let users = rows("users.csv");
    let eve = users
        .iter()
        .find(|row| row.iter().any(|cell| cell == "eve@x.org"))
        .expect("Eve is exported");
    let [id, .., org, _pronouns] = eve.as_slice() else {
        panic!("too few cells: {eve:?}");
    };
    let mut roles: Vec<String> = rows("roles.csv")
        .iter()
        .filter(|row| row[2] == *id)
        .map(|row| {
            let mark = if row[3] == "primary" { "!" } else { "" };
            format!("{} {}{mark}", row[4], row[7])
        })
        .collect();
    roles.sort();
    (roles, org.clone())
}

#[test]
fn what_a_source_says_over_http_is_what_is_handed_on() {
    let said = eve(["primary", "secondary"], "");
    let mut place = Hand::new()
        .also(Resource::Orgs, &[OTHER_SCHOOL])
        .rows(Resource::Users, &[&said])
        .rows(Resource::Enrollments, &[])
        .rows(Resource::Classes, &[])
        .set("attach-only=false")
        .set("parents=parent")
        .connect();
    place.sync();
    let apart = ["parent s2!".to_owned(), "teacher s1!".to_owned()];
    let first = exported(&place.platform);
    assert_eq!(first, (apart.to_vec(), "s1".to_owned()));
    assert_eq!(total_changes(&place.sync()), 0);

    // The mark alone is a change that is shown, and that can be taken back.
    let before = place.platform.roster();
    let turned = eve(
        ["secondary", "primary"],
        r#","primaryOrg":{"sourcedId":"s2"}"#,
    );
    place.turn(Resource::Users, &[&turned]);
    let report = place.sync();
    assert_eq!(report["changes"]["users"]["update"], 1, "{report}");
    assert_eq!(total_changes(&report), 1);
    let run = report["run"].to_string();
    let shown = place.platform.run(["run", "changes", &run, "--json"]);
    let shown: Value = shown.ok().json();
    let fields: Vec<String> = shown[0]["fields"]
        .as_array()
        .unwrap_or_else(|| panic!("fields in {shown}"))
        .iter()
        .map(|one| format!("{}: {} -> {}", one["field"], one["before"], one["after"]))
        .collect();
    assert_eq!(
        fields,
        [
            r#""assignments": "teacher at s1 (primary),parent at s2" -> "teacher at s1,parent at s2 (primary)""#,
            r#""primaryOrg": "" -> "s2""#,
        ]
    );
    // Each is the only one at its org, so that only the primary org differs.
    assert_eq!(exported(&place.platform), (apart.to_vec(), "s2".to_owned()));
    place.platform.run(["run", "undo", &run]).ok();
    assert_eq!(place.platform.roster(), before);
}

const BUNDLE: [(&str, &str); 7] = [
    (
        "orgs.csv",
        "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n\
         s1,,,Oak School,school,,\n\
         s2,,,Elm School,school,,\n",
    ),
    (
        "academicSessions.csv",
        "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear\n\
         t1,,,Term,term,2000-01-01,2099-12-31,,2026\n",
    ),
    (
        "courses.csv",
        "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes\n\
         c1,,,,Mathematics,MA,,s1,,\n",
    ),
    (
        "classes.csv",
        "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods\n\
         k1,,,Mathematics 1,,c1,,scheduled,,s1,t1,,,\n",
    ),
    (
        "users.csv",
        "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns\n\
         u3,,,true,eve,,Eve,East,,,eve@x.org,,,,,,,,,,s2,\n",
    ),
    (
        "roles.csv",
        "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId\n\
         r1,,,u3,primary,teacher,,,s1,\n\
         r2,,,u3,secondary,parent,,,s2,\n",
    ),
    (
        "enrollments.csv",
        "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate\n\
         e1,,,k1,s1,u3,teacher,true,,\n",
    ),
];

const NOBODY_ELSE: &str = "id,email,givenName,familyName,username,role\n\
    1,ada@x.org,Ada,Young,ada,student\n";

#[test]
fn what_files_say_is_what_is_handed_on() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in BUNDLE {
        fs::write(folder.path().join(name), text).expect("a file is written");
    }
    let options = ["--set", "attach-only=false", "--set", "parents=parent"];
    let platform = csv_platform(NOBODY_ELSE, &options);
    let files = folder.path().to_str().expect("UTF-8");
    platform.sync(NAME, &["--files", files]).ok();
    let apart = ["parent s2!".to_owned(), "teacher s1!".to_owned()];
    assert_eq!(exported(&platform), (apart.to_vec(), "s2".to_owned()));
    let again = platform.sync(NAME, &["--files", files]).ok().json();
    assert_eq!(total_changes(&again), 0);
}

#[test]
fn the_bundle_that_is_handed_on_says_the_same_when_it_is_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in BUNDLE {
        fs::write(folder.path().join(name), text).expect("a file is written");
    }
    let options = ["--set", "attach-only=false", "--set", "parents=parent"];
    let first = csv_platform(NOBODY_ELSE, &options);
    let files = folder.path().to_str().expect("UTF-8");
    first.sync(NAME, &["--files", files]).ok();
    let out = first.folder().join("handed-on");
    let out = out.to_str().expect("UTF-8");
    first.run(["roster", "export", out]).ok();
    let second = csv_platform(NOBODY_ELSE, &options);
    second.sync(NAME, &["--files", out]).ok();
    assert_eq!(exported(&second), exported(&first));
}
