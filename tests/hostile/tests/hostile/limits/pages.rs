//! Pages that cost more to read or to keep than they take in the adapter's own
//! memory.

use std::sync::Arc;

use homeroom_sandbox::{ErrorKind, Limits, NoObserver};

use super::{Attack, MANY_MEBIBYTES, are_contained};
use crate::guest::{component, orgs};
use crate::host::{Host, findings, hasty, limits, list, neighbour, next, store};

/// Pages that are small in the guest's memory, since their records, findings
/// and cursors share one long text, and large for whoever reads them.
#[tokio::test]
async fn larger_than_they_look() {
    // Orgs of 88 bytes from 1 MiB on, each with an id and a name of this length.
    let sharing = |count: u32, length: u32| {
        format!(
            "(local $at i32) {MANY_MEBIBYTES}
             (memory.fill (i32.const 20000000) (i32.const 120) (i32.const {length}))
             (local.set $at (i32.const 1048576))
             (loop $l
                (i32.store (local.get $at) (i32.const 20000000))
                (i32.store offset=4 (local.get $at) (i32.const 3))
                (i32.store offset=32 (local.get $at) (i32.const 20000000))
                (i32.store offset=36 (local.get $at) (i32.const {length}))
                (local.set $at (i32.add (local.get $at) (i32.const 88)))
                (br_if $l (i32.lt_u (local.get $at) (i32.const {}))))
             {} i32.const 1024",
            1_048_576 + 88 * count,
            list(1_048_576, count)
        )
    };
    let zeros = |what: String| format!("{MANY_MEBIBYTES} {what} i32.const 1024");
    let attack = |name, read: &str, says| Attack {
        name,
        component: component("", "", read),
        limits: limits(),
        kind: ErrorKind::LimitExceeded,
        says,
    };
    are_contained(vec![
        attack(
            "a text of 80 MB",
            &sharing(1, 80_000_000),
            "a record of the page has over 1048576 bytes",
        ),
        attack(
            "a text of 2 MB",
            &sharing(1, 2_000_000),
            "a record of the page has over 1048576 bytes",
        ),
        attack(
            "a long text that all records share",
            &sharing(1000, 900_000),
            "more text than the sandbox reads for one page",
        ),
        attack(
            "a million records",
            &zeros(list(1_048_576, 50_001)),
            "the page has 50001 records",
        ),
        attack(
            "more records than memory lends",
            &zeros(list(1_048_576, 1_100_000)),
            "handed over more than 67108864 bytes at once",
        ),
        attack(
            "a metadata list of a million",
            &zeros(
                store(4096, 3000)
                    + &store(4100, 3)
                    + &store(4176, 1_048_576)
                    + &store(4180, 1_000_000)
                    + &list(4096, 1),
            ),
            "a record of the page has over 1048576 bytes",
        ),
        attack(
            "findings without end",
            &zeros(store(1044, 60_000) + &findings(1_048_576, 60_000)),
            "the page has 60000 findings",
        ),
        attack(
            "a million cursors",
            &zeros(next(1_048_576, 1_000_000)),
            "the page has 1000000 cursors",
        ),
        attack(
            "a cursor of 4,097 bytes",
            &zeros(store(3000, 8192) + &store(3004, 4097) + &next(3000, 1)),
            "a cursor has 4097 bytes, and 4096 are the most",
        ),
    ])
    .await;
}

/// A run that never ends by itself must not fill the disk.
#[tokio::test]
async fn all_pages_of_a_run_together() {
    let host = Host::new(
        Limits {
            run_page_bytes: 60,
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
    let first = session.read(&orgs()).await.expect("a page");
    assert!(
        (20..60).contains(&first.stats.kept_bytes),
        "{:?}",
        first.stats
    );
    for _ in 0..3 {
        if let Err(error) = session.read(&orgs()).await {
            assert_eq!(error.kind(), ErrorKind::LimitExceeded);
            assert!(error.detail().contains("pages of this run"), "{error}");
            return;
        }
    }
    panic!("{:?} is over 60 bytes", session.totals());
}
