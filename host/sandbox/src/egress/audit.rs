//! What the observer gets to know of requests: one record per attempt, whatever
//! becomes of it, and one per request that policy refused. No value of a query
//! is in it, no header and no body.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Uri, request};

use super::client::Outgoing;
use crate::error::CallError;
use crate::log::one_line;
use crate::observer::{Observer, RequestAudit};

/// Tells the observer about an attempt when it ends, also when it ends because
/// nobody waits for it any more.
pub(crate) struct AuditRecord<'a> {
    observer: &'a dyn Observer,
    since: Instant,
    pub(crate) audit: RequestAudit,
}

impl<'a> AuditRecord<'a> {
    pub(crate) fn begin(
        observer: &'a Arc<dyn Observer>,
        outgoing: &Outgoing,
        attempt: u32,
    ) -> Self {
        AuditRecord {
            observer: &**observer,
            since: Instant::now(),
            audit: RequestAudit {
                method: outgoing.method.to_string(),
                origin: outgoing.origin.to_string(),
                path: path_for_audit(&outgoing.uri),
                status: None,
                bytes: 0,
                elapsed: Duration::ZERO,
                attempt,
                error: Some("cancelled"),
                token: outgoing.token,
            },
        }
    }
}

impl Drop for AuditRecord<'_> {
    fn drop(&mut self) {
        self.audit.elapsed = self.since.elapsed();
        self.observer.request(&self.audit);
    }
}

/// Tells the observer about a request that was not sent.
pub(crate) fn refused(observer: &dyn Observer, parts: &request::Parts, error: &CallError) {
    let authority = parts.uri.authority().map_or("", |a| a.as_str());
    let origin = format!(
        "{}://{authority}",
        parts.uri.scheme_str().unwrap_or_default()
    );
    observer.request(&RequestAudit {
        method: parts.method.to_string(),
        origin: one_line(&origin, 512),
        path: path_for_audit(&parts.uri),
        status: None,
        bytes: 0,
        elapsed: Duration::ZERO,
        attempt: 1,
        error: Some(error.code()),
        token: false,
    });
}

/// The path and the names of the query's parameters.
fn path_for_audit(uri: &Uri) -> String {
    let mut text = uri.path().to_owned();
    for (at, pair) in uri
        .query()
        .into_iter()
        .flat_map(|q| q.split('&'))
        .enumerate()
    {
        text.push(if at == 0 { '?' } else { '&' });
        text.push_str(pair.split('=').next().unwrap_or_default());
        text.push('=');
    }
    one_line(&text, 1024)
}
