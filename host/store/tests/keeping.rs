//! What outlives what: edits beside runs, an adapter's storage, what an undo
//! restores, and how long old runs are kept.

mod common;

use std::collections::BTreeMap;

use common::{commit, end, new_run, page};
use homeroom_roster::finding::{Effect, Finding, Severity};
use homeroom_roster::outcome::Unmatched;
use homeroom_roster::plan::{Changes, Plan};
use homeroom_roster::record::Collection;
use homeroom_roster::state::{
    Assignments, Attributes, NextKeys, Origin, ProviderKey, RunKey, Status, User, UserKey,
};
use homeroom_store::{
    Event, Level, NewRun, RequestRow, Retention, RunCommit, RunKind, RunStatus, SourceSwitch,
    Tenant,
};
use jiff::{SignedDuration, Timestamp};
use sqlx::{Connection, SqliteConnection};

async fn fixture() -> (tempfile::TempDir, Tenant, ProviderKey) {
    let dir = tempfile::tempdir().expect("a directory");
    let tenant = common::tenant(dir.path()).await;
    let provider = common::provider(&tenant, "sis").await;
    (dir, tenant, provider)
}

/// A plan that makes one user.
fn one_user(key: u32) -> Plan {
    let user = User {
        key: UserKey(key),
        id: format!("u{key}").into(),
        status: Status::Active,
        enabled: true,
        roles: Default::default(),
        attributes: Attributes::default(),
        orgs: Vec::new(),
        assignments: Assignments::default(),
        primary_org: None,
    };
    Plan {
        users: Changes {
            created: vec![user],
            ..Changes::default()
        },
        next: NextKeys {
            user: key + 1,
            ..NextKeys::default()
        },
        ..Plan::default()
    }
}

fn person(id: &str) -> Unmatched {
    Unmatched {
        origin: Origin {
            provider: ProviderKey(1),
            sourced_id: id.into(),
        },
        email: None,
        given_name: None,
        family_name: None,
        roles: Default::default(),
        reason: "no-email".into(),
    }
}

/// Begins a run and stages a page that writes this to the adapter's storage.
async fn begin(tenant: &Tenant, new: &NewRun, writes: &[(&str, Option<&str>)]) -> RunKey {
    let run = tenant.create_run(new).await.expect("a run");
    let mut sent = page(Collection::Orgs, run.0.to_string().as_bytes());
    sent.storage_writes = owned(writes);
    tenant.stage(run, sent).await.expect("staged");
    run
}

fn owned(writes: &[(&str, Option<&str>)]) -> Vec<(String, Option<Vec<u8>>)> {
    let owned = |(key, value): &(&str, Option<&str>)| {
        (
            (*key).to_owned(),
            value.map(|value| value.as_bytes().to_vec()),
        )
    };
    writes.iter().map(owned).collect()
}

async fn storage(tenant: &Tenant, provider: ProviderKey) -> BTreeMap<String, String> {
    let stored = tenant.adapter_storage(provider).await.expect("storage");
    let text = |value| String::from_utf8(value).expect("text");
    stored.into_iter().map(|(k, v)| (k, text(v))).collect()
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(k, v): &(&str, &str)| ((*k).to_owned(), (*v).to_owned());
    pairs.iter().map(owned).collect()
}

/// Commits a run with its source and this list of the unmatched.
async fn land(tenant: &Tenant, run: RunKey, version: u64, plan: &Plan, list: &[Unmatched]) -> u64 {
    let end = end(RunStatus::Succeeded);
    tenant
        .commit(&RunCommit {
            source: SourceSwitch::Replace,
            unmatched: Some(list),
            ..commit(run, version, plan, &end)
        })
        .await
        .expect("committed")
}

