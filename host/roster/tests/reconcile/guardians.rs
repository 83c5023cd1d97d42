//! Guardians of students.

use homeroom_roster::outcome::Source;
use homeroom_roster::record::{Role, User};
use homeroom_roster::state::Enrollment as Tie;

use crate::support::*;

fn family(
    kid_agents: Vec<&'static str>,
    parent_agents: Vec<&'static str>,
    others: &[User<'_>],
) -> Source {
    let mut kid = student("s", "Kim Lee", "kim@x.org");
    kid.agents = kid_agents;
    let mut mother = parent("p", "Ann Lee", "ann@x.org");
    mother.agents = parent_agents;
    let rows = Rows::default()
        .and_orgs(&[school("north")])
        .and_users(&[kid, mother]);
    with(making(rows.and_users(others).finish()), |settings| {
        settings.parents = [Role::Parent].into_iter().collect();
    })
}

#[test]
fn guardians_are_tied_from_either_side_once() {
    for (kid, mother) in [
        (vec!["p"], vec![]),
        (vec![], vec!["s"]),
        (vec!["p"], vec!["s"]),
    ] {
        let mut tenant = Tenant::default();
        let outcome = tenant.run(&[family(kid, mother, &[])]);
        let [tie] = tenant.roster.guardians[..] else {
            panic!("one tie");
        };
        assert_eq!(tie.relation, Role::Parent);
        assert_eq!(
            (tie.student, tie.guardian),
            (tenant.user("s").key, tenant.user("p").key)
        );
        assert_eq!(outcome.counts.matched_guardians, 1);
    }
}

#[test]
fn trap40_a_guardian_without_email_or_role_is_told_apart_from_a_missing_match() {
    let mut aunt = person("q", Role::Parent, "Eve Lee", "");
    aunt.agents = vec!["s"];
    let friend = person("r", Role::Other, "Joe Poe", "joe@x.org");
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[family(vec!["p", "r", "gone"], vec![], &[aunt, friend])]);
    assert_eq!(
        findings(&outcome),
        [
            "agent-unknown s",
            "guardian-no-email q",
            "guardian-no-role r"
        ]
    );
    assert_eq!(tenant.roster.guardians.len(), 1);
}

#[test]
fn a_relation_that_was_not_chosen_is_left_out() {
    let mut guardian = person("g", Role::Guardian, "Gil Lee", "gil@x.org");
    guardian.agents = vec!["s"];
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[family(vec!["p"], vec![], &[guardian])]);
    assert_eq!(findings(&outcome), ["guardian-off g"]);
    assert_eq!(tenant.roster.guardians.len(), 1);
    let off = with(family(vec!["p"], vec![], &[]), |settings| {
        settings.parents = Default::default()
    });
    tenant.run(&[off]);
    assert!(tenant.roster.guardians.is_empty());
}

#[test]
fn guardians_are_no_members_of_classes() {
    let rows = Rows::default()
        .and_orgs(&[school("north")])
        .and_classes(&[class("c", "north")])
        .and_users(&[student("s", "Kim Lee", "kim@x.org")])
        .and_enrollments(&[enrollment("e1", "s", "c", Role::Guardian)]);
    let mut tenant = Tenant::default();
    let outcome = tenant.run(&[making(rows.finish())]);
    assert_eq!(findings(&outcome), ["enrollment-guardian e1"]);
    assert_eq!(tenant.roster.enrollments, Vec::<Tie>::new());
}
