//! A session's pool of connections, and what its errors mean.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::Shared;
use super::connect::{Bounded, CheckedConnector};
use super::origin::Origin;
use super::policy::Grant;
use crate::error::{CallError, ErrorKind};

pub(crate) type Pool = Client<Bounded<HttpsConnector<CheckedConnector>>, Full<Bytes>>;

/// Connections of one session; nobody else gets them.
pub(crate) fn pool(shared: &Shared, grant: &Arc<Grant>, headers: usize, at_once: u16) -> Pool {
    let mut tls = (*shared.tls).clone();
    // Sessions are resumed by whom they were made for.
    tls.resumption = rustls::client::Resumption::in_memory_sessions(32);
    let dial = CheckedConnector {
        grant: grant.clone(),
        resolver: shared.config.resolver.clone(),
    };
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(dial);
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(Duration::from_secs(30))
        .pool_max_idle_per_host(at_once.into())
        .http1_max_headers(headers)
        .build(Bounded {
            inner: https,
            time: shared.config.connect_time,
        })
}

/// The TLS error in an I/O error, which may be wrapped several times.
fn tls_error(mut error: &std::io::Error) -> Option<&rustls::Error> {
    loop {
        let inner = error.get_ref()?;
        match inner.downcast_ref() {
            Some(tls) => return Some(tls),
            None => error = inner.downcast_ref()?,
        }
    }
}

/// Finds what went wrong below the HTTP client.
pub(crate) fn explain(origin: &Origin, error: &ClientError) -> CallError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(ours) = error.downcast_ref::<CallError>() {
            return ours.clone();
        }
        if let Some(tls) = error.downcast_ref::<std::io::Error>().and_then(tls_error) {
            return CallError::new(
                ErrorKind::Tls,
                format!("no trusted connection to `{origin}` ({tls})"),
            );
        }
        if let Some(hyper) = error.downcast_ref::<hyper::Error>()
            && hyper.is_parse_too_large()
        {
            return CallError::new(
                ErrorKind::LimitExceeded,
                format!("`{origin}` answered with too many or too large headers"),
            );
        }
        if let Some(hyper) = error.downcast_ref::<hyper::Error>()
            && hyper.is_parse()
        {
            return CallError::new(
                ErrorKind::Malformed,
                format!("`{origin}` does not speak HTTP ({hyper})"),
            );
        }
        cause = error.source();
    }
    CallError::new(
        ErrorKind::Unreachable,
        format!("the connection to `{origin}` broke ({error})"),
    )
}
