//! Every row is a function of the spec and its index, and rows fit together.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::{HashMap, HashSet};

use district::{Collection, District, Id, OrgType, RoleName, Spec};

const SIZES: [u32; 4] = [30, 200, 3_000, 20_000];

fn district(people: u32) -> District {
    District::new(Spec {
        people,
        ..Spec::default()
    })
}

#[test]
fn a_row_is_the_same_from_wherever_it_is_asked_for() {
    let all = district(3_000);
    let users: Vec<_> = all.users().collect();
    let enrollments: Vec<_> = all.enrollments().collect();
    let again = district(3_000);
    for index in (0..users.len()).rev().step_by(7) {
        assert_eq!(again.user(index), users[index]);
    }
    for index in (0..enrollments.len()).rev().step_by(11) {
        assert_eq!(again.enrollment(index), enrollments[index]);
    }
}

#[test]
fn another_seed_gives_another_district() {
    let other = District::new(Spec {
        seed: 2,
        ..Spec::default()
    });
    let mine = district(3_000);
    assert_ne!(other.user(5), mine.user(5));
    assert_ne!(
        other.enrollment(5).sourced_id,
        mine.enrollment(5).sourced_id
    );
}

#[test]
fn people_and_enrollments_are_in_proportion() {
    for people in SIZES {
        let district = district(people);
        assert_eq!(district.len(Collection::Users), people as usize);
        let per_person = district.len(Collection::Enrollments) as f64 / f64::from(people);
        let bounds = if people < 300 { 6.0..12.0 } else { 6.3..7.0 };
        assert!(bounds.contains(&per_person), "{people}: {per_person}");
        let answers = district.answers();
        let students = f64::from(answers.students) / f64::from(people);
        assert!((0.68..=0.72).contains(&students), "{people}: {students}");
        assert_eq!(answers.students + answers.staff + answers.guardians, people);
    }
}

#[test]
fn every_reference_leads_to_a_record() {
    for people in SIZES {
        let district = district(people);
        let orgs: HashSet<Id> = (0..district.len(Collection::Orgs))
            .map(|n| district.org(n).sourced_id)
            .collect();
        let sessions: HashSet<Id> = (0..district.len(Collection::AcademicSessions))
            .map(|n| district.academic_session(n).sourced_id)
            .collect();
        let courses: HashSet<Id> = (0..district.len(Collection::Courses))
            .map(|n| district.course(n).sourced_id)
            .collect();
        let mut classes = HashMap::new();
        for class in district.classes() {
            assert!(courses.contains(&class.course), "{class:?}");
            assert!(orgs.contains(&class.school), "{class:?}");
            assert!(!class.terms.is_empty());
            assert!(class.terms.iter().all(|term| sessions.contains(term)));
            classes.insert(class.sourced_id, class.school);
        }
        assert_eq!(classes.len(), district.len(Collection::Classes));
        let mut users = HashMap::new();
        for user in district.users() {
            assert!(user.roles[0].primary);
            assert!(user.roles.iter().all(|role| orgs.contains(&role.org)));
            users.insert(user.sourced_id, user);
        }
        assert_eq!(users.len(), people as usize);
        for user in users.values() {
            assert!(user.agents.iter().all(|agent| users.contains_key(agent)));
        }
        let mut ids = HashSet::new();
        for enrollment in district.enrollments() {
            assert!(ids.insert(enrollment.sourced_id));
            assert_eq!(classes.get(&enrollment.class), Some(&enrollment.school));
            let user = &users[&enrollment.user];
            let has_role = user.roles.iter().any(|r| r.role == enrollment.role);
            let elsewhere = user.roles.iter().all(|r| r.org != enrollment.school);
            assert!(has_role && !elsewhere, "{user:?} {enrollment:?}");
        }
    }
}

#[test]
fn find_leads_back_to_the_index() {
    let district = district(3_000);
    for collection in Collection::ALL {
        for index in 0..district.len(collection) {
            let id = match collection {
                Collection::Orgs => district.org(index).sourced_id,
                Collection::AcademicSessions => district.academic_session(index).sourced_id,
                Collection::Courses => district.course(index).sourced_id,
                Collection::Classes => district.class(index).sourced_id,
                Collection::Users => district.user(index).sourced_id,
                Collection::Enrollments => district.enrollment(index).sourced_id,
            };
            assert_eq!(district.find(collection, id.as_str()), Some(index));
        }
        assert_eq!(district.find(collection, "nobody"), None);
    }
    let user = district.user(0).sourced_id;
    assert_eq!(district.find(Collection::Classes, user.as_str()), None);
}

