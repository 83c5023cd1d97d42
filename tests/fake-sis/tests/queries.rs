//! Filters, fields, single records, and the errors for what makes no sense.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use common::{all_ids, get, open, request, serve, v1p1, v1p2};
use district::{District, Night, RoleName, Spec, Status};
use fake_sis::{Behaviour, FakeSis, Filtering, Source};

fn changed() -> District {
    District::new(Spec {
        people: 400,
        night: Night {
            left: 11,
            leavers_as_tobedeleted: true,
            renamed: 4,
            ..Night::default()
        },
        ..Spec::default()
    })
}

fn sis() -> FakeSis {
    FakeSis::spawn(Source::from(changed()), open()).unwrap()
}

fn filtered(sis: &FakeSis, list: &str, filter: &str) -> usize {
    let filter = filter
        .replace('\'', "%27")
        .replace(' ', "%20")
        .replace('=', "%3D")
        .replace('>', "%3E");
    all_ids(sis, list, 100, &format!("&filter={filter}")).len()
}

#[test]
fn a_filter_by_status_role_and_date_narrows_the_list() {
    let sis = sis();
    assert_eq!(filtered(&sis, "users", "status='tobedeleted'"), 11);
    assert_eq!(filtered(&sis, "users", "status='active'"), 389);
    assert_eq!(filtered(&sis, "users", "status!='active'"), 11);
    let students = changed()
        .users()
        .filter(|u| u.roles[0].role == RoleName::Student)
        .count();
    assert_eq!(filtered(&sis, "users", "role='student'"), students);
    let both = "role='student' AND status='tobedeleted'";
    assert_eq!(filtered(&sis, "users", both), 11);
    let either = "status='active' OR role='student'";
    assert_eq!(filtered(&sis, "users", either), 400);
}

#[test]
fn a_delta_knows_its_boundary() {
    let sis = sis();
    let changed_at = "2026-10-14T00:00:00.000Z";
    assert_eq!(
        filtered(&sis, "users", &format!("dateLastModified>='{changed_at}'")),
        15
    );
    assert_eq!(
        filtered(&sis, "users", &format!("dateLastModified>'{changed_at}'")),
        0
    );
    let earlier = "dateLastModified>'2026-10-13T23:59:59Z'";
    assert_eq!(filtered(&sis, "users", earlier), 15);
    let gone = changed()
        .enrollments()
        .filter(|e| e.status == Status::ToBeDeleted)
        .count();
    assert_eq!(filtered(&sis, "enrollments", earlier), gone);
}

#[test]
fn a_filter_by_reference_and_by_name_with_an_apostrophe() {
    let sis = sis();
    let class = changed().class(3).sourced_id;
    let expected = changed().enrollments().filter(|e| e.class == class).count();
    assert!(expected > 1);
    assert_eq!(
        filtered(&sis, "enrollments", &format!("class.sourcedId='{class}'")),
        expected
    );
    let with_apostrophe = changed().users().find(|u| u.family_name.contains('\''));
    let name = with_apostrophe.unwrap().family_name;
    let named = changed().users().filter(|u| u.family_name == name).count();
    assert_eq!(
        filtered(&sis, "users", &format!("familyName='{name}'")),
        named
    );
}

#[test]
fn a_server_may_ignore_or_refuse_filters() {
    let sis = sis();
    let filtering = Filtering::Ignored;
    sis.set_behaviour(Behaviour {
        filtering,
        ..open()
    });
    assert_eq!(filtered(&sis, "users", "status='tobedeleted'"), 400);
    let filtering = Filtering::Refused;
    sis.set_behaviour(Behaviour {
        filtering,
        ..open()
    });
    assert_eq!(
        get(&v1p2(&sis, "users?filter=status%3D%27active%27")).status,
        400
    );
}