#[tokio::test]
async fn a_full_read_that_is_asked_for_during_a_run_is_still_to_come() {
    let (_dir, tenant, provider) = fixture().await;
    let row = tenant.provider("sis").await.expect("it");
    let new = NewRun {
        provider_revision: row.revision,
        ..new_run(provider)
    };
    let run = begin(&tenant, &new, &[]).await;
    tenant
        .save_provider(&row, Some("oneroster|https://elsewhere.example.org"), None)
        .await
        .expect("edited");
    land(&tenant, run, 0, &Plan::default(), &[]).await;
    let row = tenant.provider("sis").await.expect("it");
    assert!(row.full_read_needed, "the run read the old endpoint");

    let new = NewRun {
        provider_revision: row.revision,
        ..new_run(provider)
    };
    let run = begin(&tenant, &new, &[]).await;
    land(&tenant, run, 0, &Plan::default(), &[]).await;
    assert!(!tenant.provider("sis").await.expect("it").full_read_needed);
}

#[tokio::test]
async fn an_edit_waits_for_another_s() {
    let (dir, tenant, _) = fixture().await;
    let held = tenant.lock_providers().await.expect("free");
    let other = common::tenant(dir.path()).await;
    let waiting = tokio::spawn(async move { other.lock_providers().await });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    drop(held);
    waiting.await.expect("it ends").expect("it is free now");
}

#[tokio::test]
async fn another_source_begins_with_an_empty_storage() {
    let (_dir, tenant, provider) = fixture().await;
    let run = begin(&tenant, &new_run(provider), &[("base", Some("v1p1"))]).await;
    land(&tenant, run, 0, &Plan::default(), &[]).await;
    let mut row = tenant.provider("sis").await.expect("it");
    let identity = common::new_provider("sis").identity;
    row.settings.classrooms = false;
    tenant
        .save_provider(&row, identity.as_deref(), None)
        .await
        .expect("edited");
    assert_eq!(storage(&tenant, provider).await, map(&[("base", "v1p1")]));

    let old = begin(&tenant, &new_run(provider), &[("base", Some("old"))]).await;
    let row = tenant.provider("sis").await.expect("it");
    tenant
        .save_provider(&row, Some("powerschool|https://sis.example.org"), None)
        .await
        .expect("edited");
    assert!(storage(&tenant, provider).await.is_empty());
    // What a run of the old source wrote does not reach the new one.
    land(&tenant, old, 0, &Plan::default(), &[]).await;
    assert!(storage(&tenant, provider).await.is_empty());
}

#[tokio::test]
async fn storage_writes_count_in_the_order_of_their_places() {
    let (_dir, tenant, provider) = fixture().await;
    let run = common::run(&tenant, provider).await;
    let pages = [
        (Collection::Users, None, "users, first"),
        (Collection::Orgs, Some("b"), "orgs, b"),
        (Collection::Orgs, None, "orgs, first"),
        (Collection::Users, Some("b"), "users, b"),
        (Collection::Users, Some("a"), "users, a"),
    ];
    for (collection, cursor, value) in pages {
        let mut sent = page(collection, value.as_bytes());
        sent.cursor = cursor.map(str::to_owned);
        let own = format!("{} {}", collection.name(), cursor.unwrap_or_default());
        sent.storage_writes = owned(&[("last", Some(value)), (&own, Some("x"))]);
        tenant.stage(run, sent).await.expect("staged");
    }
    let writes = tenant.storage_writes(run).await.expect("writes");
    let last: Vec<_> = writes
        .iter()
        .filter(|(key, _)| key == "last")
        .map(|(_, value)| String::from_utf8(value.clone().expect("set")).expect("text"))
        .collect();
    let order = [
        "orgs, first",
        "orgs, b",
        "users, first",
        "users, a",
        "users, b",
    ];
    assert_eq!(last, order);
    let after = tenant.adapter_storage_after(provider, run).await;
    let after = after.expect("the merged storage");
    land(&tenant, run, 0, &Plan::default(), &[]).await;
    assert_eq!(storage(&tenant, provider).await["last"], "users, b");
    assert_eq!(tenant.adapter_storage(provider).await.expect("it"), after);
}

