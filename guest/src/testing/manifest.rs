//! An adapter's manifest in its own tests: what the host makes of it, as far as
//! the adapter sees it. Whether a manifest is a good one in every line is
//! checked by the host when the adapter is built and installed.

use toml::{Table, Value};

use super::connection;
use crate::Connection;

/// The contract that this SDK speaks.
const CONTRACT: &str = "homeroom:sis@0.1.0";

/// A connection to `endpoint` with the manifest's settings at their defaults, as
/// the host fills them in. Settings without a default are left out.
///
/// # Panics
/// If the manifest is no TOML, or a setting has no key.
pub fn default_connection(manifest: &str, endpoint: &str) -> Connection {
    let manifest = table(manifest);
    let settings = manifest.get("settings").and_then(Value::as_array);
    let pairs: Vec<(&str, &str)> = settings
        .into_iter()
        .flatten()
        .filter_map(|setting| {
            let key = setting.get("key").and_then(Value::as_str);
            let key = key.unwrap_or_else(|| panic!("a setting without a key: {setting}"));
            Some((key, setting.get("default")?.as_str()?))
        })
        .collect();
    connection(endpoint, &pairs)
}

/// Asserts that the manifest is that of the adapter `id` in this version of its
/// crate (`env!("CARGO_PKG_VERSION")`), for the contract that this SDK speaks.
///
/// # Panics
/// If it is another's.
#[track_caller]
pub fn assert_manifest_of(id: &str, version: &str, manifest: &str) {
    let manifest = table(manifest);
    for (key, expected) in [("id", id), ("version", version), ("contract", CONTRACT)] {
        let said = manifest.get(key).and_then(Value::as_str);
        assert_eq!(said, Some(expected), "`{key}` of the manifest");
    }
}

#[track_caller]
fn table(manifest: &str) -> Table {
    match manifest.parse() {
        Ok(table) => table,
        Err(error) => panic!("the manifest is no TOML: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
        id = "acme"
        version = "1.2.0"
        contract = "homeroom:sis@0.1.0"
        [[settings]]
        key = "school"
        [[settings]]
        key = "mode"
        default = "fast"
    "#;

    #[test]
    fn settings_have_their_defaults_and_no_others() {
        let connection = default_connection(MANIFEST, "https://h/");
        assert_eq!(connection.endpoint, "https://h/");
        let expected = [("mode".to_owned(), "fast".to_owned())];
        assert_eq!(connection.settings, expected);
        assert!(default_connection("", "https://h/").settings.is_empty());
    }

    #[test]
    fn a_manifest_speaks_of_its_own_adapter() {
        assert_manifest_of("acme", "1.2.0", MANIFEST);
    }

    #[test]
    #[should_panic(expected = "`version` of the manifest")]
    fn a_version_that_was_forgotten_is_told() {
        assert_manifest_of("acme", "1.3.0", MANIFEST);
    }
}
