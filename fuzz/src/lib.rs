//! The fuzz targets: what foreign bytes meet first, each with what must hold
//! whatever the bytes are. A target panics when it does not.
//!
//! The same functions are driven by libFuzzer (`fuzz_targets/`, by hand) and by
//! a short seeded run on stable Rust in the test suite
//! (`host/sandbox/tests/fuzz.rs`, which includes this file).

use std::sync::{Arc, LazyLock};

use guests::{World, component_of, core};
use homeroom_roster::codec;
use homeroom_roster::record::{AcademicSession, Class, Collection, Course, Enrollment, Org, User};
use homeroom_sandbox::{
    Approval, Connected, ConnectionSettings, Denied, Egress, EgressConfig, ErrorKind, Limits,
    Manifest, NoObserver, Origin, Pace, Page, PageRequest, Sandbox, Scheme, Session, SessionConfig,
    Signature, connect, examine, fuzzing, inspect,
};

/// Takes any bytes, and panics when something does not hold.
pub type Target = fn(&[u8]);

/// Each target by its name.
pub const TARGETS: [(&str, Target); 7] = [
    ("manifest", manifest),
    ("admission", admission),
    ("signature", signature),
    ("egress", egress),
    ("settings", settings),
    ("records", records),
    ("page", page),
];

/// The manifest of the targets' own adapters.
pub const MANIFEST: &str = r#"
id = "tiny"
name = "Tiny"
version = "1.0.0"
vendor = "Tests"
contract = "homeroom:sis@0.1.0"
[auth]
schemes = ["none"]
default = "none"
[http]
hosts = ["{endpoint}", "https://*.example.net"]
methods = ["GET", "POST"]
[read]
collections = ["orgs", "users", "enrollments"]
[[settings]]
key = "text"
label = "Text"
type = "text"
[[settings]]
key = "number"
label = "Number"
type = "number"
min = 1
max = 100
[[settings]]
key = "choice"
label = "Choice"
type = "choice"
choices = [{ value = "a", label = "A" }, { value = "b", label = "B" }]
[[settings]]
key = "bool"
label = "Yes or no"
type = "bool"
"#;

/// A manifest that is taken says the same when it is written and read again.
pub fn manifest(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(manifest) = Manifest::parse(text) else {
        return;
    };
    let json = serde_json::to_string(&manifest).expect("a manifest is plain data");
    let again: Manifest = serde_json::from_str(&json).expect("what was written can be read");
    assert_eq!(again, manifest);
}

/// What is admitted has no reason to be refused, and the other way round.
pub fn admission(bytes: &[u8]) {
    let admitted = inspect(bytes);
    match (&admitted, examine(bytes)) {
        (Ok(inspection), Ok(examination)) => {
            assert!(examination.refused.is_empty(), "{:?}", examination.refused);
            assert_eq!(inspection.digest, examination.digest);
            assert_eq!(inspection.imports, examination.imports);
        }
        (Err(error), Ok(examination)) => {
            let codes: Vec<_> = examination.refused.iter().map(|r| &r.code).collect();
            assert!(
                codes.iter().any(|code| *code == error.code()),
                "{error}: {codes:?}"
            );
        }
        (Err(_), Err(_)) => {}
        (Ok(_), Err(error)) => panic!("admitted, and cannot be examined: {error}"),
    }
}

/// A signature that holds ends to hold with any other byte in the file.
pub fn signature(bytes: &[u8]) {
    if Signature::of(bytes).key().is_none() {
        return;
    }
    for at in [0, bytes.len() / 2, bytes.len() - 1] {
        let mut changed = bytes.to_vec();
        changed[at] ^= 1;
        assert!(Signature::of(&changed).key().is_none(), "byte {at}");
    }
}

