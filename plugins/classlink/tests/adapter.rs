//! The adapter as a host calls it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use homeroom_plugin_classlink::ClassLink;
use homeroom_sdk::testing::{Script, assert_manifest_of, default_connection, json, with_script};
use homeroom_sdk::{Adapter, Failure};

const MANIFEST: &str = include_str!("../adapter.toml");
const ENDPOINT: &str = "https://oneroster-proxy.classlink.io/MoYPlyQWmG0%3D/ims/oneroster/v1p1";

#[test]
fn the_manifest_speaks_of_this_adapter() {
    assert_manifest_of("classlink", env!("CARGO_PKG_VERSION"), MANIFEST);
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
        ClassLink::check(&default_connection(MANIFEST, ENDPOINT))
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
            ClassLink::check(&default_connection(MANIFEST, endpoint))
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
