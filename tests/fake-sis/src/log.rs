//! What the server has seen: each request, and counts.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use http::request::Parts;
use serde::Serialize;

use crate::auth::header;

/// One request as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedRequest {
    /// `GET` and so on.
    pub method: String,
    /// The path, as received.
    pub path: String,
    /// The query without the `?`, as received; empty if there is none.
    pub query: String,
    /// How the client said who it is.
    pub credentials: Credentials,
    /// `User-Agent`.
    pub user_agent: Option<String>,
    /// `Accept-Encoding`.
    pub accept_encoding: Option<String>,
    /// Whether there was a cookie.
    pub cookie: bool,
    /// The status of the answer; 0 while there is none, or if the connection
    /// was broken instead.
    pub status: u16,
}

/// The kind of an Authorization header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credentials {
    /// No header.
    None,
    /// `Bearer …`
    Bearer,
    /// `Basic …`
    Basic,
    /// `OAuth …` (1.0a)
    OAuth1,
    /// Something else.
    Other,
}

/// Counts since the start, or since the log was cleared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counters {
    /// Requests of any kind.
    pub requests: u64,
    /// Requests for a token.
    pub token_requests: u64,
    /// Bytes of bodies that were whole when they were sent.
    pub body_bytes: u64,
    /// Connections accepted.
    pub connections: u64,
    /// Requests that were being answered at once, at most.
    pub most_at_once: u64,
    /// Requests that were answered 429.
    pub too_many: u64,
    /// Microseconds in which requests were being answered; of two at the same
    /// time each counts.
    pub busy_micros: u64,
    /// Microseconds from the first request to the last answer.
    pub open_micros: u64,
}

/// Requests beyond this number are counted and not kept.
const KEPT: usize = 200_000;

#[derive(Debug, Default)]
pub(crate) struct Log {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    requests: Vec<LoggedRequest>,
    counters: Counters,
    open: u64,
    /// When the first request since then came.
    first: Option<Instant>,
    /// Goes up when the log is cleared, so that late answers are dropped.
    volume: u64,
}

/// A request that has been logged and not yet answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    place: usize,
    volume: u64,
    since: Instant,
}

impl Log {
    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn connected(&self) {
        self.inner().counters.connections += 1;
    }

    pub(crate) fn begin(&self, request: &Parts, is_token: bool) -> Entry {
        let logged = LoggedRequest {
            method: request.method.to_string(),
            path: request.uri.path().to_owned(),
            query: request.uri.query().unwrap_or_default().to_owned(),
            credentials: credentials(request),
            user_agent: header(request, "user-agent").map(str::to_owned),
            accept_encoding: header(request, "accept-encoding").map(str::to_owned),
            cookie: request.headers.contains_key("cookie"),
            status: 0,
        };
        let mut inner = self.inner();
        let since = Instant::now();
        inner.first.get_or_insert(since);
        inner.open += 1;
        inner.counters.requests += 1;
        inner.counters.token_requests += u64::from(is_token);
        inner.counters.most_at_once = inner.counters.most_at_once.max(inner.open);
        let place = inner.requests.len();
        if place < KEPT {
            inner.requests.push(logged);
        }
        Entry {
            place,
            volume: inner.volume,
            since,
        }
    }

    pub(crate) fn end(&self, entry: Entry, status: u16, body_bytes: usize) {
        let mut inner = self.inner();
        inner.open -= 1;
        if entry.volume != inner.volume {
            return;
        }
        let now = Instant::now();
        let micros = |since: Instant| now.duration_since(since).as_micros() as u64;
        let first = inner.first.unwrap_or(entry.since);
        inner.counters.open_micros = micros(first);
        inner.counters.busy_micros += micros(entry.since);
        inner.counters.body_bytes += body_bytes as u64;
        inner.counters.too_many += u64::from(status == 429);
        if let Some(request) = inner.requests.get_mut(entry.place) {
            request.status = status;
        }
    }

    pub(crate) fn requests(&self) -> Vec<LoggedRequest> {
        self.inner().requests.clone()
    }

    pub(crate) fn counters(&self) -> Counters {
        self.inner().counters
    }

    pub(crate) fn clear(&self) {
        let mut inner = self.inner();
        inner.requests.clear();
        inner.counters = Counters::default();
        inner.first = None;
        inner.volume += 1;
    }
}

fn credentials(request: &Parts) -> Credentials {
    let Some(value) = header(request, "authorization") else {
        return match request.headers.contains_key("authorization") {
            true => Credentials::Other,
            false => Credentials::None,
        };
    };
    let scheme = value.split(' ').next().unwrap_or_default();
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Credentials::Bearer,
        "basic" => Credentials::Basic,
        "oauth" => Credentials::OAuth1,
        _ => Credentials::Other,
    }
}