fn connected() -> &'static Connected {
    static CONNECTED: LazyLock<Connected> = LazyLock::new(|| {
        let manifest = Manifest::parse(MANIFEST).expect("a manifest");
        let approval = Approval {
            digest: String::new(),
            hosts: manifest.http.hosts.clone(),
            methods: manifest.http.methods.clone(),
        };
        let settings = ConnectionSettings {
            integration: "north".into(),
            endpoint: "https://sis.example.org/ims/oneroster".into(),
            auth: Some(Scheme::None),
            ..ConnectionSettings::default()
        };
        let mut connected = connect(&manifest, &approval, &settings).expect("a connection");
        let mut denied = Denied::default();
        denied
            .deny_host("evil.example.net", "here")
            .expect("a host");
        connected.grant.deny(Arc::new(denied));
        connected
    });
    &CONNECTED
}

/// A request that passes goes where the grant says, in the eyes of another
/// parser of addresses too.
pub fn egress(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let (method, uri) = text.split_once(' ').unwrap_or(("GET", text));
    let Some((origin, address)) = fuzzing::request(&connected().grant, method, uri) else {
        return;
    };
    assert!(matches!(method, "GET" | "POST"), "{method}");
    let host = origin.host.trim_end_matches('.');
    assert_eq!(
        (origin.scheme.as_str(), origin.port),
        ("https", 443),
        "{address}"
    );
    assert!(
        host == "sis.example.org" || host.ends_with(".example.net"),
        "{address}"
    );
    assert_ne!(host, "evil.example.net", "{address}");
    let url = url::Url::parse(&address).expect("an address");
    assert_eq!(Origin::of(&url).as_ref(), Ok(&origin), "{address}");
    assert!(url.username().is_empty() && url.password().is_none());
    let path = |text: &str| text.split(['?', '#']).next().unwrap_or_default().to_owned();
    let sent = &address[address.find(".").expect("a name")..];
    let sent = path(&sent[sent.find('/').expect("a path")..]);
    assert_eq!(
        path(url.path()),
        sent,
        "no parser takes it for another path"
    );
}

/// A value in its one form stays as it is.
pub fn settings(bytes: &[u8]) {
    static SETTINGS: LazyLock<Manifest> =
        LazyLock::new(|| Manifest::parse(MANIFEST).expect("a manifest"));
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for setting in &SETTINGS.settings {
        let Some(value) = fuzzing::setting_value(setting, text) else {
            continue;
        };
        let again = fuzzing::setting_value(setting, &value);
        assert_eq!(again.as_ref(), Some(&value), "{}", setting.key);
        assert!(!value.chars().any(char::is_control));
        if setting.key == "number" {
            let number: f64 = value.parse().expect("a number");
            assert!((1.0..=100.0).contains(&number), "{value}");
        }
    }
    let mut denied = Denied::default();
    if denied.deny_host(text, "here").is_ok()
        && let Ok(origin) = Origin::parse(&format!("https://{text}/"))
    {
        assert!(fuzzing::denies(&denied, &origin.host), "{text}");
    }
}

/// Stored records that can be read are written as they were.
pub fn records(bytes: &[u8]) {
    macro_rules! each {
        ($($record:ty),*) => {$(
            for record in codec::records::<$record>(bytes).map_while(Result::ok).take(1000) {
                let mut written = Vec::new();
                codec::push(&mut written, &record).expect("a record is plain data");
                let again: Vec<_> = codec::records::<$record>(&written).collect();
                assert!(
                    matches!(again.as_slice(), [Ok(again)] if *again == record),
                    "{record:?}"
                );
            }
        )*};
    }
    each!(Org, AcademicSession, Course, Class, User, Enrollment);
}

