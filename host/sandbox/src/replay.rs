//! Makes a recorded run again with no network: the same adapter or another one
//! gets the recorded clock, settings, storage and answers, under the limits of
//! a real run.
//!
//! A request is answered with what was recorded for the same method, address
//! and body: first among those of the same call, in order; then, since another
//! version may ask in another order, among those of the whole recording. What
//! was not recorded is refused, and every difference is kept for whoever asks.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, request};

use crate::adapter::Adapter;
use crate::connection::Connection;
use crate::egress::{CallTrace, Echoed};
use crate::error::{CallError, ErrorKind};
use crate::observer::NoObserver;
use crate::page::{Page, PageRequest};
use crate::recording::{
    Answer, CallKey, Exchange, RecordedCall, Recording, RecordingError, blob_id,
};
use crate::session::{Border, Report, Session, Way};

/// A run that is made again. Clones share it.
#[derive(Clone)]
pub struct Replay {
    session: Session,
    shelf: Arc<Shelf>,
}

/// What a call gave, and how its requests differ from those on record.
#[derive(Debug)]
pub struct Replayed<T> {
    /// The call's own answer.
    pub result: Result<T, CallError>,
    /// How its requests differ; empty: in nothing.
    pub requests: Vec<RequestDifference>,
}

/// A request that is not as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestDifference {
    /// In which way.
    pub kind: DifferenceKind,
    /// `GET`, ….
    pub method: String,
    /// The address.
    pub url: String,
    /// The recorded request that comes nearest, as (method, address).
    pub nearest: Option<(String, String)>,
}

/// In which way a request is not as it was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DifferenceKind {
    /// It was never recorded, and so it was refused.
    NotRecorded,
    /// This call did not make it; another one did, and its answer was given.
    FromAnotherCall,
    /// It was made more often than it was recorded; the last answer was given
    /// again.
    Repeated,
    /// Its headers are others; the answer was given all the same.
    OtherHeaders,
    /// It is on record, and the adapter did not make it.
    Missing,
}

impl DifferenceKind {
    /// The code in kebab case.
    pub fn code(self) -> &'static str {
        match self {
            DifferenceKind::NotRecorded => "not-recorded",
            DifferenceKind::FromAnotherCall => "from-another-call",
            DifferenceKind::Repeated => "repeated",
            DifferenceKind::OtherHeaders => "other-headers",
            DifferenceKind::Missing => "missing",
        }
    }
}

impl Replay {
    /// Prepares it.
    pub fn new(adapter: &Adapter, recording: Arc<Recording>) -> Replay {
        let head = recording.head();
        let connection = Connection {
            endpoint: head.endpoint.clone(),
            settings: head.settings.clone(),
        };
        let storage = head.storage.iter();
        let storage = storage.map(|(key, value)| (key.clone(), value.0.clone()));
        let started = head.started;
        let (storage, shelf) = (storage.collect(), Arc::new(Shelf::new(recording.clone())));
        let session = Session::over(
            adapter,
            Way::Recording,
            None,
            connection,
            started,
            storage,
            Arc::new(NoObserver),
        );
        Replay { session, shelf }
    }

    /// Tries the connection again.
    ///
    /// # Errors
    /// If the recording cannot be read any more.
    pub async fn check(&self) -> Result<Replayed<Report>, RecordingError> {
        let border = self.border(CallKey::Check);
        let result = self.session.check_across(&border.0).await;
        self.replayed(result, &border.1)
    }

    /// Reads one page again.
    ///
    /// # Errors
    /// If the recording cannot be read any more.
    pub async fn read(&self, request: &PageRequest) -> Result<Replayed<Page>, RecordingError> {
        let border = self.border(request.into());
        let result = self.session.read_across(request, &border.0).await;
        self.replayed(result, &border.1)
    }

    fn border(&self, key: CallKey) -> (Border, Arc<CallShelf>) {
        let call = Arc::new(CallShelf::new(self.shelf.clone(), &key));
        (Border::replaying(call.clone()), call)
    }

    fn replayed<T>(
        &self,
        result: Result<T, CallError>,
        call: &CallShelf,
    ) -> Result<Replayed<T>, RecordingError> {
        if let Some(error) = call.state().broken.take() {
            return Err(error);
        }
        Ok(Replayed {
            result,
            requests: call.differences(),
        })
    }
}

type Asked = (String, String, Option<String>);

/// A whole recording's answers.
pub(crate) struct Shelf {
    recording: Arc<Recording>,
    calls: HashMap<CallKey, usize>,
    /// The first time that each request was recorded: call and place in it.
    anywhere: HashMap<Asked, (usize, usize)>,
}

impl Shelf {
    fn new(recording: Arc<Recording>) -> Self {
        let mut calls: HashMap<CallKey, usize> = HashMap::new();
        let mut anywhere = HashMap::new();
        for (at, call) in recording.calls().iter().enumerate() {
            // A call that ended counts before one that did not.
            let known = calls.get(&call.key).map(|at| &recording.calls()[*at]);
            if known.is_none_or(|known| known.outcome.is_none() && call.outcome.is_some()) {
                calls.insert(call.key.clone(), at);
            }
            for (place, exchange) in call.exchanges.iter().enumerate() {
                anywhere.entry(asked(exchange)).or_insert((at, place));
            }
        }
        Shelf {
            recording,
            calls,
            anywhere,
        }
    }
}

fn asked(exchange: &Exchange) -> Asked {
    (
        exchange.method.clone(),
        exchange.url.clone(),
        exchange.body.clone(),
    )
}

