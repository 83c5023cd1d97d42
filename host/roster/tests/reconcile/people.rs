//! One human being as several records of one source.

use crate::support::*;
use homeroom_roster::record::Role;

fn person_count(tenant: &Tenant) -> usize {
    tenant.roster.users.len()
}

fn making(users: &[homeroom_roster::record::User<'_>]) -> homeroom_roster::outcome::Source {
    with(sis(users), |settings| {
        settings.attach_only = false;
        settings.parents = [Role::Parent].into_iter().collect();
    })
}

#[test]
fn trap36_a_record_for_each_role_is_one_person() {
    let mut tenant = Tenant::default();
    tenant.run(&[making(&[
        teacher("t+7", "Ann Green", "ann@x.org"),
        person("a+7", Role::SiteAdministrator, "Ann Green", "ann@x.org"),
    ])]);
    assert_eq!(person_count(&tenant), 1);
    assert_eq!(tenant.user_of(SIS, "t+7"), tenant.user_of(SIS, "a+7"));
    assert_eq!(tenant.rule(SIS, "a+7"), Some("created"));
    assert_eq!(tenant.rule(SIS, "t+7"), Some("same-source"));
}

#[test]
fn trap36_role_prefixes_join_without_an_email() {
    let mut tenant = Tenant::default();
    tenant.run(&[making(&[
        teacher("t+7", "Ann Green", ""),
        person("a+7", Role::SiteAdministrator, "Ann Green", ""),
        person("a+8", Role::SiteAdministrator, "Ann Green", ""),
    ])]);
    assert_eq!(tenant.user_of(SIS, "t+7"), tenant.user_of(SIS, "a+7"));
    assert_ne!(tenant.user_of(SIS, "t+7"), tenant.user_of(SIS, "a+8"));
}

#[test]
fn t23_one_record_for_each_school_is_one_person_counted_once() {
    let mut tenant = Tenant::default();
    let mut north = student("n1", "Ada Love", "ada@x.org");
    north.roles = vec![at(Role::Student, Some("north"))];
    let mut south = student("s1", "Ada Love", "ada@x.org");
    south.roles = vec![at(Role::Student, Some("south"))];
    let rows = Rows::default()
        .and_orgs(&[school("north"), school("south")])
        .and_users(&[north, south]);
    let outcome = tenant.run(&[
        directory(&[entry("d1", "Ada Love", "ada@x.org")]),
        source(
            SIS,
            homeroom_roster::settings::ProviderKind::Sis,
            50,
            rows.finish(),
        ),
    ]);
    assert_eq!(outcome.counts.matched_students, 1);
    assert_eq!(tenant.user("d1").orgs.len(), 2);
    assert_eq!(tenant.user_of(SIS, "n1"), tenant.user_of(SIS, "s1"));
}

#[test]
fn records_without_email_join_by_number_and_name() {
    let mut tenant = Tenant::default();
    let with_number = |id, name, number| {
        let mut user = student(id, name, "");
        user.identifier = Some(number);
        user
    };
    tenant.run(&[making(&[
        with_number("n1", "Ada Love", "00123"),
        with_number("s1", "Ada Love", "00123"),
        with_number("w1", "Bea Boot", "00123"),
        with_number("x1", "Ada Love", "123"),
    ])]);
    assert_eq!(tenant.user_of(SIS, "n1"), tenant.user_of(SIS, "s1"));
    assert_eq!(person_count(&tenant), 3);
}

#[test]
fn a_student_never_joins_an_adult() {
    let mut tenant = Tenant::default();
    tenant.run(&[making(&[
        student("s+1", "Ann Green", "ann@x.org"),
        parent("p+1", "Ann Green", "ann@x.org"),
    ])]);
    assert_ne!(tenant.user_of(SIS, "s+1"), tenant.user_of(SIS, "p+1"));
    assert_eq!(person_count(&tenant), 2);
}

#[test]
fn t35_records_that_disagree_are_not_joined_by_way_of_a_third() {
    let mut tenant = Tenant::default();
    let number = |id, email, number| {
        let mut user = teacher(id, "Ann Green", email);
        user.identifier = number;
        user
    };
    let outcome = tenant.run(&[making(&[
        number("a", "ann@x.org", Some("1")),
        number("b", "", Some("1")),
        number("c", "other@x.org", Some("1")),
    ])]);
    assert_eq!(person_count(&tenant), 3);
    assert_eq!(
        findings(&outcome),
        [
            "person-conflict a",
            "person-conflict b",
            "person-conflict c"
        ]
    );
}

#[test]
fn t35_sources_are_not_joined_by_way_of_a_third() {
    // The directory is A, the first SIS B by its id, the second C by B's email.
    let mut tenant = Tenant::default();
    let mut known = entry("d1", "Ann Green", "a@x.org");
    known.identifier = Some("b1");
    let second = source(
        SIS_2,
        homeroom_roster::settings::ProviderKind::Sis,
        40,
        Rows::users(&[teacher("c1", "Ann Green", "b@x.org")]),
    );
    let outcome = tenant.run(&[
        directory(&[known]),
        sis(&[teacher("b1", "Ann Green", "b@x.org")]),
        second,
    ]);
    assert_eq!(tenant.user_of(SIS, "b1"), tenant.user_of(DIRECTORY, "d1"));
    assert_eq!(unmatched(&outcome), ["c1 user-no-match"]);
}

#[test]
fn t38_a_record_sent_twice_counts_once_and_is_reported() {
    let mut tenant = Tenant::default();
    let first = student("s1", "Ada Love", "ada@x.org");
    let mut newer = student("s1", "Ada Lovelace", "ada@x.org");
    newer.lifecycle.modified = Some(1_000);
    let twice = [first.clone(), first.clone()];
    let outcome = tenant.run(&[making(&twice)]);
    assert_eq!(findings(&outcome), ["record-duplicate s1"]);
    let outcome = tenant.run(&[making(&[first.clone(), newer.clone()])]);
    assert_eq!(findings(&outcome), ["record-conflict s1"]);
    let outcome = tenant.run(&[making(&[newer, first])]);
    assert!(outcome.plan.is_empty(), "the order does not matter");
    let name = tenant.value("s1", homeroom_roster::state::Field::FamilyName);
    assert_eq!(name, Some("Lovelace"));
}

#[test]
fn trap43_two_people_with_one_email_are_never_first_wins() {
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[
        directory(&[entry("d1", "Ann Green", "ann@x.org")]),
        sis(&[
            teacher("t1", "Ann Green", "ann@x.org"),
            teacher("t2", "Bob Brown", "ann@x.org"),
        ]),
    ]);
    assert_eq!(
        unmatched(&outcome),
        ["t1 user-email-shared", "t2 user-email-shared"]
    );
}

