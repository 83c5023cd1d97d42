//! Tokens by OAuth 2.0 client credentials (RFC 6749 section 4.4): asked for
//! once, kept until shortly before they expire, asked for again once when a
//! server refuses one. However many pages wait, one asks.
//!
//! Servers differ in where the client's secret goes, in scopes and in paths, so
//! several ways are tried in order and the one that worked comes first the next
//! time.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Response, Uri};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::client::{Outgoing, SessionEgress};
use super::credentials::OAuth2;
use super::origin::Origin;
use crate::error::{CallError, ErrorKind};
use crate::log::one_line;
use crate::manifest::ClientAuth;

/// A token for a request.
pub(crate) struct Bearer {
    pub(crate) value: SecretString,
    /// Cookies that belong to the token, as a `Cookie` header.
    pub(crate) cookie: Option<HeaderValue>,
    /// Which of the tokens so far it is.
    pub(crate) generation: u64,
}

/// One integration's tokens.
pub(crate) struct Tokens {
    client: OAuth2,
    /// By what the last segment of an address must be; the empty one is for
    /// all others.
    states: BTreeMap<String, Mutex<State>>,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    generation: u64,
    worked: Option<Way>,
    /// A refusal is not repeated for every page that waits: servers lock
    /// clients out for that.
    refused: Option<(Instant, CallError)>,
}

struct Token {
    value: SecretString,
    cookie: Option<HeaderValue>,
    expires: Option<Instant>,
    /// The scope that the server says it granted.
    granted: Option<String>,
}

const REFUSAL_HOLDS: Duration = Duration::from_secs(5);

/// One way to ask: which URL, which scope, how the client shows itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Way {
    url: usize,
    scope: usize,
    auth: Shown,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shown {
    /// Id and secret form-encoded first, as the standard says.
    Basic,
    /// Not encoded, as many servers expect.
    PlainBasic,
    Body,
    Query,
}

impl Tokens {
    pub(crate) fn new(client: OAuth2) -> Self {
        let collections = client.scopes_of.keys().map(String::as_str);
        let states = collections
            .chain([""])
            .map(|of| (of.to_owned(), Mutex::default()))
            .collect();
        Tokens { client, states }
    }

    /// Whether the tokens were made for these credentials.
    pub(crate) fn is_for(&self, client: &OAuth2) -> bool {
        let OAuth2 {
            token_urls,
            client_id,
            client_secret,
            scopes,
            scopes_of,
            client_auth,
            parameters,
            cookie,
        } = client;
        let ours = &self.client;
        ours.token_urls == *token_urls
            && ours.client_id == *client_id
            && ours.client_secret.expose_secret() == client_secret.expose_secret()
            && ours.scopes == *scopes
            && ours.scopes_of == *scopes_of
            && ours.client_auth == *client_auth
            && ours.parameters == *parameters
            && ours.cookie == *cookie
    }

    /// A token that should be good at that address. `stale` is the generation of
    /// one that a server has refused.
    pub(crate) async fn get(
        &self,
        session: &SessionEgress,
        uri: &Uri,
        stale: Option<u64>,
    ) -> Result<Bearer, CallError> {
        let segment = uri.path().rsplit('/').next().unwrap_or_default();
        let of = match self.client.scopes_of.contains_key(segment) {
            true => segment,
            false => "",
        };
        let Some(state) = self.states.get(of) else {
            return Err(refused("there is no such token"));
        };
        let mut state = state.lock().await;
        let now = Instant::now();
        if stale == Some(state.generation) {
            state.token = None;
        }
        if let Some(token) = &state.token
            && token.expires.is_none_or(|at| now < at)
        {
            return Ok(Bearer {
                value: token.value.clone(),
                cookie: token.cookie.clone(),
                generation: state.generation,
            });
        }
        if let Some((at, error)) = &state.refused
            && now < *at + REFUSAL_HOLDS
        {
            return Err(error.clone());
        }
        match self.ask(session, &self.scopes(of), state.worked).await {
            Ok((token, way)) => {
                let (value, cookie) = (token.value.clone(), token.cookie.clone());
                state.refused = None;
                state.token = Some(token);
                state.worked = Some(way);
                state.generation += 1;
                Ok(Bearer {
                    value,
                    cookie,
                    generation: state.generation,
                })
            }
            Err(error) => {
                state.token = None;
                state.refused = Some((now, error.clone()));
                Err(error)
            }
        }
    }

    /// The scopes to try for addresses that end in `of`.
    fn scopes(&self, of: &str) -> Vec<Option<String>> {
        match self.client.scopes_of.get(of) {
            Some(scope) => vec![Some(scope.clone())],
            None => self.client.scopes.clone(),
        }
    }