/// An adapter whose memory, where its answer lies, is what its cursor says in
/// hexadecimal digits: any page that any adapter could return.
pub fn echo() -> Vec<u8> {
    let digit = r#"(func $digit (param $at i32) (result i32)
        (local $c i32)
        (local.set $c (i32.load8_u (local.get $at)))
        (if (result i32) (i32.lt_u (local.get $c) (i32.const 97))
            (then (i32.sub (local.get $c) (i32.const 48)))
            (else (i32.sub (local.get $c) (i32.const 87)))))"#;
    let read = r#"(local $n i32)
        (block $done
            (loop $next
                (br_if $done (i32.ge_u (local.get $n) (i32.shr_u (local.get $cursor_len) (i32.const 1))))
                (i32.store8
                    (i32.add (i32.const 1024) (local.get $n))
                    (i32.or
                        (i32.shl
                            (call $digit (i32.add (local.get $cursor) (i32.shl (local.get $n) (i32.const 1))))
                            (i32.const 4))
                        (call $digit (i32.add (local.get $cursor)
                            (i32.add (i32.shl (local.get $n) (i32.const 1)) (i32.const 1))))))
                (local.set $n (i32.add (local.get $n) (i32.const 1)))
                (br $next)))
        i32.const 1024"#;
    component_of(&core("", digit, read), World::default(), Some(MANIFEST))
}

struct Echo {
    session: Session,
    runtime: tokio::runtime::Runtime,
}

fn reader() -> &'static Echo {
    static ECHO: LazyLock<Echo> = LazyLock::new(|| {
        let limits = Limits {
            concurrent_calls: 4,
            ..Limits::default()
        };
        let sandbox = Sandbox::new(limits).expect("an engine");
        let adapter = sandbox.compile_and_load(&echo()).expect("it compiles");
        let config = SessionConfig {
            integration: "north".into(),
            connected: connected().clone(),
            started: jiff::Timestamp::UNIX_EPOCH,
            files: None,
            storage: Default::default(),
            observer: Arc::new(NoObserver),
            pace: Pace::default(),
            egress: Egress::new(EgressConfig::default()).expect("an egress"),
        };
        Echo {
            session: Session::new(&adapter, config),
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime"),
        }
    });
    &ECHO
}

/// Whatever an adapter answers is a page whose records keep the contract's
/// rules, or an error that blames the adapter.
pub fn page(bytes: &[u8]) {
    let Some((which, memory)) = bytes.split_first() else {
        return;
    };
    let collections = [Collection::Orgs, Collection::Users, Collection::Enrollments];
    let collection = collections[usize::from(*which) % 3];
    let cursor: String = memory
        .iter()
        .take(2000)
        .map(|b| format!("{b:02x}"))
        .collect();
    let request = PageRequest {
        collection,
        cursor: Some(cursor),
        changed_since: None,
        page_size: 10,
    };
    let echo = reader();
    match echo.runtime.block_on(echo.session.read(&request)) {
        Ok(page) => check_page(&page, collection),
        Err(error) => {
            assert_ne!(error.kind(), ErrorKind::Internal, "{error}");
            assert!(!error.detail().chars().any(|c| c.is_control()), "{error}");
        }
    }
}

fn check_page(page: &Page, collection: Collection) {
    let mut ids = Vec::new();
    let mut texts = Vec::new();
    macro_rules! read {
        ($record:ty, $text:expr) => {
            for record in codec::records::<$record>(&page.records) {
                let record = record.expect("what was checked can be read");
                ids.push(record.sourced_id.to_owned());
                texts.extend($text(&record));
            }
        };
    }
    match collection {
        Collection::Orgs => read!(Org, |org: &Org<'_>| [org.name.to_owned()]),
        Collection::Users => read!(User, |user: &User<'_>| user.username.map(str::to_owned)),
        _ => read!(Enrollment, |_: &Enrollment<'_>| None::<String>),
    }
    assert_eq!(ids.len(), page.count as usize);
    for id in ids {
        assert!(
            (1..=255).contains(&id.len()) && !id.chars().any(char::is_control),
            "{id:?}"
        );
    }
    for text in texts {
        assert!(
            text.len() <= 1024 && !text.chars().any(char::is_control),
            "{text:?}"
        );
    }
}
