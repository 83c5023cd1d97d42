//! The roster in tables is the roster in memory: every field of every kind of
//! record comes back, and an undo takes back exactly what was applied.

mod common;

use common::rosters::{later, plan, roster};
use homeroom_roster::finding::{Effect, Finding, Severity};
use homeroom_roster::outcome::Unmatched;
use homeroom_roster::plan::{Plan, Update};
use homeroom_roster::record::{Collection, Role};
use homeroom_roster::state::{
    Assignment, Assignments, Attributes, NextKeys, OrgKey, Origin, ProviderKey, Roles, Roster,
    RunKey, Status, User, UserKey,
};
use homeroom_store::{Error, KEPT_PLANS, RunCommit, RunStatus, Saved};
use proptest::prelude::*;
use sqlx::{Connection, SqliteConnection};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_committed_plan_is_what_is_read_back(first in roster(), second in roster()) {
        runtime().block_on(async {
            let dir = tempfile::tempdir().expect("a directory");
            let tenant = common::tenant(dir.path()).await;
            let provider = common::provider(&tenant, "sis").await;
            let mut roster = Roster::default();
            let mut version = 0;
            for next in [&first, &second, &first] {
                let plan = plan(&roster, next);
                let changes = !plan.is_empty();
                let (run, new) = common::apply(&tenant, provider, version, &plan).await;
                prop_assert_eq!(new, version + u64::from(changes));
                version = new;
                let free = if changes { later(roster.next, next.next) } else { roster.next };
                roster = Roster { next: free, ..next.clone() };
                prop_assert_eq!(tenant.load_roster().await.expect("a roster"), (roster.clone(), version));
                prop_assert_eq!(tenant.plan(run).await.expect("a plan"), Some(plan));
            }
            Ok(())
        })?;
    }

    #[test]
    fn an_undo_takes_back_what_was_applied(first in roster(), second in roster()) {
        runtime().block_on(async {
            let dir = tempfile::tempdir().expect("a directory");
            let tenant = common::tenant(dir.path()).await;
            let provider = common::provider(&tenant, "sis").await;
            common::apply(&tenant, provider, 0, &plan(&Roster::default(), &first)).await;
            let (before, version) = tenant.load_roster().await.expect("a roster");
            let (run, version) =
                common::apply(&tenant, provider, version, &plan(&before, &second)).await;
            let kept = tenant.plan(run).await.expect("a plan").expect("it is kept");
            common::apply(&tenant, provider, version, &kept.inverse()).await;
            let (after, _) = tenant.load_roster().await.expect("a roster");
            prop_assert_eq!(Roster { next: before.next, ..after }, before);
            Ok(())
        })?;
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime")
}

fn user(key: u32) -> User {
    User {
        key: UserKey(key),
        id: format!("user-{key}").into(),
        status: Status::Active,
        enabled: true,
        roles: Roles::default(),
        attributes: Attributes::default(),
        orgs: Vec::new(),
        assignments: Assignments::default(),
        primary_org: None,
    }
}

/// A plan that creates users with keys in a range.
fn creates(keys: std::ops::Range<u32>) -> Plan {
    let mut plan = Plan {
        next: NextKeys {
            user: keys.end,
            ..NextKeys::default()
        },
        ..Plan::default()
    };
    plan.users.created = keys.map(user).collect();
    plan
}

#[tokio::test]
async fn a_first_load_that_builds_its_index_last_keeps_ids_unique() {
    let dir = tempfile::tempdir().expect("a directory");
    let tenant = common::tenant(dir.path()).await;
    let provider = common::provider(&tenant, "sis").await;
    let plan = creates(0..25_001);
    common::apply(&tenant, provider, 0, &plan).await;
    let (roster, version) = tenant.load_roster().await.expect("a roster");
    assert_eq!(roster.users, plan.users.created);

    let mut twin = creates(30_000..30_001);
    twin.users.created[0].id = "user-5".into();
    let run = common::run(&tenant, provider).await;
    let end = common::end(RunStatus::Succeeded);
    let refused = tenant
        .commit(&common::commit(run, version, &twin, &end))
        .await
        .expect_err("two users cannot have one id");
    assert_eq!(refused.code(), "database");
    assert_eq!(
        tenant.load_roster().await.expect("a roster"),
        (roster, version)
    );
}

#[tokio::test]
async fn a_plan_for_another_version_is_refused_and_changes_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let tenant = common::tenant(dir.path()).await;
    let provider = common::provider(&tenant, "sis").await;
    common::apply(&tenant, provider, 0, &creates(0..3)).await;
    let run = common::run(&tenant, provider).await;
    let end = common::end(RunStatus::Succeeded);
    let stale = creates(3..5);
    let refused = tenant
        .commit(&common::commit(run, 0, &stale, &end))
        .await
        .expect_err("version 0 is gone");
    assert!(matches!(
        refused,
        Error::StateMoved {
            expected: 0,
            found: 1
        }
    ));
    let (roster, version) = tenant.load_roster().await.expect("a roster");
    assert_eq!((roster.users.len(), version), (3, 1));
    assert_eq!(
        tenant.run(run).await.expect("the run").status,
        RunStatus::Running
    );
    assert_eq!(tenant.plan(run).await.expect("no error"), None);
}

