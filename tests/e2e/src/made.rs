//! Adapters that the tests make themselves: small ones with a manifest of the
//! test's choice, and variants of the real one.

use std::path::Path;

pub use guests::{MANIFEST, append_section};
use guests::{World, component_of, core};

use crate::platform::adapters;

/// A small adapter whose pages are empty, with this manifest.
pub fn tiny(manifest: &str) -> Vec<u8> {
    tiny_with(manifest, "")
}

/// The same, with further functions in its code.
pub fn tiny_with(manifest: &str, functions: &str) -> Vec<u8> {
    let core = core("", functions, "i32.const 1024");
    component_of(&core, World::default(), Some(manifest))
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
