//! The same through the command line, with the limits as they are shipped:
//! install the adapter, connect it, sync. Only attacks that are caught soon are
//! here; the slow ones are in the other modules, under shorter limits.

use std::fs;

use e2e::{NAME, Platform, School, Sis, total_changes};
use hostile::Server;
use serde_json::Value;

use crate::ask::Ask;
use crate::guest::{MANIFEST, World, component_of, core};
use crate::host::{findings, list, next, store};

/// A platform on which hostile adapters are installed one after the other.
struct Target<'a> {
    platform: &'a Platform,
    installed: u32,
}

impl Target<'_> {
    /// A manifest with an id of its own.
    fn manifest(&mut self) -> (String, String) {
        self.installed += 1;
        let id = format!("hostile-{}", self.installed);
        (MANIFEST.replace("\"tiny\"", &format!("{id:?}")), id)
    }

    /// Installs the component, connects it to the endpoint and syncs; the
    /// report.
    fn sync(&self, id: &str, component: &[u8], endpoint: &str) -> Value {
        let path = self.platform.folder().join(format!("{id}.wasm"));
        fs::write(&path, component).expect("a file is written");
        let path = path.to_str().expect("the path is UTF-8");
        self.platform
            .run(["adapter", "install", path, "--approve"])
            .ok();
        self.platform
            .run([
                "integration",
                "add",
                "--name",
                id,
                "--adapter",
                id,
                "--endpoint",
                endpoint,
                "--auth",
                "none",
                "--allow-insecure-http",
                "--allow-private-network",
            ])
            .ok();
        self.platform.sync(id, &[]).json()
    }
}

/// Peaks that a run reports are within their limits.
#[track_caller]
fn within_limits(report: &Value, name: &str) {
    let usage = report["usage"].as_object();
    let usage = usage.unwrap_or_else(|| panic!("{name} has no usage: {report}"));
    assert_eq!(usage.len(), 19, "{name}");
    for (what, used) in usage {
        let (peak, limit) = (used["peak"].as_u64(), used["limit"].as_u64());
        assert!(limit > Some(0), "{name}: {what} has no limit");
        // What was refused is counted, too.
        assert!(
            peak <= limit.map(|limit| limit * 2),
            "{name}: {what} {used}"
        );
    }
}

struct Attack {
    name: &'static str,
    read: String,
    items: &'static str,
    code: &'static str,
    says: &'static str,
}

fn attack(
    name: &'static str,
    read: impl Into<String>,
    code: &'static str,
    says: &'static str,
) -> Attack {
    Attack {
        name,
        read: read.into(),
        items: "",
        code,
        says,
    }
}

const GROWN: &str = "(drop (memory.grow (i32.const 1700)))";

