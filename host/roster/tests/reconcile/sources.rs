//! Reading sources back from their pages.

use homeroom_roster::codec;
use homeroom_roster::record::{Collection, Lifecycle, Role};
use homeroom_roster::source::SourceRecords;

use crate::support::*;

fn page<T: serde::Serialize>(records: &[T]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for record in records {
        codec::push(&mut bytes, record).expect("records can be written");
    }
    bytes
}

#[test]
fn pages_are_read_back_in_any_order() {
    let mut builder = SourceRecords::builder();
    let enrollments = page(&[enrollment("e1", "s", "c", Role::Student)]);
    let users = page(&[student("s", "Kim Lee", "kim@x.org")]);
    let pages = [
        (Collection::Enrollments, enrollments),
        (Collection::Users, users),
        (Collection::Classes, page(&[class("c", "north")])),
        (
            Collection::AcademicSessions,
            page(&[session("t", 0, 1, None)]),
        ),
        (Collection::Courses, Vec::new()),
        (Collection::Orgs, page(&[school("north")])),
    ];
    for (collection, bytes) in &pages {
        builder.add_page(*collection, bytes).expect("a good page");
    }
    let records = builder.finish();
    for collection in Collection::ALL {
        let rows = if collection == Collection::Courses {
            0
        } else {
            1
        };
        assert_eq!(records.received(collection), rows, "{collection}");
        assert_eq!(
            records.live_count(collection),
            rows as usize,
            "{collection}"
        );
    }
}

#[test]
fn a_damaged_page_is_refused_and_names_the_place() {
    let mut bytes = page(&[student("s", "Kim Lee", "kim@x.org")]);
    bytes.truncate(bytes.len() - 1);
    let error = SourceRecords::builder().add_page(Collection::Users, &bytes);
    let error = error.expect_err("half a record");
    assert_eq!(error.offset, 0);
    assert!(error.to_string().contains("full sync"), "{error}");
}

#[test]
fn live_records_are_those_that_are_not_deleted_each_once() {
    let mut gone = student("b", "Bea Boot", "b@x.org");
    gone.lifecycle = DELETED;
    let mut ended = enrollment("e2", "a", "c", Role::Student);
    ended.lifecycle = DELETED;
    let first = enrollment("e1", "a", "c", Role::Student);
    let mut roles = student("a", "Ada Love", "a@x.org");
    roles.roles = vec![
        at(Role::Student, Some("north")),
        at(Role::Aide, Some("south")),
    ];
    roles.primary_org = Some("district");
    let records = Rows::default()
        .and_users(&[roles.clone(), roles, gone])
        .and_enrollments(&[first.clone(), first, ended])
        .finish();
    assert_eq!(records.received(Collection::Users), 3);
    assert_eq!(records.live_count(Collection::Users), 1);
    assert_eq!(records.live_count(Collection::Enrollments), 1);
    let mut seen = Vec::new();
    records.each_live_user(&mut |id, orgs| {
        seen.push((id.to_owned(), orgs.map(str::to_owned).collect::<Vec<_>>()));
    });
    let orgs = ["north", "south", "district"].map(String::from).to_vec();
    assert_eq!(seen, [("a".to_owned(), orgs)]);
}

#[test]
fn trap20_of_different_rows_under_one_id_the_newest_counts_whatever_the_order() {
    let version = |title: &'static str, modified| {
        let mut one = class("c", "north");
        one.title = title;
        one.lifecycle = Lifecycle {
            deleted: false,
            modified,
        };
        one
    };
    let versions = [
        version("old", Some(1)),
        version("new", Some(2)),
        version("undated", None),
    ];
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
        let rows = order.map(|index: usize| versions[index].clone());
        let mut tenant = Tenant::default();
        let records = Rows::default()
            .and_orgs(&[school("north")])
            .and_classes(&rows);
        let outcome = tenant.run(&[source(
            SIS,
            homeroom_roster::settings::ProviderKind::Sis,
            50,
            records.finish(),
        )]);
        assert_eq!(&*tenant.roster.classes[0].title, "new");
        let conflicts = findings(&outcome);
        assert_eq!(
            conflicts
                .iter()
                .filter(|one| *one == "record-conflict c")
                .count(),
            2
        );
        assert_eq!(outcome.tally[&Collection::Classes].skipped, 2);
    }
}

#[test]
fn enrollments_sent_twice_count_once() {
    let mut tenant = Tenant::default();
    let long = "an-id-that-is-much-too-long-to-be-packed-into-sixteen-bytes";
    let same = enrollment(long, "s", "c", Role::Student);
    let other = enrollment(
        "6f9619ff-8b86-d011-b42d-00c04fc964ff",
        "s",
        "c",
        Role::Teacher,
    );
    let mut differs = other.clone();
    differs.lifecycle.modified = Some(5);
    differs.primary = Some(true);
    let records = Rows::default()
        .and_orgs(&[school("north")])
        .and_classes(&[class("c", "north")])
        .and_users(&[student("s", "Kim Lee", "kim@x.org")])
        .and_enrollments(&[same.clone(), other, same, differs])
        .finish();
    let sis = source(
        SIS,
        homeroom_roster::settings::ProviderKind::Sis,
        50,
        records,
    );
    let outcome = tenant.run(&[with(sis, |settings| settings.attach_only = false)]);
    assert_eq!(
        findings(&outcome),
        [
            "record-conflict 6f9619ff-8b86-d011-b42d-00c04fc964ff".to_owned(),
            format!("record-duplicate {long}"),
        ]
    );
    let primary: Vec<bool> = tenant
        .roster
        .enrollments
        .iter()
        .map(|one| one.primary)
        .collect();
    assert_eq!(primary, [false, true], "the newer one says primary");
}
