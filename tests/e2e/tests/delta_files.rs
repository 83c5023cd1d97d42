//! OneRoster CSV in mode `delta`: changes lie over the bulk set that came
//! before, file by file.

use std::fs;
use std::path::Path;

use e2e::{NAME, Platform, tally, total_changes};
use serde_json::Value;

const DIRECTORY: &str = "id,email,givenName,familyName,username,role\n\
    1,ada@x.example,Ada,Young,ada,student\n\
    2,bo@x.example,Bo,Berg,bo,student\n\
    3,tom@x.example,Tom,Teach,tom,teacher\n\
    4,cy@x.example,Cy,Clay,cy,student\n";

const ORGS: &str = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n\
    s1,,,Oak School,school,1,\n";
const CLASSES: &str = "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds\n\
    k1,,,Maths,09,,M1,scheduled,,s1,\n";
const USERS: &str = "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,givenName,familyName,email,phone\n";
const ENROLLMENTS: &str =
    "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role\n";

const ADA: &str = "u1,,,true,s1,student,ada,Ada,Young,ada@x.example,\n";
const BO: &str = "u2,,,true,s1,student,bo,Bo,Berg,bo@x.example,\n";
const TOM: &str = "u3,,,true,s1,teacher,tom,Tom,Teach,tom@x.example,\n";

/// Writes a set: the mode of each file, and its rows.
fn write(folder: &Path, files: &[(&str, &str, String)]) {
    let mut manifest =
        "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\n".to_owned();
    for entry in fs::read_dir(folder).expect("a folder") {
        fs::remove_file(entry.expect("an entry").path()).expect("removed");
    }
    for name in [
        "orgs",
        "users",
        "classes",
        "enrollments",
        "courses",
        "academicSessions",
    ] {
        let file = files.iter().find(|(file, ..)| *file == name);
        let mode = file.map_or("absent", |(_, mode, _)| mode);
        manifest.push_str(&format!("file.{name},{mode}\n"));
    }
    for (name, _, rows) in files {
        fs::write(folder.join(format!("{name}.csv")), rows).expect("written");
    }
    fs::write(folder.join("manifest.csv"), manifest).expect("written");
}

fn whole(folder: &Path) {
    let users = format!("{USERS}{ADA}{BO}{TOM}u4,,,true,s1,student,cy,,,cy@x.example,\n");
    let enrollments = format!(
        "{ENROLLMENTS}e1,,,k1,s1,u1,student\ne2,,,k1,s1,u2,student\ne3,,,k1,s1,u3,teacher\n"
    );
    write(
        folder,
        &[
            ("orgs", "bulk", ORGS.to_owned()),
            ("classes", "bulk", CLASSES.to_owned()),
            ("users", "bulk", users),
            ("enrollments", "bulk", enrollments),
        ],
    );
}

struct Place {
    platform: Platform,
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let platform = crate::files::csv_platform(DIRECTORY, &[]);
        Place { platform, folder }
    }

    #[track_caller]
    fn sync(&self, code: i32, more: &[&str]) -> Value {
        let mut arguments = vec!["--files", self.folder.path().to_str().expect("UTF-8")];
        arguments.extend(more);
        e2e::accounted(self.platform.sync(NAME, &arguments).ends_with(code).json())
    }

    /// Who is in the class.
    fn enrolled(&self) -> usize {
        self.platform.roster()["enrollments.csv"].len() - 1
    }
}

#[test]
fn trap_62_changes_lie_over_the_bulk_set_file_by_file() {
    let place = Place::new();
    whole(place.folder.path());
    let first = place.sync(0, &[]);
    assert_eq!(
        (first["delta"].clone(), tally(&first, "users")),
        (Value::Null, [4, 3, 0, 1])
    );
    assert_eq!(place.enrolled(), 3);

    // Bo leaves, Ada has a number, Cy has a name at last; orgs and classes are
    // not sent, and the enrollments are whole.
    let users = format!(
        "{USERS}u1,active,2026-11-20T00:00:00Z,true,s1,student,ada,Ada,Young,ada@x.example,555 0100\n\
         u2,tobedeleted,2026-11-20T00:00:00Z,true,s1,student,bo,Bo,Berg,bo@x.example,\n\
         u4,active,2026-11-20T00:00:00Z,true,s1,student,cy,Cy,Clay,cy@x.example,\n"
    );
    let enrollments = format!(
        "{ENROLLMENTS}e1,,,k1,s1,u1,student\ne3,,,k1,s1,u3,teacher\ne4,,,k1,s1,u4,student\n"
    );
    write(
        place.folder.path(),
        &[
            ("users", "delta", users),
            ("enrollments", "bulk", enrollments),
        ],
    );
    let report = place.sync(0, &[]);
    assert_eq!(tally(&report, "users"), [4, 3, 1, 0], "as it stands now");
    assert_eq!(report["delta"]["rows"]["users"], 3);
    assert_eq!(
        tally(&report, "orgs"),
        [1, 1, 0, 0],
        "not sent and still there"
    );
    let text = place.platform.roster()["users.csv"].join("\n");
    assert!(text.contains("555 0100"), "{text}");
    assert_eq!(place.enrolled(), 3);
    let again = place.sync(0, &[]);
    assert_eq!(total_changes(&again), 0);

    // A set of changes without changes.
    write(place.folder.path(), &[("users", "delta", USERS.to_owned())]);
    let report = place.sync(0, &[]);
    assert_eq!(total_changes(&report), 0);
    assert_eq!(tally(&report, "users"), [4, 3, 1, 0]);

    // A bulk set says everything again: Bo is back, and Cy nameless.
    whole(place.folder.path());
    let report = place.sync(0, &[]);
    assert_eq!(report["delta"], Value::Null);
    assert_eq!(tally(&report, "users"), [4, 3, 0, 1]);
    assert_eq!(place.enrolled(), 3);
}

#[test]
fn trap_62_changes_of_nothing_are_an_error_that_changes_nothing() {
    let place = Place::new();
    let changes = [("users", "delta", format!("{USERS}{ADA}"))];
    write(place.folder.path(), &changes);
    let report = place.sync(1, &[]);
    assert_eq!(report["code"], "changes-without-base");
    assert!(
        report["remedy"]
            .as_str()
            .unwrap_or_default()
            .contains("mode bulk"),
        "{report}"
    );

    whole(place.folder.path());
    place.sync(0, &[]);
    write(place.folder.path(), &changes);
    let before = place.platform.roster();
    for arguments in [&["--full"][..], &[]] {
        if arguments.is_empty() {
            let reset = ["integration", "reset", NAME, "--yes-i-understand"];
            place.platform.run(reset).ok();
        }
        let report = place.sync(1, arguments);
        assert_eq!(report["code"], "changes-without-base");
        assert_eq!(place.platform.roster(), before);
    }
    whole(place.folder.path());
    place.sync(0, &[]);
    write(place.folder.path(), &changes);
    assert_eq!(total_changes(&place.sync(0, &[])), 0);
}
