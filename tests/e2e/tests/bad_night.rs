//! One night on which everything goes wrong at once: a school's ids are all
//! new, another lost a third of its students, and a collection is empty. The
//! run is held with a reason for each, nothing is lost, and what was approved
//! by mistake can be taken back to the byte.

use std::collections::BTreeMap;
use std::fs;

use district::{Night, Shrink, Spec};
use e2e::{NAME, Platform, School, Sis, total_changes};
use fake_sis::{Behaviour, Fault};
use serde_json::Value;

const PEOPLE: u32 = 3_000;

fn spec(night: Night) -> Spec {
    Spec {
        people: PEOPLE,
        night,
        ..Spec::default()
    }
}

/// Every byte of the exported roster.
fn bytes(platform: &Platform) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir_in(platform.folder()).expect("a temporary folder");
    let path = folder.path().join("bundle");
    let name = path.to_str().expect("the path is UTF-8");
    platform.run(["roster", "export", name]).ok();
    let entries = fs::read_dir(&path).expect("the export is a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy();
            (name.into_owned(), fs::read(&path).expect("a file"))
        })
        .collect()
}

fn rows(platform: &Platform, run: &str, more: &[&str]) -> Vec<Value> {
    let mut arguments = vec!["run", "changes", run, "--json"];
    arguments.extend(more);
    match platform.run(arguments).ok().json() {
        Value::Array(rows) => rows,
        other => panic!("not a list: {other}"),
    }
}

#[test]
fn it_is_held_explained_approved_and_undone_to_the_byte() {
    let mut school = School::connect_with(
        Sis::serve(spec(Night::default()), Behaviour::default()),
        &["--set", "attach-only=false"],
    );
    school.sync();
    let before = bytes(&school.platform);
    let (rekeyed, shrunk) = (
        school.sis.district().school_id(0).to_string(),
        school.sis.district().school_id(1).to_string(),
    );
    school.sis.turn_to(spec(Night {
        rekeyed_school: Some(0),
        shrunk_school: Some(Shrink {
            school: 1,
            percent: 30,
        }),
        ..Night::default()
    }));
    let empty: Fault = "empty on=courses".parse().expect("a fault");
    school.sis.behave(Behaviour {
        faults: vec![empty],
        ..Behaviour::default()
    });

    let held = school.platform.sync(NAME, &[]).ends_with(4).json();
    assert_eq!(
        bytes(&school.platform),
        before,
        "a held run changes nothing"
    );
    let holds = held["holds"].as_array().expect("holds");
    let has = |code: &str, school: Option<&str>| {
        let mut holds = holds.iter();
        holds.any(|hold| hold["code"] == code && hold["school"].as_str() == school)
    };
    assert!(has("ids-changed", Some(&rekeyed)), "{holds:?}");
    assert!(has("deletion-threshold", Some(&shrunk)), "{holds:?}");
    assert!(has("collection-empty", None), "{holds:?}");

    // A person reads each guard with its own remedy, and the next commands.
    let run = held["run"].to_string();
    for command in ["show", "log"] {
        let told = school.platform.run(["run", command, &run]).ok().stdout;
        for code in ["ids-changed", "deletion-threshold", "collection-empty"] {
            assert!(told.contains(&format!("({code})")), "{told}");
        }
        assert!(told.contains(&format!("run approve {run}")), "{told}");
        assert!(told.contains(&format!("run discard {run}")), "{told}");
    }

    // Row by row: filters agree with the whole.
    let platform = &school.platform;
    let all = rows(platform, &run, &[]);
    let courses = rows(platform, &run, &["--kind", "course"]);
    assert!(!courses.is_empty() && courses.iter().all(|row| row["action"] == "archive"));
    let at_school = rows(platform, &run, &["--school", &shrunk]);
    let concerns = |row: &&Value| {
        let schools = row["school"].as_str().unwrap_or_default();
        schools.split(',').any(|id| id == shrunk)
    };
    assert!(!at_school.is_empty());
    assert_eq!(all.iter().filter(concerns).count(), at_school.len());
    let user = rows(platform, &run, &["--kind", "user", "--school", &shrunk]);
    let id = user[0]["id"].as_str().expect("an id").to_owned();
    let about = rows(platform, &run, &["--person", &id]);
    assert!(about.iter().any(|row| row["kind"] == "user"));
    assert!(about.iter().any(|row| row["kind"] == "link"), "{about:?}");
    platform
        .run(["run", "changes", &run, "--school", "nowhere"])
        .ends_with(2);
    assert!(
        all.iter()
            .filter(|row| row["action"] == "update")
            .all(|row| !row["fields"].as_array().expect("fields").is_empty()),
        "every update says what changes"
    );

    platform.run(["run", "approve", &run]).ok();
    assert_ne!(bytes(platform), before);
    platform.run(["run", "undo", &run]).ok();
    assert_eq!(bytes(platform), before, "undo is to the byte");
    let again = platform.sync(NAME, &[]).ends_with(4).json();
    assert!(
        again["holds"]
            .as_array()
            .expect("holds")
            .iter()
            .any(|hold| hold["code"] == "redo-after-undo")
    );
    school.sis.behave(Behaviour::default());
    school.sis.turn_to(spec(Night::default()));
    assert_eq!(total_changes(&school.sync()), 0, "the mended source agrees");
}
