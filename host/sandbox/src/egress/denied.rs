//! What an operator's policy forbids on this host, whatever a manifest asks
//! for, an approval grants or an integration names. Each entry remembers the
//! place that says so. It does not know where the policy is kept.

use url::Host;

use super::origin::HostPattern;

/// Hosts and methods that nobody may use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Denied {
    hosts: Vec<(Rule, String)>,
    methods: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    /// Exactly this name or address.
    Host(String),
    /// Any name below this domain, with a dot in front.
    Below(String),
}

const NO_HOST: &str = "it must be a host such as example.org, or *.example.org for all below it";

impl Denied {
    /// Denies a host by name or address, or with `*.example.org` every name
    /// below a domain; on any port, with any scheme. An address is denied
    /// where a URL says it, not where a name leads to it.
    ///
    /// # Errors
    /// A phrase, if it is no host.
    pub fn deny_host(&mut self, text: &str, place: &str) -> Result<(), String> {
        let (name, below) = match text.strip_prefix("*.") {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        // What is escaped would be read as another name than it is matched as.
        if name.contains("..") || name.contains(['*', '%']) {
            return Err(NO_HOST.to_owned());
        }
        let bare_v6 = name.parse::<std::net::Ipv6Addr>().is_ok();
        let host = match bare_v6 {
            true => format!("[{name}]"),
            false => name.strip_suffix('.').unwrap_or(name).to_owned(),
        };
        let host = Host::parse(&host).map_err(|_| NO_HOST.to_owned())?;
        let rule = match (host, below) {
            (Host::Domain(name), true) => Rule::Below(format!(".{name}")),
            (_, true) => return Err("a wildcard needs a domain after it".to_owned()),
            (host, false) => Rule::Host(host.to_string()),
        };
        self.hosts.push((rule, place.to_owned()));
        Ok(())
    }

    /// Denies a method.
    pub fn deny_method(&mut self, method: &str, place: &str) {
        self.methods
            .push((method.to_ascii_uppercase(), place.to_owned()));
    }

    /// The place that denies a host, as an origin spells it.
    pub(crate) fn host(&self, host: &str) -> Option<&str> {
        // `example.org.` is `example.org` to a resolver.
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let hits = |rule: &Rule| match rule {
            Rule::Host(name) => *name == host,
            Rule::Below(domain) => host.len() > domain.len() && host.ends_with(domain.as_str()),
        };
        place(self.hosts.iter().find(|(rule, _)| hits(rule)))
    }

    /// The place that denies a method.
    pub fn method(&self, method: &str) -> Option<&str> {
        place(self.methods.iter().find(|(name, _)| name == method))
    }

    /// The place that denies all that an entry of a manifest's `http.hosts`
    /// asks for. One of which only a part is denied is told at run time.
    pub fn pattern(&self, entry: &str) -> Option<&str> {
        match HostPattern::parse(entry).ok()? {
            HostPattern::Endpoint | HostPattern::TokenUrl => None,
            HostPattern::Exact(origin) => self.host(&origin.host),
            HostPattern::Below(origin) => {
                let below = format!(".{}", origin.host.trim_end_matches('.'));
                let covers = |rule: &Rule| matches!(rule, Rule::Below(domain) if below.ends_with(domain.as_str()));
                place(self.hosts.iter().find(|(rule, _)| covers(rule)))
            }
        }
    }
}

fn place<T>(entry: Option<&(T, String)>) -> Option<&str> {
    entry.map(|(_, place)| place.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(hosts: &[&str]) -> Denied {
        let mut denied = Denied::default();
        for host in hosts {
            denied.deny_host(host, "here").expect("a host");
        }
        denied
    }

    #[test]
    fn spellings_of_a_host_are_one() {
        let denied = denied(&["Evil.Example.org", "*.collect.example", "192.0.2.7", "::1"]);
        for (host, expected) in [
            ("evil.example.org", true),
            ("evil.example.org.", true),
            ("sub.evil.example.org", false),
            ("notevil.example.org", false),
            ("a.collect.example", true),
            ("a.b.collect.example.", true),
            ("collect.example", false),
            ("acollect.example", false),
            ("192.0.2.7", true),
            ("192.0.2.70", false),
            ("[::1]", true),
        ] {
            assert_eq!(denied.host(host).is_some(), expected, "{host}");
        }
    }

    #[test]
    fn a_manifest_that_asks_for_nothing_else_is_known_at_once() {
        let denied = denied(&["evil.org", "*.evil.org"]);
        for (entry, expected) in [
            ("{endpoint}", false),
            ("https://evil.org", true),
            ("https://evil.org:8443", true),
            ("https://*.evil.org", true),
            ("https://*.deep.evil.org", true),
            ("https://*.example.org", false),
        ] {
            assert_eq!(denied.pattern(entry).is_some(), expected, "{entry}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for bad in [
            "",
            "*",
            "*.",
            "https://x.org",
            "x.org/path",
            "x%2eorg",
            "*.192.0.2.7",
            "a b",
        ] {
            assert!(Denied::default().deny_host(bad, "here").is_err(), "{bad}");
        }
    }
}
