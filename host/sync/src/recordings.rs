//! Recordings: a run that goes on record, and what a recording says about
//! itself.
//!
//! A recording holds personal data, so one is made only where somebody names a
//! file, and the run's log says so. How a recording is written and read is the
//! sandbox's business.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use homeroom_roster::state::RunKey;
use homeroom_sandbox::recording::{
    Answer, CallKey, Outcome, RecordError, Recorded, RecordedAdapter, Recorder, Recording,
    RecordingError,
};
use homeroom_store::{Event, Level};
use jiff::Timestamp;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::homeroom::Office;
use crate::progress::Progress;
use crate::run::SyncOptions;
use crate::views::{RunReport, TestReport};

/// What became of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordingMade {
    /// The file.
    pub file: String,
    /// Calls of the adapter.
    pub calls: u64,
    /// Requests of those calls.
    pub requests: u64,
    /// The file's size in bytes.
    pub bytes: u64,
    /// Why it does not go to the end of the run; none: it does.
    pub failure: Option<String>,
}

impl RecordingMade {
    fn finish(file: &Path, recorder: &Recorder) -> RecordingMade {
        let made = |recorded: Recorded, failure| RecordingMade {
            file: file.to_string_lossy().into_owned(),
            calls: recorded.calls,
            requests: recorded.requests,
            bytes: recorded.bytes,
            failure,
        };
        match recorder.finish() {
            Ok(recorded) => made(recorded, None),
            Err(error) => made(Recorded::default(), Some(error.to_string())),
        }
    }
}

impl From<RecordError> for Error {
    fn from(error: RecordError) -> Self {
        let code = match error {
            RecordError::Exists(_) => "recording-exists",
            RecordError::Unwritable { .. } => "recording-unwritable",
        };
        Error::usage(code, format!("{error}; name another file"))
    }
}

impl From<RecordingError> for Error {
    fn from(error: RecordingError) -> Self {
        Error::usage(error.code(), error.to_string())
    }
}

impl Office {
    /// [`Office::sync`], recorded to a file, which must not exist yet. A file
    /// that cannot be written to the end does not change the run.
    ///
    /// # Errors
    /// As [`Office::sync`], and if the file cannot be made.
    pub async fn sync_recorded(
        &self,
        name: &str,
        options: SyncOptions,
        file: &Path,
        progress: Arc<dyn Progress>,
    ) -> Result<(RunReport, RecordingMade)> {
        self.recordable(name).await?;
        let recorder = Recorder::create(file)?;
        let result = self
            .sync_with(name, options, Some(recorder.clone()), progress)
            .await;
        let made = RecordingMade::finish(file, &recorder);
        let report = result?;
        let event = Event {
            time: Timestamp::now(),
            level: Level::Warn,
            text: format!(
                "the run was recorded to {}, which holds personal data",
                made.file
            ),
        };
        self.tenant.log(RunKey(report.run), &[event]).await?;
        Ok((report, made))
    }

    /// [`Office::integration_test`], recorded to a file, which must not exist
    /// yet.
    ///
    /// # Errors
    /// As [`Office::integration_test`], and if the file cannot be made.
    pub async fn integration_test_recorded(
        &self,
        name: &str,
        files: Option<&Path>,
        waiting: impl Fn(&str),
        file: &Path,
    ) -> Result<(TestReport, RecordingMade)> {
        self.recordable(name).await?;
        let recorder = Recorder::create(file)?;
        let result = self
            .integration_test_with(name, files, waiting, Some(recorder.clone()))
            .await;
        let made = RecordingMade::finish(file, &recorder);
        Ok((result?, made))
    }

    /// A recording holds requests and answers, not files.
    async fn recordable(&self, name: &str) -> Result<()> {
        let found = self.find_integration(name).await?;
        let approved = self.homeroom.approved(&found.connection.adapter).await?;
        if approved.inspection.manifest.files.is_none() {
            return Ok(());
        }
        Err(Error::usage(
            "record-files",
            format!(
                "{name} reads files, which a recording does not hold; keep the files, and \
                 `homeroom sync {name} --preview --files DIR_OR_ZIP` reads the same again"
            ),
        ))
    }
}

