//! Runs, their pages, and which pages are current: what is kept for resuming
//! and for deciding, and what goes.

mod common;

use common::{commit, end, new_provider, new_run, page};
use homeroom_roster::finding::Severity;
use homeroom_roster::plan::Plan;
use homeroom_roster::record::{Collection, Extent};
use homeroom_roster::state::{ProviderKey, RunKey};
use homeroom_store::{
    Error, Event, Level, NewRun, PageFinding, RequestRow, RunCommit, RunStatus, SourceSwitch,
    StagedPage, Tenant,
};
use serde_json::json;

async fn fixture() -> (tempfile::TempDir, Tenant, ProviderKey) {
    let dir = tempfile::tempdir().expect("a directory");
    let tenant = common::tenant(dir.path()).await;
    let provider = common::provider(&tenant, "sis").await;
    (dir, tenant, provider)
}

/// Commits a run of the provider that changes nothing but its source.
async fn land(tenant: &Tenant, run: RunKey, source: SourceSwitch) {
    let end = end(RunStatus::Succeeded);
    tenant
        .commit(&RunCommit {
            source,
            ..commit(run, 0, &Plan::default(), &end)
        })
        .await
        .expect("committed");
}

async fn source(tenant: &Tenant, provider: ProviderKey) -> Vec<(RunKey, Vec<u8>)> {
    let mut all = Vec::new();
    for row in tenant.source_pages(provider).await.expect("pages") {
        let bytes = tenant.page_bytes(row.blob).await.expect("its records");
        assert_eq!(row.bytes, bytes.len() as u64);
        all.push((row.run, bytes));
    }
    all
}

#[tokio::test]
async fn a_page_comes_back_as_it_was_staged() {
    let (_dir, tenant, provider) = fixture().await;
    let run = common::run(&tenant, provider).await;
    let mut sent = page(Collection::AcademicSessions, &[1, 2, 3]);
    sent.cursor = Some("limit=5&offset=10".to_owned());
    sent.next = vec!["a".to_owned(), "b\"'".to_owned()];
    (sent.count, sent.received, sent.total) = (7, 9, Some(1 << 40));
    sent.stats = json!({"requests": 2});
    sent.findings = vec![PageFinding {
        severity: Severity::Error,
        code: "missing-id".to_owned(),
        sourced_id: None,
        field: Some("sourcedId".to_owned()),
        detail: "row 3 has no sourcedId".to_owned(),
    }];
    sent.storage_writes = vec![("k".to_owned(), Some(vec![0, 255])), ("l".to_owned(), None)];
    let staged = tenant.stage(run, sent.clone()).await.expect("staged");
    assert_eq!((staged.seq, staged.known), (1, false));

    let rows = tenant.staged(run).await.expect("pages");
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!(
        (row.run, row.seq, row.collection),
        (run, 1, sent.collection)
    );
    assert_eq!((&row.cursor, &row.next), (&sent.cursor, &sent.next));
    assert_eq!((row.count, row.received, row.total), (7, 9, Some(1 << 40)));
    assert_eq!((&row.stats, row.finding_count), (&sent.stats, 1));
    assert_eq!(row.format, homeroom_roster::codec::FORMAT);
    assert_eq!(
        tenant.page_bytes(row.blob).await.expect("bytes"),
        sent.records
    );
    assert_eq!(
        tenant.page_findings(run).await.expect("findings"),
        [(sent.collection, sent.findings[0].clone())]
    );
    assert_eq!(
        tenant.storage_writes(run).await.expect("writes"),
        sent.storage_writes
    );
}

