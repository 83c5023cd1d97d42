//! The adapter as a host calls it, and its manifest as a host reads it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use homeroom_plugin_oneroster::OneRoster;
use homeroom_sdk::testing::{
    Script, assert_manifest_of, connection, default_connection, json, with_script,
};
use homeroom_sdk::{Adapter, Collection, PageRequest, Records};

const MANIFEST: &str = include_str!("../adapter.toml");

#[test]
fn users_are_read_with_the_manifests_own_defaults() {
    let endpoint = "https://sis.example.org/ims/oneroster/rostering/v1p2";
    let connection = default_connection(MANIFEST, endpoint);
    let request = PageRequest {
        collection: Collection::Users,
        cursor: None,
        changed_since: None,
        page_size: 5000,
    };
    let body = r#"{"users":[{"sourcedId":"u1","givenName":"Ada","roles":[{"role":"student","org":{"sourcedId":"o1"}}]}]}"#;
    let (page, script) = with_script(Script::in_order([json(200, body)]), || {
        OneRoster::read(&connection, &request)
    });
    let page = page.unwrap();
    assert!(matches!(page.records, Records::Users(users) if users[0].sourced_id == "u1"));
    assert!(
        script.urls()[0]
            .starts_with("https://sis.example.org/ims/oneroster/rostering/v1p2/users?limit=5000")
    );
}

#[test]
fn check_names_the_version() {
    let connection = connection("https://sis.example.org/ims/oneroster/v1p1", &[]);
    let script = Script::answering(|request| {
        let users = request.url.contains("/users");
        Ok(json(
            200,
            if users {
                r#"{"users":[]}"#
            } else {
                r#"{"orgs":[]}"#
            },
        ))
    });
    let (report, _) = with_script(script, || OneRoster::check(&connection));
    assert_eq!(report.unwrap().source, "OneRoster 1.1");
}

#[test]
fn the_manifest_speaks_of_this_adapter() {
    assert_manifest_of("oneroster", env!("CARGO_PKG_VERSION"), MANIFEST);
    let manifest: toml::Table = MANIFEST.parse().unwrap();
    assert_eq!(
        manifest["read"]["collections"].as_array().map(Vec::len),
        Some(6)
    );
    assert_eq!(
        manifest["http"]["methods"].as_array().map(Vec::len),
        Some(1)
    );
}