#[tokio::test]
async fn a_held_plan_is_applied_as_it_was_shown() {
    let dir = tempfile::tempdir().expect("a directory");
    let tenant = common::tenant(dir.path()).await;
    let provider = common::provider(&tenant, "sis").await;
    let run = common::run(&tenant, provider).await;
    let (plan, findings, unmatched) = (creates(0..10_000), findings(9000), unmatched(5000));
    let saved = Saved {
        findings: &findings,
        unmatched: &unmatched,
    };
    tenant
        .hold_run(run, &plan, 0, &saved, &common::end(RunStatus::Held))
        .await
        .expect("it is held");
    assert_eq!(tenant.load_roster().await.expect("a roster").1, 0);
    assert_eq!(tenant.unmatched().await.expect("a list"), Vec::new());
    let held = tenant.run(run).await.expect("the run");
    assert_eq!((held.status, held.base_version), (RunStatus::Held, Some(0)));

    let shown = tenant.plan(run).await.expect("a plan").expect("it is kept");
    assert_eq!(shown, plan);
    let kept = tenant.unmatched_of(run).await.expect("a list");
    let end = common::end(RunStatus::Succeeded);
    let version = tenant
        .commit(&RunCommit {
            unmatched: kept.as_deref(),
            ..common::commit(run, 0, &shown, &end)
        })
        .await
        .expect("it is approved");
    assert_eq!(version, 1);
    assert_eq!(
        tenant.load_roster().await.expect("a roster").0.users,
        plan.users.created
    );
    assert_eq!(tenant.unmatched().await.expect("a list"), unmatched);

    // A preview that another commit made useless is not kept for ever.
    let preview = common::run(&tenant, provider).await;
    let shown = creates(20_000..20_001);
    let over = common::end(RunStatus::Succeeded);
    tenant
        .hold_run(preview, &shown, 1, &saved, &over)
        .await
        .expect("shown");
    assert!(
        tenant
            .unmatched_of(preview)
            .await
            .expect("no error")
            .is_some()
    );
    common::apply(&tenant, provider, 1, &creates(20_000..20_002)).await;
    assert_eq!(tenant.plan(preview).await.expect("no error"), None);
    assert_eq!(tenant.unmatched_of(preview).await.expect("no error"), None);
    assert_eq!(
        tenant.unmatched().await.expect("a list"),
        unmatched,
        "it still stands"
    );
    assert_eq!(read_findings(&tenant, run).await, findings);
    let approved = tenant.run(run).await.expect("the run");
    assert_eq!(approved.committed_version, Some(1));
}

async fn read_findings(tenant: &homeroom_store::Tenant, run: RunKey) -> Vec<Finding> {
    let mut reader = tenant.findings(run);
    let mut all = Vec::new();
    while let Some(chunk) = reader.next_chunk().await.expect("findings") {
        all.extend(chunk);
    }
    all
}

fn findings(count: u32) -> Vec<Finding> {
    (0..count)
        .map(|number| Finding {
            code: if number % 3 == 0 {
                "user-no-email"
            } else {
                "invented-by-an-adapter"
            }
            .into(),
            severity: if number % 2 == 0 {
                Severity::Warning
            } else {
                Severity::Error
            },
            effect: if number % 2 == 0 {
                Effect::Kept
            } else {
                Effect::Failed
            },
            provider: Some(ProviderKey(1)),
            entity: Some(Collection::Users),
            sourced_id: Some(format!("id-{number}").into()),
            field: None,
            detail: "has no email".into(),
        })
        .collect()
}

fn unmatched(count: u32) -> Vec<Unmatched> {
    (0..count)
        .map(|number| Unmatched {
            origin: Origin {
                provider: ProviderKey(1),
                sourced_id: format!("id-{number}").into(),
            },
            email: None,
            given_name: Some("Ada".into()),
            family_name: None,
            roles: Roles(number as u16 & 7),
            reason: "user-no-match".into(),
        })
        .collect()
}

