//! Adapters that want too much of the host: time, memory, tables, handles,
//! headers, log, storage, and pages that cost more to read than they take in
//! their own memory.

use std::sync::Arc;

use homeroom_sandbox::{ErrorKind, Limits, NoObserver};

use crate::guest::{MANIFEST, World, component_of, core, orgs};
use crate::host::{Host, hasty, is_the_neighbours, neighbour};

mod log;
mod memory;
mod pages;
mod storage;
mod time;
mod traffic;

/// Gives an adapter much memory to lay things out in.
const MANY_MEBIBYTES: &str = "(drop (memory.grow (i32.const 1700)))";

/// An adapter, the limits it runs into, and how that ends.
struct Attack {
    name: &'static str,
    component: Vec<u8>,
    limits: Limits,
    kind: ErrorKind,
    says: &'static str,
}

/// Runs the attacks one by one, each beside an honest neighbour in the same
/// sandbox.
async fn are_contained(attacks: Vec<Attack>) {
    for attack in attacks {
        let name = attack.name;
        let host = Host::new(attack.limits, hasty());
        let honest = neighbour();
        let session = host.session(
            &attack.component,
            "https://sis.example.org",
            false,
            Arc::new(NoObserver),
        );
        let request = orgs();
        let (found, beside) = tokio::join!(session.read(&request), host.read(&honest));
        let (used, most) = (session.totals(), session.limits());
        assert!(
            used.peak_memory <= most.memory_bytes as u64,
            "{name}: {used:?}"
        );
        assert!(
            used.peak_elements <= most.table_elements as u64,
            "{name}: {used:?}"
        );
        let error = match found {
            Err(error) => error,
            Ok(page) => panic!("{name} got its page: {page:?}"),
        };
        assert_eq!(error.kind(), attack.kind, "{name}: {error}");
        assert!(error.detail().contains(attack.says), "{name}: {error}");
        assert!(!error.is_retryable(), "{name} is not worth a retry");
        is_the_neighbours(&beside.expect(name), name);
        host.neighbour_is_well(name).await;
    }
}

const CLOCKS: [&str; 2] = [
    "package wasi:io@0.2.6; interface poll { resource pollable { block: func(); } }",
    "package wasi:clocks@0.2.6;
     interface monotonic-clock {
        use wasi:io/poll@0.2.6.{pollable};
        subscribe-duration: func(when: u64) -> pollable;
     }",
];

const TIMER: &str = r#"
    (import "wasi:clocks/monotonic-clock@0.2.6" "subscribe-duration" (func $timer (param i64) (result i32)))
    (import "wasi:io/poll@0.2.6" "[method]pollable.block" (func $block (param i32)))"#;

/// An adapter with timers.
fn with_timer(read: &str) -> Vec<u8> {
    let world = World {
        packages: &CLOCKS,
        imports: "import wasi:io/poll@0.2.6; import wasi:clocks/monotonic-clock@0.2.6;",
    };
    component_of(&core(TIMER, "", read), world, Some(MANIFEST))
}