/// Opens a recording and checks every byte of it.
///
/// # Errors
/// If it is no recording, of a later version, or damaged.
pub fn open_recording(file: &Path) -> Result<Recording> {
    Ok(Recording::open(file)?)
}

/// What a recording says about itself; no body, no record.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordingView {
    /// What the file is.
    pub note: String,
    /// Whether it goes to the end of the run.
    pub complete: bool,
    /// Its size in bytes.
    pub bytes: u64,
    /// The host that recorded it.
    pub host: String,
    /// The adapter.
    pub adapter: RecordedAdapter,
    /// Tenant and integration.
    pub integration: String,
    /// The integration's endpoint.
    pub endpoint: String,
    /// How the host authenticated.
    pub auth: String,
    /// The adapter's settings.
    pub settings: Vec<(String, String)>,
    /// Where the adapter's clock stood.
    pub started: String,
    /// When recording began.
    pub recorded: String,
    /// Keys in the adapter's storage.
    pub storage_keys: u64,
    /// Calls, by collection; `check` is one of them.
    pub calls: BTreeMap<String, CallsView>,
    /// Calls that had not ended when the recording did.
    pub unfinished: u64,
    /// Requests by status, or by the code of what went wrong.
    pub requests: BTreeMap<String, u64>,
    /// Bytes of all answers' bodies.
    pub body_bytes: u64,
    /// Answers in which a credential was masked.
    pub masked: u64,
    /// Lines that the adapter wrote.
    pub log_lines: u64,
}

/// The calls for one collection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallsView {
    /// Calls.
    pub calls: u64,
    /// Requests of those calls.
    pub requests: u64,
    /// Rows that the source sent.
    pub received: u64,
    /// Records that came out.
    pub records: u64,
    /// Codes of calls that failed.
    pub failures: BTreeMap<String, u64>,
}

/// The name under which a call is counted.
pub(crate) fn group(key: &CallKey) -> String {
    match key {
        CallKey::Check => "check".to_owned(),
        CallKey::Read { collection, .. } => collection.name().to_owned(),
    }
}

impl From<&Recording> for RecordingView {
    fn from(recording: &Recording) -> Self {
        let head = recording.head().clone();
        let mut view = RecordingView {
            note: head.note,
            complete: recording.is_complete(),
            bytes: recording.bytes(),
            host: head.host,
            adapter: head.adapter,
            integration: head.integration,
            endpoint: head.endpoint,
            auth: head.auth,
            settings: head.settings,
            started: head.started.to_string(),
            recorded: head.recorded.to_string(),
            storage_keys: head.storage.len() as u64,
            calls: BTreeMap::new(),
            unfinished: 0,
            requests: BTreeMap::new(),
            body_bytes: 0,
            masked: 0,
            log_lines: 0,
        };
        for call in recording.calls() {
            let calls = view.calls.entry(group(&call.key)).or_default();
            calls.calls += 1;
            calls.requests += call.exchanges.len() as u64;
            view.log_lines += call.log.len() as u64;
            match &call.outcome {
                Some(Outcome::Page(page)) => {
                    calls.received += u64::from(page.received);
                    calls.records += u64::from(page.count);
                }
                Some(Outcome::Failure(error)) => {
                    *calls.failures.entry(error.code.clone()).or_default() += 1;
                }
                Some(Outcome::Report { .. }) => {}
                None => view.unfinished += 1,
            }
            for exchange in &call.exchanges {
                let said = match &exchange.answer {
                    Answer::Response {
                        status,
                        bytes,
                        masked,
                        ..
                    } => {
                        view.body_bytes += bytes;
                        view.masked += u64::from(*masked);
                        status.to_string()
                    }
                    Answer::Error(error) => error.code.clone(),
                };
                *view.requests.entry(said).or_default() += 1;
            }
        }
        view
    }
}
