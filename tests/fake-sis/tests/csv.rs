//! CSV folders as a source: a district written out and read back, and files as
//! they occur.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use std::fs;
use std::path::Path;

use common::{get, open, v1p1, v1p2};
use district::{District, Spec};
use fake_sis::{FakeSis, Source, write_csv, write_directory};
use serde_json::Value;

fn rows(sis: &FakeSis, list: &str) -> Vec<Value> {
    // With its host: ids are random, and one may hold the port's digits.
    let address = sis.address().to_string();
    let text = get(&v1p2(sis, &format!("{list}?limit=5000"))).text();
    let json: Value = serde_json::from_str(&text.replace(&address, "ADDRESS")).unwrap();
    json[list].as_array().unwrap().clone()
}

#[test]
fn a_district_written_as_csv_is_served_the_same() {
    let district = District::new(Spec {
        people: 400,
        ..Spec::default()
    });
    let folder = tempfile::tempdir().unwrap();
    write_csv(&district, folder.path()).unwrap();
    let written = FakeSis::spawn(Source::csv(folder.path()).unwrap(), open()).unwrap();
    let made = FakeSis::spawn(Source::from(district), open()).unwrap();
    for list in [
        "orgs",
        "academicSessions",
        "courses",
        "classes",
        "users",
        "enrollments",
    ] {
        let (written, made) = (rows(&written, list), rows(&made, list));
        assert_eq!(written.len(), made.len());
        for (mut written, mut made) in written.into_iter().zip(made) {
            // A bulk file does not say when a row was changed.
            written["dateLastModified"] = Value::Null;
            made["dateLastModified"] = Value::Null;
            assert_eq!(written, made);
        }
    }
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).unwrap();
}

#[test]
fn a_1_1_folder_with_odd_files_is_served_in_both_versions() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "orgs.csv",
        "\u{feff}\"sourcedId\",\"name\",\"type\",\"parentSourcedId\",\"metadata.city\"\r\n\
         \"1\",\"Nordmøre\",\"district\",\"\",\"Kristiansund\"\r\n\"a b/2\",\"Skole\",\"school\",\"1\",\"\"\r\n",
    );
    write(
        folder.path(),
        "users.csv",
        "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,\
         familyName,email,grades\n\
         007,tobedeleted,2026-04-26T12:00:00Z,TRUE,\"a b/2,1\",student,,\"{LDAP:12},{x}\",Åse,\"O\"\"B\",,\"09,10\"\n",
    );
    let sis = FakeSis::spawn(Source::csv(folder.path()).unwrap(), open()).unwrap();
    let old = &get(&v1p1(&sis, "users")).json()["users"][0];
    assert_eq!(old["sourcedId"], "007");
    assert_eq!(old["status"], "tobedeleted");
    assert_eq!(old["dateLastModified"], "2026-04-26T12:00:00.000Z");
    assert_eq!(old["role"], "student");
    assert_eq!(old["enabledUser"], true);
    assert_eq!(old["username"], "");
    assert_eq!(old["orgs"].as_array().unwrap().len(), 2);
    assert_eq!(old["familyName"], "O\"B");
    assert_eq!(old["grades"], serde_json::json!(["09", "10"]));
    assert_eq!(
        old["userIds"][0],
        serde_json::json!({"type": "LDAP", "identifier": "12"})
    );
    assert!(old.get("email").is_none());
    let new = &get(&v1p2(&sis, "users")).json()["users"][0];
    assert_eq!(new["roles"][0]["roleType"], "primary");
    assert_eq!(new["roles"][1]["org"]["sourcedId"], "1");
    let orgs = get(&v1p2(&sis, "orgs")).json();
    assert_eq!(orgs["orgs"][0]["metadata"]["city"], "Kristiansund");
    let child = &orgs["orgs"][0]["children"][0];
    assert_eq!(child["sourcedId"], "a b/2");
    let followed = get(child["href"].as_str().unwrap()).json();
    assert_eq!(followed["org"]["name"], "Skole");
    assert_eq!(
        get(&v1p2(&sis, "classes")).json()["classes"],
        serde_json::json!([])
    );
}

#[test]
fn a_1_2_folder_takes_roles_from_their_file() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "users.csv",
        "sourcedId,givenName,familyName\n1,A,B\n2,C,D\n",
    );
    write(
        folder.path(),
        "roles.csv",
        "sourcedId,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId\n\
         r1,1,primary,principal,2026-08-01,,9\nr2,1,secondary,teacher,,,8\nr3,5,primary,student,,,9\n",
    );
    let sis = FakeSis::spawn(Source::csv(folder.path()).unwrap(), open()).unwrap();
    let users = rows(&sis, "users");
    assert_eq!(users[0]["roles"].as_array().unwrap().len(), 2);
    assert_eq!(users[0]["roles"][0]["role"], "principal");
    assert_eq!(users[0]["roles"][0]["beginDate"], "2026-08-01");
    assert_eq!(users[1]["roles"], serde_json::json!([]));
    let old = get(&v1p1(&sis, "users")).json();
    assert_eq!(old["users"][0]["role"], "administrator");
}

#[test]
fn a_folder_without_a_roster_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let error = Source::csv(folder.path()).unwrap_err().to_string();
    assert!(error.contains("neither orgs.csv nor users.csv"), "{error}");
}

#[test]
fn the_directory_file_has_the_header_and_all_rows() {
    let district = District::new(Spec::default());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.csv");
    write_directory(&district, &path).unwrap();
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let header: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    assert_eq!(
        header,
        ["id", "email", "givenName", "familyName", "username", "role"]
    );
    let rows = reader.records().map(Result::unwrap).count();
    assert_eq!(rows, district.answers().directory_rows as usize);
}
