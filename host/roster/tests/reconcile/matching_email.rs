//! People matched by email: what makes a match, and what must not.

use crate::support::*;
use homeroom_roster::record::Role;
use homeroom_roster::settings::{MergeKey, ProviderKind};
use homeroom_roster::state::Field;

#[test]
fn t01_letter_case_does_not_matter_by_default() {
    let mut tenant = Tenant::default();
    tenant.run(&[
        directory(&[entry("d1", "Ada Love", "Ada@X.org")]),
        sis(&[student("s1", "Ada Love", "ada@x.org")]),
    ]);
    assert_eq!(tenant.user_of(SIS, "s1"), tenant.user_of(DIRECTORY, "d1"));
    assert_eq!(tenant.rule(SIS, "s1"), Some("email"));
}

#[test]
fn t01_letter_case_matters_when_emails_are_compared_exactly() {
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[
        directory(&[entry("d1", "Ada Love", "Ada@X.org")]),
        with(sis(&[student("s1", "Ada Love", "ada@x.org")]), |settings| {
            settings.merge_key = MergeKey::EmailExact;
        }),
    ]);
    assert_eq!(unmatched(&outcome), ["s1 user-no-match"]);
}

#[test]
fn t02_two_users_that_differ_in_case_are_ambiguous() {
    let mut tenant = Tenant::default();
    let entries = [
        entry("d1", "Ada Love", "Ada@X.org"),
        entry("d2", "Ada Lace", "ada@x.org"),
    ];
    let outcome = tenant.run(&[
        directory(&entries),
        sis(&[student("s1", "Ada Love", "ada@x.org")]),
    ]);
    assert_eq!(unmatched(&outcome), ["s1 user-ambiguous"]);
    assert_eq!(findings(&outcome), ["user-ambiguous s1"]);
}

#[test]
fn t03_blanks_and_characters_of_no_width_do_not_matter() {
    let mut tenant = Tenant::default();
    tenant.run(&[
        directory(&[entry("d1", "Ada Love", "ada@x.org")]),
        sis(&[student("s1", "Ada Love", "\u{200b}ada@x.org\u{feff}")]),
    ]);
    assert_eq!(tenant.user_of(SIS, "s1"), tenant.user_of(DIRECTORY, "d1"));
    assert_eq!(tenant.value("d1", Field::Email), Some("ada@x.org"));
}

#[test]
fn t04_composed_and_decomposed_accents_are_one() {
    let mut tenant = Tenant::default();
    tenant.run(&[
        directory(&[entry("d1", "José Ruiz", "jos\u{e9}@b\u{fc}cher.example")]),
        sis(&[student(
            "s1",
            "José Ruiz",
            "jose\u{301}@xn--bcher-kva.example",
        )]),
    ]);
    assert_eq!(tenant.user_of(SIS, "s1"), tenant.user_of(DIRECTORY, "d1"));
}

#[test]
fn t05_plus_tags_are_not_folded_and_t06_dots_at_gmail_only() {
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[
        directory(&[
            entry("d1", "Ada Love", "ada@x.org"),
            entry("d2", "Bea Boot", "beaboot@gmail.com"),
            entry("d3", "Cy Coe", "cycoe@x.org"),
        ]),
        sis(&[
            student("s1", "Ada Love", "ada+school@x.org"),
            student("s2", "Bea Boot", "bea.boot@gmail.com"),
            student("s3", "Cy Coe", "cy.coe@x.org"),
        ]),
    ]);
    assert_eq!(
        unmatched(&outcome),
        ["s1 user-no-match", "s3 user-no-match"]
    );
    assert_eq!(tenant.user_of(SIS, "s2"), tenant.user_of(DIRECTORY, "d2"));
}

fn by_local_part(users: &[homeroom_roster::record::User<'_>]) -> homeroom_roster::outcome::Source {
    with(sis(users), |settings| {
        settings.merge_key = MergeKey::EmailLocalPart;
        settings.email_domains = vec!["x.org".into(), "staff.x.org".into(), "old.org".into()];
    })
}

#[test]
fn t07_a_renamed_domain_matches_by_local_part_within_the_allowed_ones() {
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[
        directory(&[
            entry("d1", "Ada Love", "ada@x.org"),
            entry("d2", "Bea Boot", "bea@elsewhere.org"),
        ]),
        by_local_part(&[
            student("s1", "Ada Love", "Ada@old.org"),
            student("s2", "Bea Boot", "bea@old.org"),
        ]),
    ]);
    assert_eq!(tenant.rule(SIS, "s1"), Some("email-local-part"));
    assert_eq!(unmatched(&outcome), ["s2 user-no-match"]);
}

