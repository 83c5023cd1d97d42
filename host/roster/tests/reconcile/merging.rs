//! What a user is made of, and what becomes of users when sources change.

use homeroom_roster::outcome::Source;
use homeroom_roster::record::{Role, User};
use homeroom_roster::settings::{ArchivedStudents, PhoneColumn, ProviderKind};
use homeroom_roster::state::{Field, ProviderKey, Status};

use crate::support::*;

fn made_by(key: u32, priority: u8, users: &[User<'_>]) -> Source {
    let one = source(
        ProviderKey(key),
        ProviderKind::Sis,
        priority,
        Rows::users(users),
    );
    with(one, |settings| settings.attach_only = false)
}

fn ada<'a>(id: &'a str, given: &'a str, phone: &'a str) -> User<'a> {
    let mut user = teacher(id, "", "ada@x.org");
    user.given_name = Some(given);
    user.family_name = Some("Love");
    user.sms = Some(phone).filter(|phone| !phone.is_empty());
    user
}

#[test]
fn t26_any_permutation_of_priorities_gives_the_value_of_the_highest() {
    for priorities in [[100, 90, 80], [80, 100, 90], [90, 80, 100], [80, 90, 100]] {
        let mut tenant = Tenant::default();
        let givens = ["Ada", "Adele", "Adelaide"];
        let sources: Vec<Source> = (0..3)
            .map(|n| made_by(n as u32 + 1, priorities[n], &[ada("a", givens[n], "")]))
            .collect();
        tenant.run(&sources);
        let highest = (0..3).find(|n| priorities[*n] == 100).expect("one has 100");
        assert_eq!(tenant.roster.users.len(), 1);
        assert_eq!(tenant.value("a", Field::GivenName), Some(givens[highest]));
    }
}

#[test]
fn t28_a_source_that_says_nothing_does_not_empty_what_another_says() {
    let mut tenant = Tenant::default();
    tenant.run(&[
        made_by(1, 100, &[ada("a", "Ada", "111")]),
        made_by(2, 50, &[ada("a", "Adele", "222")]),
    ]);
    assert_eq!(tenant.value("a", Field::Sms), Some("111"));
    tenant.run(&[
        made_by(1, 100, &[ada("a", "Ada", "")]),
        made_by(2, 50, &[ada("a", "Adele", "222")]),
    ]);
    assert_eq!(tenant.value("a", Field::Sms), Some("222"));
    assert_eq!(tenant.value("a", Field::GivenName), Some("Ada"));
}

#[test]
fn t29_a_higher_source_that_vanishes_for_a_night_is_held() {
    let mut tenant = Tenant::default();
    let ids: Vec<String> = (0..40).map(|n| format!("u{n}")).collect();
    let emails: Vec<String> = (0..40).map(|n| format!("u{n}@x.org")).collect();
    let people = |given: &'static str| -> Vec<User<'_>> {
        let users = ids.iter().zip(&emails);
        users
            .map(|(id, email)| {
                let mut user = teacher(id, "", email);
                user.given_name = Some(given);
                user.family_name = Some(id);
                user
            })
            .collect()
    };
    let lower = || sis(&people("Lower"));
    tenant.run(&[
        made_by(7, 100, &people("Higher")),
        with(lower(), |one| one.attach_only = false),
    ]);
    let outcome = tenant.preview(
        SIS,
        &[
            made_by(7, 100, &[]),
            with(lower(), |one| one.attach_only = false),
        ],
    );
    assert!(
        outcome
            .holds
            .iter()
            .any(|hold| &*hold.code == "source-vanished"),
        "{:?}",
        outcome.holds
    );
}

#[test]
fn t30_a_pinned_value_stays_until_it_is_unpinned() {
    let mut tenant = Tenant::default();
    let sources = |given| [directory(&[entry("d1", given, "ada@x.org")])];
    tenant.run(&sources("Ada Love"));
    let user = tenant.user("d1").key;
    tenant
        .decisions
        .pins
        .push((user, Field::GivenName, "Countess".into()));
    tenant.run(&sources("Ada Love"));
    tenant.run(&sources("Adele Love"));
    assert_eq!(tenant.value("d1", Field::GivenName), Some("Countess"));
    assert_eq!(
        tenant.user("d1").attributes.provider(Field::GivenName),
        None
    );
    tenant.decisions.pins.clear();
    tenant.run(&sources("Adele Love"));
    assert_eq!(tenant.value("d1", Field::GivenName), Some("Adele"));
}

