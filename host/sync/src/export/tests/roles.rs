//! Which rows `roles.csv` has of a person, which is primary, and which org is.

use homeroom_roster::record::Role;
use homeroom_roster::state::{
    Assignment, Assignments, Guardian, OrgKey, Roles, Roster, Status, User, UserKey,
};

use super::super::write;
use super::district::{SIS, district, names, org};
use super::{Scratch, read};

const S1: u32 = 1;
/// Archived.
const S2: u32 = 2;
const S3: u32 = 3;

fn at(role: Role, org: Option<u32>, primary: bool) -> Assignment {
    let org = org.map(OrgKey);
    Assignment { org, role, primary }
}

/// The small district with another school, and its parent changed.
fn with_parent(change: impl FnOnce(&mut User)) -> Roster {
    let mut roster = district();
    roster
        .orgs
        .push(org(S3, SIS, "S3", Status::Active, Some(0)));
    let user = &mut roster.users[1];
    change(user);
    let said = user.assignments.as_slice().iter().map(|one| one.role);
    user.roles = user.roles.union(said.collect::<Roles>());
    roster
}

/// What a bundle says of the parent: `role org`, with `!` behind the primary
/// one; and the primary org.
fn told(test: &str, roster: &Roster) -> (Vec<String>, String) {
    let scratch = Scratch::new(test);
    let folder = scratch.0.join("out");
    write(roster, &names(), &folder).expect("written");
    let (_, roles) = read(&folder, "roles.csv");
    let (_, users) = read(&folder, "users.csv");
    let own = roles
        .iter()
        .filter(|row| row["userSourcedId"] == "u-parent");
    let lines = own.map(|row| {
        let mark = if row["roleType"] == "primary" {
            "!"
        } else {
            ""
        };
        format!("{} {}{mark}", row["role"], row["orgSourcedId"])
    });
    let user = users.iter().find(|row| row["sourcedId"] == "u-parent");
    let org = user.map(|row| row["primaryOrgSourcedId"].clone());
    (lines.collect(), org.expect("the parent is exported"))
}

/// A parent with these assignments, these orgs, and that org called primary.
fn of(said: &[Assignment], orgs: &[u32], primary: Option<u32>) -> Roster {
    with_parent(|user| {
        user.roles = Roles::default();
        user.assignments = said.iter().copied().collect::<Assignments>();
        user.orgs = orgs.iter().copied().map(OrgKey).collect();
        user.primary_org = primary.map(OrgKey);
    })
}

#[test]
fn a_role_at_one_school_is_none_at_another() {
    let said = [
        at(Role::Teacher, Some(S1), true),
        at(Role::Parent, Some(S3), false),
    ];
    let roster = of(&said, &[S1, S3], None);
    let (roles, org) = told("apart", &roster);
    assert_eq!(roles, ["teacher S1!", "parent S3!"]);
    assert_eq!(org, "S1", "where the primary role is");
    let (roles, org) = told("called", &of(&said, &[S1, S3], Some(S3)));
    assert_eq!(roles, ["teacher S1!", "parent S3!"]);
    assert_eq!(org, "S3", "as the source says");
    // An org that is not exported has no roles and is nobody's primary one.
    let (roles, org) = told("archived", &of(&said, &[S1, S2, S3], Some(S2)));
    assert_eq!(roles, ["teacher S1!", "parent S3!"]);
    assert_eq!(org, "S1");
}

#[test]
fn of_none_or_several_primary_roles_at_an_org_one_is_chosen() {
    for mark in [false, true] {
        let said = [
            at(Role::Parent, Some(S1), mark),
            at(Role::Aide, Some(S3), mark),
            at(Role::Teacher, Some(S3), mark),
        ];
        let (roles, org) = told("importance", &of(&said, &[S1, S3], None));
        assert_eq!(roles, ["parent S1!", "teacher S3!", "aide S3"]);
        assert_eq!(org, "S3");
        let (roles, org) = told("called-primary", &of(&said, &[S1, S3], Some(S1)));
        assert_eq!(roles, ["parent S1!", "teacher S3!", "aide S3"]);
        assert_eq!(org, "S1");
        let twice = [
            at(Role::Student, Some(S3), mark),
            at(Role::Student, Some(S1), mark),
        ];
        let (roles, _) = told("by-id", &of(&twice, &[S1, S3], None));
        assert_eq!(roles, ["student S1!", "student S3!"]);
    }
    // What is marked comes before what matters more.
    let said = [
        at(Role::Teacher, Some(S1), false),
        at(Role::Parent, Some(S3), true),
    ];
    let (roles, org) = told("marked", &of(&said, &[S1, S3], Some(S1)));
    assert_eq!(roles, ["teacher S1!", "parent S3!"]);
    assert_eq!(org, "S1");
    let said = [
        at(Role::Teacher, Some(S3), false),
        at(Role::Parent, Some(S3), true),
    ];
    let (roles, _) = told("marked-at-one-org", &of(&said, &[S3], None));
    assert_eq!(roles, ["teacher S3", "parent S3!"]);
}

