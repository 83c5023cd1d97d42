//! What a person decides about a run that ended: approve, discard, undo. It
//! knows what a run must be for that, and not how a plan is made.

use std::sync::Arc;

use homeroom_roster::state::RunKey;
use homeroom_store::{
    Event as LogEvent, Level, NewRun, ProviderLock, ProviderState, RunCommit, RunKind, RunRow,
    SourceSwitch, StateLock,
};
use jiff::Timestamp;

use crate::conclude::{ended, switch};
use crate::error::{Error, Result};
use crate::history::gone;
use crate::homeroom::Office;
use crate::progress::{Event, Phase, Progress};
use crate::views::{RunReport, RunStatus};

impl Office {
    /// Applies a held or previewed run exactly as it was shown.
    ///
    /// # Errors
    /// If the run does not wait for approval, or the roster has changed since.
    pub async fn approve(&self, run: u32) -> Result<RunReport> {
        let (row, _locks) = self.waiting(run).await?;
        self.check_current(&row).await?;
        let plan = self
            .tenant
            .plan(row.key)
            .await?
            .ok_or_else(|| gone(run, "plan"))?;
        let mut report = self.stored_report(&row).await?;
        let unmatched = self.tenant.unmatched_of(row.key).await?;
        report.preview = false;
        report.status = match report.incomplete_schools.is_empty() {
            true => RunStatus::Succeeded,
            false => RunStatus::Partial,
        };
        report.code = if report.status == RunStatus::Partial {
            "school-incomplete"
        } else {
            "ok"
        }
        .into();
        report.detail = "approved by an administrator".into();
        report.remedy = String::new();
        let end = ended(&report);
        let base_version = row.base_version.unwrap_or_default();
        let commit = self
            .tenant
            .commit(&RunCommit {
                run: row.key,
                base_version,
                plan: &plan,
                source: switch(&report),
                findings: None,
                unmatched: unmatched.as_deref(),
                success: true,
                undoes: None,
                end: &end,
            })
            .await;
        match commit {
            Ok(_) => {}
            Err(homeroom_store::Error::StateMoved { .. }) => {
                return Err(Error::refused(
                    "state-moved",
                    format!(
                        "run {run} cannot be applied: the roster has changed since it was \
                         planned; run `homeroom run discard {run}` and sync again to see \
                         what would change now"
                    ),
                ));
            }
            Err(error) => return Err(error.into()),
        }
        self.note(row.key, "approved by an administrator and applied")
            .await?;
        Ok(report)
    }

    /// Drops a held or previewed run.
    ///
    /// # Errors
    /// If the run does not wait for approval.
    pub async fn discard(&self, run: u32) -> Result<RunReport> {
        let (row, _locks) = self.waiting(run).await?;
        let mut report = self.stored_report(&row).await?;
        report.status = RunStatus::Discarded;
        self.tenant.end_run(row.key, &ended(&report)).await?;
        self.note(
            row.key,
            "discarded by an administrator; nothing was applied",
        )
        .await?;
        Ok(report)
    }

    /// Takes back the newest applied run: users, links, classes, enrollments,
    /// guardians, the list of the unmatched and what the adapter stored are as
    /// they were before it.
    ///
    /// # Errors
    /// If the run was not applied, is not the newest applied one, or is too old
    /// for its plan to be kept.
    pub async fn undo(&self, run: u32, progress: Arc<dyn Progress>) -> Result<RunReport> {
        let (row, _locks) = self.locked(run).await?;
        if row.committed_version.is_none() || row.kind == RunKind::Undo {
            return Err(Error::usage(
                "not-applied",
                format!(
                    "run {run} is {} and applied nothing that can be undone",
                    row.status
                ),
            ));
        }
        if row.status == RunStatus::Undone {
            return Err(Error::usage(
                "already-undone",
                format!("run {run} is undone already"),
            ));
        }
        // A run that was gone on with later is applied after runs with a higher
        // number, so the order is that of commits.
        let runs = self.tenant.runs(None, u32::MAX).await?.into_iter();
        let newest = runs.filter(applied).max_by_key(|run| run.committed_version);
        if let Some(newest) = newest
            && newest.committed_version > row.committed_version
        {
            return Err(Error::refused(
                "later-runs",
                format!(
                    "run {run} is not the newest applied run; undo the later ones first, \
                     newest first, beginning with run {}",
                    newest.key
                ),
            ));
        }
        let version = self.tenant.state_version().await?;
        let plan = self
            .tenant
            .plan(row.key)
            .await?
            .ok_or_else(|| gone(run, "plan"))?
            .inverse();
        let started = Timestamp::now();
        let key = self
            .tenant
            .create_run(&NewRun {
                provider: row.provider,
                provider_revision: row.provider_revision,
                kind: RunKind::Undo,
                preview: false,
                changed_since: None,
                undoes: Some(row.key),
                started,
                adapter: None,
                fingerprint: None,
                settings: serde_json::Value::Null,
            })
            .await?;
        let undone = self.stored_report(&row).await?;
        progress.event(&Event::Started {
            run: key.0,
            provider: undone.provider.clone(),
            resumed: false,
        });
        progress.event(&Event::Phase(Phase::Commit));
        let report = RunReport {
            run: key.0,
            kind: RunKind::Undo.to_string(),
            status: RunStatus::Succeeded,
            code: "ok".into(),
            detail: match row.commit_order {
                Some(_) => format!("run {run} was taken back"),
                // Committed before it was kept what the run replaced.
                None => format!(
                    "run {run} was taken back; the list of the unmatched and the adapter's \
                     storage stay as it left them until the next run"
                ),
            },
            changes: plan.counts(),
            started: started.to_string(),
            ..empty(undone)
        };
        self.tenant
            .commit(&RunCommit {
                run: key,
                base_version: version,
                plan: &plan,
                source: SourceSwitch::Keep,
                findings: None,
                unmatched: None,
                success: false,
                undoes: Some(row.key),
                end: &ended(&report),
            })
            .await?;
        self.note(
            key,
            &format!("run {run} was taken back by an administrator"),
        )
        .await?;
        Ok(report)
    }