#[tokio::test]
async fn an_undo_restores_the_unmatched_and_the_adapter_s_storage() {
    let (_dir, tenant, provider) = fixture().await;
    let writes = [("kept", Some("1")), ("changed", Some("1"))];
    let first = begin(&tenant, &new_run(provider), &writes).await;
    let version = land(&tenant, first, 0, &one_user(0), &[person("a")]).await;
    let writes = [("changed", Some("2")), ("new", Some("2")), ("kept", None)];
    let second = begin(&tenant, &new_run(provider), &writes).await;
    let version = land(&tenant, second, version, &one_user(1), &[person("b")]).await;
    // A run that changes nothing may still write and list.
    let third = begin(&tenant, &new_run(provider), &[("new", Some("3"))]).await;
    let version = land(&tenant, third, version, &Plan::default(), &[person("c")]).await;

    let undo = async |undone: RunKey, version: u64| {
        let plan = tenant.plan(undone).await.expect("no error");
        let new = NewRun {
            kind: RunKind::Undo,
            undoes: Some(undone),
            ..new_run(provider)
        };
        let run = tenant.create_run(&new).await.expect("a run");
        let end = end(RunStatus::Succeeded);
        tenant
            .commit(&RunCommit {
                success: false,
                undoes: Some(undone),
                ..commit(run, version, &plan.expect("its plan").inverse(), &end)
            })
            .await
            .expect("undone")
    };
    let version = undo(second, version).await;
    let one = map(&[("changed", "1"), ("kept", "1")]);
    assert_eq!(storage(&tenant, provider).await, one);
    assert_eq!(tenant.unmatched().await.expect("a list"), [person("a")]);

    // A run after the undo goes on from there, and can be undone in turn.
    let again = begin(&tenant, &new_run(provider), &[("changed", Some("4"))]).await;
    let version = land(&tenant, again, version, &one_user(2), &[person("d")]).await;
    let version = undo(again, version).await;
    assert_eq!(storage(&tenant, provider).await, one);
    assert_eq!(tenant.unmatched().await.expect("a list"), [person("a")]);
    undo(first, version).await;
    assert!(storage(&tenant, provider).await.is_empty());
    assert!(tenant.unmatched().await.expect("a list").is_empty());
}

const TABLES: [&str; 13] = [
    "runs",
    "events",
    "requests",
    "pages",
    "blobs",
    "sources",
    "plan_chunks",
    "finding_chunks",
    "finding_counts",
    "unmatched_chunks",
    "storage_before",
    "adapter_storage",
    "acts",
];

async fn rows(dir: &tempfile::TempDir) -> BTreeMap<&'static str, i64> {
    let path = dir.path().join("tenants/default.db");
    let mut database = SqliteConnection::connect(&format!("sqlite://{}", path.display()))
        .await
        .expect("the database opens");
    let mut counts = BTreeMap::new();
    for table in TABLES {
        let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let count = sqlx::query_scalar(count).fetch_one(&mut database).await;
        counts.insert(table, count.expect("a count"));
    }
    counts
}

/// One night: a run of some kind, with everything a run leaves behind.
async fn night(tenant: &Tenant, provider: ProviderKey, number: u32, started: Timestamp) {
    let previewed = number % 7 == 3;
    let new = NewRun {
        started,
        preview: previewed,
        ..new_run(provider)
    };
    let value = number.to_string();
    let run = begin(tenant, &new, &[("since", Some(&value))]).await;
    let event = Event {
        time: started,
        level: Level::Info,
        text: "reading".to_owned(),
    };
    tenant.log(run, &[event]).await.expect("logged");
    let request = RequestRow {
        time: started,
        method: "GET".to_owned(),
        origin: "https://sis.example.org".to_owned(),
        path: "/orgs".to_owned(),
        status: Some(200),
        bytes: 1,
        elapsed_ms: 1,
        attempt: 1,
        error: None,
        token: false,
    };
    tenant.audit(run, &[request]).await.expect("recorded");
    tenant.act("looked").await.expect("written");
    let finding = Finding {
        code: "missing-reference".into(),
        severity: Severity::Error,
        effect: Effect::Failed,
        provider: Some(provider),
        entity: None,
        sourced_id: None,
        field: None,
        detail: "x".into(),
    };
    let version = tenant.state_version().await.expect("a version");
    let changes = one_user(number);
    let (status, plan) = match number % 5 {
        1 => (RunStatus::Held, &changes),
        2 => (RunStatus::Failed, &changes),
        3 => (RunStatus::Succeeded, &Plan::default()),
        _ => (RunStatus::Succeeded, &changes),
    };
    let end = end(status);
    let findings = std::slice::from_ref(&finding);
    let list = [person(&value)];
    match status {
        RunStatus::Failed => {
            tenant.save_findings(run, findings).await.expect("saved");
            tenant.end_run(run, &end).await.expect("ended");
        }
        RunStatus::Succeeded if !previewed => {
            let commit = RunCommit {
                source: SourceSwitch::Replace,
                findings: Some(findings),
                unmatched: Some(&list),
                ..commit(run, version, plan, &end)
            };
            tenant.commit(&commit).await.expect("committed");
        }
        _ => {
            let saved = homeroom_store::Saved {
                findings,
                unmatched: &list,
            };
            let held = tenant.hold_run(run, plan, version, &saved, &end).await;
            held.expect("kept");
        }
    }
}

