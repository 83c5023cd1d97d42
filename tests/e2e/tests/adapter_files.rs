//! Files that are no adapters, that mean harm to the compiler, or that were
//! changed on the host's own disk.

use std::fs;
use std::path::PathBuf;

use e2e::made::{self, MANIFEST};
use e2e::{NAME, Platform, School, Sis, total_changes};

fn compiled(platform: &Platform) -> PathBuf {
    let folder = platform.data().join("adapters");
    let mut found: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "cwasm"))
        .collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

/// Valid, small, and much work for a compiler: loops in loops as deep as is
/// admitted with many values alive in each, in many functions.
fn bomb() -> Vec<u8> {
    let locals = 300;
    let sets: String = (1..=locals)
        .map(|n| {
            format!(
                "(local.set {n} (i64.add (local.get {n}) (local.get {})))",
                n % locals + 1
            )
        })
        .collect();
    let body = format!(
        "{}{sets}{}",
        "(loop ".repeat(60),
        "(br_if 0 (local.get 0)))".repeat(60)
    );
    let declared = "i64 ".repeat(locals);
    let function = format!("(func (param i32) (local {declared}) {body})");
    made::tiny_with(MANIFEST, &function.repeat(60))
}

#[test]
fn a_compile_bomb_is_refused_and_the_host_works_on() {
    let platform = Platform::new();
    // A small budget, so that the test is quick and not the file large.
    let policy = "[limits]\ncompile-time = 1\ncompile-time-per-mib = 0.01\n";
    let policy = platform.file("policy.toml", policy);
    let bomb = platform.bytes("bomb.wasm", &bomb());
    let arguments = [
        "adapter",
        "install",
        &bomb,
        "--approve",
        "--json",
        "--policy",
        &policy,
    ];
    let refused = platform.run(arguments).ends_with(1);
    assert_eq!(
        refused.json()["code"],
        "compile-limit",
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("processor time"),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.contains("vendor"), "{}", refused.stderr);
    let list = platform.run(["adapter", "list", "--json"]).ok();
    assert_eq!(list.json(), serde_json::json!([]));
    let honest = platform.bytes("honest.wasm", &made::tiny(MANIFEST));
    platform
        .run(["adapter", "install", &honest, "--approve"])
        .ok();
}

#[test]
fn a_bomb_that_shows_is_not_even_compiled() {
    let platform = Platform::new();
    let body = "(loop (br_if 0 (local.get 0)) ".repeat(2000) + &")".repeat(2000);
    let bomb = made::tiny_with(MANIFEST, &format!("(func (param i32) {body})"));
    assert!(bomb.len() < 23 * 1024);
    let bomb = platform.bytes("bomb.wasm", &bomb);
    let refused = platform
        .run(["adapter", "install", &bomb, "--json"])
        .ends_with(1);
    assert_eq!(refused.json()["code"], "too-large", "{}", refused.stderr);
}

#[test]
fn compiled_code_that_was_changed_is_never_loaded() {
    let school = School::connect(Sis::start());
    school.sync();
    let path = compiled(&school.platform);
    let code = fs::read(&path).expect("the code");
    let flipped = |at: usize| {
        let mut changed = code.clone();
        changed[at] ^= 1;
        changed
    };
    let half = code.len() / 2;
    for (what, changed) in [
        ("a byte of the code", flipped(half)),
        ("the MAC", flipped(3)),
        ("the end", code[..code.len() - 1].to_vec()),
        ("half", code[..half].to_vec()),
        ("all but the MAC", code[..32].to_vec()),
        ("everything", Vec::new()),
    ] {
        fs::write(&path, changed).expect("written");
        assert_eq!(total_changes(&school.sync()), 0, "{what}");
        assert!(
            fs::read(&path).expect("the code") == code,
            "{what} was mended"
        );
    }
}