#[test]
fn a_role_that_names_no_org_is_held_where_the_user_is() {
    // Somebody else says where.
    let said = [
        at(Role::Teacher, None, true),
        at(Role::Teacher, Some(S3), false),
    ];
    let (roles, _) = told("placed", &of(&said, &[S1, S3], None));
    assert_eq!(roles, ["teacher S3!"]);
    // Nobody does: at the primary org, and not at both.
    let said = [
        at(Role::Aide, None, true),
        at(Role::Teacher, Some(S3), false),
        at(Role::Counselor, Some(S1), false),
    ];
    let (roles, org) = told("beside", &of(&said, &[S1, S3], None));
    assert_eq!(roles, ["counselor S1!", "teacher S3!", "aide S3"]);
    assert_eq!(org, "S3");
    // A guardian is one where the student is.
    let said = [
        at(Role::Parent, None, true),
        at(Role::Teacher, Some(S3), false),
    ];
    let (roles, _) = told("guardian", &of(&said, &[S3], None));
    assert_eq!(roles, ["parent S1!", "teacher S3!"]);
    let mut childless = of(&said, &[S3], None);
    childless.guardians = Vec::<Guardian>::new();
    let (roles, _) = told("childless", &childless);
    assert_eq!(roles, ["teacher S3!", "parent S3"]);
    // No role names one: at all orgs there are, or the students', or the district.
    let said = [at(Role::Parent, None, true)];
    let (roles, org) = told("all", &of(&said, &[S1, S3], None));
    assert_eq!(roles, ["parent S1!", "parent S3!"]);
    assert_eq!(org, "", "no source calls either primary");
    assert_eq!(told("students", &of(&said, &[], None)).0, ["parent S1!"]);
    let said = [at(Role::Aide, None, true)];
    assert_eq!(told("district", &of(&said, &[], None)).0, ["aide D!"]);
}

#[test]
fn a_user_whose_assignments_are_unknown_has_all_roles_at_all_orgs() {
    let roster = with_parent(|user| {
        user.roles = Roles::from_iter([Role::Teacher, Role::Parent]);
        user.orgs = vec![OrgKey(S1), OrgKey(S3)];
    });
    let (roles, org) = told("unknown", &roster);
    assert_eq!(
        roles,
        ["teacher S1!", "parent S1", "teacher S3!", "parent S3"]
    );
    assert_eq!(org, "");
}

#[test]
fn two_words_of_1_1_may_be_one_of_1_2() {
    let said = [
        at(Role::Administrator, Some(S3), true),
        at(Role::SiteAdministrator, Some(S3), false),
        at(Role::Administrator, Some(0), false),
    ];
    let (roles, _) = told("words", &of(&said, &[0, S3], None));
    assert_eq!(roles, ["districtAdministrator D!", "siteAdministrator S3!"]);
}

#[test]
fn a_user_has_one_primary_role_at_an_org() {
    let mut roster = of(&[at(Role::Parent, Some(S3), false)], &[S3], None);
    roster.users.push(User {
        key: UserKey(9),
        id: "u-none".into(),
        roles: Roles::default(),
        ..roster.users[0].clone()
    });
    let scratch = Scratch::new("one-primary");
    let folder = scratch.0.join("out");
    let summary = write(&roster, &names(), &folder).expect("written");
    let (_, roles) = read(&folder, "roles.csv");
    let (_, users) = read(&folder, "users.csv");
    for user in users.iter().map(|row| &row["sourcedId"]) {
        let own = roles.iter().filter(|row| &row["userSourcedId"] == user);
        let primary = own.filter(|row| row["roleType"] == "primary").count();
        assert_eq!(primary, usize::from(user != "u-none"), "{user}");
    }
    let roleless = (1, "users without a role at an org".to_owned());
    assert!(summary.incomplete.contains(&roleless), "{summary:?}");
}
