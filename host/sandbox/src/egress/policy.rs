//! Who may be asked for what: manifest ∩ operator's approval ∩ this
//! integration's endpoint. A refusal says which of the three said no and what
//! would allow it. Pure: nothing is resolved or sent here.

use std::sync::Arc;

use http::{Method, Uri};

use super::denied::Denied;
use super::origin::{HostPattern, Origin};
use crate::connection::Approval;
use crate::error::{CallError, ErrorKind};
use crate::manifest::Manifest;

/// What one integration may ask of whom.
#[derive(Debug, Clone)]
pub struct Grant {
    integration: String,
    adapter: String,
    endpoint: Origin,
    tokens: Vec<Origin>,
    hosts: Vec<Entry<HostPattern>>,
    methods: Vec<Entry<Method>>,
    allow_private: bool,
    allow_http: bool,
    denied: Arc<Denied>,
}

#[derive(Debug, Clone)]
struct Entry<T> {
    what: T,
    approved: bool,
}

/// A request's target after policy.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) origin: Origin,
    /// The absolute URI that is sent, in the policy's spelling of the origin
    /// and the adapter's of path and query.
    pub(crate) uri: Uri,
}

impl Grant {
    /// The intersection. `tokens` are the origins of the token URLs.
    pub(crate) fn new(
        manifest: &Manifest,
        approval: &Approval,
        integration: &str,
        endpoint: Origin,
        tokens: Vec<Origin>,
        allow_private: bool,
        allow_http: bool,
    ) -> Result<Grant, String> {
        let mut hosts = Vec::new();
        for text in &manifest.http.hosts {
            hosts.push(Entry {
                what: HostPattern::parse(text)?,
                approved: approval.hosts.contains(text),
            });
        }
        let mut methods = Vec::new();
        for text in &manifest.http.methods {
            methods.push(Entry {
                what: text.parse().map_err(|_| format!("`{text}` is no method"))?,
                approved: approval.methods.contains(text),
            });
        }
        Ok(Grant {
            integration: integration.to_owned(),
            adapter: manifest.id.clone(),
            endpoint,
            tokens,
            hosts,
            methods,
            allow_private,
            allow_http,
            denied: Arc::default(),
        })
    }

    /// Takes away what the operator's policy forbids.
    pub fn deny(&mut self, denied: Arc<Denied>) {
        self.denied = denied;
    }

    /// The endpoint or the first origin for tokens that the operator's policy
    /// forbids, and the place that says so.
    pub fn denied_origin(&self) -> Option<(&Origin, &str)> {
        std::iter::once(&self.endpoint)
            .chain(&self.tokens)
            .find_map(|origin| Some((origin, self.denied.host(&origin.host)?)))
    }

    /// The integration's own origin.
    pub fn endpoint(&self) -> &Origin {
        &self.endpoint
    }

    /// Whether addresses of private networks may be dialled for this origin:
    /// only where the operator named the host.
    pub(crate) fn allows_private(&self, host: &str, port: u16) -> bool {
        let named = |o: &Origin| o.host == host && o.port == port;
        self.allow_private && (named(&self.endpoint) || self.tokens.iter().any(named))
    }

    /// The refusal of an address, with what would allow it.
    pub(crate) fn private_denied(&self, host: &str, port: u16, place: &str) -> CallError {
        let named = |o: &Origin| o.host == host && o.port == port;
        let error = CallError::new(ErrorKind::Denied, format!("`{host}` leads to {place}"));
        if named(&self.endpoint) || self.tokens.iter().any(named) {
            error.with_remedy(format!(
                "If the SIS really is there, allow it with `homeroom integration edit {} --allow-private-network`.",
                self.integration
            ))
        } else {
            error.with_remedy("Only the integration's own endpoint may be in a private network.")
        }
    }

