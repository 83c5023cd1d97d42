//! Classes, and who is in them.

use homeroom_roster::outcome::Source;
use homeroom_roster::record::{Collection, Enrollment, Role};
use homeroom_roster::state::Status;

use crate::support::*;

fn one_class(enrollments: &[Enrollment<'_>]) -> Source {
    making(
        Rows::default()
            .and_orgs(&[school("north")])
            .and_classes(&[class("c", "north")])
            .and_users(&two_people())
            .and_enrollments(enrollments)
            .finish(),
    )
}

fn roles(tenant: &Tenant) -> Vec<(Role, bool)> {
    tenant
        .roster
        .enrollments
        .iter()
        .map(|one| (one.role, one.primary))
        .collect()
}

#[test]
fn classes_and_enrollments_are_imported_and_counted() {
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[one_class(&[
        enrollment("e1", "s", "c", Role::Student),
        enrollment("e2", "t", "c", Role::Teacher),
    ])]);
    assert_eq!(outcome.counts.imported_classes, 1);
    assert_eq!(outcome.counts.imported_enrollments, 2);
    assert_eq!(roles(&tenant).len(), 2);
    assert_eq!(tenant.user("s").orgs, tenant.user("t").orgs);
    assert_eq!(tenant.user("s").orgs.len(), 1, "the school of the class");
}

#[test]
fn trap38_the_role_of_the_enrollment_wins_inside_the_class() {
    let mut tenant = Tenant::default();
    tenant.run(&[one_class(&[enrollment("e1", "s", "c", Role::Teacher)])]);
    assert_eq!(roles(&tenant), [(Role::Teacher, false)]);
    assert!(!tenant.user("s").roles.contains(Role::Teacher));
}

#[test]
fn trap51_enrollments_that_point_nowhere_fail_and_are_counted() {
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[one_class(&[
        enrollment("e1", "s", "c", Role::Student),
        enrollment("e2", "nobody", "c", Role::Student),
        enrollment("e3", "s", "nothing", Role::Student),
    ])]);
    assert_eq!(
        findings(&outcome),
        ["enrollment-class-unknown e3", "enrollment-user-unknown e2"]
    );
    // Whoever mends it looks for the record that is missing.
    let said: Vec<_> = outcome
        .findings
        .iter()
        .map(|f| (f.field.as_deref(), &*f.detail))
        .collect();
    assert_eq!(
        said,
        [
            (
                Some("class"),
                "Class nothing is not among the classes that the source sent."
            ),
            (
                Some("user"),
                "User nobody is not among the users that the source sent."
            ),
        ]
    );
    let tally = outcome.tally[&Collection::Enrollments];
    assert_eq!((tally.received, tally.imported, tally.failed), (3, 1, 2));
}

#[test]
fn trap53_of_two_enrollments_in_one_class_the_current_one_counts() {
    let dated = |id, begin, end| {
        let mut one = enrollment(id, "s", "c", Role::Student);
        (one.begin, one.end) = (begin, end);
        one
    };
    let rows = [
        dated("e1", day(-100), day(-50)),
        dated("e2", day(-10), day(10)),
        dated("e3", day(20), day(90)),
    ];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let mut tenant = Tenant::default();
        let shuffled = order.map(|index: usize| rows[index].clone());
        let outcome = tenant.run(&[one_class(&shuffled)]);
        let [tie] = tenant.roster.enrollments[..] else {
            panic!("one enrollment counts");
        };
        assert_eq!((tie.begin, tie.end), (day(-10), day(10)));
        assert_eq!(
            findings(&outcome),
            ["enrollment-repeated e1", "enrollment-repeated e3"]
        );
    }
}

#[test]
fn trap54_dates_are_inclusive_and_open_where_absent() {
    let cases = [
        (None, None, true),
        (day(0), day(0), true),
        (day(-5), day(-1), false),
        (day(1), None, false),
        (None, day(0), true),
    ];
    for (begin, end, current) in cases {
        let mut one = enrollment("e1", "s", "c", Role::Student);
        (one.begin, one.end) = (begin, end);
        let strict = with(one_class(&[one]), |settings| {
            settings.respect_enrolment_date = true
        });
        let mut tenant = Tenant::default();
        tenant.run(&[strict]);
        assert_eq!(
            tenant.roster.enrollments.len() == 1,
            current,
            "{begin:?} to {end:?}"
        );
    }
}

#[test]
fn trap54_an_enrollment_that_ends_before_it_begins_fails() {
    let mut backwards = enrollment("e1", "s", "c", Role::Student);
    (backwards.begin, backwards.end) = (day(3), day(1));
    let outcome = Tenant::default().run(&[one_class(&[backwards])]);
    assert_eq!(findings(&outcome), ["enrollment-dates e1"]);
}

#[test]
fn a_student_whose_enrollments_all_ended_is_not_current() {
    let ended = |end| {
        let mut one = enrollment("e1", "s", "c", Role::Student);
        one.end = end;
        with(one_class(&[one]), |settings| {
            settings.respect_enrolment_date = true
        })
    };
    let mut tenant = Tenant::default();
    tenant.run(&[ended(day(0))]);
    assert!(tenant.active("s"));
    tenant.today = day(1);
    let outcome = tenant.run(&[ended(day(0))]);
    assert!(!tenant.active("s"));
    assert!(tenant.roster.enrollments.is_empty());
    assert!(findings(&outcome).contains(&"user-not-current s".to_owned()));
    let mut without = Tenant::default();
    without.run(&[with(one_class(&[]), |settings| {
        settings.respect_enrolment_date = true
    })]);
    assert!(without.active("s"), "who never was in a class has not left");
}

