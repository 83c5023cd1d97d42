//! Small adapters for tests: a core module as text, wrapped into a component
//! that fulfils the contract in `wit/`. It knows nothing of who runs them.
//!
//! The core functions have the contract's flattened signatures: `check` takes
//! four words, `read` eleven values, and both return where their result lies.
//! Memory full of zeros is a good answer: `ok` with an empty page of orgs.

use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

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

/// The name of the custom section that a manifest stands in.
const MANIFEST_SECTION: &str = "homeroom:manifest";

/// What a test's world has besides the contract's.
#[derive(Debug, Default, Clone, Copy)]
pub struct World<'a> {
    /// Packages as WIT text, each a file of its own.
    pub packages: &'a [&'a str],
    /// Lines for the world, such as `import wasi:clocks/wall-clock@0.2.6;`.
    pub imports: &'a str,
}

/// A core module with memory, an allocator and the two exports. `read` is the
/// body of `read`: it leaves the result's address on the stack. `$cursor`,
/// `$cursor_len`, `$has_cursor` and `$page_size` are its parameters.
pub fn core(imports: &str, items: &str, read: &str) -> String {
    format!(
        r#"(module
            {imports}
            (memory (export "memory") 2)
            (global $top (mut i32) (i32.const 65536))
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (global.set $top (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
                (global.get $top)
                (global.set $top (i32.add (global.get $top) (local.get 3))))
            {items}
            (func (export "homeroom:sis/adapter@0.1.0#check") (param i32 i32 i32 i32) (result i32)
                i32.const 1024)
            (func (export "homeroom:sis/adapter@0.1.0#read")
                (param $endpoint i32) (param $endpoint_len i32) (param i32 i32)
                (param $collection i32)
                (param $has_cursor i32) (param $cursor i32) (param $cursor_len i32)
                (param $has_since i32) (param $since i64)
                (param $page_size i32) (result i32)
                {read}))"#
    )
}

/// The component of a core module in this world, with a manifest if one is given.
///
/// # Panics
/// If the text is no module, or does not fit the world.
pub fn component_of(core: &str, world: World<'_>, manifest: Option<&str>) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    resolve.push_path(wit).expect("the contract");
    for (at, package) in world.packages.iter().enumerate() {
        resolve
            .push_str(format!("extra{at}.wit"), package)
            .expect("a package");
    }
    let text = format!(
        "package test:guest; world guest {{ include homeroom:sis/sis-adapter@0.1.0; {} }}",
        world.imports
    );
    let package = resolve.push_str("guest.wit", &text).expect("a world");
    let world = resolve
        .select_world(&[package], Some("guest"))
        .expect("the world");
    let mut module = wat::parse_str(core).expect("a core module");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)
        .expect("metadata");
    let mut component = ComponentEncoder::default()
        .module(&module)
        .expect("a module")
        .validate(true)
        .encode()
        .expect("a component");
    if let Some(manifest) = manifest {
        append_section(&mut component, MANIFEST_SECTION, manifest.as_bytes());
    }
    component
}

/// The component of a core module with these parts (see [`core`]) and
/// [`MANIFEST`].
///
/// # Panics
/// As [`component_of`].
pub fn component(imports: &str, items: &str, read: &str) -> Vec<u8> {
    let core = core(imports, items, read);
    component_of(&core, World::default(), Some(MANIFEST))
}

/// Appends a custom section to a module or component.
pub fn append_section(bytes: &mut Vec<u8>, name: &str, data: &[u8]) {
    let mut content = Vec::new();
    leb(&mut content, name.len());
    content.extend_from_slice(name.as_bytes());
    content.extend_from_slice(data);
    bytes.push(0);
    leb(bytes, content.len());
    bytes.extend_from_slice(&content);
}

/// A number as WebAssembly writes it.
fn leb(bytes: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}
