//! A school whose data is incomplete stays as it was; the others land, and the
//! run says which school it is and what is missing.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use e2e::{NAME, School, Sis};

const PUPILS: u32 = 12;

/// Two schools of one class each. The pupils of the second are enrolled and
/// are not among the users.
fn write_bundle(folder: &Path) {
    let mut users = String::from("sourcedId,enabledUser,username,givenName,familyName,email\n");
    let mut roles = String::from("sourcedId,userSourcedId,roleType,role,orgSourcedId\n");
    let mut enrollments =
        String::from("sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role\n");
    for n in 0..PUPILS {
        let _ = writeln!(
            users,
            "u{n},true,pupil{n},Pupil,Number {n},pupil{n}@two.example"
        );
        let _ = writeln!(roles, "r{n},u{n},primary,student,whole");
        let _ = writeln!(enrollments, "w{n},c1,whole,u{n},student");
        let _ = writeln!(enrollments, "b{n},c2,broken,missing{n},student");
    }
    let files = [
        (
            "orgs.csv",
            "sourcedId,name,type,parentSourcedId\n\
             d,Two Schools,district,\n\
             whole,Whole School,school,d\n\
             broken,Broken School,school,d\n"
                .to_owned(),
        ),
        (
            "academicSessions.csv",
            "sourcedId,title,type,startDate,endDate,schoolYear\n\
             y,The Year,schoolYear,2026-08-01,2027-07-31,2027\n"
                .to_owned(),
        ),
        (
            "courses.csv",
            "sourcedId,title,orgSourcedId\nm,Mathematics,d\n".to_owned(),
        ),
        (
            "classes.csv",
            "sourcedId,title,courseSourcedId,classType,schoolSourcedId,termSourcedIds\n\
             c1,Maths A,m,scheduled,whole,y\n\
             c2,Maths B,m,scheduled,broken,y\n"
                .to_owned(),
        ),
        ("users.csv", users),
        ("roles.csv", roles),
        ("enrollments.csv", enrollments),
    ];
    for (name, text) in files {
        fs::write(folder.join(name), text).expect("a file is written");
    }
}

fn school() -> School {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_bundle(folder.path());
    let mut directory = String::from("id,email,givenName,familyName,username,role\n");
    for n in 0..PUPILS {
        let _ = writeln!(
            directory,
            "{n},pupil{n}@two.example,Pupil,Number {n},pupil{n},student"
        );
    }
    let school = School::prepare_with(Sis::serve_folder(folder.path()), &directory);
    school.add(&[]).ok();
    school
}

#[test]
fn the_other_schools_land_and_the_exit_code_is_three() {
    let school = school();
    let report = school.platform.sync(NAME, &[]).ends_with(3).json();
    assert_eq!(report["status"], "partial");
    assert_eq!(
        report["incompleteSchools"].as_array().map(Vec::len),
        Some(1)
    );
    assert_eq!(report["incompleteSchools"][0], "broken");
    assert_eq!(report["counts"]["matchedStudents"], PUPILS);
    assert_eq!(report["counts"]["importedEnrollments"], PUPILS);
    let roster = school.platform.roster();
    let has = |title: &str| {
        roster["classes.csv"]
            .iter()
            .any(|line| line.contains(title))
    };
    assert!(has("Maths A"));
    assert!(!has("Maths B"), "the incomplete school stays as it was");

    let findings = school.platform.findings(&report);
    let about = findings
        .iter()
        .find(|finding| finding["code"] == "school-incomplete")
        .expect("the school is named");
    assert_eq!(about["sourcedId"], "broken");
}

#[test]
fn excluding_the_school_mends_it() {
    let school = school();
    school.platform.sync(NAME, &[]).ends_with(3);
    school
        .platform
        .run(["integration", "exclude-schools", NAME, "broken"])
        .ok();
    let report = school.sync();
    assert_eq!(report["counts"]["importedEnrollments"], PUPILS);
}
