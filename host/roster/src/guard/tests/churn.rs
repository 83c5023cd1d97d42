//! `ids-changed`.

use super::town::{SIS, Town, class, codes, link, org, session};
use crate::plan::Update;
use crate::state::{OrgKey, Rule, Status};

/// The holds of this guard.
fn changed(town: &Town) -> Vec<(String, Option<String>)> {
    let mut held = town.held();
    held.retain(|(code, _)| code == "ids-changed");
    held
}

/// A town of three schools where the users of school 1 lost their ids and
/// `came` others are sent instead.
fn migrated(lost: u32, came: u32) -> Town {
    let mut town = Town::new(3, 100, 20);
    town.lose_links(100..100 + lost);
    let kept = (0..100).chain(100 + lost..300);
    town.sis_sent.users = kept
        .map(|n| (format!("u{n}"), format!("s{}", n / 100)))
        .chain((0..came).map(|n| (format!("new{n}"), "s1".to_owned())))
        .collect();
    town
}

#[test]
fn a_school_whose_users_all_have_new_ids_is_held() {
    let town = migrated(100, 100);
    assert_eq!(changed(&town), codes(&[("ids-changed", Some("s1"))]));
    let hold = town
        .holds()
        .into_iter()
        .find(|hold| &*hold.code == "ids-changed")
        .unwrap();
    assert_eq!(
        &*hold.detail,
        "School 1 (s1): the ids of 100 of 100 (100 %) users are gone, and 100 new ones came; it \
         looks as if the source had changed its ids"
    );
}

#[test]
fn half_the_school_or_fewer_new_ones_is_no_migration() {
    assert_eq!(changed(&migrated(50, 50)), []);
    assert_eq!(changed(&migrated(51, 51)).len(), 1);
    assert_eq!(changed(&migrated(100, 49)), []);
    assert_eq!(changed(&migrated(100, 50)).len(), 1);
    assert_eq!(changed(&migrated(100, 200)).len(), 1);
    assert_eq!(changed(&migrated(100, 201)), []);
}

#[test]
fn those_who_stay_are_not_taken_for_new() {
    // Forty of the school are still there, and ten are new.
    assert_eq!(changed(&migrated(60, 10)), []);
}

#[test]
fn nine_ids_are_too_few_to_tell() {
    for (users, expected) in [(9, 0), (10, 1)] {
        let mut town = Town::new(1, users, 1);
        town.lose_links(0..users);
        town.sis_sent.users = (0..users)
            .map(|n| (format!("new{n}"), "s0".to_owned()))
            .collect();
        assert_eq!(changed(&town).len(), expected);
    }
}

#[test]
fn ids_that_the_source_explains_are_no_alarm() {
    let mut town = migrated(100, 100);
    for n in 0..100 {
        let mut link = link(SIS, format!("new{n}"), 100 + n);
        link.rule = Rule::LegacyId;
        town.plan.links.created.push(link);
    }
    assert_eq!(changed(&town), []);
}

#[test]
fn a_school_with_a_new_id_of_its_own_is_recognised_by_name() {
    let mut town = migrated(100, 0);
    let before = town.roster.orgs[1].clone();
    let mut after = before.clone();
    after.status = Status::Archived;
    town.plan.orgs.updated.push(Update { before, after });
    town.plan
        .orgs
        .created
        .push(org(9, "guid-of-s1", "School 1"));
    town.sis_sent
        .users
        .extend((0..100).map(|n| (format!("new{n}"), "guid-of-s1".to_owned())));
    assert_eq!(changed(&town), codes(&[("ids-changed", Some("s1"))]));
}

/// School 1's twenty classes go, and as many of the same titles come.
fn new_classes(title: impl Fn(u32) -> String, session_key: u32) -> Town {
    let mut town = Town::new(3, 100, 20);
    town.archive_classes(20..40);
    for n in 0..20 {
        let key = 100 + n;
        let class = class(key, &format!("guid{n}"), 1, &title(n), session_key);
        town.plan.classes.created.push(class);
    }
    town
}

#[test]
fn a_school_whose_classes_all_have_new_ids_is_held() {
    let town = new_classes(|n| format!("CLASS {n}"), 0);
    assert_eq!(changed(&town), codes(&[("ids-changed", Some("s1"))]));
}

#[test]
fn a_new_school_year_is_no_migration() {
    let mut town = new_classes(|n| format!("Class {n}"), 1);
    town.plan.sessions.created.push(session(1, 1101, 1300));
    assert_eq!(changed(&town), []);
}

#[test]
fn sessions_with_new_ids_do_not_hide_a_migration() {
    let mut town = new_classes(|n| format!("Class {n}"), 1);
    town.plan.sessions.created.push(session(1, 900, 1100));
    assert_eq!(changed(&town).len(), 1);
}

#[test]
fn other_classes_are_not_the_same_with_new_ids() {
    let half = |n| match n {
        0..10 => format!("Class {n}"),
        _ => format!("Workshop {n}"),
    };
    assert_eq!(changed(&new_classes(half, 0)).len(), 1);
    let fewer = |n| match n {
        0..9 => format!("Class {n}"),
        _ => format!("Workshop {n}"),
    };
    assert_eq!(changed(&new_classes(fewer, 0)), []);
}

#[test]
fn classes_of_another_school_do_not_count() {
    let mut town = new_classes(|n| format!("Class {n}"), 0);
    for class in &mut town.plan.classes.created {
        class.school = OrgKey(2);
    }
    assert_eq!(changed(&town), []);
}
