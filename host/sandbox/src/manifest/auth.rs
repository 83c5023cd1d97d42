//! `[auth]`: how the host may prove to the source who it is. Where the
//! credentials come from, and which of several ways wins, is
//! [`crate::connection`]'s.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// `[auth]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Auth {
    /// The schemes that the adapter's sources know.
    pub schemes: Vec<Scheme>,
    /// The one to use when nobody says.
    pub default: Scheme,
    /// The one to use when nobody says and there is no token URL either.
    #[serde(default)]
    pub default_without_token_url: Option<Scheme>,
    /// `[auth.oauth2]`.
    #[serde(default)]
    pub oauth2: Option<OAuth2Manifest>,
}

/// How the host proves to the source who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scheme {
    /// OAuth 2.0 client credentials (RFC 6749 section 4.4).
    #[serde(rename = "oauth2-client-credentials")]
    OAuth2ClientCredentials,
    /// OAuth 1.0 with HMAC-SHA1, one-legged (RFC 5849).
    #[serde(rename = "oauth1-hmac-sha1")]
    OAuth1HmacSha1,
    /// OAuth 1.0 with HMAC-SHA256, one-legged.
    #[serde(rename = "oauth1-hmac-sha256")]
    OAuth1HmacSha256,
    /// A fixed bearer token (RFC 6750).
    #[serde(rename = "bearer")]
    Bearer,
    /// User and password (RFC 7617).
    #[serde(rename = "basic")]
    Basic,
    /// Login and password of an SFTP server.
    #[serde(rename = "sftp-password")]
    SftpPassword,
    /// Login and private key of an SFTP server.
    #[serde(rename = "sftp-key")]
    SftpKey,
    /// No credentials.
    #[serde(rename = "none")]
    None,
}

impl Scheme {
    /// All schemes.
    pub const ALL: [Scheme; 8] = [
        Scheme::OAuth2ClientCredentials,
        Scheme::OAuth1HmacSha1,
        Scheme::OAuth1HmacSha256,
        Scheme::Bearer,
        Scheme::Basic,
        Scheme::SftpPassword,
        Scheme::SftpKey,
        Scheme::None,
    ];

    /// The manifest's spelling.
    pub fn name(self) -> &'static str {
        match self {
            Scheme::OAuth2ClientCredentials => "oauth2-client-credentials",
            Scheme::OAuth1HmacSha1 => "oauth1-hmac-sha1",
            Scheme::OAuth1HmacSha256 => "oauth1-hmac-sha256",
            Scheme::Bearer => "bearer",
            Scheme::Basic => "basic",
            Scheme::SftpPassword => "sftp-password",
            Scheme::SftpKey => "sftp-key",
            Scheme::None => "none",
        }
    }
}

impl std::fmt::Display for Scheme {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Scheme {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Scheme::ALL
            .into_iter()
            .find(|s| s.name() == text)
            .ok_or_else(|| {
                let known = Scheme::ALL.map(Scheme::name).join(", ");
                format!("`{text}` is no authentication scheme; there are: {known}")
            })
    }
}

/// `[auth.oauth2]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OAuth2Manifest {
    /// Where to ask for a token when the operator does not say: templates,
    /// tried in order.
    #[serde(default)]
    pub token_urls: Vec<String>,
    /// How the client shows its credentials, tried in order.
    #[serde(default = "default_client_auth")]
    pub client_auth: Vec<ClientAuth>,
    /// Scopes to ask for, tried in order. Empty: none.
    #[serde(default)]
    pub scopes: Vec<ScopeSet>,
    /// Further fields of the token request's form.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// Whether cookies that come with a token go back with every request that
    /// carries it.
    #[serde(default)]
    pub cookie: bool,
}

fn default_client_auth() -> Vec<ClientAuth> {
    vec![ClientAuth::Basic, ClientAuth::Body]
}

/// How a client shows its credentials to a token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientAuth {
    /// In the `Authorization` header (RFC 6749 section 2.3.1).
    Basic,
    /// In the body.
    Body,
    /// In the query, which the standard forbids and some servers want.
    Query,
}

/// One set of scopes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ScopeSet {
    /// Joined by blanks; empty: the parameter is left out.
    pub values: Vec<String>,
    /// Used only if these settings have these values.
    #[serde(default)]
    pub when: BTreeMap<String, String>,
}
