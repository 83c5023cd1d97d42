//! One attempt of a request that is signed and whose turn it is: sent, its answer
//! read within bounds, masked, audited. Whether it is worth another attempt is
//! not known here.

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Request, Response};
use http_body_util::Full;

use super::audit::AuditRecord;
use super::body::{self, BodyLimits};
use super::client::{Outgoing, SessionEgress};
use super::credentials::Credentials;
use super::echo::{Echoed, Finder};
use super::oauth1;
use super::paced::{self, Entered};
use super::pool::explain;
use super::traffic::field_bytes;
use crate::error::{CallError, ErrorKind};

const AGENT: &str = concat!("Homeroom/", env!("CARGO_PKG_VERSION"));

impl SessionEgress {
    /// One attempt: bounded, audited. An answer for an adapter comes out
    /// with every credential in it masked.
    pub(super) async fn exchange(
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
}
