//! What a reviewer learns of files, good and bad.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use wasm_encoder::{ComponentSection, CustomSection};

use super::*;
use crate::admission::ImportClass;

fn component(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("a component")
}

fn with_section(mut file: Vec<u8>, name: &str, data: &[u8]) -> Vec<u8> {
    CustomSection {
        name: name.into(),
        data: data.into(),
    }
    .append_to_component(&mut file);
    file
}

fn auditable(json: &str) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
    packer.write_all(json.as_bytes()).expect("memory");
    packer.finish().expect("memory")
}

fn of(data: &[u8]) -> Dependencies {
    let file = with_section(component("(component)"), ".dep-v0", data);
    examine(&file).expect("a component").dependencies
}

#[test]
fn every_reason_is_told_at_once() {
    let file = component(
        r#"(component
            (import "wasi:keyvalue/store@0.2.0" (instance))
            (import "wasi:io/error@0.2.6" (instance)))"#,
    );
    let seen = examine(&file).expect("a component");
    let codes: Vec<_> = seen.refused.iter().map(|r| r.code.as_str()).collect();
    assert_eq!(codes, ["no-export", "unknown-imports", "no-manifest"]);
    let classes: Vec<_> = seen.imports.iter().map(|i| i.class).collect();
    assert_eq!(classes, [ImportClass::Granted, ImportClass::Refused]);
    assert!(seen.refused[1].detail.contains("wasi:keyvalue/store@0.2.0"));
    assert!(examine(b"nonsense").is_err());
}

#[test]
fn another_contract_is_told_with_what_this_host_supports() {
    let file = component(
        r#"(component
            (instance $a)
            (export "homeroom:sis/adapter@7.0.0" (instance $a)))"#,
    );
    let seen = examine(&file).expect("a component");
    let detail = &seen.refused[0].detail;
    assert!(detail.contains("homeroom:sis@7.0.0"), "{detail}");
    assert!(detail.contains(crate::manifest::CONTRACT), "{detail}");
}

#[test]
fn embedded_libraries_are_listed() {
    let packed = auditable(
        r#"{"packages":[
            {"name":"serde","version":"1.0.0","source":"crates.io","dependencies":[1]},
            {"name":"cc","version":"1.2.0","source":"crates.io","kind":"build"},
            {"name":"acme","version":"0.1.0","source":"local","root":true}]}"#,
    );
    let Dependencies::Listed { packages } = of(&packed) else {
        panic!("a list");
    };
    let names: Vec<_> = packages
        .iter()
        .map(|p| (p.name.as_str(), p.build))
        .collect();
    assert_eq!(names, [("acme", false), ("cc", true), ("serde", false)]);
}

#[test]
fn what_cannot_be_known_is_said() {
    let plain = examine(&component("(component)")).expect("a component");
    assert_eq!(plain.dependencies, Dependencies::Unknown);
    for bad in [b"junk".to_vec(), auditable("{}"), auditable("nonsense")] {
        assert!(matches!(of(&bad), Dependencies::Unreadable { .. }));
    }
    let bomb = auditable(&" ".repeat(9 * 1024 * 1024));
    assert!(bomb.len() < 64 * 1024);
    assert!(matches!(of(&bomb), Dependencies::Unreadable { why } if why.contains("over")));
    let list = auditable(r#"{"packages":[]}"#);
    let twice = with_section(component("(component)"), ".dep-v0", &list);
    let twice = with_section(twice, ".dep-v0", &list);
    assert!(matches!(
        examine(&twice).expect("a component").dependencies,
        Dependencies::Unreadable { .. }
    ));
}

#[test]
fn sections_are_counted_to_a_bound() {
    let mut file = component("(component (core module))");
    for _ in 0..1000 {
        file = with_section(file, "x", b"12345");
    }
    let seen = examine(&file).expect("a component");
    assert_eq!(seen.sections.len(), 256);
    assert_eq!((seen.sections[0].bytes, seen.sections[0].depth), (5, 0));
}
