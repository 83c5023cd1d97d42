//! The operator's policy file: what adapters on this host may not do, whatever
//! is approved. It is checked when an adapter is installed, when it is approved
//! and at each of its runs, and only ever takes away.
//!
//! ```toml
//! require-signatures = true                 # by a publisher that is trusted
//! publishers = ["acme"]                     # by one of these
//! deny-hosts = ["evil.example.org", "*.example.net"]
//! deny-methods = ["POST"]
//! deny-adapters = ["some-id", "sha256:…"]
//!
//! [limits]                                  # lower than this program's own
//! memory-bytes = 134217728
//! call-time = 120                           # seconds
//! ```

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use homeroom_sandbox::{Denied, Inspection, Limits};
use serde::Deserialize;
use toml::Spanned;

use crate::error::{Error, Result};

/// An operator's policy. The default one forbids nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Policy {
    signed: Option<Demand>,
    publishers: Option<Demand>,
    names: Vec<String>,
    adapters: Vec<(String, String)>,
    denied: Arc<Denied>,
    limits: Limits,
}

/// The place in the file that demands something.
type Demand = String;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct File {
    require_signatures: Option<Spanned<bool>>,
    publishers: Option<Spanned<Vec<String>>>,
    deny_hosts: Vec<Spanned<String>>,
    deny_methods: Vec<Spanned<String>>,
    deny_adapters: Vec<Spanned<String>>,
    limits: BTreeMap<String, Spanned<f64>>,
}

impl Policy {
    /// Reads a policy. A file that was named must be there; that of the data
    /// folder need not.
    pub(crate) fn load(named: Option<&Path>, data: &Path) -> Result<Policy> {
        let own = data.join("policy.toml");
        let path = named.unwrap_or(&own);
        match std::fs::read_to_string(path) {
            Ok(text) => Policy::parse(&path.display().to_string(), &text),
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                Ok(Policy::default())
            }
            Err(error) => Err(invalid(format!(
                "the policy {} cannot be read ({error})",
                path.display()
            ))),
        }
    }

    fn parse(name: &str, text: &str) -> Result<Policy> {
        let line = |at: usize| {
            1 + text.as_bytes()[..at.min(text.len())]
                .iter()
                .filter(|b| **b == b'\n')
                .count()
        };
        let place = |at: usize| format!("{name} line {}", line(at));
        let wrong = |at: usize, why: String| invalid(format!("{}: {why}", place(at)));
        let file: File = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            wrong(at, error.message().trim().replace('\n', " "))
        })?;

        let mut denied = Denied::default();
        for host in &file.deny_hosts {
            let at = host.span().start;
            let given = host.get_ref();
            denied
                .deny_host(given, &format!("{} (deny-hosts \"{given}\")", place(at)))
                .map_err(|why| wrong(at, format!("deny-hosts has \"{given}\": {why}")))?;
        }
        for method in &file.deny_methods {
            let (at, given) = (method.span().start, method.get_ref());
            if given.is_empty() || !given.bytes().all(|b| b.is_ascii_alphabetic()) {
                return Err(wrong(
                    at,
                    format!("deny-methods has \"{given}\", which is no method"),
                ));
            }
            denied.deny_method(given, &format!("{} (deny-methods \"{given}\")", place(at)));
        }
        let caps = file
            .limits
            .iter()
            .map(|(name, cap)| (name.as_str(), *cap.get_ref()));
        let limits = Limits::default().lowered(caps).map_err(|(limit, why)| {
            let at = file.limits.get(limit).map_or(0, |cap| cap.span().start);
            wrong(at, format!("limits.{limit}: {why}"))
        })?;
        let required = file.require_signatures.as_ref().filter(|r| *r.get_ref());
        Ok(Policy {
            signed: required.map(|r| place(r.span().start)),
            publishers: file.publishers.as_ref().map(|p| place(p.span().start)),
            names: file.publishers.map(Spanned::into_inner).unwrap_or_default(),
            adapters: file
                .deny_adapters
                .into_iter()
                .map(|entry| {
                    let at = place(entry.span().start);
                    (entry.into_inner(), at)
                })
                .collect(),
            denied: Arc::new(denied),
            limits,
        })
    }

    /// The limits of every call.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What requests are denied.
    pub(crate) fn denied(&self) -> &Arc<Denied> {
        &self.denied
    }

    /// Whether the adapter may be on this host. `publisher` is the trusted one
    /// that signed it.
    pub(crate) fn check(&self, inspection: &Inspection, publisher: Option<&str>) -> Result<()> {
        let manifest = &inspection.manifest;
        let adapter = format!("{} {}", manifest.id, manifest.version);
        let found = self
            .adapters
            .iter()
            .find(|(name, _)| *name == manifest.id || *name == inspection.digest);
        if let Some((name, place)) = found {
            return Err(forbidden(format!(
                "the adapter {adapter} is denied by {place} (deny-adapters \"{name}\"); \
                 only whoever runs this host can take that line out"
            )));
        }
        if let (Some(place), None) = (&self.signed, publisher) {
            return Err(forbidden(format!(
                "the adapter {adapter} is signed by nobody whom this host trusts, and {place} \
                 demands it (require-signatures); get a signed file from its vendor, and trust \
                 the vendor's key with `homeroom adapter trust NAME KEY`"
            )));
        }
        if let Some(place) = &self.publishers
            && !publisher.is_some_and(|name| self.names.iter().any(|known| known == name))
        {
            let by = publisher.unwrap_or("nobody whom this host trusts");
            return Err(forbidden(format!(
                "the adapter {adapter} is signed by {by}, and {place} allows only {} \
                 (publishers); get a file that one of them signed",
                self.names.join(", ")
            )));
        }
        for host in &manifest.http.hosts {
            if let Some(place) = self.denied.pattern(host) {
                return Err(forbidden(format!(
                    "the adapter {adapter} asks for {host}, which is denied by {place}; ask its \
                     vendor for one that does without"
                )));
            }
        }
        for method in &manifest.http.methods {
            if let Some(place) = self.denied.method(method) {
                return Err(forbidden(format!(
                    "the adapter {adapter} asks for {method}, which is denied by {place}; ask its \
                     vendor for one that does without"
                )));
            }
        }
        Ok(())
    }
}

