//! A run from its first row in the store to its last, whatever it reads from:
//! plan, then commit, hold or fail, and the report of it.

use std::collections::BTreeMap;
use std::time::Instant;

use homeroom_roster::catalogue;
use homeroom_roster::codes;
use homeroom_roster::finding::{Effect, Finding, Severity};
use homeroom_roster::outcome::{Hold, Outcome};
use homeroom_roster::record::{Collection, Day};
use homeroom_roster::settings::Provider;
use homeroom_roster::state::RunKey;
use homeroom_sandbox::CallError;
use homeroom_store::{
    Event as LogEvent, Level, ProviderRow, RunCommit, RunEnd, RunKind, Saved, SourceSwitch,
};
use jiff::Timestamp;

use crate::error::Result;
use crate::homeroom::Office;
use crate::integrations::to_json;
use crate::progress::{Event, Phase, Progress};
use crate::read::ReadTotals;
use crate::reconcile::{Running, add_page_findings, outdated_finding, prepare};
use crate::redo;
use crate::views::{FindingCounts, HoldView, RunReport, RunStatus};

/// How many incomplete schools a log names; the findings name all.
const MOST_SCHOOLS: usize = 20;

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

    pub(crate) fn previewing(mut self, preview: bool) -> Self {
        self.report.preview = preview;
        self
    }

    pub(crate) fn started_event(&self, resumed: bool) -> Event {
        Event::Started {
            run: self.key.0,
            provider: self.provider.name.clone(),
            resumed,
        }
    }

    pub(crate) async fn log(&self, level: Level, text: String) -> Result<()> {
        let event = LogEvent {
            time: Timestamp::now(),
            level,
            text,
        };
        Ok(self.office.tenant.log(self.key, &[event]).await?)
    }

    pub(crate) async fn note_reading(&mut self, totals: ReadTotals) -> Result<()> {
        self.report.bytes = totals.bytes;
        self.report.phases.sandbox = totals.sandbox.as_secs_f64();
        self.report.peak_sandbox_memory = totals.peak_memory;
        self.log(
            Level::Info,
            format!(
                "read {} pages with {} requests, {} bytes, in {:.1} s",
                totals.pages, self.report.requests, totals.bytes, self.report.phases.read
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
        let running = Running {
            provider,
            run: self.key,
            over_earlier: self.report.delta.is_some(),
        };
        let mut prepared = prepare(&tenant, Some(running)).await?;
        self.report.phases.load = began.elapsed().as_secs_f64();

        progress.event(&Event::Phase(Phase::Plan));
        let began = Instant::now();
        let mut outcome = prepared.reconcile(provider, self.key, today);
        let version = prepared.version;
        let outdated = std::mem::take(&mut prepared.outdated);
        let page_findings = std::mem::take(&mut prepared.page_findings);
        drop(prepared);
        outcome.findings.extend(read_findings);
        outcome
            .findings
            .extend(outdated.iter().map(outdated_finding));
        if !outdated.is_empty() {
            // Nobody has looked at their people, so these are as unmatched as
            // they were.
            let before = tenant.unmatched().await?.into_iter().filter(|person| {
                let of = |provider: &Provider| provider.key == person.origin.provider;
                outdated.iter().any(of)
            });
            outcome.unmatched.extend(before);
        }
        add_page_findings(page_findings, provider, &mut outcome);
        self.add_redo_hold(&mut outcome).await?;
        self.describe(&outcome);
        self.report.phases.plan = began.elapsed().as_secs_f64();
        self.log_plan().await?;

        progress.event(&Event::Phase(Phase::Commit));
        if let Some(fatal) = outcome
            .findings
            .iter()
            .find(|f| f.severity == Severity::Fatal)
        {
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
        let end = ended(&self.report);
        if apply {
            tenant
                .commit(&RunCommit {
                    run: self.key,
                    base_version: version,
                    plan: &outcome.plan,
                    source: switch(&self.report),
                    findings: Some(&outcome.findings),
                    unmatched: Some(&outcome.unmatched),
                    success: true,
                    undoes: None,
                    end: &end,
                })
                .await?;
        } else {
            let saved = Saved {
                findings: &outcome.findings,
                unmatched: &outcome.unmatched,
            };
            tenant
                .hold_run(self.key, &outcome.plan, version, &saved, &end)
                .await?;
        }
        self.report.phases.commit = began.elapsed().as_secs_f64();
        self.report.seconds = self.clock.elapsed().as_secs_f64();
        tenant
            .update_report(self.key, &to_json(&self.report))
            .await?;
        self.log_end().await?;
        Ok(self.report)
    }

    /// After an undo, the source still says what was taken back. A run that
    /// would do it again waits for a person's word.
    async fn add_redo_hold(&self, outcome: &mut Outcome) -> Result<()> {
        if outcome.plan.is_empty() {
            return Ok(());
        }
        let tenant = &self.office.tenant;
        let Some(undone) = tenant.undone_last().await? else {
            return Ok(());
        };
        let Some(taken_back) = tenant.plan(undone).await? else {
            return Ok(());
        };
        let again = redo::repeated(&taken_back, &outcome.plan);
        if again > 0 {
            outcome.holds.push(Hold {
                code: "redo-after-undo".into(),
                school: None,
                detail: format!(
                    "run {undone} was undone, and its source still says the same: \
                     {again} of its changes would be made again"
                )
                .into(),
            });
        }
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
        report.incomplete_schools = outcome
            .incomplete_schools
            .iter()
            .map(ToString::to_string)
            .collect();
        report.incomplete_details = outcome
            .findings
            .iter()
            .filter(|finding| *finding.code == *codes::SCHOOL_INCOMPLETE)
            .map(|finding| finding.detail.to_string())
            .collect();
    }

    async fn log_plan(&self) -> Result<()> {
        let report = &self.report;
        let changes = &report.changes;
        self.log(
            Level::Info,
            format!(
                "compared with the roster: {} changes to users, {} to classes, {} to enrollments, \
                 {} to guardians",
                changes.users.total(),
                changes.classes.total(),
                changes.enrollments.total(),
                changes.guardians.total()
            ),
        )
        .await?;
        let incomplete = report.incomplete_details.iter();
        for detail in incomplete.take(MOST_SCHOOLS) {
            let text = format!("{}: {detail}", codes::SCHOOL_INCOMPLETE);
            self.log(Level::Warn, text).await?;
        }
        for hold in &report.holds {
            self.log(Level::Warn, format!("{}: {}", hold.code, hold.detail))
                .await?;
        }
        Ok(())
    }

    async fn log_end(&self) -> Result<()> {
        let what = match self.report.status {
            RunStatus::Held => "held: nothing was applied, the plan waits for a decision",
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
        self.log(
            Level::Error,
            format!("failed: {code}: {}", self.report.detail),
        )
        .await?;
        let end = ended(&self.report);
        self.office.tenant.end_run(self.key, &end).await?;
        Ok(self.report)
    }

    /// The run ends because a call of the adapter failed.
    pub(crate) async fn fail_call(
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
        self.office
            .tenant
            .save_findings(self.key, &[finding])
            .await?;
        let detail = match collection {
            Some(collection) => format!("reading {collection}: {}", error.detail()),
            None => error.detail().to_owned(),
        };
        self.fail(error.code(), detail, error.remedy().to_owned())
            .await
    }
}

/// What becomes of what the provider said before.
pub(crate) fn switch(report: &RunReport) -> SourceSwitch {
    match report.delta {
        Some(_) => SourceSwitch::Extend,
        None => SourceSwitch::Replace,
    }
}

/// The last row of a run, from its report.
pub(crate) fn ended(report: &RunReport) -> RunEnd {
    RunEnd {
        status: report.status,
        code: Some(report.code.clone()),
        detail: Some(report.detail.clone()),
        finished: Timestamp::now(),
        report: to_json(report),
    }
}

/// What the catalogue says to do about a code.
pub(crate) fn remedy(code: &str) -> String {
    catalogue::find(code)
        .map(|entry| entry.remedy.to_owned())
        .unwrap_or_default()
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
    (
        counts,
        codes
            .into_iter()
            .map(|(code, n)| (code.to_owned(), n))
            .collect(),
    )
}