    /// Checks an adapter's request.
    pub(crate) fn check(&self, method: &Method, uri: &Uri) -> Result<Target, CallError> {
        self.check_method(method)?;
        let origin = origin(uri)?;
        self.check_denied(&origin)?;
        self.check_origin(&origin)?;
        check_path(uri)?;
        let path = uri.path_and_query().map_or("/", |p| p.as_str());
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/{path}")
        };
        let uri = Uri::builder()
            .scheme(origin.scheme.as_str())
            .authority(origin.authority())
            .path_and_query(path)
            .build()
            .map_err(|e| denied(format!("the adapter asked for an unusable address ({e})")))?;
        Ok(Target { origin, uri })
    }

    /// Checks where the host is about to send the client's secret.
    pub(crate) fn check_token(&self, origin: &Origin) -> Result<(), CallError> {
        if !self.tokens.contains(origin) {
            return Err(denied(format!(
                "`{origin}` is not where this integration gets its tokens"
            )));
        }
        self.check_denied(origin)?;
        self.check_scheme(origin)
    }

    /// The operator's policy has the last word, whatever the rest allows.
    fn check_denied(&self, origin: &Origin) -> Result<(), CallError> {
        match self.denied.host(&origin.host) {
            Some(place) => {
                Err(denied(format!("`{origin}` is denied by {place}")).with_remedy(POLICY))
            }
            None => Ok(()),
        }
    }

    fn check_method(&self, method: &Method) -> Result<(), CallError> {
        if let Some(place) = self.denied.method(method.as_str()) {
            return Err(denied(format!("{method} is denied by {place}")).with_remedy(POLICY));
        }
        match self.methods.iter().find(|entry| entry.what == *method) {
            Some(entry) if entry.approved => Ok(()),
            Some(_) => Err(denied(format!(
                "the adapter `{}` sent {method}, which its manifest asks for and nobody approved",
                self.adapter
            ))
            .with_remedy(APPROVE)),
            None => Err(denied(format!(
                "the adapter `{}` sent {method}, which its manifest does not name",
                self.adapter
            ))
            .with_remedy(VENDOR_METHOD)),
        }
    }

    fn check_origin(&self, origin: &Origin) -> Result<(), CallError> {
        let mut matching = self
            .hosts
            .iter()
            .filter(|entry| entry.what.matches(origin, &self.endpoint));
        let error = match matching.next() {
            Some(first) if first.approved || matching.any(|entry| entry.approved) => {
                return self.check_scheme(origin);
            }
            Some(_) => denied(format!(
                "the adapter `{}` asked for `{origin}`, which its manifest names and nobody approved",
                self.adapter
            ))
            .with_remedy(APPROVE),
            None if self.hosts.iter().all(|e| matches!(e.what, HostPattern::Endpoint | HostPattern::TokenUrl)) => {
                denied(format!(
                    "the adapter `{}` asked for `{origin}`, and this integration's endpoint is `{}`",
                    self.adapter, self.endpoint
                ))
                .with_remedy(format!(
                    "If the SIS is there, set it with `homeroom integration edit {} --endpoint URL`.",
                    self.integration
                ))
            }
            None => denied(format!(
                "the adapter `{}` asked for `{origin}`, which its manifest does not name",
                self.adapter
            ))
            .with_remedy(VENDOR_HOST),
        };
        Err(error)
    }

    fn check_scheme(&self, origin: &Origin) -> Result<(), CallError> {
        if origin.scheme == "https" || self.allow_http {
            return Ok(());
        }
        Err(
            denied(format!("`{origin}` is not encrypted")).with_remedy(format!(
                "Use https, or allow it with `homeroom integration edit {} --allow-insecure-http`.",
                self.integration
            )),
        )
    }
}

const APPROVE: &str = "Read `homeroom adapter inspect ID`, then `homeroom adapter approve ID`.";
const POLICY: &str =
    "Only whoever runs this host can allow it, by taking that line out of the policy.";
const VENDOR_HOST: &str = "Only the adapter's vendor can add it to `http.hosts` in adapter.toml.";
const VENDOR_METHOD: &str =
    "Only the adapter's vendor can add it to `http.methods` in adapter.toml.";

fn denied(detail: String) -> CallError {
    CallError::new(ErrorKind::Denied, detail)
}

fn origin(uri: &Uri) -> Result<Origin, CallError> {
    let scheme = uri.scheme_str().unwrap_or_default();
    let authority = uri.authority().map_or("", |a| a.as_str());
    if authority.is_empty() || authority.contains(['@', '\\', '%']) {
        return Err(denied(
            "the adapter asked for an address without a plain host".to_owned(),
        ));
    }
    Origin::parse(&format!("{scheme}://{authority}/"))
        .map_err(|why| denied(format!("the adapter asked for an unusable address: {why}")))
}

/// Refuses what a server might read as another path than the one that was
/// checked and signed.
fn check_path(uri: &Uri) -> Result<(), CallError> {
    let path = uri.path();
    let text = uri.path_and_query().map_or("", |p| p.as_str());
    if text
        .bytes()
        .any(|b| b <= 0x20 || b >= 0x7f || b == b'\\' || b == b'#')
    {
        return Err(denied(
            "the adapter asked for a path with characters that must be escaped".to_owned(),
        ));
    }
    // Not in RFC 3986, let through by `http`, and escaped by other parsers.
    if path.contains(['"', '<', '>', '^', '`', '{', '|', '}']) {
        return Err(denied(
            "the adapter asked for a path with characters that must be escaped".to_owned(),
        ));
    }
    if path.len() > 8192 || text.len() > 16_384 {
        return Err(denied(
            "the adapter asked for an address of over 16 KiB".to_owned(),
        ));
    }
    let dots = |segment: &str| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        plain == "." || plain == ".."
    };
    let lower = path.to_ascii_lowercase();
    if path.split('/').any(dots) || ["%00", "%0a", "%0d"].iter().any(|c| lower.contains(c)) {
        return Err(denied(
            "the adapter asked for a path with dot segments or control characters".to_owned(),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
