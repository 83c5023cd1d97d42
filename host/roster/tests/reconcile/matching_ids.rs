//! People matched by ids: what a directory and a SIS know of each other, ids
//! that change, and ids that come back.

use crate::support::*;
use homeroom_roster::outcome::Outcome;
use homeroom_roster::settings::{ProviderKind, StudentId};
use homeroom_roster::state::{Field, Status};

#[test]
fn an_immutable_id_of_the_directory_comes_before_the_email() {
    let mut tenant = Tenant::default();
    let mut user = teacher("t1", "Ann Green", "bea@x.org");
    user.user_ids = vec![("objectGUID", "{6F9619FF-8B86-D011-B42D-00C04FC964FF}")];
    tenant.run(&[
        directory(&[
            entry(
                "6f9619ff-8b86-d011-b42d-00c04fc964ff",
                "Ann Green",
                "ann@x.org",
            ),
            entry("d2", "Bea Boot", "bea@x.org"),
        ]),
        sis(&[user]),
    ]);
    assert_eq!(tenant.rule(SIS, "t1"), Some("directory-id"));
    assert_eq!(
        tenant.user_of(SIS, "t1"),
        tenant.user_of(DIRECTORY, "6f9619ff-8b86-d011-b42d-00c04fc964ff")
    );
}

fn with_number<'a>(
    id: &'a str,
    name: &'a str,
    number: &'a str,
) -> homeroom_roster::record::User<'a> {
    let mut user = entry(id, name, "");
    user.identifier = Some(number);
    user
}

#[test]
fn the_id_of_the_sis_held_by_the_directory_comes_before_the_email() {
    let mut tenant = Tenant::default();
    tenant.run(&[
        directory(&[
            with_number("d1", "Ada Love", "1001"),
            entry("d2", "Bea Boot", "ada@x.org"),
        ]),
        sis(&[student("1001", "Ada Love", "ada@x.org")]),
    ]);
    assert_eq!(tenant.rule(SIS, "1001"), Some("sis-id"));
    assert_eq!(tenant.user_of(SIS, "1001"), tenant.user_of(DIRECTORY, "d1"));
}

#[test]
fn an_id_held_by_someone_of_another_name_is_a_finding() {
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[
        directory(&[with_number("d1", "Bob Brown", "1001")]),
        sis(&[student("1001", "Ada Love", "")]),
    ]);
    assert_eq!(unmatched(&outcome), ["1001 user-id-conflict"]);
}

#[test]
fn an_id_that_a_crowd_holds_identifies_nobody() {
    let ids: Vec<String> = (0..100).map(|n| format!("d{n}")).collect();
    let entries: Vec<_> = ids
        .iter()
        .map(|id| with_number(id, "Ada Love", "0"))
        .collect();
    let mut user = student("s1", "Ada Love", "");
    user.identifier = Some("0");
    let outcome = Tenant::default().run(&[directory(&entries), sis(&[user])]);
    assert_eq!(unmatched(&outcome), ["s1 user-no-email"]);
}

#[test]
fn t17_leading_zeros_count() {
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[
        directory(&[with_number("d1", "Ada Love", "123")]),
        sis(&[student("00123", "Ada Love", "")]),
    ]);
    assert_eq!(unmatched(&outcome), ["00123 user-no-email"]);
}

#[test]
fn t18_ids_that_differ_in_case_are_two_people() {
    let mut tenant = Tenant::default();
    tenant.run(&[
        directory(&[
            entry("d1", "Ada Love", "ada@x.org"),
            entry("d2", "Bea Boot", "bea@x.org"),
        ]),
        sis(&[
            student("a1", "Ada Love", "ada@x.org"),
            student("A1", "Bea Boot", "bea@x.org"),
        ]),
    ]);
    assert_eq!(tenant.user_of(SIS, "a1"), tenant.user_of(DIRECTORY, "d1"));
    assert_eq!(tenant.user_of(SIS, "A1"), tenant.user_of(DIRECTORY, "d2"));
}

