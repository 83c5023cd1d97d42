//! A sync: begin it or go on with an interrupted one, read, and conclude.
//!
//! What follows reading is the same for directories and stands in
//! [`crate::conclude`].

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use homeroom_roster::record::Day;
use homeroom_roster::setting_keys::ReadSettings;
use homeroom_roster::state::{ProviderKey, RunKey};
use homeroom_sandbox::CallStats;
use homeroom_sandbox::recording::Recorder;
use homeroom_store::{
    Level, NewRun, PageRow, ProviderState, Retention, RunEnd, RunKind, RunRow, RunStatus,
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::conclude::{RunInProgress, remedy};
use crate::connection::pace_of;
use crate::delta::{self, Base, Wish};
use crate::error::{Error, Result};
use crate::files::{Fetched, Fetching};
use crate::homeroom::{Office, retention, today};
use crate::integrations::{Given, Integration, to_json};
use crate::observer::Collector;
use crate::progress::{Event, Phase, Progress};
use crate::read::{ReadFailure, Reading, wanted};
use crate::usage::{self, StoredStats};
use crate::views::RunReport;

/// How to sync.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyncOptions {
    /// Plan only; apply nothing.
    pub preview: bool,
    /// Read everything anew, also what an interrupted run has read already.
    pub full: bool,
    /// A folder or zip to read instead of the integration's own place, for
    /// adapters that read files.
    pub files: Option<PathBuf>,
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
        self.sync_with(name, options, None, progress).await
    }

    pub(crate) async fn sync_with(
        &self,
        name: &str,
        options: SyncOptions,
        recorder: Option<Recorder>,
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
        let (today, keep) = (today()?, retention()?);
        let approved = self.homeroom.approved(&found.connection.adapter).await?;
        let _lock = self.tenant.try_lock_provider(found.row.key).await?;
        let adapter = self.homeroom.load(&approved.inspection).await?;
        let secret = self.tenant.secret(found.row.key).await?;
        let connected = found
            .connection
            .connect(name, &approved, &found.read, secret.clone())?;
        let digest = &approved.inspection.digest;
        let fetching = Fetching {
            name,
            found: &found,
            manifest: &approved.inspection.manifest,
            connected: &connected,
            secret,
            at_hand: options.files.as_deref(),
            in_a_hurry: false,
            progress: &*progress,
        };
        let files = match self.fetch_files(fetching).await? {
            Ok(files) => files,
            Err(error) => {
                // Nothing can be gone on with before it is known what is there.
                let options = SyncOptions {
                    full: true,
                    ..options
                };
                let mut base = Base::default();
                let begun = self.begin_sync(&found, digest, &options, None, &mut base, &*progress);
                let result = begun.await?.0.fail_fetch(&error).await;
                self.prune(found.row.key, &keep).await;
                return result;
            }
        };
        let manifest = approved
            .inspection
            .manifest
            .read_from(found.read.sis.as_deref());
        let reach = reach(&found);
        let wish = Wish {
            found: &found,
            read: &manifest,
            adapter: digest,
            reach: &reach,
            full: options.full,
            files: files.is_some(),
            now: Timestamp::now(),
        };
        let mut base = wish.base(&self.tenant).await?;
        let (run, resumed, used) = self
            .begin_sync(
                &found,
                digest,
                &options,
                files.as_deref(),
                &mut base,
                &*progress,
            )
            .await?;
        let key = run.key;

        let manifest = approved
            .inspection
            .manifest
            .read_from(found.read.sis.as_deref());
        let pace = pace_of(&manifest, &found.read);
        let collector = Arc::new(Collector::telling(progress.clone()));
        let given = Given {
            connected,
            started: run.started,
            files: files.clone(),
            observer: collector.clone(),
            pace,
            recorder,
        };
        let session = match self.session(&found.row, &adapter, given).await {
            Ok(session) => session.continuing(used),
            Err(error) => return self.ended(key, Err(error)).await,
        };
        let page_size = found.read.page_size.unwrap_or(manifest.page_size.default);
        let reading = Reading {
            tenant: self.tenant.clone(),
            run: key,
            provider: found.row.key,
            session,
            collections: wanted(&manifest.collections, found.row.settings.classrooms),
            since: base.since,
            known: base.known.clone(),
            delta: manifest.delta,
            page_size: page_size.min(manifest.page_size.max),
            concurrency: pages_at_work(pace.concurrency),
            collector,
            progress: progress.clone(),
            places: Arc::default(),
        };
        let from = match &options.files {
            Some(path) => path.display().to_string(),
            None => found.connection.endpoint.clone(),
        };
        let source = Source { from, files, base };
        let result = run.sync(reading, resumed, &source, today).await;
        let result = self.ended(key, result).await;
        self.prune(found.row.key, &keep).await;
        result
    }

    /// Drops what is kept of old runs long enough. That it cannot is no reason
    /// to fail a run.
    pub(crate) async fn prune(&self, provider: ProviderKey, keep: &Retention) {
        if let Err(error) = self.tenant.prune(provider, keep, Timestamp::now()).await {
            tracing::warn!(
                provider = provider.0,
                "old runs could not be dropped: {error}"
            );
        }
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
    /// pages are there already, and what reading them has used.
    async fn begin_sync(
        &self,
        found: &Integration,
        digest: &str,
        options: &SyncOptions,
        files: Option<&Fetched>,
        base: &mut Base,
        progress: &dyn Progress,
    ) -> Result<(RunInProgress, usize, CallStats)> {
        let key = found.row.key;
        let fingerprint = fingerprint(found, files);
        if !options.full
            && let Some(row) = self.tenant.resumable_run(key, digest, &fingerprint).await?
            && row.preview == options.preview
            && resumable(&row)
            && (row.changed_since.is_none() || !base.known.is_empty())
        {
            self.tenant.resume_run(row.key, found.row.revision).await?;
            let pages = self.tenant.staged(row.key).await?;
            let used = used_before(&row, &pages);
            let run = RunInProgress::new(self, row.key, &found.row, RunKind::Sync, row.started);
            let run = run.previewing(options.preview);
            // It goes on with what it asked for.
            base.since = row.changed_since;
            progress.event(&run.started_event(true));
            return Ok((run, pages.len(), used));
        }
        let started = Timestamp::now();
        let new = NewRun {
            provider: Some(key),
            kind: RunKind::Sync,
            preview: options.preview,
            changed_since: base.since,
            undoes: None,
            started,
            adapter: Some(digest.to_owned()),
            fingerprint: Some(fingerprint),
            provider_revision: found.row.revision,
            settings: to_json(&found.row.settings),
        };
        let run = self.tenant.create_run(&new).await?;
        let run = RunInProgress::new(self, run, &found.row, RunKind::Sync, started);
        let run = run.previewing(options.preview);
        progress.event(&run.started_event(false));
        Ok((run, 0, CallStats::default()))
    }
}

