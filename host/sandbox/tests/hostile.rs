//! Adapters that mean harm, each with the limit that stops it.

#[allow(
    unreachable_pub,
    reason = "a module of helpers that several tests share"
)]
mod guest;

use std::sync::Arc;
use std::time::Duration;

use guest::{
    Lines, World, component, component_of, core, orgs, read, session, session_with, small,
};
use guest::{MANIFEST, append_section};
use homeroom_sandbox::{AdmissionError, CallError, ErrorKind, Limits, inspect};

fn kind(result: Result<homeroom_sandbox::Page, CallError>) -> ErrorKind {
    let error = result.expect_err("it must fail");
    assert!(!error.is_retryable(), "{error}");
    error.kind()
}

#[tokio::test]
async fn an_endless_loop_ends_and_leaves_others_running() {
    let limits = Limits {
        cpu_time: Duration::from_millis(100),
        ..small()
    };
    let looping = component("", "", "(loop $l (br $l)) i32.const 0");
    let session = session(&looping, limits);
    // On one thread: the loop must give way for the other task to run at all.
    let (orgs_a, orgs_b) = (orgs(), orgs());
    let (first, second) = tokio::join!(session.read(&orgs_a), session.read(&orgs_b));
    assert_eq!(kind(first), ErrorKind::AdapterTimeout);
    assert_eq!(kind(second), ErrorKind::AdapterTimeout);
    assert!(session.totals().guest >= Duration::from_millis(200));
}

#[tokio::test]
async fn fuel_ends_a_loop_at_the_same_instruction_everywhere() {
    let limits = Limits {
        fuel: Some(100_000),
        ..small()
    };
    let looping = component("", "", "(loop $l (br $l)) i32.const 0");
    assert_eq!(
        kind(read(&looping, limits).await),
        ErrorKind::AdapterTimeout
    );
}

#[tokio::test]
async fn memory_is_summed() {
    let greedy = component(
        "",
        "",
        "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable",
    );
    let limits = Limits {
        memory_bytes: 8 * 1024 * 1024,
        ..small()
    };
    assert_eq!(kind(read(&greedy, limits).await), ErrorKind::AdapterMemory);
}

#[tokio::test]
async fn a_memory_too_large_from_the_start_is_refused() {
    let large = core("", "", "i32.const 1024").replace("\"memory\") 2", "\"memory\") 1000");
    let large = component_of(&large, World::default(), Some(MANIFEST));
    for pooling in [true, false] {
        let limits = Limits {
            memory_bytes: 8 * 1024 * 1024,
            pooling,
            ..small()
        };
        let sandbox = homeroom_sandbox::Sandbox::new(limits.clone()).expect("an engine");
        // A pool refuses it at once, the other way is to fail at the first call.
        if sandbox.compile_and_load(&large).is_ok() {
            assert_eq!(kind(read(&large, limits).await), ErrorKind::AdapterMemory);
        }
    }
}

#[tokio::test]
async fn tables_are_summed() {
    let greedy = component(
        "",
        "(table $t 1 funcref)",
        "(loop $l (br_if $l (i32.ne (table.grow $t (ref.null func) (i32.const 100)) (i32.const -1)))) unreachable",
    );
    assert_eq!(kind(read(&greedy, small()).await), ErrorKind::AdapterMemory);
}

#[tokio::test]
async fn recursion_ends_at_the_stack() {
    let deep = component(
        "",
        "(func $f (param i64) (result i64) (i64.add (call $f (local.get 0)) (i64.const 1)))",
        "(drop (call $f (i64.const 0))) i32.const 1024",
    );
    let error = read(&deep, small()).await.expect_err("too deep");
    assert_eq!(error.kind(), ErrorKind::AdapterTrap);
    assert!(error.detail().contains("stack"), "{error}");
}

#[tokio::test]
async fn a_crash_harms_no_later_call() {
    let crash = component(
        "",
        "",
        "(if (i32.eq (local.get $page_size) (i32.const 13)) (then unreachable)) i32.const 1024",
    );
    let session = session(&crash, small());
    let mut unlucky = orgs();
    unlucky.page_size = 13;
    assert_eq!(kind(session.read(&unlucky).await), ErrorKind::AdapterTrap);
    assert!(session.read(&orgs()).await.is_ok());
}

const LOG: &str = r#"(import "homeroom:sis/log@0.1.0" "write" (func $log (param i32 i32 i32)))"#;

