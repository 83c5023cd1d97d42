//! Credentials that a server sends back: found in every usual spelling and
//! masked before anyone sees them.
//!
//! A server that echoes what it was sent is common (debug pages, proxies, error
//! texts); one that spells the secret in a way of its own knows the secret
//! anyway and could hand it to anybody. What is shorter than [`SHORTEST`] bytes
//! is not looked for, since it would be found in honest data.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded::byte_serialize;

use super::credentials::Credentials;
use super::oauth1::escape;

/// The shortest text that is looked for, in bytes.
pub(crate) const SHORTEST: usize = 8;

/// Tokens of one session that are remembered; a server that gives another one
/// every minute does not make the search slow.
const TOKENS: usize = 8;

/// Goes with an answer in which something was masked: the request, as the
/// audit names it.
#[derive(Debug, Clone)]
pub(crate) struct Echoed(pub(crate) String);

/// What one session must not see come back.
pub(crate) struct Echo {
    own: Vec<Vec<u8>>,
    known: Mutex<Known>,
}

struct Known {
    tokens: Vec<SecretString>,
    finder: Arc<Finder>,
}

impl Echo {
    pub(crate) fn new(credentials: &Credentials) -> Self {
        let own = patterns(credentials);
        let finder = Arc::new(Finder::new(own.clone()));
        Echo {
            own,
            known: Mutex::new(Known {
                tokens: Vec::new(),
                finder,
            }),
        }
    }

    /// From now on this token is looked for, too.
    pub(crate) fn learn(&self, token: &SecretString) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |t: &SecretString| t.expose_secret() == token.expose_secret();
        if known.tokens.iter().any(same) {
            return;
        }
        if known.tokens.len() == TOKENS {
            known.tokens.remove(0);
        }
        known.tokens.push(token.clone());
        let tokens = known
            .tokens
            .iter()
            .flat_map(|token| spellings(token.expose_secret()));
        known.finder = Arc::new(Finder::new(self.own.iter().cloned().chain(tokens)));
    }

    /// The values in a `Cookie` header that came with a token: whoever has them
    /// may have the token's session.
    pub(crate) fn learn_cookie(&self, header: &HeaderValue) {
        let pairs = header.to_str().unwrap_or_default().split("; ");
        for (_, value) in pairs.filter_map(|pair| pair.split_once('=')) {
            self.learn(&value.into());
        }
    }

    pub(crate) fn finder(&self) -> Arc<Finder> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.finder.clone()
    }
}

/// Looks for a set of texts in one pass.
#[derive(Default)]
pub(crate) struct Finder {
    /// For bodies: the spellings as they are, which is fastest.
    exact: Option<AhoCorasick>,
    /// For short texts: without regard to the case of letters, since names of
    /// headers come in lower case.
    loose: Option<AhoCorasick>,
}

impl Finder {
    pub(crate) fn new(texts: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let texts: BTreeSet<_> = texts.into_iter().filter(|t| t.len() >= SHORTEST).collect();
        if texts.is_empty() {
            return Finder::default();
        }
        let build = |loosely| {
            AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                .ascii_case_insensitive(loosely)
                .build(&texts)
                .ok()
        };
        Finder {
            exact: build(false),
            loose: build(true),
        }
    }

