//! The one choke point between a guest and the network: where `wasi:http` hands
//! over a request. From here on it is the host's: policy, credentials, retries,
//! answer.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Request, Response, header, request};
use http_body_util::{BodyExt, Full, Limited};
use tokio::sync::Semaphore;
use wasmtime_wasi_http::{
    DEFAULT_FORBIDDEN_HEADERS, Error, ForbiddenHeaderFilter, RequestOptions, WasiBody,
    WasiHttpHooks,
};

use super::client::SessionEgress;
use super::echo::Echoed;
use super::trace::CallTrace;
use crate::error::{CallError, ErrorKind};
use crate::limits::Limits;
use crate::recording::CallTape;
use crate::replay::CallShelf;

/// One call's way out.
pub(crate) struct Hooks {
    way: WayOut,
    tape: Option<Arc<CallTape>>,
    trace: Arc<CallTrace>,
    filter: ForbiddenHeaderFilter,
    request_bytes: usize,
    unsent_body_bytes: usize,
    requests: u32,
    at_once: Arc<Semaphore>,
}

/// Where a call's requests go.
#[derive(Clone)]
pub(crate) enum WayOut {
    Network(Arc<SessionEgress>),
    /// Nowhere: they are answered from a recording.
    Recording(Arc<CallShelf>),
}

impl From<Arc<SessionEgress>> for WayOut {
    fn from(session: Arc<SessionEgress>) -> Self {
        WayOut::Network(session)
    }
}

impl WayOut {
    async fn send(
        &self,
        parts: request::Parts,
        body: Bytes,
        trace: &CallTrace,
    ) -> Result<Response<Bytes>, CallError> {
        match self {
            WayOut::Network(session) => session.send(parts, body, trace).await,
            WayOut::Recording(call) => call.send(&parts, &body, trace),
        }
    }
}

type Boxed<T> = Box<dyn Future<Output = Result<T, Error>> + Send>;
type Answer = (Response<WasiBody>, Boxed<()>);

impl Hooks {
    pub(crate) fn new(way: impl Into<WayOut>, trace: Arc<CallTrace>, limits: &Limits) -> Self {
        let at_once = Arc::new(Semaphore::new(limits.parallel_requests));
        Hooks {
            way: way.into(),
            tape: None,
            at_once,
            trace,
            filter: Arc::new(forbidden),
            request_bytes: limits.request_bytes,
            unsent_body_bytes: limits.unsent_body_bytes,
            requests: limits.requests_per_call,
        }
    }
}

impl Hooks {
    /// Records what goes by.
    pub(crate) fn recorded(self, tape: Option<Arc<CallTape>>) -> Self {
        Hooks { tape, ..self }
    }
}

/// Takes out what a guest does not get to see. wasi:http would hide it, too;
/// this way what is recorded is what the guest sees, in the same order.
fn hide(headers: &mut HeaderMap) {
    if !headers.keys().any(forbidden) {
        return;
    }
    let mut seen = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers.iter().filter(|(name, _)| !forbidden(name)) {
        seen.append(name, value.clone());
    }
    *headers = seen;
}

/// Headers that belong to the host: a guest cannot set them, and does not see
/// them in answers. They carry credentials, say where a request goes, or change
/// what it means behind the back of the policy.
fn forbidden(name: &HeaderName) -> bool {
    const MORE: [HeaderName; 9] = [
        header::AUTHORIZATION,
        header::COOKIE,
        header::SET_COOKIE,
        header::TE,
        header::TRAILER,
        header::EXPECT,
        header::FORWARDED,
        header::ACCEPT_ENCODING,
        header::CONTENT_ENCODING,
    ];
    let text = name.as_str();
    DEFAULT_FORBIDDEN_HEADERS.contains(name)
        || MORE.contains(name)
        || matches!(
            text,
            "x-http-method-override" | "x-http-method" | "x-method-override"
        )
        || matches!(
            text,
            "cookie2" | "set-cookie2" | "x-original-url" | "x-rewrite-url"
        )
        || text.starts_with("x-forwarded-")
        || text.starts_with("proxy-")
}

