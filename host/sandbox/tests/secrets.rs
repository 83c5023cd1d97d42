//! A guest that hands over all it has: it asks the server, takes headers and
//! body in, and then gives the host its whole linear memory. No credential is in
//! it, in whatever spelling, though the server sends back what it got.

#![allow(missing_docs, unreachable_pub)]

mod guest;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use guest::{World, component_of, core, orgs, small};
use homeroom_sandbox::recording::{Answer, Outcome, Recorder, Recording};
use homeroom_sandbox::{
    Approval, ConnectionSettings, Egress, EgressConfig, Limits, NoObserver, Pace, Page, Replay,
    Sandbox, Scheme, Session, SessionConfig, connect, inspect,
};

const SECRET: &str = "correct-horse-battery";
/// `anna:correct-horse-battery`
const PAIR: &str = "YW5uYTpjb3JyZWN0LWhvcnNlLWJhdHRlcnk=";

const PACKAGES: [&str; 2] = [
    "package wasi:io@0.2.6;
     interface error { resource error; }
     interface poll { resource pollable { block: func(); } }
     interface streams {
        use error.{error};
        variant stream-error { last-operation-failed(error), closed }
        resource input-stream {
            blocking-read: func(len: u64) -> result<list<u8>, stream-error>;
        }
     }",
    "package wasi:http@0.2.6;
     interface types {
        use wasi:io/streams@0.2.6.{input-stream};
        use wasi:io/poll@0.2.6.{pollable};
        variant scheme { HTTP, HTTPS, other(string) }
        record DNS-error-payload { rcode: option<string>, info-code: option<u16> }
        record TLS-alert-received-payload {
            alert-id: option<u8>, alert-message: option<string>
        }
        record field-size-payload { field-name: option<string>, field-size: option<u32> }
        variant error-code {
            DNS-timeout, DNS-error(DNS-error-payload), destination-not-found,
            destination-unavailable, destination-IP-prohibited, destination-IP-unroutable,
            connection-refused, connection-terminated, connection-timeout,
            connection-read-timeout, connection-write-timeout, connection-limit-reached,
            TLS-protocol-error, TLS-certificate-error,
            TLS-alert-received(TLS-alert-received-payload), HTTP-request-denied,
            HTTP-request-length-required, HTTP-request-body-size(option<u64>),
            HTTP-request-method-invalid, HTTP-request-URI-invalid, HTTP-request-URI-too-long,
            HTTP-request-header-section-size(option<u32>),
            HTTP-request-header-size(option<field-size-payload>),
            HTTP-request-trailer-section-size(option<u32>),
            HTTP-request-trailer-size(field-size-payload), HTTP-response-incomplete,
            HTTP-response-header-section-size(option<u32>),
            HTTP-response-header-size(field-size-payload),
            HTTP-response-body-size(option<u64>),
            HTTP-response-trailer-section-size(option<u32>),
            HTTP-response-trailer-size(field-size-payload),
            HTTP-response-transfer-coding(option<string>),
            HTTP-response-content-coding(option<string>), HTTP-response-timeout,
            HTTP-upgrade-failed, HTTP-protocol-error, loop-detected, configuration-error,
            internal-error(option<string>)
        }
        resource fields {
            constructor();
            entries: func() -> list<tuple<string, list<u8>>>;
        }
        resource outgoing-request {
            constructor(headers: fields);
            set-path-with-query: func(path-with-query: option<string>) -> result;
            set-scheme: func(scheme: option<scheme>) -> result;
            set-authority: func(authority: option<string>) -> result;
        }
        resource request-options;
        resource incoming-body { %stream: func() -> result<input-stream>; }
        resource incoming-response {
            headers: func() -> fields;
            consume: func() -> result<incoming-body>;
        }
        resource future-incoming-response {
            subscribe: func() -> pollable;
            get: func() -> option<result<result<incoming-response, error-code>>>;
        }
     }
     interface outgoing-handler {
        use types.{outgoing-request, request-options, future-incoming-response, error-code};
        handle: func(request: outgoing-request, options: option<request-options>)
            -> result<future-incoming-response, error-code>;
     }",
];

const WORLD: World<'_> = World {
    packages: &PACKAGES,
    imports: "import wasi:io/poll@0.2.6; import wasi:io/streams@0.2.6; \
              import wasi:http/types@0.2.6; import wasi:http/outgoing-handler@0.2.6;",
};