#[test]
fn adapters() {
    let school = School::connect(Sis::start());
    school.sync();
    let roster = school.platform.roster();
    let mut target = Target {
        platform: &school.platform,
        installed: 0,
    };
    let attacks = [
        attack(
            "memory bomb",
            "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable",
            "adapter-memory",
            "256 MiB of memory",
        ),
        Attack {
            items: "(table $t 1 funcref)",
            ..attack(
                "table bomb",
                "(loop $l (br_if $l (i32.ne (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1)))) unreachable",
                "adapter-memory",
                "100000 table elements",
            )
        },
        Attack {
            items: "(func $f (param i64) (result i64) (i64.add (call $f (local.get 0)) (i64.const 1)))",
            ..attack(
                "deep recursion",
                "(drop (call $f (i64.const 0))) i32.const 1024",
                "adapter-trap",
                "stack",
            )
        },
        Attack {
            items: "(func $start unreachable) (start $start)",
            ..attack("a crash before the call", "i32.const 1024", "adapter-trap", "crashed")
        },
        attack("a crash", "unreachable", "adapter-trap", "crashed"),
        attack(
            "a text of 80 MB",
            format!(
                "{GROWN} {} {} i32.const 1024",
                store(4096, 1_048_576) + &store(4100, 80_000_000),
                list(4096, 1)
            ),
            "limit-exceeded",
            "a record of the page has over",
        ),
        attack(
            "more records than memory lends",
            format!("{GROWN} {} i32.const 1024", list(1_048_576, 1_100_000)),
            "limit-exceeded",
            "handed over more than",
        ),
        attack(
            "findings without end",
            format!(
                "{GROWN} {} {} i32.const 1024",
                store(1044, 60_000),
                findings(1_048_576, 60_000)
            ),
            "limit-exceeded",
            "60000 findings",
        ),
        attack(
            "a cursor of 4,097 bytes",
            store(3000, 8192) + &store(3004, 4097) + &next(3000, 1) + "i32.const 1024",
            "limit-exceeded",
            "4097 bytes",
        ),
        attack(
            "fewer received than there are",
            list(4096, 5) + &store(1044, 3) + "i32.const 1024",
            "adapter-nonsense",
            "does not add up",
        ),
        attack(
            "records of another collection",
            "(i32.store8 (i32.const 1032) (i32.const 4)) i32.const 1024",
            "adapter-nonsense",
            "asked for orgs and answered with users",
        ),
        attack(
            "its own cursor",
            "(if (local.get $has_cursor) (then
                (i32.store (i32.const 3000) (local.get $cursor))
                (i32.store (i32.const 3004) (local.get $cursor_len)))
             (else (i32.store (i32.const 3000) (i32.const 2048)) (i32.store (i32.const 3004) (i32.const 1))))"
                .to_owned()
                + &next(3000, 1)
                + "i32.const 1024",
            "adapter-nonsense",
            "would never end",
        ),
        attack(
            "a million cursors",
            CURSORS,
            "limit-exceeded",
            "pages wait to be read",
        ),
    ];
    for attack in attacks {
        let (manifest, id) = target.manifest();
        let text = core("", attack.items, &attack.read);
        let component = component_of(&text, World::default(), Some(&manifest));
        let report = target.sync(&id, &component, "https://sis.example.org");
        fails(&report, &attack);
        within_limits(&report, attack.name);
        let log = target
            .platform
            .run(["run", "log", &report["run"].to_string()])
            .ok()
            .stdout;
        assert!(
            log.contains("The adapter's limits"),
            "{}: {log}",
            attack.name
        );
    }
    assert_eq!(total_changes(&school.sync()), 0);
    assert_eq!(school.platform.roster(), roster);
}

#[track_caller]
fn fails(report: &Value, attack: &Attack) {
    let name = attack.name;
    assert_eq!(report["status"], "failed", "{name}: {report}");
    assert_eq!(report["code"], attack.code, "{name}: {report}");
    let detail = report["detail"].as_str().expect("a detail");
    assert!(detail.contains(attack.says), "{name}: {detail}");
    let remedy = report["remedy"].as_str().expect("a remedy");
    assert!(remedy.contains("vendor"), "{name} blames nobody: {remedy}");
}

