//! Opens connections: resolve, check every address, dial one that was checked.
//! There is no second look-up between the check and the dial, so that a name
//! cannot lead somewhere else the second time.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::address::{Place, place};
use super::origin::Origin;
use super::policy::Grant;
use super::resolve::Resolve;
use crate::error::{CallError, ErrorKind};

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Dialling<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// Dials one integration's hosts.
#[derive(Clone)]
pub(crate) struct CheckedConnector {
    pub(crate) grant: Arc<Grant>,
    pub(crate) resolver: Arc<dyn Resolve>,
}

impl Service<Uri> for CheckedConnector {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = Dialling<Self::Response>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            let origin = Origin::parse(&uri.to_string()).map_err(|e| unreachable(&e))?;
            Ok(TokioIo::new(this.open(&origin).await?))
        })
    }
}

impl CheckedConnector {
    /// Resolves, checks and dials.
    pub(crate) async fn open(&self, origin: &Origin) -> Result<TcpStream, CallError> {
        let addresses = self.addresses(origin).await?;
        dial(origin, &addresses).await
    }

    async fn addresses(&self, origin: &Origin) -> Result<Vec<SocketAddr>, CallError> {
        let Origin { host, port, .. } = origin;
        let addresses = match origin.address() {
            Some(address) => vec![SocketAddr::new(address, *port)],
            None => self
                .resolver
                .resolve(host.clone(), *port)
                .await
                .map_err(|e| unreachable(&format!("the name `{host}` cannot be resolved ({e})")))?,
        };
        if addresses.is_empty() {
            return Err(unreachable(&format!("the name `{host}` has no address")));
        }
        // One bad answer among good ones is a trick, not a choice.
        for address in &addresses {
            match place(address.ip()) {
                Place::Public => {}
                Place::Loopback | Place::Private if self.grant.allows_private(host, *port) => {}
                other => return Err(self.grant.private_denied(host, *port, other.name())),
            }
        }
        Ok(addresses)
    }
}

/// Tries the addresses in turn; each but the last gets a short time.
async fn dial(origin: &Origin, addresses: &[SocketAddr]) -> Result<TcpStream, CallError> {
    let mut last = None;
    for (at, address) in addresses.iter().enumerate() {
        let connecting = TcpStream::connect(*address);
        let result = if at + 1 < addresses.len() {
            tokio::time::timeout(Duration::from_secs(3), connecting)
                .await
                .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        } else {
            connecting.await
        };
        match result {
            Ok(stream) => {
                // Requests are small and must not wait for company.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(e) => last = Some(e),
        }
    }
    let why = last.map_or_else(|| "no address".to_owned(), |e| e.to_string());
    Err(unreachable(&format!(
        "`{origin}` does not accept connections ({why})"
    )))
}

fn unreachable(detail: &str) -> CallError {
    CallError::new(ErrorKind::Unreachable, detail)
}

/// Bounds dialling and the TLS handshake together.
#[derive(Clone)]
pub(crate) struct Bounded<C> {
    pub(crate) inner: C,
    pub(crate) time: Duration,
}

impl<C> Service<Uri> for Bounded<C>
where
    C: Service<Uri, Error = BoxError>,
    C::Future: Send + 'static,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = Dialling<C::Response>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let time = self.time;
        let host = uri.host().unwrap_or_default().to_owned();
        let connecting = self.inner.call(uri);
        Box::pin(async move {
            match tokio::time::timeout(time, connecting).await {
                Ok(result) => result,
                Err(_) => {
                    let detail = format!("no connection to `{host}` within {} s", time.as_secs());
                    Err(unreachable(&detail).into())
                }
            }
        })
    }
}