#[test]
fn trap48_a_user_without_any_name_is_left_out_with_a_reason() {
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[
        directory(&[entry("d1", "Ann Green", "ann@x.org")]),
        sis(&[teacher("t1", "", "ann@x.org")]),
    ]);
    assert_eq!(unmatched(&outcome), ["t1 user-no-name"]);
}

#[test]
fn records_linked_to_different_users_stay_and_are_reported() {
    let mut tenant = Tenant::default();
    let entries = || {
        directory(&[
            entry("d1", "Ann Green", "a@x.org"),
            entry("d2", "Ann Green", "b@x.org"),
        ])
    };
    tenant.run(&[
        entries(),
        sis(&[
            teacher("t1", "Ann Green", "a@x.org"),
            teacher("t2", "Ann Green", "b@x.org"),
        ]),
    ]);
    let mut third = teacher("t3", "Ann Green", "");
    third.username = Some("ann");
    let mut users = [
        teacher("t1", "Ann Green", ""),
        teacher("t2", "Ann Green", ""),
        third,
    ];
    users[0].username = Some("ann");
    users[1].username = Some("ann");
    let outcome = tenant.run(&[entries(), sis(&users)]);
    assert_eq!(tenant.user_of(SIS, "t1"), tenant.user_of(DIRECTORY, "d1"));
    assert_eq!(tenant.user_of(SIS, "t2"), tenant.user_of(DIRECTORY, "d2"));
    assert_eq!(
        findings(&outcome),
        [
            "user-ambiguous t3",
            "user-link-conflict t1",
            "user-link-conflict t2"
        ]
    );
}