    /// What a person should know of how the tokens so far were got.
    pub(crate) async fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for (of, state) in &self.states {
            let state = state.lock().await;
            let (Some(way), Some(token)) = (state.worked, &state.token) else {
                continue;
            };
            let scopes = self.scopes(of);
            let said = |scope: Option<&Option<String>>| match scope {
                Some(Some(scope)) => format!("`{}`", one_line(scope, 300)),
                _ => "no scope".to_owned(),
            };
            let asked = scopes.get(way.scope);
            if way.scope > 0 {
                let refused: Vec<_> = scopes[..way.scope].iter().map(|s| said(Some(s))).collect();
                notes.push(format!(
                    "Scopes refused by the token endpoint: {}. Accepted: {}.",
                    refused.join("; "),
                    said(asked)
                ));
            }
            if let (Some(Some(asked)), Some(granted)) = (asked, &token.granted) {
                let granted: Vec<&str> = granted.split_whitespace().collect();
                let missing: Vec<&str> = asked
                    .split_whitespace()
                    .filter(|scope| !granted.contains(scope))
                    .collect();
                if !missing.is_empty() {
                    notes.push(format!(
                        "Scopes asked for and not granted: {}.",
                        one_line(&missing.join(" "), 300)
                    ));
                }
            }
        }
        notes
    }

    /// Tries the ways until one gives a token.
    async fn ask(
        &self,
        session: &SessionEgress,
        scopes: &[Option<String>],
        worked: Option<Way>,
    ) -> Result<(Token, Way), CallError> {
        if let Some(way) = worked
            && let Ok(Reply::Token(token)) = self.ask_one(session, scopes, way).await
        {
            return Ok((token, way));
        }
        let shown = self.shown();
        let mut first_error = None;
        for url in 0..self.client.token_urls.len() {
            let mut way = Way {
                url,
                scope: 0,
                auth: shown[0],
            };
            let mut at = 0;
            loop {
                let error = match self.ask_one(session, scopes, way).await? {
                    Reply::Token(token) => return Ok((token, way)),
                    // Nothing here that issues tokens: the next URL.
                    Reply::Nothing(error) => {
                        first_error.get_or_insert(error);
                        break;
                    }
                    Reply::BadScope(_) if way.scope + 1 < scopes.len() => {
                        way.scope += 1;
                        continue;
                    }
                    Reply::BadScope(error) => return Err(error),
                    Reply::BadClient(error) => (error, false),
                    Reply::Unclear(error) => (error, true),
                };
                at += 1;
                match (shown.get(at), error) {
                    (Some(next), _) => way.auth = *next,
                    (None, (error, true)) => {
                        first_error.get_or_insert(error);
                        break;
                    }
                    (None, (error, false)) => return Err(error),
                }
            }
        }
        Err(first_error.unwrap_or_else(|| refused("there is no token URL")))
    }

    fn shown(&self) -> Vec<Shown> {
        let plain = |text: &str| byte_serialize(text.as_bytes()).collect::<String>() == text;
        let same =
            plain(&self.client.client_id) && plain(self.client.client_secret.expose_secret());
        let mut shown = Vec::new();
        for auth in &self.client.client_auth {
            match auth {
                ClientAuth::Basic if same => shown.push(Shown::Basic),
                ClientAuth::Basic => shown.extend([Shown::Basic, Shown::PlainBasic]),
                ClientAuth::Body => shown.push(Shown::Body),
                ClientAuth::Query => shown.push(Shown::Query),
            }
        }
        if shown.is_empty() {
            shown.push(Shown::Basic);
        }
        shown
    }

    async fn ask_one(
        &self,
        session: &SessionEgress,
        scopes: &[Option<String>],
        way: Way,
    ) -> Result<Reply, CallError> {
        let asked = Instant::now();
        let scope = scopes.get(way.scope).and_then(Option::as_deref);
        let response = session.send_for_token(self.request(way, scope)?).await?;
        Ok(reply(&self.client, way, &response, asked))
    }

    fn request(&self, way: Way, scope: Option<&str>) -> Result<Outgoing, CallError> {
        let client = &self.client;
        let mut url = client.token_urls[way.url].clone();
        let secret = client.client_secret.expose_secret();
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        if let Some(scope) = scope {
            form.append_pair("scope", scope);
        }
        form.extend_pairs(&client.parameters);
        let mut headers = HeaderMap::new();
        let basic =
            |id: &str, secret: &str| format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let shown = match way.auth {
            Shown::Basic => Some(basic(&encoded(&client.client_id), &encoded(secret))),
            Shown::PlainBasic => Some(basic(&client.client_id, secret)),
            Shown::Body => {
                form.append_pair("client_id", &client.client_id);
                form.append_pair("client_secret", secret);
                None
            }
            // Servers of this kind read no form at all.
            Shown::Query => {
                let form = std::mem::replace(&mut form, Serializer::new(String::new())).finish();
                url.query_pairs_mut()
                    .append_pair("client_id", &client.client_id)
                    .append_pair("client_secret", secret)
                    .extend_pairs(url::form_urlencoded::parse(form.as_bytes()));
                None
            }
        };
        if let Some(shown) = shown {
            let mut value = HeaderValue::from_str(&shown)
                .map_err(|_| refused("the client id cannot be sent"))?;
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let origin = Origin::of(&url)
            .map_err(|why| refused(&format!("the token URL is unusable: {why}")))?;
        let uri: Uri = url
            .as_str()
            .parse()
            .map_err(|_| refused("the token URL is unusable"))?;
        Ok(Outgoing {
            method: Method::POST,
            origin,
            uri,
            headers,
            body: form.finish().into(),
            token: true,
        })
    }
}

enum Reply {
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

fn reply(client: &OAuth2, way: Way, response: &Response<Bytes>, asked: Instant) -> Reply {
    let url = &client.token_urls[way.url];
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
            // Some servers repeat what they were sent.
            let told = |text: &str, most| match text.contains(secret) {
                true => "it repeats the secret, so its words are left out".to_owned(),
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

fn refused(detail: &str) -> CallError {
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
