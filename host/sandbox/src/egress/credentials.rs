//! The secrets of an integration, in the form in which requests need them.
//! Their text never shows in a log, an error or a debug print.

use std::collections::BTreeMap;

use secrecy::SecretString;
use url::Url;

use crate::manifest::ClientAuth;

/// How an integration proves who it is.
#[derive(Debug, Clone, Default)]
pub enum Credentials {
    /// It does not.
    #[default]
    None,
    /// A fixed bearer token.
    Bearer(SecretString),
    /// User and password.
    Basic {
        /// The user's name.
        user: String,
        /// The password.
        password: SecretString,
    },
    /// OAuth 2.0 client credentials.
    OAuth2(OAuth2),
    /// OAuth 1.0, one-legged.
    OAuth1 {
        /// The consumer key.
        key: String,
        /// The consumer secret.
        secret: SecretString,
        /// How requests are signed.
        method: OAuth1Method,
    },
}

/// An OAuth 2.0 client. Every list is tried in order until one entry works;
/// what worked is tried first the next time.
#[derive(Debug, Clone)]
pub struct OAuth2 {
    /// Where to ask for tokens; not empty.
    pub token_urls: Vec<Url>,
    /// The client's id.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: SecretString,
    /// Values of the `scope` parameter; `None` leaves it out. Not empty.
    pub scopes: Vec<Option<String>>,
    /// Scopes of tokens that are only for addresses whose last segment is the
    /// key, such as `users`.
    pub scopes_of: BTreeMap<String, String>,
    /// How the client shows its credentials; not empty.
    pub client_auth: Vec<ClientAuth>,
    /// Further fields of the token request.
    pub parameters: BTreeMap<String, String>,
    /// Whether cookies that come with a token go back with every request that
    /// carries it.
    pub cookie: bool,
}

/// How OAuth 1.0 requests are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OAuth1Method {
    /// `HMAC-SHA1` (RFC 5849 section 3.4.2).
    HmacSha1,
    /// `HMAC-SHA256`.
    HmacSha256,
}
