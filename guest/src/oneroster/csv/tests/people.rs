//! Users, their roles in roles.csv, and their ids elsewhere.

use super::*;
use crate::roster::Role;

const USERS_1_2: &str = "sourcedId,status,enabledUser,givenName,familyName,preferredGivenName,primaryOrgSourcedId\n\
    u1,,true,Ada,Byron,Countess,s1\nu2,,true,Bo,Best,,s1\nu3,,true,Cy,Coe,,s1\n";

fn of_1_2(roles: &str) -> (Vec<crate::roster::User>, Vec<(String, String)>) {
    let text = format!(
        "sourcedId,status,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId\n{roles}"
    );
    users(&bundle(&[
        ("users.csv", USERS_1_2.as_bytes()),
        ("roles.csv", text.as_bytes()),
    ]))
}

#[test]
fn trap_67_roles_find_their_users_in_whatever_order_they_stand() {
    let (users, noted) = of_1_2(
        "r4,,u3,primary,teacher,,,s1\nr1,,u1,primary,student,2026-08-01,,s1\nr3,,u2,primary,student,,,s1\n\
         r2,,u1,secondary,student,,,d\nr5,tobedeleted,u1,secondary,aide,,,s1\n",
    );
    let of = |id: &str| {
        let user = users
            .iter()
            .find(|user| user.sourced_id == id)
            .expect("there");
        user.roles
            .iter()
            .map(|role| (role.role.clone(), role.primary, role.org.clone()))
            .collect::<Vec<_>>()
    };
    let org = |id: &str| Some(id.to_owned());
    assert_eq!(
        of("u1"),
        [
            (Role::Student, true, org("s1")),
            (Role::Student, false, org("d"))
        ]
    );
    assert_eq!(of("u3"), [(Role::Teacher, true, org("s1"))]);
    assert_eq!(users[0].preferred_given_name.as_deref(), Some("Countess"));
    assert!(users[0].roles[0].begin_date.is_some());
    assert_eq!(noted, []);
}

#[test]
fn trap_67_a_user_without_a_role_and_a_role_without_a_user_are_named() {
    let (users, noted) = of_1_2(
        "r1,,u1,primary,student,,,s1\nr2,,nobody,primary,student,,,s1\nr3,,u2,primary,student,,,s1\n",
    );
    assert_eq!(users.len(), 2);
    assert_eq!(codes(&noted), ["role-without-user", "missing-role"]);
    assert!(noted[0].1.contains("(roles.csv, line 3)"), "{noted:?}");
    assert!(noted[1].1.contains("(users.csv, line 4)"), "{noted:?}");
}

#[test]
fn trap_67_the_orgs_of_1_1_are_a_list() {
    let text = "sourcedId,role,orgSourcedIds,givenName\nu1,teacher,\"s1, s2\",Ada\n";
    let (users, _) = users(&bundle(&[("users.csv", text.as_bytes())]));
    let orgs: Vec<_> = users[0]
        .roles
        .iter()
        .map(|role| role.org.as_deref())
        .collect();
    assert_eq!(orgs, [Some("s1"), Some("s2")]);
    assert!(users[0].roles[0].primary && !users[0].roles[1].primary);
}

#[test]
fn trap_67_neither_roles_nor_a_role_column_is_half_a_bundle() {
    let failure = failure(
        &bundle(&[("users.csv", USERS_1_2.as_bytes())]),
        Collection::Users,
    );
    assert!(
        matches!(&failure, Failure::Malformed(text) if text.contains("roles.csv")),
        "{failure:?}"
    );
    let header = "sourcedId,userSourcedId,role\n";
    let files = bundle(&[
        ("users.csv", USERS_1_2.as_bytes()),
        ("roles.csv", header.as_bytes()),
    ]);
    let failure = super::failure(&files, Collection::Users);
    assert!(
        matches!(&failure, Failure::Malformed(text) if text.contains("roles.csv has no rows")),
        "{failure:?}"
    );
}

#[test]
fn trap_68_user_ids_are_pairs_in_braces_and_others_are_reported() {
    let text = "sourcedId,role,orgSourcedIds,givenName,userIds\n\
        u1,student,s1,Ada,\"{LDAP:12},{LTI:a,b}\"\n\
        u2,student,s1,Bo,\"{LDAP:12\"\n\
        u3,student,s1,Cy,\"4711,{SIS: 9 }\"\n\
        u4,student,s1,Di,{}\n";
    let (users, noted) = users(&bundle(&[("users.csv", text.as_bytes())]));
    let ids = |n: usize| {
        let ids = users[n].user_ids.iter();
        ids.map(|id| format!("{}={}", id.id_type, id.identifier))
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(0), ["LDAP=12", "LTI=a,b"]);
    assert_eq!(ids(1), Vec::<String>::new());
    assert_eq!(ids(2), ["SIS=9"]);
    assert_eq!(codes(&noted), ["invalid-value"; 3]);
    assert!(noted.iter().all(|(_, detail)| detail.contains("userIds")));
}

#[test]
fn passwords_are_never_read() {
    let text = USERS.replace(",09,\n", ",09,hunter2\n");
    assert!(text.contains("hunter2"));
    let (users, _) = users(&bundle(&[("users.csv", text.as_bytes())]));
    assert!(!format!("{users:?}").contains("hunter2"));
}

#[test]
fn findings_call_columns_by_their_names_in_the_file() {
    let text = ENROLLMENTS.replace("e1,,,c1,s1,u1,", "e1,,,c1,s1,,");
    let files = bundle(&[("enrollments.csv", text.as_bytes())]);
    let pages = pages(&files, Collection::Enrollments, 10, &[]).expect("readable");
    let finding = &pages[0].findings[0];
    assert_eq!(finding.field.as_deref(), Some("userSourcedId"));
    assert_eq!(
        finding.detail,
        "`userSourcedId` is missing (enrollments.csv, line 2)."
    );
}

#[test]
fn enrollments_without_ids_are_named_by_what_they_tie() {
    let text = "classSourcedId,userSourcedId,role\nc1,u1,student\n";
    let files = bundle(&[("enrollments.csv", text.as_bytes())]);
    let (records, noted) = all(&files, Collection::Enrollments);
    let Records::Enrollments(list) = &records[0] else {
        panic!("enrollments")
    };
    assert_eq!(list[0].sourced_id, "c1|u1|student");
    assert_eq!(codes(&noted), ["unknown-column"]);
}
