//! Schools: excluded, incomplete, and who belongs to them; and the other limits
//! of what is taken from a source.

use homeroom_roster::outcome::Source;
use homeroom_roster::record::{Collection, Role};

use crate::support::*;

#[test]
fn an_excluded_school_takes_those_along_who_belong_to_it_alone() {
    let at_school = |id, name, email, schools: &[&'static str]| {
        let mut user = student(id, name, email);
        user.roles = schools
            .iter()
            .map(|school| at(Role::Student, Some(school)))
            .collect();
        user
    };
    let records = || {
        Rows::default()
            .and_orgs(&[school("north"), school("south")])
            .and_classes(&[class("c1", "north"), class("c2", "south")])
            .and_users(&[
                at_school("a", "Ada Love", "a@x.org", &["north"]),
                at_school("b", "Bea Boot", "b@x.org", &["north", "south"]),
                at_school("c", "Cid Cole", "c@x.org", &["south"]),
            ])
            .and_enrollments(&[enrollment("e1", "c", "c1", Role::Student)])
            .finish()
    };
    let mut tenant = Tenant::default();
    tenant.run(&[making(records())]);
    let excluding = with(making(records()), |settings| {
        settings.excluded_schools = vec!["south".into()]
    });
    let outcome = tenant.run(&[excluding]);
    assert!(tenant.active("a") && tenant.active("b"));
    assert!(
        tenant.active("c"),
        "a class at another school keeps the student"
    );
    assert_eq!(tenant.user("b").orgs.len(), 1);
    assert_eq!(
        findings(&outcome),
        ["class-school-excluded c2", "school-excluded south"]
    );
    let excluding = with(making(records()), |settings| {
        settings.excluded_schools = vec!["north".into()]
    });
    tenant.run(&[excluding]);
    assert!(!tenant.active("a"));
    assert!(tenant.active("b") && tenant.active("c"));
}

/// A school of `count` classes with a teacher and a student each.
fn full_school(count: usize, with_enrollments: bool) -> Source {
    let ids: Vec<String> = (0..count).map(|n| n.to_string()).collect();
    let names: Vec<String> = (0..count).map(|n| format!("Given{n} Family{n}")).collect();
    let emails: Vec<String> = (0..count).map(|n| format!("u{n}@x.org")).collect();
    let classes: Vec<_> = ids.iter().map(|id| class(id, "north")).collect();
    let mut users: Vec<_> = (0..count)
        .map(|n| {
            let mut user = student(&ids[n], &names[n], &emails[n]);
            user.roles[0].org = Some("north");
            user
        })
        .collect();
    users.push(teacher("t", "Ann Green", "ann@x.org"));
    let teaching: Vec<String> = ids.iter().map(|id| format!("t{id}")).collect();
    let mut enrollments = Vec::new();
    for n in 0..count {
        enrollments.push(enrollment(&ids[n], &ids[n], &ids[n], Role::Student));
        enrollments.push(enrollment(&teaching[n], "t", &ids[n], Role::Teacher));
    }
    let kept = if with_enrollments {
        enrollments.len()
    } else {
        0
    };
    making(
        Rows::default()
            .and_orgs(&[school("north"), school("south")])
            .and_classes(&classes)
            .and_classes(&[class("other", "south")])
            .and_users(&users)
            .and_enrollments(&enrollments[..kept])
            .and_enrollments(&[enrollment("x", "t", "other", Role::Teacher)])
            .finish(),
    )
}

#[test]
fn an_incomplete_school_stays_exactly_as_it_was_while_others_land() {
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[full_school(30, true)]);
    assert_eq!(outcome.incomplete_schools, []);
    let before = tenant.roster.clone();
    let outcome = tenant.run(&[full_school(30, false)]);
    assert_eq!(outcome.incomplete_schools, ["north".into()]);
    assert_eq!(tenant.roster, before);
    let named = outcome
        .findings
        .iter()
        .find(|finding| &*finding.code == "school-incomplete");
    let detail = named.map(|finding| &*finding.detail).unwrap_or_default();
    assert!(
        detail.contains("30 students and 30 classes but no enrollments"),
        "{detail}"
    );
}

