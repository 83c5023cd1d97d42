//! Where a user has which role: what sources say is kept as they say it.

use homeroom_roster::apply::apply;
use homeroom_roster::outcome::Source;
use homeroom_roster::record::{Role, RoleAssignment, User};
use homeroom_roster::settings::{ProviderKind, RELATIONS};
use homeroom_roster::state::{Assignments, ProviderKey};

use crate::support::*;

fn second(role: RoleAssignment<'_>) -> RoleAssignment<'_> {
    RoleAssignment {
        primary: false,
        ..role
    }
}

/// Teacher at north, parent at south.
fn ann<'a>(id: &'a str) -> User<'a> {
    let mut user = teacher(id, "Ann Green", "ann@x.org");
    user.roles = vec![
        at(Role::Teacher, Some("north")),
        second(at(Role::Parent, Some("south"))),
    ];
    user.primary_org = Some("south");
    user
}

fn of(key: ProviderKey, user: User<'_>) -> Source {
    let rows = Rows::default().and_orgs(&[school("north"), school("south")]);
    let rows = rows.and_users(&[user]).finish();
    with(source(key, ProviderKind::Sis, 50, rows), |settings| {
        settings.attach_only = false;
        settings.parents = RELATIONS.into_iter().collect();
    })
}

/// A user's assignments as `role org`, with `!` behind the primary ones, sorted.
fn told(tenant: &Tenant, id: &str) -> Vec<String> {
    let orgs = &tenant.roster.orgs;
    let name = |key| {
        let org = orgs.iter().find(|org| Some(org.key) == key);
        org.map_or("-", |org| &*org.origin.sourced_id)
    };
    let all = tenant.user(id).assignments.as_slice().iter();
    let mut all: Vec<String> = all
        .map(|one| {
            let mark = if one.primary { "!" } else { "" };
            format!("{} {}{mark}", one.role.name(), name(one.org))
        })
        .collect();
    all.sort();
    all
}

fn primary_org<'t>(tenant: &'t Tenant, id: &str) -> Option<&'t str> {
    let key = tenant.user(id).primary_org?;
    let org = tenant.roster.orgs.iter().find(|org| org.key == key)?;
    Some(&org.origin.sourced_id)
}

#[test]
fn each_role_stays_at_its_org() {
    let mut tenant = Tenant::default();
    tenant.run(&[of(SIS, ann("a"))]);
    assert_eq!(told(&tenant, "a"), ["parent south", "teacher north!"]);
    assert_eq!(primary_org(&tenant, "a"), Some("south"));
    assert!(tenant.run(&[of(SIS, ann("a"))]).plan.is_empty());
}

#[test]
fn a_mark_or_a_place_alone_is_a_change_that_can_be_undone() {
    let mut marked = ann("a");
    marked.roles[1].primary = true;
    let mut moved = ann("a");
    moved.roles[0].org = Some("south");
    moved.roles[1].org = Some("north");
    let mut elsewhere = ann("a");
    elsewhere.primary_org = Some("north");
    for changed in [marked, moved, elsewhere] {
        let mut tenant = Tenant::default();
        tenant.run(&[of(SIS, ann("a"))]);
        let before = tenant.roster.clone();
        let plan = tenant.run(&[of(SIS, changed.clone())]).plan;
        let [update] = &plan.users.updated[..] else {
            panic!("one update: {plan:?}");
        };
        assert_eq!(update.before.roles, update.after.roles);
        assert_eq!(update.before.orgs, update.after.orgs);
        assert_ne!(tenant.roster, before);
        assert!(tenant.run(&[of(SIS, changed)]).plan.is_empty());
        apply(&mut tenant.roster, &plan.inverse());
        assert_eq!(tenant.roster, before);
    }
}

#[test]
fn the_order_of_roles_says_nothing() {
    let mut tenant = Tenant::default();
    tenant.run(&[of(SIS, ann("a"))]);
    let mut turned = ann("a");
    turned.roles.reverse();
    let again = turned.roles[0].clone();
    turned.roles.push(again);
    assert!(tenant.run(&[of(SIS, turned)]).plan.is_empty());
}

#[test]
fn sources_add_up_in_any_order() {
    let mut other = teacher("x", "Ann Green", "ann@x.org");
    other.roles = vec![second(at(Role::Counselor, Some("north")))];
    other.primary_org = Some("north");
    let sources = || {
        [
            directory(&[person("d", Role::Aide, "Ann Green", "ann@x.org")]),
            of(SIS, ann("a")),
            with(of(SIS_2, other.clone()), |one| one.merge_priority = 60),
        ]
    };
    let mut tenant = Tenant::default();
    tenant.run_of(SIS, &sources());
    let expected = [
        "aide -!",
        "counselor north",
        "parent south",
        "teacher north!",
    ];
    assert_eq!(told(&tenant, "d"), expected);
    assert_eq!(
        primary_org(&tenant, "d"),
        Some("north"),
        "of the source with the higher priority"
    );
    let mut turned = sources();
    turned.reverse();
    let mut other_way = Tenant::default();
    other_way.run_of(SIS, &turned);
    assert_eq!(tenant.roster, other_way.roster);
    // What a source does not say any more goes, what others say stays.
    let [entry, first, _] = sources();
    let silent = of(SIS_2, teacher("y", "Bob Brown", "bob@x.org"));
    tenant.run_of(SIS_2, &[entry, first, silent]);
    assert_eq!(
        told(&tenant, "d"),
        ["aide -!", "parent south", "teacher north!"]
    );
    assert_eq!(primary_org(&tenant, "d"), Some("south"));
}

