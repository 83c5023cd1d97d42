//! How long what is known of runs is kept.
//!
//! Of each provider:
//! - *Details* (findings, requests, log) of the newest [`Retention::runs`] runs,
//!   and of all runs younger than [`Retention::details`].
//! - *Plans and pages* of the newest [`KEPT_PLANS`] runs that wait for a decision;
//!   a held run that is older is discarded. The newest failed run keeps its
//!   pages, to be resumed from. Plans of committed runs go when they can no
//!   longer be undone: see [`KEPT_PLANS`].
//! - *Rows* of runs, which say when, how many and how it ended, are kept longer
//!   than the details: for [`Retention::rows`].
//!
//! What is current (the pages that say what a provider says now, the list of
//! the unmatched) is never dropped.

use homeroom_roster::state::{ProviderKey, RunKey};
use jiff::{SignedDuration, Timestamp};
use sqlx::SqliteConnection;

use crate::connect::Durability;
use crate::error::Result;
use crate::plans::{self, KEPT_PLANS};
use crate::tenant::Tenant;
use crate::{source, unmatched};

/// What to keep, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// How many of a provider's newest runs keep everything, whatever their age.
    pub runs: u32,
    /// How old a run's details become beyond that.
    pub details: SignedDuration,
    /// How old a run's row becomes, and a line about what an administrator did.
    pub rows: SignedDuration,
}

impl Tenant {
    /// Drops what nobody needs any more of a provider's runs, in small
    /// transactions. The caller holds the provider's lock, so that nobody
    /// decides about one of them meanwhile.
    ///
    /// # Errors
    /// If the database fails; what was dropped until then stays dropped.
    pub async fn prune(
        &self,
        provider: ProviderKey,
        keep: &Retention,
        now: Timestamp,
    ) -> Result<()> {
        self.drop_undecided(provider).await?;
        self.drop_failed(provider).await?;
        self.drop_details(provider, keep, now - keep.details)
            .await?;
        self.drop_rows(provider, keep, now - keep.rows).await
    }

    /// Plans and pages of runs that too many newer ones wait beside.
    async fn drop_undecided(&self, provider: ProviderKey) -> Result<()> {
        let runs: Vec<u32> = sqlx::query_scalar(
            "SELECT key FROM (SELECT key FROM runs
                WHERE provider = ? AND committed_version IS NULL
                    AND (status = 'held' OR (preview AND status IN ('succeeded', 'partial')))
                ORDER BY key DESC LIMIT -1 OFFSET ?)
             WHERE key IN (SELECT run FROM plan_chunks) OR key IN (SELECT run FROM pages)",
        )
        .bind(provider.0)
        .bind(KEPT_PLANS)
        .fetch_all(self.readers())
        .await?;
        for run in runs.into_iter().map(RunKey) {
            let mut writer = self.writer().await;
            let mut tx = writer.begin(Durability::Process).await?;
            sqlx::query("UPDATE runs SET status = 'discarded' WHERE key = ? AND status = 'held'")
                .bind(run.0)
                .execute(&mut *tx)
                .await?;
            plans::remove(&mut tx, run).await?;
            unmatched::remove_undecided(&mut tx, run).await?;
            source::drop_pages_of(&mut tx, run).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Pages of failed runs that a newer failed run would be resumed before.
    async fn drop_failed(&self, provider: ProviderKey) -> Result<()> {
        let runs: Vec<u32> = sqlx::query_scalar(
            "SELECT key FROM runs WHERE provider = ? AND status = 'failed'
                AND key IN (SELECT run FROM pages) ORDER BY key DESC LIMIT -1 OFFSET 1",
        )
        .bind(provider.0)
        .fetch_all(self.readers())
        .await?;
        for run in runs.into_iter().map(RunKey) {
            let mut writer = self.writer().await;
            let mut tx = writer.begin(Durability::Process).await?;
            source::drop_pages_of(&mut tx, run).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn drop_details(
        &self,
        provider: ProviderKey,
        keep: &Retention,
        older: Timestamp,
    ) -> Result<()> {
        let runs: Vec<u32> = sqlx::query_scalar(
            "SELECT key FROM (SELECT key, started, status, details_dropped FROM runs
                WHERE provider = ? ORDER BY key DESC LIMIT -1 OFFSET ?)
             WHERE started < ? AND details_dropped IS NULL
                AND status NOT IN ('held', 'running', 'queued')",
        )
        .bind(provider.0)
        .bind(keep.runs)
        .bind(older.to_string())
        .fetch_all(self.readers())
        .await?;
        for run in runs.into_iter().map(RunKey) {
            let mut writer = self.writer().await;
            let mut tx = writer.begin(Durability::Process).await?;
            remove_details(&mut tx, run).await?;
            sqlx::query("UPDATE runs SET details_dropped = ? WHERE key = ?")
                .bind(crate::text::now())
                .bind(run.0)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Rows that nothing refers to. The newest commit stays, since it says
    /// which run may be undone.
    async fn drop_rows(
        &self,
        provider: ProviderKey,
        keep: &Retention,
        older: Timestamp,
    ) -> Result<()> {
        let older = older.to_string();
        let runs: Vec<u32> = sqlx::query_scalar(
            "SELECT key FROM (SELECT key, started, status, commit_order FROM runs
                WHERE provider = ? ORDER BY key DESC LIMIT -1 OFFSET ?)
             WHERE started < ? AND status NOT IN ('held', 'running', 'queued')
                AND commit_order IS NOT (SELECT max(commit_order) FROM runs)
                AND key NOT IN (SELECT run FROM sources)
                AND key NOT IN (SELECT run FROM pages)
                AND key NOT IN (SELECT run FROM plan_chunks)
                AND key NOT IN (SELECT run FROM unmatched_chunks)
                AND key NOT IN (SELECT undoes FROM runs WHERE undoes IS NOT NULL)",
        )
        .bind(provider.0)
        .bind(keep.runs)
        .bind(&older)
        .fetch_all(self.readers())
        .await?;
        for run in runs.into_iter().map(RunKey) {
            let mut writer = self.writer().await;
            let mut tx = writer.begin(Durability::Process).await?;
            remove_details(&mut tx, run).await?;
            sqlx::query("DELETE FROM runs WHERE key = ?")
                .bind(run.0)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
        }
        let mut writer = self.writer().await;
        let mut tx = writer.begin(Durability::Process).await?;
        sqlx::query("DELETE FROM acts WHERE time < ?")
            .bind(&older)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn remove_details(connection: &mut SqliteConnection, run: RunKey) -> Result<()> {
    for statement in [
        "DELETE FROM finding_chunks WHERE run = ?",
        "DELETE FROM finding_counts WHERE run = ?",
        "DELETE FROM requests WHERE run = ?",
        "DELETE FROM events WHERE run = ?",
    ] {
        sqlx::query(statement)
            .bind(run.0)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
