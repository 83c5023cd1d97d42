//! The capability `files`: who sees which files, and what a manifest and an
//! endpoint of such an adapter must look like.

#[allow(
    unreachable_pub,
    reason = "a module of helpers that several tests share"
)]
mod guest;

use std::io;
use std::sync::Arc;

use guest::{World, component_of, core, orgs, small};
use homeroom_sandbox::{
    Approval, ConnectError, Connected, ConnectionSettings, Egress, EgressConfig, FileSource,
    ImportClass, Manifest, NoObserver, Pace, Sandbox, Scheme, Session, SessionConfig, connect,
    inspect,
};

const MANIFEST: &str = r#"
id = "tiny-files"
name = "Tiny"
version = "1.0.0"
vendor = "Tests"
contract = "homeroom:sis@0.1.0"
[auth]
schemes = ["sftp-password", "sftp-key", "none"]
default = "sftp-password"
[files]
sources = ["sftp", "zip"]
names = ["*.csv"]
[read]
collections = ["orgs"]
"#;

const IMPORTS: &str = r#"
    (import "homeroom:sis/files@0.1.0" "list" (func $list (param i32)))
    (import "homeroom:sis/files@0.1.0" "read" (func $get (param i32 i32 i64 i32 i32)))"#;

/// One file of three bytes, called `a.csv`.
struct One;

impl FileSource for One {
    fn list(&self) -> Vec<(String, u64)> {
        vec![("a.csv".to_owned(), 3)]
    }

    fn read(&self, name: &str, offset: u64, length: usize) -> io::Result<Option<Vec<u8>>> {
        let bytes = b"abc".iter().skip(offset as usize).take(length);
        Ok((name == "a.csv").then(|| bytes.copied().collect()))
    }
}

/// An adapter that crashes unless there are `files` files, and unless reading
/// `length` bytes of the first from the second on ends with `outcome` (0: bytes).
fn component(files: u32, length: u32, outcome: u32, manifest: &str) -> Vec<u8> {
    let first = "(i32.load (i32.const 2048))";
    let read = format!(
        "(call $list (i32.const 2048))
         (if (i32.ne (i32.load (i32.const 2052)) (i32.const {files})) (then unreachable))
         (if (i32.const {files}) (then
            (call $get (i32.load {first}) (i32.load offset=4 {first}) (i64.const 1) (i32.const {length}) (i32.const 3072))
            (if (i32.ne (i32.load8_u (i32.const 3072)) (i32.const {outcome})) (then unreachable))
            (if (i32.and (i32.eqz (i32.const {outcome})) (i32.ne (i32.load (i32.const 3080)) (i32.const 2))) (then unreachable))))
         i32.const 1024"
    );
    component_of(&core(IMPORTS, "", &read), World::default(), Some(manifest))
}

fn settings(endpoint: &str) -> ConnectionSettings {
    ConnectionSettings {
        integration: "north".into(),
        endpoint: endpoint.into(),
        ..ConnectionSettings::default()
    }
}

fn connected(endpoint: &str) -> Result<Connected, ConnectError> {
    let manifest = Manifest::parse(MANIFEST).expect("a manifest");
    connect(&manifest, &Approval::default(), &settings(endpoint))
}

fn session(component: &[u8], files: Option<Arc<dyn FileSource>>) -> Session {
    let inspection = inspect(component).expect("admitted");
    let endpoint = match inspection.manifest.files {
        Some(_) => "sftp://sis.example.org/roster",
        None => "https://sis.example.org",
    };
    let approval = Approval::everything(&inspection);
    let connected = connect(&inspection.manifest, &approval, &settings(endpoint));
    let sandbox = Sandbox::new(small()).expect("an engine");
    let adapter = sandbox.compile_and_load(component).expect("compiles");
    let config = SessionConfig {
        integration: "north".into(),
        connected: connected.expect("a connection"),
        started: jiff::Timestamp::UNIX_EPOCH,
        storage: Default::default(),
        files,
        observer: Arc::new(NoObserver),
        pace: Pace::default(),
        egress: Egress::new(EgressConfig::default()).expect("an egress"),
    };
    Session::new(&adapter, config)
}

#[tokio::test]
async fn an_adapter_reads_its_files_and_no_more_than_a_mebibyte_at_once() {
    for (length, outcome) in [(100, 0), (1 << 20, 0), ((1 << 20) + 1, 1)] {
        let component = component(1, length, outcome, MANIFEST);
        let session = session(&component, Some(Arc::new(One)));
        session.read(&orgs()).await.expect("a page");
    }
}

#[tokio::test]
async fn without_files_or_without_asking_for_them_there_are_none() {
    let none = component(0, 1, 0, MANIFEST);
    session(&none, None).read(&orgs()).await.expect("a page");
    let unasked = component(0, 1, 0, guest::MANIFEST);
    let session = session(&unasked, Some(Arc::new(One)));
    session.read(&orgs()).await.expect("a page");
}

#[test]
fn the_import_is_told_as_one_that_works() {
    let inspection = inspect(&component(0, 1, 0, MANIFEST)).expect("admitted");
    let import = inspection
        .imports
        .iter()
        .find(|i| i.name.contains("/files"));
    assert_eq!(import.map(|i| i.class), Some(ImportClass::Granted));
}

#[test]
fn an_endpoint_of_files_is_a_server_and_a_path() {
    for (endpoint, server, path) in [
        ("sftp://Sis.Example.org/a/b", "sis.example.org:22", "/a/b"),
        (
            "sftp://sis.example.org:2222/~/drop",
            "sis.example.org:2222",
            "drop",
        ),
        ("sftp://sis.example.org", "sis.example.org:22", ""),
        (
            "sftp://sis.example.org/Roster%201.zip",
            "sis.example.org:22",
            "/Roster 1.zip",
        ),
    ] {
        let connected = connected(endpoint).expect(endpoint);
        let files = connected.files.expect("a place");
        assert_eq!((files.server.as_str(), files.path.as_str()), (server, path));
        assert_eq!(connected.scheme, Scheme::SftpPassword);
    }
    for endpoint in [
        "https://sis.example.org/a",
        "sftp://me:pw@sis.example.org/a",
        "sftp:///a",
        "sftp://h/a?b",
        "sftp://h/%ff",
        "x",
    ] {
        let error = connected(endpoint).expect_err(endpoint);
        assert_eq!(error.code(), "invalid-endpoint");
    }
}

#[test]
fn a_manifest_of_files_is_checked() {
    let refused = |from: &str, to: &str| {
        let text = MANIFEST.replace(from, to);
        assert_ne!(text, MANIFEST);
        Manifest::parse(&text).expect_err(to)
    };
    assert!(refused("[\"*.csv\"]", "[\"../*\"]").contains("files.names"));
    assert!(refused("[\"*.csv\"]", "[]").contains("files.names"));
    assert!(refused("[\"sftp\", \"zip\"]", "[]").contains("files.sources"));
    assert!(refused("\"none\"]", "\"basic\"]").contains("auth.schemes"));
    assert!(
        refused(
            "[files]\nsources = [\"sftp\", \"zip\"]\nnames = [\"*.csv\"]",
            ""
        )
        .contains("http.hosts")
    );
}
