//! What the store's tests share: a store in a directory of its own, short ways
//! to make providers, runs and pages, and rosters made at random.
#![allow(dead_code, reason = "each test uses its part")]
#![allow(missing_docs, unreachable_pub, reason = "tests")]

pub mod rosters;

use std::path::Path;

use homeroom_roster::plan::Plan;
use homeroom_roster::record::{Collection, Extent};
use homeroom_roster::settings::{ProviderKind, Settings};
use homeroom_roster::state::{ProviderKey, RunKey};
use homeroom_store::{
    KeySource, NewProvider, NewRun, ProviderState, RunCommit, RunEnd, RunKind, RunStatus,
    SourceSwitch, StagedPage, Store, Tenant,
};
use jiff::Timestamp;
use serde_json::{Value, json};

pub const KEY: [u8; 32] = [7; 32];

pub async fn store(dir: &Path) -> Store {
    Store::open_with(dir, KeySource::Given(KEY))
        .await
        .expect("the store opens")
}

pub async fn tenant(dir: &Path) -> Tenant {
    store(dir)
        .await
        .tenant("default")
        .await
        .expect("the tenant opens")
}

pub fn new_provider(name: &str) -> NewProvider {
    NewProvider {
        name: name.to_owned(),
        kind: ProviderKind::Sis,
        state: ProviderState::Enabled,
        settings: Settings::default(),
        read: json!({"page-size": 5000}),
        connection: json!({"endpoint": "https://sis.example.org"}),
        identity: Some(format!("oneroster|https://{name}.example.org")),
        secret: None,
    }
}

pub async fn provider(tenant: &Tenant, name: &str) -> ProviderKey {
    tenant
        .add_provider(&new_provider(name))
        .await
        .expect("the provider is added")
}

pub fn new_run(provider: ProviderKey) -> NewRun {
    NewRun {
        provider: Some(provider),
        kind: RunKind::Sync,
        preview: false,
        changed_since: None,
        undoes: None,
        started: "2026-03-04T05:06:07.123456789Z".parse().expect("a time"),
        adapter: Some("sha256:aa".to_owned()),
        fingerprint: Some("f1".to_owned()),
        provider_revision: 0,
        settings: Value::Null,
    }
}

pub async fn run(tenant: &Tenant, provider: ProviderKey) -> RunKey {
    tenant
        .create_run(&new_run(provider))
        .await
        .expect("the run begins")
}

pub fn end(status: RunStatus) -> RunEnd {
    RunEnd {
        status,
        code: None,
        detail: None,
        finished: Timestamp::now(),
        report: json!({"seconds": 1}),
    }
}

pub fn page(collection: Collection, records: &[u8]) -> StagedPage {
    StagedPage {
        collection,
        cursor: None,
        next: Vec::new(),
        records: records.to_vec(),
        count: 1,
        received: 1,
        total: None,
        findings: Vec::new(),
        extent: Extent::Whole,
        storage_writes: Vec::new(),
        stats: Value::Null,
    }
}

/// A commit of a plan and nothing else.
pub fn commit<'a>(
    run: RunKey,
    base_version: u64,
    plan: &'a Plan,
    end: &'a RunEnd,
) -> RunCommit<'a> {
    RunCommit {
        run,
        base_version,
        plan,
        source: SourceSwitch::Keep,
        findings: None,
        unmatched: None,
        success: true,
        undoes: None,
        end,
    }
}

/// Commits a plan as a run of its own; returns the run and the new version.
pub async fn apply(
    tenant: &Tenant,
    provider: ProviderKey,
    base_version: u64,
    plan: &Plan,
) -> (RunKey, u64) {
    let run = run(tenant, provider).await;
    let end = end(RunStatus::Succeeded);
    let version = tenant
        .commit(&commit(run, base_version, plan, &end))
        .await
        .expect("the plan is committed");
    (run, version)
}
