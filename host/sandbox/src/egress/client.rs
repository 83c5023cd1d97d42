//! Sends requests for one session: signs, paces, sends, reads, repeats, tells
//! the observer. Policy has the first word in [`SessionEgress::send`]; nothing
//! is sent past it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Request, Response, Uri, request};
use http_body_util::Full;
use secrecy::ExposeSecret;
use tokio::sync::Semaphore;

use super::audit::{self, AuditRecord};
use super::body::{self, BodyLimits};
use super::credentials::Credentials;
use super::echo::{Echo, Echoed, Finder};
use super::oauth1::{self, Salt};
use super::oauth2::{self, Bearer, Tokens};
use super::origin::Origin;
use super::pace::{Pace, Waits};
use super::paced::{self, Entered, Patience};
use super::policy::{Grant, Target};
use super::pool::{Pool, explain, pool};
use super::refusals::Refusals;
use super::retry::{self, Budget};
use super::trace::CallTrace;
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
    grant: Arc<Grant>,
    credentials: Credentials,
    tokens: Option<Arc<Tokens>>,
    pub(super) pace: Pace,
    /// The session's requests that may be under way: those of its own that are
    /// too many wait here, in order, and not among others at the server.
    pub(super) at_once: Semaphore,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) limits: Arc<Limits>,
    pool: Pool,
    requests: AtomicU64,
    sent: AtomicU64,
    received: AtomicU64,
    refusals: Refusals,
    echo: Echo,
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

    /// Refuses an adapter's request to where the host gets its tokens: what is
    /// issued there is not the adapter's to see.
    fn not_for_tokens(&self, target: Target) -> Result<Target, CallError> {
        let Credentials::OAuth2(client) = &self.credentials else {
            return Ok(target);
        };
        let plain = |path: &str| {
            let path = oauth1::decode(path.as_bytes()).to_ascii_lowercase();
            let segments = path.split(|b| *b == b'/').filter(|s| !s.is_empty());
            segments.map(<[u8]>::to_vec).collect::<Vec<_>>()
        };
        let asked = plain(target.uri.path());
        let is_it = |url: &url::Url| {
            Origin::of(url).is_ok_and(|origin| origin == target.origin)
                && plain(url.path()) == asked
        };
        if !client.token_urls.iter().any(is_it) {
            return Ok(target);
        }
        let place = format!("{}{}", target.origin, one_line(target.uri.path(), 200));
        Err(CallError::new(
            ErrorKind::Denied,
            format!(
                "the adapter asked `{place}`, which issues tokens, and they are the host's alone"
            ),
        )
        .with_remedy("Ask the adapter's vendor what it is for."))
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

    /// A token for the request, where it needs one.
    pub(super) async fn token(
        &self,
        outgoing: &Outgoing,
        stale: Option<u64>,
        waits: &Waits,
    ) -> Result<Option<Bearer>, CallError> {
        match &self.tokens {
            Some(tokens) if self.is_signed(outgoing) => tokens
                .get(self, &outgoing.uri, stale, waits)
                .await
                .map(Some),
            _ => Ok(None),
        }
    }

    /// The same, if it is there already.
    fn newest_token(&self, outgoing: &Outgoing) -> Option<Bearer> {
        let tokens = self.tokens.as_ref()?;
        match self.is_signed(outgoing) {
            true => tokens.at_hand(&outgoing.uri),
            false => None,
        }
    }

    /// Credentials belong to the endpoint; another host that the manifest names
    /// gets none.
    fn is_signed(&self, outgoing: &Outgoing) -> bool {
        outgoing.origin == *self.grant.endpoint()
    }

    /// Adds the credentials, where they belong.
    pub(super) fn sign(
        &self,
        outgoing: &mut Outgoing,
        bearer: Option<&Bearer>,
    ) -> Result<(), CallError> {
        if !self.is_signed(outgoing) {
            return Ok(());
        }
        let value = match &self.credentials {
            Credentials::None => return Ok(()),
            Credentials::Bearer(token) => format!("Bearer {}", token.expose_secret()),
            Credentials::Basic { user, password } => {
                let pair = format!("{user}:{}", password.expose_secret());
                format!("Basic {}", STANDARD.encode(pair))
            }
            Credentials::OAuth2(_) => {
                let Some(token) = bearer else {
                    return Ok(());
                };
                self.echo.learn(&token.value);
                let value = format!("Bearer {}", token.value.expose_secret());
                if let Some(cookie) = &token.cookie {
                    self.echo.learn_cookie(cookie);
                    outgoing.headers.insert(header::COOKIE, cookie.clone());
                }
                value
            }
            Credentials::OAuth1 {
                key,
                secret,
                method,
            } => {
                let salt = Salt {
                    timestamp: jiff::Timestamp::now().as_second(),
                    nonce: format!("{:032x}", rand::random::<u128>()),
                };
                let form = is_form(&outgoing.headers).then_some(&outgoing.body[..]);
                oauth1::authorization(
                    *method,
                    key,
                    secret,
                    &outgoing.method,
                    &outgoing.uri,
                    form,
                    &salt,
                )
                .map_err(|why| CallError::new(ErrorKind::Denied, why))?
            }
        };
        let mut value = HeaderValue::from_str(&value).map_err(|_| {
            CallError::new(
                ErrorKind::InvalidSetting,
                "the credentials hold characters that no header can carry",
            )
        })?;
        value.set_sensitive(true);
        outgoing.headers.insert(header::AUTHORIZATION, value);
        Ok(())
    }

    /// One attempt: bounded, audited. An answer for an adapter comes out
    /// with every credential in it masked.
    async fn exchange(
        &self,
        outgoing: Outgoing,
        attempt: u32,
        entered: Entered<'_>,
    ) -> Result<Response<Bytes>, CallError> {
        let origin = outgoing.origin.clone();
        let mut record = AuditRecord::begin(&self.observer, &outgoing, attempt);
        let for_adapter = !outgoing.token;
        let signature = outgoing.headers.get(header::AUTHORIZATION).cloned();
        let mut result = self.attempt(outgoing, &mut record.audit.status).await;
        match &mut result {
            Ok(response) => {
                record.audit.bytes = response.body().len() as u64;
                record.audit.error = None;
                if for_adapter && self.mask(response, signature.as_ref()) {
                    let audit = &mut record.audit;
                    audit.error = Some("credential-echo");
                    let request = format!("{} {}{}", audit.method, audit.origin, audit.path);
                    response.extensions_mut().insert(Echoed(request));
                }
            }
            Err(error) => record.audit.error = Some(error.code()),
        }
        drop(record);
        if let Ok(response) = &result {
            let asked = paced::asked(response);
            self.learn(&origin, &entered.server, response.status(), asked)
                .await;
        }
        result
    }

    /// Masks every credential that the answer holds. Says whether there was
    /// one.
    fn mask(&self, response: &mut Response<Bytes>, sent: Option<&HeaderValue>) -> bool {
        let known = self.echo.finder().mask(response);
        // A signature is good for one request only, and still nobody's business.
        let signed = matches!(self.credentials, Credentials::OAuth1 { .. })
            && sent
                .and_then(|value| value.to_str().ok())
                .and_then(oauth1::signature)
                .is_some_and(|texts| Finder::new(texts).mask(response));
        known || signed
    }

    /// Whether a text holds a credential that this session uses.
    pub(crate) fn tells_a_secret(&self, text: &str) -> bool {
        self.echo.finder().is_in(text)
    }

    async fn attempt(
        &self,
        outgoing: Outgoing,
        status: &mut Option<u16>,
    ) -> Result<Response<Bytes>, CallError> {
        let config = &self.shared.config;
        let origin = outgoing.origin;
        let mut request = Request::new(Full::new(outgoing.body));
        *request.method_mut() = outgoing.method;
        *request.uri_mut() = outgoing.uri;
        *request.headers_mut() = outgoing.headers;
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        if !headers.contains_key(header::USER_AGENT) {
            headers.insert(header::USER_AGENT, HeaderValue::from_static(AGENT));
        }
        let answer = tokio::time::timeout(config.answer_time, self.pool.request(request)).await;
        let response = match answer {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(explain(&origin, &error)),
            Err(_) => {
                let detail = format!(
                    "`{origin}` did not answer within {} s",
                    config.answer_time.as_secs()
                );
                return Err(CallError::new(ErrorKind::Timeout, detail));
            }
        };
        *status = Some(response.status().as_u16());
        if field_bytes(response.headers()) > self.limits.response_header_bytes {
            let detail = format!(
                "`{origin}` answered with over {} bytes of headers",
                self.limits.response_header_bytes
            );
            return Err(CallError::new(ErrorKind::LimitExceeded, detail));
        }
        let (mut parts, incoming) = response.into_parts();
        let limits = BodyLimits {
            bytes: self.limits.response_bytes,
            inflation: self.limits.inflation,
            pause: config.pause_time,
        };
        let body = body::read(&parts.headers, incoming, limits).await?;
        // They described the wire, which the adapter does not see.
        for name in [header::CONTENT_ENCODING, header::TRANSFER_ENCODING] {
            parts.headers.remove(name);
        }
        parts
            .headers
            .insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        Ok(Response::from_parts(parts, body))
    }

    /// What a person should know of how the credentials were taken.
    pub(crate) async fn notes(&self) -> Vec<String> {
        match &self.tokens {
            Some(tokens) => tokens.notes().await,
            None => Vec::new(),
        }
    }

    /// Counts what is about to leave.
    fn count_out(&self, bytes: usize, trace: &CallTrace) -> Result<(), CallError> {
        let limits = &self.limits;
        if self.requests.fetch_add(1, Ordering::Relaxed) >= limits.run_requests {
            return Err(CallError::new(
                ErrorKind::LimitExceeded,
                format!(
                    "the adapter sent over {} requests in this run",
                    limits.run_requests
                ),
            ));
        }
        let bytes_before = self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
        if bytes_before + bytes as u64 > limits.run_request_bytes {
            return Err(CallError::new(
                ErrorKind::LimitExceeded,
                format!(
                    "the adapter sent over {} bytes in this run",
                    limits.run_request_bytes
                ),
            )
            .with_remedy("Ask the adapter's vendor what it sends there."));
        }
        trace.sent(bytes);
        Ok(())
    }

    /// Counts what has come.
    fn count_in(&self, bytes: usize, trace: &CallTrace) -> Result<(), CallError> {
        let limits = &self.limits;
        let of_call = trace.received(bytes);
        let of_run = self.received.fetch_add(bytes as u64, Ordering::Relaxed) + bytes as u64;
        for (sum, most, what) in [
            (of_call, limits.call_response_bytes, "page"),
            (of_run, limits.run_response_bytes, "run"),
        ] {
            if sum > most {
                let detail = format!("the answers for one {what} have over {most} bytes");
                return Err(CallError::new(ErrorKind::LimitExceeded, detail));
            }
        }
        Ok(())
    }
}

fn uri_bytes(uri: &Uri) -> usize {
    let authority = uri.authority().map_or(0, |a| a.as_str().len());
    let path = uri.path_and_query().map_or(0, |p| p.as_str().len());
    uri.scheme_str().map_or(0, str::len) + authority + path
}

fn field_bytes(headers: &HeaderMap) -> usize {
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum()
}

const AGENT: &str = concat!("Homeroom/", env!("CARGO_PKG_VERSION"));

fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| {
            v.trim_start()
                .starts_with("application/x-www-form-urlencoded")
        })
}