    /// Whether the text holds one.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        self.loose.as_ref().is_some_and(|f| f.is_match(text))
    }

    /// Masks a whole answer. Lengths stay as they are. Says whether there was
    /// anything to mask.
    pub(crate) fn mask(&self, response: &mut Response<Bytes>) -> bool {
        let headers = self.mask_headers(response.headers_mut());
        let body = self.mask_body(response.body_mut());
        headers || body
    }

    fn mask_body(&self, body: &mut Bytes) -> bool {
        let Some(finder) = &self.exact else {
            return false;
        };
        if !finder.is_match(&body[..]) {
            return false;
        }
        let mut bytes = std::mem::take(body)
            .try_into_mut()
            .unwrap_or_else(|shared| BytesMut::from(&shared[..]));
        stars(finder, &mut bytes);
        *body = bytes.freeze();
        true
    }

    fn mask_headers(&self, headers: &mut HeaderMap) -> bool {
        let Some(finder) = &self.loose else {
            return false;
        };
        let mut found = false;
        let named: Vec<HeaderName> = headers
            .keys()
            .filter(|name| finder.is_match(name.as_str()))
            .cloned()
            .collect();
        for name in named {
            headers.remove(name);
            found = true;
        }
        for value in headers.values_mut() {
            if finder.is_match(value.as_bytes()) {
                let mut bytes = value.as_bytes().to_vec();
                stars(finder, &mut bytes);
                // Stars are allowed in a value, and the rest was in one.
                *value = HeaderValue::from_bytes(&bytes)
                    .unwrap_or_else(|_| HeaderValue::from_static("*"));
                found = true;
            }
        }
        found
    }
}

fn stars(finder: &AhoCorasick, bytes: &mut [u8]) {
    let found: Vec<_> = finder.find_iter(&*bytes).map(|m| m.range()).collect();
    for range in found {
        bytes[range].fill(b'*');
    }
}

/// What credentials look like in requests and in what servers make of them.
fn patterns(credentials: &Credentials) -> Vec<Vec<u8>> {
    match credentials {
        Credentials::None => Vec::new(),
        Credentials::Bearer(token) => {
            let mut all = spellings(token.expose_secret());
            all.push(format!("Bearer {}", token.expose_secret()).into_bytes());
            all
        }
        Credentials::Basic { user, password } => {
            let mut all = spellings(password.expose_secret());
            all.push(pair(user, password.expose_secret()));
            all
        }
        Credentials::OAuth1 { secret, .. } => spellings(secret.expose_secret()),
        Credentials::OAuth2(client) => {
            let secret = client.client_secret.expose_secret();
            let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
            let mut all = spellings(secret);
            all.push(pair(&client.client_id, secret));
            all.push(pair(&encoded(&client.client_id), &encoded(secret)));
            all
        }
    }
}

/// HTTP Basic's credentials.
fn pair(user: &str, password: &str) -> Vec<u8> {
    STANDARD.encode(format!("{user}:{password}")).into_bytes()
}

/// The spellings in which a secret travels: as it is, escaped for URLs, forms,
/// JSON and HTML, in hex, and in base64 wherever in a longer text it stands.
fn spellings(secret: &str) -> Vec<Vec<u8>> {
    if secret.len() < SHORTEST {
        return Vec::new();
    }
    let json = serde_json::to_string(secret).unwrap_or_default();
    let json = json.trim_matches('"');
    let hex: String = secret.bytes().map(|b| format!("{b:02x}")).collect();
    let url = escape(secret.as_bytes());
    let form: String = byte_serialize(secret.as_bytes()).collect();
    let html = secret
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    let mut texts = vec![
        secret.to_owned(),
        lower_escapes(&url),
        url,
        lower_escapes(&form),
        form,
        json.to_owned(),
        json.replace('/', "\\/"),
        html.replace('\'', "&#39;"),
        html,
        hex.to_uppercase(),
        hex,
    ];
    for before in 0..3 {
        let bytes = [&vec![0; before][..], secret.as_bytes()].concat();
        // Characters that the neighbours have no part in.
        let from = (before * 8).div_ceil(6);
        let to = bytes.len() * 8 / 6;
        for text in [
            STANDARD_NO_PAD.encode(&bytes),
            URL_SAFE_NO_PAD.encode(&bytes),
        ] {
            texts.push(text[from..to].to_owned());
        }
    }
    texts.into_iter().map(String::into_bytes).collect()
}

/// `%2F` as `%2f`.
fn lower_escapes(text: &str) -> String {
    let mut pieces = text.split('%');
    let mut lower = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        // Two digits follow every `%` of an escaped text.
        let (digits, rest) = piece.split_at(piece.len().min(2));
        lower.push('%');
        lower.push_str(&digits.to_ascii_lowercase());
        lower.push_str(rest);
    }
    lower
}

#[cfg(test)]
mod tests;