#[test]
fn only_the_fields_asked_for_are_sent() {
    let sis = serve(200, open());
    let page = get(&v1p2(
        &sis,
        "users?limit=2&fields=sourcedId,familyName,roles",
    ))
    .json();
    let user = page["users"][0].as_object().unwrap();
    let names: Vec<&str> = user.keys().map(String::as_str).collect();
    assert_eq!(names, ["sourcedId", "roles", "familyName"]);
    assert!(user["roles"][0]["org"]["href"].is_string());
}

#[test]
fn errors_have_the_form_of_their_version() {
    let sis = serve(200, open());
    let minor = |status: &serde_json::Value| {
        status["imsx_CodeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"].clone()
    };
    let new = get(&v1p2(&sis, "users?filter=shoeSize%3D%271%27"));
    assert_eq!(new.status, 400);
    assert_eq!(minor(&new.json()), "invalid_filter_field");
    let old = get(&v1p1(&sis, "users?filter=shoeSize%3D%271%27"));
    assert_eq!(old.status, 400);
    assert_eq!(
        minor(&old.json()["statusInfoSet"][0]),
        "invalid_filter_field"
    );
    // 1.1 answers an unknown field in `fields` with 200 and a warning.
    let old = get(&v1p1(&sis, "users?fields=shoeSize"));
    assert_eq!(old.status, 200);
    assert_eq!(old.json()["statusInfoSet"][0]["imsx_severity"], "warning");
    assert_eq!(get(&v1p2(&sis, "users?fields=shoeSize")).status, 400);
    assert_eq!(get(&v1p2(&sis, "users?limit=many")).status, 400);
    assert_eq!(get(&v1p2(&sis, "lineItems")).status, 404);
    assert_eq!(get(&v1p2(&sis, "demographics")).status, 403);
    assert_eq!(get(&format!("{}/elsewhere", sis.base_url())).status, 404);
    let written = request(&v1p2(&sis, "users"), "POST", &[], "{}").unwrap();
    assert_eq!(written.status, 405);
}

#[test]
fn an_unknown_field_to_sort_by_leaves_the_order() {
    let sis = serve(200, open());
    let natural = all_ids(&sis, "users", 100, "");
    assert_eq!(all_ids(&sis, "users", 100, "&sort=shoeSize"), natural);
    let sorted = get(&v1p2(&sis, "users?limit=200&sort=familyName")).json();
    let names: Vec<_> = sorted["users"].as_array().unwrap().iter().collect();
    assert!(names.is_sorted_by_key(|user| user["familyName"].as_str().unwrap()));
}

#[test]
fn single_records_are_found_by_id() {
    let sis = serve(200, open());
    let district = District::new(Spec {
        people: 200,
        ..Spec::default()
    });
    let (student, class) = (district.user(0), district.class(0));
    let id = student.sourced_id;
    for list in ["users", "students"] {
        let found = get(&v1p2(&sis, &format!("{list}/{id}"))).json();
        assert_eq!(found["user"]["sourcedId"], id.as_str());
        assert_eq!(found["user"]["givenName"], &*student.given_name);
    }
    assert_eq!(get(&v1p2(&sis, &format!("teachers/{id}"))).status, 404);
    assert_eq!(get(&v1p2(&sis, "users/nobody")).status, 404);
    let found = get(&v1p1(&sis, &format!("classes/{}", class.sourced_id))).json();
    assert_eq!(found["class"]["title"], class.title);
    let found = get(&v1p1(&sis, "orgs/0700001")).json();
    assert_eq!(found["org"]["type"], "school");
}

#[test]
fn a_source_may_be_replaced_by_a_later_night() {
    let sis = serve(400, open());
    assert_eq!(
        all_ids(&sis, "users", 100, "&filter=status%3D%27active%27").len(),
        400
    );
    sis.set_source(Source::from(changed()));
    assert_eq!(
        all_ids(&sis, "users", 100, "&filter=status%3D%27active%27").len(),
        389
    );
}