#[tokio::test]
async fn pages_staged_at_once_are_all_there_and_the_same_bytes_are_stored_once() {
    let (_dir, tenant, provider) = fixture().await;
    let run = common::run(&tenant, provider).await;
    let mut staging = tokio::task::JoinSet::new();
    for number in 0..60u8 {
        let tenant = tenant.clone();
        let sent = page(Collection::Users, &[number % 20; 1000]);
        staging.spawn(async move { tenant.stage(run, sent).await.expect("staged") });
    }
    let staged = staging.join_all().await;
    assert_eq!(staged.iter().filter(|staged| !staged.known).count(), 20);
    let rows = tenant.staged(run).await.expect("pages");
    let places: Vec<u32> = rows.iter().map(|row| row.seq).collect();
    assert_eq!(places, (1..=60).collect::<Vec<_>>());
    let mut seen = [0; 20];
    for row in rows {
        let bytes = tenant.page_bytes(row.blob).await.expect("bytes");
        assert_eq!(bytes, vec![bytes[0]; 1000]);
        seen[usize::from(bytes[0])] += 1;
    }
    assert_eq!(seen, [3; 20]);
}

#[tokio::test]
async fn a_page_of_no_run_is_refused() {
    let (_dir, tenant, _) = fixture().await;
    let refused = tenant
        .stage(RunKey(99), page(Collection::Users, b"x"))
        .await;
    assert_eq!(refused.expect_err("there is no run 99").code(), "database");
}

#[tokio::test]
async fn pages_become_current_with_the_commit_and_older_ones_go() {
    let (_dir, tenant, provider) = fixture().await;
    let first = common::run(&tenant, provider).await;
    tenant
        .stage(first, page(Collection::Users, b"same"))
        .await
        .expect("staged");
    tenant
        .stage(first, page(Collection::Users, b"old"))
        .await
        .expect("staged");
    assert_eq!(source(&tenant, provider).await, []);
    land(&tenant, first, SourceSwitch::Replace).await;
    assert_eq!(
        source(&tenant, provider).await,
        [(first, b"same".to_vec()), (first, b"old".to_vec())]
    );
    let old = tenant.staged(first).await.expect("pages")[1].blob;

    let failed = common::run(&tenant, provider).await;
    tenant
        .stage(failed, page(Collection::Users, b"half"))
        .await
        .expect("staged");
    tenant
        .end_run(failed, &end(RunStatus::Failed))
        .await
        .expect("ended");
    let held = common::run(&tenant, provider).await;
    tenant
        .stage(held, page(Collection::Users, b"held"))
        .await
        .expect("staged");
    tenant
        .end_run(held, &end(RunStatus::Held))
        .await
        .expect("ended");

    let second = common::run(&tenant, provider).await;
    let again = tenant
        .stage(second, page(Collection::Users, b"same"))
        .await
        .expect("staged");
    assert!(again.known);
    land(&tenant, second, SourceSwitch::Replace).await;
    assert_eq!(
        source(&tenant, provider).await,
        [(second, b"same".to_vec())]
    );
    assert_eq!(tenant.staged(first).await.expect("pages"), []);
    assert_eq!(tenant.staged(failed).await.expect("pages"), []);
    assert!(matches!(
        tenant.page_bytes(old).await,
        Err(Error::Damaged { .. })
    ));
    assert_eq!(
        tenant.staged(held).await.expect("pages").len(),
        1,
        "nobody decided yet"
    );

    tenant
        .end_run(held, &end(RunStatus::Discarded))
        .await
        .expect("ended");
    assert_eq!(tenant.staged(held).await.expect("pages"), []);

    let delta = common::run(&tenant, provider).await;
    tenant
        .stage(
            delta,
            StagedPage {
                extent: Extent::Changes,
                ..page(Collection::Users, b"delta")
            },
        )
        .await
        .expect("staged");
    land(&tenant, delta, SourceSwitch::Extend).await;
    assert_eq!(
        source(&tenant, provider).await,
        [(second, b"same".to_vec()), (delta, b"delta".to_vec())]
    );
}