const IMPORTS: &str = r#"
    (import "wasi:http/types@0.2.6" "[constructor]fields" (func $fields (result i32)))
    (import "wasi:http/types@0.2.6" "[method]fields.entries" (func $entries (param i32 i32)))
    (import "wasi:http/types@0.2.6" "[constructor]outgoing-request"
        (func $request (param i32) (result i32)))
    (import "wasi:http/types@0.2.6" "[method]outgoing-request.set-path-with-query"
        (func $set_path (param i32 i32 i32 i32) (result i32)))
    (import "wasi:http/types@0.2.6" "[method]outgoing-request.set-scheme"
        (func $set_scheme (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi:http/types@0.2.6" "[method]outgoing-request.set-authority"
        (func $set_authority (param i32 i32 i32 i32) (result i32)))
    (import "wasi:http/outgoing-handler@0.2.6" "handle"
        (func $handle (param i32 i32 i32 i32)))
    (import "wasi:http/types@0.2.6" "[method]future-incoming-response.subscribe"
        (func $subscribe (param i32) (result i32)))
    (import "wasi:io/poll@0.2.6" "[method]pollable.block" (func $block (param i32)))
    (import "wasi:http/types@0.2.6" "[method]future-incoming-response.get"
        (func $get (param i32 i32)))
    (import "wasi:http/types@0.2.6" "[method]incoming-response.headers"
        (func $headers (param i32) (result i32)))
    (import "wasi:http/types@0.2.6" "[method]incoming-response.consume"
        (func $consume (param i32 i32)))
    (import "wasi:http/types@0.2.6" "[method]incoming-body.stream"
        (func $stream (param i32 i32)))
    (import "wasi:io/streams@0.2.6" "[method]input-stream.blocking-read"
        (func $read (param i32 i64 i32)))
    (import "homeroom:sis/storage@0.1.0" "set" (func $set (param i32 i32 i32 i32 i32)))"#;

/// Asks `/x` of the endpoint, which begins with `http://`; reads everything; and
/// stores all of its memory.
const READ: &str = r#"
    (local $r i32)
    (local.set $r (call $request (call $fields)))
    (drop (call $set_scheme (local.get $r) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
    (drop (call $set_authority (local.get $r) (i32.const 1)
        (i32.add (local.get $endpoint) (i32.const 7))
        (i32.sub (local.get $endpoint_len) (i32.const 7))))
    (drop (call $set_path (local.get $r) (i32.const 1) (i32.const 3000) (i32.const 2)))
    (call $handle (local.get $r) (i32.const 0) (i32.const 0) (i32.const 4096))
    (local.set $r (i32.load (i32.const 4104)))
    (call $block (call $subscribe (local.get $r)))
    (call $get (local.get $r) (i32.const 4160))
    (local.set $r (i32.load (i32.const 4184)))
    (call $entries (call $headers (local.get $r)) (i32.const 4224))
    (call $consume (local.get $r) (i32.const 4232))
    (call $stream (i32.load (i32.const 4236)) (i32.const 4240))
    (call $read (i32.load (i32.const 4244)) (i64.const 65536) (i32.const 4248))
    (call $set (i32.const 3002) (i32.const 3)
        (i32.const 0) (i32.mul (memory.size) (i32.const 65536)) (i32.const 4288))
    i32.const 1024"#;

const MANIFEST: &str = r#"
id = "dump"
name = "Dump"
version = "1.0.0"
vendor = "Tests"
contract = "homeroom:sis@0.1.0"
[auth]
schemes = ["bearer", "basic"]
default = "bearer"
[http]
hosts = ["{endpoint}"]
[read]
collections = ["orgs"]
"#;

fn dumper() -> Vec<u8> {
    let items = r#"(data (i32.const 3000) "/xall")"#;
    component_of(&core(IMPORTS, items, READ), WORLD, Some(MANIFEST))
}

/// Answers every request with what it was sent; says its address.
fn parrot() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { break };
            let mut asked = Vec::new();
            let mut byte = [0];
            while !asked.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n > 0) {
                asked.push(byte[0]);
            }
            let asked = String::from_utf8_lossy(&asked).into_owned();
            let given = asked
                .lines()
                .find(|line| line.to_ascii_lowercase().starts_with("authorization:"))
                .unwrap_or_default()
                .to_owned();
            let body = format!("what a body: {asked} {SECRET} {PAIR}");
            let head = format!(
                "HTTP/1.1 200 OK\r\nx-given: {given}\r\nx-kept: a header\r\nset-cookie: a=b\r\n\
                 connection: close\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).ok();
            stream.write_all(body.as_bytes()).ok();
        }
    });
    format!("http://{address}")
}

