//! Adapters that want too much memory: their own, or the host's for tables,
//! instances, handles, headers and bodies.

use homeroom_sandbox::{ErrorKind, Limits};

use super::{Attack, are_contained, with_timer};
use crate::ask;
use crate::guest::{MANIFEST, component, component_of, core};
use crate::host::{Host, hasty, limits};

/// The module's memory, grown until the host says no, and then a crash.
const GROW: &str =
    "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable";

/// So many modules besides, each with a page of memory and a table.
fn crowded(instances: u32) -> Vec<u8> {
    let mut bytes = component("", "", "i32.const 1024");
    let module = wat::parse_str("(module (memory 1) (table 10 funcref))").expect("a module");
    let known = homeroom_sandbox::inspect(&bytes)
        .expect("admitted")
        .shape
        .modules;
    section(&mut bytes, 1, &module);
    let mut list = leb(instances);
    for _ in 0..instances {
        list.push(0);
        list.extend(leb(known));
        list.push(0);
    }
    section(&mut bytes, 2, &list);
    bytes
}

fn section(bytes: &mut Vec<u8>, id: u8, content: &[u8]) {
    bytes.push(id);
    bytes.extend(leb(u32::try_from(content.len()).expect("small")));
    bytes.extend_from_slice(content);
}

fn leb(mut value: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        bytes.push(if value == 0 { byte } else { byte | 0x80 });
        if value == 0 {
            return bytes;
        }
    }
}

#[tokio::test]
async fn bombs() {
    let small = || Limits {
        memory_bytes: 8 * 1024 * 1024,
        ..limits()
    };
    are_contained(vec![
        Attack {
            name: "memory bomb",
            component: component("", "", GROW),
            limits: limits(),
            kind: ErrorKind::AdapterMemory,
            says: "256 MiB of memory",
        },
        Attack {
            name: "memory bomb, mapped per call",
            component: component("", "", GROW),
            limits: Limits {
                pooling: false,
                ..small()
            },
            kind: ErrorKind::AdapterMemory,
            says: "8 MiB of memory",
        },
        Attack {
            name: "table bomb",
            component: component(
                "",
                "(table $t 1 funcref) (table $u 1 funcref)",
                "(loop $l (br_if $l (i32.and
                    (i32.ne (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1))
                    (i32.ne (table.grow $u (ref.null func) (i32.const 1000)) (i32.const -1))))) unreachable",
            ),
            limits: limits(),
            kind: ErrorKind::AdapterMemory,
            says: "100000 table elements",
        },
        Attack {
            name: "deep recursion",
            component: component(
                "",
                "(func $f (param i64) (result i64) (i64.add (call $f (local.get 0)) (i64.const 1)))",
                "(drop (call $f (i64.const 0))) i32.const 1024",
            ),
            limits: limits(),
            kind: ErrorKind::AdapterTrap,
            says: "stack",
        },
        Attack {
            name: "leaked resources",
            component: with_timer("(loop $l (drop (call $timer (i64.const 1))) (br $l)) i32.const 0"),
            limits: limits(),
            kind: ErrorKind::LimitExceeded,
            says: "left too many resources open; 1024",
        },
        Attack {
            name: "leaked handles",
            component: with_timer("(loop $l (drop (call $timer (i64.const 1))) (br $l)) i32.const 0"),
            limits: Limits {
                handles: 100,
                ..limits()
            },
            kind: ErrorKind::LimitExceeded,
            says: "left too many resources open; 100",
        },
    ])
    .await;
}

/// Memories, tables and instances are counted before anything runs.
#[test]
fn crowds() {
    for pooling in [true, false] {
        let sandbox = |limits: Limits| {
            homeroom_sandbox::Sandbox::new(Limits { pooling, ..limits }).expect("an engine")
        };
        assert!(sandbox(limits()).compile_and_load(&crowded(2)).is_ok());
        let ends = |component: Vec<u8>, limits: Limits| {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            let host = Host {
                sandbox: sandbox(limits),
                egress: homeroom_sandbox::Egress::new(hasty()).expect("an egress"),
            };
            match host.sandbox.compile_and_load(&component) {
                Err(error) => error.code(),
                Ok(_) => runtime
                    .block_on(host.read(&component))
                    .map_or_else(|error| error.code(), |_| "a page"),
            }
        };
        // A pool refuses it when it is loaded, else its first call fails.
        let expected = if pooling {
            "compile-failed"
        } else {
            "limit-exceeded"
        };
        assert_eq!(ends(crowded(70), limits()), expected, "instances");
        assert_eq!(ends(crowded(10), limits()), expected, "memories");
        let tables = Limits {
            memories: 64,
            tables: 8,
            ..limits()
        };
        assert_eq!(ends(crowded(20), tables), expected, "tables");
    }
}

#[tokio::test]
async fn headers() {
    // 40,000 headers of one byte each.
    let many = "(local $fields i32) (local $i i32)
         (local.set $fields (call $fields_new))
         (loop $l
            (call $append (local.get $fields) (i32.const 8192) (i32.const 1) (i32.const 8192) (i32.const 1) (i32.const 3000))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $l (i32.lt_u (local.get $i) (i32.const 40000))))
         i32.const 1024";
    let many = component_of(
        &core(ask::IMPORTS, r#"(data (i32.const 8192) "x")"#, many),
        ask::WORLD,
        Some(MANIFEST),
    );
    are_contained(vec![Attack {
        name: "40,000 headers",
        component: many,
        limits: limits(),
        kind: ErrorKind::LimitExceeded,
        says: "over 16384 bytes of headers",
    }])
    .await;
}

/// A body that nobody sends yet is in the host's memory, and a guest may have
/// hundreds of them.
#[tokio::test]
async fn unsent_bodies_are_small() {
    let writer = component_of(
        &core(
            ask::IMPORTS,
            "",
            "(call $body (call $request_new (call $fields_new)) (i32.const 3000))
             (call $write (i32.load (i32.const 3004)) (i32.const 3008))
             (call $check_write (i32.load (i32.const 3012)) (i32.const 3016))
             (i32.store8 (i32.const 1056) (i32.const 1))
             (i64.store (i32.const 1064) (i64.load (i32.const 3024)))
             i32.const 1024",
        ),
        ask::WORLD,
        Some(MANIFEST),
    );
    let host = Host::new(limits(), hasty());
    let page = host.read(&writer).await.expect("a page");
    assert_eq!(page.total, Some(65_536), "what may be written at once");
}
