//! Ending a run with a plan: applying it, or keeping it for a person's word.
//! Either is one transaction, so that a killed process leaves all or nothing.

use homeroom_roster::finding::Finding;
use homeroom_roster::outcome::Unmatched;
use homeroom_roster::plan::Plan;
use homeroom_roster::state::{ProviderKey, RunKey};
use sqlx::{Row, SqliteConnection};

use crate::connect::Durability;
use crate::error::{Error, Result};
use crate::roster::apply;
use crate::runs::RunEnd;
use crate::tenant::Tenant;
use crate::{adapter_storage, findings, plans, runs, source, unmatched};

/// Which pages say what a provider says, once the run has committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceSwitch {
    /// Those that did.
    Keep,
    /// This run's.
    Replace,
    /// This run's, over those that did.
    Extend,
}

/// What comes with a plan that is kept for a decision.
#[derive(Debug, Clone, Copy)]
pub struct Saved<'a> {
    /// What somebody should know.
    pub findings: &'a [Finding],
    /// People who would be no users.
    pub unmatched: &'a [Unmatched],
}

/// A run to commit.
#[derive(Debug, Clone, Copy)]
pub struct RunCommit<'a> {
    /// Which run.
    pub run: RunKey,
    /// The version of the roster that the plan was made for.
    pub base_version: u64,
    /// What changes.
    pub plan: &'a Plan,
    /// Which pages are current afterwards. Unless it is
    /// [`SourceSwitch::Keep`], what the adapter wrote to its storage counts.
    pub source: SourceSwitch,
    /// The run's findings; `None` leaves those it has.
    pub findings: Option<&'a [Finding]>,
    /// The people who are no users; `None` leaves the list that stands.
    pub unmatched: Option<&'a [Unmatched]>,
    /// Whether the provider's last success is this run, and nothing has to be
    /// read in full for its sake, unless the provider was edited meanwhile.
    pub success: bool,
    /// The run that this one takes back, with its list of the unmatched and
    /// what it wrote to the adapter's storage.
    pub undoes: Option<RunKey>,
    /// How the run ended.
    pub end: &'a RunEnd,
}

impl Tenant {
    /// The number of commits that changed the roster.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn state_version(&self) -> Result<u64> {
        let mut reader = self.readers().acquire().await?;
        version(&mut reader).await
    }

    /// Applies a run's plan and everything that goes with it. Returns the
    /// roster's version afterwards, which is the old one if nothing changed.
    ///
    /// # Errors
    /// [`Error::StateMoved`] if the plan was made for another version. After
    /// any error, nothing has changed.
    pub async fn commit(&self, commit: &RunCommit<'_>) -> Result<u64> {
        let mut writer = self.writer().await;
        let mut tx = writer.begin(Durability::Power).await?;
        let found = version(&mut tx).await?;
        if found != commit.base_version {
            return Err(Error::StateMoved {
                expected: commit.base_version,
                found,
            });
        }
        let provider = provider_of(&mut tx, commit.run).await?;
        let mut new = found;
        if !commit.plan.is_empty() {
            apply::plan(&mut tx, commit.plan).await?;
            new += 1;
            apply::version(&mut tx, new, &commit.plan.next).await?;
        }
        plans::save(&mut tx, commit.run, commit.plan).await?;
        if let Some(found) = commit.findings {
            findings::save(&mut tx, commit.run, found).await?;
        }
        if let Some(list) = commit.unmatched {
            unmatched::save(&mut tx, commit.run, list).await?;
        }
        runs::write_end(&mut tx, commit.run, commit.end, Some(found), Some(new)).await?;
        let order = runs::count_commit(&mut tx, commit.run).await?;
        if let Some(undone) = commit.undoes {
            take_back(&mut tx, undone).await?;
        }
        if commit.unmatched.is_some() {
            unmatched::make_current(&mut tx, commit.run).await?;
        }
        if let Some(provider) = provider {
            provider_part(&mut tx, provider, commit, order).await?;
        }
        plans::drop_stale(&mut tx, provider).await?;
        unmatched::drop_stale(&mut tx).await?;
        adapter_storage::drop_stale(&mut tx).await?;
        tx.commit().await?;
        Ok(new)
    }

    /// Keeps a run's plan for a person's word, or for looking at: a held run, or
    /// a preview.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such run.
    pub async fn hold_run(
        &self,
        key: RunKey,
        plan: &Plan,
        base_version: u64,
        saved: &Saved<'_>,
        end: &RunEnd,
    ) -> Result<()> {
        let mut writer = self.writer().await;
        let mut tx = writer.begin(Durability::Power).await?;
        runs::write_end(&mut tx, key, end, Some(base_version), None).await?;
        plans::save(&mut tx, key, plan).await?;
        findings::save(&mut tx, key, saved.findings).await?;
        unmatched::save(&mut tx, key, saved.unmatched).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// What an undo restores beside the roster: the list of the unmatched and the
/// adapter's storage are as they were before the run. Of a run that an older
/// Homeroom committed that is not known; then they stay.
async fn take_back(connection: &mut SqliteConnection, undone: RunKey) -> Result<()> {
    sqlx::query("UPDATE runs SET status = 'undone' WHERE key = ?")
        .bind(undone.0)
        .execute(&mut *connection)
        .await?;
    let row =
        sqlx::query("SELECT provider, commit_order, unmatched_before FROM runs WHERE key = ?")
            .bind(undone.0)
            .fetch_one(&mut *connection)
            .await?;
    let Some(order) = row.try_get::<Option<i64>, _>("commit_order")? else {
        return Ok(());
    };
    let before: Option<u32> = row.try_get("unmatched_before")?;
    unmatched::restore(connection, before.map(RunKey)).await?;
    if let Some(provider) = row.try_get::<Option<u32>, _>("provider")? {
        adapter_storage::take_back(connection, ProviderKey(provider), order).await?;
    }
    Ok(())
}

async fn provider_part(
    connection: &mut SqliteConnection,
    provider: ProviderKey,
    commit: &RunCommit<'_>,
    order: i64,
) -> Result<()> {
    if commit.source != SourceSwitch::Keep {
        let replace = commit.source == SourceSwitch::Replace;
        source::switch(connection, provider, commit.run, replace).await?;
        adapter_storage::apply(connection, provider, commit.run, order).await?;
        source::drop_stale_pages(connection, provider).await?;
    }
    if commit.success {
        // A full read that was asked for while the run was at work is still to
        // come.
        sqlx::query(
            "UPDATE providers SET last_success = (SELECT started FROM runs WHERE key = ?1),
                full_read_needed = full_read_needed
                    AND revision <> (SELECT provider_revision FROM runs WHERE key = ?1)
             WHERE key = ?2",
        )
        .bind(commit.run.0)
        .bind(provider.0)
        .execute(connection)
        .await?;
    }
    Ok(())
}

async fn version(connection: &mut SqliteConnection) -> Result<u64> {
    let version: i64 = sqlx::query_scalar("SELECT version FROM state")
        .fetch_one(connection)
        .await?;
    Ok(version as u64)
}

async fn provider_of(
    connection: &mut SqliteConnection,
    run: RunKey,
) -> Result<Option<ProviderKey>> {
    let provider: Option<Option<u32>> =
        sqlx::query_scalar("SELECT provider FROM runs WHERE key = ?")
            .bind(run.0)
            .fetch_optional(connection)
            .await?;
    provider
        .map(|provider| provider.map(ProviderKey))
        .ok_or_else(|| Error::not_found(format!("run {run}")))
}
