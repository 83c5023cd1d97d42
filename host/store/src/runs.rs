//! Runs: what was started, how it stands and how it ended. A run's pages, plan,
//! findings and log are elsewhere, by its key.

use homeroom_roster::codec;
use homeroom_roster::state::{ProviderKey, RunKey};
use jiff::Timestamp;
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::connect::Durability;
use crate::error::{Error, Result};
use crate::tenant::Tenant;
use crate::text::named;
use crate::{lock, plans, source, text, unmatched};

named! {
    /// What a run does.
    RunKind {
        /// Reads a SIS.
        Sync = "sync",
        /// Takes in a directory.
        Directory = "directory",
        /// Takes in a file of guardians.
        Guardians = "guardians",
        /// Takes an earlier run back.
        Undo = "undo",
    }
}

named! {
    /// How a run stands.
    RunStatus {
        /// Waits for its turn.
        Queued = "queued",
        /// Is under way.
        Running = "running",
        /// Did all it should.
        Succeeded = "succeeded",
        /// Landed, but for schools whose data is incomplete.
        Partial = "partial",
        /// Changed nothing.
        Failed = "failed",
        /// Waits for a person's word.
        Held = "held",
        /// A person said no.
        Discarded = "discarded",
        /// Was taken back.
        Undone = "undone",
    }
}

impl Default for RunStatus {
    /// A run that nothing is known of yet.
    fn default() -> Self {
        RunStatus::Queued
    }
}

/// A run to begin.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRun {
    /// Whose run it is.
    pub provider: Option<ProviderKey>,
    /// What it does.
    pub kind: RunKind,
    /// Whether it stops before applying.
    pub preview: bool,
    /// From when on it asks for changes; none: for everything.
    pub changed_since: Option<Timestamp>,
    /// Which run it takes back.
    pub undoes: Option<RunKey>,
    /// When it started: where the guest's clock stands.
    pub started: Timestamp,
    /// The adapter's digest.
    pub adapter: Option<String>,
    /// A hash of whatever decides what is read. Pages of a run with another
    /// fingerprint are not resumed from.
    pub fingerprint: Option<String>,
    /// The provider's revision that it is begun with.
    pub provider_revision: u64,
    /// The settings at its start.
    pub settings: Value,
}

/// A run as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRow {
    /// Its key, from 1.
    pub key: RunKey,
    /// Whose run it is.
    pub provider: Option<ProviderKey>,
    /// What it does.
    pub kind: RunKind,
    /// Whether it stops before applying.
    pub preview: bool,
    /// From when on it asked for changes; none: for everything.
    pub changed_since: Option<Timestamp>,
    /// Which run it takes back.
    pub undoes: Option<RunKey>,
    /// When it started.
    pub started: Timestamp,
    /// The adapter's digest.
    pub adapter: Option<String>,
    /// A hash of whatever decides what is read.
    pub fingerprint: Option<String>,
    /// The provider's revision that it was begun with, or gone on with.
    pub provider_revision: u64,
    /// The settings at its start.
    pub settings: Value,
    /// How it stands.
    pub status: RunStatus,
    /// A code of the catalogue, where something is to be said.
    pub code: Option<String>,
    /// The sentence that goes with the code.
    pub detail: Option<String>,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// The version of the roster that its plan was made for.
    pub base_version: Option<u64>,
    /// The version of the roster that it made.
    pub committed_version: Option<u64>,
    /// Its place among the commits, from 1; none: it did not commit, or an
    /// older Homeroom committed it.
    pub commit_order: Option<u64>,
    /// When its plan was dropped.
    pub plan_dropped: Option<Timestamp>,
    /// When its findings, requests and log were dropped.
    pub details_dropped: Option<Timestamp>,
    /// Counts and the like; null until it ends.
    pub report: Value,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub struct RunEnd {
    /// How it stands.
    pub status: RunStatus,
    /// A code of the catalogue, where something is to be said.
    pub code: Option<String>,
    /// The sentence that goes with the code.
    pub detail: Option<String>,
    /// When.
    pub finished: Timestamp,
    /// Counts and the like.
    pub report: Value,
}

