//! Collects what the sandbox tells during a run (requests, the adapter's log
//! lines) until the run writes it to the store in batches.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use homeroom_roster::state::RunKey;
use homeroom_sandbox::{LogLevel, Observer, RequestAudit};
use homeroom_store::{Event, Level, RequestRow, Tenant};
use jiff::Timestamp;

use crate::error::Result;

#[derive(Default)]
pub(crate) struct Collector {
    requests: Mutex<Vec<RequestRow>>,
    lines: Mutex<Vec<Event>>,
    sent: AtomicU64,
}

impl Collector {
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

fn take<T>(list: &Mutex<Vec<T>>) -> Vec<T> {
    std::mem::take(
        &mut *list
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner),
    )
}

fn push<T>(list: &Mutex<Vec<T>>, item: T) {
    list.lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .push(item);
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
