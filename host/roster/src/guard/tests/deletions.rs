//! `deletion-threshold`.

use super::town::{SIS, TODAY, Town, codes, link, session};
use crate::record::{Day, Role};
use crate::state::{Enrollment, OrgKey, ProviderKey, Status};

const CODE: &str = "deletion-threshold";

fn both() -> Vec<(String, Option<String>)> {
    codes(&[(CODE, None), (CODE, Some("s0"))])
}

#[test]
fn a_tenth_of_each_kind_may_go_and_one_more_is_held() {
    let takes: [fn(&mut Town, u32); 4] = [
        |town, n| town.archive_users(0..n),
        |town, n| town.archive_classes(0..n),
        |town, n| town.remove_enrollments(0..n as usize),
        |town, n| town.remove_guardians(0..n as usize),
    ];
    for take in takes {
        let mut town = Town::new(1, 1000, 1000);
        take(&mut town, 100);
        assert_eq!(town.held(), []);
        let mut town = Town::new(1, 1000, 1000);
        take(&mut town, 101);
        assert_eq!(town.held(), both());
    }
}

#[test]
fn twenty_may_always_go() {
    let mut town = Town::new(1, 25, 25);
    town.archive_users(0..20);
    town.archive_classes(0..20);
    town.remove_enrollments(0..20);
    town.remove_guardians(0..20);
    assert_eq!(town.held(), []);
    town.archive_users(20..21);
    assert_eq!(town.held(), both());
}

#[test]
fn a_school_that_goes_is_held_though_the_district_hardly_shrinks() {
    let mut town = Town::new(20, 100, 4);
    town.archive_users(300..400);
    let holds = town.holds();
    assert_eq!(town.held(), codes(&[(CODE, Some("s3"))]));
    assert_eq!(
        &*holds[0].detail,
        "School 3 (s3): 100 of 100 (100 %) users would be archived or cut off; the threshold is \
         10 % and 20"
    );
}

#[test]
fn a_school_gets_one_hold_for_all_kinds() {
    let mut town = Town::new(20, 100, 50);
    town.archive_users(300..400);
    town.archive_classes(150..200);
    let holds = town.holds();
    assert_eq!(holds.len(), 1);
    assert!(holds[0].detail.contains("100 of 100 (100 %) users"));
    assert!(holds[0].detail.contains("50 of 50 (100 %) classes"));
}

#[test]
fn a_hundred_percent_switches_the_guard_off() {
    let mut town = Town::new(1, 100, 1);
    town.sis.settings.deletion_threshold.percent = 100;
    town.archive_users(0..100);
    assert_eq!(town.held(), []);
}

#[test]
fn the_operators_numbers_count() {
    let mut town = Town::new(1, 1000, 1);
    town.sis.settings.deletion_threshold.percent = 0;
    town.sis.settings.deletion_threshold.count = 0;
    town.archive_users(7..8);
    assert_eq!(town.held(), both());
}

#[test]
fn a_first_run_is_never_held() {
    let town = Town::new(3, 100, 10);
    let mut first = Town::new(0, 0, 0);
    first.plan.users.created = town.roster.users.clone();
    first.plan.classes.created = town.roster.classes.clone();
    first.plan.enrollments.created = town.roster.enrollments.clone();
    assert_eq!(first.held(), []);
}

#[test]
fn a_user_who_stays_but_loses_the_record_counts() {
    let mut town = Town::new(1, 100, 1);
    town.lose_links(0..21);
    assert_eq!(town.held(), both());
}

#[test]
fn a_user_with_another_record_at_the_source_does_not_count() {
    let mut town = Town::new(1, 100, 1);
    for user in 0..15 {
        town.roster
            .links
            .push(link(SIS, format!("twin{user}"), user));
    }
    town.roster.links.sort_by(|a, b| a.origin.cmp(&b.origin));
    for user in 15..30 {
        town.plan
            .links
            .created
            .push(link(SIS, format!("new{user}"), user));
    }
    town.lose_links(0..30);
    // Those of the second half have a new record, those of the first still
    // have one that is untouched.
    let untouched = |id: &str| id.starts_with("twin");
    town.plan
        .links
        .updated
        .retain(|update| !untouched(&update.before.origin.sourced_id));
    assert_eq!(town.held(), []);
}

