//! Look first: a preview changes nothing, a suspicious run waits, and what was
//! applied can be taken back.

use district::{Night, Shrink, Spec};
use e2e::{NAME, School, Sis, small, total_changes};

/// A later night: some left, came, were renamed and moved.
fn later(night: Night) -> Spec {
    Spec { night, ..small() }
}

fn some_changes() -> Spec {
    later(Night {
        left: 5,
        joined: 7,
        renamed: 4,
        moved: 3,
        ..Night::default()
    })
}

/// Most of a school is gone.
fn half_a_school_gone() -> Spec {
    later(Night {
        shrunk_school: Some(Shrink {
            school: 0,
            percent: 60,
        }),
        ..Night::default()
    })
}

#[test]
fn a_preview_says_what_would_change_and_changes_nothing() {
    let mut school = School::connect(Sis::start());
    school.sync();
    let roster = school.platform.roster();
    school.sis.turn_to(some_changes());

    let preview = school.platform.sync(NAME, &["--preview"]).ok().json();
    assert!(total_changes(&preview) > 0);
    assert_eq!(school.platform.roster(), roster);

    let applied = school.sync();
    assert_eq!(applied["changes"], preview["changes"]);
    assert_ne!(school.platform.roster(), roster);
}

#[test]
fn a_preview_before_the_first_sync_changes_nothing() {
    let school = School::connect(Sis::start());
    let roster = school.platform.roster();
    let preview = school.platform.sync(NAME, &["--preview"]).ok().json();
    assert!(preview["counts"]["matchedStudents"].as_u64() > Some(0));
    assert_eq!(school.platform.roster(), roster);
    assert!(
        school
            .platform
            .users()
            .iter()
            .all(|user| user["matched"] == false)
    );
}

#[test]
fn a_mass_change_is_held_until_somebody_approves() {
    let mut school = School::connect(Sis::start());
    school.sync();
    let roster = school.platform.roster();
    school.sis.turn_to(half_a_school_gone());

    let held = school.platform.sync(NAME, &[]).ends_with(4).json();
    assert_eq!(held["status"], "held");
    assert_eq!(school.platform.roster(), roster);

    let run = held["run"].to_string();
    school.platform.run(["run", "approve", &run]).ok();
    assert_ne!(school.platform.roster(), roster);
    assert_eq!(total_changes(&school.sync()), 0);
}

#[test]
fn a_held_run_can_be_discarded() {
    let mut school = School::connect(Sis::start());
    school.sync();
    let roster = school.platform.roster();
    school.sis.turn_to(half_a_school_gone());
    let held = school.platform.sync(NAME, &[]).ends_with(4).json();
    let run = held["run"].to_string();
    school.platform.run(["run", "discard", &run]).ok();
    assert_eq!(school.platform.roster(), roster);
    assert_eq!(school.platform.show(&held["run"])["status"], "discarded");
    school.platform.run(["run", "approve", &run]).ends_with(2);
}

#[test]
fn an_applied_run_can_be_undone() {
    let mut school = School::connect(Sis::start());
    school.sync();
    let roster = school.platform.roster();
    school.sis.turn_to(some_changes());
    let report = school.sync();
    assert_ne!(school.platform.roster(), roster);
    let run = report["run"].to_string();
    school.platform.run(["run", "undo", &run]).ok();
    assert_eq!(school.platform.roster(), roster);
    assert_eq!(school.platform.show(&report["run"])["status"], "undone");
}

#[test]
fn new_ids_for_a_whole_school_are_not_a_mass_delete() {
    let mut school = School::connect(Sis::start());
    school.sync();
    let roster = school.platform.roster();
    school.sis.turn_to(later(Night {
        rekeyed_school: Some(0),
        ..Night::default()
    }));
    let held = school.platform.sync(NAME, &[]).ends_with(4).json();
    assert_eq!(school.platform.roster(), roster);
    let holds = held["holds"].as_array().expect("holds");
    let codes: Vec<&str> = holds
        .iter()
        .filter_map(|hold| hold["code"].as_str())
        .collect();
    assert!(codes.contains(&"ids-changed"), "{codes:?}");
}