#[test]
fn t08_local_part_in_two_domains_is_ambiguous() {
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[
        directory(&[
            entry("d1", "John Smith", "jsmith@x.org"),
            entry("d2", "Jane Smith", "jsmith@staff.x.org"),
        ]),
        by_local_part(&[student("s1", "John Smith", "jsmith@old.org")]),
    ]);
    assert_eq!(unmatched(&outcome), ["s1 user-ambiguous"]);
}

#[test]
fn t08_two_people_with_one_local_part_are_ambiguous() {
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[
        directory(&[entry("d1", "John Smith", "jsmith@old.org")]),
        by_local_part(&[
            student("s1", "John Smith", "jsmith@x.org"),
            student("s2", "Jane Smith", "jsmith@staff.x.org"),
        ]),
    ]);
    assert_eq!(
        unmatched(&outcome),
        ["s1 user-ambiguous", "s2 user-ambiguous"]
    );
}

#[test]
fn t08_without_domains_nobody_is_matched_by_local_part() {
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[
        directory(&[entry("d1", "Ada Love", "ada@x.org")]),
        with(
            sis(&[student("s1", "Ada Love", "ada@old.org")]),
            |settings| {
                settings.merge_key = MergeKey::EmailLocalPart;
            },
        ),
    ]);
    assert_eq!(
        findings(&outcome),
        ["email-domains-missing", "user-no-match s1"]
    );
}

#[test]
fn t09_what_is_missing_or_no_address_is_no_key() {
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[
        directory(&[entry("d1", "Ada Love", "noemail@x.org")]),
        sis(&[
            student("s1", "Ada Love", "noemail@x.org"),
            student("s2", "Bea Boot", ""),
            student("s3", "Cid Cole", "n/a"),
            student("s4", "Dan Dorn", "dan"),
            student("s5", "Eva Eden", "a@x.org; b@x.org"),
        ]),
    ]);
    assert_eq!(
        unmatched(&outcome),
        ["s1", "s2", "s3", "s4", "s5"].map(|id| format!("{id} user-no-email"))
    );
    for finding in [
        "user-email-placeholder s1",
        "user-email-placeholder s3",
        "user-email-invalid s4",
        "user-email-several s5",
    ] {
        assert!(
            findings(&outcome).contains(&finding.to_owned()),
            "{finding}"
        );
    }
}

#[test]
fn t09_one_email_for_many_people_identifies_nobody() {
    let mut tenant = Tenant::default();
    let names: Vec<String> = (0..400).map(|n| format!("Given{n} Family{n}")).collect();
    let ids: Vec<String> = (0..400).map(|n| format!("s{n:03}")).collect();
    let users: Vec<_> = (0..400)
        .map(|n| student(&ids[n], &names[n], "office@x.org"))
        .collect();
    let outcome = tenant.run(&[
        directory(&[entry("d1", "Given7 Family7", "office@x.org")]),
        sis(&users),
    ]);
    assert_eq!(outcome.unmatched.len(), 400);
    assert!(
        outcome
            .unmatched
            .iter()
            .all(|one| &*one.reason == "user-email-generic")
    );
}

#[test]
fn t10_emails_swapped_in_one_night_do_not_swap_people() {
    let mut tenant = Tenant::default();
    tenant.run(&[
        directory(&[
            entry("d1", "Ada Love", "a@x.org"),
            entry("d2", "Bea Boot", "b@x.org"),
        ]),
        sis(&[
            student("s1", "Ada Love", "a@x.org"),
            student("s2", "Bea Boot", "b@x.org"),
        ]),
    ]);
    let before = (tenant.user_of(SIS, "s1"), tenant.user_of(SIS, "s2"));
    tenant.run(&[
        directory(&[
            entry("d1", "Ada Love", "b@x.org"),
            entry("d2", "Bea Boot", "a@x.org"),
        ]),
        sis(&[
            student("s1", "Ada Love", "b@x.org"),
            student("s2", "Bea Boot", "a@x.org"),
        ]),
    ]);
    assert_eq!(
        (tenant.user_of(SIS, "s1"), tenant.user_of(SIS, "s2")),
        before
    );
    assert_eq!(tenant.value("d1", Field::Email), Some("b@x.org"));
    assert_eq!(tenant.value("d2", Field::Email), Some("a@x.org"));
}