#[test]
fn a_person_with_two_records_counts_once() {
    // 21 of 220 people are 9 %; by records it would be 42 of 241, or 17 %.
    let mut town = Town::new(1, 220, 1);
    for user in 0..21 {
        let twin = link(SIS, format!("twin{user}"), user);
        town.roster.links.push(twin);
    }
    town.archive_users(0..21);
    assert_eq!(town.held(), []);
}

#[test]
fn archived_and_cut_off_at_once_counts_once() {
    let mut town = Town::new(1, 100, 1);
    town.archive_users(0..20);
    town.lose_links(0..20);
    assert_eq!(town.held(), []);
}

#[test]
fn records_of_another_provider_are_guarded_too() {
    let mut town = Town::new(1, 100, 1);
    let other = ProviderKey(7);
    for link in &mut town.roster.links {
        link.origin.provider = other;
    }
    town.archive_users(0..30);
    let holds = town.holds();
    assert_eq!(town.held(), both());
    assert!(holds[0].detail.contains("a provider that is not connected"));
}

#[test]
fn classes_whose_sessions_ended_leave_in_peace_if_that_was_asked_for() {
    let mut town = Town::new(1, 100, 100);
    town.roster.sessions[0] = session(0, 900, TODAY.0 - 1);
    town.archive_classes(0..100);
    town.remove_enrollments(0..100);
    // The source's classes, its enrollments, and the school with both.
    assert_eq!(town.holds().len(), 3);
    town.sis.settings.respect_academic_sessions = true;
    assert_eq!(town.held(), []);
}

#[test]
fn an_end_that_the_source_moves_tonight_is_no_excuse() {
    let mut town = Town::new(1, 100, 100);
    town.sis.settings.respect_academic_sessions = true;
    let before = town.roster.sessions[0].clone();
    let after = session(0, 900, TODAY.0 - 1);
    town.plan
        .sessions
        .updated
        .push(crate::plan::Update { before, after });
    town.archive_classes(0..100);
    assert_eq!(town.held(), both());
}

#[test]
fn enrollments_whose_last_day_passed_leave_in_peace_if_that_was_asked_for() {
    let mut town = Town::new(1, 100, 1);
    for enrollment in &mut town.roster.enrollments {
        enrollment.end = Some(Day(TODAY.0 - 1));
    }
    town.remove_enrollments(0..60);
    assert_eq!(town.held(), both());
    town.sis.settings.respect_enrolment_date = true;
    assert_eq!(town.held(), []);
    // Those who end today are still enrolled today.
    for enrollment in &mut town.roster.enrollments {
        enrollment.end = Some(TODAY);
    }
    town.plan.enrollments.removed.clear();
    town.remove_enrollments(0..60);
    assert_eq!(town.held(), both());
}

#[test]
fn another_role_in_the_class_is_no_removal() {
    let mut town = Town::new(1, 100, 1);
    town.remove_enrollments(0..60);
    town.plan.enrollments.created = town
        .plan
        .enrollments
        .removed
        .iter()
        .map(|enrollment| Enrollment {
            role: Role::Teacher,
            ..*enrollment
        })
        .collect();
    assert_eq!(town.held(), []);
}

#[test]
fn what_was_archived_before_is_not_there_to_go() {
    let mut town = Town::new(1, 400, 1);
    for user in &mut town.roster.users[100..] {
        user.status = Status::Archived;
    }
    // 21 of 400 would be 5 %, of the hundred who are active it is 21 %.
    town.archive_users(0..21);
    assert_eq!(town.held(), both());
}

#[test]
fn a_user_of_two_schools_counts_in_both() {
    let mut town = Town::new(2, 100, 1);
    for user in &mut town.roster.users[..30] {
        user.orgs.push(OrgKey(1));
    }
    town.archive_users(0..30);
    assert_eq!(
        town.held(),
        codes(&[(CODE, None), (CODE, Some("s0")), (CODE, Some("s1"))])
    );
}

#[test]
fn very_many_schools_are_summed_up() {
    let mut town = Town::new(150, 21, 1);
    town.archive_users(0..150 * 21);
    let holds = town.holds();
    // The source, a hundred schools, and one for the other fifty.
    assert_eq!(holds.len(), 102);
    assert!(
        holds
            .iter()
            .any(|hold| hold.detail.starts_with("the same holds of 50 more schools"))
    );
}