#[tokio::test]
async fn a_hundred_more_nights_take_no_more_room() {
    let (dir, tenant, provider) = fixture().await;
    let day = SignedDuration::from_hours(24);
    let keep = Retention {
        runs: 5,
        details: day * 20,
        rows: day * 60,
    };
    let begun = Timestamp::now() - day * 200;
    let mut at = BTreeMap::new();
    for number in 0..200u32 {
        let now = begun + day * (number as i32);
        night(&tenant, provider, number, now).await;
        tenant.prune(provider, &keep, now).await.expect("pruned");
        // Nights 95, 130 and so on are alike in what kind of run they are.
        if number >= 95 && number % 35 == 25 {
            at.insert(number, rows(&dir).await);
        }
    }
    let counts: Vec<_> = at.values().collect();
    assert!(counts.len() >= 3, "{at:?}");
    for later in &counts[1..] {
        for table in TABLES.iter().filter(|table| **table != "acts") {
            let (before, after) = (counts[0][table], later[table]);
            assert!(after <= before, "{table}: {before}, then {after}");
        }
    }
    let last = counts[counts.len() - 1];
    assert!(last["runs"] <= 75, "{last:?}");
    assert!(last["events"] <= 40 && last["requests"] <= 40, "{last:?}");
    assert!(last["pages"] <= 20 && last["blobs"] <= 20, "{last:?}");

    // What is promised is still there.
    let source = tenant.source_pages(provider).await.expect("pages");
    assert_eq!(source.len(), 1, "what the source says now");
    assert_eq!(tenant.unmatched().await.expect("a list").len(), 1);
    let runs = tenant.runs(Some(provider), 1_000).await.expect("runs");
    let applied = runs
        .iter()
        .filter(|run| run.committed_version.is_some() && run.committed_version != run.base_version);
    for run in applied.take(homeroom_store::KEPT_PLANS as usize) {
        let plan = tenant.plan(run.key).await.expect("no error");
        assert!(plan.is_some(), "run {} can be undone", run.key);
    }
    let dropped = runs.iter().find(|run| run.details_dropped.is_some());
    let dropped = dropped.expect("an old run without its details");
    assert_eq!(dropped.report["seconds"], 1, "its row says how it ended");
    let held = runs.iter().filter(|run| run.status == RunStatus::Held);
    assert!(held.count() <= homeroom_store::KEPT_PLANS as usize);
}

#[tokio::test]
async fn young_runs_keep_everything() {
    let (_dir, tenant, provider) = fixture().await;
    let now = Timestamp::now();
    let keep = Retention {
        runs: 1,
        details: SignedDuration::from_hours(24),
        rows: SignedDuration::from_hours(48),
    };
    for number in [0, 4, 5] {
        night(&tenant, provider, number, now).await;
    }
    tenant.prune(provider, &keep, now).await.expect("pruned");
    for run in tenant.runs(Some(provider), 10).await.expect("runs") {
        assert_eq!(run.details_dropped, None);
        let events = tenant.events(run.key).await.expect("events");
        assert_eq!(events.len(), 1, "run {}", run.key);
    }
}