#[test]
fn t32_a_source_that_only_attaches_makes_nobody() {
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[
        directory(&[entry("d1", "Ada Love", "ada@x.org")]),
        sis(&[
            teacher("t1", "Ada Love", "ada@x.org"),
            teacher("t2", "Bea Boot", "bea@x.org"),
        ]),
    ]);
    assert_eq!(tenant.roster.users.len(), 1);
    assert_eq!(unmatched(&outcome), ["t2 user-no-match"]);
    assert_eq!(outcome.counts.unmatched_users, 1);
    assert_eq!(outcome.counts.matched_teachers, 1);
}

#[test]
fn t36_unmatch_restores_both_and_the_next_sync_does_not_join_them_again() {
    let alone_1 = made_by(1, 100, &[ada("a", "Ada", "111")]);
    let alone_2 = made_by(2, 50, &[ada("b", "Adele", "222")]);
    let mut apart = Tenant::default();
    apart.run(std::slice::from_ref(&alone_1));
    let mut other = Tenant::default();
    other.run(std::slice::from_ref(&alone_2));

    let sources = [alone_1, alone_2];
    let mut tenant = Tenant::default();
    tenant.run(&sources);
    assert_eq!(
        tenant.user_of(ProviderKey(1), "a"),
        tenant.user_of(ProviderKey(2), "b")
    );
    let record = tenant.origin(ProviderKey(2), "b");
    tenant.decisions.unmatched.push(record);
    tenant.run(&sources);
    assert_eq!(tenant.user("a"), apart.user("a"));
    assert_eq!(tenant.user("b").attributes, other.user("b").attributes);
    let outcome = tenant.run(&sources);
    assert!(outcome.plan.is_empty());
    assert_eq!(tenant.roster.users.len(), 2);
}

#[test]
fn t36_unmatch_takes_records_of_one_source_apart() {
    let mut tenant = Tenant::default();
    let sources = [made_by(2, 50, &[ada("a", "Ada", ""), ada("b", "Ada", "")])];
    tenant.run(&sources);
    assert_eq!(tenant.roster.users.len(), 1);
    let record = tenant.origin(SIS, "b");
    tenant.decisions.unmatched.push(record);
    tenant.run(&sources);
    assert_ne!(tenant.user_of(SIS, "a"), tenant.user_of(SIS, "b"));
    assert!(tenant.run(&sources).plan.is_empty());
}

#[test]
fn t36_unmatch_of_a_source_that_only_attaches_leaves_the_person_unmatched() {
    let mut tenant = Tenant::default();
    let sources = [
        directory(&[entry("d1", "Ada Love", "ada@x.org")]),
        sis(&[teacher("t1", "Ada Love", "ada@x.org")]),
    ];
    tenant.run(&sources);
    let record = tenant.origin(SIS, "t1");
    tenant.decisions.unmatched.push(record);
    let outcome = tenant.run(&sources);
    assert_eq!(unmatched(&outcome), ["t1 user-unmatched"]);
    assert_eq!(tenant.link(SIS, "t1"), None);
    assert!(tenant.run(&sources).plan.is_empty());
}

#[test]
fn never_match_rules_one_user_out() {
    let mut tenant = Tenant::default();
    let sources = [
        directory(&[entry("d1", "Ada Love", "ada@x.org")]),
        sis(&[teacher("t1", "Ada Love", "ada@x.org")]),
    ];
    tenant.run(&sources);
    let never = (tenant.origin(SIS, "t1"), tenant.user("d1").key);
    tenant.decisions.never.push(never);
    let outcome = tenant.run(&sources);
    assert_eq!(unmatched(&outcome), ["t1 user-never-match"]);
    assert_eq!(tenant.link(SIS, "t1"), None);
    assert!(tenant.run(&sources).plan.is_empty());
}

