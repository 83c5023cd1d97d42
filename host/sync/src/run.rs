//! One run: begin or resume, read, plan, then commit, hold or fail.
//!
//! A sync and a directory import differ only in where the pages come from; what
//! follows reading is here once, in [`RunInProgress::conclude`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use homeroom_roster::catalogue;
use homeroom_roster::finding::{Effect, Finding, Severity};
use homeroom_roster::outcome::{Hold, Outcome};
use homeroom_roster::record::{Collection, Day};
use homeroom_roster::state::RunKey;
use homeroom_sandbox::{CallError, Session, SessionConfig};
use homeroom_store::{
    Event as LogEvent, Level, NewRun, ProviderRow, ProviderState, RunCommit, RunEnd, RunKind,
    RunRow, Saved, SourceSwitch,
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::homeroom::{Office, today};
use crate::integrations::{Integration, to_json};
use crate::observer::Collector;
use crate::progress::{Event, Phase, Progress};
use crate::read::{ReadFailure, ReadTotals, Reading, wanted};
use crate::reconcile::{add_page_findings, prepare};
use crate::views::{FindingCounts, HoldView, RunReport, RunStatus};

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
        let connected = found.connection.connect(name, &approved, &found.read, secret)?;
        let digest = &approved.inspection.digest;
        let (run, resumed) = self.begin_sync(&found, digest, options, &*progress).await?;
        let key = run.key;

        let collector = Arc::new(Collector::default());
        let (_, egress) = self.homeroom.engine().await?;
        let config = SessionConfig {
            integration: self.session_name(&found.row),
            connected,
            started: run.started,
            storage: self.tenant.adapter_storage(found.row.key).await?,
            observer: collector.clone(),
            egress: egress.clone(),
        };
        let manifest = &approved.inspection.manifest.read;
        let page_size = found.read.page_size.unwrap_or(manifest.page_size.default);
        let concurrency = found.read.concurrency.unwrap_or(manifest.concurrency.into());
        let reading = Reading {
            tenant: self.tenant.clone(),
            run: key,
            provider: found.row.key,
            session: Session::new(&adapter, config),
            collections: wanted(&manifest.collections, found.row.settings.classrooms),
            page_size: page_size.min(manifest.page_size.max),
            concurrency: concurrency.min(manifest.concurrency.into()).max(1) as usize,
            collector,
            progress: progress.clone(),
        };
        let result = run.sync(reading, resumed, &found.connection.endpoint, today).await;
        self.ended(key, result).await
    }

    /// Ends a run that stopped because of ourselves (a full disk, a damaged
    /// file), so that its cause is on record.
    pub(crate) async fn ended(&self, key: RunKey, result: Result<RunReport>) -> Result<RunReport> {
        let Err(error) = &result else { return result };
        let end = RunEnd {
            status: homeroom_store::RunStatus::Failed,
            code: Some(error.code().to_owned()),
            detail: Some(error.to_string()),
            finished: Timestamp::now(),
            report: serde_json::Value::Null,
        };
        if let Err(second) = self.tenant.end_run(key, &end).await {
            tracing::error!(run = key.0, "the end of the run could not be stored: {second}");
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
    let what = (&found.connection, &found.read, found.row.settings.classrooms);
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

/// A run from its first row in the store to its last.
pub(crate) struct RunInProgress {
    pub(crate) office: Office,
    pub(crate) key: RunKey,
    pub(crate) provider: ProviderRow,
    pub(crate) started: Timestamp,
    pub(crate) report: RunReport,
    clock: Instant,
}

impl RunInProgress {
    pub(crate) fn new(
        office: &Office,
        key: RunKey,
        provider: &ProviderRow,
        kind: RunKind,
        started: Timestamp,
    ) -> Self {
        let report = RunReport {
            run: key.0,
            provider: provider.name.clone(),
            kind: kind.to_string(),
            status: RunStatus::Running,
            code: "ok".into(),
            started: started.to_string(),
            ..RunReport::default()
        };
        RunInProgress {
            office: office.clone(),
            key,
            provider: provider.clone(),
            started,
            report,
            clock: Instant::now(),
        }
    }

    fn previewing(mut self, preview: bool) -> Self {
        self.report.preview = preview;
        self
    }

    pub(crate) fn started_event(&self, resumed: bool) -> Event {
        Event::Started { run: self.key.0, provider: self.provider.name.clone(), resumed }
    }

    pub(crate) async fn log(&self, level: Level, text: String) -> Result<()> {
        let event = LogEvent { time: Timestamp::now(), level, text };
        Ok(self.office.tenant.log(self.key, &[event]).await?)
    }

    /// Reads, and concludes.
    async fn sync(
        mut self,
        reading: Reading,
        resumed: usize,
        endpoint: &str,
        today: Day,
    ) -> Result<RunReport> {
        self.log(Level::Info, match resumed {
            0 => format!("reading from {endpoint}"),
            pages => format!("going on after {pages} pages that an earlier attempt has read"),
        })
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
                self.fail("limit-exceeded", detail, remedy("limit-exceeded")).await
            }
            Err(ReadFailure::Ours(error)) => Err(error),
        }
    }

    async fn note_reading(&mut self, totals: ReadTotals) -> Result<()> {
        self.report.requests = totals.requests;
        self.report.bytes = totals.bytes;
        self.report.phases.sandbox = totals.sandbox.as_secs_f64();
        self.report.peak_sandbox_memory = totals.peak_memory;
        self.log(
            Level::Info,
            format!(
                "read {} pages with {} requests, {} bytes, in {:.1} s",
                totals.pages, totals.requests, totals.bytes, self.report.phases.read
            ),
        )
        .await
    }

    /// Everything after reading: plan, then commit, hold or fail.
    pub(crate) async fn conclude(
        mut self,
        read_findings: Vec<Finding>,
        today: Day,
        progress: &dyn Progress,
    ) -> Result<RunReport> {
        let tenant = self.office.tenant.clone();
        let provider = self.provider.key;
        progress.event(&Event::Phase(Phase::Load));
        let began = Instant::now();
        // From here to the commit nobody else may move the roster.
        let _state = tenant.lock_state().await?;
        let prepared = prepare(&tenant, Some((provider, self.key))).await?;
        self.report.phases.load = began.elapsed().as_secs_f64();

        progress.event(&Event::Phase(Phase::Plan));
        let began = Instant::now();
        let mut outcome = prepared.reconcile(provider, self.key, today);
        let version = prepared.version;
        drop(prepared);
        outcome.findings.extend(read_findings);
        add_page_findings(&tenant, self.key, provider, &mut outcome).await?;
        self.add_redo_hold(&mut outcome).await?;
        self.describe(&outcome);
        self.report.phases.plan = began.elapsed().as_secs_f64();
        self.log_plan().await?;

        progress.event(&Event::Phase(Phase::Commit));
        if let Some(fatal) = outcome.findings.iter().find(|f| f.severity == Severity::Fatal) {
            let (code, detail) = (fatal.code.to_string(), fatal.detail.to_string());
            tenant.save_findings(self.key, &outcome.findings).await?;
            return self.fail(&code, detail, remedy(&code)).await;
        }
        self.settle(outcome, version).await
    }

    /// Commits the plan, or keeps it with the run where it must not be applied.
    async fn settle(mut self, outcome: Outcome, version: u64) -> Result<RunReport> {
        let tenant = self.office.tenant.clone();
        let began = Instant::now();
        if let Some(hold) = outcome.holds.first() {
            self.report.status = RunStatus::Held;
            self.report.code = hold.code.to_string();
            self.report.detail = hold.detail.to_string();
            self.report.remedy = remedy(&hold.code);
        } else if let Some(school) = outcome.incomplete_schools.first() {
            self.report.status = RunStatus::Partial;
            self.report.code = "school-incomplete".into();
            self.report.detail = match outcome.incomplete_schools.len() {
                1 => format!("school {school} is incomplete and stays as it was"),
                n => format!("{n} schools are incomplete and stay as they were, {school} first"),
            };
            self.report.remedy = remedy("school-incomplete");
        } else {
            self.report.status = RunStatus::Succeeded;
        }
        self.report.phases.commit = began.elapsed().as_secs_f64();
        self.report.seconds = self.clock.elapsed().as_secs_f64();
        let apply = outcome.holds.is_empty() && !self.report.preview;
        let end = self.end();
        if apply {
            tenant
                .commit(&RunCommit {
                    run: self.key,
                    base_version: version,
                    plan: &outcome.plan,
                    source: SourceSwitch::Replace,
                    findings: Some(&outcome.findings),
                    unmatched: Some(&outcome.unmatched),
                    success: true,
                    undoes: None,
                    end: &end,
                })
                .await?;
        } else {
            let saved = Saved { findings: &outcome.findings, unmatched: &outcome.unmatched };
            tenant.hold_run(self.key, &outcome.plan, version, &saved, &end).await?;
        }
        self.report.phases.commit = began.elapsed().as_secs_f64();
        self.report.seconds = self.clock.elapsed().as_secs_f64();
        tenant.update_report(self.key, &to_json(&self.report)).await?;
        self.log_end().await?;
        Ok(self.report)
    }

    /// After an undo, the source still says what was taken back. A run that
    /// would do it again waits for a person's word.
    async fn add_redo_hold(&self, outcome: &mut Outcome) -> Result<()> {
        if outcome.plan.is_empty() {
            return Ok(());
        }
        let Some(undone) = self.office.tenant.undone_last().await? else {
            return Ok(());
        };
        outcome.holds.push(Hold {
            code: "redo-after-undo".into(),
            school: None,
            detail: format!(
                "nothing was applied since run {undone} was undone, and this run would change \
                 {} records; look whether it does again what was taken back",
                total(&outcome.plan.counts())
            )
            .into(),
        });
        Ok(())
    }

    /// Puts the plan's numbers into the report.
    fn describe(&mut self, outcome: &Outcome) {
        let report = &mut self.report;
        report.counts = outcome.counts;
        for collection in Collection::ALL {
            let tally = outcome.tally.get(&collection).copied().unwrap_or_default();
            report.set_tally(collection, tally);
        }
        (report.findings, report.finding_codes) = count_findings(&outcome.findings);
        report.changes = outcome.plan.counts();
        report.holds = outcome
            .holds
            .iter()
            .map(|hold| HoldView {
                code: hold.code.to_string(),
                school: hold.school.as_ref().map(ToString::to_string),
                detail: hold.detail.to_string(),
            })
            .collect();
        report.incomplete_schools =
            outcome.incomplete_schools.iter().map(ToString::to_string).collect();
    }

    async fn log_plan(&self) -> Result<()> {
        let report = &self.report;
        let changes = &report.changes;
        self.log(
            Level::Info,
            format!(
                "planned {} changes to users, {} to classes, {} to enrollments, {} to guardians",
                changes.users.total(),
                changes.classes.total(),
                changes.enrollments.total(),
                changes.guardians.total()
            ),
        )
        .await?;
        for hold in &report.holds {
            self.log(Level::Warn, format!("{}: {}", hold.code, hold.detail)).await?;
        }
        Ok(())
    }

    async fn log_end(&self) -> Result<()> {
        let what = match self.report.status {
            RunStatus::Held => "held: nothing was applied, the plan waits for approval",
            RunStatus::Partial if self.report.preview => "previewed: partial, nothing applied",
            RunStatus::Partial => "applied, but some schools stay as they were",
            _ if self.report.preview => "previewed: nothing was applied",
            _ => "applied",
        };
        self.log(Level::Info, what.to_owned()).await
    }

    /// The run ends here; the roster is as it was.
    pub(crate) async fn fail(
        mut self,
        code: &str,
        detail: String,
        remedy: String,
    ) -> Result<RunReport> {
        self.report.status = RunStatus::Failed;
        self.report.code = code.to_owned();
        self.report.detail = detail;
        self.report.remedy = remedy;
        self.report.findings.fatal = self.report.findings.fatal.max(1);
        self.report.seconds = self.clock.elapsed().as_secs_f64();
        self.log(Level::Error, format!("failed: {code}: {}", self.report.detail)).await?;
        let end = self.end();
        self.office.tenant.end_run(self.key, &end).await?;
        Ok(self.report)
    }

    /// The run ends because a call of the adapter failed.
    async fn fail_call(
        mut self,
        collection: Option<Collection>,
        error: &CallError,
    ) -> Result<RunReport> {
        let finding = Finding {
            code: error.code().into(),
            severity: Severity::Fatal,
            effect: Effect::Kept,
            provider: Some(self.provider.key),
            entity: collection,
            sourced_id: None,
            field: None,
            detail: error.detail().into(),
        };
        self.report.finding_codes.insert(error.code().to_owned(), 1);
        self.office.tenant.save_findings(self.key, &[finding]).await?;
        let detail = match collection {
            Some(collection) => format!("reading {collection}: {}", error.detail()),
            None => error.detail().to_owned(),
        };
        self.fail(error.code(), detail, error.remedy().to_owned()).await
    }

    fn end(&self) -> RunEnd {
        let status = match self.report.status {
            RunStatus::Queued => homeroom_store::RunStatus::Queued,
            RunStatus::Running => homeroom_store::RunStatus::Running,
            RunStatus::Succeeded => homeroom_store::RunStatus::Succeeded,
            RunStatus::Partial => homeroom_store::RunStatus::Partial,
            RunStatus::Failed => homeroom_store::RunStatus::Failed,
            RunStatus::Held => homeroom_store::RunStatus::Held,
            RunStatus::Discarded => homeroom_store::RunStatus::Discarded,
            RunStatus::Undone => homeroom_store::RunStatus::Undone,
        };
        RunEnd {
            status,
            code: Some(self.report.code.clone()),
            detail: Some(self.report.detail.clone()),
            finished: Timestamp::now(),
            report: to_json(&self.report),
        }
    }
}

/// All changes that a person would notice.
fn total(counts: &homeroom_roster::plan::PlanCounts) -> u64 {
    counts.users.total()
        + counts.classes.total()
        + counts.enrollments.total()
        + counts.guardians.total()
}

/// What the catalogue says to do about a code.
pub(crate) fn remedy(code: &str) -> String {
    catalogue::find(code).map(|entry| entry.remedy.to_owned()).unwrap_or_default()
}

fn count_findings(findings: &[Finding]) -> (FindingCounts, BTreeMap<String, u64>) {
    let mut counts = FindingCounts::default();
    let mut codes: BTreeMap<&str, u64> = BTreeMap::new();
    for finding in findings {
        match finding.severity {
            Severity::Info => counts.info += 1,
            Severity::Warning => counts.warning += 1,
            Severity::Error => counts.error += 1,
            Severity::Fatal => counts.fatal += 1,
        }
        *codes.entry(&finding.code).or_default() += 1;
    }
    (counts, codes.into_iter().map(|(code, n)| (code.to_owned(), n)).collect())
}