impl WasiHttpHooks for Hooks {
    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        self.filter.clone()
    }

    /// The client sets it from the address that policy has checked.
    fn set_host_header(&mut self) -> bool {
        false
    }

    /// What a guest writes before anybody reads it is in the host's memory.
    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        self.unsent_body_bytes
    }

    /// The guest's own timeouts are not used: an answer must not depend on how
    /// busy this machine is. The host bounds every request.
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        _options: Option<RequestOptions>,
        _sent: Boxed<()>,
    ) -> Boxed<Answer> {
        let (guard, number) = self.trace.begin();
        let (way, trace) = (self.way.clone(), self.trace.clone());
        let tape = self.tape.clone();
        let (request_bytes, requests) = (self.request_bytes, self.requests);
        let at_once = self.at_once.clone();
        Box::new(async move {
            let _guard = guard;
            let (mut parts, body) = request.into_parts();
            hide(&mut parts.headers);
            // Read to the end even if the request will be refused: else the
            // guest sees its own writing fail and not the refusal.
            let body = collect(body, request_bytes).await;
            let result = async {
                if number > requests {
                    return Err(CallError::new(
                        ErrorKind::LimitExceeded,
                        format!("the adapter sent over {requests} requests for one page"),
                    ));
                }
                let body = body?;
                let Ok(_permit) = at_once.acquire().await else {
                    return Err(CallError::new(ErrorKind::Internal, "the call is ending"));
                };
                // What the host refuses by itself it refuses again in a replay,
                // so it is what gets this far that is recorded.
                let tape = tape.map(|tape| tape.request(number, &parts, &body));
                let mut result = way.send(parts, body, &trace).await;
                let mut echoed = None;
                if let Ok(response) = &mut result {
                    hide(response.headers_mut());
                    echoed = response.extensions_mut().remove::<Echoed>();
                    response.extensions_mut().clear();
                }
                if let Some(Echoed(request)) = &echoed {
                    trace.echoed(request);
                }
                if let Some(tape) = tape {
                    tape.answered(result.as_ref(), echoed.map(|Echoed(request)| request));
                }
                result
            }
            .await;
            match result {
                Ok(response) => {
                    let response = response.map(|body: Bytes| {
                        Full::new(body)
                            .map_err(|never| match never {})
                            .boxed_unsync()
                    });
                    let done: Boxed<()> = Box::new(async { Ok(()) });
                    Ok((response, done))
                }
                Err(error) => {
                    if error.kind() == ErrorKind::Denied {
                        trace.denied(&error);
                    } else {
                        trace.failed(&error);
                    }
                    Err(translate(&error))
                }
            }
        })
    }
}

async fn collect(body: WasiBody, most: usize) -> Result<Bytes, CallError> {
    match Pin::new(&mut Limited::new(body, most)).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(e) if e.is::<http_body_util::LengthLimitError>() => Err(CallError::new(
            ErrorKind::LimitExceeded,
            format!("the adapter sent a body of over {most} bytes"),
        )),
        Err(_) => Err(CallError::new(
            ErrorKind::AdapterNonsense,
            "the adapter did not finish the body of its request",
        )),
    }
}

/// What the guest gets to know: the kind, not the words.
fn translate(error: &CallError) -> Error {
    match error.kind() {
        ErrorKind::Denied | ErrorKind::TokenRefused | ErrorKind::Unauthorised => {
            Error::HttpRequestDenied
        }
        ErrorKind::Timeout => Error::ConnectionReadTimeout,
        ErrorKind::Tls => Error::TlsProtocolError,
        ErrorKind::LimitExceeded => Error::HttpResponseBodySize(None),
        ErrorKind::Malformed => Error::HttpProtocolError,
        ErrorKind::Unreachable => Error::DestinationUnavailable,
        _ => Error::InternalError(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_headers_are_not_the_guests() {
        for name in [
            "authorization",
            "Cookie",
            "Host",
            "set-cookie",
            "proxy-authorization",
            "transfer-encoding",
            "connection",
            "te",
            "expect",
            "x-forwarded-host",
            "x-http-method-override",
            "accept-encoding",
        ] {
            assert!(forbidden(&name.parse().expect("a name")), "{name}");
        }
        for name in [
            "accept",
            "content-type",
            "content-length",
            "link",
            "x-total-count",
            "user-agent",
        ] {
            assert!(!forbidden(&name.parse().expect("a name")), "{name}");
        }
    }
}
