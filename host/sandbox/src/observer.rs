//! What a run's watcher gets to see: one record per HTTP attempt, and the
//! adapter's log lines. Neither holds a body, a secret or a query's values.

use std::time::Duration;

/// Sees what happens during the calls of a session. Methods are called from
/// several threads and should return quickly.
pub trait Observer: Send + Sync {
    /// An HTTP attempt has ended, or was refused before it began.
    fn request(&self, audit: &RequestAudit) {
        let _ = audit;
    }

    /// A request waits before it is sent. What comes next, an attempt or another
    /// wait, ends it.
    fn waiting(&self, waiting: &Waiting) {
        let _ = waiting;
    }

    /// The adapter wrote a line. Control characters are escaped, the line is
    /// cut, and lines beyond the run's quota do not arrive.
    fn log(&self, level: LogLevel, line: &str) {
        let _ = (level, line);
    }
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl Observer for NoObserver {}

/// One HTTP attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestAudit {
    /// `GET`, ….
    pub method: String,
    /// `https://sis.example.org`.
    pub origin: String,
    /// The path and the names of the query's parameters, without their values:
    /// `/ims/oneroster/v1p1/users?limit=&offset=`.
    pub path: String,
    /// The answer's status, where there was one.
    pub status: Option<u16>,
    /// Bytes of the answer's body, after gzip.
    pub bytes: u64,
    /// From sending to the last byte.
    pub elapsed: Duration,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// The code of what went wrong, as in [`crate::CallError::code`],
    /// `cancelled` if the call ended before the attempt did, or
    /// `credential-echo` if the answer held a credential and was masked.
    pub error: Option<&'static str>,
    /// Whether the host asked for a token rather than the adapter for data.
    pub token: bool,
}

/// A request that is not sent yet, for the sake of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// `https://sis.example.org`.
    pub origin: String,
    /// What for.
    pub reason: WaitReason,
    /// How long; none: that depends on others.
    pub left: Option<Duration>,
}

/// What a request waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitReason {
    /// The server has asked for a pause (429, or 503 with `Retry-After`), this
    /// integration or another one.
    Pause,
    /// As many requests are under way at the server as may be.
    Place,
    /// The next request's turn, where there is a rate.
    Rate,
}

/// How important a log line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    /// For the adapter's author.
    Debug,
    /// For whoever reads the run's log.
    Info,
    /// Something is odd.
    Warn,
    /// Something failed.
    Error,
}
