//! Whatever reaches further is told as such, and nothing else is.

use super::*;
use crate::admission::{Import, Shape};

const MANIFEST: &str = r#"
id = "tiny"
name = "Tiny"
version = "1.0.0"
vendor = "Tests"
contract = "homeroom:sis@0.1.0"
[auth]
schemes = ["bearer"]
default = "bearer"
[http]
hosts = ["{endpoint}"]
[read]
collections = ["orgs"]
concurrency = 4
rate = 2.0
[[settings]]
key = "zone"
label = "Zone"
type = "text"
"#;

fn examination(manifest: &str, imports: &[(&str, ImportClass)]) -> Examination {
    Examination {
        digest: "sha256:00".to_owned(),
        size: 10,
        signature: Signature::None,
        refused: Vec::new(),
        manifest: Some(Manifest::parse(manifest).expect("a manifest")),
        contract: None,
        imports: imports
            .iter()
            .map(|(name, class)| Import {
                name: (*name).to_owned(),
                class: *class,
            })
            .collect(),
        exports: Vec::new(),
        shape: Shape::default(),
        sections: Vec::new(),
        toolchain: Vec::new(),
        dependencies: Dependencies::Unknown,
    }
}

/// What differs after `from` was replaced by `to`, and after the way back.
fn there_and_back(from: &str, to: &str) -> (Difference, Difference) {
    assert!(MANIFEST.contains(from), "{from}");
    let old = examination(MANIFEST, &[]);
    let new = examination(&MANIFEST.replace(from, to), &[]);
    (
        Difference::between(&old, &new),
        Difference::between(&new, &old),
    )
}

#[test]
fn a_file_asks_what_it_asks() {
    let one = examination(MANIFEST, &[]);
    assert_eq!(Difference::between(&one, &one), Difference::default());
}

#[test]
fn more_is_beyond_and_less_is_not() {
    for (from, to, what) in [
        (
            "[\"{endpoint}\"]",
            "[\"{endpoint}\", \"https://evil.example.org\"]",
            "hosts",
        ),
        ("rate", "guardians = true\nrate", "guardians"),
        ("rate = 2.0", "rate = 20.0", "requests a second"),
        ("rate = 2.0", "", "requests a second"),
        ("concurrency = 4", "concurrency = 64", "requests at once"),
        ("[\"orgs\"]", "[\"orgs\", \"users\"]", "collections"),
        ("[read]", "methods = [\"GET\", \"POST\"]\n[read]", "methods"),
        ("[\"bearer\"]", "[\"bearer\", \"none\"]", "authentication"),
        (
            "rate",
            "page-size = { default = 5000, max = 50000 }\nrate",
            "page size",
        ),
    ] {
        let (there, back) = there_and_back(from, to);
        let beyond: Vec<_> = there.beyond.iter().map(|c| c.what.as_str()).collect();
        assert_eq!(beyond, [what], "{to}");
        assert!(back.beyond.is_empty(), "{to}: {:?}", back.beyond);
        assert!(!back.asks_the_same(), "{to}");
    }
}

#[test]
fn a_setting_that_changes_is_looked_at() {
    let (there, back) = there_and_back("type = \"text\"", "type = \"bool\"");
    assert_eq!(there.beyond[0].what, "setting zone");
    assert_eq!(back.beyond.len(), 1);
    let (there, _) = there_and_back("key = \"zone\"", "key = \"area\"");
    assert_eq!(there.beyond[0].what, "setting area");
    assert_eq!(there.otherwise[0].what, "setting zone");
}

#[test]
fn names_and_versions_ask_for_nothing() {
    let (there, _) = there_and_back("1.0.0", "1.1.0");
    assert!(there.asks_the_same());
    assert_eq!(
        there.about,
        [change("version", Some("1.0.0"), Some("1.1.0"))]
    );
}

#[test]
fn imports_count_by_what_they_reach() {
    let old = examination(MANIFEST, &[("wasi:io/error@0.2.6", ImportClass::Granted)]);
    let patched = examination(MANIFEST, &[("wasi:io/error@0.2.9", ImportClass::Granted)]);
    assert!(Difference::between(&old, &patched).asks_the_same());
    let more = examination(
        MANIFEST,
        &[
            ("wasi:io/error@0.2.6", ImportClass::Granted),
            ("homeroom:sis/storage@0.1.0", ImportClass::Granted),
        ],
    );
    let difference = Difference::between(&old, &more);
    assert_eq!(difference.beyond[0].what, "imports that work");
}
