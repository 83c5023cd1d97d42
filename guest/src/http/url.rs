//! URLs: taking them apart, percent-encoding, building queries.
//!
//! Encoding follows RFC 3986: what is not unreserved is written `%XX`, a blank
//! as `%20` and never as `+`. That matters beyond taste: OAuth 1.0a signs the
//! query as it is written, and some servers read `+` literally.

use std::borrow::Cow;
use std::fmt::{Display, Write};

/// The parts of an absolute `http` or `https` URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts<'a> {
    /// `http` or `https`.
    pub scheme: &'a str,
    /// Host and port, such as `sis.example.org:8443`.
    pub authority: &'a str,
    /// The path, beginning with `/`, or empty.
    pub path: &'a str,
    /// What stands behind `?`, without it.
    pub query: Option<&'a str>,
}

impl<'a> Parts<'a> {
    /// Takes `url` apart. None if it is not an absolute `http` or `https` URL,
    /// or holds a user name.
    pub fn of(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        if !(scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")) {
            return None;
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        if authority.is_empty() || authority.contains(['@', ' ', '\\']) {
            return None;
        }
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        Some(Self {
            scheme,
            authority,
            path,
            query,
        })
    }

    /// `scheme://host[:port]`.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme.to_ascii_lowercase(), self.authority)
    }

    /// The path with the query, at least `/`.
    pub fn path_with_query(&self) -> String {
        let path = if self.path.is_empty() { "/" } else { self.path };
        match self.query {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        }
    }
}

/// `url` up to the query: fit to be shown, since filters may name people.
pub fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

/// `text` as one path segment or one query value: everything but letters,
/// digits, `-`, `.`, `_` and `~` is escaped, a `%` too.
///
/// ```
/// use homeroom_sdk::http::url::encode;
/// assert_eq!(encode("a/b c+d%#"), "a%2Fb%20c%2Bd%25%23");
/// assert_eq!(encode("lastName='O'"), "lastName%3D%27O%27");
/// ```
pub fn encode(text: &str) -> Cow<'_, str> {
    // A segment of dots alone would climb the path.
    let dots = text == "." || text == "..";
    encode_unless(text, |byte| is_unreserved(byte) && !(dots && byte == b'.'))
}

/// A path or query that somebody wrote by hand, made fit to send: escapes that
/// are there stay, and only what may not stand in a URL is escaped.
///
/// ```
/// use homeroom_sdk::http::url::mend;
/// assert_eq!(mend("/MoYPlyQWmG0%3D/my path"), "/MoYPlyQWmG0%3D/my%20path");
/// assert_eq!(mend("/100%"), "/100%25");
/// ```
pub fn mend(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let whole_escapes = bytes.iter().enumerate().all(|(at, &byte)| {
        byte != b'%'
            || (bytes.len() > at + 2
                && bytes[at + 1].is_ascii_hexdigit()
                && bytes[at + 2].is_ascii_hexdigit())
    });
    encode_unless(text, |byte| {
        is_unreserved(byte) || b"/?:@!$&'()*+,;=".contains(&byte) || (byte == b'%' && whole_escapes)
    })
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn encode_unless(text: &str, keep: impl Fn(u8) -> bool) -> Cow<'_, str> {
    if text.bytes().all(&keep) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if keep(byte) {
            out.push(char::from(byte));
        } else {
            const HEX: &[u8; 16] = b"0123456789ABCDEF";
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    Cow::Owned(out)
}

/// A query under construction.
///
/// ```
/// use homeroom_sdk::http::url::Query;
/// let query = Query::new().pair("limit", 100).pair("filter", "status='active'");
/// assert_eq!(query.on("https://h/users"), "https://h/users?limit=100&filter=status%3D%27active%27");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Query(String);

impl Query {
    /// An empty query.
    pub fn new() -> Self {
        Self::default()
    }

    /// The query with `name=value` added, both encoded.
    #[must_use]
    pub fn pair(mut self, name: &str, value: impl Display) -> Self {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        let value = value.to_string();
        // Writing to a String does not fail.
        let _ = write!(self.0, "{}={}", encode(name), encode(&value));
        self
    }

    /// `url` with this query.
    pub fn on(&self, url: &str) -> String {
        if self.0.is_empty() {
            return url.to_owned();
        }
        let joint = if url.contains('?') { '&' } else { '?' };
        format!("{url}{joint}{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_comes_apart() {
        let parts = Parts::of("https://sis.example.org:8443/a/b?c=d#e");
        assert_eq!(
            parts,
            Some(Parts {
                scheme: "https",
                authority: "sis.example.org:8443",
                path: "/a/b",
                query: Some("c=d"),
            })
        );
        assert_eq!(
            Parts::of("HTTP://h").map(|p| (p.origin(), p.path_with_query())),
            Some(("http://h".to_owned(), "/".to_owned()))
        );
    }

    #[test]
    fn what_is_no_web_address_is_refused() {
        for url in [
            "",
            "sis.example.org",
            "ftp://h/",
            "https:///x",
            "https://me:pw@h/",
            "/path",
        ] {
            assert_eq!(Parts::of(url), None, "{url}");
        }
    }

    #[test]
    fn trap_07_ids_are_escaped_in_a_path_and_escapes_that_are_there_stay() {
        assert_eq!(encode("994/1001 %+#ü"), "994%2F1001%20%25%2B%23%C3%BC");
        assert_eq!(encode(".."), "%2E%2E");
        assert_eq!(mend("/MoYPlyQWmG0%3D/ims"), "/MoYPlyQWmG0%3D/ims");
    }

    #[test]
    fn trap_06_filters_are_escaped_once_with_20_for_a_blank() {
        let query = Query::new().pair(
            "filter",
            "dateLastModified>='2026-04-26T12:00:00Z' AND a='b c'",
        );
        assert_eq!(
            query.on("u"),
            "u?filter=dateLastModified%3E%3D%272026-04-26T12%3A00%3A00Z%27%20AND%20a%3D%27b%20c%27"
        );
    }
}
