//! The known answers hold when they are worked out the long way.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::HashSet;

use district::{Answers, District, Night, RoleName, Spec, Status};

fn the_long_way(district: &District) -> Answers {
    let rows: Vec<_> = district.directory().collect();
    let emails: HashSet<String> = rows.iter().map(|r| r.email.to_lowercase()).collect();
    let mut answers = Answers {
        directory_rows: rows.len() as u32,
        directory_extras: rows.iter().filter(|r| r.email.starts_with("x.")).count() as u32,
        ..Answers::default()
    };
    let active = |user: &district::User| user.status == Status::Active;
    for user in district.users().filter(active) {
        let email = user.email.map(|email| email.to_lowercase());
        let matches = u32::from(email.as_ref().is_some_and(|email| emails.contains(email)));
        let without = u32::from(email.is_none());
        match user.roles[0].role {
            RoleName::Student => {
                answers.students += 1;
                answers.matched_students += matches;
                answers.students_without_email += without;
            }
            RoleName::Parent | RoleName::Guardian | RoleName::Relative => {
                answers.guardians += 1;
                assert_eq!(matches, 0, "the directory has no guardians");
            }
            role => {
                let teaches = u32::from(role == RoleName::Teacher);
                answers.staff += 1;
                answers.teachers += teaches;
                answers.matched_staff += matches;
                answers.matched_teachers += teaches * matches;
                answers.staff_without_email += without;
            }
        }
    }
    answers
}

#[test]
fn the_answers_are_what_a_join_gives() {
    for people in [30, 3_000, 20_000] {
        let spec = Spec {
            people,
            ..Spec::default()
        };
        let district = District::new(spec);
        assert_eq!(district.answers(), the_long_way(&district));
    }
}

#[test]
fn the_answers_follow_the_night() {
    for leavers_as_tobedeleted in [false, true] {
        let district = District::new(Spec {
            night: Night {
                left: 200,
                joined: 40,
                renamed: 30,
                leavers_as_tobedeleted,
                ..Night::default()
            },
            ..Spec::default()
        });
        let answers = district.answers();
        assert_eq!(answers, the_long_way(&district));
        assert_eq!(answers.students, 2_100 - 200 + 40);
    }
}

#[test]
fn most_people_match_and_some_do_not() {
    let answers = District::new(Spec::default()).answers();
    assert!(answers.matched_students > answers.students * 85 / 100);
    assert!(answers.matched_students < answers.students * 95 / 100);
    assert!(answers.matched_staff < answers.staff);
    assert!(answers.directory_extras > 10);
}

#[test]
fn directory_ids_and_emails_are_unique() {
    let district = District::new(Spec::default());
    let mut ids = HashSet::new();
    let mut emails = HashSet::new();
    for row in district.directory() {
        assert!(ids.insert(row.id));
        assert!(row.email.is_empty() || emails.insert(row.email.to_lowercase()));
    }
}