impl Tenant {
    /// Begins a run. Take the provider's lock first: a run that is not locked
    /// counts as left behind by a dead process.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn create_run(&self, new: &NewRun) -> Result<RunKey> {
        let mut writer = self.writer().await;
        let mut tx = writer.begin(Durability::Process).await?;
        let key = sqlx::query_scalar(
            "INSERT INTO runs (provider, kind, preview, full_read, changed_since, undoes, started,
                adapter, fingerprint, provider_revision, format, settings, status, report)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running', 'null') RETURNING key",
        )
        .bind(new.provider.map(|key| key.0))
        .bind(new.kind.name())
        .bind(new.preview)
        .bind(new.changed_since.is_none())
        .bind(new.changed_since.map(|since| since.to_string()))
        .bind(new.undoes.map(|key| key.0))
        .bind(new.started.to_string())
        .bind(&new.adapter)
        .bind(&new.fingerprint)
        .bind(new.provider_revision as i64)
        .bind(codec::FORMAT)
        .bind(text::to_json("settings", &new.settings)?)
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(RunKey(key))
    }

    /// One run.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn run(&self, key: RunKey) -> Result<RunRow> {
        sqlx::query("SELECT * FROM runs WHERE key = ?")
            .bind(key.0)
            .fetch_optional(self.readers())
            .await?
            .as_ref()
            .map_or_else(|| Err(Error::not_found(format!("run {key}"))), row)
    }

    /// The last runs, of one provider or of all, the newest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn runs(&self, provider: Option<ProviderKey>, limit: u32) -> Result<Vec<RunRow>> {
        sqlx::query(
            "SELECT * FROM runs WHERE ?1 IS NULL OR provider = ?1 ORDER BY key DESC LIMIT ?2",
        )
        .bind(provider.map(|key| key.0))
        .bind(limit)
        .fetch_all(self.readers())
        .await?
        .iter()
        .map(row)
        .collect()
    }

    /// Ends a run that does not touch the roster: failed, held without a plan,
    /// discarded. A failed run's pages stay, to be resumed from; a discarded
    /// run's pages and plan go.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn end_run(&self, key: RunKey, end: &RunEnd) -> Result<()> {
        let mut writer = self.writer().await;
        let mut tx = writer.begin(Durability::Power).await?;
        write_end(&mut tx, key, end, None, None).await?;
        if end.status == RunStatus::Discarded {
            source::drop_pages_of(&mut tx, key).await?;
            plans::remove(&mut tx, key).await?;
            unmatched::remove_undecided(&mut tx, key).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The run to resume: the last failed run of the provider since its last
    /// commit that read with the same adapter and fingerprint and left pages
    /// that can still be decoded. Whether it was a preview or a full read, and
    /// how old it is, is for the caller to judge.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn resumable_run(
        &self,
        provider: ProviderKey,
        adapter: &str,
        fingerprint: &str,
    ) -> Result<Option<RunRow>> {
        sqlx::query(
            "SELECT * FROM runs WHERE provider = ?1 AND status = 'failed'
                AND adapter = ?2 AND fingerprint = ?3 AND format = ?4
                AND key > (SELECT coalesce(max(key), 0) FROM runs
                    WHERE provider = ?1 AND committed_version IS NOT NULL)
                AND EXISTS (SELECT 1 FROM pages WHERE pages.run = runs.key)
             ORDER BY key DESC LIMIT 1",
        )
        .bind(provider.0)
        .bind(adapter)
        .bind(fingerprint)
        .bind(codec::FORMAT)
        .fetch_optional(self.readers())
        .await?
        .as_ref()
        .map(row)
        .transpose()
    }

    /// Replaces the report of a run that has ended, once all its figures are
    /// known.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn update_report(&self, key: RunKey, report: &Value) -> Result<()> {
        let mut writer = self.writer().await;
        let mut tx = writer.begin(Durability::Process).await?;
        sqlx::query("UPDATE runs SET report = ? WHERE key = ?")
            .bind(text::to_json("a report", report)?)
            .bind(key.0)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The run that was taken back last, if nothing was applied since.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn undone_last(&self) -> Result<Option<RunKey>> {
        let undone: Option<Option<u32>> = sqlx::query_scalar(
            "SELECT undoes FROM runs
             WHERE committed_version = (SELECT max(committed_version) FROM runs)
             ORDER BY undoes IS NOT NULL LIMIT 1",
        )
        .fetch_optional(self.readers())
        .await?;
        Ok(undone.flatten().map(RunKey))
    }

    /// Takes a failed run up again, for the provider as it is at this revision.
    ///
    /// # Errors
    /// [`Error::Damaged`] if there is no such run, or it did not fail.
    pub async fn resume_run(&self, key: RunKey, provider_revision: u64) -> Result<()> {
        let mut writer = self.writer().await;
        let mut tx = writer.begin(Durability::Process).await?;
        let done = sqlx::query(
            "UPDATE runs SET status = 'running', code = NULL, detail = NULL, finished = NULL,
                report = 'null', provider_revision = ?
             WHERE key = ? AND status = 'failed'",
        )
        .bind(provider_revision as i64)
        .bind(key.0)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            let cause = "it is no run that failed";
            return Err(Error::damaged(format!("run {key}"), cause, "run again"));
        }
        tx.commit().await?;
        Ok(())
    }
}

