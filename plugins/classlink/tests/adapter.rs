//! The adapter as a host calls it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use homeroom_plugin_classlink::ClassLink;
use homeroom_sdk::testing::{Script, connection, json, with_script};
use homeroom_sdk::{Adapter, Failure};

const MANIFEST: &str = include_str!("../adapter.toml");
const ENDPOINT: &str = "https://oneroster-proxy.classlink.io/MoYPlyQWmG0%3D/ims/oneroster/v1p1";

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
        ClassLink::check(&connection(ENDPOINT, &defaults()))
    });
    assert_eq!(report.unwrap().source, "ClassLink, OneRoster 1.1");
    let base = "https://oneroster-proxy.classlink.io/MoYPlyQWmG0%3D/ims/oneroster/v1p1/";
    assert!(
        script.urls().iter().all(|url| url.starts_with(base)),
        "{:?}",
        script.urls()
    );
}

#[test]
fn an_address_on_the_proxy_must_name_an_application() {
    for endpoint in [
        "https://oneroster-proxy.classlink.io",
        "https://oneroster-proxy.classlink.io/ims/oneroster/v1p1",
        "https://oneroster-proxy.apis.classlink.com/proxy/v1p0/",
    ] {
        let (report, script) = with_script(Script::in_order([]), || {
            ClassLink::check(&connection(endpoint, &defaults()))
        });
        assert!(
            matches!(&report, Err(Failure::InvalidSetting((key, _))) if key == "endpoint"),
            "{endpoint}: {report:?}"
        );
        assert!(script.urls().is_empty());
    }
}

/// The SIS behind Roster Server is one of those that the adapter oneroster
/// knows, under the same name.
#[test]
fn the_list_of_products_is_that_of_the_adapter_oneroster() {
    let names = |text: &str| {
        let manifest: toml::Table = text.parse().unwrap();
        let presets = manifest["presets"].as_array().unwrap().clone();
        let name = |preset: &toml::Value| (preset["id"].clone(), preset["label"].clone());
        presets.iter().map(name).collect::<Vec<_>>()
    };
    let other = include_str!("../../oneroster/adapter.toml");
    assert_eq!(names(MANIFEST), names(other));
}
