//! Which pages say what a provider says now, and when pages are dropped.
//!
//! Pages become current only when their run commits. A held run's pages stay
//! until someone decided; a failed run's pages stay until a later run of the
//! provider committed, so that it can be resumed.

use homeroom_roster::state::{ProviderKey, RunKey};
use sqlx::SqliteConnection;

use crate::blobs;
use crate::error::Result;
use crate::pages::{self, PageRow};
use crate::runs::{self, RunRow};
use crate::tenant::Tenant;

impl Tenant {
    /// The runs whose pages, together, are what a provider says: a full read,
    /// and the reads of changes since, in this order.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn source_runs(&self, provider: ProviderKey) -> Result<Vec<RunRow>> {
        sqlx::query(
            "SELECT runs.* FROM sources JOIN runs ON runs.key = sources.run
             WHERE sources.provider = ? ORDER BY runs.key",
        )
        .bind(provider.0)
        .fetch_all(self.readers())
        .await?
        .iter()
        .map(runs::row)
        .collect()
    }

    /// The pages that, together, are what a provider says: by run, then in the
    /// order in which they were stored. Those of a later run count before those
    /// of an earlier one. Read their records one by one with
    /// [`Tenant::page_bytes`].
    ///
    /// # Errors
    /// If the database fails.
    pub async fn source_pages(&self, provider: ProviderKey) -> Result<Vec<PageRow>> {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {} FROM sources JOIN pages ON pages.run = sources.run
             WHERE sources.provider = ? ORDER BY pages.run, seq",
            pages::COLUMNS
        )))
        .bind(provider.0)
        .fetch_all(self.readers())
        .await?
        .iter()
        .map(pages::row)
        .collect()
    }
}

/// Makes a run's pages what its provider says: instead of those that did so far,
/// or over them. Of collections that the run has read whole, older pages are of
/// no more use.
pub(crate) async fn switch(
    connection: &mut SqliteConnection,
    provider: ProviderKey,
    run: RunKey,
    replace: bool,
) -> Result<()> {
    if replace {
        sqlx::query("DELETE FROM sources WHERE provider = ?")
            .bind(provider.0)
            .execute(&mut *connection)
            .await?;
    }
    sqlx::query("INSERT INTO sources VALUES (?, ?) ON CONFLICT DO NOTHING")
        .bind(provider.0)
        .bind(run.0)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "DELETE FROM pages
         WHERE run IN (SELECT run FROM sources WHERE provider = ?1 AND run <> ?2)
            AND collection IN (SELECT collection FROM pages WHERE run = ?2 AND whole)",
    )
    .bind(provider.0)
    .bind(run.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Drops pages of a provider that are of no more use once a run committed: all
/// but the current ones and those of runs that are held or under way.
pub(crate) async fn drop_stale_pages(
    connection: &mut SqliteConnection,
    provider: ProviderKey,
) -> Result<()> {
    sqlx::query(
        "DELETE FROM pages WHERE run IN (SELECT key FROM runs WHERE provider = ?
            AND status NOT IN ('held', 'running', 'queued'))
            AND run NOT IN (SELECT run FROM sources)",
    )
    .bind(provider.0)
    .execute(&mut *connection)
    .await?;
    blobs::drop_unreferenced(connection).await
}

/// Drops pages of a provider's failed runs, which then cannot be resumed.
pub(crate) async fn drop_failed_pages(
    connection: &mut SqliteConnection,
    provider: ProviderKey,
) -> Result<()> {
    sqlx::query(
        "DELETE FROM pages WHERE run IN
            (SELECT key FROM runs WHERE provider = ? AND status = 'failed')
            AND run NOT IN (SELECT run FROM sources)",
    )
    .bind(provider.0)
    .execute(&mut *connection)
    .await?;
    blobs::drop_unreferenced(connection).await
}

/// Drops a run's pages, unless they are current.
pub(crate) async fn drop_pages_of(connection: &mut SqliteConnection, run: RunKey) -> Result<()> {
    sqlx::query("DELETE FROM pages WHERE run = ?1 AND run NOT IN (SELECT run FROM sources)")
        .bind(run.0)
        .execute(&mut *connection)
        .await?;
    blobs::drop_unreferenced(connection).await
}
