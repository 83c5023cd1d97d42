//! What an operator decides: schools left out, settings, enabling, forgetting,
//! deleting and adding again.

use district::Collection;
use e2e::{Expected, NAME, School, Sis, total_changes};
use serde_json::Value;

fn show(school: &School) -> Value {
    school
        .platform
        .run(["integration", "show", NAME, "--json"])
        .ok()
        .json()
}

fn classes_of(school: &School, org: &str) -> u64 {
    let district = school.sis.district();
    let classes = district.classes();
    classes.filter(|class| class.school.as_str() == org).count() as u64
}

#[test]
fn an_excluded_school_leaves_scope_and_comes_back() {
    // A whole school leaves: that is meant, so the guard is told to allow it.
    let wide = ["--set", "deletion-threshold-percent=100"];
    let school = School::connect_with(Sis::start(), &wide);
    let first = school.sync();
    let district = school.sis.district();
    assert!(district.schools() > 1);
    let excluded = district.school_id(0).to_string();
    let its_classes = classes_of(&school, &excluded);
    assert!(its_classes > 0);

    school
        .platform
        .run(["integration", "exclude-schools", NAME, &excluded])
        .ok();
    assert_eq!(show(&school)["excludedSchools"][0], excluded);
    let second = school.sync();
    let count = |report: &Value| {
        report["counts"]["importedClasses"]
            .as_u64()
            .expect("a count")
    };
    assert_eq!(count(&second), count(&first) - its_classes);
    assert_eq!(second["changes"]["classes"]["archive"], its_classes);

    school
        .platform
        .run(["integration", "include-schools", NAME, &excluded])
        .ok();
    let third = school.sync();
    assert_eq!(count(&third), count(&first));
    assert_eq!(third["changes"]["classes"]["restore"], its_classes);
}

#[test]
fn without_classrooms_there_are_people_only() {
    let school = School::connect_with(Sis::start(), &["--set", "classrooms=false"]);
    school.sis.forget();
    let report = school.sync();
    let expected = Expected::of(school.sis.district());
    assert_eq!(
        report["counts"]["matchedStudents"],
        expected.matched_students
    );
    assert_eq!(report["counts"]["importedClasses"], 0);
    assert_eq!(report["counts"]["importedEnrollments"], 0);
}

#[test]
fn the_sis_may_make_users_where_it_is_allowed_to() {
    let school = School::connect_with(Sis::start(), &["--set", "attach-only=false"]);
    let before = school.platform.users().len() as u64;
    let report = school.sync();
    let expected = Expected::of(school.sis.district());
    let made = report["changes"]["users"]["create"]
        .as_u64()
        .expect("a count");
    assert!(made > 0);
    assert!(made <= expected.unmatched_users, "{made}");
    assert_eq!(school.platform.users().len() as u64, before + made);
}

#[test]
fn only_the_roles_that_are_wanted() {
    let school = School::connect_with(Sis::start(), &["--set", "limit-roles=teacher"]);
    let report = school.sync();
    assert_eq!(report["counts"]["matchedStudents"], 0);
    assert!(report["counts"]["matchedTeachers"].as_u64() > Some(0));
}

#[test]
fn settings_are_shown_and_wrong_ones_refused() {
    let school = School::connect(Sis::start());
    let answer = school
        .edit(&["--set", "page-size=123", "--set", "merge-key=email-exact"])
        .ok();
    assert_eq!(answer.json()["settings"]["page-size"], "123");
    assert_eq!(show(&school)["settings"]["merge-key"], "email-exact");

    for wrong in ["page-sise=5", "page-size=many", "merge-priority=100"] {
        let refused = school.edit(&["--set", wrong]);
        assert_eq!(refused.code, Some(2), "{wrong}: {}", refused.text());
        let (key, _) = wrong.split_once('=').expect("a pair");
        assert!(refused.text().contains(key), "{wrong}: {}", refused.text());
    }
    assert_eq!(show(&school)["settings"]["page-size"], "123");
}

#[test]
fn an_exact_merge_key_matches_fewer() {
    let school = School::connect_with(Sis::start(), &["--set", "merge-key=email-exact"]);
    let expected = Expected::of(school.sis.district());
    let report = school.sync();
    let matched = report["counts"]["matchedStudents"].as_u64();
    assert!(matched > Some(0));
    assert!(matched < Some(expected.matched_students), "{matched:?}");
}

#[test]
fn a_new_integration_is_a_draft_until_it_is_enabled() {
    let school = School::connect(Sis::start());
    assert_eq!(show(&school)["state"], "draft");
    school.platform.sync(NAME, &["--preview"]).ok();
    assert_eq!(show(&school)["state"], "draft");
    school.platform.run(["integration", "enable", NAME]).ok();
    assert_eq!(show(&school)["state"], "enabled");
    school.platform.run(["integration", "disable", NAME]).ok();
    assert_eq!(show(&school)["state"], "disabled");
    let refused = school.platform.sync(NAME, &[]);
    assert_eq!(refused.json()["code"], "integration-disabled");
}

#[test]
fn a_connection_test_lists_the_schools() {
    let school = School::connect(Sis::start());
    let answer = school
        .platform
        .run(["integration", "test", NAME, "--json"])
        .ok();
    let report = answer.json();
    assert_eq!(report["ok"], true);
    let seen = report["schools"].as_array().expect("schools").len();
    assert_eq!(seen, school.sis.district().schools());
}

#[test]
fn a_reset_needs_a_yes_and_keeps_the_data() {
    let school = School::connect(Sis::start());
    school.sync();
    let roster = school.platform.roster();
    school
        .platform
        .run(["integration", "reset", NAME])
        .ends_with(2);
    school
        .platform
        .run(["integration", "reset", NAME, "--yes-i-understand"])
        .ok();
    assert_eq!(school.platform.roster(), roster);
    assert_eq!(total_changes(&school.sync()), 0);
}

#[test]
fn deleting_keeps_the_data_and_adding_again_adopts_it() {
    let school = School::connect(Sis::start());
    school.sync();
    let roster = school.platform.roster();
    school
        .platform
        .run(["integration", "delete", NAME])
        .ends_with(2);
    school
        .platform
        .run(["integration", "delete", NAME, "--yes-i-understand"])
        .ok();
    assert_eq!(school.platform.roster(), roster);
    school
        .platform
        .run(["integration", "show", NAME])
        .ends_with(2);

    school.add(&[]).ok();
    let report = school.sync();
    assert_eq!(total_changes(&report), 0, "{}", report["changes"]);
    assert_eq!(school.platform.roster(), roster);
}

#[test]
fn guardians_come_where_they_are_asked_for() {
    let school = School::connect_with(Sis::start(), &["--set", "parents=parent,guardian,relative"]);
    let report = school.sync();
    let guardians = school.sis.district().answers().guardians;
    assert!(guardians > 0);
    let users = school.sis.district().len(Collection::Users) as u64;
    assert_eq!(report["received"]["users"], users);
    let plain = School::connect(Sis::start());
    let without = plain.sync();
    assert!(
        report["counts"]["unmatchedUsers"].as_u64() > without["counts"]["unmatchedUsers"].as_u64()
    );
}