#[tokio::test]
async fn changes_lie_over_what_was_read_before_until_a_collection_is_whole_again() {
    let (_dir, tenant, provider) = fixture().await;
    let changes = |collection, records: &[u8]| StagedPage {
        extent: Extent::Changes,
        ..page(collection, records)
    };
    let runs = [
        vec![
            page(Collection::Orgs, b"orgs"),
            page(Collection::Users, b"users"),
        ],
        vec![
            changes(Collection::Orgs, b"orgs 2"),
            changes(Collection::Users, b"users 2"),
        ],
        vec![
            changes(Collection::Orgs, b"orgs 3"),
            page(Collection::Users, b"users 3"),
        ],
    ];
    let mut keys = Vec::new();
    for (number, pages) in runs.into_iter().enumerate() {
        let key = common::run(&tenant, provider).await;
        for page in pages {
            tenant.stage(key, page).await.expect("staged");
        }
        let switch = match number {
            0 => SourceSwitch::Replace,
            _ => SourceSwitch::Extend,
        };
        land(&tenant, key, switch).await;
        keys.push(key);
    }
    let [first, second, third] = keys[..] else {
        panic!("three runs")
    };
    let expected = [
        (first, b"orgs".to_vec()),
        (second, b"orgs 2".to_vec()),
        (third, b"orgs 3".to_vec()),
        (third, b"users 3".to_vec()),
    ];
    assert_eq!(source(&tenant, provider).await, expected);
    let of_source = tenant.source_runs(provider).await.expect("runs");
    let of_source: Vec<_> = of_source.iter().map(|run| run.key).collect();
    assert_eq!(of_source, keys);

    let fourth = common::run(&tenant, provider).await;
    tenant
        .stage(fourth, page(Collection::Orgs, b"orgs 4"))
        .await
        .expect("staged");
    tenant
        .forget_pages(fourth, Collection::Orgs)
        .await
        .expect("forgotten");
    assert_eq!(tenant.staged(fourth).await.expect("pages"), []);
    tenant
        .stage(fourth, page(Collection::Orgs, b"orgs 5"))
        .await
        .expect("staged");
    land(&tenant, fourth, SourceSwitch::Replace).await;
    assert_eq!(
        source(&tenant, provider).await,
        [(fourth, b"orgs 5".to_vec())]
    );
}

#[tokio::test]
async fn one_providers_commit_leaves_anothers_pages() {
    let (_dir, tenant, provider) = fixture().await;
    let other = common::provider(&tenant, "other").await;
    let (ours, theirs) = (
        common::run(&tenant, provider).await,
        common::run(&tenant, other).await,
    );
    tenant
        .stage(ours, page(Collection::Users, b"shared"))
        .await
        .expect("staged");
    tenant
        .stage(theirs, page(Collection::Users, b"shared"))
        .await
        .expect("staged");
    tenant
        .end_run(theirs, &end(RunStatus::Failed))
        .await
        .expect("ended");
    land(&tenant, ours, SourceSwitch::Replace).await;
    let next = common::run(&tenant, provider).await;
    land(&tenant, next, SourceSwitch::Replace).await;
    let row = &tenant.staged(theirs).await.expect("pages")[0];
    assert_eq!(
        tenant.page_bytes(row.blob).await.expect("still there"),
        b"shared"
    );
}

#[tokio::test]
async fn storage_writes_count_from_the_commit_on() {
    let (_dir, tenant, provider) = fixture().await;
    let run = common::run(&tenant, provider).await;
    let mut first = page(Collection::Orgs, b"1");
    first.storage_writes = vec![
        ("since".to_owned(), Some(b"monday".to_vec())),
        ("gone".to_owned(), Some(b"x".to_vec())),
    ];
    let mut second = page(Collection::Orgs, b"2");
    second.storage_writes = vec![
        ("since".to_owned(), Some(b"friday".to_vec())),
        ("gone".to_owned(), None),
        ("empty".to_owned(), Some(Vec::new())),
    ];
    tenant.stage(run, first).await.expect("staged");
    tenant.stage(run, second).await.expect("staged");
    let before = tenant.adapter_storage(provider).await.expect("storage");
    assert!(before.is_empty());
    land(&tenant, run, SourceSwitch::Replace).await;
    let after = tenant.adapter_storage(provider).await.expect("storage");
    let after: Vec<_> = after
        .iter()
        .map(|(key, value)| (&**key, &**value))
        .collect();
    assert_eq!(after, [("empty", &b""[..]), ("since", b"friday")]);
}

