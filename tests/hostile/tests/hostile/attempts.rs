//! An adapter that spreads what it wants over the attempts of one run, each of
//! them within its limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use e2e::Platform;
use hostile::{Next, Server, json};

use crate::ask::{IMPORTS, WORLD};
use crate::guest::{MANIFEST, component_of, core};
use crate::host::{next, store};

const STORAGE: &str =
    r#"(import "homeroom:sis/storage@0.1.0" "set" (func $set (param i32 i32 i32 i32 i32)))"#;

/// How much each of the two pages stores: ten values, in all more than half of
/// what is allowed.
const VALUE: u32 = 60_000;

/// Two pages. The first one stores its values and names the second. The second
/// waits for the server's answer, and then stores as many under other keys.
fn hoarder(authority: &str) -> Vec<u8> {
    let texts = format!(r#"(data (i32.const 8192) "a0b0{authority}/")"#);
    // A value is whatever lies in the second page of memory.
    let items = format!(
        "{texts}
         (func $hoard (param $key i32) (local $i i32)
            (loop $l
                (i32.store8 (i32.add (local.get $key) (i32.const 1)) (i32.add (i32.const 48) (local.get $i)))
                (call $set (local.get $key) (i32.const 2) (i32.const 65536) (i32.const {VALUE}) (i32.const 3000))
                (if (i32.load8_u (i32.const 3000)) (then unreachable))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $l (i32.lt_u (local.get $i) (i32.const 10)))))"
    );
    let (at, length) = (8196, authority.len() as u32);
    let path = at + length;
    let read = format!(
        "(local $request i32) (local $future i32)
         (if (local.get $has_cursor) (then
            (local.set $request (call $request_new (call $fields_new)))
            (drop (call $set_scheme (local.get $request) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
            (drop (call $set_authority (local.get $request) (i32.const 1) (i32.const {at}) (i32.const {length})))
            (drop (call $set_path (local.get $request) (i32.const 1) (i32.const {path}) (i32.const 1)))
            (call $handle (local.get $request) (i32.const 0) (i32.const 0) (i32.const 3000))
            (if (i32.load8_u (i32.const 3000)) (then unreachable))
            (local.set $future (i32.load (i32.const 3008)))
            (call $block (call $subscribe (local.get $future)))
            (call $hoard (i32.const 8194)))
         (else
            (call $hoard (i32.const 8192))
            {} {} {}))
         i32.const 1024",
        store(3000, 8192),
        store(3004, 1),
        next(3000, 1)
    );
    let imports = format!("{IMPORTS}{STORAGE}");
    component_of(&core(&imports, &items, &read), WORLD, Some(MANIFEST))
}

#[test]
fn storage_over_all_attempts_has_one_quota() {
    let patient = Arc::new(AtomicBool::new(true));
    let server = Server::start({
        let patient = patient.clone();
        move |exchange| {
            if patient.load(Ordering::Acquire) {
                exchange.hang();
                return Next::Close;
            }
            exchange.write(&json("{}"));
            Next::Request
        }
    });
    let platform = Platform::new();
    let file = platform.bytes("hoarder.wasm", &hoarder(&server.authority()));
    platform
        .run(["adapter", "install", &file, "--approve"])
        .ok();
    let url = server.url();
    let mut add = vec!["integration", "add", "--name", "sis", "--adapter", "tiny"];
    add.extend(["--endpoint", &url, "--auth", "none"]);
    add.extend(["--allow-insecure-http", "--allow-private-network"]);
    platform.run(add).ok();

    // The first attempt has read one page, and is killed over the second.
    let mut first = platform.start(["sync", "sis"]);
    while server.seen().is_empty() && first.is_at_work() {
        thread::sleep(Duration::from_millis(2));
    }
    assert!(first.kill(), "it was at work");
    patient.store(false, Ordering::Release);

    // The second one reads the other page, and stores no more than it may.
    let report = platform.sync("sis", &[]).ends_with(1).json();
    assert_eq!(report["run"], 1, "it went on: {report}");
    assert_eq!(report["code"], "limit-exceeded", "{report}");
    let detail = report["detail"].as_str().expect("a detail");
    let wanted = 2 * 10 * (VALUE + 2);
    assert!(detail.contains(&format!("{wanted} bytes")), "{detail}");
    assert!(detail.contains("adapter's storage"), "{detail}");

    // A run of its own ends at the page that is too much.
    let report = platform.sync("sis", &[]).ends_with(1).json();
    assert_ne!(report["run"], 1, "that run is over: {report}");
    assert_eq!(report["code"], "limit-exceeded", "{report}");
    let detail = report["detail"].as_str().expect("a detail");
    assert!(detail.contains("together want to store"), "{detail}");
}
