//! The source's clock beside ours, by the `Date` of its answers. OAuth 1.0a
//! signs the time, so a clock that is off is a reason to be refused.

use std::cell::Cell;
use std::time::{SystemTime, UNIX_EPOCH};

use super::values;
use crate::Failure;
use crate::http::{Request, Response, Transport};

/// Less is the network's and the host's own doing.
const TOLERATED: i64 = 90;

/// A transport that looks at the date of every answer.
pub(crate) struct Clock<'a> {
    inner: &'a dyn Transport,
    /// Seconds that the source is ahead.
    ahead: Cell<Option<i64>>,
}

impl<'a> Clock<'a> {
    pub(crate) fn over(inner: &'a dyn Transport) -> Self {
        Self {
            inner,
            ahead: Cell::new(None),
        }
    }

    /// A sentence, if the source's clock is off.
    pub(crate) fn note(&self) -> Option<String> {
        let ahead = self.ahead.get().filter(|s| s.abs() > TOLERATED)?;
        let side = if ahead > 0 { "ahead of" } else { "behind" };
        let minutes = ahead.unsigned_abs().div_ceil(60);
        Some(format!(
            "The SIS's clock is {minutes} minutes {side} ours; signed requests (OAuth 1.0a) and changes since a time suffer from that."
        ))
    }

    /// A refusal, with the clock as its possible reason.
    pub(crate) fn explain(&self, failure: Failure) -> Failure {
        match (failure, self.note()) {
            (Failure::Unauthorised(text), Some(note)) => {
                Failure::Unauthorised(format!("{text} {note}"))
            }
            (failure, _) => failure,
        }
    }

    fn look(&self, answer: &Result<Response, Failure>) {
        let Ok(response) = answer else { return };
        let theirs = response.header("date").and_then(values::http_date);
        let ours = SystemTime::now().duration_since(UNIX_EPOCH);
        if let (Some(theirs), Ok(ours)) = (theirs, ours) {
            self.ahead.set(Some(theirs - ours.as_secs() as i64));
        }
    }
}

impl Transport for Clock<'_> {
    fn send(&self, request: &Request) -> Result<Response, Failure> {
        let answer = self.inner.send(request);
        self.look(&answer);
        answer
    }

    fn send_all(&self, requests: &[Request]) -> Vec<Result<Response, Failure>> {
        let answers = self.inner.send_all(requests);
        answers.iter().for_each(|answer| self.look(answer));
        answers
    }
}
