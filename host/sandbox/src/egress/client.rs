//! Sends requests for one session: asks policy, waits for its turn, signs, sends,
//! repeats. Policy has the first word in [`SessionEgress::send`]; nothing is sent
//! past it. How a request is signed, and what one attempt is, stand beside it in
//! `signing.rs` and `exchange.rs`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::header::{self, HeaderMap};
use http::{Method, Response, Uri, request};
use tokio::sync::Semaphore;

use super::audit;
use super::credentials::Credentials;
use super::echo::Echo;
use super::oauth2::{self, Bearer, Tokens};
use super::origin::Origin;
use super::pace::{Pace, Waits};
use super::paced::{self, Entered, Patience};
use super::policy::{Grant, Target};
use super::pool::{Pool, pool};
use super::refusals::Refusals;
use super::retry::{self, Budget};
use super::trace::CallTrace;
use super::traffic::{field_bytes, uri_bytes};
use super::{Egress, Shared};
use crate::error::{CallError, ErrorKind};
use crate::limits::Limits;
use crate::log::one_line;
use crate::observer::Observer;
use crate::stats::CallStats;

/// What a session brings.
pub(crate) struct SessionOptions {
    pub(crate) egress: Egress,
    pub(crate) integration: String,
    pub(crate) grant: Grant,
    pub(crate) credentials: Credentials,
    pub(crate) pace: Pace,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) limits: Arc<Limits>,
}

/// One session's way out. Its connections are its own.
pub(crate) struct SessionEgress {
    pub(super) shared: Arc<Shared>,
    pub(super) grant: Arc<Grant>,
    pub(super) credentials: Credentials,
    pub(super) tokens: Option<Arc<Tokens>>,
    pub(super) pace: Pace,
    /// The session's requests that may be under way: those of its own that are
    /// too many wait here, in order, and not among others at the server.
    pub(super) at_once: Semaphore,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) limits: Arc<Limits>,
    pub(super) pool: Pool,
    pub(super) requests: AtomicU64,
    pub(super) sent: AtomicU64,
    pub(super) received: AtomicU64,
    refusals: Refusals,
    pub(super) echo: Echo,
}

/// A token that is gone again whenever a request has its turn is asked for so
/// often; then it is sent with the last one.
const MOST_TOKENS: u32 = 3;

/// A request whose turn it is.
struct Admitted<'a> {
    signed: Outgoing,
    bearer: Option<Bearer>,
    entered: Entered<'a>,
}

/// A request that may be sent.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) origin: Origin,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Whether the host asks for a token.
    pub(crate) token: bool,
}

impl SessionEgress {
    pub(crate) fn new(options: SessionOptions) -> Self {
        let SessionOptions {
            egress,
            integration,
            grant,
            credentials,
            pace,
            observer,
            limits,
        } = options;
        let shared = egress.shared().clone();
        let grant = Arc::new(grant);
        let tokens = match &credentials {
            Credentials::OAuth2(client) => Some(shared.tokens(&integration, client)),
            _ => None,
        };
        let pool = pool(&shared, &grant, limits.response_headers, pace.places());
        let echo = Echo::new(&credentials);
        SessionEgress {
            shared,
            grant,
            credentials,
            tokens,
            pace,
            at_once: Semaphore::new(pace.places().into()),
            observer,
            limits,
            pool,
            requests: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
            refusals: Refusals::default(),
            echo,
        }
    }

    /// What an earlier attempt of the run has used counts toward its limits.
    pub(crate) fn continue_after(&self, used: &CallStats) {
        let add = |counter: &AtomicU64, used: u64| counter.fetch_add(used, Ordering::Relaxed);
        add(&self.requests, used.requests.into());
        add(&self.sent, used.bytes_out);
        add(&self.received, used.bytes_in);
    }

    /// Sends an adapter's request: policy, credentials, retries, all in bounded
    /// time.
    pub(crate) async fn send(
        &self,
        parts: request::Parts,
        body: Bytes,
        trace: &CallTrace,
    ) -> Result<Response<Bytes>, CallError> {
        let time = self.limits.request_time;
        let host = parts.uri.host().unwrap_or_default().to_owned();
        let waits = Waits::within_call(trace.waits());
        let work = self.send_unbounded(parts, body, trace, &waits);
        let done = waits.within(time, work).await;
        trace.waited(waits.total());
        done.unwrap_or_else(|| {
            let detail = format!(
                "`{}` gave no whole answer within {} s",
                one_line(&host, 255),
                time.as_secs_f64()
            );
            Err(CallError::new(ErrorKind::Timeout, detail))
        })
    }