#[test]
fn the_orgs_are_one_district_and_its_schools() {
    let district = district(20_000);
    let root = district.org(0);
    assert_eq!(root.org_type, OrgType::District);
    assert_eq!(root.children.len(), district.schools());
    for n in 1..district.len(Collection::Orgs) {
        let school = district.org(n);
        assert_eq!(school.org_type, OrgType::School);
        assert_eq!(school.parent, Some(root.sourced_id));
    }
}

#[test]
fn the_people_hold_what_a_roster_trips_over() {
    let district = district(20_000);
    let users: Vec<_> = district.users().collect();
    let count =
        |wanted: &dyn Fn(&district::User) -> bool| users.iter().filter(|u| wanted(u)).count();
    let is_role = |user: &district::User, role| user.roles[0].role == role;
    assert!(count(&|u| is_role(u, RoleName::Student) && u.email.is_none()) > 100);
    assert!(count(&|u| is_role(u, RoleName::Student) && u.roles.len() == 2) > 100);
    assert!(count(&|u| is_role(u, RoleName::Parent) && u.email.is_none()) > 100);
    assert!(count(&|u| !u.enabled_user) > 10);
    assert!(count(&|u| u.family_name.contains('\'')) > 100);
    let roles = |u: &district::User| u.roles.iter().map(|r| r.role).collect::<HashSet<_>>();
    let both = |u: &district::User| {
        roles(u).contains(&RoleName::Parent) && roles(u).contains(&RoleName::Teacher)
    };
    assert!(count(&both) > 10, "a parent on the staff");
    let mut emails: HashMap<&str, Vec<&district::User>> = HashMap::new();
    for user in &users {
        if let Some(email) = &user.email {
            emails.entry(email).or_default().push(user);
        }
    }
    let shared: Vec<_> = emails.values().filter(|users| users.len() > 1).collect();
    assert!(shared.len() > 20);
    for sharers in shared {
        assert_eq!(sharers.len(), 2);
        assert!(
            sharers
                .iter()
                .all(|u| !u.agents.is_empty() && u.grades.is_empty())
        );
    }
}

#[test]
fn guardians_and_students_name_each_other() {
    let district = district(3_000);
    let users: HashMap<_, _> = district.users().map(|u| (u.sourced_id, u)).collect();
    let mut links = 0;
    for student in users.values().filter(|u| !u.grades.is_empty()) {
        for guardian in &student.agents {
            assert!(users[guardian].agents.contains(&student.sourced_id));
            links += 1;
        }
    }
    assert!(links > 500, "{links}");
}

#[test]
fn classes_have_teachers_and_students() {
    let district = district(3_000);
    let mut seen: HashMap<Id, (u32, u32, u32)> = HashMap::new();
    for row in district.enrollments() {
        let class = seen.entry(row.class).or_default();
        match (row.role, row.primary) {
            (RoleName::Student, _) => class.0 += 1,
            (_, Some(true)) => class.1 += 1,
            _ => class.2 += 1,
        }
    }
    assert_eq!(seen.len(), district.len(Collection::Classes));
    assert!(
        seen.values()
            .all(|&(students, first, _)| students > 0 && first == 1)
    );
    assert!(seen.values().any(|&(_, _, co_teachers)| co_teachers == 1));
}

#[test]
fn split_roles_give_a_parent_on_the_staff_two_records() {
    let spec = Spec {
        split_roles: true,
        ..Spec::default()
    };
    let district = District::new(spec);
    assert!(district.len(Collection::Users) > 3_000);
    let users: Vec<_> = district.users().collect();
    let second = &users[3_000];
    assert_eq!(second.roles[0].role, RoleName::Parent);
    let first = users[..3_000]
        .iter()
        .find(|u| u.username == second.username)
        .unwrap();
    assert_eq!(first.given_name, second.given_name);
    assert_eq!(first.email, second.email);
    assert_ne!(first.sourced_id, second.sourced_id);
    assert!(first.roles.iter().all(|role| role.role != RoleName::Parent));
    let found = district.find(Collection::Users, second.sourced_id.as_str());
    assert_eq!(found, Some(3_000));
}
