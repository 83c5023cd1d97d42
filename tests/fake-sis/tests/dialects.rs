//! The JSON of both versions, and the ways in which it can be odd.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use std::collections::HashSet;

use common::{get, open, serve, v1p1, v1p2};
use fake_sis::{Behaviour, Booleans, Dates, Dialect, Enums, Envelopes, FakeSis, Ids, References};
use serde_json::Value;

fn speaking(dialect: Dialect) -> FakeSis {
    serve(200, Behaviour { dialect, ..open() })
}

fn rows(sis: &FakeSis, list: &str) -> Vec<Value> {
    get(&v1p2(sis, &format!("{list}?limit=500"))).json()[list]
        .as_array()
        .unwrap()
        .clone()
}

#[test]
fn a_user_of_1_1_has_one_role_and_orgs() {
    let sis = speaking(Dialect::default());
    let page = get(&v1p1(&sis, "users?limit=200")).json();
    let users = page["users"].as_array().unwrap();
    for user in users {
        for required in ["sourcedId", "username", "givenName", "familyName", "role"] {
            assert!(user[required].is_string(), "{required}: {user}");
        }
        assert!(user["enabledUser"].is_boolean());
        assert!(!user["orgs"].as_array().unwrap().is_empty());
        assert!(user.get("roles").is_none());
    }
    let roles: HashSet<&str> = users.iter().map(|u| u["role"].as_str().unwrap()).collect();
    let known = [
        "student",
        "teacher",
        "administrator",
        "aide",
        "parent",
        "guardian",
        "relative",
    ];
    assert!(roles.is_subset(&known.into()), "{roles:?}");
    let org = &users[0]["orgs"][0];
    let href = org["href"].as_str().unwrap();
    assert_eq!(get(href).json()["org"]["sourcedId"], org["sourcedId"]);
}

#[test]
fn a_user_of_1_2_has_roles_and_text_booleans() {
    for user in rows(&speaking(Dialect::default()), "users") {
        assert!(user["enabledUser"] == "true" || user["enabledUser"] == "false");
        let roles = user["roles"].as_array().unwrap();
        let primary = roles
            .iter()
            .filter(|role| role["roleType"] == "primary")
            .count();
        assert_eq!(primary, 1);
        assert!(roles.iter().all(|role| role["org"]["type"] == "org"));
        assert!(user.get("role").is_none() && user.get("password").is_none());
        assert!(!user.as_object().unwrap().values().any(Value::is_null));
    }
}

#[test]
fn booleans_are_spelt_as_asked() {
    for (booleans, expected) in [
        (Booleans::Native, Value::from(true)),
        (Booleans::Text, "true".into()),
        (Booleans::UpperText, "TRUE".into()),
        (Booleans::Number, 1.into()),
        (Booleans::NumberText, "1".into()),
    ] {
        let sis = speaking(Dialect {
            booleans,
            ..Dialect::default()
        });
        assert_eq!(rows(&sis, "users")[0]["enabledUser"], expected);
    }
}

#[test]
fn references_are_spelt_as_asked() {
    let class_of = |references| {
        let sis = speaking(Dialect {
            references,
            ..Dialect::default()
        });
        rows(&sis, "enrollments")[0]["class"].clone()
    };
    let standard = class_of(References::Standard);
    let id = standard["sourcedId"].clone();
    assert!(
        standard["href"]
            .as_str()
            .unwrap()
            .ends_with(id.as_str().unwrap())
    );
    assert_eq!(standard["type"], "class");
    assert_eq!(class_of(References::Bare), id);
    assert_eq!(class_of(References::Empty), serde_json::json!({}));
    assert_eq!(
        class_of(References::IdOnly),
        serde_json::json!({ "sourcedId": id })
    );
    let wrong = class_of(References::WrongType);
    assert_eq!(
        (&wrong["sourcedId"], wrong["type"].as_str()),
        (&id, Some("lineItem"))
    );
}

#[test]
fn ids_are_spelt_as_asked_and_still_fit_together() {
    for ids in [Ids::Number, Ids::Padded] {
        let sis = speaking(Dialect {
            ids,
            ..Dialect::default()
        });
        let all = |list| {
            rows(&sis, list)
                .iter()
                .map(|r| r["sourcedId"].to_string())
                .collect()
        };
        let users: HashSet<String> = all("users");
        let classes: HashSet<String> = all("classes");
        assert_eq!(users.len(), 200);
        for row in rows(&sis, "enrollments") {
            assert!(users.contains(&row["user"]["sourcedId"].to_string()));
            assert!(classes.contains(&row["class"]["sourcedId"].to_string()));
        }
        let id = rows(&sis, "users")[0]["sourcedId"].clone();
        assert_eq!(id.is_number(), ids == Ids::Number);
        assert!(
            id.as_str()
                .is_none_or(|id| id.starts_with(' ') && id.ends_with(' '))
        );
    }
}

