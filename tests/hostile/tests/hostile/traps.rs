//! Crashes at every stage, and an honest call afterwards.

use std::sync::Arc;

use homeroom_sandbox::{ErrorKind, NoObserver, PageRequest};
use hostile::Server;

use crate::ask::Ask;
use crate::guest::{MANIFEST, World, component, component_of, core, orgs};
use crate::host::{Host, hasty, limits, list, store};

#[tokio::test]
async fn a_crash_is_the_adapters_whenever_it_comes() {
    let server = Server::json("{\"orgs\":[]}");
    let text = core("", "", "i32.const 1024");
    let of = |core: &str| component_of(core, World::default(), Some(MANIFEST));
    let cases = [
        (
            "before the first call",
            component(
                "",
                "(func $start unreachable) (start $start)",
                "i32.const 1024",
            ),
            ErrorKind::AdapterTrap,
        ),
        (
            "while it takes its arguments",
            of(&text.replace(
                "(global.set $top (i32.and",
                "unreachable (global.set $top (i32.and",
            )),
            ErrorKind::AdapterTrap,
        ),
        (
            "with arguments outside its memory",
            of(&text.replace("(global.get $top)\n", "(i32.const -8)\n")),
            ErrorKind::AdapterNonsense,
        ),
        (
            "in the call",
            component("", "", "unreachable"),
            ErrorKind::AdapterTrap,
        ),
        (
            "by division",
            component("", "", "(i32.div_s (i32.const 1) (i32.const 0))"),
            ErrorKind::AdapterTrap,
        ),
        (
            "by reaching outside its memory",
            component("", "", "(i32.load (i32.const -1))"),
            ErrorKind::AdapterTrap,
        ),
        (
            "with an answer outside its memory",
            component("", "", "i32.const -16"),
            ErrorKind::AdapterNonsense,
        ),
        (
            "with an answer between two words",
            component("", "", "i32.const 1025"),
            ErrorKind::AdapterNonsense,
        ),
        (
            "with records outside its memory",
            component("", "", &(list(131_000, 1000) + "i32.const 1024")),
            ErrorKind::AdapterNonsense,
        ),
        (
            "with text outside its memory",
            component(
                "",
                "",
                &(store(4096, 2048) + &store(4100, 99_999_999) + &list(4096, 1) + "i32.const 1024"),
            ),
            ErrorKind::AdapterNonsense,
        ),
        (
            "with an answer half read",
            Ask {
                authority: &server.authority(),
                then_crash: true,
                ..Ask::default()
            }
            .component(),
            ErrorKind::AdapterTrap,
        ),
    ];
    let host = Host::new(limits(), hasty());
    for (name, component, kind) in cases {
        let error = match host.ask(&component, &server.url()).await {
            Err(error) => error,
            Ok(page) => panic!("{name}: {page:?}"),
        };
        assert_eq!(error.kind(), kind, "{name}: {error}");
        assert!(error.detail().contains("the adapter"), "{name}: {error}");
        host.neighbour_is_well(name).await;
    }
}

/// What runs after the answer does not run at all: the host reads in place.
#[tokio::test]
async fn nothing_runs_after_the_answer() {
    let text = core(
        "",
        r#"(func (export "cabi_post_homeroom:sis/adapter@0.1.0#read") (param i32) (loop $l (br $l)))"#,
        "i32.const 1024",
    );
    let guest = component_of(&text, World::default(), Some(MANIFEST));
    let host = Host::new(limits(), hasty());
    host.read(&guest).await.expect("its page");
}

/// A call that crashed leaves nothing to the next one of the same adapter.
#[tokio::test]
async fn the_next_call_of_the_same_adapter_is_new() {
    // Counts its calls in its own memory, and crashes on page size 13.
    let counting = component(
        "",
        "",
        "(i32.store (i32.const 9000) (i32.add (i32.load (i32.const 9000)) (i32.const 1)))
         (if (i32.eq (local.get $page_size) (i32.const 13)) (then unreachable))
         (i32.store8 (i32.const 1056) (i32.const 1))
         (i64.store (i32.const 1064) (i64.load32_u (i32.const 9000)))
         i32.const 1024",
    );
    let host = Host::new(limits(), hasty());
    let session = host.session(
        &counting,
        "https://sis.example.org",
        false,
        Arc::new(NoObserver),
    );
    let unlucky = PageRequest {
        page_size: 13,
        ..orgs()
    };
    for _ in 0..3 {
        let error = session.read(&unlucky).await.expect_err("a crash");
        assert_eq!(error.kind(), ErrorKind::AdapterTrap);
        let page = session.read(&orgs()).await.expect("a page");
        assert_eq!(page.total, Some(1), "its memory is new");
    }
}