#[test]
fn t10_emails_swapped_before_the_first_sync_match_by_what_is_true_today() {
    let mut tenant = Tenant::default();
    tenant.run(&[directory(&[
        entry("d1", "Ada Love", "a@x.org"),
        entry("d2", "Bea Boot", "b@x.org"),
    ])]);
    tenant.run(&[
        directory(&[
            entry("d1", "Ada Love", "b@x.org"),
            entry("d2", "Bea Boot", "a@x.org"),
        ]),
        sis(&[
            student("s1", "Ada Love", "b@x.org"),
            student("s2", "Bea Boot", "a@x.org"),
        ]),
    ]);
    assert_eq!(tenant.user_of(SIS, "s1"), tenant.user_of(DIRECTORY, "d1"));
    assert_eq!(tenant.user_of(SIS, "s2"), tenant.user_of(DIRECTORY, "d2"));
}

#[test]
fn t11_an_email_given_to_someone_new_does_not_make_them_the_leaver() {
    let mut tenant = Tenant::default();
    tenant.run(&[
        directory(&[entry("d1", "Ada Old", "ada@x.org")]),
        sis(&[student("s1", "Ada Old", "ada@x.org")]),
    ]);
    let old = tenant.user_of(SIS, "s1");
    tenant.run(&[
        directory(&[]),
        sis(&[student("s9", "Zoe Other", "z@x.org")]),
    ]);
    let outcome = tenant.run(&[
        directory(&[entry("d2", "Ada New", "ada@x.org")]),
        sis(&[student("s2", "Ada New", "ada@x.org")]),
    ]);
    assert_eq!(outcome.counts.unmatched_users, 0);
    assert_eq!(
        tenant
            .link(SIS, "s1")
            .map(|link| (Some(link.user), link.present)),
        Some((old, false))
    );
    assert_ne!(tenant.user_of(SIS, "s2"), old);
    assert_eq!(tenant.user_of(SIS, "s2"), tenant.user_of(DIRECTORY, "d2"));
    assert!(!tenant.active("d1"));
}

#[test]
fn t11_without_a_new_user_the_reused_email_is_a_finding() {
    let mut tenant = Tenant::default();
    let everyone = || directory(&[entry("d1", "Ada Old", "ada@x.org")]);
    tenant.run(&[everyone(), sis(&[student("s1", "Ada Old", "ada@x.org")])]);
    let outcome = tenant.run(&[everyone(), sis(&[student("s2", "Bob New", "ada@x.org")])]);
    assert_eq!(unmatched(&outcome), ["s2 user-email-reused"]);
}

#[test]
fn t12_a_new_name_and_email_follow_the_link() {
    let mut tenant = Tenant::default();
    tenant.run(&[
        directory(&[entry("d1", "Ada Maiden", "amaiden@x.org")]),
        sis(&[teacher("t1", "Ada Maiden", "amaiden@x.org")]),
    ]);
    tenant.run(&[
        directory(&[entry("d1", "Ada Married", "amarried@x.org")]),
        sis(&[teacher("t1", "Ada Maiden", "amaiden@x.org")]),
    ]);
    assert_eq!(tenant.user_of(SIS, "t1"), tenant.user_of(DIRECTORY, "d1"));
    assert_eq!(tenant.value("d1", Field::Email), Some("amarried@x.org"));
    assert_eq!(
        tenant
            .link(SIS, "t1")
            .and_then(|link| link.evidence.as_deref()),
        Some("amaiden@x.org")
    );
}

fn guardians(source: homeroom_roster::outcome::Source) -> homeroom_roster::outcome::Source {
    with(source, |settings| {
        settings.parents = [Role::Parent, Role::Guardian].into_iter().collect()
    })
}

#[test]
fn t13_a_family_email_of_two_guardians_is_shared_and_of_the_student_still_good() {
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[
        directory(&[student("d1", "Kim Lee", "family@x.org")]),
        guardians(sis(&[
            student("s1", "Kim Lee", "family@x.org"),
            parent("p1", "Ann Lee", "family@x.org"),
            parent("p2", "Bob Lee", "family@x.org"),
        ])),
    ]);
    assert_eq!(tenant.user_of(SIS, "s1"), tenant.user_of(DIRECTORY, "d1"));
    assert_eq!(
        unmatched(&outcome),
        ["p1 user-email-shared", "p2 user-email-shared"]
    );
}

