//! A later night: who is gone, new, renamed, moved, and what keeps its id.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::{HashMap, HashSet};

use district::{Collection, District, Enrollment, Id, Night, Shrink, Spec, Status, User};

fn on(night: Night) -> District {
    District::new(Spec {
        night,
        ..Spec::default()
    })
}

fn users(district: &District) -> HashMap<Id, User> {
    district.users().map(|u| (u.sourced_id, u)).collect()
}

fn enrollments(district: &District) -> HashMap<Id, Enrollment> {
    district.enrollments().map(|e| (e.sourced_id, e)).collect()
}

fn assert_whole(district: &District) {
    let users = users(district);
    let classes: HashSet<Id> = district.classes().map(|c| c.sourced_id).collect();
    assert_eq!(users.len(), district.len(Collection::Users));
    for (index, row) in district.enrollments().enumerate() {
        assert!(users.contains_key(&row.user) && classes.contains(&row.class));
        let found = district.find(Collection::Enrollments, row.sourced_id.as_str());
        assert_eq!(found, Some(index));
    }
    for user in users.values() {
        assert!(user.agents.iter().all(|agent| users.contains_key(agent)));
    }
}

#[test]
fn students_leave_join_are_renamed_and_move() {
    let first = on(Night::default());
    let second = on(Night {
        left: 12,
        joined: 5,
        renamed: 7,
        moved: 9,
        ..Night::default()
    });
    assert_whole(&second);
    let (before, after) = (users(&first), users(&second));
    assert_eq!(
        before.keys().filter(|id| !after.contains_key(id)).count(),
        12
    );
    assert_eq!(
        after.keys().filter(|id| !before.contains_key(id)).count(),
        5
    );
    let renamed: Vec<_> = before
        .values()
        .filter_map(|old| after.get(&old.sourced_id).map(|new| (old, new)))
        .filter(|(old, new)| old.family_name != new.family_name)
        .collect();
    assert_eq!(renamed.len(), 7);
    assert!(renamed.iter().all(|(old, new)| old.email == new.email));
    assert!(
        renamed
            .iter()
            .all(|(old, new)| old.date_last_modified < new.date_last_modified)
    );

    let (before, after) = (enrollments(&first), enrollments(&second));
    let gone: Vec<_> = before
        .values()
        .filter(|e| !after.contains_key(&e.sourced_id))
        .collect();
    let new: Vec<_> = after
        .values()
        .filter(|e| !before.contains_key(&e.sourced_id))
        .collect();
    assert_eq!(new.len(), 5 * 9 + 9);
    let there = users(&second);
    let moved_away = gone.iter().filter(|e| there.contains_key(&e.user)).count();
    assert_eq!(moved_away, 9);
    assert!(gone.len() >= 12 * 9 + 9);
}

#[test]
fn nothing_else_changes() {
    let first = on(Night::default());
    let second = on(Night {
        left: 3,
        moved: 2,
        ..Night::default()
    });
    let (before, after) = (users(&first), users(&second));
    let same = after
        .values()
        .filter(|u| before.get(&u.sourced_id) == Some(u))
        .count();
    // Guardians of those who left name one student fewer.
    assert!(same >= after.len() - 2 * 3, "{same} of {}", after.len());
}

#[test]
fn leavers_may_stay_as_tobedeleted() {
    let night = Night {
        left: 12,
        leavers_as_tobedeleted: true,
        ..Night::default()
    };
    let district = on(night);
    assert_whole(&district);
    assert_eq!(district.len(Collection::Users), 3_000);
    let gone: HashSet<Id> = district
        .users()
        .filter(|u| u.status == Status::ToBeDeleted)
        .map(|u| u.sourced_id)
        .collect();
    assert_eq!(gone.len(), 12);
    for row in district.enrollments() {
        assert_eq!(row.status == Status::ToBeDeleted, gone.contains(&row.user));
    }
    assert_eq!(district.answers().students, 2_100 - 12);
}

#[test]
fn a_school_changes_all_its_ids() {
    let first = on(Night::default());
    let second = on(Night {
        rekeyed_school: Some(1),
        ..Night::default()
    });
    assert_whole(&second);
    let school = first.school_id(1);
    for (old, new) in first.classes().zip(second.classes()) {
        assert_eq!(old.sourced_id != new.sourced_id, old.school == school);
    }
    for (old, new) in first.enrollments().zip(second.enrollments()) {
        assert_eq!(old.sourced_id != new.sourced_id, old.school == school);
    }
    let mut changed = 0;
    for (index, (old, new)) in first.users().zip(second.users()).enumerate() {
        assert_eq!(old.email, new.email);
        assert_eq!(old.sourced_id != new.sourced_id, old.roles[0].org == school);
        changed += usize::from(old.sourced_id != new.sourced_id);
        let found = second.find(Collection::Users, new.sourced_id.as_str());
        assert_eq!(found, Some(index));
        if old.sourced_id != new.sourced_id {
            assert_eq!(
                second.find(Collection::Users, old.sourced_id.as_str()),
                None
            );
        }
    }
    assert!(changed > 100);
}

#[test]
fn a_school_loses_a_share_of_its_students() {
    let first = on(Night::default());
    let second = on(Night {
        shrunk_school: Some(Shrink {
            school: 0,
            percent: 30,
        }),
        ..Night::default()
    });
    assert_whole(&second);
    let school = first.school_id(0);
    let count = |district: &District| {
        let at = |u: &User| !u.grades.is_empty() && u.roles[0].org == school;
        district.users().filter(at).count()
    };
    assert_eq!(count(&second), count(&first) - count(&first) * 30 / 100);
    let lost = first.len(Collection::Users) - second.len(Collection::Users);
    assert_eq!(lost, count(&first) * 30 / 100);
}

#[test]
fn a_tiny_district_survives_any_night() {
    let district = District::new(Spec {
        people: 30,
        night: Night {
            left: 100,
            joined: 3,
            renamed: 50,
            moved: 50,
            rekeyed_school: Some(0),
            shrunk_school: Some(Shrink {
                school: 9,
                percent: 500,
            }),
            ..Night::default()
        },
        ..Spec::default()
    });
    assert_whole(&district);
    assert_eq!(district.answers().students, 3);
}