/// 100,000 cursors a page, none of them twice: five letters for their number in
/// the page, after the page's own cursor.
const CURSORS: &str = r#"
    (local $i i32) (local $at i32) (local $digit i32) (local $entry i32)
    (drop (memory.grow (i32.const 90)))
    (loop $each
        (local.set $at (i32.add (i32.const 1000000) (i32.mul (local.get $i) (i32.const 32))))
        (local.set $entry (i32.add (i32.const 4400000) (i32.mul (local.get $i) (i32.const 8))))
        (i32.store (local.get $entry) (local.get $at))
        (i32.store offset=4 (local.get $entry) (i32.add (local.get $cursor_len) (i32.const 5)))
        (if (local.get $has_cursor) (then
            (memory.copy (local.get $at) (local.get $cursor) (local.get $cursor_len))
            (local.set $at (i32.add (local.get $at) (local.get $cursor_len)))))
        (local.set $digit (i32.const 0))
        (loop $digits
            (i32.store8 (i32.add (local.get $at) (local.get $digit)) (i32.add (i32.const 97)
                (i32.and (i32.shr_u (local.get $i) (i32.mul (local.get $digit) (i32.const 4))) (i32.const 15))))
            (local.set $digit (i32.add (local.get $digit) (i32.const 1)))
            (br_if $digits (i32.lt_u (local.get $digit) (i32.const 5))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $each (i32.lt_u (local.get $i) (i32.const 100000))))
    (i32.store (i32.const 1048) (i32.const 4400000))
    (i32.store (i32.const 1052) (i32.const 100000))
    i32.const 1024"#;

/// Cursors that lead in a circle are each read once.
#[test]
fn a_circle_of_cursors_ends() {
    let platform = Platform::new();
    let mut target = Target {
        platform: &platform,
        installed: 0,
    };
    let (manifest, id) = target.manifest();
    // Nothing, then a, b, a, b, …
    let read = "(i32.store8 (i32.const 2048) (i32.const 97))
        (if (local.get $has_cursor) (then
            (if (i32.eq (i32.load8_u (local.get $cursor)) (i32.const 97)) (then
                (i32.store8 (i32.const 2048) (i32.const 98))))))"
        .to_owned()
        + &store(3000, 2048)
        + &store(3004, 1)
        + &next(3000, 1)
        + "i32.const 1024";
    let component = component_of(&core("", "", &read), World::default(), Some(&manifest));
    let report = target.sync(&id, &component, "https://sis.example.org");
    assert_eq!(report["usage"]["pages"]["peak"], 3, "{report}");
    assert_ne!(report["status"], "running");
}

#[test]
fn a_flood_of_log_lines() {
    const LOG: &str =
        r#"(import "homeroom:sis/log@0.1.0" "write" (func $log (param i32 i32 i32)))"#;
    let platform = Platform::new();
    let mut target = Target {
        platform: &platform,
        installed: 0,
    };
    let (manifest, id) = target.manifest();
    let read = "(local $i i32)
        (loop $l
            (call $log (i32.const 3) (i32.const 2048) (i32.const 48))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $l (i32.lt_u (local.get $i) (i32.const 5000))))
        i32.const 1024";
    let text =
        r#"(data (i32.const 2048) "x\0a  2026-01-01 00:00:00  applied\1b[2J\e2\80\aetxt.exe ok")"#;
    let component = component_of(&core(LOG, text, read), World::default(), Some(&manifest));
    let report = target.sync(&id, &component, "https://sis.example.org");
    assert_eq!(report["usage"]["logLines"]["peak"], 200, "{report}");
    let log = platform
        .run(["run", "log", &report["run"].to_string()])
        .ok()
        .stdout;
    assert_eq!(log.matches("adapter: x\\n").count(), 200, "{log}");
    assert_eq!(
        log.matches("further lines of this run are dropped").count(),
        1
    );
    assert!(!log.contains(['\u{1b}', '\u{202e}']), "{log}");
    let forged = log
        .lines()
        .any(|line| line.trim_start().starts_with("2026-01-01 00:00:00"));
    assert!(!forged, "{log}");
}