fn invalid(why: String) -> Error {
    Error::refused(
        "policy-invalid",
        format!("{why}; correct the policy file; until then no adapter runs"),
    )
}

fn forbidden(message: String) -> Error {
    Error::refused("denied-by-policy", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let error = Policy::parse("policy.toml", text).expect_err("unusable");
        assert_eq!(error.code(), "policy-invalid");
        error.to_string()
    }

    #[test]
    fn every_mistake_names_its_line() {
        for (text, line, what) in [
            (
                "\ndeny-hosts = [\n  \"ok.org\",\n  \"https://x\"]",
                4,
                "https://x",
            ),
            ("\n\nrequire-signature = true", 3, "require-signature"),
            ("deny-methods = [\"GET\", \"P T\"]", 1, "P T"),
            ("[limits]\nmemory-bytes = 99999999999999", 2, "lowered"),
            ("[limits]\ncall-time = 1\nmemory = 3", 3, "no such limit"),
            ("x", 1, ""),
            ("require-signatures = 1", 1, ""),
        ] {
            let told = refused(text);
            assert!(
                told.contains(&format!("policy.toml line {line}:")),
                "{told}"
            );
            assert!(told.contains(what), "{told}");
        }
    }

    #[test]
    fn limits_come_down() {
        let policy = Policy::parse("p", "[limits]\nmemory-bytes = 1048576\ncall-time = 1.5")
            .expect("usable");
        assert_eq!(policy.limits().memory_bytes, 1_048_576);
        assert_eq!(policy.limits().call_time.as_millis(), 1500);
        assert_eq!(
            Policy::default().limits().memory_bytes,
            Limits::default().memory_bytes
        );
    }

    #[test]
    fn none_is_needed_unless_it_is_named() {
        let missing = Path::new("/nonexistent/policy.toml");
        assert!(Policy::load(None, Path::new("/nonexistent")).is_ok());
        assert!(Policy::load(Some(missing), Path::new("/nonexistent")).is_err());
    }
}
