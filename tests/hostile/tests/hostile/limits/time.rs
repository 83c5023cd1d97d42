//! Adapters that want too much time, or to know what time it is.

use std::sync::Arc;
use std::time::Duration;

use homeroom_sandbox::{ErrorKind, Limits, NoObserver, Page, Severity};

use super::{Attack, are_contained, with_timer};
use crate::ask::Ask;
use crate::guest::{MANIFEST, World, component, component_of, core, orgs};
use crate::host::{Host, hasty, limits, neighbour};

fn looping() -> Vec<u8> {
    component("", "", "(loop $l (br $l)) i32.const 0")
}

/// Leaves everything alone until the run begins, and then never does.
fn looping_at_start() -> Vec<u8> {
    component(
        "",
        "(func $start (loop $l (br $l))) (start $start)",
        "i32.const 1024",
    )
}

fn short() -> Limits {
    Limits {
        cpu_time: Duration::from_millis(500),
        ..limits()
    }
}

#[tokio::test]
async fn endless() {
    let waiting = "(local $t i32)
        (local.set $t (call $timer (i64.const 31536000000000000)))
        (loop $l (call $block (local.get $t)) (br $l)) i32.const 0";
    are_contained(vec![
        Attack {
            name: "endless loop",
            component: looping(),
            limits: short(),
            kind: ErrorKind::AdapterTimeout,
            says: "the adapter computed over 0.5 s",
        },
        Attack {
            name: "endless loop before the call",
            component: looping_at_start(),
            limits: short(),
            kind: ErrorKind::AdapterTimeout,
            says: "the adapter computed over 0.5 s",
        },
        Attack {
            name: "endless loop by instructions",
            component: looping(),
            limits: Limits {
                fuel: Some(1_000_000),
                ..limits()
            },
            kind: ErrorKind::AdapterTimeout,
            says: "used up its instructions",
        },
        Attack {
            name: "endless wait for a timer",
            component: with_timer(waiting),
            limits: short(),
            kind: ErrorKind::AdapterTimeout,
            says: "the adapter computed over",
        },
        Attack {
            name: "a bulk operation of hours",
            component: component(
                "",
                "",
                "(drop (memory.grow (i32.const 1000)))
                 (loop $l (memory.fill (i32.const 0) (i32.const 7) (i32.const 65000000)) (br $l)) i32.const 0",
            ),
            limits: short(),
            kind: ErrorKind::AdapterTimeout,
            says: "the adapter computed over",
        },
    ])
    .await;
}

/// The adapter waits in the host for an answer that never comes. Nobody
/// computes, so that only the clock of the call can end it.
#[tokio::test]
async fn waiting_in_the_host() {
    let silent = hostile::Server::start(|exchange| {
        exchange.hang();
        hostile::Next::Close
    });
    let mut config = hasty();
    config.answer_time = Duration::from_secs(3600);
    let host = Host::new(
        Limits {
            call_time: Duration::from_millis(300),
            request_time: Duration::from_secs(3600),
            ..limits()
        },
        config,
    );
    let ask = Ask {
        authority: &silent.authority(),
        ..Ask::default()
    };
    let ask = ask.component();
    let session = host.session(&ask, &silent.url(), true, Arc::new(NoObserver));
    let error = session.read(&orgs()).await.expect_err("it never ends");
    assert_eq!(
        error.kind(),
        ErrorKind::Timeout,
        "the server's fault: {error}"
    );
    assert!(error.detail().contains("the source kept"), "{error}");
    let used = session.totals();
    assert_eq!(used.requests, 1);
    assert!(
        used.peak_memory > 0,
        "peaks are kept of calls that were ended"
    );
    host.neighbour_is_well("after an endless wait").await;
}

#[tokio::test]
async fn a_run_has_its_time() {
    let host = Host::new(
        Limits {
            run_time: Duration::from_millis(1),
            ..limits()
        },
        hasty(),
    );
    let neighbour = neighbour();
    let session = host.session(
        &neighbour,
        "https://sis.example.org",
        false,
        Arc::new(NoObserver),
    );
    tokio::time::sleep(Duration::from_millis(5)).await;
    let error = session.read(&orgs()).await.expect_err("too late");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(
        error.detail().contains("the run has been reading for"),
        "{error}"
    );
    assert!(error.is_retryable(), "the next attempt goes on");
}

/// Two runs of a prober see the same clock and the same random numbers.
#[tokio::test]
async fn clocks_and_chance_tell_nothing() {
    let world = World {
        packages: &[
            "package wasi:clocks@0.2.6;
             interface wall-clock { record datetime { seconds: u64, nanoseconds: u32 } now: func() -> datetime; resolution: func() -> datetime; }",
            "package wasi:random@0.2.6;
             interface random { get-random-u64: func() -> u64; }
             interface insecure { get-insecure-random-u64: func() -> u64; }",
        ],
        imports: "import wasi:clocks/wall-clock@0.2.6; import wasi:random/random@0.2.6; import wasi:random/insecure@0.2.6;",
    };
    let imports = r#"
        (import "wasi:clocks/wall-clock@0.2.6" "now" (func $now (param i32)))
        (import "wasi:random/random@0.2.6" "get-random-u64" (func $random (result i64)))
        (import "wasi:random/insecure@0.2.6" "get-insecure-random-u64" (func $insecure (result i64)))"#;
    // Computes for a while between two looks at the clock.
    let prober = |tell: &str| {
        let read = format!(
            "(local $i i32)
             (call $now (i32.const 3000))
             (loop $l (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if $l (i32.lt_u (local.get $i) (i32.const 30000000))))
             (call $now (i32.const 3104))
             (i32.store8 (i32.const 1056) (i32.const 1))
             (i64.store (i32.const 1064) {tell})
             i32.const 1024"
        );
        component_of(&core(imports, "", &read), world, Some(MANIFEST))
    };
    let host = Host::new(limits(), hasty());
    let total = async |tell: &str| {
        let page: Page = host.read(&prober(tell)).await.expect("a page");
        assert!(
            page.findings
                .iter()
                .all(|f| f.severity == Severity::Warning)
        );
        page.total.expect("told")
    };
    assert_eq!(total("(i64.load (i32.const 3000))").await, 1_800_000_000);
    assert_eq!(
        total("(i64.add (i64.sub (i64.load (i32.const 3104)) (i64.load (i32.const 3000))) (i64.load32_u (i32.const 3112)))").await,
        0,
        "no time passes"
    );
    for chance in ["(call $random)", "(call $insecure)"] {
        let first = total(chance).await;
        assert_eq!(
            total(chance).await,
            first,
            "{chance} follows from the run's start"
        );
    }
}
