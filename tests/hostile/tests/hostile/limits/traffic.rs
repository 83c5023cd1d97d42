//! Adapters that send too much: for a page, for a run, over its attempts.

use std::sync::Arc;

use homeroom_sandbox::{ErrorKind, Limits, NoObserver};

use crate::ask::Ask;
use crate::guest::orgs;
use crate::host::{Host, hasty, limits};

/// A run's budget of requests and of bytes that leave.
#[tokio::test]
async fn requests_and_bytes_out() {
    let server = hostile::Server::json("{}");
    let ask = |path: &str, times| {
        Ask {
            authority: &server.authority(),
            path,
            times,
            ..Ask::default()
        }
        .component()
    };
    let long = format!("/{}", "exfiltrated".repeat(100));
    for (name, component, limits, says) in [
        (
            "101 requests for a page",
            ask("/", 101),
            limits(),
            "over 100 requests for one page",
        ),
        (
            "requests of a run",
            ask("/", 10),
            Limits {
                run_requests: 5,
                ..limits()
            },
            "over 5 requests in this run",
        ),
        (
            "bytes of a run",
            ask(&long, 10),
            Limits {
                run_request_bytes: 5000,
                ..limits()
            },
            "over 5000 bytes in this run",
        ),
        (
            "answers of a call",
            ask("/", 10),
            Limits {
                call_response_bytes: 10,
                ..limits()
            },
            "the answers for one page have over 10 bytes",
        ),
    ] {
        let before = server.seen().len();
        let host = Host::new(limits, hasty());
        let error = host.ask(&component, &server.url()).await.expect_err(name);
        assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{name}: {error}");
        assert!(error.detail().contains(says), "{name}: {error}");
        assert!(server.seen().len() <= before + 100, "{name}");
        host.neighbour_is_well(name).await;
    }
}

/// What an earlier attempt has used counts in the next one.
#[tokio::test]
async fn a_resumed_run_has_no_new_budget() {
    let server = hostile::Server::json("{}");
    let ask = Ask {
        authority: &server.authority(),
        times: 3,
        ..Ask::default()
    };
    let ask = ask.component();
    let host = Host::new(
        Limits {
            run_requests: 5,
            ..limits()
        },
        hasty(),
    );
    let first = host.session(&ask, &server.url(), true, Arc::new(NoObserver));
    first.read(&orgs()).await.expect("a page");
    let used = first.totals();
    assert_eq!((used.requests, used.most_requests), (3, 3));
    assert!(used.bytes_out >= 3 * 20, "{used:?}");
    let second = host
        .session(&ask, &server.url(), true, Arc::new(NoObserver))
        .continuing(used);
    let error = second.read(&orgs()).await.expect_err("5 are the most");
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert_eq!(server.seen().len(), 5);
    assert_eq!(second.totals().requests, 6, "3 and 3, the last one refused");
}