#[tokio::test]
async fn a_run_keeps_what_it_was_given() {
    let (_dir, tenant, provider) = fixture().await;
    let first = common::run(&tenant, provider).await;
    let new = NewRun {
        preview: true,
        changed_since: Some("2026-11-20T02:00:00Z".parse().expect("a time")),
        undoes: Some(first),
        settings: json!({"merge-priority": 50}),
        ..new_run(provider)
    };
    let key = tenant.create_run(&new).await.expect("a run");
    assert_eq!((first, key), (RunKey(1), RunKey(2)));
    let row = tenant.run(key).await.expect("the run");
    assert_eq!(row.started, new.started, "to the nanosecond");
    assert_eq!(
        (row.preview, row.changed_since, row.undoes),
        (true, new.changed_since, Some(first))
    );
    assert_eq!(
        (&row.settings, row.status),
        (&new.settings, RunStatus::Running)
    );
    let mut over = end(RunStatus::Failed);
    over.code = Some("unauthorised".to_owned());
    tenant.end_run(key, &over).await.expect("ended");
    let row = tenant.run(key).await.expect("the run");
    assert_eq!(
        (row.status, row.code, row.finished),
        (over.status, over.code, Some(over.finished))
    );
    assert_eq!(row.report, over.report);
    let listed = tenant.runs(Some(provider), 1).await.expect("runs");
    assert_eq!(listed.iter().map(|run| run.key).collect::<Vec<_>>(), [key]);
    assert!(
        tenant
            .runs(Some(ProviderKey(9)), 5)
            .await
            .expect("runs")
            .is_empty()
    );
    assert!(matches!(
        tenant.run(RunKey(9)).await,
        Err(Error::NotFound { .. })
    ));
}

#[tokio::test]
async fn only_a_fitting_failed_run_is_resumed() {
    let (_dir, tenant, provider) = fixture().await;
    let find = async |adapter: &str, fingerprint: &str| {
        let found = tenant.resumable_run(provider, adapter, fingerprint).await;
        found.expect("no error").map(|run| run.key)
    };
    let bare = common::run(&tenant, provider).await;
    tenant
        .end_run(bare, &end(RunStatus::Failed))
        .await
        .expect("ended");
    assert_eq!(find("sha256:aa", "f1").await, None, "it has no pages");
    let run = common::run(&tenant, provider).await;
    tenant
        .stage(run, page(Collection::Orgs, b"1"))
        .await
        .expect("staged");
    assert_eq!(find("sha256:aa", "f1").await, None, "it is under way");
    tenant
        .end_run(run, &end(RunStatus::Failed))
        .await
        .expect("ended");
    assert_eq!(find("sha256:aa", "f1").await, Some(run));
    assert_eq!(find("sha256:bb", "f1").await, None, "another adapter");
    assert_eq!(find("sha256:aa", "f2").await, None, "other settings");

    tenant.resume_run(run, 0).await.expect("resumed");
    assert_eq!(
        tenant.run(run).await.expect("the run").status,
        RunStatus::Running
    );
    assert!(tenant.resume_run(run, 0).await.is_err(), "it did not fail");
    tenant
        .end_run(run, &end(RunStatus::Failed))
        .await
        .expect("ended");
    tenant.reset_provider(provider).await.expect("reset");
    assert_eq!(find("sha256:aa", "f1").await, None, "a reset forgets it");
}

