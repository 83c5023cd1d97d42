//! What happened on the network during one call, kept by the host because the
//! guest may swallow it.

use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::pace::Waits;
use crate::error::CallError;
use crate::stats::CallStats;

/// One call's requests.
#[derive(Debug, Default)]
pub(crate) struct CallTrace {
    under_way: AtomicUsize,
    requests: AtomicU32,
    retries: AtomicU32,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    nanos: AtomicU64,
    denial: Mutex<Option<CallError>>,
    failure: Mutex<Option<CallError>>,
    busy: Mutex<Option<CallError>>,
    waits: Arc<Waits>,
    longest_wait: AtomicU64,
    echo: Mutex<Option<String>>,
}

impl CallTrace {
    /// Whether a request has been sent and not been answered yet.
    pub(crate) fn under_way(&self) -> bool {
        self.under_way.load(Ordering::Acquire) > 0
    }

    /// Begins a request; it ends when the guard is dropped. Also says the how
    /// manyth of the call it is.
    pub(crate) fn begin(self: &Arc<Self>) -> (Request, u32) {
        self.under_way.fetch_add(1, Ordering::AcqRel);
        let number = self
            .requests
            .fetch_add(1, Ordering::Relaxed)
            .saturating_add(1);
        (
            Request {
                trace: self.clone(),
                since: Instant::now(),
            },
            number,
        )
    }

    pub(crate) fn retried(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn sent(&self, bytes: usize) {
        self.bytes_out.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Says how many bytes the call has received so far.
    pub(crate) fn received(&self, bytes: usize) -> u64 {
        let bytes = bytes as u64;
        self.bytes_in.fetch_add(bytes, Ordering::Relaxed) + bytes
    }

    /// Remembers a request that policy refused; the first one is told.
    pub(crate) fn denied(&self, error: &CallError) {
        let mut slot = self.denial.lock().unwrap_or_else(PoisonError::into_inner);
        slot.get_or_insert_with(|| error.clone());
    }

    /// Remembers a request that failed; the last one is told.
    pub(crate) fn failed(&self, error: &CallError) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
    }

    /// Remembers a request that was given up because its server wants patience;
    /// the last one is told.
    pub(crate) fn busy(&self, error: &CallError) {
        *self.busy.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
    }

    /// The waits of the call's requests for their servers' pace.
    pub(crate) fn waits(&self) -> &Arc<Waits> {
        &self.waits
    }

    /// A request has waited so long in all.
    pub(crate) fn waited(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.longest_wait.fetch_max(nanos, Ordering::Relaxed);
    }

    /// Remembers a request whose answer held a credential; the first one is
    /// told.
    pub(crate) fn echoed(&self, request: &str) {
        let mut slot = self.echo.lock().unwrap_or_else(PoisonError::into_inner);
        slot.get_or_insert_with(|| request.to_owned());
    }

    /// What a person should know of an echo: which request, and that it was
    /// masked.
    pub(crate) fn echo(&self) -> Option<String> {
        let slot = self.echo.lock().unwrap_or_else(PoisonError::into_inner);
        slot.as_ref().map(|request| {
            format!(
                "The answer to `{request}` held a credential of this integration; \
                 it was masked before the adapter saw it."
            )
        })
    }

    pub(crate) fn denial(&self) -> Option<CallError> {
        self.denial
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn failure(&self) -> Option<CallError> {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn patience_over(&self) -> Option<CallError> {
        self.busy
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The network's share of the call's statistics.
    pub(crate) fn stats(&self) -> CallStats {
        CallStats {
            http: Duration::from_nanos(self.nanos.load(Ordering::Relaxed)),
            requests: self.requests.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            bytes_in: self.bytes_in.load(Ordering::Relaxed),
            bytes_out: self.bytes_out.load(Ordering::Relaxed),
            longest_wait: Duration::from_nanos(self.longest_wait.load(Ordering::Relaxed)),
            ..CallStats::default()
        }
    }
}

/// A request under way.
pub(crate) struct Request {
    trace: Arc<CallTrace>,
    since: Instant,
}

impl Drop for Request {
    fn drop(&mut self) {
        let nanos = u64::try_from(self.since.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.trace.nanos.fetch_add(nanos, Ordering::Relaxed);
        self.trace.under_way.fetch_sub(1, Ordering::AcqRel);
    }
}
