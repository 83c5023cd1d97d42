//! Small adapters as the sandbox's tests run them: a session of one, and its
//! pages. What they are made of is in the crate `guests`.

#![allow(dead_code, reason = "each test file uses its part")]

use std::sync::{Arc, Mutex};

#[allow(unused_imports, reason = "each test file uses its part")]
pub use guests::{MANIFEST, World, append_section, component, component_of, core};

use homeroom_roster::record::Collection;
use homeroom_sandbox::{
    Approval, CallError, Connected, ConnectionSettings, Egress, EgressConfig, Limits, LogLevel,
    NoObserver, Observer, Pace, Page, PageRequest, Sandbox, Scheme, Session, SessionConfig,
    connect, inspect,
};

/// Remembers log lines.
#[derive(Default)]
pub struct Lines(pub Mutex<Vec<(LogLevel, String)>>);

impl Observer for Lines {
    fn log(&self, level: LogLevel, line: &str) {
        self.0
            .lock()
            .expect("no panic")
            .push((level, line.to_owned()));
    }
}

pub struct Guest {
    pub session: Session,
    pub sandbox: Sandbox,
}

fn connected(component: &[u8]) -> Connected {
    let inspection = inspect(component).expect("admitted");
    let settings = ConnectionSettings {
        integration: "north".into(),
        endpoint: "https://sis.example.org".into(),
        auth: Some(Scheme::None),
        ..ConnectionSettings::default()
    };
    connect(
        &inspection.manifest,
        &Approval::everything(&inspection),
        &settings,
    )
    .expect("a connection")
}

pub fn session_with(
    component: &[u8],
    limits: Limits,
    observer: Arc<dyn Observer>,
    storage: &[(&str, &[u8])],
) -> Guest {
    let sandbox = Sandbox::new(limits).expect("an engine");
    let adapter = sandbox.compile_and_load(component).expect("compiles");
    let storage = storage
        .iter()
        .map(|(k, v)| ((*k).to_owned(), v.to_vec()))
        .collect();
    let config = SessionConfig {
        integration: "north".into(),
        connected: connected(component),
        started: jiff::Timestamp::from_second(1_800_000_000).expect("an instant"),
        storage,
        files: None,
        observer,
        pace: Pace::default(),
        egress: Egress::new(EgressConfig::default()).expect("an egress"),
    };
    Guest {
        session: Session::new(&adapter, config),
        sandbox,
    }
}

/// Small enough for many engines at once in a test.
pub fn small() -> Limits {
    Limits {
        concurrent_calls: 4,
        ..Limits::default()
    }
}

pub fn session(component: &[u8], limits: Limits) -> Session {
    session_with(component, limits, Arc::new(NoObserver), &[]).session
}

pub fn orgs() -> PageRequest {
    PageRequest {
        collection: Collection::Orgs,
        cursor: None,
        changed_since: None,
        page_size: 10,
    }
}

pub async fn read(component: &[u8], limits: Limits) -> Result<Page, CallError> {
    session(component, limits).read(&orgs()).await
}