#[test]
fn the_people_of_an_incomplete_school_stay_too() {
    let mut tenant = Tenant::default();
    tenant.run(&[full_school(30, true)]);
    let before = tenant.roster.clone();
    // Classes without anybody, and no student at all.
    let ids: Vec<String> = (0..30).map(|n| n.to_string()).collect();
    let classes: Vec<_> = ids.iter().map(|id| class(id, "north")).collect();
    let emptied = || {
        making(
            Rows::default()
                .and_orgs(&[school("north"), school("south")])
                .and_classes(&classes)
                .and_classes(&[class("other", "south")])
                .and_users(&[teacher("t", "Ann Green", "ann@x.org")])
                .and_enrollments(&[enrollment("x", "t", "other", Role::Teacher)])
                .finish(),
        )
    };
    let outcome = tenant.run(&[emptied()]);
    assert_eq!(outcome.incomplete_schools, ["north".into()]);
    assert_eq!(tenant.roster, before);
    assert!(tenant.run(&[emptied()]).plan.is_empty());
    tenant.run(&[full_school(30, true)]);
    assert_eq!(tenant.roster, before);
}

#[test]
fn what_makes_a_school_incomplete() {
    // Classes, of which some are empty; enrollments that point nowhere.
    let cases: [(usize, usize, usize, bool); 6] = [
        (9, 9, 0, false),
        (10, 5, 0, false),
        (10, 6, 0, true),
        (30, 0, 6, false),
        (30, 0, 9, false),
        (30, 0, 20, true),
    ];
    for (count, empty, lost, incomplete) in cases {
        let ids: Vec<String> = (0..60).map(|n| n.to_string()).collect();
        let classes: Vec<_> = (0..count).map(|n| class(&ids[n], "north")).collect();
        let mut enrollments: Vec<_> = (empty..count)
            .map(|n| enrollment(&ids[n], "t", &ids[n], Role::Teacher))
            .collect();
        enrollments
            .extend((0..lost).map(|n| enrollment(&ids[30 + n], "nobody", &ids[n], Role::Student)));
        let rows = Rows::default()
            .and_orgs(&[school("north")])
            .and_classes(&classes)
            .and_users(&two_people())
            .and_enrollments(&enrollments);
        let outcome = Tenant::default().run(&[making(rows.finish())]);
        let named = !outcome.incomplete_schools.is_empty();
        assert_eq!(
            named, incomplete,
            "{count} classes, {empty} empty, {lost} lost"
        );
    }
}

#[test]
fn a_small_school_without_classes_is_no_nuisance_on_a_first_sync() {
    let rows = Rows::default()
        .and_orgs(&[school("north"), school("south")])
        .and_classes(&[class("c", "south")])
        .and_users(&two_people());
    let outcome = Tenant::default().run(&[making(rows.finish())]);
    assert_eq!(outcome.incomplete_schools, []);
}

#[test]
fn trap58_an_org_that_is_its_own_parent_has_none() {
    let mut own = school("north");
    own.parent = Some("north");
    let mut lost = school("south");
    lost.parent = Some("district");
    let rows = Rows::default()
        .and_orgs(&[own, lost])
        .and_users(&two_people());
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[making(rows.finish())]);
    assert_eq!(
        findings(&outcome),
        ["org-parent north", "org-unknown district"]
    );
    assert!(tenant.roster.orgs.iter().all(|org| org.parent.is_none()));
}

#[test]
fn limits_leave_out_with_a_reason() {
    let mut ninth = student("a", "Ada Love", "a@x.org");
    ninth.grades = vec!["09"];
    let mut tenth = student("b", "Bea Boot", "b@x.org");
    tenth.grades = vec!["10"];
    let users = [
        ninth,
        tenth,
        teacher("c", "Cid Cole", "c@y.org"),
        person("d", Role::Aide, "Dan Dorn", "d@x.org"),
    ];
    let source = with(
        making(
            Rows::default()
                .and_orgs(&[school("north")])
                .and_users(&users)
                .finish(),
        ),
        |settings| {
            settings.limit_grades = vec!["9".into()];
            settings.limit_roles = [Role::Student, Role::Teacher].into_iter().collect();
            settings.limit_email_domains = vec!["x.org".into()];
        },
    );
    let outcome = Tenant::default().run(&[source]);
    assert_eq!(
        findings(&outcome),
        [
            "user-limit-email-domain c",
            "user-limit-grade b",
            "user-limit-role d"
        ]
    );
    let tally = outcome.tally[&Collection::Users];
    assert_eq!((tally.received, tally.imported, tally.skipped), (4, 1, 3));
}
