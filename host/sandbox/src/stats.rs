//! What calls use: time, requests, bytes, memory. Counts of several calls add
//! up, peaks do not.

use std::ops::AddAssign;
use std::time::Duration;

/// What a call, or a whole run, has used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallStats {
    /// Processor time: the guest, taking over its answer, checking and encoding
    /// it.
    pub guest: Duration,
    /// The part of `guest` in which the host checked and encoded the answer.
    pub taking: Duration,
    /// Wall time of the requests, summed; parallel ones add up.
    pub http: Duration,
    /// Requests of the adapter.
    pub requests: u32,
    /// Attempts beyond the first of each request.
    pub retries: u32,
    /// Bytes of the answers' bodies, after gzip.
    pub bytes_in: u64,
    /// Bytes that the adapter sent: method, address, headers and body.
    pub bytes_out: u64,
    /// The most linear memory that an instance held, in bytes.
    pub peak_memory: u64,
    /// Log lines that the adapter wrote.
    pub log_lines: u32,
    /// The most table elements that an instance held.
    pub peak_elements: u64,
    /// The most resources that a call left open.
    pub open_resources: u64,
    /// The most requests of one call.
    pub most_requests: u32,
    /// The most bytes of answers in one call.
    pub most_bytes_in: u64,
    /// Processor time of the longest call.
    pub longest_guest: Duration,
    /// The longest that one request has waited for its server's pace.
    pub longest_wait: Duration,
    /// Wall time of the longest call, such waits not counted.
    pub longest_call: Duration,
    /// The most bytes that the integration's storage would hold.
    pub storage: u64,
    /// The most records of a page.
    pub page_records: u32,
    /// The largest page's encoded records, in bytes.
    pub page_bytes: u64,
    /// Records, findings and cursors of all pages, in bytes.
    pub kept_bytes: u64,
}

impl AddAssign for CallStats {
    fn add_assign(&mut self, other: CallStats) {
        self.guest += other.guest;
        self.taking += other.taking;
        self.http += other.http;
        self.requests += other.requests;
        self.retries += other.retries;
        self.bytes_in += other.bytes_in;
        self.bytes_out += other.bytes_out;
        self.peak_memory = self.peak_memory.max(other.peak_memory);
        self.log_lines += other.log_lines;
        self.peak_elements = self.peak_elements.max(other.peak_elements);
        self.open_resources = self.open_resources.max(other.open_resources);
        self.most_requests = self.most_requests.max(other.most_requests);
        self.most_bytes_in = self.most_bytes_in.max(other.most_bytes_in);
        self.longest_guest = self.longest_guest.max(other.longest_guest);
        self.longest_wait = self.longest_wait.max(other.longest_wait);
        self.longest_call = self.longest_call.max(other.longest_call);
        self.storage = self.storage.max(other.storage);
        self.page_records = self.page_records.max(other.page_records);
        self.kept_bytes += other.kept_bytes;
        self.page_bytes = self.page_bytes.max(other.page_bytes);
    }
}