    /// A run that waits for a person's word, read under the locks that keep it
    /// so.
    async fn waiting(&self, run: u32) -> Result<(RunRow, Locks)> {
        let (row, locks) = self.locked(run).await?;
        let previewed =
            row.preview && matches!(row.status, RunStatus::Succeeded | RunStatus::Partial);
        if row.committed_version.is_some() || !(row.status == RunStatus::Held || previewed) {
            return Err(Error::usage(
                "not-waiting",
                format!(
                    "run {run} is {} and does not wait for approval; \
                     `homeroom run list` shows the runs that are held",
                    row.status
                ),
            ));
        }
        Ok((row, locks))
    }

    /// A run, read once nobody else can work on it, its provider or the roster.
    async fn locked(&self, run: u32) -> Result<(RunRow, Locks)> {
        let provider = self.tenant.run(RunKey(run)).await?.provider;
        let provider = match provider {
            Some(provider) => Some(self.tenant.try_lock_provider(provider).await?),
            None => None,
        };
        let locks = Locks {
            _provider: provider,
            _state: self.tenant.lock_state().await?,
        };
        Ok((self.tenant.run(RunKey(run)).await?, locks))
    }

    /// Refuses to apply what a run planned if its provider has been read and
    /// applied again since, or is gone.
    async fn check_current(&self, row: &RunRow) -> Result<()> {
        let Some(provider) = row.provider else {
            return Ok(());
        };
        let superseded = |newer: &RunRow| {
            newer.kind != RunKind::Undo
                && newer.committed_version.is_some()
                && newer.finished > row.finished
        };
        let runs = self.tenant.runs(Some(provider), u32::MAX).await?;
        if let Some(newer) = runs.iter().find(|newer| superseded(newer)) {
            return Err(Error::refused(
                "superseded",
                format!(
                    "run {} cannot be applied: run {} has read the same source since and was \
                     applied; run `homeroom run discard {}`",
                    row.key, newer.key, row.key
                ),
            ));
        }
        let now = self.tenant.provider_by_key(provider).await?;
        if row.provider_revision < now.identity_revision {
            return Err(Error::refused(
                "source-replaced",
                format!(
                    "run {} cannot be applied: {} has another endpoint or adapter since, so the run \
                     has read another source; run `homeroom run discard {}` and sync again",
                    row.key, now.name, row.key
                ),
            ));
        }
        if now.state == ProviderState::Deleted {
            return Err(Error::refused(
                "integration-deleted",
                format!(
                    "run {} cannot be applied: its integration was deleted; \
                     run `homeroom run discard {}`",
                    row.key, row.key
                ),
            ));
        }
        Ok(())
    }

    async fn note(&self, run: RunKey, text: &str) -> Result<()> {
        let event = LogEvent {
            time: Timestamp::now(),
            level: Level::Info,
            text: text.to_owned(),
        };
        self.tenant.log(run, &[event]).await?;
        Ok(self.tenant.act(&format!("run {run}: {text}")).await?)
    }
}

/// What keeps a run, its provider and the roster as they are.
struct Locks {
    _provider: Option<ProviderLock>,
    _state: StateLock,
}

/// Whether the run changed the roster and was not taken back.
fn applied(row: &RunRow) -> bool {
    row.committed_version.is_some()
        && row.committed_version != row.base_version
        && row.kind != RunKind::Undo
        && row.status != RunStatus::Undone
}

/// The report of a run that does not read: the other's name and nothing else.
fn empty(of: RunReport) -> RunReport {
    RunReport {
        provider: of.provider,
        ..RunReport::default()
    }
}
