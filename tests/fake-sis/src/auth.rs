//! Who may read: the settings of authentication, and the decision.

use std::time::Duration;

use http::request::Parts;

use crate::Resource;
use crate::oauth1::Nonces;
use crate::oauth2::{Tokens, basic_credentials};

/// How a client proves who it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Auth {
    /// It need not.
    None,
    /// This bearer token, which never expires.
    Bearer(String),
    /// This user and password, with every request.
    Basic(String, String),
    /// OAuth 2.0 client credentials.
    OAuth2(OAuth2),
    /// OAuth 1.0a, two-legged: every request is signed.
    OAuth1(OAuth1),
}

impl Default for Auth {
    fn default() -> Self {
        Auth::OAuth2(OAuth2::default())
    }
}

/// OAuth 2.0 client credentials.
#[derive(Debug, Clone, PartialEq)]
pub struct OAuth2 {
    /// Default `homeroom`.
    pub client_id: String,
    /// Default `fake-sis-secret`.
    pub client_secret: String,
    /// Where the client must put id and secret.
    pub client_auth: ClientAuth,
    /// The scope that must be asked for, else the token request fails with
    /// `invalid_scope`. None: any or none will do.
    pub scope: Option<String>,
    /// A token request that names any scope fails with `invalid_scope`.
    pub no_scope: bool,
    /// Scopes that the token for a list must have been asked for with.
    pub scope_of: Vec<(Resource, String)>,
    /// The scopes that an answer says were granted; none: those asked for.
    pub granted: Option<String>,
    /// Fields that a token request must have beside the standard's.
    pub parameters: Vec<(String, String)>,
    /// What `token_type` says. Default `bearer`.
    pub token_type: String,
    /// How long a token lives. Default an hour.
    pub lifetime: Duration,
    /// How the lifetime is told.
    pub expires_in: ExpiresIn,
    /// After so many requests a token is refused, though it has not expired.
    pub requests_per_token: Option<u32>,
    /// No token is ever accepted.
    pub refuse_all: bool,
    /// The token comes with a cookie that must come back with every request.
    pub cookie: bool,
    /// The status of a refusal: 401, or 403 as some servers have it.
    pub refusal: u16,
}

impl Default for OAuth2 {
    fn default() -> Self {
        OAuth2 {
            client_id: "homeroom".to_owned(),
            client_secret: "fake-sis-secret".to_owned(),
            client_auth: ClientAuth::Any,
            scope: None,
            no_scope: false,
            scope_of: Vec::new(),
            granted: None,
            parameters: Vec::new(),
            token_type: "bearer".to_owned(),
            lifetime: Duration::from_secs(3600),
            expires_in: ExpiresIn::Number,
            requests_per_token: None,
            refuse_all: false,
            cookie: false,
            refusal: 401,
        }
    }
}

/// Where a client puts id and secret in a token request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// Any of the others.
    Any,
    /// In the header, as HTTP Basic.
    Basic,
    /// In the form.
    Body,
    /// In the query.
    Query,
}

/// How a token's lifetime is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpiresIn {
    /// As a number.
    Number,
    /// As text.
    Text,
    /// Not at all.
    Absent,
}

/// OAuth 1.0a with one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuth1 {
    /// The consumer key.
    pub key: String,
    /// The consumer secret.
    pub secret: String,
    /// The only signature method that is accepted; none: both.
    pub method: Option<SignatureMethod>,
}

/// A signature method of OAuth 1.0a.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureMethod {
    /// HMAC-SHA1.
    HmacSha1,
    /// HMAC-SHA256.
    HmacSha256,
}

/// What the server remembers about clients.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) tokens: Tokens,
    pub(crate) nonces: Nonces,
}

/// Why a request was refused: the status and one sentence.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) reason: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, reason: impl Into<String>) -> Self {
        Refusal {
            status,
            reason: reason.into(),
        }
    }
}

impl Auth {
    /// Whether this request may read. The server's clock is off by `clock`
    /// seconds.
    pub(crate) fn check(
        &self,
        request: &Parts,
        memory: &Memory,
        clock: i64,
    ) -> Result<(), Refusal> {
        match self {
            Auth::None => Ok(()),
            Auth::Bearer(token) => match bearer(request) {
                Some(given) if given == token => Ok(()),
                Some(_) => Err(Refusal::new(401, "the bearer token is not the right one")),
                None => Err(Refusal::new(401, "there is no bearer token")),
            },
            Auth::Basic(user, password) => match basic_credentials(request, false) {
                Some((u, p)) if u == *user && p == *password => Ok(()),
                _ => Err(Refusal::new(401, "user or password is not the right one")),
            },
            Auth::OAuth2(settings) => memory.tokens.check(settings, request),
            Auth::OAuth1(settings) => memory.nonces.check(settings, request, clock),
        }
    }
}

/// The header's value, if it is text.
pub(crate) fn header<'a>(request: &'a Parts, name: &str) -> Option<&'a str> {
    request.headers.get(name)?.to_str().ok()
}

/// What stands after `scheme` in the Authorization header.
pub(crate) fn authorization<'a>(request: &'a Parts, scheme: &str) -> Option<&'a str> {
    let (given, rest) = header(request, "authorization")?.split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then_some(rest.trim())
}

pub(crate) fn bearer(request: &Parts) -> Option<&str> {
    authorization(request, "bearer")
}
