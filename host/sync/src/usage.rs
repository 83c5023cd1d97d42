//! What a run used of what the sandbox allows: kept with each page, added up
//! over the attempts of a run, and shown beside the limits. It enforces
//! nothing.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use homeroom_sandbox::{CallStats, Limits};
use serde::{Deserialize, Serialize};

use crate::views::{RunUsage, Used};

/// What calls used, as it is kept with a page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct StoredStats {
    pub(crate) requests: u64,
    /// Received.
    pub(crate) bytes: u64,
    pub(crate) guest_micros: u64,
    pub(crate) peak_memory: u64,
    bytes_out: u64,
    log_lines: u32,
    peak_elements: u64,
    open_resources: u64,
    most_requests: u32,
    most_bytes: u64,
    longest_guest_micros: u64,
    longest_call_micros: u64,
    longest_wait_micros: u64,
    storage: u64,
    page_records: u32,
    page_bytes: u64,
    kept_bytes: u64,
}

impl From<CallStats> for StoredStats {
    fn from(stats: CallStats) -> Self {
        StoredStats {
            requests: stats.requests.into(),
            bytes: stats.bytes_in,
            guest_micros: micros(stats.guest),
            peak_memory: stats.peak_memory,
            bytes_out: stats.bytes_out,
            log_lines: stats.log_lines,
            peak_elements: stats.peak_elements,
            open_resources: stats.open_resources,
            most_requests: stats.most_requests,
            most_bytes: stats.most_bytes_in,
            longest_guest_micros: micros(stats.longest_guest),
            longest_call_micros: micros(stats.longest_call),
            longest_wait_micros: micros(stats.longest_wait),
            storage: stats.storage,
            page_records: stats.page_records,
            page_bytes: stats.page_bytes,
            kept_bytes: stats.kept_bytes,
        }
    }
}

impl From<StoredStats> for CallStats {
    fn from(stored: StoredStats) -> Self {
        CallStats {
            requests: u32::try_from(stored.requests).unwrap_or(u32::MAX),
            bytes_in: stored.bytes,
            guest: Duration::from_micros(stored.guest_micros),
            peak_memory: stored.peak_memory,
            bytes_out: stored.bytes_out,
            log_lines: stored.log_lines,
            peak_elements: stored.peak_elements,
            open_resources: stored.open_resources,
            most_requests: stored.most_requests,
            most_bytes_in: stored.most_bytes,
            longest_guest: Duration::from_micros(stored.longest_guest_micros),
            longest_call: Duration::from_micros(stored.longest_call_micros),
            longest_wait: Duration::from_micros(stored.longest_wait_micros),
            storage: stored.storage,
            page_records: stored.page_records,
            page_bytes: stored.page_bytes,
            kept_bytes: stored.kept_bytes,
            ..CallStats::default()
        }
    }
}

fn micros(time: Duration) -> u64 {
    time.as_micros().try_into().unwrap_or(u64::MAX)
}

fn millis(time: Duration) -> u64 {
    time.as_millis().try_into().unwrap_or(u64::MAX)
}

/// How many pages a run has named, and how many of them waited at most.
#[derive(Debug, Default)]
pub(crate) struct Places {
    named: AtomicU64,
    open: AtomicU64,
}

impl Places {
    pub(crate) fn note(&self, named: usize, open: usize) {
        self.named.fetch_max(named as u64, Ordering::Relaxed);
        self.open.fetch_max(open as u64, Ordering::Relaxed);
    }
}