/// Pages that are worked on at once. While one is decoded and stored, it asks
/// nothing; so that connections are busy meanwhile, there are more pages than
/// requests, and those that are too many wait for their turn. How many requests
/// are under way is the sandbox's business.
fn pages_at_work(requests: u16) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    usize::from(requests) + cores.min(requests.into())
}

/// What a run reads from.
struct Source {
    /// For the log.
    from: String,
    files: Option<Arc<Fetched>>,
    base: Base,
}

impl Source {
    /// For the log.
    fn line(&self) -> String {
        let from = &self.from;
        match (self.base.since, &self.base.why_whole) {
            (Some(since), _) => format!("reading what changed since {since:.0} from {from}"),
            (None, Some(why)) => format!("reading everything from {from}: {why}"),
            (None, None) => format!("reading from {from}"),
        }
    }
}

/// What the earlier attempts of a run used: as its report says, or, where the
/// process died before it could write one, as its pages say.
fn used_before(row: &RunRow, pages: &[PageRow]) -> CallStats {
    let told = serde_json::from_value::<RunReport>(row.report.clone())
        .ok()
        .and_then(|report| report.usage);
    if let Some(usage) = told {
        return usage::of_report(&usage);
    }
    let mut used = CallStats::default();
    for page in pages {
        let stored: StoredStats = serde_json::from_value(page.stats.clone()).unwrap_or_default();
        used += stored.into();
    }
    used
}

/// Whatever decides what is read: pages read under another one are not mixed
/// with these.
fn fingerprint(found: &Integration, files: Option<&Fetched>) -> String {
    // How fast is not what: whoever was asked to slow down goes on.
    let read = ReadSettings {
        concurrency: None,
        requests_per_minute: None,
        full_read_days: None,
        ..found.read.clone()
    };
    delta::fingerprint(&reach(found), &hash(&(read, files.map(Fetched::digest))))
}

/// Whatever decides what the source is: changes read under another one do not
/// lie over these pages.
fn reach(found: &Integration) -> String {
    let read = &found.read;
    hash(&(
        &found.connection,
        &read.sis,
        read.compatibility,
        found.row.settings.classrooms,
    ))
}

fn hash(what: &impl serde::Serialize) -> String {
    let digest = Sha256::digest(to_json(what).to_string());
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
        source: &Source,
        today: Day,
    ) -> Result<RunReport> {
        self.log(
            Level::Info,
            match resumed {
                0 => source.line(),
                pages => format!("going on after {pages} pages that an earlier attempt has read"),
            },
        )
        .await?;
        if let Some(files) = &source.files {
            self.log(Level::Info, files.line()).await?;
        }
        let progress = reading.progress.clone();
        let (session, places) = (reading.session.clone(), reading.places.clone());
        progress.event(&Event::Phase(Phase::Read));
        let began = Instant::now();
        let result = reading.run().await;
        self.report.phases.read = began.elapsed().as_secs_f64();
        self.report.requests = self.office.tenant.request_count(self.key).await?;
        self.report.usage = Some(usage::of_run(
            &session.totals(),
            session.limits(),
            &places,
            began.elapsed(),
        ));
        match result {
            Ok((mut totals, findings)) => {
                totals.bytes += source.files.as_ref().map_or(0, |files| files.size());
                self.note_reading(totals).await?;
                self.report.delta =
                    delta::brought(&self.office.tenant, self.key, source.base.since).await?;
                if let Some(detail) = self.storage_too_large().await? {
                    return self
                        .fail("limit-exceeded", detail, remedy("limit-exceeded"))
                        .await;
                }
                self.conclude(findings, today, &*progress).await
            }
            Err(ReadFailure::Call(collection, error)) => {
                self.fail_call(Some(collection), &error).await
            }
            Err(ReadFailure::Unusable(code, detail)) => self.fail(code, detail, remedy(code)).await,
            Err(ReadFailure::Ours(error)) => Err(error),
        }
    }

    /// The sandbox bounds what one attempt's calls want to store; a run that
    /// was gone on with has had several.
    async fn storage_too_large(&self) -> Result<Option<String>> {
        let most = homeroom_sandbox::Limits::default().storage_bytes;
        let tenant = &self.office.tenant;
        let after = tenant.adapter_storage_after(self.provider.key, self.key);
        let size: usize = after.await?.iter().map(|(k, v)| k.len() + v.len()).sum();
        Ok((size > most).then(|| {
            format!("the run would leave {size} bytes in the adapter's storage; {most} are allowed")
        }))
    }
}
