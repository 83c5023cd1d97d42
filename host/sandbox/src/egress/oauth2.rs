//! Tokens by OAuth 2.0 client credentials (RFC 6749 section 4.4): asked for
//! once, kept until shortly before they expire, asked for again once when a
//! server refuses one. However many pages wait, one asks.
//!
//! Servers differ in where the client's secret goes, in scopes and in paths, so
//! several ways are tried in order and the one that worked comes first the next
//! time.

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
    /// Which of the tokens so far it is.
    pub(crate) generation: u64,
}

/// One integration's tokens.
pub(crate) struct Tokens {
    client: OAuth2,
    state: Mutex<State>,
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
    expires: Option<Instant>,
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
        Tokens {
            client,
            state: Mutex::new(State::default()),
        }
    }

    /// Whether the tokens were made for these credentials.
    pub(crate) fn is_for(&self, client: &OAuth2) -> bool {
        let OAuth2 {
            token_urls,
            client_id,
            client_secret,
            scopes,
            client_auth,
        } = client;
        let ours = &self.client;
        ours.token_urls == *token_urls
            && ours.client_id == *client_id
            && ours.client_secret.expose_secret() == client_secret.expose_secret()
            && ours.scopes == *scopes
            && ours.client_auth == *client_auth
    }

    /// A token that should be good. `stale` is the generation of one that a
    /// server has refused.
    pub(crate) async fn get(
        &self,
        session: &SessionEgress,
        stale: Option<u64>,
    ) -> Result<Bearer, CallError> {
        let mut state = self.state.lock().await;
        let now = Instant::now();
        if stale == Some(state.generation) {
            state.token = None;
        }
        if let Some(token) = &state.token
            && token.expires.is_none_or(|at| now < at)
        {
            return Ok(Bearer {
                value: token.value.clone(),
                generation: state.generation,
            });
        }
        if let Some((at, error)) = &state.refused
            && now < *at + REFUSAL_HOLDS
        {
            return Err(error.clone());
        }
        match self.ask(session, state.worked).await {
            Ok((token, way)) => {
                let value = token.value.clone();
                state.refused = None;
                state.token = Some(token);
                state.worked = Some(way);
                state.generation += 1;
                Ok(Bearer {
                    value,
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

    /// Tries the ways until one gives a token.
    async fn ask(
        &self,
        session: &SessionEgress,
        worked: Option<Way>,
    ) -> Result<(Token, Way), CallError> {
        if let Some(way) = worked
            && let Ok(Reply::Token(token)) = self.ask_one(session, way).await
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
                let error = match self.ask_one(session, way).await? {
                    Reply::Token(token) => return Ok((token, way)),
                    // Nothing here that issues tokens: the next URL.
                    Reply::Nothing(error) => {
                        first_error.get_or_insert(error);
                        break;
                    }
                    Reply::BadScope(_) if way.scope + 1 < self.client.scopes.len() => {
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

    async fn ask_one(&self, session: &SessionEgress, way: Way) -> Result<Reply, CallError> {
        let asked = Instant::now();
        let response = session.send_for_token(self.request(way)?).await?;
        Ok(reply(&self.client, way, &response, asked, &|text| {
            session.tells_a_secret(text)
        }))
    }

    fn request(&self, way: Way) -> Result<Outgoing, CallError> {
        let client = &self.client;
        let mut url = client.token_urls[way.url].clone();
        let secret = client.client_secret.expose_secret();
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        if let Some(Some(scope)) = client.scopes.get(way.scope) {
            form.append_pair("scope", scope);
        }
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
            Shown::Query => {
                url.query_pairs_mut()
                    .append_pair("client_id", &client.client_id)
                    .append_pair("client_secret", secret);
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
}

/// RFC 6749 section 5.2.
#[derive(Deserialize)]
struct Refused {
    error: String,
    #[serde(default)]
    error_description: Option<String>,
}

fn reply(
    client: &OAuth2,
    way: Way,
    response: &Response<Bytes>,
    asked: Instant,
    tells_a_secret: &dyn Fn(&str) -> bool,
) -> Reply {
    let url = &client.token_urls[way.url];
    let place = format!("{}{}", url.origin().ascii_serialization(), url.path());
    let status = response.status();
    if status.is_success() {
        return match serde_json::from_slice::<Issued>(response.body()) {
            Ok(issued)
                if issued
                    .token_type
                    .as_deref()
                    .is_none_or(|t| t.eq_ignore_ascii_case("bearer")) =>
            {
                let expires = lifetime(issued.expires_in.as_ref()).map(|life| asked + life);
                Reply::Token(Token {
                    value: issued.access_token.into(),
                    expires,
                })
            }
            Ok(_) => Reply::BadClient(refused(&format!(
                "`{place}` issued a token that is no bearer token"
            ))),
            Err(_) => Reply::Nothing(refused(&format!(
                "`{place}` answered {status} without a token"
            ))),
        };
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
