//! A sync: begin it or go on with an interrupted one, read, and conclude.
//!
//! What follows reading is the same for directories and stands in
//! [`crate::conclude`].

use std::sync::Arc;
use std::time::Instant;

use homeroom_roster::record::Day;
use homeroom_roster::state::RunKey;
use homeroom_store::{Level, NewRun, ProviderState, RunEnd, RunKind, RunRow, RunStatus};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::conclude::{RunInProgress, remedy};
use crate::error::{Error, Result};
use crate::homeroom::{Office, today};
use crate::integrations::{Integration, to_json};
use crate::observer::Collector;
use crate::progress::{Event, Phase, Progress};
use crate::read::{ReadFailure, Reading, wanted};
use crate::views::RunReport;

/// How to sync.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SyncOptions {
    /// Plan only; apply nothing.
    pub preview: bool,
    /// Read everything anew, also what an interrupted run has read already.
    pub full: bool,
}

/// An interrupted run is gone on with only if it began within this many hours:
/// what it read then is what the source says now.
const RESUME_WITHIN_HOURS: i64 = 12;

impl Office {
    /// Reads an integration's source and brings the roster into step with it.
    /// A run that ends failed, partial or held is a report, not an error.
    ///
    /// # Errors
    /// For what never became a run: an unknown or disabled integration, one
    /// that runs already, an adapter that is not approved.
    pub async fn sync(
        &self,
        name: &str,
        options: SyncOptions,
        progress: Arc<dyn Progress>,
    ) -> Result<RunReport> {
        let found = self.find_integration(name).await?;
        if found.row.state == ProviderState::Disabled && !options.preview {
            return Err(Error::refused(
                "integration-disabled",
                format!(
                    "{name} is disabled; run `homeroom integration enable {name}` first, \
                     or look at what a sync would do with --preview"
                ),
            ));
        }
        let today = today()?;
        let approved = self.homeroom.approved(&found.connection.adapter).await?;
        let _lock = self.tenant.try_lock_provider(found.row.key).await?;
        let adapter = self.homeroom.load(&approved).await?;
        let secret = self.tenant.secret(found.row.key).await?;
        let connected = found
            .connection
            .connect(name, &approved, &found.read, secret)?;
        let digest = &approved.inspection.digest;
        let (run, resumed) = self.begin_sync(&found, digest, options, &*progress).await?;
        let key = run.key;

        let collector = Arc::new(Collector::default());
        let session = self.session(
            &found.row,
            &adapter,
            connected,
            run.started,
            collector.clone(),
        );
        let session = match session.await {
            Ok(session) => session,
            Err(error) => return self.ended(key, Err(error)).await,
        };
        let manifest = approved
            .inspection
            .manifest
            .read_from(found.read.sis.as_deref());
        let page_size = found.read.page_size.unwrap_or(manifest.page_size.default);
        let concurrency = found
            .read
            .concurrency
            .unwrap_or(manifest.concurrency.into());
        let reading = Reading {
            tenant: self.tenant.clone(),
            run: key,
            provider: found.row.key,
            session,
            collections: wanted(&manifest.collections, found.row.settings.classrooms),
            page_size: page_size.min(manifest.page_size.max),
            concurrency: concurrency.min(manifest.concurrency.into()).max(1) as usize,
            collector,
            progress: progress.clone(),
        };
        let result = run
            .sync(reading, resumed, &found.connection.endpoint, today)
            .await;
        self.ended(key, result).await
    }

    /// Ends a run that stopped because of ourselves (a full disk, a damaged
    /// file), so that its cause is on record.
    pub(crate) async fn ended(&self, key: RunKey, result: Result<RunReport>) -> Result<RunReport> {
        let Err(error) = &result else { return result };
        let end = RunEnd {
            status: RunStatus::Failed,
            code: Some(error.code().to_owned()),
            detail: Some(error.to_string()),
            finished: Timestamp::now(),
            report: serde_json::Value::Null,
        };
        if let Err(second) = self.tenant.end_run(key, &end).await {
            tracing::error!(
                run = key.0,
                "the end of the run could not be stored: {second}"
            );
        }
        result
    }

    /// Goes on with an interrupted run, or begins a new one. Says how many
    /// pages are there already.
    async fn begin_sync(
        &self,
        found: &Integration,
        digest: &str,
        options: SyncOptions,
        progress: &dyn Progress,
    ) -> Result<(RunInProgress, usize)> {
        let key = found.row.key;
        let fingerprint = fingerprint(found);
        if !options.full
            && let Some(row) = self.tenant.resumable_run(key, digest, &fingerprint).await?
            && row.preview == options.preview
            && resumable(&row)
        {
            self.tenant.resume_run(row.key).await?;
            let pages = self.tenant.staged(row.key).await?.len();
            let run = RunInProgress::new(self, row.key, &found.row, RunKind::Sync, row.started);
            let run = run.previewing(options.preview);
            progress.event(&run.started_event(true));
            return Ok((run, pages));
        }
        let started = Timestamp::now();
        let new = NewRun {
            provider: Some(key),
            kind: RunKind::Sync,
            preview: options.preview,
            full: true,
            undoes: None,
            started,
            adapter: Some(digest.to_owned()),
            fingerprint: Some(fingerprint),
            settings: to_json(&found.row.settings),
        };
        let run = self.tenant.create_run(&new).await?;
        let run = RunInProgress::new(self, run, &found.row, RunKind::Sync, started);
        let run = run.previewing(options.preview);
        progress.event(&run.started_event(false));
        Ok((run, 0))
    }
}

/// Whatever decides what is read: pages read under another one are not mixed
/// with these.
fn fingerprint(found: &Integration) -> String {
    let what = (
        &found.connection,
        &found.read,
        found.row.settings.classrooms,
    );
    let digest = Sha256::digest(to_json(&what).to_string());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A run that was cut off, or stopped for want of an answer, goes on where it
/// stopped. One that stopped because something is wrong begins anew, since what
/// it read may be wrong too.
fn resumable(row: &RunRow) -> bool {
    let transient = matches!(
        row.code.as_deref(),
        Some("interrupted" | "unavailable" | "unreachable" | "rate-limited" | "timeout" | "tls")
    );
    let age = Timestamp::now().duration_since(row.started);
    transient && age < jiff::SignedDuration::from_hours(RESUME_WITHIN_HOURS)
}

impl RunInProgress {
    /// Reads, and concludes.
    async fn sync(
        mut self,
        reading: Reading,
        resumed: usize,
        endpoint: &str,
        today: Day,
    ) -> Result<RunReport> {
        self.log(
            Level::Info,
            match resumed {
                0 => format!("reading from {endpoint}"),
                pages => format!("going on after {pages} pages that an earlier attempt has read"),
            },
        )
        .await?;
        let (collector, progress) = (reading.collector.clone(), reading.progress.clone());
        progress.event(&Event::Phase(Phase::Read));
        let began = Instant::now();
        let result = reading.run().await;
        self.report.phases.read = began.elapsed().as_secs_f64();
        match result {
            Ok((totals, findings)) => {
                self.note_reading(totals).await?;
                self.conclude(findings, today, &*progress).await
            }
            Err(ReadFailure::Call(collection, error)) => {
                self.report.requests = collector.sent();
                self.fail_call(Some(collection), &error).await
            }
            Err(ReadFailure::Endless(detail)) => {
                self.fail("limit-exceeded", detail, remedy("limit-exceeded"))
                    .await
            }
            Err(ReadFailure::Ours(error)) => Err(error),
        }
    }
}
