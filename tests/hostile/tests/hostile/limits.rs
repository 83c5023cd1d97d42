//! Adapters that want too much of the host: time, memory, tables, handles,
//! headers, log, storage, and pages that cost more to read than they take in
//! their own memory.

use std::sync::Arc;
use std::time::Duration;

use homeroom_sandbox::{ErrorKind, Limits, NoObserver, Page, Severity};

use crate::ask::{self, Ask};
use crate::guest::{Lines, MANIFEST, World, append_section, component, component_of, core, orgs};
use crate::host::{Host, findings, hasty, is_the_neighbours, limits, list, neighbour, next, store};

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

#[tokio::test]
async fn time() {
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
async fn memory() {
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

const MANY_MEBIBYTES: &str = "(drop (memory.grow (i32.const 1700)))";

/// Pages that are small in the guest's memory, since their records, findings
/// and cursors share one long text, and large for whoever reads them.
#[tokio::test]
async fn pages() {
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

const LOG: &str = r#"(import "homeroom:sis/log@0.1.0" "write" (func $log (param i32 i32 i32)))"#;

#[tokio::test]
async fn log() {
    let lines = Arc::new(Lines::default());
    let flood = component(
        LOG,
        r#"(data (i32.const 8192) "ok\0a2026-01-01 ERROR homeroom: your password has expired\0d\1b[2J\e2\80\aexe")"#,
        &format!(
            "(local $i i32)
             (loop $l
                (call $log (i32.const 3) (i32.const 8192) (i32.const 67))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $l (i32.lt_u (local.get $i) (i32.const 100000))))
             {MANY_MEBIBYTES} (memory.fill (i32.const 131072) (i32.const 120) (i32.const 60000000))
             (call $log (i32.const 3) (i32.const 131072) (i32.const 60000000))
             i32.const 1024"
        ),
    );
    let host = Host::new(limits(), hasty());
    let session = host.session(&flood, "https://sis.example.org", false, lines.clone());
    let page = session.read(&orgs()).await.expect("a page");
    assert_eq!(page.stats.log_lines, 200);
    // A second page of the run has nothing left.
    session.read(&orgs()).await.expect("a page");
    let lines = lines.0.lock().expect("no panic");
    assert_eq!(lines.len(), 201, "200 and a note");
    for (_, line) in lines.iter() {
        assert!(
            line.len() <= 1024 && !line.contains(char::is_control),
            "{line:?}"
        );
        assert!(!line.contains('\u{202e}'), "{line:?}");
    }
    assert!(
        lines[0].1.starts_with("ok\\n2026-01-01 ERROR"),
        "{}",
        lines[0].1
    );
}

const STORAGE: &str = r#"
    (import "homeroom:sis/storage@0.1.0" "get" (func $get (param i32 i32 i32)))
    (import "homeroom:sis/storage@0.1.0" "set" (func $set (param i32 i32 i32 i32 i32)))"#;

/// Reads and writes keys that would be another's if keys were paths.
#[tokio::test]
async fn foreign_storage() {
    let host = Host::new(limits(), hasty());
    for (key, valid) in [
        ("../other/kept", true),
        ("/etc/passwd", true),
        ("riverside/kept", true),
        ("kept\\00", false),
        ("a\\0ab", false),
        ("", false),
    ] {
        let length = key.replace("\\00", "0").replace("\\0a", "n").len();
        // The total: what reading said (3 for a value), then what writing said.
        let guest = component(
            STORAGE,
            &format!(r#"(data (i32.const 8192) "{key}")"#),
            &format!(
                "(call $get (i32.const 8192) (i32.const {length}) (i32.const 3000))
                 (call $set (i32.const 8192) (i32.const {length}) (i32.const 8192) (i32.const 1) (i32.const 3104))
                 (i32.store8 (i32.const 1056) (i32.const 1))
                 (i64.store (i32.const 1064) (i64.extend_i32_u (i32.add
                    (i32.mul (i32.const 100) (i32.load8_u (i32.const 3000)))
                    (i32.add (i32.mul (i32.const 10) (i32.load8_u (i32.const 3008)))
                        (i32.load8_u (i32.const 3104))))))
                 i32.const 1024"
            ),
        );
        let page = host.read(&guest).await.expect("a page");
        if valid {
            assert_eq!(
                page.total,
                Some(0),
                "{key}: nothing is there, and it may be written"
            );
            assert_eq!(page.storage_writes.len(), 1, "{key}");
            assert_eq!(page.storage_writes[0].0, key, "a key is a name and no path");
        } else {
            assert_eq!(
                page.total.map(|t| (t / 100, t % 10)),
                Some((1, 1)),
                "{key}: no key"
            );
            assert!(page.storage_writes.is_empty());
        }
    }
    host.neighbour_is_well("after foreign keys").await;
}

#[tokio::test]
async fn storage_beyond_its_quota() {
    // Keys of four bytes without a value, more and more of them: small by
    // bytes, large by what the host needs for each.
    let many = component(
        STORAGE,
        "",
        "(local $i i32)
         (loop $l
            (i32.store (i32.const 8192) (i32.add (i32.const 0x61616161)
                (i32.add (i32.and (local.get $i) (i32.const 15))
                (i32.add (i32.shl (i32.and (i32.shr_u (local.get $i) (i32.const 4)) (i32.const 15)) (i32.const 8))
                (i32.add (i32.shl (i32.and (i32.shr_u (local.get $i) (i32.const 8)) (i32.const 15)) (i32.const 16))
                         (i32.shl (i32.shr_u (local.get $i) (i32.const 12)) (i32.const 24)))))))
            (call $set (i32.const 8192) (i32.const 4) (i32.const 8192) (i32.const 0) (i32.const 3000))
            (if (i32.load8_u (i32.const 3000)) (then
                (i32.store8 (i32.const 1056) (i32.const 1))
                (i64.store (i32.const 1064) (i64.extend_i32_u (local.get $i)))
                (return (i32.const 1024))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $l))
         i32.const 0",
    );
    let host = Host::new(limits(), hasty());
    let page = host.read(&many).await.expect("a page");
    assert_eq!(page.total, Some(4095), "with the one that was there, 4,096");
    assert_eq!(page.storage_writes.len(), 4095);
    assert_eq!(page.stats.storage, 4095 * 4 + 8);
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

#[test]
fn a_manifest_twice_is_no_way_in() {
    let mut twice = component("", "", "i32.const 1024");
    append_section(&mut twice, "homeroom:manifest", b"id = \"other\"");
    assert!(homeroom_sandbox::inspect(&twice).is_err());
}