#[tokio::test]
async fn a_flood_of_lines_is_cut() {
    let flood = component(
        LOG,
        r#"(data (i32.const 2048) "line\0a2026 ERROR forged")"#,
        "(local $i i32)
         (loop $l
            (call $log (i32.const 3) (i32.const 2048) (i32.const 22))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $l (i32.lt_u (local.get $i) (i32.const 5000))))
         i32.const 1024",
    );
    let lines = Arc::new(Lines::default());
    let guest = session_with(&flood, small(), lines.clone(), &[]);
    let page = guest.session.read(&orgs()).await.expect("a page");
    assert_eq!(page.stats.log_lines, 200);
    let lines = lines.0.lock().expect("no panic");
    assert_eq!(lines.len(), 201);
    assert_eq!(lines[0].1, "line\\n2026 ERROR forged");
    assert!(lines[200].1.contains("dropped"));
}

#[tokio::test]
async fn a_huge_string_is_not_copied() {
    let huge = component(
        LOG,
        "",
        "(call $log (i32.const 0) (i32.const 0) (i32.const 131072)) i32.const 1024",
    );
    let limits = Limits {
        hostcall_bytes: 100_000,
        ..small()
    };
    assert_eq!(kind(read(&huge, limits).await), ErrorKind::LimitExceeded);
    let outside = component(
        LOG,
        "",
        "(call $log (i32.const 0) (i32.const 0) (i32.const 999999)) i32.const 1024",
    );
    assert_eq!(kind(read(&outside, small()).await), ErrorKind::AdapterTrap);
}

const CLOCKS: [&str; 2] = [
    "package wasi:io@0.2.6; interface poll { resource pollable { block: func(); } }",
    "package wasi:clocks@0.2.6;
     interface monotonic-clock {
        use wasi:io/poll@0.2.6.{pollable};
        now: func() -> u64;
        subscribe-duration: func(when: u64) -> pollable;
     }
     interface wall-clock {
        record datetime { seconds: u64, nanoseconds: u32 }
        now: func() -> datetime;
     }",
];

const CLOCK_WORLD: World<'static> = World {
    packages: &CLOCKS,
    imports: "import wasi:io/poll@0.2.6; import wasi:clocks/monotonic-clock@0.2.6; import wasi:clocks/wall-clock@0.2.6;",
};

const CLOCK_IMPORTS: &str = r#"
    (import "wasi:clocks/monotonic-clock@0.2.6" "now" (func $mono (result i64)))
    (import "wasi:clocks/monotonic-clock@0.2.6" "subscribe-duration" (func $timer (param i64) (result i32)))
    (import "wasi:clocks/wall-clock@0.2.6" "now" (func $wall (param i32)))
    (import "wasi:io/poll@0.2.6" "[method]pollable.block" (func $block (param i32)))"#;

fn clock_guest(read: &str) -> Vec<u8> {
    component_of(&core(CLOCK_IMPORTS, "", read), CLOCK_WORLD, Some(MANIFEST))
}

#[tokio::test]
async fn leaked_handles_hit_a_limit() {
    let leak = clock_guest("(loop $l (drop (call $timer (i64.const 1))) (br $l)) i32.const 1024");
    assert_eq!(kind(read(&leak, small()).await), ErrorKind::LimitExceeded);
    let limits = Limits {
        resources: 1_000_000,
        handles: 100,
        ..small()
    };
    assert_eq!(kind(read(&leak, limits).await), ErrorKind::LimitExceeded);
}

#[tokio::test]
async fn time_stands_still_and_nobody_sleeps() {
    // Sleeps for a year, then tells both clocks: the wall clock's seconds as
    // the page's total, the monotonic clock as its received rows.
    let sleeper = clock_guest(
        "(call $block (call $timer (i64.const 31536000000000000)))
         (call $wall (i32.const 3000))
         (i32.store8 (i32.const 1056) (i32.const 1))
         (i64.store (i32.const 1064) (i64.load (i32.const 3000)))
         (i32.store (i32.const 1044) (i32.wrap_i64 (call $mono)))
         i32.const 1024",
    );
    let page = read(&sleeper, small()).await.expect("a page");
    assert_eq!(page.total, Some(1_800_000_000));
    assert_eq!(page.received, 0);
}

#[tokio::test]
async fn unknown_imports_keep_an_adapter_out() {
    let evil = component_of(
        &core(
            r#"(import "evil:host/exec@0.1.0" "run" (func $run))"#,
            "",
            "(call $run) i32.const 1024",
        ),
        World {
            packages: &["package evil:host@0.1.0; interface exec { run: func(); }"],
            imports: "import evil:host/exec@0.1.0;",
        },
        Some(MANIFEST),
    );
    let error = inspect(&evil).expect_err("refused");
    assert!(
        matches!(&error, AdmissionError::UnknownImports(names) if names.contains("evil:host/exec")),
        "{error}"
    );
}