#[tokio::test]
async fn findings_are_counted_and_replaced() {
    let dir = tempfile::tempdir().expect("a directory");
    let tenant = common::tenant(dir.path()).await;
    let provider = common::provider(&tenant, "sis").await;
    let run = common::run(&tenant, provider).await;
    tenant
        .save_findings(run, &findings(10_000))
        .await
        .expect("saved");
    tenant
        .save_findings(run, &findings(60))
        .await
        .expect("saved");
    let counts = tenant.finding_counts(run).await.expect("counts");
    let counts: Vec<_> = counts
        .iter()
        .map(|count| (&*count.code, count.severity, count.effect, count.count))
        .collect();
    assert_eq!(
        counts,
        [
            (
                "invented-by-an-adapter",
                Severity::Error,
                Effect::Failed,
                20
            ),
            (
                "invented-by-an-adapter",
                Severity::Warning,
                Effect::Kept,
                20
            ),
            ("user-no-email", Severity::Error, Effect::Failed, 10),
            ("user-no-email", Severity::Warning, Effect::Kept, 10),
        ]
    );
    assert_eq!(read_findings(&tenant, run).await, findings(60));
}

#[tokio::test]
async fn plans_are_kept_for_the_last_runs_that_changed_something() {
    let dir = tempfile::tempdir().expect("a directory");
    let tenant = common::tenant(dir.path()).await;
    let provider = common::provider(&tenant, "sis").await;
    let mut runs = Vec::new();
    let mut version = 0;
    for key in 0..KEPT_PLANS + 3 {
        let (run, new) = common::apply(&tenant, provider, version, &creates(key..key + 1)).await;
        runs.push(run);
        version = new;
        // Nights without a change do not push anything out.
        let (_, same) = common::apply(&tenant, provider, version, &Plan::default()).await;
        assert_eq!(same, version);
    }
    for (age, run) in runs.iter().rev().enumerate() {
        let kept = tenant.plan(*run).await.expect("no error").is_some();
        assert_eq!(kept, age < KEPT_PLANS as usize, "run {run}");
    }
}

#[tokio::test]
async fn an_undo_marks_the_run_it_takes_back() {
    let dir = tempfile::tempdir().expect("a directory");
    let tenant = common::tenant(dir.path()).await;
    let provider = common::provider(&tenant, "sis").await;
    let (undone, version) = common::apply(&tenant, provider, 0, &creates(0..3)).await;
    let run = common::run(&tenant, provider).await;
    let plan = tenant
        .plan(undone)
        .await
        .expect("a plan")
        .expect("kept")
        .inverse();
    let end = common::end(RunStatus::Succeeded);
    tenant
        .commit(&RunCommit {
            undoes: Some(undone),
            ..common::commit(run, version, &plan, &end)
        })
        .await
        .expect("undone");
    assert_eq!(
        tenant.run(undone).await.expect("the run").status,
        RunStatus::Undone
    );
    let (roster, _) = tenant.load_roster().await.expect("a roster");
    assert_eq!(roster.users, Vec::new());
    assert_eq!(roster.next.user, 3, "a key is never given twice");
}

/// A database of before assignments were kept is opened, its users are as they
/// were, and what is said of them from then on is kept.
#[tokio::test]
async fn an_older_database_gets_its_assignments_with_the_next_commit() {
    let dir = tempfile::tempdir().expect("a directory");
    {
        let tenant = common::tenant(dir.path()).await;
        let provider = common::provider(&tenant, "sis").await;
        common::apply(&tenant, provider, 0, &creates(0..3)).await;
    }
    let path = dir.path().join("tenants/default.db");
    let mut database = SqliteConnection::connect(&format!("sqlite://{}", path.display()))
        .await
        .expect("the database");
    for statement in [
        "ALTER TABLE users DROP COLUMN assignments",
        "ALTER TABLE users DROP COLUMN primary_org",
        "DELETE FROM _sqlx_migrations WHERE version >= 4",
    ] {
        sqlx::query(statement)
            .execute(&mut database)
            .await
            .expect("it is older now");
    }
    database.close().await.expect("closed");

    let tenant = common::tenant(dir.path()).await;
    let (before, version) = tenant.load_roster().await.expect("a roster");
    assert_eq!(before.users, creates(0..3).users.created);
    let said = User {
        assignments: Assignments::from_iter([
            Assignment {
                org: Some(OrgKey(7)),
                role: Role::Parent,
                primary: false,
            },
            Assignment {
                org: None,
                role: Role::Teacher,
                primary: true,
            },
        ]),
        primary_org: Some(OrgKey(7)),
        ..before.users[1].clone()
    };
    let mut plan = Plan::default();
    plan.users.updated.push(Update {
        before: before.users[1].clone(),
        after: said.clone(),
    });
    let provider = tenant.providers().await.expect("providers")[0].key;
    common::apply(&tenant, provider, version, &plan).await;
    let (after, version) = tenant.load_roster().await.expect("a roster");
    assert_eq!(after.users[1], said);
    common::apply(&tenant, provider, version, &plan.inverse()).await;
    let (undone, _) = tenant.load_roster().await.expect("a roster");
    assert_eq!(undone.users, before.users);
}
