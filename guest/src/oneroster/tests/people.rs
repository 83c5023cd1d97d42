//! Users: both versions' roles, names, and what must never come through.

use super::*;
use crate::roster::{Role, RoleAssignment};

fn assigned(role: Role, primary: bool, org: Option<&str>) -> RoleAssignment {
    RoleAssignment {
        role,
        primary,
        org: org.map(str::to_owned),
        begin_date: None,
        end_date: None,
    }
}

#[test]
fn trap_36_a_1_1_user_has_its_role_at_each_org() {
    let (user, codes) = user(
        r#"{"sourcedId":"s+1","givenName":"A","role":"student","orgs":[{"sourcedId":"o1"},{"sourcedId":"o2"}]}"#,
    );
    assert_eq!(
        user.roles,
        [
            assigned(Role::Student, true, Some("o1")),
            assigned(Role::Student, false, Some("o2"))
        ]
    );
    assert!(codes.is_empty());
}

#[test]
fn a_1_1_user_without_orgs_keeps_its_role() {
    let (user, _) = user(r#"{"sourcedId":"1","givenName":"A","role":"parent","orgs":[]}"#);
    assert_eq!(user.roles, [assigned(Role::Parent, true, None)]);
}

#[test]
fn trap_37_all_roles_are_kept_whichever_are_primary() {
    let (user, _) = user(
        r#"{"sourcedId":"1","givenName":"A","role":"administrator","roles":[{"roleType":"primary","role":"teacher","org":{"sourcedId":"o1"}},{"roleType":"Primary","role":"parent","org":"o2"},{"role":"ext:coach","org":{}}]}"#,
    );
    assert_eq!(
        user.roles,
        [
            assigned(Role::Teacher, true, Some("o1")),
            assigned(Role::Parent, true, Some("o2")),
            assigned(Role::Other("ext:coach".to_owned()), false, None),
        ]
    );
}

#[test]
fn a_role_entry_that_says_nothing_is_dropped_and_the_others_stay() {
    let (user, codes) = user(
        r#"{"sourcedId":"1","givenName":"A","roles":[{"org":"o"},"student",{"role":"student","org":"o"}]}"#,
    );
    assert_eq!(user.roles, [assigned(Role::Student, false, Some("o"))]);
    assert_eq!(codes, ["invalid-value", "invalid-value"]);
}

#[test]
fn a_user_without_any_role_is_left_out() {
    let page = good_page(
        Collection::Users,
        r#"{"users":[{"sourcedId":"1","givenName":"A"},{"sourcedId":"2","givenName":"B","roles":[]}]}"#,
    );
    assert_eq!(errors(&page), ["missing-role", "missing-role"]);
}

#[test]
fn trap_38_the_roles_of_user_and_enrollment_are_each_their_own() {
    let (user, _) = user(r#"{"sourcedId":"1","givenName":"A","role":"student","orgs":["o"]}"#);
    assert_eq!(user.roles[0].role, Role::Student);
    let page = good_page(
        Collection::Enrollments,
        r#"{"enrollments":[{"sourcedId":"e","user":"1","class":"c","role":"teacher"}]}"#,
    );
    assert!(matches!(page.records, Records::Enrollments(all) if all[0].role == Role::Teacher));
}

#[test]
fn trap_41_agents_are_handed_over_as_they_are() {
    let (user, _) = user(
        r#"{"sourcedId":"1","givenName":"A","role":"student","agents":[{"sourcedId":"p1","type":"org"},{},"p2"]}"#,
    );
    assert_eq!(user.agents, ["p1", "p2"]);
}

#[test]
fn trap_46_a_disabled_user_is_no_deleted_user() {
    let (disabled, _) =
        user(r#"{"sourcedId":"1","givenName":"A","role":"student","enabledUser":"false"}"#);
    assert!(!disabled.enabled_user && disabled.status == crate::roster::Status::Active);
    let (silent, _) = user(r#"{"sourcedId":"1","givenName":"A","role":"student"}"#);
    assert!(silent.enabled_user);
}

#[test]
fn trap_47_a_username_may_be_anything_or_nothing() {
    for (said, username) in [
        ("\"\"", None),
        ("null", None),
        ("\"a@b.org\"", Some("a@b.org")),
        ("\" jo smith \"", Some("jo smith")),
    ] {
        let (user, _) = user(&format!(
            r#"{{"sourcedId":"1","givenName":"A","role":"student","username":{said}}}"#
        ));
        assert_eq!(user.username.as_deref(), username);
    }
}

#[test]
fn trap_48_a_user_without_any_name_is_left_out() {
    let page = good_page(
        Collection::Users,
        r#"{"users":[{"sourcedId":"1","givenName":"","familyName":null,"role":"student"},{"sourcedId":"2","familyName":"B","role":"student"}]}"#,
    );
    assert_eq!(
        (page.received, errors(&page)),
        (2, vec!["missing-name".to_owned()])
    );
}

#[test]
fn trap_48_preferred_names_have_two_spellings() {
    let (rest, _) = user(
        r#"{"sourcedId":"1","givenName":"A","role":"student","preferredFirstName":"P","preferredLastName":"Q"}"#,
    );
    let (csv, _) = user(
        r#"{"sourcedId":"1","givenName":"A","role":"student","preferredGivenName":"P","preferredFamilyName":"Q"}"#,
    );
    assert_eq!(
        (
            rest.preferred_given_name.as_deref(),
            rest.preferred_family_name.as_deref()
        ),
        (Some("P"), Some("Q"))
    );
    assert_eq!(rest, csv);
}

#[test]
fn trap_49_passwords_and_birth_dates_never_come_through() {
    let (user, codes) = user(
        r#"{"sourcedId":"1","givenName":"A","role":"student","password":"hunter2","birthDate":"2010-01-01","sex":"female","userProfiles":[{"credentials":[{"password":"hunter2"}]}],"metadata":{"tempPassword":"hunter2","dateOfBirth":"2010-01-01","ic.Gender":"F","ethnicity":"x","house":"Red"}}"#,
    );
    let shown = format!("{user:?}{codes:?}");
    assert!(
        !shown.contains("hunter2") && !shown.contains("2010"),
        "{shown}"
    );
    assert_eq!(user.metadata, [("house".to_owned(), "Red".to_owned())]);
}

#[test]
fn findings_hold_no_personal_data() {
    let long = format!("Ann{}", "x".repeat(2000));
    let body = format!(
        r#"{{"users":[{{"sourcedId":"1","givenName":"{long}","email":["ann@x.org"],"enabledUser":"Ann","role":"student"}},{{"sourcedId":"2","email":"bob@x.org","role":"student"}}]}}"#
    );
    let page = good_page(Collection::Users, &body);
    assert_eq!(codes(&page).len(), 4);
    assert!(
        page.findings
            .iter()
            .all(|finding| !finding.detail.contains("nn") || !finding.detail.contains("Ann"))
    );
    assert!(
        page.findings
            .iter()
            .all(|finding| !finding.detail.contains("@"))
    );
}

#[test]
fn text_is_cut_at_the_contracts_limit() {
    let (user, codes) = user(&format!(
        r#"{{"sourcedId":"1","givenName":"{}","role":"student"}}"#,
        "é".repeat(600)
    ));
    assert_eq!(codes, ["text-too-long"]);
    assert_eq!(user.given_name.map(|name| name.len()), Some(1024));
}

#[test]
fn metadata_keeps_to_the_contracts_limits() {
    let pairs: Vec<String> = (0..40).map(|n| format!(r#""k{n}":{n}"#)).collect();
    let (user, codes) = user(&format!(
        r#"{{"sourcedId":"1","givenName":"A","role":"student","metadata":{{"nested":{{"a":1}},"list":[1],{}}}}}"#,
        pairs.join(",")
    ));
    assert_eq!(
        (user.metadata.len(), codes),
        (32, vec!["too-many-metadata".to_owned()])
    );
    assert_eq!(user.metadata[0], ("k0".to_owned(), "0".to_owned()));
}

#[test]
fn a_language_comes_out_of_metadata_where_it_is_a_tag() {
    let language = |metadata: &str| {
        user(&format!(
            r#"{{"sourcedId":"1","givenName":"A","role":"student","metadata":{metadata}}}"#
        ))
        .0
        .language
    };
    assert_eq!(
        language(r#"{"homeLanguage":"es","language":"en_US"}"#).as_deref(),
        Some("en-US")
    );
    assert_eq!(
        language(r#"{"ic.home_language":"vi"}"#).as_deref(),
        Some("vi")
    );
    assert_eq!(language(r#"{"language":"English"}"#), None);
}

#[test]
fn ids_in_other_systems_are_kept() {
    let (user, codes) = user(
        r#"{"sourcedId":"1","givenName":"A","role":"student","userIds":[{"type":"LDAP","identifier":"12"},{"identifier":13},{"type":"x"},"bare"],"userMasterIdentifier":"m"}"#,
    );
    let pairs: Vec<_> = user
        .user_ids
        .iter()
        .map(|id| (id.id_type.as_str(), id.identifier.as_str()))
        .collect();
    assert_eq!(pairs, [("LDAP", "12"), ("", "13")]);
    assert_eq!(
        (user.user_master_identifier.as_deref(), codes),
        (Some("m"), vec!["invalid-value".to_owned()])
    );
}