#[test]
fn a_match_by_hand_overrides_the_rules_and_an_existing_link() {
    let mut tenant = Tenant::default();
    let sources = [
        directory(&[
            entry("d1", "Ada Love", "ada@x.org"),
            entry("d2", "Ada Love", "al@x.org"),
        ]),
        sis(&[teacher("t1", "Ada Love", "ada@x.org")]),
    ];
    tenant.run(&sources);
    assert_eq!(tenant.user_of(SIS, "t1"), tenant.user_of(DIRECTORY, "d1"));
    let by_hand = (tenant.origin(SIS, "t1"), tenant.user("d2").key);
    tenant.decisions.matches.push(by_hand);
    tenant.run(&sources);
    assert_eq!(tenant.user_of(SIS, "t1"), tenant.user_of(DIRECTORY, "d2"));
    assert_eq!(tenant.rule(SIS, "t1"), Some("manual"));
    assert!(tenant.run(&sources).plan.is_empty());
}

#[test]
fn a_match_by_hand_with_nobody_is_reported() {
    let mut tenant = Tenant::default();
    let sources = [sis(&[teacher("t1", "Ada Love", "ada@x.org")])];
    let record = tenant.origin(SIS, "t1");
    tenant
        .decisions
        .matches
        .push((record, homeroom_roster::state::UserKey(99)));
    let outcome = tenant.run(&sources);
    assert!(findings(&outcome).contains(&"decision-void".to_owned()));
}

#[test]
fn t37_a_merged_user_has_the_classes_and_guardians_of_both() {
    let mut tenant = Tenant::default();
    let rows = |child: &'static str, class_id: &'static str| {
        let mut kid = student(child, "Kim Lee", "");
        kid.agents = vec!["p"];
        Rows::default()
            .and_orgs(&[school("north")])
            .and_classes(&[class(class_id, "north")])
            .and_users(&[kid, parent("p", "Ann Lee", "ann@x.org")])
            .and_enrollments(&[enrollment("e", child, class_id, Role::Student)])
            .finish()
    };
    let sis_of = |key: ProviderKey, priority, records| {
        with(
            source(key, ProviderKind::Sis, priority, records),
            |settings| {
                settings.attach_only = false;
                settings.parents = [Role::Parent].into_iter().collect();
            },
        )
    };
    let sources = [
        sis_of(SIS, 60, rows("s1", "c1")),
        sis_of(SIS_2, 50, rows("s2", "c2")),
    ];
    tenant.run(&sources);
    assert_ne!(tenant.user_of(SIS, "s1"), tenant.user_of(SIS_2, "s2"));
    let by_hand = (tenant.origin(SIS_2, "s2"), tenant.user("s1").key);
    tenant.decisions.matches.push(by_hand);
    tenant.run(&sources);
    let user = tenant.user("s1").key;
    let classes = tenant
        .roster
        .enrollments
        .iter()
        .filter(|one| one.user == user);
    assert_eq!(classes.count(), 2);
    assert_eq!(tenant.roster.guardians.len(), 1);
    assert!(
        !tenant.active("s2"),
        "the user without a record is archived, not removed"
    );
}

#[test]
fn trap46_disabled_is_not_deleted() {
    let mut tenant = Tenant::default();
    let mut disabled = teacher("t1", "Ada Love", "ada@x.org");
    disabled.enabled = false;
    let entries = || directory(&[entry("d1", "Ada Love", "ada@x.org")]);
    tenant.run(&[entries(), sis(&[teacher("t1", "Ada Love", "ada@x.org")])]);
    tenant.run(&[entries(), sis(&[disabled])]);
    let user = tenant.user("d1");
    assert_eq!((user.status, user.enabled), (Status::Active, false));
    tenant.run(&[entries(), sis(&[teacher("t1", "Ada Love", "ada@x.org")])]);
    assert!(tenant.user("d1").enabled);
}

#[test]
fn a_user_that_leaves_the_directory_is_archived_as_it_was_and_restored() {
    let mut tenant = Tenant::default();
    let person = || sis(&[teacher("t1", "Ada Love", "ada@x.org")]);
    tenant.run(&[directory(&[entry("d1", "Ada Love", "ada@x.org")]), person()]);
    let before = tenant.user("d1").clone();
    tenant.run(&[directory(&[]), person()]);
    let mut archived = before.clone();
    archived.status = Status::Archived;
    assert_eq!(tenant.user("d1"), &archived);
    tenant.run(&[directory(&[entry("d1", "Ada Love", "ada@x.org")]), person()]);
    assert_eq!(tenant.user("d1"), &before);
}