#[test]
fn t19_one_id_in_two_sources_is_two_records() {
    let mut tenant = Tenant::default();
    let second = source(
        SIS_2,
        ProviderKind::Sis,
        40,
        Rows::users(&[student("1001", "Bea Boot", "bea@x.org")]),
    );
    tenant.run(&[
        directory(&[
            entry("d1", "Ada Love", "ada@x.org"),
            entry("d2", "Bea Boot", "bea@x.org"),
        ]),
        sis(&[student("1001", "Ada Love", "ada@x.org")]),
        second,
    ]);
    assert_eq!(tenant.user_of(SIS, "1001"), tenant.user_of(DIRECTORY, "d1"));
    assert_eq!(
        tenant.user_of(SIS_2, "1001"),
        tenant.user_of(DIRECTORY, "d2")
    );
}

#[test]
fn t20_an_id_given_to_someone_new_does_not_make_them_the_graduate() {
    let mut tenant = Tenant::default();
    let making = |users: &[_]| with(sis(users), |settings| settings.attach_only = false);
    let other = student("s2", "Bea Boot", "bea@x.org");
    tenant.run(&[making(&[
        student("5001", "Ada Love", "ada@x.org"),
        other.clone(),
    ])]);
    let graduate = tenant.user_of(SIS, "5001");
    tenant.run(&[making(std::slice::from_ref(&other))]);
    assert!(!tenant.active("5001"));
    tenant.run(&[making(&[student("5001", "Cid Cole", "cid@x.org"), other])]);
    let newcomer = tenant.user_of(SIS, "5001");
    assert!(newcomer.is_some());
    assert_ne!(newcomer, graduate);
    assert!(!tenant.active("5001"), "the graduate stays archived");
    assert_eq!(
        tenant.value("provider-2/5001", Field::GivenName),
        Some("Cid")
    );
}

#[test]
fn t20_attaching_only_the_reused_id_is_a_finding() {
    let mut tenant = Tenant::default();
    let entries = || directory(&[entry("d1", "Ada Love", "ada@x.org")]);
    tenant.run(&[entries(), sis(&[student("5001", "Ada Love", "ada@x.org")])]);
    tenant.run(&[entries(), sis(&[student("s2", "Bea Boot", "bea@x.org")])]);
    let outcome = tenant.run(&[entries(), sis(&[student("5001", "Cid Cole", "cid@x.org")])]);
    assert_eq!(unmatched(&outcome), ["5001 user-id-reused"]);
    assert_eq!(
        tenant.link(SIS, "5001").map(|link| link.present),
        Some(false)
    );
}

#[test]
fn t21_switching_the_student_number_changes_a_field_and_no_link() {
    let mut tenant = Tenant::default();
    let mut user = student("s-17", "Ada Love", "ada@x.org");
    user.identifier = Some("00123");
    let sources = |number| {
        [
            directory(&[entry("d1", "Ada Love", "ada@x.org")]),
            with(sis(std::slice::from_ref(&user)), |settings| {
                settings.student_id = number
            }),
        ]
    };
    tenant.run(&sources(StudentId::SourcedId));
    assert_eq!(tenant.value("d1", Field::Identifier), Some("s-17"));
    let outcome = tenant.run(&sources(StudentId::StudentNumber));
    assert_eq!(tenant.value("d1", Field::Identifier), Some("00123"));
    assert!(outcome.plan.links.is_empty());
    assert_eq!(outcome.plan.counts().users.update, 1);
}

/// Thirty students whose ids all change.
fn churn(prefix: &str, users: &[(String, String, String)]) -> homeroom_roster::outcome::Source {
    let ids: Vec<String> = users
        .iter()
        .map(|(number, ..)| format!("{prefix}{number}"))
        .collect();
    let users: Vec<_> = ids
        .iter()
        .zip(users)
        .map(|(id, (_, name, email))| {
            let mut user = student(id, name, email);
            user.roles[0].org = Some("school");
            user
        })
        .collect();
    sis(&users)
}

