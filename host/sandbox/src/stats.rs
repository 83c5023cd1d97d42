//! What calls use: time, requests, bytes, memory.

use std::ops::AddAssign;
use std::time::Duration;

/// What a call, or a whole run, has used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallStats {
    /// Time spent computing: the guest, taking over its answer, checking and
    /// encoding it.
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
    /// Bytes of the requests' bodies.
    pub bytes_out: u64,
    /// The most linear memory that an instance held, in bytes.
    pub peak_memory: u64,
    /// Log lines that the adapter wrote.
    pub log_lines: u32,
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
    }
}
