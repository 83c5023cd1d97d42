//! Origins and patterns of origins: scheme, host and port, in one spelling, so
//! that two of them can be compared.

use std::net::IpAddr;

use url::{Host, Url};

/// `scheme://host:port`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// `http`, `https` or `sftp`.
    pub scheme: String,
    /// Lower case; IPv6 in brackets.
    pub host: String,
    /// The port, given or the scheme's.
    pub port: u16,
}

/// Where SSH servers listen, unless somebody says otherwise.
const SFTP_PORT: u16 = 22;

impl Origin {
    /// The origin of an SFTP server's URL.
    ///
    /// # Errors
    /// A phrase, if it is no `sftp` URL with a host, or has a user in it.
    pub(crate) fn of_sftp(url: &Url) -> Result<Origin, String> {
        if url.scheme() != "sftp" {
            return Err(format!("`{}` is not sftp", url.scheme()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it has a user or password in it; the login is the client id".to_owned());
        }
        let host = url.host_str().filter(|host| !host.is_empty());
        Ok(Origin {
            scheme: "sftp".to_owned(),
            host: host.ok_or("it has no host")?.to_ascii_lowercase(),
            port: url.port().unwrap_or(SFTP_PORT),
        })
    }

    /// The origin of a URL.
    ///
    /// # Errors
    /// A phrase, if it is no `http` or `https` URL with a host, or has a user
    /// in it.
    pub fn of(url: &Url) -> Result<Origin, String> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("`{}` is neither http nor https", url.scheme()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it has a user or password in it".to_owned());
        }
        let host = url
            .host_str()
            .filter(|h| !h.is_empty())
            .ok_or("it has no host")?;
        Ok(Origin {
            scheme: url.scheme().to_owned(),
            host: host.to_ascii_lowercase(),
            port: url.port_or_known_default().ok_or("it has no port")?,
        })
    }

    /// Reads a URL's origin.
    ///
    /// # Errors
    /// A phrase, as [`Origin::of`].
    pub fn parse(text: &str) -> Result<Origin, String> {
        Origin::of(&Url::parse(text).map_err(|e| format!("it is no URL ({e})"))?)
    }

    /// The host, if it is an address rather than a name.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        match Host::parse(&self.host).ok()? {
            Host::Ipv4(v4) => Some(v4.into()),
            Host::Ipv6(v6) => Some(v6.into()),
            Host::Domain(_) => None,
        }
    }

    /// `host` or, where the port is not the scheme's own, `host:port`.
    pub(crate) fn authority(&self) -> String {
        let own = match self.scheme.as_str() {
            "https" => 443,
            "sftp" => SFTP_PORT,
            _ => 80,
        };
        if self.port == own {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority())
    }
}

/// One entry of a manifest's `http.hosts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HostPattern {
    /// `{endpoint}`.
    Endpoint,
    /// `{token-url}`.
    TokenUrl,
    /// A literal origin.
    Exact(Origin),
    /// `https://*.example.org`: any name below it.
    Below(Origin),
}

impl HostPattern {
    pub(crate) fn parse(text: &str) -> Result<HostPattern, String> {
        match text {
            "{endpoint}" => return Ok(HostPattern::Endpoint),
            "{token-url}" => return Ok(HostPattern::TokenUrl),
            _ => {}
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(
                "it must be {endpoint}, {token-url} or an origin like https://api.example.org"
                    .into(),
            );
        };
        let (rest, below) = match rest.strip_prefix("*.") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        if rest.contains(['*', '{', '/', '?', '#', '@', '\\']) {
            return Err("it must be an origin, without path, user or further wildcards".into());
        }
        let origin = Origin::parse(&format!("{scheme}://{rest}"))?;
        if !below {
            return Ok(HostPattern::Exact(origin));
        }
        if origin.address().is_some() || !origin.host.contains('.') {
            return Err("a wildcard needs a domain of at least two labels after it".into());
        }
        Ok(HostPattern::Below(origin))
    }

    pub(crate) fn matches(&self, origin: &Origin, endpoint: &Origin) -> bool {
        match self {
            HostPattern::Endpoint => origin == endpoint,
            // The adapter itself never asks for tokens.
            HostPattern::TokenUrl => false,
            HostPattern::Exact(exact) => origin == exact,
            HostPattern::Below(domain) => {
                origin.scheme == domain.scheme
                    && origin.port == domain.port
                    && origin
                        .host
                        .strip_suffix(&domain.host)
                        .is_some_and(|label| label.len() > 1 && label.ends_with('.'))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).expect("an origin")
    }

    #[test]
    fn spellings_of_one_origin_are_equal() {
        assert_eq!(
            origin("https://SIS.Example.org/x?y"),
            origin("https://sis.example.org:443")
        );
        assert_eq!(origin("http://0x7f.1").host, "127.0.0.1");
        assert_eq!(
            origin("http://2130706433").address(),
            Some(IpAddr::from([127, 0, 0, 1]))
        );
        assert_eq!(origin("http://[::1]:8080").to_string(), "http://[::1]:8080");
        assert!(Origin::parse("https://user@sis.example.org").is_err());
        assert!(Origin::parse("ftp://sis.example.org").is_err());
    }

    #[test]
    fn wildcards_stand_for_labels() {
        let pattern = HostPattern::parse("https://*.example.org").expect("a pattern");
        let endpoint = origin("https://elsewhere.org");
        for (text, expected) in [
            ("https://a.example.org", true),
            ("https://a.b.example.org", true),
            ("https://example.org", false),
            ("https://evilexample.org", false),
            ("https://.example.org.evil.org", false),
            ("http://a.example.org", false),
            ("https://a.example.org:8443", false),
        ] {
            if let Ok(o) = Origin::parse(text) {
                assert_eq!(pattern.matches(&o, &endpoint), expected, "{text}");
            }
        }
        for bad in [
            "https://*.org",
            "https://*",
            "*.example.org",
            "https://a.*.org",
            "https://x/y",
            "{host}",
        ] {
            assert!(HostPattern::parse(bad).is_err(), "{bad}");
        }
    }
}
