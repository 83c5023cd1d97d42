//! Everything that leaves the process for an adapter: policy, addresses,
//! connections, credentials, retries, limits, audit. There is one way out, and
//! it goes through here; secrets are added at its last step and never handed to
//! the guest.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper_rustls::ConfigBuilderExt;
use rustls::ClientConfig;

use crate::error::SandboxError;

mod address;
mod audit;
mod body;
mod client;
mod connect;
mod credentials;
mod denied;
mod dial;
mod echo;
mod hooks;
mod oauth1;
mod oauth2;
mod origin;
mod pace;
mod paced;
mod policy;
mod pool;
mod refusals;
mod resolve;
mod retry;
mod trace;

#[cfg(test)]
mod tests;

pub(crate) use client::{SessionEgress, SessionOptions};
pub use credentials::{Credentials, OAuth1Method, OAuth2};
pub use denied::Denied;
pub(crate) use echo::Echoed;
pub(crate) use hooks::{Hooks, WayOut};
pub(crate) use origin::HostPattern;
pub use origin::Origin;
pub use pace::{HeldSpot, Pace, PaceKeeper, PaceRecord, PaceSpot};
pub use policy::Grant;
pub use resolve::{Resolve, SystemResolver};
pub use retry::RetryPolicy;
pub(crate) use trace::CallTrace;

/// How the process talks to servers.
#[derive(Clone)]
pub struct EgressConfig {
    /// Dialling and the TLS handshake together.
    pub connect_time: Duration,
    /// From sending a request to the first byte of its answer.
    pub answer_time: Duration,
    /// The longest pause within an answer's body.
    pub pause_time: Duration,
    /// Where it is kept how servers are asked. By default in this process; for
    /// several processes that ask the same servers, something they share.
    pub pace: Arc<dyn PaceKeeper>,
    /// How failures are repeated.
    pub retry: RetryPolicy,
    /// Finds addresses.
    pub resolver: Arc<dyn Resolve>,
    /// TLS settings in place of the built-in ones: TLS 1.2 and 1.3, Mozilla's
    /// root certificates. For a deployment with a certificate authority of its
    /// own.
    pub tls: Option<Arc<ClientConfig>>,
}

impl Default for EgressConfig {
    fn default() -> Self {
        EgressConfig {
            connect_time: Duration::from_secs(10),
            answer_time: Duration::from_secs(60),
            pause_time: Duration::from_secs(30),
            pace: Arc::new(pace::InProcess::default()),
            retry: RetryPolicy::default(),
            resolver: Arc::new(SystemResolver),
            tls: None,
        }
    }
}

/// What all sessions of a process share: the pace at which servers are asked,
/// and tokens that are still good. Connections are not shared between
/// integrations. One per process; clones share it.
#[derive(Clone)]
pub struct Egress {
    inner: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) config: EgressConfig,
    pub(crate) tls: Arc<ClientConfig>,
    pub(crate) pacer: pace::Pacer,
    tokens: Mutex<HashMap<String, Arc<oauth2::Tokens>>>,
}

impl Egress {
    /// Sets it up.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new(config: EgressConfig) -> Result<Egress, SandboxError> {
        let tls = match &config.tls {
            Some(tls) => tls.clone(),
            None => Arc::new(default_tls()?),
        };
        let pacer = pace::Pacer::new(config.pace.clone());
        let tokens = Mutex::new(HashMap::new());
        Ok(Egress {
            inner: Arc::new(Shared {
                config,
                tls,
                pacer,
                tokens,
            }),
        })
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.inner
    }
}

impl std::fmt::Debug for Egress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Egress").finish_non_exhaustive()
    }
}

impl Shared {
    /// The token store of an integration. It outlives a session, unless the
    /// client's credentials have changed since.
    pub(crate) fn tokens(&self, integration: &str, client: &OAuth2) -> Arc<oauth2::Tokens> {
        let mut all = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.get(integration).filter(|tokens| tokens.is_for(client));
        if let Some(tokens) = known {
            return tokens.clone();
        }
        let tokens = Arc::new(oauth2::Tokens::new(client.clone()));
        all.insert(integration.to_owned(), tokens.clone());
        tokens
    }
}

fn default_tls() -> Result<ClientConfig, SandboxError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| SandboxError::Egress(e.to_string()))?
        .with_webpki_roots()
        .with_no_client_auth();
    Ok(config)
}