pub(crate) async fn write_end(
    connection: &mut SqliteConnection,
    key: RunKey,
    end: &RunEnd,
    base_version: Option<u64>,
    committed_version: Option<u64>,
) -> Result<()> {
    let done = sqlx::query(
        "UPDATE runs SET status = ?, code = ?, detail = ?, finished = ?, report = ?,
            base_version = coalesce(?, base_version),
            committed_version = coalesce(?, committed_version) WHERE key = ?",
    )
    .bind(end.status.name())
    .bind(&end.code)
    .bind(&end.detail)
    .bind(end.finished.to_string())
    .bind(text::to_json("a report", &end.report)?)
    .bind(base_version.map(|version| version as i64))
    .bind(committed_version.map(|version| version as i64))
    .bind(key.0)
    .execute(connection)
    .await?;
    match done.rows_affected() {
        0 => Err(Error::not_found(format!("run {key}"))),
        _ => Ok(()),
    }
}

/// Counts a run's commit, and notes which list of the unmatched stood before it.
pub(crate) async fn count_commit(connection: &mut SqliteConnection, key: RunKey) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "UPDATE runs SET unmatched_before = (SELECT unmatched_run FROM state),
            commit_order = (SELECT coalesce(max(commit_order), 0) + 1 FROM runs)
         WHERE key = ? RETURNING commit_order",
    )
    .bind(key.0)
    .fetch_one(connection)
    .await?)
}

/// The run that a provider has under way.
pub(crate) async fn running(tenant: &Tenant, provider: ProviderKey) -> Result<Option<RunKey>> {
    Ok(sqlx::query_scalar(
        "SELECT max(key) FROM runs WHERE provider = ? AND status IN ('queued', 'running')",
    )
    .bind(provider.0)
    .fetch_one(tenant.readers())
    .await
    .map(|key: Option<u32>| key.map(RunKey))?)
}

/// Fails the runs of a provider that a dead process left behind. The caller
/// holds the provider's lock, so nobody else is at work on them.
pub(crate) async fn fail_interrupted(tenant: &Tenant, provider: ProviderKey) -> Result<()> {
    if running(tenant, provider).await?.is_none() {
        return Ok(());
    }
    let mut writer = tenant.writer().await;
    let mut tx = writer.begin(Durability::Process).await?;
    sqlx::query(
        "UPDATE runs SET status = 'failed', code = 'interrupted', finished = ?, report = 'null',
            detail = 'the process that ran it ended before the run did; run again to resume from the last stored page'
         WHERE provider = ? AND status IN ('queued', 'running')",
    )
    .bind(text::now())
    .bind(provider.0)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Fails all runs that dead processes left behind.
pub(crate) async fn sweep(tenant: &Tenant) -> Result<()> {
    let providers: Vec<u32> = sqlx::query_scalar(
        "SELECT DISTINCT provider FROM runs
         WHERE status IN ('queued', 'running') AND provider IS NOT NULL",
    )
    .fetch_all(tenant.readers())
    .await?;
    for provider in providers {
        let path = tenant.lock_path(&format!("provider-{provider}"));
        if let Some(_held) = lock::try_lock(&path)? {
            fail_interrupted(tenant, ProviderKey(provider)).await?;
        }
    }
    Ok(())
}

pub(crate) fn row(row: &SqliteRow) -> Result<RunRow> {
    let what = "a run's row";
    let number = |column: &str| -> Result<Option<u64>> {
        Ok(row
            .try_get::<Option<i64>, _>(column)?
            .map(|number| number as u64))
    };
    Ok(RunRow {
        key: RunKey(row.try_get("key")?),
        provider: row.try_get::<Option<u32>, _>("provider")?.map(ProviderKey),
        kind: text::parse(what, row.try_get("kind")?)?,
        preview: row.try_get("preview")?,
        changed_since: text::time_or_none(what, row.try_get("changed_since")?)?,
        undoes: row.try_get::<Option<u32>, _>("undoes")?.map(RunKey),
        started: text::time(what, row.try_get("started")?)?,
        adapter: row.try_get("adapter")?,
        fingerprint: row.try_get("fingerprint")?,
        provider_revision: row.try_get::<i64, _>("provider_revision")? as u64,
        settings: text::from_json(what, row.try_get("settings")?)?,
        status: text::parse(what, row.try_get("status")?)?,
        code: row.try_get("code")?,
        detail: row.try_get("detail")?,
        finished: text::time_or_none(what, row.try_get("finished")?)?,
        base_version: number("base_version")?,
        committed_version: number("committed_version")?,
        commit_order: number("commit_order")?,
        plan_dropped: text::time_or_none(what, row.try_get("plan_dropped")?)?,
        details_dropped: text::time_or_none(what, row.try_get("details_dropped")?)?,
        report: text::from_json(what, row.try_get("report")?)?,
    })
}