#[test]
fn t22_all_ids_of_a_school_changed_is_held_and_nobody_is_made_twice() {
    let mut tenant = Tenant::default();
    let users: Vec<(String, String, String)> = (0..30)
        .map(|n| {
            (
                n.to_string(),
                format!("Given{n} Family{n}"),
                format!("u{n}@x.org"),
            )
        })
        .collect();
    let entries: Vec<_> = users
        .iter()
        .map(|(id, name, email)| entry(id, name, email))
        .collect();
    tenant.run(&[directory(&entries), churn("old-", &users)]);
    let outcome: Outcome = tenant.preview(SIS, &[directory(&entries), churn("new-", &users)]);
    assert!(
        outcome
            .holds
            .iter()
            .any(|hold| &*hold.code == "ids-changed")
    );
    assert!(outcome.plan.users.created.is_empty());
    let counts = outcome.plan.counts().users;
    assert_eq!((counts.archive, counts.create), (0, 0));
    assert_eq!(outcome.unmatched, []);
}

#[test]
fn trap45_a_legacy_id_leads_back_to_the_person() {
    let mut tenant = Tenant::default();
    let entries = || directory(&[entry("d1", "Ada Love", "ada@x.org")]);
    tenant.run(&[entries(), sis(&[student("s+1", "Ada Love", "ada@x.org")])]);
    let mut renamed = student("guid-1", "Ada Lovelace", "ada.lovelace@x.org");
    renamed.metadata = vec![("ic.legacysourceId", "s+1")];
    tenant.run(&[entries(), sis(&[renamed])]);
    assert_eq!(tenant.rule(SIS, "guid-1"), Some("legacy-id"));
    assert_eq!(
        tenant.user_of(SIS, "guid-1"),
        tenant.user_of(DIRECTORY, "d1")
    );
    assert_eq!(
        tenant.link(SIS, "s+1").map(|link| link.present),
        Some(false)
    );
}

#[test]
fn a_person_whose_id_changed_is_found_again_by_email_and_name() {
    let mut tenant = Tenant::default();
    let entries = || directory(&[entry("d1", "Ada Love", "ada@x.org")]);
    tenant.run(&[entries(), sis(&[student("s1", "Ada Love", "ada@x.org")])]);
    tenant.run(&[entries(), sis(&[student("s2", "ADA LOVE", "ada@x.org")])]);
    assert_eq!(tenant.user_of(SIS, "s2"), tenant.user_of(DIRECTORY, "d1"));
}

#[test]
fn t24_who_returns_after_a_year_is_the_same_person() {
    let mut tenant = Tenant::default();
    let making = |users: &[_]| with(sis(users), |settings| settings.attach_only = false);
    let other = student("s2", "Bea Boot", "bea@x.org");
    tenant.run(&[making(&[
        student("s1", "Ada Love", "ada@x.org"),
        other.clone(),
    ])]);
    let user = tenant.user_of(SIS, "s1");
    tenant.run(&[making(std::slice::from_ref(&other))]);
    assert!(!tenant.active("s1"));
    tenant.today = day(300);
    tenant.run(&[making(&[student("s1", "Ada Love", "ada.new@x.org"), other])]);
    assert_eq!(tenant.user_of(SIS, "s1"), user);
    assert!(tenant.active("s1"));
    assert_eq!(tenant.value("s1", Field::Email), Some("ada.new@x.org"));
}

#[test]
fn t25_who_is_deleted_and_reappears_is_restored() {
    let mut tenant = Tenant::default();
    let making = |users: &[_]| with(sis(users), |settings| settings.attach_only = false);
    let alive = student("s1", "Ada Love", "ada@x.org");
    let mut deleted = alive.clone();
    deleted.lifecycle = DELETED;
    tenant.run(&[making(std::slice::from_ref(&alive))]);
    let outcome = tenant.run(&[making(&[deleted])]);
    assert_eq!(findings(&outcome), ["record-deleted s1"]);
    assert_eq!(tenant.user("s1").status, Status::Archived);
    tenant.run(&[making(&[alive])]);
    assert!(tenant.active("s1"));
    assert_eq!(tenant.roster.users.len(), 1);
}