/// The peaks of a run beside its limits.
pub(crate) fn of_run(
    stats: &CallStats,
    limits: &Limits,
    places: &Places,
    reading: Duration,
) -> RunUsage {
    let used = |peak: u64, limit: u64| Used { peak, limit };
    let size = |peak: u64, limit: usize| used(peak, limit as u64);
    let time = |peak: Duration, limit: Duration| used(millis(peak), millis(limit));
    RunUsage {
        memory_bytes: size(stats.peak_memory, limits.memory_bytes),
        table_elements: size(stats.peak_elements, limits.table_elements),
        resources: size(stats.open_resources, limits.resources),
        call_cpu_millis: time(stats.longest_guest, limits.cpu_time),
        call_millis: time(stats.longest_call, limits.call_time),
        request_wait_millis: time(stats.longest_wait, limits.wait_time),
        run_millis: time(reading, limits.run_time),
        call_requests: used(stats.most_requests.into(), limits.requests_per_call.into()),
        run_requests: used(stats.requests.into(), limits.run_requests),
        call_bytes_in: used(stats.most_bytes_in, limits.call_response_bytes),
        run_bytes_in: used(stats.bytes_in, limits.run_response_bytes),
        run_bytes_out: used(stats.bytes_out, limits.run_request_bytes),
        log_lines: used(stats.log_lines.into(), limits.log_lines.into()),
        storage_bytes: size(stats.storage, limits.storage_bytes),
        page_records: size(stats.page_records.into(), limits.page_records),
        page_bytes: size(stats.page_bytes, limits.page_bytes),
        run_page_bytes: used(stats.kept_bytes, limits.run_page_bytes),
        pages: size(places.named.load(Ordering::Relaxed), limits.run_pages),
        open_cursors: size(places.open.load(Ordering::Relaxed), limits.open_cursors),
    }
}

/// What an earlier attempt of a run used, from its report.
pub(crate) fn of_report(usage: &RunUsage) -> CallStats {
    let count = |used: Used| u32::try_from(used.peak).unwrap_or(u32::MAX);
    let time = |used: Used| Duration::from_millis(used.peak);
    CallStats {
        requests: count(usage.run_requests),
        bytes_in: usage.run_bytes_in.peak,
        bytes_out: usage.run_bytes_out.peak,
        peak_memory: usage.memory_bytes.peak,
        log_lines: count(usage.log_lines),
        peak_elements: usage.table_elements.peak,
        open_resources: usage.resources.peak,
        most_requests: count(usage.call_requests),
        most_bytes_in: usage.call_bytes_in.peak,
        longest_guest: time(usage.call_cpu_millis),
        longest_call: time(usage.call_millis),
        longest_wait: time(usage.request_wait_millis),
        storage: usage.storage_bytes.peak,
        page_records: count(usage.page_records),
        page_bytes: usage.page_bytes.peak,
        kept_bytes: usage.run_page_bytes.peak,
        ..CallStats::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats() -> CallStats {
        CallStats {
            requests: 1,
            bytes_in: 2,
            bytes_out: 3,
            peak_memory: 4,
            log_lines: 5,
            peak_elements: 6,
            open_resources: 7,
            most_requests: 8,
            most_bytes_in: 9,
            longest_guest: Duration::from_millis(10),
            longest_call: Duration::from_millis(11),
            longest_wait: Duration::from_millis(16),
            storage: 12,
            page_records: 13,
            page_bytes: 14,
            kept_bytes: 15,
            ..CallStats::default()
        }
    }

    #[test]
    fn nothing_is_lost_between_two_attempts() {
        let usage = of_run(
            &stats(),
            &Limits::default(),
            &Places::default(),
            Duration::from_secs(1),
        );
        assert_eq!(of_report(&usage), stats());
        assert_eq!(CallStats::from(StoredStats::from(stats())), stats());
    }

    #[test]
    fn a_page_of_an_older_version_has_no_peaks() {
        let old = r#"{"requests":2,"bytes":100,"guest_micros":5,"peak_memory":7}"#;
        let stored: StoredStats = serde_json::from_str(old).expect("readable");
        let stats = CallStats::from(stored);
        assert_eq!(
            (stats.requests, stats.bytes_in, stats.bytes_out),
            (2, 100, 0)
        );
    }
}
