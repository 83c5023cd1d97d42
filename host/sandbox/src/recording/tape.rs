//! One call's part of a recording: requests with their answers, log lines, and
//! how it ended.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Response, request};

use super::{Answer, Event, Exchange, Headers, Outcome, RecordedError, RecordedPage, Recorder};
use crate::error::{CallError, ErrorKind};
use crate::observer::{LogLevel, Observer, RequestAudit, Waiting};
use crate::page::Page;
use crate::session::Report;

/// Records one call.
pub(crate) struct CallTape {
    recorder: Recorder,
    call: u64,
}

impl CallTape {
    pub(crate) fn new(recorder: Recorder, call: u64) -> Self {
        CallTape { recorder, call }
    }

    /// A request of the guest, as it made it. `headers` are those that a guest
    /// may set; the host's are not among them.
    pub(crate) fn request(
        self: &Arc<Self>,
        number: u32,
        parts: &request::Parts,
        body: &Bytes,
    ) -> ExchangeTape {
        ExchangeTape {
            tape: self.clone(),
            exchange: Some(Exchange {
                number,
                method: parts.method.to_string(),
                url: parts.uri.to_string(),
                headers: headers(&parts.headers),
                body: self.recorder.blob(body),
                began_ms: self.recorder.now_ms(),
                took_ms: 0,
                audited: String::new(),
                answer: Answer::Error(RecordedError::from(&CallError::new(
                    ErrorKind::Timeout,
                    "the call ended before the answer came",
                ))),
            }),
        }
    }

    pub(crate) fn page(&self, result: &Result<Page, CallError>) {
        let (digest, outcome) = match result {
            Ok(page) => {
                self.recorder.blob(&page.records);
                let page = RecordedPage::from(page);
                (Some(page.digest()), Outcome::Page(page))
            }
            Err(error) => (None, Outcome::Failure(error.into())),
        };
        self.end(digest, outcome);
    }

    pub(crate) fn report(&self, result: &Result<Report, CallError>) {
        let outcome = match result {
            Ok(report) => Outcome::Report {
                source: report.source.clone(),
                schools: report.schools.clone(),
                notes: report.notes.clone(),
            },
            Err(error) => Outcome::Failure(error.into()),
        };
        self.end(None, outcome);
    }

    fn end(&self, digest: Option<String>, outcome: Outcome) {
        let call = self.call;
        self.recorder.event(&Event::End {
            call,
            digest,
            outcome,
        });
    }
}

/// One request under way. If nobody waits for its answer any more, that is
/// recorded.
pub(crate) struct ExchangeTape {
    tape: Arc<CallTape>,
    exchange: Option<Exchange>,
}

impl ExchangeTape {
    /// What the guest is about to get.
    /// `echoed`: the request, if a credential in its answer was masked.
    pub(crate) fn answered(
        mut self,
        result: Result<&Response<Bytes>, &CallError>,
        echoed: Option<String>,
    ) {
        let masked = echoed.is_some();
        let answer = match result {
            Ok(response) => Answer::Response {
                status: response.status().as_u16(),
                headers: headers(response.headers()),
                body: self.tape.recorder.blob(response.body()),
                bytes: response.body().len() as u64,
                masked,
            },
            Err(error) => Answer::Error(error.into()),
        };
        if let Some(exchange) = &mut self.exchange {
            exchange.answer = answer;
            exchange.audited = echoed.unwrap_or_default();
        }
    }
}

impl Drop for ExchangeTape {
    fn drop(&mut self) {
        let Some(mut exchange) = self.exchange.take() else {
            return;
        };
        let recorder = &self.tape.recorder;
        exchange.took_ms = recorder.now_ms().saturating_sub(exchange.began_ms);
        recorder.exchanged();
        recorder.event(&Event::Exchange {
            call: self.tape.call,
            exchange,
        });
    }
}

pub(crate) fn headers(map: &HeaderMap) -> Headers {
    map.iter()
        .map(|(name, value)| {
            let value = value.as_bytes().iter().map(|byte| char::from(*byte));
            (name.to_string(), value.collect())
        })
        .collect()
}

/// Sees a call's log lines on their way to the run's observer.
pub(crate) struct TapeLog {
    pub(crate) tape: Arc<CallTape>,
    pub(crate) to: Arc<dyn Observer>,
}

impl Observer for TapeLog {
    fn request(&self, audit: &RequestAudit) {
        self.to.request(audit);
    }

    fn waiting(&self, waiting: &Waiting) {
        self.to.waiting(waiting);
    }

    fn log(&self, level: LogLevel, line: &str) {
        self.tape.recorder.event(&Event::Log {
            call: self.tape.call,
            level: format!("{level:?}").to_lowercase(),
            line: line.to_owned(),
        });
        self.to.log(level, line);
    }
}
