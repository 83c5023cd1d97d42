//! The policy `keep-existing`.

use std::collections::BTreeSet;
use std::hash::Hash;

use proptest::prelude::*;

use super::town::{SIS, Town, class, codes, link};
use crate::finding::Severity;
use crate::guard::keep_existing;
use crate::plan::{Archivable, Changes, Plan, Update};
use crate::record::Role;
use crate::settings::DeletionPolicy;
use crate::state::{ClassKey, Enrollment, Field, Guardian, Status, UserKey};

#[test]
fn under_the_policy_the_run_goes_on_without_departures() {
    let mut town = Town::new(1, 100, 1);
    town.sis.settings.deletion_policy = DeletionPolicy::KeepExisting;
    town.archive_users(0..30);
    town.lose_links(0..30);
    town.remove_enrollments(0..30);
    town.change_users(40..41, |attributes| {
        attributes.set(Field::GivenName, Some("Ada".into()), Some(SIS));
    });
    town.plan.classes.created.push(class(9, "c9", 0, "New", 0));

    let (verdict, plan) = town.judged();
    assert_eq!(verdict.holds, []);
    let finding = &verdict.findings[0];
    assert_eq!(
        (&*finding.code, finding.severity),
        ("deletions-kept", Severity::Warning)
    );
    assert!(
        finding
            .detail
            .starts_with("90 archivals and removals were left out: "),
        "{}",
        finding.detail
    );
    assert_eq!(plan.users.updated.len(), 1);
    assert_eq!(plan.classes.created.len(), 1);
    assert!(plan.links.is_empty() && plan.enrollments.is_empty());
}

#[test]
fn below_the_threshold_the_policy_does_nothing() {
    let mut town = Town::new(1, 100, 1);
    town.sis.settings.deletion_policy = DeletionPolicy::KeepExisting;
    town.archive_users(0..10);
    let (verdict, plan) = town.judged();
    assert_eq!(verdict, Default::default());
    assert_eq!(plan, town.plan);
}

#[test]
fn the_default_policy_leaves_the_plan_as_it_is() {
    let mut town = Town::new(1, 100, 1);
    town.archive_users(0..30);
    let (verdict, plan) = town.judged();
    assert_eq!(verdict.holds.len(), 2);
    assert_eq!(plan, town.plan);
}

#[test]
fn other_guards_still_hold_what_remains() {
    let mut town = Town::new(1, 100, 1);
    town.sis.settings.deletion_policy = DeletionPolicy::KeepExisting;
    town.remove_enrollments(0..100);
    town.change_users(0..100, |attributes| {
        attributes.set(Field::Email, Some("same@y.org".into()), Some(SIS));
    });
    let (verdict, plan) = town.judged();
    let held: Vec<_> = verdict.holds.iter().map(|hold| &*hold.code).collect();
    assert_eq!(held, ["mass-update"]);
    assert!(plan.enrollments.is_empty());
}

#[test]
fn a_kept_user_is_left_as_it_was_and_judged_again_the_next_night() {
    let mut town = Town::new(1, 100, 1);
    town.sis.settings.deletion_policy = DeletionPolicy::KeepExisting;
    town.lose_links(0..30);
    town.change_users(0..30, |attributes| {
        attributes.set(Field::Email, None, None);
    });
    let (_, plan) = town.judged();
    assert!(plan.is_empty());
    // Nothing was applied, so the same plan comes again, and is seen again.
    assert_eq!(
        town.held(),
        codes(&[
            ("deletion-threshold", None),
            ("deletion-threshold", Some("s0"))
        ])
    );
}

#[test]
fn a_record_that_replaces_another_does_so() {
    let mut plan = Plan::default();
    let before = link(SIS, "old", 1);
    let mut after = before.clone();
    after.present = false;
    plan.links.updated.push(Update { before, after });
    plan.links.created.push(link(SIS, "new", 1));
    let wanted = plan.clone();
    assert_eq!(keep_existing(&mut plan), 0);
    assert_eq!(plan, wanted);
}

#[test]
fn a_tie_that_is_removed_and_made_anew_becomes_a_change() {
    let mut plan = Plan::default();
    plan.links.removed.push(link(SIS, "a", 1));
    plan.links.created.push(link(SIS, "a", 2));
    assert_eq!(keep_existing(&mut plan), 0);
    assert_eq!(plan.links.created, []);
    assert_eq!(plan.links.removed, []);
    assert_eq!(
        plan.links.updated,
        [Update {
            before: link(SIS, "a", 1),
            after: link(SIS, "a", 2)
        }]
    );
}

