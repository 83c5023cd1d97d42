//! What a token endpoint answers: a token, a refusal, or something that is
//! neither. Knows nothing of when and how one is asked.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http::header::{self, HeaderMap, HeaderValue};
use secrecy::ExposeSecret;
use serde::Deserialize;
use tokio::time::Instant;
use url::Url;

use super::Token;
use crate::egress::credentials::OAuth2;
use crate::error::{CallError, ErrorKind};
use crate::log::one_line;

/// An answer, as far as it decides what to do next.
pub(super) enum Reply {
    Token(Token),
    /// No token endpoint at this URL.
    Nothing(CallError),
    BadScope(CallError),
    BadClient(CallError),
    /// Refused, but not in the words of a token endpoint: perhaps it is none.
    Unclear(CallError),
}

/// RFC 6749 section 5.1.
#[derive(Deserialize)]
struct Issued {
    access_token: String,
    #[serde(default)]
    token_type: Option<String>,
    #[serde(default)]
    expires_in: Option<serde_json::Value>,
    #[serde(default)]
    scope: Option<serde_json::Value>,
}

/// RFC 6749 section 5.2.
#[derive(Deserialize)]
struct Refused {
    error: String,
    #[serde(default)]
    error_description: Option<String>,
}

/// What the answer of `url` to a request of the instant `asked` means. A text
/// that `tells_a_secret` is not shown.
pub(super) fn reply(
    client: &OAuth2,
    url: &Url,
    response: &Response<Bytes>,
    asked: Instant,
    tells_a_secret: &dyn Fn(&str) -> bool,
) -> Reply {
    let place = format!("{}{}", url.origin().ascii_serialization(), url.path());
    let status = response.status();
    if status.is_success() {
        match serde_json::from_slice::<Issued>(response.body()) {
            Ok(issued) if is_bearer(issued.token_type.as_deref()) => {
                let cookie = client.cookie.then(|| cookies(response.headers())).flatten();
                return Reply::Token(Token {
                    expires: lifetime(issued.expires_in.as_ref()).map(|life| asked + life),
                    granted: issued.scope.and_then(|s| s.as_str().map(str::to_owned)),
                    value: issued.access_token.into(),
                    cookie,
                });
            }
            Ok(_) => {
                return Reply::BadClient(refused(&format!(
                    "`{place}` issued a token that is no bearer token"
                )));
            }
            // Some servers say 200 and mean no.
            Err(_) if serde_json::from_slice::<Refused>(response.body()).is_ok() => {}
            Err(_) => {
                let what = match response.body().trim_ascii_start().starts_with(b"<") {
                    true => "with a web page, usually a login page, instead of a token",
                    false => "without a token",
                };
                return Reply::Nothing(refused(&format!("`{place}` answered {status} {what}")));
            }
        }
    }
    match serde_json::from_slice::<Refused>(response.body()) {
        Ok(said) => {
            let secret = client.client_secret.expose_secret();
            // Some servers repeat what they were sent, in one spelling or another.
            // A text is looked at whole, before it is cut.
            let told = |text: &str, most| match text.contains(secret) || tells_a_secret(text) {
                true => "it repeats a credential, so its words are left out".to_owned(),
                false => one_line(text, most),
            };
            let why = told(&said.error, 64);
            let more = said
                .error_description
                .map(|d| format!(": {}", told(&d, 200)))
                .unwrap_or_default();
            let error = refused(&format!("`{place}` refused a token ({why}{more})"));
            if said.error == "invalid_scope" {
                Reply::BadScope(error)
            } else {
                Reply::BadClient(error)
            }
        }
        Err(_) if matches!(status.as_u16(), 400 | 401) => {
            Reply::Unclear(refused(&format!("`{place}` refused a token ({status})")))
        }
        Err(_) => Reply::Nothing(refused(&format!(
            "`{place}` answered {status} instead of a token"
        ))),
    }
}

