//! The adapter as a host calls it, and its manifest as a host reads it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use homeroom_plugin_oneroster_csv::OneRosterCsv;
use homeroom_sdk::testing::{assert_manifest_of, default_connection, with_files};
use homeroom_sdk::{Adapter, Collection, PageRequest, Records};

const MANIFEST: &str = include_str!("../adapter.toml");

#[test]
fn orgs_are_read_with_the_manifests_own_defaults() {
    let connection = default_connection(MANIFEST, "sftp://sis.example.org/roster");
    let request = PageRequest {
        collection: Collection::Orgs,
        cursor: None,
        changed_since: None,
        page_size: 5000,
    };
    let files: [(&str, &[u8]); 2] = [
        ("orgs.csv", b"sourcedId,name,type\no1,North,school\n"),
        ("users.csv", b"sourcedId,role,givenName\nu1,student,Ada\n"),
    ];
    let page = with_files(&files, || OneRosterCsv::read(&connection, &request)).unwrap();
    assert!(matches!(page.records, Records::Orgs(orgs) if orgs[0].name == "North"));
    let report = with_files(&files, || OneRosterCsv::check(&connection)).unwrap();
    assert_eq!(report.schools, [("o1".to_owned(), "North".to_owned())]);
}

#[test]
fn the_manifest_asks_for_files_and_for_no_host() {
    assert_manifest_of("oneroster-csv", env!("CARGO_PKG_VERSION"), MANIFEST);
    let manifest: toml::Table = MANIFEST.parse().unwrap();
    assert!(!manifest.contains_key("http"));
    assert_eq!(
        manifest["files"]["names"].as_array().unwrap()[0].as_str(),
        Some("*.csv")
    );
}