#[test]
fn requests_to_elsewhere() {
    let school = School::connect(Sis::start());
    let server = Server::json("{}");
    let mut target = Target {
        platform: &school.platform,
        installed: 0,
    };
    let here = server.authority();
    let user = format!("a:b@{here}");
    for (name, ask, says) in [
        (
            "a foreign host",
            Ask {
                authority: "evil.example.net",
                ..Ask::default()
            },
            "integration's endpoint is",
        ),
        (
            "metadata",
            Ask {
                authority: "169.254.169.254",
                path: "/latest/meta-data",
                ..Ask::default()
            },
            "169.254.169.254",
        ),
        (
            "a user in the host",
            Ask {
                authority: &user,
                ..Ask::default()
            },
            "without a plain host",
        ),
        (
            "dot segments",
            Ask {
                authority: &here,
                path: "/a/%2e%2e/admin",
                ..Ask::default()
            },
            "dot segments",
        ),
        (
            "a method",
            Ask {
                authority: &here,
                method: "DELETE",
                ..Ask::default()
            },
            "sent DELETE",
        ),
    ] {
        let (manifest, id) = target.manifest();
        let report = target.sync(&id, &ask.component_with(&manifest), &server.url());
        assert_eq!(report["code"], "denied", "{name}: {report}");
        let detail = report["detail"].as_str().expect("a detail");
        assert!(detail.contains(says), "{name}: {detail}");
        let log = target
            .platform
            .run(["run", "log", &report["run"].to_string(), "--json"])
            .ok()
            .json();
        assert_eq!(
            log["requests"][0]["error"], "denied",
            "{name}: it is on record"
        );
    }
    assert!(server.seen().is_empty());
    school.sync();
}

/// Servers, asked by the adapter that real districts use.
#[test]
fn servers() {
    let school = School::connect(Sis::start());
    school.sync();
    let roster = school.platform.roster();
    let header = "HTTP/1.1 200 OK\r\n";
    let many: String = (0..40_000).map(|n| format!("x-{n}: 1\r\n")).collect();
    let cases = [
        (
            "headers",
            format!("{header}{many}content-length: 0\r\n\r\n"),
            "limit-exceeded",
            "headers",
        ),
        (
            "another-protocol",
            "SSH-2.0-OpenSSH_9.6\r\n".to_owned(),
            "malformed",
            "does not speak HTTP",
        ),
        (
            "a-web-page",
            format!("{header}content-type: text/html\r\ncontent-length: 13\r\n\r\n<html></html>"),
            "malformed",
            "",
        ),
        (
            "metadata-redirect",
            "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n"
                .to_owned(),
            "redirected",
            "169.254.169.254",
        ),
        (
            "redirect-loop",
            "HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n".to_owned(),
            "redirected",
            "",
        ),
        (
            "announced-too-large",
            format!("{header}content-length: 99999999999\r\n\r\n"),
            "limit-exceeded",
            "64 MiB",
        ),
        (
            "two-lengths",
            format!("{header}content-length: 1\r\ncontent-length: 2\r\n\r\n{{}}"),
            "malformed",
            "does not speak HTTP",
        ),
        (
            "patience",
            "HTTP/1.1 429 Slow\r\nretry-after: 86400\r\ncontent-length: 0\r\n\r\n".to_owned(),
            "rate-limited",
            "",
        ),
    ];
    for (name, answer, code, says) in cases {
        let server = Server::saying(answer);
        let endpoint = format!("{}/ims/oneroster/v1p1", server.url());
        school
            .platform
            .run([
                "integration",
                "add",
                "--name",
                name,
                "--adapter",
                "oneroster",
                "--endpoint",
                &endpoint,
                "--auth",
                "none",
                "--allow-insecure-http",
                "--allow-private-network",
            ])
            .ok();
        let report = school.platform.sync(name, &[]).ends_with(1).json();
        assert_eq!(report["code"], code, "{name}: {report}");
        let detail = report["detail"].as_str().expect("a detail");
        assert!(detail.contains(says), "{name}: {detail}");
        within_limits(&report, name);
        for request in server.seen() {
            assert!(
                request.contains(&format!("host: {}", server.authority())),
                "{name}: {request}"
            );
        }
    }
    assert_eq!(school.sync()["changes"]["users"]["create"], 0);
    assert_eq!(school.platform.roster(), roster);
    assert_eq!(
        school.platform.show(&school.platform.runs()[0]["run"])["provider"],
        NAME
    );
}