/// RFC 6749 section 7.1 knows `Bearer` in any case; gateways of one make write
/// `BearerToken`.
fn is_bearer(token_type: Option<&str>) -> bool {
    token_type.is_none_or(|said| {
        let said = said.trim();
        said.eq_ignore_ascii_case("bearer") || said.eq_ignore_ascii_case("bearertoken")
    })
}

/// What `Set-Cookie` headers set, as a `Cookie` header: names and values only.
fn cookies(headers: &HeaderMap) -> Option<HeaderValue> {
    let pairs: Vec<&str> = headers
        .get_all(header::SET_COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .filter_map(|value| value.split(';').next())
        .map(str::trim)
        .filter(|pair| pair.contains('='))
        .collect();
    let mut value = HeaderValue::from_str(&pairs.join("; ")).ok()?;
    value.set_sensitive(true);
    (!pairs.is_empty()).then_some(value)
}

/// Whether an answer refuses the token itself, not what was asked for: 401, or
/// a 403 that says so, as some servers answer.
pub(crate) fn refuses_token(response: &Response<Bytes>) -> bool {
    const WORDS: [&[u8]; 4] = [b"unauthori", b"invalid_token", b"invalid token", b"expired"];
    match response.status().as_u16() {
        401 => true,
        403 => {
            let start = response.body().get(..2048).unwrap_or(response.body());
            let lower = start.to_ascii_lowercase();
            WORDS
                .iter()
                .any(|word| lower.windows(word.len()).any(|part| part == *word))
        }
        _ => false,
    }
}

/// `expires_in` as a number or a text; a tenth of it, at most a minute, is kept
/// as a reserve. `None`: until a server refuses it.
fn lifetime(expires_in: Option<&serde_json::Value>) -> Option<Duration> {
    let seconds = match expires_in? {
        serde_json::Value::Number(number) => number.as_f64()?,
        serde_json::Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    if !(seconds > 0.0 && seconds < 1e9) {
        return None;
    }
    Some(Duration::from_secs_f64(
        seconds - (seconds / 10.0).min(60.0),
    ))
}

/// The error of a token that was not issued.
pub(super) fn refused(detail: &str) -> CallError {
    CallError::new(ErrorKind::TokenRefused, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_token_is_a_bearer_token_in_any_spelling() {
        for (said, expected) in [
            (None, true),
            (Some("bearer"), true),
            (Some("Bearer "), true),
            (Some("BearerToken"), true),
            (Some("mac"), false),
        ] {
            assert_eq!(is_bearer(said), expected, "{said:?}");
        }
    }

    #[test]
    fn cookies_go_back_without_their_attributes() {
        let mut headers = HeaderMap::new();
        assert_eq!(cookies(&headers), None);
        for cookie in ["a=1; Path=/; HttpOnly", "nonsense", "b=2"] {
            headers.append(header::SET_COOKIE, cookie.parse().expect("a value"));
        }
        let value = cookies(&headers).expect("two cookies");
        assert_eq!(value, "a=1; b=2");
        assert!(value.is_sensitive());
    }

    #[test]
    fn a_403_may_be_about_the_token() {
        let answer = |status, body: &'static str| {
            let mut response = Response::new(Bytes::from_static(body.as_bytes()));
            *response.status_mut() = http::StatusCode::from_u16(status).expect("a status");
            refuses_token(&response)
        };
        assert!(answer(401, ""));
        assert!(answer(403, "{\"codeMinor\":\"unauthorized\"}"));
        assert!(!answer(403, "{\"imsx_codeMinor\":\"forbidden\"}"));
        assert!(!answer(500, "unauthorized"));
    }

    #[test]
    fn lifetimes_have_several_forms() {
        for (value, expected) in [
            (json!(3600), Some(3540)),
            (json!("3600"), Some(3540)),
            (json!(100.0), Some(90)),
            (json!(0), None),
            (json!("soon"), None),
            (json!(null), None),
        ] {
            assert_eq!(
                lifetime(Some(&value)),
                expected.map(Duration::from_secs),
                "{value}"
            );
        }
        assert_eq!(lifetime(None), None);
    }
}