    async fn send_unbounded(
        &self,
        parts: request::Parts,
        body: Bytes,
        trace: &CallTrace,
        waits: &Waits,
    ) -> Result<Response<Bytes>, CallError> {
        let target = self
            .grant
            .check(&parts.method, &parts.uri)
            .and_then(|target| self.not_for_tokens(target));
        let Target { origin, uri } = match target {
            Ok(target) => target,
            Err(error) => {
                audit::refused(&*self.observer, &parts, &error);
                return Err(error);
            }
        };
        self.refusals.check()?;
        let mut headers = parts.headers;
        for name in [header::HOST, header::CONTENT_LENGTH, header::AUTHORIZATION] {
            headers.remove(name);
        }
        let size = parts.method.as_str().len() + uri_bytes(&uri) + field_bytes(&headers);
        self.count_out(size + body.len(), trace)?;
        let outgoing = Outgoing {
            method: parts.method,
            origin,
            uri,
            headers,
            body,
            token: false,
        };
        let mut stale = None;
        let mut refreshed = false;
        let mut budget = Budget::new(self.shared.config.retry);
        let mut patience = Patience::new(waits, self.patience());
        let mut attempt = 0;
        loop {
            attempt += 1;
            let admitted = self.admit(&outgoing, stale.take(), &mut patience);
            let Admitted {
                signed,
                bearer,
                entered,
            } = admitted.await?;
            let result = self.exchange(signed, attempt, entered).await;
            // A token may be revoked before its time; ask for another one, once.
            if let (Ok(response), Some(bearer)) = (&result, &bearer)
                && oauth2::refuses_token(response)
                && !refreshed
            {
                refreshed = true;
                stale = Some(bearer.generation);
                trace.retried();
                continue;
            }
            let Outgoing { method, origin, .. } = &outgoing;
            if self
                .again(method, origin, &result, &mut budget, &mut patience)
                .await
            {
                trace.retried();
                continue;
            }
            let response = result?;
            if let Some(error) = self.refused_for_good(origin, &response) {
                trace.busy(&error);
            }
            self.refusals.note(response.status());
            self.count_in(response.body().len(), trace)?;
            return Ok(response);
        }
    }

    /// Sends the host's own request to a token endpoint. What happens there
    /// does not change anything, so that it may be repeated.
    pub(crate) async fn send_for_token(
        &self,
        outgoing: Outgoing,
        waits: &Waits,
    ) -> Result<Response<Bytes>, CallError> {
        let origin = &outgoing.origin;
        self.grant.check_token(origin)?;
        let mut budget = Budget::new(self.shared.config.retry);
        let mut patience = Patience::new(waits, self.patience());
        let mut attempt = 0;
        loop {
            attempt += 1;
            let entered = self.enter(origin, &mut patience).await?;
            let result = self.exchange(outgoing.clone(), attempt, entered).await;
            if self
                .again(&Method::GET, origin, &result, &mut budget, &mut patience)
                .await
            {
                continue;
            }
            let response = result?;
            return match self.refused_for_good(origin, &response) {
                Some(error) => Err(error),
                None => Ok(response),
            };
        }
    }

    /// Whether to try again; it is time to, then.
    async fn again(
        &self,
        method: &Method,
        origin: &Origin,
        result: &Result<Response<Bytes>, CallError>,
        budget: &mut Budget,
        patience: &mut Patience<'_>,
    ) -> bool {
        if !retry::repeatable(method) {
            return false;
        }
        let wait = match result {
            Ok(response) => {
                let asked = paced::asked(response);
                let status = response.status();
                if retry::wants_patience(status, asked) {
                    return self.calm_down(origin, asked, patience).await;
                }
                retry::worth_it(status).then(|| budget.next(asked))
            }
            Err(error) => retry::worth_it_after(error).then(|| budget.next(None)),
        };
        let Some(Some(wait)) = wait else {
            return false;
        };
        tokio::time::sleep(wait).await;
        true
    }

    /// What an answer means that is handed over though the server only wants
    /// patience.
    fn refused_for_good(&self, origin: &Origin, response: &Response<Bytes>) -> Option<CallError> {
        let asked = paced::asked(response);
        retry::wants_patience(response.status(), asked).then(|| self.impatient(origin, asked))
    }

    /// Waits for the request's turn, and signs it then: what was signed before a
    /// long wait may be too old after it. A token is asked for before, since
    /// asking takes a turn, too.
    async fn admit(
        &self,
        outgoing: &Outgoing,
        stale: Option<u64>,
        patience: &mut Patience<'_>,
    ) -> Result<Admitted<'_>, CallError> {
        let mut stale = stale;
        let mut round = 1;
        loop {
            let ahead = self.token(outgoing, stale.take(), patience.waits).await?;
            let entered = self.enter(&outgoing.origin, patience).await?;
            let newest = self.newest_token(outgoing);
            if ahead.is_some() && newest.is_none() && round < MOST_TOKENS {
                round += 1;
                continue;
            }
            let bearer = newest.or(ahead);
            let mut signed = outgoing.clone();
            self.sign(&mut signed, bearer.as_ref())?;
            return Ok(Admitted {
                signed,
                bearer,
                entered,
            });
        }
    }

    /// What a person should know of how the credentials were taken.
    pub(crate) async fn notes(&self) -> Vec<String> {
        match &self.tokens {
            Some(tokens) => tokens.notes().await,
            None => Vec::new(),
        }
    }
}