#[test]
fn unknown_values_and_capitals_appear_on_request() {
    let sis = speaking(Dialect {
        enums: Enums::Unknown,
        ..Dialect::default()
    });
    let users = rows(&sis, "users");
    let odd = users
        .iter()
        .filter(|u| u["roles"][0]["role"] == "ext:coach")
        .count();
    assert_eq!(odd, 40);
    assert!(users.iter().any(|u| u["status"] == "inactive"));
    assert!(
        rows(&sis, "enrollments")
            .iter()
            .any(|e| e["role"] == "professor")
    );
    let sis = speaking(Dialect {
        enums: Enums::Capitals,
        ..Dialect::default()
    });
    assert_eq!(rows(&sis, "classes")[0]["classType"], "HOMEROOM");
}

#[test]
fn dates_appear_in_many_forms_on_request() {
    let dates = Dates::Mixed;
    let sis = speaking(Dialect {
        dates,
        ..Dialect::default()
    });
    let rows = rows(&sis, "enrollments");
    let begins: Vec<&Value> = rows.iter().filter_map(|row| row.get("beginDate")).collect();
    let any = |wanted: &dyn Fn(&str) -> bool| begins.iter().any(|d| d.as_str().is_some_and(wanted));
    assert!(any(&|d| d.len() == 10 && d.as_bytes()[4] == b'-'));
    assert!(any(&|d| d.ends_with("T00:00:00Z")));
    assert!(any(&|d| d.ends_with("+00:00")));
    assert!(any(&|d| d.contains(' ')));
    assert!(any(&|d| d.contains('/')));
    assert!(any(&str::is_empty));
    assert!(begins.iter().any(|d| d.is_null()));
}

#[test]
fn nulls_stand_for_all_that_is_absent() {
    let sis = speaking(Dialect {
        nulls: true,
        ..Dialect::default()
    });
    let users = rows(&sis, "users");
    assert!(
        users
            .iter()
            .any(|u| u["email"].is_null() && u.get("email").is_some())
    );
    assert!(
        users
            .iter()
            .any(|u| u["agents"].is_null() && u.get("agents").is_some())
    );
    assert!(
        rows(&sis, "orgs")[0]
            .get("parent")
            .is_some_and(Value::is_null)
    );
}

#[test]
fn envelopes_may_be_named_as_addressed() {
    let envelopes = Envelopes::AsAddressed;
    let sis = speaking(Dialect {
        envelopes,
        ..Dialect::default()
    });
    for list in [
        "schools",
        "students",
        "teachers",
        "terms",
        "gradingPeriods",
        "users",
    ] {
        let page = get(&v1p2(&sis, list)).json();
        assert!(page[list].is_array(), "{list}");
    }
    let sis = speaking(Dialect::default());
    assert!(get(&v1p2(&sis, "schools")).json()["orgs"].is_array());
    assert!(get(&v1p2(&sis, "terms")).json()["academicSessions"].is_array());
}

#[test]
fn a_list_of_one_may_lose_its_brackets() {
    let sis = speaking(Dialect {
        single_without_list: true,
        ..Dialect::default()
    });
    let one = get(&v1p2(&sis, "users?limit=1")).json();
    assert!(one["users"].is_object());
    assert!(get(&v1p2(&sis, "users?limit=2")).json()["users"].is_array());
}

#[test]
fn what_does_not_belong_appears_on_request() {
    let sis = speaking(Dialect {
        personal_data: true,
        vendor_properties: true,
        periods_as_text: true,
        ..Dialect::default()
    });
    let user = &rows(&sis, "users")[0];
    assert!(user["password"].is_string() && user["birthDate"].is_string());
    assert!(user["vendorRecordVersion"].is_array());
    assert!(rows(&sis, "classes")[0]["periods"].is_string());
}

#[test]
fn references_may_dangle_and_names_be_empty() {
    let sis = speaking(Dialect {
        dangling_every: Some(4),
        nameless_every: Some(3),
        ..Dialect::default()
    });
    let enrollments = rows(&sis, "enrollments");
    let dangling = enrollments
        .iter()
        .filter(|e| e["user"]["sourcedId"] == "nobody")
        .count();
    assert_eq!(dangling, enrollments.len() / 4);
    let users = rows(&sis, "users");
    let nameless = |u: &&Value| u["givenName"] == "" && u["familyName"] == "";
    assert_eq!(users.iter().filter(nameless).count(), users.len() / 3);
    assert_eq!(rows(&sis, "classes")[2]["title"], "");
}
