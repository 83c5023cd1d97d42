//! A small school from a folder of CSV files, with the faults that such folders
//! have: every row is accounted for, and every row that is left out is named.

use std::fs;
use std::path::Path;

use e2e::{School, Sis, tally};
use serde_json::Value;

const FILES: [(&str, &str); 7] = [
    (
        "orgs.csv",
        "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n\
         d,,,Little District,district,,\n\
         s1,,,First School,school,S-1,d\n\
         s2,,,Second School,school,S-2,d\n",
    ),
    (
        "academicSessions.csv",
        "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear\n\
         y,,,The Year,schoolYear,2026-08-01,2027-07-31,,2027\n",
    ),
    (
        "courses.csv",
        "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes\n\
         m,,,y,Mathematics,MAT,09,d,Mathematics,\n",
    ),
    (
        "classes.csv",
        "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods\n\
         c1,,,Maths A,09,m,A,scheduled,,s1,y,,,\n\
         c2,,,,09,m,B,scheduled,,s2,y,,,\n\
         c3,,,Nowhere,09,m,C,scheduled,,,y,,,\n",
    ),
    (
        "users.csv",
        "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n\
         u1,,,true,ada,,Ada,Ångström,,1,ada@little.example,,,,09,\n\
         u2,,,true,bo,{LDAP:bo},Bo,O'Brien,,2,BO@little.example,,,,09,\n\
         u3,,,true,cy,,Cy,\"Smith, Jr.\",,3,,,,,09,\n\
         u4,,,true,di,,Di,Diaz,,4,di@little.example,,,,,\n\
         u5,,,true,,,,,,5,,,,,,\n\
         u6,,,true,ed,,Ed,Eder,,6,ed@little.example,,,,,\n",
    ),
    (
        "roles.csv",
        "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId\n\
         r1,,,u1,primary,student,,,s1,\n\
         r2,,,u2,primary,student,,,s2,\n\
         r3,,,u3,primary,student,,,s1,\n\
         r4,,,u4,primary,teacher,,,s1,\n\
         r5,,,u5,primary,student,,,s1,\n",
    ),
    (
        "enrollments.csv",
        "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate\n\
         e1,,,c1,s1,u1,student,,,\n\
         e2,,,c2,s2,u2,student,,,\n\
         e3,,,c1,s1,u3,student,,,\n\
         e4,,,c1,s1,u4,teacher,true,,\n\
         e5,,,c1,s1,nobody,student,,,\n\
         e6,,,nothing,s1,u1,student,,,\n\
         e7,,,c1,s1,,student,,,\n",
    ),
];

const DIRECTORY: &str = "id,email,givenName,familyName,username,role\n\
    1,ada@little.example,Ada,Angstrom,ada,student\n\
    2,bo@little.example,Bo,OBrien,bo,student\n\
    4,di@little.example,Di,Diaz,di,teacher\n";

fn write_bundle(folder: &Path) {
    for (name, text) in FILES {
        fs::write(folder.join(name), text).expect("a file is written");
    }
}

fn school() -> (School, Value) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_bundle(folder.path());
    let school = School::prepare_with(Sis::serve_folder(folder.path()), DIRECTORY);
    school.add(&[]).ok();
    let answer = school.platform.sync(e2e::NAME, &[]);
    let report = answer.json();
    (school, report)
}

#[test]
fn every_row_of_the_folder_is_accounted_for() {
    let (_, report) = school();
    let rows = FILES.iter().filter(|(name, _)| *name != "roles.csv");
    for (name, text) in rows {
        let collection = name.trim_end_matches(".csv");
        let [received, imported, skipped, failed] = tally(&report, collection);
        assert_eq!(received as usize, text.lines().count() - 1, "{collection}");
        assert_eq!(received, imported + skipped + failed, "{collection}");
    }
}

#[test]
fn the_people_are_found() {
    let (school, report) = school();
    assert_eq!(report["counts"]["matchedStudents"], 2);
    assert_eq!(report["counts"]["matchedTeachers"], 1);
    let unmatched = school.platform.unmatched();
    let cy = unmatched
        .iter()
        .find(|person| person["sourcedId"] == "u3")
        .expect("who has no email is listed");
    assert_eq!(cy["familyName"], "Smith, Jr.");
    let users = school.platform.users();
    assert_eq!(
        users.iter().filter(|user| user["matched"] == true).count(),
        3
    );
}

#[test]
fn every_row_that_was_left_out_is_named_with_the_reason() {
    let (school, report) = school();
    let findings = school.platform.findings(&report);
    let about = |entity: &str, id: &str| {
        findings
            .iter()
            .filter(|f| f["entity"] == entity && f["sourcedId"] == id)
            .collect::<Vec<_>>()
    };
    let left_out = [
        ("classes", "c3"),
        ("users", "u5"),
        ("users", "u6"),
        ("enrollments", "e5"),
        ("enrollments", "e6"),
        ("enrollments", "e7"),
    ];
    for (entity, id) in left_out {
        let found = about(entity, id);
        assert!(!found.is_empty(), "{entity} {id} in {findings:?}");
        for finding in found {
            assert_eq!(finding["source"], e2e::NAME);
            assert!(finding["code"].is_string());
            assert!(
                finding["detail"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty())
            );
        }
    }
    for (entity, id) in [("classes", "c1"), ("users", "u1"), ("enrollments", "e1")] {
        let errors = about(entity, id)
            .into_iter()
            .filter(|f| f["severity"] == "error");
        assert_eq!(errors.count(), 0, "{entity} {id}");
    }
}

#[test]
fn findings_are_a_csv_file_for_the_district() {
    let (school, report) = school();
    let file = school.platform.folder().join("findings.csv");
    let path = file.to_str().expect("the path is UTF-8");
    let run = report["run"].to_string();
    school
        .platform
        .run(["run", "findings", &run, "--csv", path])
        .ok();
    let mut reader = csv::Reader::from_path(&file).expect("a CSV file");
    let rows = reader.records().filter(|row| row.is_ok()).count();
    assert_eq!(rows, school.platform.findings(&report).len());
}

#[test]
fn a_class_without_a_title_has_its_course_s() {
    let (school, _) = school();
    let roster = school.platform.roster();
    let classes = &roster["classes.csv"];
    assert!(
        classes.iter().any(|line| line.contains("Mathematics")),
        "{classes:?}"
    );
}