fn limits() -> Limits {
    Limits {
        storage_value_bytes: 1 << 20,
        storage_bytes: 4 << 20,
        ..small()
    }
}

fn config(component: &[u8], scheme: Scheme) -> SessionConfig {
    let inspection = inspect(component).expect("admitted");
    let settings = ConnectionSettings {
        integration: "north".into(),
        endpoint: parrot(),
        auth: Some(scheme),
        client_id: Some("anna".into()),
        client_secret: Some(SECRET.into()),
        allow_private_network: true,
        allow_insecure_http: true,
        ..ConnectionSettings::default()
    };
    let approval = Approval::everything(&inspection);
    SessionConfig {
        integration: "north".into(),
        connected: connect(&inspection.manifest, &approval, &settings).expect("a connection"),
        started: jiff::Timestamp::from_second(1_800_000_000).expect("an instant"),
        files: None,
        storage: [("before".to_owned(), b"stored".to_vec())].into(),
        observer: Arc::new(NoObserver),
        pace: Pace::default(),
        egress: Egress::new(EgressConfig::default()).expect("an egress"),
    }
}

fn dump(page: &Page) -> Vec<u8> {
    let [(key, Some(memory))] = &page.storage_writes[..] else {
        panic!("one value");
    };
    assert_eq!(key, "all");
    memory.clone()
}

fn holds(memory: &[u8], text: &str) -> bool {
    memory
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn the_whole_memory_of_a_guest_holds_no_credential() {
    let component = dumper();
    let sandbox = Sandbox::new(limits()).expect("an engine");
    let adapter = sandbox.compile_and_load(&component).expect("compiles");
    for scheme in [Scheme::Bearer, Scheme::Basic] {
        let session = Session::new(&adapter, config(&component, scheme));
        let page = session.read(&orgs()).await.expect("a page");
        let memory = dump(&page);
        assert_eq!(memory.len(), 128 * 1024);
        // It has taken in what the server said.
        for part in [
            "what a body: GET /x",
            "x-kept",
            "a header",
            "http://127.0.0.1:",
            "*****",
        ] {
            assert!(holds(&memory, part), "{part}");
        }
        for credential in [SECRET, PAIR, "battery", "set-cookie", "Y29ycmVjdC1ob3JzZS"] {
            assert!(!holds(&memory, credential), "{scheme}: {credential}");
        }
        let codes: Vec<_> = page.findings.iter().map(|f| f.code.as_str()).collect();
        assert_eq!(codes, ["credential-echo"]);
    }
}

/// The dump is part of the page, so it is compared to the byte, too.
#[tokio::test]
async fn a_replay_gives_the_guest_the_same_memory() {
    let component = dumper();
    let sandbox = Sandbox::new(limits()).expect("an engine");
    let adapter = sandbox.compile_and_load(&component).expect("compiles");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("r");
    let recorder = Recorder::create(&file).expect("a new file");
    let config = config(&component, Scheme::Basic);
    let session = Session::recorded(&adapter, config, recorder.clone());
    let page = session.read(&orgs()).await.expect("a page");
    recorder.finish().expect("written");

    let recording = Arc::new(Recording::open(&file).expect("readable"));
    let Some(Outcome::Page(recorded)) = &recording.calls()[0].outcome else {
        panic!("a page");
    };
    // What is on record is what the guest saw.
    let exchange = &recording.calls()[0].exchanges[0];
    let Answer::Response { body, masked, .. } = &exchange.answer else {
        panic!("an answer");
    };
    assert!(masked);
    assert!(exchange.headers.is_empty(), "nothing that the host added");
    let said = recording.blob(body.as_ref()).expect("there");
    assert!(holds(&said, "what a body") && !holds(&said, SECRET) && !holds(&said, PAIR));

    let replay = Replay::new(&adapter, recording.clone());
    let again = replay.read(&orgs()).await.expect("readable");
    assert!(again.requests.is_empty(), "{:?}", again.requests);
    let again = again.result.expect("a page");
    assert_eq!(dump(&again), dump(&page));
    assert_eq!(again.findings, page.findings);
    let again = homeroom_sandbox::recording::RecordedPage::from(&again);
    assert_eq!(*recorded, again);
    assert_eq!(recorded.digest(), again.digest());
    // A page that was not recorded has no answers.
    let mut other = orgs();
    other.page_size += 1;
    let other = replay.read(&other).await.expect("readable");
    assert_eq!(other.requests[0].kind.code(), "from-another-call");
}