#[tokio::test]
async fn a_provider_has_one_run_at_a_time_and_a_dead_one_is_told() {
    let (dir, tenant, provider) = fixture().await;
    let lock = tenant.try_lock_provider(provider).await.expect("free");
    let run = common::run(&tenant, provider).await;
    tenant
        .stage(run, page(Collection::Orgs, b"1"))
        .await
        .expect("staged");
    match tenant.try_lock_provider(provider).await {
        Err(Error::AlreadyRunning {
            provider,
            run: found,
        }) => {
            assert_eq!((&*provider, found), ("sis", Some(run)));
        }
        other => panic!("it is running: {other:?}"),
    }
    let second = common::tenant(dir.path()).await;
    assert_eq!(
        second.run(run).await.expect("the run").status,
        RunStatus::Running
    );
    drop(lock);
    // Nobody holds the lock and the run is not over: its process is gone.
    let third = common::tenant(dir.path()).await;
    let row = third.run(run).await.expect("the run");
    assert_eq!(
        (row.status, row.code.as_deref()),
        (RunStatus::Failed, Some("interrupted"))
    );
    let found = third.resumable_run(provider, "sha256:aa", "f1").await;
    assert_eq!(found.expect("no error").map(|run| run.key), Some(run));
}

#[tokio::test]
async fn the_roster_is_held_by_one_at_a_time() {
    let (_dir, tenant, _) = fixture().await;
    let held = tenant.lock_state().await.expect("free");
    let waiting = tokio::spawn({
        let tenant = tenant.clone();
        async move { tenant.lock_state().await }
    });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    drop(held);
    waiting.await.expect("it ends").expect("it is free now");
}

#[tokio::test]
async fn the_log_and_the_requests_come_back_in_order() {
    let (_dir, tenant, provider) = fixture().await;
    let run = common::run(&tenant, provider).await;
    let event = |text: &str, level| Event {
        time: "2026-03-04T05:06:07.5Z".parse().expect("a time"),
        level,
        text: text.to_owned(),
    };
    let events = [
        event("one", Level::Info),
        event("two", Level::Warn),
        event("three", Level::Debug),
    ];
    tenant.log(run, &events[..2]).await.expect("logged");
    tenant.log(run, &events[2..]).await.expect("logged");
    assert_eq!(tenant.events(run).await.expect("events"), events);

    let requests: Vec<RequestRow> = (0..9003)
        .map(|number| RequestRow {
            time: "2026-03-04T05:06:07Z".parse().expect("a time"),
            method: "GET".to_owned(),
            origin: "https://sis.example.org".to_owned(),
            path: format!("/users?limit=&offset={number}"),
            status: (number % 2 == 0).then_some(200),
            bytes: number << 24,
            elapsed_ms: number,
            attempt: 1,
            error: (number % 2 == 1).then(|| "timeout".to_owned()),
            token: number == 0,
        })
        .collect();
    tenant
        .audit(run, &requests[..4700])
        .await
        .expect("recorded");
    tenant
        .audit(run, &requests[4700..])
        .await
        .expect("recorded");
    let count = tenant.request_count(run).await.expect("a count");
    assert_eq!(count, requests.len() as u64);
    let (mut reader, mut read) = (tenant.requests(run), Vec::new());
    while let Some(mut chunk) = reader.next_chunk().await.expect("requests") {
        read.append(&mut chunk);
    }
    assert_eq!(read, requests);
}

#[tokio::test]
async fn a_success_is_remembered_by_its_provider() {
    let (_dir, tenant, provider) = fixture().await;
    assert!(tenant.provider("sis").await.expect("it").full_read_needed);
    let (run, _) = common::apply(&tenant, provider, 0, &Plan::default()).await;
    let row = tenant.provider("sis").await.expect("it");
    let started = tenant.run(run).await.expect("the run").started;
    assert_eq!(
        (row.last_success, row.full_read_needed),
        (Some(started), false)
    );
    tenant.reset_provider(provider).await.expect("reset");
    let row = tenant.provider("sis").await.expect("it");
    assert_eq!((row.last_success, row.full_read_needed), (None, true));
    assert_eq!(row.settings, new_provider("sis").settings);
}