#[test]
fn code_of_another_adapter_is_not_taken() {
    let school = School::connect(Sis::start());
    let path = compiled(&school.platform);
    let code = fs::read(&path).expect("the code");
    let other = Platform::new();
    // The same key, so that only what the code is of can tell them apart.
    fs::create_dir(other.data()).expect("a folder");
    fs::copy(school.platform.data().join("key"), other.data().join("key")).expect("copied");
    let tiny = other.bytes("tiny.wasm", &made::tiny(MANIFEST));
    other.run(["adapter", "install", &tiny]).ok();
    fs::copy(compiled(&other), &path).expect("swapped");
    school.sync();
    assert!(
        fs::read(&path).expect("the code") == code,
        "it was compiled again"
    );
}

#[test]
fn a_component_that_was_changed_is_not_compiled() {
    let school = School::connect(Sis::start());
    let compiled = compiled(&school.platform);
    let name = compiled
        .file_stem()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    let (digest, _) = name.split_once('-').expect("digest and compiler");
    let component = compiled.with_file_name(format!("{digest}.wasm"));
    fs::remove_file(&compiled).expect("removed");
    let mut bytes = fs::read(&component).expect("the component");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&component, bytes).expect("written");
    let refused = school.platform.sync(NAME, &[]).ends_with(1);
    assert_eq!(refused.json()["code"], "altered", "{}", refused.stderr);
    assert!(!compiled.exists());
}

#[test]
fn the_page_of_a_refused_file_says_every_reason() {
    let platform = Platform::new();
    let stranger = wat::parse_str(
        r#"(component
            (import "wasi:keyvalue/store@0.2.0" (instance))
            (import "wasi:io/error@0.2.6" (instance))
            (instance $a)
            (export "homeroom:sis/adapter@9.0.0" (instance $a)))"#,
    )
    .expect("a component");
    let file = platform.bytes("stranger.wasm", &stranger);
    let page = platform.run(["adapter", "inspect", &file]).ends_with(1);
    for text in [
        "cannot be installed",
        "homeroom:sis@9.0.0",
        "homeroom:sis@0.1.0",
        "wasi:keyvalue/store@0.2.0",
        "homeroom:manifest",
    ] {
        assert!(page.stdout.contains(text), "{text}: {}", page.stdout);
    }
    let json = platform
        .run(["adapter", "inspect", &file, "--json"])
        .ends_with(1)
        .json();
    assert_eq!(json["code"], "unsupported-contract");
    assert_eq!(json["refused"].as_array().expect("a list").len(), 3);
    let classes: Vec<_> = json["imports"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|import| import["class"].as_str().expect("a class"))
        .collect();
    assert_eq!(classes, ["granted", "refused"]);
    let refused = platform
        .run(["adapter", "install", &file, "--json"])
        .ends_with(1);
    assert_eq!(refused.json()["code"], "unsupported-contract");

    let none = platform.file("no.wasm", "no component");
    let json = platform
        .run(["adapter", "inspect", &none, "--json"])
        .ends_with(1)
        .json();
    assert_eq!(json["code"], "not-a-component");
    assert!(!platform.data().join("adapters").exists() || list_is_empty(&platform));
}

fn list_is_empty(platform: &Platform) -> bool {
    platform.run(["adapter", "list", "--json"]).ok().json() == serde_json::json!([])
}

#[test]
fn the_page_says_what_cannot_be_known() {
    let platform = Platform::new();
    let mut file = made::tiny(MANIFEST);
    made::append_section(&mut file, "note \u{1b}[2J", b"12345");
    let file = platform.bytes("tiny.wasm", &file);
    let page = platform.run(["adapter", "inspect", &file]).ok();
    for text in [
        "no list is embedded",
        "wit-component",
        "homeroom:manifest",
        "signed by",
        "nobody",
    ] {
        assert!(page.stdout.contains(text), "{text}: {}", page.stdout);
    }
    assert!(
        !page.stdout.contains('\u{1b}'),
        "a section's name steers no terminal"
    );
    let json = platform
        .run(["adapter", "inspect", &file, "--json"])
        .ok()
        .json();
    assert_eq!(json["dependencies"]["state"], "unknown");
    assert_eq!(json["signature"]["state"], "none");
    assert_eq!(json["manifest"]["id"], "tiny");
    assert!(!platform.data().exists(), "looking made a data folder");
}
