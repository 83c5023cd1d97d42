//! Fifty hostile and fifty honest sessions side by side in one process. Every
//! honest one gets its pages; the process is as large afterwards as before.

use std::sync::Arc;
use std::time::Duration;

use homeroom_sandbox::{Limits, NoObserver, Session};
use hostile::{Next, Server};

use crate::ask::Ask;
use crate::guest::{component, orgs};
use crate::host::{Host, hasty, is_the_neighbours, list, neighbour, next};

/// Bytes of memory that the process holds, where the system tells.
fn resident() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

/// One of each kind of harm, with an endpoint.
fn hostile(silent: &Server) -> Vec<Vec<u8>> {
    let silent = silent.authority();
    let fill = "(drop (memory.grow (i32.const 1000)))
        (memory.fill (i32.const 131072) (i32.const 120) (i32.const 60000000))";
    vec![
        component("", "", "(loop $l (br $l)) i32.const 0"),
        component(
            "",
            "",
            "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable",
        ),
        component("", "", &format!("{fill} unreachable")),
        component(
            "",
            "(table $t 1 funcref)",
            "(loop $l (br_if $l (i32.ne (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1)))) unreachable",
        ),
        component(
            "",
            "(func $f (param i64) (result i64) (i64.add (call $f (local.get 0)) (i64.const 1)))",
            "(drop (call $f (i64.const 0))) i32.const 1024",
        ),
        component(
            "",
            "",
            &format!("{fill} {} i32.const 1024", list(131_072, 600_000)),
        ),
        component(
            "",
            "",
            &format!("{fill} {} i32.const 1024", next(131_072, 1_000_000)),
        ),
        component("", "", "unreachable"),
        Ask {
            authority: "evil.example.net",
            ..Ask::default()
        }
        .component(),
        Ask {
            authority: &silent,
            ..Ask::default()
        }
        .component(),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_hostile_and_fifty_honest() {
    let silent = Server::start(|exchange| {
        exchange.hang();
        Next::Close
    });
    let limits = Limits {
        cpu_time: Duration::from_secs(1),
        concurrent_calls: 16,
        ..Limits::default()
    };
    let host = Host::new(limits, hasty());
    let neighbour = neighbour();
    let harms = hostile(&silent);
    let mut before = None;
    // Each place of the pool keeps some of its memory, to be faster next time.
    let kept = 16 * 17 * 1024 * 1024;
    for round in 0..3 {
        let mut tasks = Vec::new();
        for number in 0..50 {
            let harm = host.session(
                &harms[number % harms.len()],
                &silent.url(),
                true,
                Arc::new(NoObserver),
            );
            let honest = host.session(&neighbour, &silent.url(), true, Arc::new(NoObserver));
            tasks.push(tokio::spawn(async move {
                let error = harm.read(&orgs()).await.expect_err("it must fail");
                assert_ne!(error.code(), "internal", "{error}");
                harm.totals().peak_memory
            }));
            tasks.push(tokio::spawn(read_often(honest)));
        }
        let mut peak = 0;
        for task in tasks {
            peak = peak.max(task.await.expect("no panic"));
        }
        assert!(
            peak > 200 * 1024 * 1024,
            "the bombs were as large as they could be: {peak}"
        );
        // The first round warms pools and caches.
        match (round, before) {
            (0, _) => before = resident(),
            (_, Some(before)) => {
                let after = resident().expect("told before");
                assert!(
                    after < before + kept + 64 * 1024 * 1024,
                    "round {round}: {before} bytes before, {after} after"
                );
            }
            _ => {}
        }
    }
    host.neighbour_is_well("after the soak").await;
}

/// Reads ten pages; the most memory one took.
async fn read_often(session: Session) -> u64 {
    for _ in 0..10 {
        let page = session.read(&orgs()).await.expect("an honest page");
        is_the_neighbours(&page, "in the soak");
    }
    session.totals().peak_memory
}