#[test]
fn trap55_all_primary_teachers_are_kept_and_none_is_made() {
    let mut first = enrollment("e1", "t", "c", Role::Teacher);
    first.primary = Some(true);
    let mut second = enrollment("e2", "s", "c", Role::Teacher);
    second.primary = Some(true);
    let mut tenant = Tenant::default();
    tenant.run(&[one_class(&[first.clone(), second.clone()])]);
    assert_eq!(
        roles(&tenant),
        [(Role::Teacher, true), (Role::Teacher, true)]
    );
    (first.primary, second.primary) = (None, Some(false));
    tenant.run(&[one_class(&[first, second])]);
    assert_eq!(
        roles(&tenant),
        [(Role::Teacher, false), (Role::Teacher, false)]
    );
}

#[test]
fn trap56_a_class_without_title_is_called_by_course_code_or_id() {
    let mut by_code = class("c1", "north");
    (by_code.title, by_code.class_code) = ("", Some("MA-1"));
    let mut by_id = class("c2", "north");
    by_id.title = "";
    let mut tenant = Tenant::default();
    tenant.run(&[making(
        Rows::default()
            .and_orgs(&[school("north")])
            .and_classes(&[by_code, by_id])
            .finish(),
    )]);
    let titles: Vec<&str> = tenant
        .roster
        .classes
        .iter()
        .map(|class| &*class.title)
        .collect();
    assert_eq!(titles, ["MA-1", "c2"]);
}

#[test]
fn a_class_without_a_known_school_fails() {
    let rows = Rows::default()
        .and_orgs(&[school("north")])
        .and_classes(&[class("c1", ""), class("c2", "south")])
        .and_users(&two_people());
    let outcome = Tenant::default().run(&[making(rows.finish())]);
    assert_eq!(
        findings(&outcome),
        [
            "class-no-school c1",
            "class-school-unknown c2",
            "org-unknown south"
        ]
    );
    assert_eq!(outcome.tally[&Collection::Classes].failed, 2);
}

fn in_session(start: i32, end: i32, term: &'static str) -> Source {
    let mut one = class("c", "north");
    one.terms = vec![term];
    let rows = Rows::default()
        .and_orgs(&[school("north")])
        .and_sessions(&[
            session("year", start, end, Some("term")),
            session("term", -90, -60, Some("year")),
        ])
        .and_classes(&[one])
        .and_users(&two_people())
        .and_enrollments(&[enrollment("e1", "s", "c", Role::Student)]);
    with(making(rows.finish()), |settings| {
        settings.respect_academic_sessions = true
    })
}

#[test]
fn trap52_a_class_counts_while_its_session_or_an_ancestor_contains_today() {
    let mut tenant = Tenant::default();
    tenant.run(&[in_session(-100, 100, "term")]);
    assert_eq!(tenant.roster.classes[0].status, Status::Active);
    let outcome = tenant.run(&[in_session(-100, -1, "term")]);
    assert_eq!(tenant.roster.classes[0].status, Status::Archived);
    assert_eq!(
        findings(&outcome),
        [
            "class-not-current c",
            "enrollment-class-out e1",
            "session-parent term",
            "session-parent year"
        ]
    );
    let outcome = tenant.run(&[in_session(-100, 0, "elsewhere")]);
    assert_eq!(tenant.roster.classes[0].status, Status::Active);
    assert!(findings(&outcome).contains(&"class-no-session c".to_owned()));
}

#[test]
fn a_class_that_reappears_is_restored_unless_the_setting_says_no() {
    let without = || {
        making(
            Rows::default()
                .and_orgs(&[school("north")])
                .and_users(&two_people())
                .finish(),
        )
    };
    let with_class = || one_class(&[enrollment("e1", "s", "c", Role::Student)]);
    let mut tenant = Tenant::default();
    tenant.run(&[with_class()]);
    tenant.run(&[without()]);
    assert_eq!(tenant.roster.classes[0].status, Status::Archived);
    assert!(tenant.roster.enrollments.is_empty());
    let outcome = tenant.run(&[with(with_class(), |settings| {
        settings.unarchive_classes = false
    })]);
    assert_eq!(tenant.roster.classes[0].status, Status::Archived);
    assert!(findings(&outcome).contains(&"class-stays-archived c".to_owned()));
    tenant.run(&[with_class()]);
    assert_eq!(tenant.roster.classes[0].status, Status::Active);
    assert_eq!(tenant.roster.classes.len(), 1);
    assert_eq!(tenant.roster.enrollments.len(), 1);
}

#[test]
fn classrooms_off_imports_users_only() {
    let mut tenant = Tenant::default();
    let source = with(
        one_class(&[enrollment("e1", "s", "c", Role::Student)]),
        |settings| {
            settings.classrooms = false;
        },
    );
    let outcome = tenant.run(&[source]);
    assert!(tenant.roster.classes.is_empty() && tenant.roster.enrollments.is_empty());
    assert_eq!(tenant.roster.users.len(), 2);
    assert_eq!(findings(&outcome), ["collection-off", "collection-off"]);
    assert_eq!(outcome.tally[&Collection::Enrollments].skipped, 1);
}