fn archiving(setting: ArchivedStudents, users: &[User<'_>]) -> [Source; 1] {
    [with(sis(users), |settings| {
        settings.attach_only = false;
        settings.archived_students = setting;
    })]
}

#[test]
fn archived_students_are_archived_imported_or_ignored() {
    let alive = [
        student("s1", "Ada Love", "a@x.org"),
        student("s2", "Bea Boot", "b@x.org"),
    ];
    let mut now = alive.to_vec();
    now[0].lifecycle = DELETED;
    now.push(student("s3", "Cid Cole", "c@x.org"));
    now[2].lifecycle = DELETED;
    let cases = [
        (ArchivedStudents::Archive, Status::Archived, false),
        (ArchivedStudents::Import, Status::Archived, true),
        (ArchivedStudents::Ignore, Status::Active, false),
    ];
    for (setting, known, made) in cases {
        let mut tenant = Tenant::default();
        tenant.run(&archiving(setting, &alive));
        tenant.run(&archiving(setting, &now));
        assert_eq!(tenant.user("s1").status, known, "{setting:?}");
        assert_eq!(tenant.roster.users.len() == 3, made, "{setting:?}");
        if made {
            assert_eq!(tenant.user("s3").status, Status::Archived);
        }
        let again = tenant.run(&archiving(setting, &now));
        assert!(again.plan.is_empty(), "{setting:?}");
    }
}

#[test]
fn contacts_and_language_can_be_left_to_the_platform() {
    let mut tenant = Tenant::default();
    let person = |email, sms, language| {
        let mut user = teacher("t1", "Ada Love", email);
        (user.sms, user.language) = (Some(sms), Some(language));
        user
    };
    let sources = |user: User<'_>| {
        [with(sis(&[user]), |settings| {
            settings.attach_only = false;
            settings.update_contacts = false;
        })]
    };
    tenant.run(&sources(person("a@x.org", "1", "en")));
    tenant.run(&sources(person("b@x.org", "2", "es")));
    assert_eq!(tenant.value("t1", Field::Email), Some("a@x.org"));
    assert_eq!(tenant.value("t1", Field::Sms), Some("1"));
    assert_eq!(tenant.value("t1", Field::Language), Some("es"));

    let frozen = [with(sis(&[person("b@x.org", "2", "fr")]), |settings| {
        settings.attach_only = false;
        settings.update_language = false;
    })];
    tenant.run(&frozen);
    assert_eq!(tenant.value("t1", Field::Email), Some("b@x.org"));
    assert_eq!(tenant.value("t1", Field::Language), Some("es"));
}

#[test]
fn the_phone_column_decides_what_is_a_mobile_number() {
    let mut user = teacher("t1", "Ada Love", "a@x.org");
    (user.sms, user.phone) = (Some("mobile"), Some("home"));
    for (column, sms) in [
        (PhoneColumn::Sms, Some("mobile")),
        (PhoneColumn::Phone, None),
    ] {
        let mut tenant = Tenant::default();
        tenant.run(&[with(
            made_by(2, 50, std::slice::from_ref(&user)),
            |settings| {
                settings.phone = column;
            },
        )]);
        assert_eq!(tenant.value("t1", Field::Sms), sms);
        assert_eq!(tenant.value("t1", Field::Phone), Some("home"));
    }
}

#[test]
fn a_deleted_integration_leaves_everything_as_it_is() {
    let mut tenant = Tenant::default();
    let entries = [entry("d1", "Ada Love", "ada@x.org")];
    tenant.run(&[
        directory(&entries),
        made_by(
            2,
            50,
            &[ada("a", "Ada", "1"), teacher("t2", "Bea Boot", "b@x.org")],
        ),
    ]);
    let outcome = tenant.run(&[directory(&entries)]);
    assert!(outcome.plan.is_empty(), "{:?}", outcome.plan);
}

#[test]
fn a_new_user_is_called_by_its_record_unless_the_id_is_taken() {
    let mut tenant = Tenant::default();
    tenant.run(&[
        made_by(1, 90, &[teacher("7", "Ada Love", "a@x.org")]),
        made_by(2, 80, &[teacher("7", "Bea Boot", "b@x.org")]),
    ]);
    assert_eq!(tenant.value("7", Field::GivenName), Some("Ada"));
    assert_eq!(tenant.value("provider-2/7", Field::GivenName), Some("Bea"));
}