#[test]
fn t13_a_guardian_never_becomes_the_student_whose_email_it_has() {
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[
        directory(&[student("d1", "Kim Lee", "family@x.org")]),
        guardians(sis(&[parent("p1", "Ann Lee", "family@x.org")])),
    ]);
    assert_eq!(unmatched(&outcome), ["p1 user-role-conflict"]);
}

#[test]
fn t14_a_teacher_who_is_also_a_parent_is_one_person_if_the_names_agree() {
    let mut tenant = Tenant::default();
    tenant.run(&[
        directory(&[teacher("d1", "Ann Green", "ann@x.org")]),
        guardians(sis(&[
            teacher("t+1", "Ann Green", "ann@x.org"),
            parent("p+9", "Ann Green", "Ann@x.org"),
        ])),
    ]);
    assert_eq!(tenant.user_of(SIS, "t+1"), tenant.user_of(DIRECTORY, "d1"));
    assert_eq!(tenant.user_of(SIS, "p+9"), tenant.user_of(DIRECTORY, "d1"));
    let roles = tenant.user("d1").roles;
    assert!(roles.contains(Role::Teacher) && roles.contains(Role::Parent));
}

#[test]
fn t14_a_parent_of_another_name_does_not_join_the_teacher() {
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[
        directory(&[teacher("d1", "Ann Green", "ann@x.org")]),
        guardians(sis(&[parent("p1", "Bob Green", "ann@x.org")])),
    ]);
    assert_eq!(unmatched(&outcome), ["p1 user-role-conflict"]);
}

#[test]
fn t15_twins_with_one_email_are_shared_not_picked() {
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[
        directory(&[student("d1", "Ida Moon", "moon@x.org")]),
        sis(&[
            student("s1", "Ida Moon", "moon@x.org"),
            student("s2", "Ina Moon", "moon@x.org"),
        ]),
    ]);
    assert_eq!(
        unmatched(&outcome),
        ["s1 user-email-shared", "s2 user-email-shared"]
    );
}

#[test]
fn t16_a_sibling_typed_over_another_is_not_picked_either() {
    let mut tenant = Tenant::default();
    let entries = [
        student("d1", "Ida Moon", "ida@x.org"),
        student("d2", "Ina Moon", "ina@x.org"),
    ];
    tenant.run(&[
        directory(&entries),
        sis(&[student("s1", "Ida Moon", "ida@x.org")]),
    ]);
    let outcome = tenant.run(&[
        directory(&entries),
        sis(&[
            student("s1", "Ida Moon", "ida@x.org"),
            student("s2", "Ina Moon", "ida@x.org"),
        ]),
    ]);
    assert_eq!(tenant.user_of(SIS, "s1"), tenant.user_of(DIRECTORY, "d1"));
    assert_eq!(unmatched(&outcome), ["s2 user-email-shared"]);
}

#[test]
fn trap44_one_email_with_two_names_is_matched_with_a_note() {
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[
        directory(&[entry("d1", "Ann Green", "ann@x.org")]),
        sis(&[teacher("t1", "Bob Brown", "ann@x.org")]),
    ]);
    assert_eq!(tenant.user_of(SIS, "t1"), tenant.user_of(DIRECTORY, "d1"));
    assert_eq!(findings(&outcome), ["user-name-conflict t1"]);
    assert_eq!(tenant.value("d1", Field::GivenName), Some("Ann"));
}

#[test]
fn several_directories_join_by_email() {
    let mut tenant = Tenant::default();
    let second = source(
        SIS_2,
        ProviderKind::Directory,
        90,
        Rows::users(&[
            entry("g1", "Ada Love", "ADA@x.org"),
            entry("g2", "Bea Boot", "bea@x.org"),
        ]),
    );
    tenant.run(&[directory(&[entry("d1", "Ada Love", "ada@x.org")]), second]);
    assert_eq!(tenant.user_of(SIS_2, "g1"), tenant.user_of(DIRECTORY, "d1"));
    assert_eq!(tenant.roster.users.len(), 2);
    assert_eq!(tenant.value("d1", Field::Email), Some("ada@x.org"));
}

#[test]
fn a_hidden_email_is_told_once() {
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[
        directory(&[entry("d1", "Ada Love", "ada@x.org")]),
        sis(&[
            student("s1", "Ada Love", "****@****.***"),
            student("s2", "Bea Boot", "****@****.***"),
        ]),
    ]);
    assert_eq!(
        findings(&outcome),
        ["user-no-email s1", "user-no-email s2", "value-masked"]
    );
}
