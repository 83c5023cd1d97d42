//! Collects what the sandbox tells during a run (requests, the adapter's log
//! lines) until the run writes it to the store in batches.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use homeroom_roster::state::RunKey;
use homeroom_sandbox::{LogLevel, Observer, RequestAudit, WaitReason, Waiting};
use homeroom_store::{Event, Level, RequestRow, Tenant};
use jiff::Timestamp;

use crate::error::Result;
use crate::progress::{self, Progress, Wait};

/// The log tells of waits at most so often.
const BETWEEN_WAITS: Duration = Duration::from_secs(60);

pub(crate) struct Collector {
    requests: Mutex<Vec<RequestRow>>,
    lines: Mutex<Vec<Event>>,
    sent: AtomicU64,
    /// When the log told last of a wait.
    told: Mutex<Option<Instant>>,
    progress: Arc<dyn Progress>,
}

impl Collector {
    /// Tells `progress` what requests wait for.
    pub(crate) fn telling(progress: Arc<dyn Progress>) -> Self {
        Collector {
            requests: Mutex::default(),
            lines: Mutex::default(),
            sent: AtomicU64::new(0),
            told: Mutex::default(),
            progress,
        }
    }

    /// How many requests were sent so far.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Writes what has come in since the last call.
    pub(crate) async fn flush(&self, tenant: &Tenant, run: RunKey) -> Result<()> {
        let requests = take(&self.requests);
        if !requests.is_empty() {
            tenant.audit(run, &requests).await?;
        }
        let lines = take(&self.lines);
        if !lines.is_empty() {
            tenant.log(run, &lines).await?;
        }
        Ok(())
    }
}

/// What a request waits for, for a person.
pub(crate) fn sentence(waiting: &Waiting) -> String {
    let Waiting {
        origin,
        reason,
        left,
    } = waiting;
    let left = left.map_or(0, |left| left.as_secs_f64().ceil() as u64);
    match reason {
        WaitReason::Pause => {
            format!("{origin} asks for a pause (429): nobody asks it for {left} s")
        }
        WaitReason::Place => format!(
            "waiting for a turn at {origin}: as many requests are under way there as may be, \
             those of other syncs included"
        ),
        WaitReason::Rate => {
            format!("waiting {left} s for the next turn at {origin}, which has a rate limit")
        }
    }
}

fn level_of(reason: WaitReason) -> Level {
    match reason {
        WaitReason::Pause => Level::Warn,
        WaitReason::Place | WaitReason::Rate => Level::Info,
    }
}

fn take<T>(list: &Mutex<Vec<T>>) -> Vec<T> {
    std::mem::take(&mut *lock(list))
}

fn push<T>(list: &Mutex<Vec<T>>, item: T) {
    lock(list).push(item);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Observer for Collector {
    fn request(&self, audit: &RequestAudit) {
        self.sent.fetch_add(1, Ordering::Relaxed);
        push(
            &self.requests,
            RequestRow {
                time: Timestamp::now(),
                method: audit.method.clone(),
                origin: audit.origin.clone(),
                path: audit.path.clone(),
                status: audit.status,
                bytes: audit.bytes,
                elapsed_ms: audit.elapsed.as_millis().try_into().unwrap_or(u64::MAX),
                attempt: audit.attempt,
                error: audit.error.map(str::to_owned),
                token: audit.token,
            },
        );
    }

    fn waiting(&self, waiting: &Waiting) {
        self.progress.event(&progress::Event::Request {
            count: self.sent(),
            waiting: Some(Wait {
                reason: waiting.reason,
                left: waiting.left,
            }),
        });
        let mut told = lock(&self.told);
        if told.is_some_and(|at| at.elapsed() < BETWEEN_WAITS) {
            return;
        }
        *told = Some(Instant::now());
        let (level, text) = (level_of(waiting.reason), sentence(waiting));
        push(
            &self.lines,
            Event {
                time: Timestamp::now(),
                level,
                text,
            },
        );
    }

    fn log(&self, level: LogLevel, line: &str) {
        let level = match level {
            LogLevel::Debug => Level::Debug,
            LogLevel::Info => Level::Info,
            LogLevel::Warn => Level::Warn,
            LogLevel::Error => Level::Error,
        };
        let text = format!("adapter: {line}");
        push(
            &self.lines,
            Event {
                time: Timestamp::now(),
                level,
                text,
            },
        );
    }
}