#[test]
fn a_role_that_does_not_count_or_has_no_place_is_no_assignment() {
    let mut tenant = Tenant::default();
    let mut user = ann("a");
    user.roles.extend([
        at(Role::Aide, Some("nowhere")),
        RoleAssignment {
            end: day(-1),
            ..at(Role::Proctor, Some("north"))
        },
    ]);
    tenant.run(&[of(SIS, user.clone())]);
    let all = ["parent south", "proctor north!", "teacher north!"];
    assert_eq!(told(&tenant, "a"), all);
    let dated = || {
        with(of(SIS, user.clone()), |one| {
            one.respect_enrolment_date = true
        })
    };
    tenant.run(&[dated()]);
    assert_eq!(told(&tenant, "a"), ["parent south", "teacher north!"]);
    tenant.run(&[with(dated(), |one| one.parents = Default::default())]);
    assert_eq!(told(&tenant, "a"), ["teacher north!"]);
    tenant.run(&[with(dated(), |one| {
        one.excluded_schools = vec!["south".into()]
    })]);
    assert_eq!(told(&tenant, "a"), ["teacher north!"]);
    assert_eq!(primary_org(&tenant, "a"), None);
}

#[test]
fn at_an_incomplete_school_everybody_keeps_their_roles() {
    let ids: Vec<String> = (0..30).map(|n| n.to_string()).collect();
    let classes: Vec<_> = ids.iter().map(|id| class(id, "north")).collect();
    let enrollments: Vec<_> = ids
        .iter()
        .map(|id| enrollment(id, "t", id, Role::Teacher))
        .collect();
    let night = |user: User<'_>, complete: bool| {
        let rows = Rows::default()
            .and_orgs(&[school("north"), school("south")])
            .and_classes(&classes)
            .and_users(&[user, teacher("t", "Tom Teach", "tom@x.org")])
            .and_enrollments(if complete { &enrollments } else { &[] });
        with(making(rows.finish()), |settings| {
            settings.parents = RELATIONS.into_iter().collect()
        })
    };
    let mut tenant = Tenant::default();
    tenant.run(&[night(ann("a"), true)]);
    // No teacher at north any more, an aide there, and one at south.
    let mut changed = ann("a");
    changed.roles = vec![
        at(Role::Aide, Some("north")),
        second(at(Role::Aide, Some("south"))),
    ];
    changed.primary_org = Some("north");
    let outcome = tenant.run(&[night(changed.clone(), false)]);
    assert_eq!(outcome.incomplete_schools, ["north".into()]);
    assert_eq!(told(&tenant, "a"), ["aide south", "teacher north!"]);
    assert!(tenant.user("a").roles.contains(Role::Teacher));
    assert_eq!(primary_org(&tenant, "a"), None, "neither south nor north");
    let again = tenant.run(&[night(changed.clone(), false)]);
    assert!(again.plan.is_empty());
    tenant.run(&[night(changed, true)]);
    assert_eq!(told(&tenant, "a"), ["aide north!", "aide south"]);
    assert_eq!(primary_org(&tenant, "a"), Some("north"));
}

/// A roster of before assignments were kept.
fn forget(tenant: &mut Tenant) {
    for user in &mut tenant.roster.users {
        user.assignments = Assignments::default();
        user.primary_org = None;
    }
}

#[test]
fn what_was_not_known_is_known_after_the_next_run() {
    let mut tenant = Tenant::default();
    tenant.run(&[of(SIS, ann("a"))]);
    let whole = tenant.roster.clone();
    forget(&mut tenant);
    let old = tenant.roster.clone();
    let plan = tenant.run(&[of(SIS, ann("a"))]).plan;
    assert_eq!(tenant.roster, whole);
    apply(&mut tenant.roster, &plan.inverse());
    assert_eq!(tenant.roster, old);
}

#[test]
fn half_of_what_is_not_known_is_not_taken_for_all() {
    let mut parent = parent("p", "Ann Green", "ann@x.org");
    parent.roles = vec![at(Role::Parent, Some("south"))];
    let mut tenant = Tenant::default();
    let entry = || directory(&[entry("d", "Ann Green", "ann@x.org")]);
    let other = || of(SIS_2, parent.clone());
    tenant.run(&[entry(), of(SIS, ann("a")), other()]);
    forget(&mut tenant);
    // The first SIS is gone; what it brought is kept.
    tenant.run(&[entry(), other()]);
    assert_eq!(told(&tenant, "d"), [""; 0]);
    assert!(tenant.user("d").roles.contains(Role::Teacher));
    tenant.run(&[entry(), of(SIS, ann("a")), other()]);
    assert_eq!(tenant.user("d").assignments.as_slice().len(), 3);
    // And once it is known, it is kept like the rest.
    tenant.run(&[entry(), other()]);
    assert_eq!(tenant.user("d").assignments.as_slice().len(), 3);
}
