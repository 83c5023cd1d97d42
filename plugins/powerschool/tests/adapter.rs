//! The adapter as a host calls it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use homeroom_plugin_powerschool::PowerSchool;
use homeroom_sdk::testing::{Script, connection, json, with_script};
use homeroom_sdk::{Adapter, Failure};

const MANIFEST: &str = include_str!("../adapter.toml");
const ENDPOINT: &str = "https://sis.powerschool.com/api/";

/// The defaults of the manifest's settings, as the host fills them in.
fn defaults() -> Vec<(&'static str, &'static str)> {
    vec![("version", "1.1"), ("compatibility", "false")]
}

#[test]
fn the_defaults_are_those_of_the_manifest() {
    let manifest: toml::Table = MANIFEST.parse().unwrap();
    let settings = manifest["settings"].as_array().unwrap();
    let defaults: Vec<_> = defaults().into_iter().collect();
    let declared: Vec<_> = settings
        .iter()
        .map(|s| (s["key"].as_str().unwrap(), s["default"].as_str().unwrap()))
        .collect();
    assert_eq!(declared, defaults);
    assert_eq!(
        manifest["version"].as_str(),
        Some(env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn a_connection_is_tried_under_the_products_own_address() {
    let script = Script::answering(|_| {
        let body = r#"{"orgs":[],"academicSessions":[],"courses":[],"classes":[],"users":[],"enrollments":[]}"#;
        Ok(json(200, body))
    });
    let (report, script) = with_script(script, || {
        PowerSchool::check(&connection(ENDPOINT, &defaults()))
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
        PowerSchool::check(&connection(ENDPOINT, &defaults()))
    });
    assert!(matches!(report, Err(Failure::NotFound(text)) if text.contains("/api/")));
}
