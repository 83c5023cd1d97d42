//! The adapter as a host calls it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use homeroom_plugin_powerschool::PowerSchool;
use homeroom_sdk::testing::{Script, assert_manifest_of, default_connection, json, with_script};
use homeroom_sdk::{Adapter, Failure};

const MANIFEST: &str = include_str!("../adapter.toml");
const ENDPOINT: &str = "https://sis.powerschool.com/api/";

#[test]
fn the_manifest_speaks_of_this_adapter() {
    assert_manifest_of("powerschool", env!("CARGO_PKG_VERSION"), MANIFEST);
    let settings = default_connection(MANIFEST, ENDPOINT).settings;
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let expected = [pair("version", "1.1"), pair("compatibility", "false")];
    assert_eq!(settings, expected);
}

#[test]
fn a_connection_is_tried_under_the_products_own_address() {
    let script = Script::answering(|_| {
        let body = r#"{"orgs":[],"academicSessions":[],"courses":[],"classes":[],"users":[],"enrollments":[]}"#;
        Ok(json(200, body))
    });
    let (report, script) = with_script(script, || {
        PowerSchool::check(&default_connection(MANIFEST, ENDPOINT))
    });
    assert_eq!(report.unwrap().source, "PowerSchool, OneRoster 1.1");
    let base = "https://sis.powerschool.com/api/ims/oneroster/v1p1/";
    assert!(
        script.urls().iter().all(|url| url.starts_with(base)),
        "{:?}",
        script.urls()
    );
}

#[test]
fn a_missing_path_is_said_in_the_products_words() {
    let (report, _) = with_script(Script::answering(|_| Ok(json(404, ""))), || {
        PowerSchool::check(&default_connection(MANIFEST, ENDPOINT))
    });
    assert!(matches!(report, Err(Failure::NotFound(text)) if text.contains("/api/")));
}
