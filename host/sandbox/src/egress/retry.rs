//! Which attempts are worth repeating, and when.

use std::time::{Duration, SystemTime};

use http::header::RETRY_AFTER;
use http::{HeaderMap, Method, StatusCode};

use crate::error::{CallError, ErrorKind};

/// How often and how long. A server that asks for patience (429, or 503 with
/// `Retry-After`) has not failed: such answers count nothing here, see
/// [`Limits::wait_time`](crate::Limits).
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// Attempts in all.
    pub attempts: u32,
    /// The wait after the first failure, and after the first 429 that says
    /// nothing; it doubles with each further one.
    pub first_wait: Duration,
    /// The longest single wait after a failure. A server that asks for more gets
    /// its answer handed to the adapter.
    pub longest_wait: Duration,
    /// The sum of the waits after failures of one request.
    pub all_waits: Duration,
}

/// A server that is restarted is back within a quarter of a minute or so; the
/// waits between seven attempts come to 8 to 16 seconds.
impl Default for RetryPolicy {
    fn default() -> Self {
        RetryPolicy {
            attempts: 7,
            first_wait: Duration::from_millis(250),
            longest_wait: Duration::from_secs(60),
            all_waits: Duration::from_secs(150),
        }
    }
}

/// Whether repeating a request of that method changes nothing.
pub(crate) fn repeatable(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Whether an answer may be better the next time.
pub(crate) fn worth_it(status: StatusCode) -> bool {
    matches!(status.as_u16(), 500 | 502 | 503 | 504)
}

/// Whether the server is well and wants to be asked less. `asked` is its
/// `Retry-After`.
pub(crate) fn wants_patience(status: StatusCode, asked: Option<Duration>) -> bool {
    match status.as_u16() {
        429 => true,
        503 => asked.is_some(),
        _ => false,
    }
}

/// Whether a failed attempt may succeed the next time.
pub(crate) fn worth_it_after(error: &CallError) -> bool {
    matches!(error.kind(), ErrorKind::Unreachable | ErrorKind::Timeout)
}

/// What one request has used up.
#[derive(Debug)]
pub(crate) struct Budget {
    policy: RetryPolicy,
    failures: u32,
    waited: Duration,
}

impl Budget {
    pub(crate) fn new(policy: RetryPolicy) -> Self {
        Budget {
            policy,
            failures: 0,
            waited: Duration::ZERO,
        }
    }

    /// How long to wait before the next attempt; `None`: no more attempts.
    /// `asked` is what the server wants.
    pub(crate) fn next(&mut self, asked: Option<Duration>) -> Option<Duration> {
        self.failures += 1;
        if self.failures >= self.policy.attempts {
            return None;
        }
        let doubled = self
            .policy
            .first_wait
            .saturating_mul(1 << (self.failures - 1).min(16));
        // Half of it is left to chance, so that clients who failed together do
        // not come back together.
        let wait = asked.unwrap_or_else(|| doubled.mul_f64(0.5 + rand::random::<f64>() / 2.0));
        if wait > self.policy.longest_wait || self.waited + wait > self.policy.all_waits {
            return None;
        }
        self.waited += wait;
        Some(wait)
    }
}

/// `Retry-After`, in seconds or as a date (RFC 9110 section 10.2.3).
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        // Whoever says a century means it: that is no server that says nothing.
        return (seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(1e9)));
    }
    let then = httpdate::parse_http_date(text).ok()?;
    Some(then.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, text.parse().expect("a value"));
        // Sun, 06 Nov 1994 08:49:37 GMT
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        retry_after(&headers, now)
    }

    #[test]
    fn retry_after_has_several_forms() {
        for (text, expected) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("2.0", Some(2)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sunday, 06-Nov-94 08:50:37 GMT", Some(60)),
            ("Sun Nov  6 08:50:37 1994", Some(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("-5", None),
            ("soon", None),
            ("1e300", Some(1_000_000_000)),
            ("nan", None),
        ] {
            assert_eq!(asked(text), expected.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn waits_grow_and_end() {
        let mut budget = Budget::new(RetryPolicy {
            attempts: 4,
            ..RetryPolicy::default()
        });
        let waits: Vec<_> = std::iter::from_fn(|| budget.next(None)).collect();
        assert_eq!(waits.len(), 3);
        for (wait, most) in waits.iter().zip([250, 500, 1000]) {
            assert!(
                *wait <= Duration::from_millis(most) && *wait >= Duration::from_millis(most / 2)
            );
        }
    }

    #[test]
    fn a_server_cannot_make_us_wait_for_ever() {
        let mut budget = Budget::new(RetryPolicy::default());
        assert_eq!(budget.next(Some(Duration::from_secs(3600))), None);
        let mut budget = Budget::new(RetryPolicy {
            attempts: 100,
            ..RetryPolicy::default()
        });
        let sum: Duration = std::iter::from_fn(|| budget.next(Some(Duration::from_secs(50)))).sum();
        assert_eq!(sum, Duration::from_secs(150));
    }
}
