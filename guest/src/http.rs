//! HTTP as an adapter sees it: a request, the final answer, and what a status
//! means.
//!
//! The host adds the credentials, retries what is worth retrying and decodes
//! gzip before an answer arrives here, so there is neither a retry nor a token
//! in this module. Redirects arrive as answers and are not followed.

use std::borrow::Cow;

use crate::Failure;

pub mod url;
#[cfg(target_arch = "wasm32")]
mod wasi;

/// A request method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Reads the headers only.
    Head,
    /// Sends a body, as query APIs want it.
    Post,
}

/// A request. Begin with [`Request::get`] or [`Request::post`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method; the manifest must name it.
    pub method: Method,
    /// The whole URL, `https://…`; its host must be one the manifest names.
    pub url: String,
    /// Header names and values. `Authorization`, `Cookie` and `Host` are the
    /// host's and are refused.
    pub headers: Vec<(String, String)>,
    /// The body, empty for `Get` and `Head`.
    pub body: Vec<u8>,
}

impl Request {
    /// A `GET` of `url` that asks for JSON.
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            url: url.into(),
            headers: vec![("accept".to_owned(), "application/json".to_owned())],
            body: Vec::new(),
        }
    }

    /// A `POST` of `body` to `url` that asks for JSON.
    pub fn post(url: impl Into<String>, content_type: &str, body: Vec<u8>) -> Self {
        let mut request = Self::get(url).header("content-type", content_type);
        request.method = Method::Post;
        request.body = body;
        request
    }

    /// The same request with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// An answer, whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The status, such as 200.
    pub status: u16,
    /// Header names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body, already decoded from gzip.
    pub body: Vec<u8>,
}

impl Response {
    /// The first value of header `name` (any case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }

    /// Whether the status is 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The failure that this answer's status stands for, or none for 200 to 299.
    /// `what` names what was asked for, such as `users`; `url` is the URL that
    /// was asked for, for a relative redirect.
    pub fn failure(&self, what: &str, url: &str) -> Option<Failure> {
        let status = self.status;
        Some(match status {
            200..=299 => return None,
            300..=399 => Failure::Redirected(self.redirect_origin(url)),
            401 => Failure::Unauthorised(format!(
                "The SIS refused the credentials when asked for {what} (HTTP 401)."
            )),
            403 => Failure::Forbidden(format!(
                "The SIS does not let these credentials read {what} (HTTP 403)."
            )),
            404 | 410 => Failure::NotFound(format!(
                "The SIS has nothing at {} (HTTP {status}).",
                url::without_query(url)
            )),
            429 => Failure::RateLimited(self.header("retry-after").and_then(|v| v.parse().ok())),
            408 | 500..=599 => Failure::Unavailable(format!(
                "The SIS answered HTTP {status} when asked for {what}."
            )),
            _ => Failure::Unsupported(format!(
                "The SIS answered HTTP {status} when asked for {what}."
            )),
        })
    }

    /// The body as text, without a byte order mark.
    ///
    /// # Errors
    /// [`Failure::Malformed`] with the place of the first byte that is not UTF-8.
    pub fn text(&self) -> Result<&str, Failure> {
        let bytes = self
            .body
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(&self.body);
        std::str::from_utf8(bytes).map_err(|error| {
            Failure::Malformed(format!(
                "The answer is not UTF-8 (first bad byte at {}); the SIS may be sending Windows-1252.",
                error.valid_up_to()
            ))
        })
    }

    fn redirect_origin(&self, url: &str) -> String {
        let location = self.header("location").unwrap_or_default();
        let target = if location.contains("://") {
            location
        } else {
            url
        };
        url::Parts::of(target).map_or_else(|| "an unreadable address".to_owned(), |p| p.origin())
    }
}

/// Something that sends requests: the host in the sandbox, a script in a test.
pub trait Transport {
    /// Sends `request` and waits for the whole answer.
    ///
    /// # Errors
    /// A failure if there is no answer: refused by policy, not reachable,
    /// broken off. An answer with an error status is not a failure here.
    fn send(&self, request: &Request) -> Result<Response, Failure>;

    /// Sends several requests and waits for all answers, in the order of the
    /// requests. A transport that can has them under way at once.
    fn send_all(&self, requests: &[Request]) -> Vec<Result<Response, Failure>> {
        requests.iter().map(|request| self.send(request)).collect()
    }
}

/// The host's HTTP. Outside the sandbox it is the script that
/// `testing::with_script` put in place.
#[derive(Clone, Copy, Debug, Default)]
pub struct Host;

impl Transport for Host {
    fn send(&self, request: &Request) -> Result<Response, Failure> {
        #[cfg(target_arch = "wasm32")]
        return wasi::send(request);
        #[cfg(not(target_arch = "wasm32"))]
        crate::testing::send_scripted(request)
    }

    #[cfg(target_arch = "wasm32")]
    fn send_all(&self, requests: &[Request]) -> Vec<Result<Response, Failure>> {
        wasi::send_all(requests)
    }
}

/// Asks for `url` and gives the answer if its status is 200 to 299.
///
/// # Errors
/// The failure of the transport, or the one the status stands for.
pub fn get(url: &str) -> Result<Response, Failure> {
    let response = Host.send(&Request::get(url))?;
    let what: Cow<'_, str> =
        url::Parts::of(url).map_or("this".into(), |p| p.path.to_owned().into());
    match response.failure(&what, url) {
        None => Ok(response),
        Some(failure) => Err(failure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)]) -> Response {
        Response {
            status,
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: Vec::new(),
        }
    }

    fn failure(status: u16, headers: &[(&str, &str)]) -> Option<Failure> {
        answer(status, headers).failure("users", "https://sis.example.org/api/users?limit=1")
    }

    #[test]
    fn each_status_has_its_failure() {
        assert_eq!(failure(200, &[]), None);
        assert_eq!(failure(204, &[]), None);
        assert!(matches!(failure(401, &[]), Some(Failure::Unauthorised(_))));
        assert!(matches!(failure(403, &[]), Some(Failure::Forbidden(_))));
        assert!(matches!(failure(404, &[]), Some(Failure::NotFound(_))));
        assert!(matches!(failure(400, &[]), Some(Failure::Unsupported(_))));
        assert!(matches!(failure(503, &[]), Some(Failure::Unavailable(_))));
    }

    #[test]
    fn retry_after_is_seconds_or_unknown() {
        assert_eq!(
            failure(429, &[("Retry-After", "17")]),
            Some(Failure::RateLimited(Some(17)))
        );
        assert_eq!(
            failure(429, &[("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")]),
            Some(Failure::RateLimited(None))
        );
    }

    #[test]
    fn a_redirect_tells_the_origin_only() {
        assert_eq!(
            failure(
                302,
                &[("location", "https://login.example.org/a/b?token=1")]
            ),
            Some(Failure::Redirected("https://login.example.org".to_owned()))
        );
        assert_eq!(
            failure(301, &[("location", "/api/users/")]),
            Some(Failure::Redirected("https://sis.example.org".to_owned()))
        );
    }

    #[test]
    fn a_body_that_is_not_utf_8_is_malformed() {
        let mut response = answer(200, &[]);
        response.body = b"{\"name\":\"Jos\xe9\"}".to_vec();
        assert!(matches!(response.text(), Err(Failure::Malformed(text)) if text.contains("12")));
    }
}
