//! A sandbox with a way out, sessions in it, and the honest neighbour.

use std::sync::Arc;
use std::time::Duration;

use homeroom_roster::codec;
use homeroom_roster::record::Org;
use homeroom_sandbox::{
    Approval, CallError, ConnectionSettings, Egress, EgressConfig, Limits, NoObserver, Observer,
    Pace, Page, RetryPolicy, Sandbox, Scheme, Session, SessionConfig, connect, inspect,
};

use crate::guest::{component, orgs};

/// Everything that sessions share.
pub(crate) struct Host {
    pub(crate) sandbox: Sandbox,
    pub(crate) egress: Egress,
}

impl Host {
    pub(crate) fn new(limits: Limits, config: EgressConfig) -> Host {
        Host {
            sandbox: Sandbox::new(limits).expect("an engine"),
            egress: Egress::new(config).expect("an egress"),
        }
    }

    /// A session of `component`, connected to `endpoint` as the operator
    /// allowed it.
    pub(crate) fn session(
        &self,
        component: &[u8],
        endpoint: &str,
        private: bool,
        observer: Arc<dyn Observer>,
    ) -> Session {
        let inspection = inspect(component).expect("admitted");
        let settings = ConnectionSettings {
            integration: "north".into(),
            endpoint: endpoint.into(),
            auth: Some(Scheme::None),
            allow_private_network: private,
            allow_insecure_http: true,
            ..ConnectionSettings::default()
        };
        let approval = Approval::everything(&inspection);
        let connected = connect(&inspection.manifest, &approval, &settings).expect("a connection");
        let adapter = self.sandbox.compile_and_load(component).expect("compiles");
        let config = SessionConfig {
            integration: "north".into(),
            connected,
            started: jiff::Timestamp::from_second(1_800_000_000).expect("an instant"),
            files: None,
            storage: [("kept".to_owned(), b"mine".to_vec())].into(),
            observer,
            pace: Pace::default(),
            egress: self.egress.clone(),
        };
        Session::new(&adapter, config)
    }

    /// Reads a page of a component that needs no server.
    pub(crate) async fn read(&self, component: &[u8]) -> Result<Page, CallError> {
        self.session(
            component,
            "https://sis.example.org",
            false,
            Arc::new(NoObserver),
        )
        .read(&orgs())
        .await
    }

    /// Reads a page of a component that asks the server at `endpoint`.
    pub(crate) async fn ask(&self, component: &[u8], endpoint: &str) -> Result<Page, CallError> {
        self.session(component, endpoint, true, Arc::new(NoObserver))
            .read(&orgs())
            .await
    }

    /// The neighbour's page is what it always is.
    pub(crate) async fn neighbour_is_well(&self, when: &str) {
        let page = self.read(&neighbour()).await;
        let page = page.unwrap_or_else(|e| panic!("the neighbour failed {when}: {e}"));
        is_the_neighbours(&page, when);
    }
}

/// Small enough for many engines at once in a test.
pub(crate) fn limits() -> Limits {
    Limits {
        concurrent_calls: 4,
        ..Limits::default()
    }
}

/// Gives up soon.
pub(crate) fn hasty() -> EgressConfig {
    EgressConfig {
        connect_time: Duration::from_secs(2),
        answer_time: Duration::from_millis(300),
        pause_time: Duration::from_millis(300),
        retry: RetryPolicy {
            attempts: 2,
            first_wait: Duration::from_millis(1),
            longest_wait: Duration::from_secs(1),
            all_waits: Duration::from_secs(1),
        },
        ..EgressConfig::default()
    }
}

/// An adapter that means well: one page with one school.
pub(crate) fn neighbour() -> Vec<u8> {
    component(
        "",
        r#"(data (i32.const 2048) "s-1North School")"#,
        &format!("{} i32.const 1024", one_org((2048, 3), (2051, 12))),
    )
}

/// Instructions for a page of one org at 4096 with this id and name.
pub(crate) fn one_org(id: (u32, u32), name: (u32, u32)) -> String {
    org_at(4096, id, name) + &list(4096, 1)
}

/// Instructions for an org of 88 bytes.
pub(crate) fn org_at(at: u32, id: (u32, u32), name: (u32, u32)) -> String {
    [
        (at, id.0),
        (at + 4, id.1),
        (at + 32, name.0),
        (at + 36, name.1),
    ]
    .map(|(at, value)| store(at, value))
    .concat()
}

/// Instructions for a page of so many records from `at` on.
pub(crate) fn list(at: u32, count: u32) -> String {
    store(1036, at) + &store(1040, count) + &store(1044, count)
}

/// Instructions for a page with so many next cursors, whose list is at `at`.
pub(crate) fn next(at: u32, count: u32) -> String {
    store(1048, at) + &store(1052, count)
}

/// Instructions for a page with so many findings, whose list is at `at`.
pub(crate) fn findings(at: u32, count: u32) -> String {
    store(1072, at) + &store(1076, count)
}

pub(crate) fn store(at: u32, value: u32) -> String {
    format!("(i32.store (i32.const {at}) (i32.const {value})) ")
}

pub(crate) fn is_the_neighbours(page: &Page, when: &str) {
    let orgs: Vec<Org> = codec::records(&page.records)
        .collect::<Result<_, _>>()
        .expect("readable");
    let names: Vec<_> = orgs.iter().map(|o| (o.sourced_id, o.name)).collect();
    assert_eq!(names, [("s-1", "North School")], "{when}");
    assert!(page.findings.is_empty(), "{when}: {:?}", page.findings);
}
