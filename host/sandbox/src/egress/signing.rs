//! Which credentials a request gets, and to whom they belong. It does not know
//! when a request is sent, nor what becomes of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{self, HeaderMap, HeaderValue};
use secrecy::ExposeSecret;

use super::client::{Outgoing, SessionEgress};
use super::credentials::Credentials;
use super::oauth1::{self, Salt};
use super::oauth2::Bearer;
use super::origin::Origin;
use super::pace::Waits;
use super::policy::Target;
use crate::error::{CallError, ErrorKind};
use crate::log::one_line;

impl SessionEgress {
    /// Refuses an adapter's request to where the host gets its tokens: what is
    /// issued there is not the adapter's to see.
    pub(super) fn not_for_tokens(&self, target: Target) -> Result<Target, CallError> {
        let Credentials::OAuth2(client) = &self.credentials else {
            return Ok(target);
        };
        let plain = |path: &str| {
            let path = oauth1::decode(path.as_bytes()).to_ascii_lowercase();
            let segments = path.split(|b| *b == b'/').filter(|s| !s.is_empty());
            segments.map(<[u8]>::to_vec).collect::<Vec<_>>()
        };
        let asked = plain(target.uri.path());
        let is_it = |url: &url::Url| {
            Origin::of(url).is_ok_and(|origin| origin == target.origin)
                && plain(url.path()) == asked
        };
        if !client.token_urls.iter().any(is_it) {
            return Ok(target);
        }
        let place = format!("{}{}", target.origin, one_line(target.uri.path(), 200));
        Err(CallError::new(
            ErrorKind::Denied,
            format!(
                "the adapter asked `{place}`, which issues tokens, and they are the host's alone"
            ),
        )
        .with_remedy("Ask the adapter's vendor what it is for."))
    }

    /// A token for the request, where it needs one.
    pub(super) async fn token(
        &self,
        outgoing: &Outgoing,
        stale: Option<u64>,
        waits: &Waits,
    ) -> Result<Option<Bearer>, CallError> {
        match &self.tokens {
            Some(tokens) if self.is_signed(outgoing) => tokens
                .get(self, &outgoing.uri, stale, waits)
                .await
                .map(Some),
            _ => Ok(None),
        }
    }

    /// The same, if it is there already.
    pub(super) fn newest_token(&self, outgoing: &Outgoing) -> Option<Bearer> {
        let tokens = self.tokens.as_ref()?;
        match self.is_signed(outgoing) {
            true => tokens.at_hand(&outgoing.uri),
            false => None,
        }
    }

    /// Credentials belong to the endpoint; another host that the manifest names
    /// gets none.
    fn is_signed(&self, outgoing: &Outgoing) -> bool {
        outgoing.origin == *self.grant.endpoint()
    }

    /// Adds the credentials, where they belong.
    pub(super) fn sign(
        &self,
        outgoing: &mut Outgoing,
        bearer: Option<&Bearer>,
    ) -> Result<(), CallError> {
        if !self.is_signed(outgoing) {
            return Ok(());
        }
        let value = match &self.credentials {
            Credentials::None => return Ok(()),
            Credentials::Bearer(token) => format!("Bearer {}", token.expose_secret()),
            Credentials::Basic { user, password } => {
                let pair = format!("{user}:{}", password.expose_secret());
                format!("Basic {}", STANDARD.encode(pair))
            }
            Credentials::OAuth2(_) => {
                let Some(token) = bearer else {
                    return Ok(());
                };
                self.echo.learn(&token.value);
                let value = format!("Bearer {}", token.value.expose_secret());
                if let Some(cookie) = &token.cookie {
                    self.echo.learn_cookie(cookie);
                    outgoing.headers.insert(header::COOKIE, cookie.clone());
                }
                value
            }
            Credentials::OAuth1 {
                key,
                secret,
                method,
            } => {
                let salt = Salt {
                    timestamp: jiff::Timestamp::now().as_second(),
                    nonce: format!("{:032x}", rand::random::<u128>()),
                };
                let form = is_form(&outgoing.headers).then_some(&outgoing.body[..]);
                oauth1::authorization(
                    *method,
                    key,
                    secret,
                    &outgoing.method,
                    &outgoing.uri,
                    form,
                    &salt,
                )
                .map_err(|why| CallError::new(ErrorKind::Denied, why))?
            }
        };
        let mut value = HeaderValue::from_str(&value).map_err(|_| {
            CallError::new(
                ErrorKind::InvalidSetting,
                "the credentials hold characters that no header can carry",
            )
        })?;
        value.set_sensitive(true);
        outgoing.headers.insert(header::AUTHORIZATION, value);
        Ok(())
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| {
            v.trim_start()
                .starts_with("application/x-www-form-urlencoded")
        })
}