#[tokio::test]
async fn files_and_sockets_are_a_shell() {
    let shell = component_of(
        &core(
            r#"(import "wasi:sockets/instance-network@0.2.6" "instance-network" (func $net (result i32)))
               (import "wasi:cli/environment@0.2.6" "get-environment" (func $env (param i32)))"#,
            "",
            "(call $env (i32.const 3000))
             (if (i32.load (i32.const 3004)) (then unreachable))
             (if (i32.eq (local.get $page_size) (i32.const 13)) (then (drop (call $net))))
             i32.const 1024",
        ),
        World {
            packages: &[
                "package wasi:sockets@0.2.6;
                 interface network { resource network; }
                 interface instance-network { use network.{network}; instance-network: func() -> network; }",
                "package wasi:cli@0.2.6; interface environment { get-environment: func() -> list<tuple<string, string>>; }",
            ],
            imports: "import wasi:sockets/instance-network@0.2.6; import wasi:cli/environment@0.2.6;",
        },
        Some(MANIFEST),
    );
    let session = session(&shell, small());
    assert!(
        session.read(&orgs()).await.is_ok(),
        "the environment is empty"
    );
    let mut curious = orgs();
    curious.page_size = 13;
    let error = session.read(&curious).await.expect_err("no network");
    assert_eq!(error.kind(), ErrorKind::AdapterTrap);
    assert!(
        error.detail().contains("wasi:sockets/instance-network"),
        "{error}"
    );
}

#[test]
fn a_bomb_for_the_compiler_is_refused() {
    let nest = |n: usize| {
        let body = format!("{}{}", "(loop ".repeat(n), ")".repeat(n));
        component("", &format!("(func {body})"), "i32.const 1024")
    };
    assert!(inspect(&nest(20)).is_ok());
    assert!(matches!(
        inspect(&nest(500)),
        Err(AdmissionError::TooLarge(_))
    ));
}

#[test]
fn what_is_no_adapter_says_why() {
    let module = wat::parse_str("(module)").expect("a module");
    assert!(matches!(
        inspect(&module),
        Err(AdmissionError::NotAComponent(_))
    ));
    assert!(matches!(
        inspect(b"#!/bin/sh"),
        Err(AdmissionError::NotAComponent(_))
    ));
    let empty = wat::parse_str("(component)").expect("a component");
    assert_eq!(
        inspect(&empty).expect_err("refused"),
        AdmissionError::NoExport
    );
    let mut cut = component("", "", "i32.const 1024");
    cut.truncate(cut.len() / 2);
    assert!(matches!(
        inspect(&cut),
        Err(AdmissionError::NotAComponent(_))
    ));

    let plain = component_of(&core("", "", "i32.const 1024"), World::default(), None);
    assert_eq!(
        inspect(&plain).expect_err("refused"),
        AdmissionError::NoManifest
    );
    let mut twice = component("", "", "i32.const 1024");
    append_section(&mut twice, "homeroom:manifest", b"id = \"other\"");
    assert!(matches!(
        inspect(&twice),
        Err(AdmissionError::BadManifest(_))
    ));

    let old = wat::parse_str(
        r#"(component (instance $i) (export "homeroom:sis/adapter@0.0.9" (instance $i)))"#,
    )
    .expect("a component");
    let error = inspect(&old).expect_err("refused");
    assert_eq!(error.code(), "unsupported-contract");
    assert!(error.to_string().contains("homeroom:sis@0.0.9"), "{error}");
    assert!(error.to_string().contains("homeroom:sis@0.1.0"), "{error}");
}

#[test]
fn the_manifest_is_found_inside_a_module_too() {
    let mut resolve = wit_parser::Resolve::default();
    let wit = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let (package, _) = resolve.push_path(wit).expect("the contract");
    let world = resolve
        .select_world(&[package], Some("sis-adapter"))
        .expect("the world");
    let mut module = wat::parse_str(core("", "", "i32.const 1024")).expect("a module");
    append_section(&mut module, "homeroom:manifest", MANIFEST.as_bytes());
    wit_component::embed_component_metadata(
        &mut module,
        &resolve,
        world,
        wit_component::StringEncoding::UTF8,
        false,
    )
    .expect("metadata");
    let component = wit_component::ComponentEncoder::default()
        .module(&module)
        .expect("a module")
        .encode()
        .expect("a component");
    assert_eq!(inspect(&component).expect("admitted").manifest.id, "tiny");
}