#[test]
fn changes_stay_sorted() {
    let mut plan = Plan::default();
    let before = link(SIS, "b", 1);
    let after = link(SIS, "b", 2);
    plan.links.updated.push(Update { before, after });
    plan.links.removed.push(link(SIS, "a", 1));
    plan.links.created.push(link(SIS, "a", 2));
    keep_existing(&mut plan);
    let ids = plan.links.updated.iter();
    let ids: Vec<&str> = ids
        .map(|update| &*update.before.origin.sourced_id)
        .collect();
    assert_eq!(ids, ["a", "b"]);
}

fn archives<T: Archivable>(changes: &Changes<T>) -> bool {
    !changes.removed.is_empty()
        || changes.updated.iter().any(|update| {
            update.before.status() == Status::Active && update.after.status() == Status::Archived
        })
}

/// The keys of ties after a plan.
fn keys_after<T, K: Ord + Hash>(
    before: &[T],
    changes: &Changes<T>,
    key: impl Fn(&T) -> K,
) -> Result<BTreeSet<K>, TestCaseError> {
    let mut keys: BTreeSet<K> = before.iter().map(&key).collect();
    for tie in &changes.removed {
        prop_assert!(keys.remove(&key(tie)), "removes what is not there");
    }
    for update in &changes.updated {
        prop_assert!(keys.contains(&key(&update.before)), "changes nothing");
    }
    for tie in &changes.created {
        prop_assert!(keys.insert(key(tie)), "makes what is there");
    }
    Ok(keys)
}

fn enrollment_key(tie: &Enrollment) -> (ClassKey, UserKey, Role) {
    (tie.class, tie.user, tie.role)
}

fn guardian_key(tie: &Guardian) -> (UserKey, UserKey) {
    (tie.student, tie.guardian)
}

proptest! {
    /// A town of two schools loses whatever it may, gets a few people new and a
    /// few ties anew.
    #[test]
    fn nothing_is_ever_archived_or_removed(
        archived in prop::collection::btree_set(0u32..60, 0..60),
        lost in prop::collection::btree_set(0u32..60, 0..60),
        classes in prop::collection::btree_set(0u32..20, 0..20),
        removed in prop::collection::btree_set(0usize..60, 0..60),
        anew in prop::collection::btree_set(0usize..60, 0..60),
        renamed in prop::collection::btree_set(0u32..60, 0..60),
    ) {
        let mut town = Town::new(2, 30, 10);
        for key in &archived {
            town.archive_users(*key..key + 1);
        }
        for key in &lost {
            town.lose_links(*key..key + 1);
        }
        for key in &classes {
            town.archive_classes(*key..key + 1);
        }
        for key in &removed {
            town.remove_enrollments(*key..key + 1);
            town.remove_guardians(*key..key + 1);
            if anew.contains(key) {
                let enrollment = town.roster.enrollments[*key];
                town.plan.enrollments.created.push(Enrollment { primary: true, ..enrollment });
                let guardian = town.roster.guardians[*key];
                town.plan.guardians.created.push(Guardian { relation: Role::Guardian, ..guardian });
            }
        }
        for key in renamed.difference(&archived) {
            town.change_users(*key..key + 1, |attributes| {
                attributes.set(Field::GivenName, Some("Ada".into()), Some(SIS));
            });
        }
        for key in 0..3 {
            town.plan.classes.created.push(class(100 + key, &format!("n{key}"), 0, "New", 0));
        }

        let mut plan = town.plan.clone();
        let kept = keep_existing(&mut plan);

        prop_assert!(!archives(&plan.users) && !archives(&plan.classes));
        prop_assert!(plan.links.removed.is_empty());
        prop_assert!(plan.links.updated.iter().all(|update| update.after.present));
        prop_assert!(plan.enrollments.removed.is_empty() && plan.guardians.removed.is_empty());
        prop_assert_eq!(plan.classes.created.len(), 3);
        prop_assert_eq!(
            kept as usize,
            archived.len() + lost.len() + classes.len() + 2 * removed.difference(&anew).count()
        );
        // Everyone who is renamed still is, but for those who are left alone.
        let renamed: BTreeSet<u32> = &(&renamed - &archived) - &lost;
        let still: BTreeSet<u32> =
            plan.users.updated.iter().map(|update| update.before.key.0).collect();
        prop_assert_eq!(still, renamed);
        // Nobody is missing afterwards, and no key is there twice.
        let all: BTreeSet<_> = town.roster.enrollments.iter().map(enrollment_key).collect();
        prop_assert_eq!(
            keys_after(&town.roster.enrollments, &plan.enrollments, enrollment_key)?, all
        );
        let all: BTreeSet<_> = town.roster.guardians.iter().map(guardian_key).collect();
        prop_assert_eq!(
            keys_after(&town.roster.guardians, &plan.guardians, guardian_key)?, all
        );
        // Once is enough.
        let once = plan.clone();
        prop_assert_eq!(keep_existing(&mut plan), 0);
        prop_assert_eq!(plan, once);
    }
}