/// One call's answers.
pub(crate) struct CallShelf {
    shelf: Arc<Shelf>,
    call: Option<usize>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    used: HashSet<usize>,
    differences: Vec<RequestDifference>,
    broken: Option<RecordingError>,
}

impl CallShelf {
    fn new(shelf: Arc<Shelf>, key: &CallKey) -> Self {
        let call = shelf.calls.get(key).copied();
        CallShelf {
            shelf,
            call,
            state: Mutex::default(),
        }
    }

    fn recorded(&self) -> Option<&RecordedCall> {
        self.call.map(|at| &self.shelf.recording.calls()[at])
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer on record.
    pub(crate) fn send(
        &self,
        parts: &request::Parts,
        body: &Bytes,
        trace: &CallTrace,
    ) -> Result<Response<Bytes>, CallError> {
        trace.sent(body.len());
        let method = parts.method.to_string();
        let url = parts.uri.to_string();
        let blob = (!body.is_empty()).then(|| blob_id(body));
        let asked = (method.clone(), url.clone(), blob);
        let note = |kind, nearest| {
            self.state().differences.push(RequestDifference {
                kind,
                method: method.clone(),
                url: url.clone(),
                nearest,
            });
        };
        let Some((found, kind)) = self.find(&asked) else {
            note(DifferenceKind::NotRecorded, self.nearest(&asked));
            return Err(CallError::new(
                ErrorKind::Denied,
                format!(
                    "`{method} {}` is not in the recording",
                    crate::log::one_line(&url, 300)
                ),
            )
            .with_remedy("A replay has no network; record a run of this version."));
        };
        if let Some(kind) = kind {
            note(kind, None);
        } else if !same_headers(&found.headers, &parts.headers) {
            note(DifferenceKind::OtherHeaders, None);
        }
        self.answer(found, trace)
    }

    /// The recorded request to answer with, and how it differs.
    fn find(&self, wanted: &Asked) -> Option<(&Exchange, Option<DifferenceKind>)> {
        let mut state = self.state();
        if let Some(call) = self.recorded() {
            let same = |(_, exchange): &(usize, &Exchange)| {
                exchange.method == wanted.0 && exchange.url == wanted.1 && exchange.body == wanted.2
            };
            let mut last = None;
            for (at, exchange) in call.exchanges.iter().enumerate().filter(same) {
                if state.used.insert(at) {
                    return Some((exchange, None));
                }
                last = Some(exchange);
            }
            if let Some(last) = last {
                return Some((last, Some(DifferenceKind::Repeated)));
            }
        }
        let (call, place) = self.shelf.anywhere.get(wanted)?;
        let exchange = &self.shelf.recording.calls()[*call].exchanges[*place];
        Some((exchange, Some(DifferenceKind::FromAnotherCall)))
    }

    /// The recorded request that shares most of its beginning with this one.
    fn nearest(&self, wanted: &Asked) -> Option<(String, String)> {
        let common = |url: &str| {
            let pairs = url.bytes().zip(wanted.1.bytes());
            pairs.take_while(|(a, b)| a == b).count()
        };
        let own = self.recorded().into_iter().flat_map(|call| &call.exchanges);
        let near = own.max_by_key(|exchange| common(&exchange.url));
        let near = near.map(|e| (e.method.clone(), e.url.clone()));
        near.or_else(|| {
            let all = self.shelf.anywhere.keys();
            let near = all.max_by_key(|(_, url, _)| common(url));
            near.map(|(method, url, _)| (method.clone(), url.clone()))
        })
    }

    fn answer(&self, found: &Exchange, trace: &CallTrace) -> Result<Response<Bytes>, CallError> {
        let (status, headers, body, masked) = match &found.answer {
            Answer::Response {
                status,
                headers,
                body,
                masked,
                ..
            } => (*status, headers, body, *masked),
            Answer::Error(error) => return Err(error.error()),
        };
        let body = self.shelf.recording.blob(body.as_ref()).map_err(|error| {
            let failed = CallError::new(ErrorKind::Internal, error.to_string());
            self.state().broken.get_or_insert(error);
            failed
        })?;
        let bad = |_| CallError::new(ErrorKind::Internal, "a recorded answer is no HTTP answer");
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = http::StatusCode::from_u16(status)
            .map_err(http::Error::from)
            .map_err(bad)?;
        for (name, value) in headers {
            // As it was recorded: one byte a character.
            let value: Vec<u8> = value.chars().map(|c| c as u8).collect();
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(http::Error::from)
                .map_err(bad)?;
            let value = HeaderValue::from_bytes(&value)
                .map_err(http::Error::from)
                .map_err(bad)?;
            response.headers_mut().append(name, value);
        }
        if masked {
            response
                .extensions_mut()
                .insert(Echoed(found.audited.clone()));
        }
        trace.received(response.body().len());
        Ok(response)
    }

    /// What was different, with the requests that were not made.
    fn differences(&self) -> Vec<RequestDifference> {
        let mut state = self.state();
        let mut all = std::mem::take(&mut state.differences);
        let recorded = self.recorded().into_iter().flat_map(|call| &call.exchanges);
        for (at, exchange) in recorded.enumerate() {
            if !state.used.contains(&at) {
                all.push(RequestDifference {
                    kind: DifferenceKind::Missing,
                    method: exchange.method.clone(),
                    url: exchange.url.clone(),
                    nearest: None,
                });
            }
        }
        all
    }
}

/// Compared without regard to order.
fn same_headers(recorded: &[(String, String)], made: &HeaderMap) -> bool {
    let mut recorded: Vec<_> = recorded.to_vec();
    let mut made = crate::recording::headers(made);
    recorded.sort();
    made.sort();
    recorded == made
}
