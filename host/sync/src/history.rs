//! Runs to look at: list, show, log, requests. What a person decides about one
//! is in [`crate::decisions`].

use homeroom_roster::state::RunKey;
use homeroom_store::RunRow;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::conclude::remedy;
use crate::error::{Error, Result};
use crate::homeroom::Office;
use crate::views::{DroppedView, FindingView, LogLine, RequestView, RunReport, RunSummary};

/// What `run log` prints, but for the requests: see [`Office::run_requests`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunLog {
    /// How the run ended.
    pub report: RunReport,
    /// What happened, in order.
    pub lines: Vec<LogLine>,
    /// The first findings of each code.
    pub samples: Vec<FindingView>,
}

impl Office {
    /// The newest runs, newest first.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn runs(&self, limit: u32) -> Result<Vec<RunSummary>> {
        let mut summaries = Vec::new();
        for row in self.tenant.runs(None, limit).await? {
            summaries.push(self.summary(&row).await?);
        }
        Ok(summaries)
    }

    /// One run.
    ///
    /// # Errors
    /// If there is none of that number.
    pub async fn run(&self, run: u32) -> Result<RunReport> {
        let row = self.tenant.run(RunKey(run)).await?;
        self.stored_report(&row).await
    }

    /// Everything a person needs to understand a run.
    ///
    /// # Errors
    /// If there is none of that number.
    pub async fn run_log(&self, run: u32) -> Result<RunLog> {
        let row = self.tenant.run(RunKey(run)).await?;
        let lines = self
            .tenant
            .events(row.key)
            .await?
            .into_iter()
            .map(|event| LogLine {
                at: event.time.to_string(),
                level: event.level.to_string(),
                text: event.text,
            });
        Ok(RunLog {
            report: self.stored_report(&row).await?,
            lines: lines.collect(),
            samples: self.samples(row.key).await?,
        })
    }

    /// Hands over each outbound request of a run, in order.
    ///
    /// # Errors
    /// If there is no such run.
    pub async fn run_requests(
        &self,
        run: u32,
        each: &mut (dyn FnMut(RequestView) + Send),
    ) -> Result<()> {
        let run = self.tenant.run(RunKey(run)).await?.key;
        let mut reader = self.tenant.requests(run);
        while let Some(chunk) = reader.next_chunk().await? {
            for row in chunk {
                each(RequestView {
                    at: row.time.to_string(),
                    method: row.method,
                    origin: row.origin,
                    path: row.path,
                    status: row.status,
                    bytes: row.bytes,
                    millis: row.elapsed_ms,
                    attempt: row.attempt,
                    error: row.error,
                });
            }
        }
        Ok(())
    }

    pub(crate) async fn summary(&self, row: &RunRow) -> Result<RunSummary> {
        let report = self.stored_report(row).await?;
        Ok(RunSummary {
            run: row.key.0,
            provider: report.provider,
            kind: row.kind.to_string(),
            preview: report.preview,
            status: report.status,
            code: report.code,
            started: row.started.to_string(),
            seconds: row
                .finished
                .map(|end| end.duration_since(row.started).as_secs_f64()),
        })
    }

    /// The run's report; a run that has none yet (it works, or was cut off)
    /// gets an empty one with its status.
    pub(crate) async fn stored_report(&self, row: &RunRow) -> Result<RunReport> {
        if let Ok(mut report) = serde_json::from_value::<RunReport>(row.report.clone()) {
            report.status = row.status;
            report.dropped = dropped(row);
            return Ok(report);
        }
        let names = self.provider_names().await?;
        let code = row.code.clone().unwrap_or_else(|| "running".into());
        let name = row
            .provider
            .and_then(|key| names.get(&key).cloned())
            .unwrap_or_default();
        Ok(RunReport {
            run: row.key.0,
            provider: name,
            kind: row.kind.to_string(),
            preview: row.preview,
            status: row.status,
            remedy: remedy(&code),
            code,
            detail: row.detail.clone().unwrap_or_default(),
            started: row.started.to_string(),
            requests: self.tenant.request_count(row.key).await?,
            dropped: dropped(row),
            ..RunReport::default()
        })
    }
}

/// What is no longer kept of a run.
fn dropped(row: &RunRow) -> Vec<DroppedView> {
    let view = |what: &str, at: Option<Timestamp>| {
        Some(DroppedView {
            what: what.to_owned(),
            at: at?.to_string(),
        })
    };
    let plan = view("plan", row.plan_dropped);
    let details = view("details", row.details_dropped);
    plan.into_iter().chain(details).collect()
}

pub(crate) fn gone(run: u32, what: &str) -> Error {
    Error::refused(
        "plan-gone",
        format!(
            "the {what} of run {run} is no longer kept (the newest {} are); \
             sync again to see what would change now",
            homeroom_store::KEPT_PLANS
        ),
    )
}
