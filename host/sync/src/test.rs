//! Trying a connection: what the adapter saw, what the host knows of the
//! credentials and the clock, and, while it takes long, what it waits for.

use std::future::Future;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use homeroom_sandbox::recording::Recorder;
use homeroom_sandbox::{ErrorKind, Observer, Pace, RequestAudit, Waiting};
use jiff::Timestamp;

use crate::connection::pace_of;
use crate::error::Result;
use crate::files::Fetching;
use crate::homeroom::Office;
use crate::integrations::Given;
use crate::observer::sentence;
use crate::progress::NoProgress;
use crate::views::TestReport;

/// After so long a person is told what the test waits for, and again after as
/// long. A server that asks for a longer pause is not waited for.
const PATIENCE: Duration = Duration::from_secs(3);
/// An answer that took longer is named in the report.
const SLOW: Duration = Duration::from_secs(1);

impl Office {
    /// Tries the connection with as few requests as will do. A connection that
    /// does not work is a report, not an error. Every three seconds `waiting`
    /// gets a sentence on what the test waits for. `files` is a folder or zip to
    /// look at instead of the integration's own place.
    ///
    /// # Errors
    /// If there is no such integration, its adapter is not approved, or reads no
    /// files though some are given.
    pub async fn integration_test(
        &self,
        name: &str,
        files: Option<&Path>,
        waiting: impl Fn(&str),
    ) -> Result<TestReport> {
        self.integration_test_with(name, files, waiting, None).await
    }

    pub(crate) async fn integration_test_with(
        &self,
        name: &str,
        files: Option<&Path>,
        waiting: impl Fn(&str),
        recorder: Option<Recorder>,
    ) -> Result<TestReport> {
        let began = Instant::now();
        let found = self.find_integration(name).await?;
        let approved = self.homeroom.approved(&found.connection.adapter).await?;
        let adapter = self.homeroom.load(&approved.inspection).await?;
        let secret = self.tenant.secret(found.row.key).await?;
        let connected = found
            .connection
            .connect(name, &approved, &found.read, secret.clone())?;
        let endpoint = connected.connection.endpoint.clone();
        let mut report = TestReport {
            ok: false,
            code: "ok".into(),
            source: None,
            schools: Vec::new(),
            notes: Vec::new(),
            requests: 0,
            seconds: 0.0,
            setup: Vec::new(),
        };
        let fetching = Fetching {
            name,
            found: &found,
            manifest: &approved.inspection.manifest,
            connected: &connected,
            secret,
            at_hand: files,
            in_a_hurry: true,
            progress: &NoProgress,
        };
        let files = match self.fetch_files(fetching).await? {
            Ok(files) => files,
            Err(error) => {
                report.code = error.code().to_owned();
                report.notes = vec![error.detail().to_owned(), error.remedy().to_owned()];
                report.seconds = began.elapsed().as_secs_f64();
                return Ok(report);
            }
        };
        let manifest = &approved.inspection.manifest;
        let watch = Arc::new(Watch::default());
        let given = Given {
            connected,
            started: Timestamp::now(),
            files,
            observer: watch.clone(),
            pace: Pace {
                patience: Some(PATIENCE),
                ..pace_of(&manifest.read_from(found.read.sis.as_deref()), &found.read)
            },
            recorder,
        };
        let session = self.session(&found.row, &adapter, given).await?;
        let told = || waiting(&watch.waits_for(&endpoint, began.elapsed()));
        let checked = patiently(session.check(), told).await;
        report.ok = checked.is_ok();
        match checked {
            Ok(saw) => {
                report.source = Some(saw.source);
                report.schools = saw.schools;
                report.notes = saw.notes;
            }
            Err(error) => {
                report.code = error.code().to_owned();
                report.notes = vec![error.detail().to_owned(), error.remedy().to_owned()];
                if is_about_setup(error.kind()) {
                    report.setup = manifest.setup_for(found.read.sis.as_deref()).to_vec();
                }
            }
        }
        report.notes.extend(watch.slow());
        report.requests = watch.locked().len() as u64;
        report.seconds = began.elapsed().as_secs_f64();
        Ok(report)
    }
}

/// Whether the other side may not be set up as it should be.
fn is_about_setup(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TokenRefused
            | ErrorKind::Unauthorised
            | ErrorKind::Forbidden
            | ErrorKind::NotFound
            | ErrorKind::Malformed
    )
}

/// Waits for `work`, and calls `told` whenever it has taken [`PATIENCE`] more.
async fn patiently<T>(work: impl Future<Output = T>, told: impl Fn()) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        match tokio::time::timeout(PATIENCE, &mut work).await {
            Ok(done) => return done,
            Err(_) => told(),
        }
    }
}

/// Notes the answers that came.
#[derive(Default)]
struct Watch {
    seen: Mutex<Vec<RequestAudit>>,
    /// What the next request waits for before it is sent.
    waiting: Mutex<Option<Waiting>>,
}

impl Observer for Watch {
    fn request(&self, audit: &RequestAudit) {
        *lock(&self.waiting) = None;
        self.locked().push(audit.clone());
    }

    fn waiting(&self, waiting: &Waiting) {
        *lock(&self.waiting) = Some(waiting.clone());
    }
}

impl Watch {
    fn locked(&self) -> MutexGuard<'_, Vec<RequestAudit>> {
        lock(&self.seen)
    }

    /// What has not come yet, as far as it can be told from what has.
    fn waits_for(&self, endpoint: &str, since: Duration) -> String {
        let seconds = since.as_secs();
        if let Some(waiting) = &*lock(&self.waiting) {
            return format!(
                "Nothing is sent yet after {seconds} s: {}.",
                sentence(waiting)
            );
        }
        match self.locked().last() {
            None => format!(
                "Waiting for the first answer of {endpoint} for {seconds} s; the SIS is slow or cannot be reached from here."
            ),
            Some(last) => format!(
                "Waiting for {} for {seconds} s; the last answer was {} to {} {}.",
                last.origin,
                answered(last),
                last.method,
                place(last)
            ),
        }
    }

    /// A line for each answer that took long.
    fn slow(&self) -> Vec<String> {
        let seen = self.locked();
        let slow = seen.iter().filter(|audit| audit.elapsed > SLOW);
        slow.take(10)
            .map(|audit| {
                format!(
                    "{} {} took {:.1} s.",
                    audit.method,
                    place(audit),
                    audit.elapsed.as_secs_f64()
                )
            })
            .collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn place(audit: &RequestAudit) -> &str {
    audit.path.split('?').next().unwrap_or_default()
}

fn answered(audit: &RequestAudit) -> String {
    match (audit.status, audit.error) {
        (_, Some(code)) => code.to_owned(),
        (Some(status), None) => format!("HTTP {status}"),
        (None, None) => "nothing".to_owned(),
    }
}
