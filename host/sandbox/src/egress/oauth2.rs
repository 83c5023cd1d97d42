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
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Uri};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::form_urlencoded::{Serializer, byte_serialize};

mod reply;

pub(crate) use reply::refuses_token;
use reply::{Reply, refused, reply};

use super::client::{Outgoing, SessionEgress};
use super::credentials::OAuth2;
use super::origin::Origin;
use super::pace::Waits;
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

impl State {
    /// The token, unless it has expired.
    fn good(&self, now: Instant) -> Option<Bearer> {
        let token = self.token.as_ref()?;
        token.expires.is_none_or(|at| now < at).then(|| Bearer {
            value: token.value.clone(),
            cookie: token.cookie.clone(),
            generation: self.generation,
        })
    }
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

    /// The token for that address, if there is one that should be good. Nobody is
    /// asked or waited for.
    pub(crate) fn at_hand(&self, uri: &Uri) -> Option<Bearer> {
        let state = self.states.get(self.of(uri))?.try_lock().ok()?;
        state.good(Instant::now())
    }

    /// Which token is for that address.
    fn of<'a>(&self, uri: &'a Uri) -> &'a str {
        let segment = uri.path().rsplit('/').next().unwrap_or_default();
        match self.client.scopes_of.contains_key(segment) {
            true => segment,
            false => "",
        }
    }

    /// A token that should be good at that address. `stale` is the generation of
    /// one that a server has refused.
    pub(crate) async fn get(
        &self,
        session: &SessionEgress,
        uri: &Uri,
        stale: Option<u64>,
        waits: &Waits,
    ) -> Result<Bearer, CallError> {
        let of = self.of(uri);
        let Some(state) = self.states.get(of) else {
            return Err(refused("there is no such token"));
        };
        // Whoever asks has a clock of their own; those who wait for them do not
        // use up theirs.
        let wait = waits.begin();
        let mut state = state.lock().await;
        drop(wait);
        let now = Instant::now();
        if stale == Some(state.generation) {
            state.token = None;
        }
        if let Some(bearer) = state.good(now) {
            return Ok(bearer);
        }
        if let Some((at, error)) = &state.refused
            && now < *at + REFUSAL_HOLDS
        {
            return Err(error.clone());
        }
        match self
            .ask(session, &self.scopes(of), state.worked, waits)
            .await
        {
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
        waits: &Waits,
    ) -> Result<(Token, Way), CallError> {
        if let Some(way) = worked {
            match self.ask_one(session, scopes, way, waits).await {
                Ok(Reply::Token(token)) => return Ok((token, way)),
                // No other way would be any better.
                Err(error) if error.kind() == ErrorKind::RateLimited => return Err(error),
                _ => {}
            }
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
                let error = match self.ask_one(session, scopes, way, waits).await? {
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
        waits: &Waits,
    ) -> Result<Reply, CallError> {
        let asked = Instant::now();
        let scope = scopes.get(way.scope).and_then(Option::as_deref);
        let response = session
            .send_for_token(self.request(way, scope)?, waits)
            .await?;
        let url = &self.client.token_urls[way.url];
        Ok(reply(&self.client, url, &response, asked, &|text| {
            session.tells_a_secret(text)
        }))
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
