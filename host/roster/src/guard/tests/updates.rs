//! `mass-update`, and `source-vanished` where a source loses most users.

use super::town::{DIRECTORY, SIS, Town, codes, link};
use crate::record::Collection;
use crate::state::Field;

/// `n` of `of` users get another value for a field.
fn changed(n: u32, of: u32, field: Field, value: Option<&str>) -> Town {
    let mut town = Town::new(1, of, 1);
    town.change_users(0..n, |attributes| {
        attributes.set(field, value.map(Into::into), Some(SIS));
    });
    town
}

#[test]
fn half_may_change_their_email_and_one_more_is_held() {
    let town = changed(50, 100, Field::Email, Some("new@y.org"));
    assert_eq!(town.held(), []);
    let town = changed(51, 100, Field::Email, Some("new@y.org"));
    assert_eq!(town.held(), codes(&[("mass-update", None)]));
    assert_eq!(
        &*town.holds()[0].detail,
        "the email of 51 of 100 (51 %) users of `Northside` would change or disappear"
    );
}

#[test]
fn nineteen_are_no_mass() {
    let changed = |n| changed(n, n, Field::Email, Some("new@y.org")).held().len();
    assert_eq!(changed(19), 0);
    assert_eq!(changed(20), 1);
}

#[test]
fn values_that_disappear_count() {
    let town = changed(100, 100, Field::Email, None);
    assert_eq!(town.held(), codes(&[("mass-update", None)]));
}

#[test]
fn values_that_are_new_and_other_fields_do_not_count() {
    for field in [Field::Username, Field::GivenName, Field::Grades] {
        assert_eq!(changed(100, 100, field, Some("new")).held(), []);
    }
}

#[test]
fn letter_case_alone_does_not_count() {
    let mut town = Town::new(1, 100, 1);
    town.change_users(0..100, |attributes| {
        let upper = attributes.get(Field::Email).unwrap().to_uppercase();
        attributes.set(Field::Email, Some(upper.into()), Some(SIS));
    });
    assert_eq!(town.held(), []);
}

#[test]
fn a_sources_first_run_finds_no_users_of_its_own() {
    let mut town = changed(100, 100, Field::Email, Some("new@y.org"));
    for link in &mut town.roster.links {
        link.origin.provider = DIRECTORY;
    }
    town.directory_sent.counts.insert(Collection::Users, 100);
    assert_eq!(town.held(), []);
}

/// `n` of a hundred users lose their record at the SIS, and take the name that
/// the directory has. The deletion threshold is switched off.
fn fallen(n: u32) -> Town {
    let mut town = Town::new(1, 100, 1);
    for user in 0..100 {
        town.roster
            .links
            .push(link(DIRECTORY, format!("d{user}"), user));
    }
    town.directory_sent.counts.insert(Collection::Users, 100);
    town.sis.settings.deletion_threshold.percent = 100;
    town.lose_links(0..n);
    town.change_users(0..n, |attributes| {
        attributes.set(Field::GivenName, Some("Ada".into()), Some(DIRECTORY));
    });
    town
}

#[test]
fn half_the_users_may_fall_back_and_one_more_is_held() {
    assert_eq!(fallen(50).held(), []);
    assert_eq!(fallen(51).held(), codes(&[("source-vanished", None)]));
}

#[test]
fn a_new_order_of_priority_is_no_vanished_source() {
    let mut town = fallen(100);
    town.plan.links.updated.clear();
    assert_eq!(town.held(), []);
}
