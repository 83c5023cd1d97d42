//! Adapters that the tests make themselves: small ones with a manifest of the
//! test's choice, and variants of the real one.

use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::platform::adapters;

/// The manifest of a small adapter that asks for little.
pub const MANIFEST: &str = r#"
id = "tiny"
name = "Tiny"
version = "1.0.0"
vendor = "Tests"
contract = "homeroom:sis@0.1.0"
[auth]
schemes = ["none"]
default = "none"
[http]
hosts = ["{endpoint}"]
[read]
collections = ["orgs"]
"#;

/// A small adapter whose pages are empty, with this manifest.
pub fn tiny(manifest: &str) -> Vec<u8> {
    tiny_with(manifest, "")
}

/// The same, with further functions in its code.
pub fn tiny_with(manifest: &str, functions: &str) -> Vec<u8> {
    let core = format!(
        r#"(module
            (memory (export "memory") 2)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 65536)
            {functions}
            (func (export "homeroom:sis/adapter@0.1.0#check") (param i32 i32 i32 i32) (result i32)
                i32.const 1024)
            (func (export "homeroom:sis/adapter@0.1.0#read")
                (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i64 i32) (result i32)
                i32.const 1024))"#
    );
    let mut resolve = Resolve::default();
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    resolve.push_path(wit).expect("the contract");
    let package = resolve
        .push_str(
            "guest.wit",
            "package test:guest; world guest { include homeroom:sis/sis-adapter@0.1.0; }",
        )
        .expect("a world");
    let world = resolve
        .select_world(&[package], Some("guest"))
        .expect("the world");
    let mut module = wat::parse_str(core).expect("a core module");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)
        .expect("metadata");
    let mut component = ComponentEncoder::default()
        .module(&module)
        .expect("a module")
        .encode()
        .expect("a component");
    append_section(&mut component, "homeroom:manifest", manifest.as_bytes());
    component
}

/// The OneRoster adapter with another manifest of the same length: comments
/// give way to what is put in.
pub fn oneroster(edit: impl Fn(&str) -> String) -> Vec<u8> {
    let path = adapters().join("oneroster.wasm");
    let mut bytes = std::fs::read(&path).expect("the adapter is built");
    let manifest =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/oneroster/adapter.toml");
    let manifest = std::fs::read_to_string(manifest).expect("the adapter's manifest");
    let plain: Vec<_> = manifest
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    let mut edited = edit(&plain.join("\n"));
    assert!(edited.len() <= manifest.len(), "there is no room for that");
    edited.push_str(&"\n".repeat(manifest.len() - edited.len()));
    let found: Vec<_> = bytes
        .windows(manifest.len())
        .enumerate()
        .filter(|(_, window)| *window == manifest.as_bytes())
        .map(|(at, _)| at)
        .collect();
    assert!(
        !found.is_empty(),
        "the adapter is not built from adapter.toml"
    );
    for at in found {
        bytes[at..at + edited.len()].copy_from_slice(edited.as_bytes());
    }
    bytes
}

/// Appends a custom section to a component.
pub fn append_section(bytes: &mut Vec<u8>, name: &str, data: &[u8]) {
    let mut content = Vec::new();
    leb(&mut content, name.len());
    content.extend_from_slice(name.as_bytes());
    content.extend_from_slice(data);
    bytes.push(0);
    leb(bytes, content.len());
    bytes.extend_from_slice(&content);
}

fn leb(bytes: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}
