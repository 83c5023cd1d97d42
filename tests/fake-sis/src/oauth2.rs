//! OAuth 2.0 client credentials: the token endpoint and the check of tokens.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::auth::{ClientAuth, ExpiresIn, OAuth2, Refusal, authorization, bearer, header};
use crate::query::{pairs, value_of};

/// The tokens that were given out.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    issued: Mutex<HashMap<String, Issued>>,
}

#[derive(Debug)]
struct Issued {
    at: Instant,
    requests: u32,
    cookie: String,
    scopes: String,
}

/// The answer to a token request: status, JSON, and a cookie to set.
pub(crate) struct TokenAnswer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) cookie: Option<String>,
}

fn error(status: u16, error: &str, description: &str) -> TokenAnswer {
    TokenAnswer {
        status,
        body: json!({ "error": error, "error_description": description }),
        cookie: None,
    }
}

fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

impl Tokens {
    fn issued(&self) -> std::sync::MutexGuard<'_, HashMap<String, Issued>> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets all tokens, so that none is good any more.
    pub(crate) fn revoke(&self) {
        self.issued().clear();
    }

    /// Answers a token request.
    pub(crate) fn grant(&self, settings: &OAuth2, request: &Parts, body: &str) -> TokenAnswer {
        if request.method != http::Method::POST {
            return error(405, "invalid_request", "tokens are asked for with POST");
        }
        let form = pairs(body);
        let query = pairs(request.uri.query().unwrap_or_default());
        let said = |name: &str| value_of(&form, name).or_else(|| value_of(&query, name));
        if !knows_client(settings, request, &form, &query) {
            return error(
                401,
                "invalid_client",
                "unknown client, or wrong place for its secret",
            );
        }
        if said("grant_type") != Some("client_credentials") {
            return error(400, "unsupported_grant_type", "only client_credentials");
        }
        let scopes = said("scope").unwrap_or_default();
        let missing = settings
            .parameters
            .iter()
            .find(|(name, value)| said(name) != Some(value.as_str()));
        if let Some((name, _)) = missing {
            return error(400, "invalid_request", &format!("`{name}` is missing"));
        }
        let lacks = |needed: &String| !scopes.split(' ').any(|scope| scope == needed);
        let unwanted = settings.no_scope && !scopes.is_empty();
        if unwanted || settings.scope.as_ref().is_some_and(lacks) {
            return error(
                400,
                "invalid_scope",
                "the scope is not among those asked for",
            );
        }
        let token = format!("fake-{:016x}{:016x}", random(), random());
        let cookie = format!("SISSESSION={:016x}", random());
        let issued = Issued {
            at: Instant::now(),
            requests: 0,
            cookie: cookie.clone(),
            scopes: scopes.to_owned(),
        };
        self.issued().insert(token.clone(), issued);
        let mut body = json!({ "access_token": token, "token_type": settings.token_type });
        let seconds = settings.lifetime.as_secs();
        match settings.expires_in {
            ExpiresIn::Number => body["expires_in"] = json!(seconds),
            ExpiresIn::Text => body["expires_in"] = json!(seconds.to_string()),
            ExpiresIn::Absent => {}
        }
        if let Some(granted) = &settings.granted {
            body["scope"] = json!(granted);
        } else if !scopes.is_empty() {
            body["scope"] = json!(scopes);
        }
        TokenAnswer {
            status: 200,
            body,
            cookie: settings
                .cookie
                .then(|| format!("{cookie}; Path=/; HttpOnly")),
        }
    }

    /// Whether the request's token is good, which uses it once.
    pub(crate) fn check(&self, settings: &OAuth2, request: &Parts) -> Result<(), Refusal> {
        let refuse = |reason| Err(Refusal::new(settings.refusal, reason));
        let Some(token) = bearer(request) else {
            return refuse("there is no bearer token");
        };
        let mut issued = self.issued();
        let Some(known) = issued.get_mut(token) else {
            return refuse("the token is not one of ours");
        };
        known.requests += 1;
        let used_up = settings
            .requests_per_token
            .is_some_and(|most| known.requests > most);
        if settings.refuse_all || used_up || known.at.elapsed() >= settings.lifetime {
            issued.remove(token);
            return refuse("the token has expired");
        }
        let list = request.uri.path().rsplit('/').next().unwrap_or_default();
        let needed = settings
            .scope_of
            .iter()
            .find(|(resource, _)| resource.name() == list);
        if let Some((_, scope)) = needed
            && !known.scopes.split(' ').any(|has| has == scope)
        {
            return Err(Refusal::new(403, "the token is not for this list"));
        }
        let cookies = header(request, "cookie").unwrap_or_default();
        if settings.cookie
            && !cookies
                .split(';')
                .any(|cookie| cookie.trim() == known.cookie)
        {
            return refuse("the cookie of the token is missing");
        }
        Ok(())
    }
}

fn knows_client(
    settings: &OAuth2,
    request: &Parts,
    form: &[(String, String)],
    query: &[(String, String)],
) -> bool {
    let right =
        |id: &str, secret: &str| id == settings.client_id && secret == settings.client_secret;
    let among = |pairs: &[(String, String)]| {
        let id = value_of(pairs, "client_id").unwrap_or_default();
        right(id, value_of(pairs, "client_secret").unwrap_or_default())
    };
    let basic = || basic_credentials(request, true).is_some_and(|(id, secret)| right(&id, &secret));
    match settings.client_auth {
        ClientAuth::Any => basic() || among(form) || among(query),
        ClientAuth::Basic => basic(),
        ClientAuth::Body => among(form),
        ClientAuth::Query => among(query),
    }
}

/// Id and secret of HTTP Basic; for a token both are form-encoded first (RFC
/// 6749, 2.3.1).
pub(crate) fn basic_credentials(request: &Parts, is_encoded: bool) -> Option<(String, String)> {
    let decoded = STANDARD.decode(authorization(request, "basic")?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (id, secret) = text.split_once(':')?;
    let plain = |part: &str| match is_encoded {
        true => percent_decode_str(part).decode_utf8_lossy().into_owned(),
        false => part.to_owned(),
    };
    Some((plain(id), plain(secret)))
}
