//! OAuth 1.0a: the signature of a request is checked over exactly what was
//! received.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::request::Parts;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use sha1::Sha1;
use sha2::Sha256;

use crate::auth::{OAuth1, Refusal, SignatureMethod, authorization, header};
use crate::query::encoded;

/// How far a client's clock may be off, in seconds.
const CLOCK: i64 = 600;

/// The nonces that were seen: each is good once.
#[derive(Debug, Default)]
pub(crate) struct Nonces {
    seen: Mutex<HashSet<(String, String)>>,
}

impl Nonces {
    /// Whether the request is signed by the one who has the key.
    pub(crate) fn check(
        &self,
        settings: &OAuth1,
        request: &Parts,
        clock: i64,
    ) -> Result<(), Refusal> {
        let refuse = |reason: &str| Err(Refusal::new(401, reason));
        let Some(given) = authorization(request, "oauth") else {
            return refuse("there is no OAuth 1.0a signature");
        };
        let given = header_parameters(given);
        let said = |name: &str| {
            let found = given.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        if said("oauth_consumer_key") != settings.key {
            return refuse("the consumer key is unknown");
        }
        let method = match said("oauth_signature_method") {
            "HMAC-SHA1" => SignatureMethod::HmacSha1,
            "HMAC-SHA256" => SignatureMethod::HmacSha256,
            _ => return refuse("the signature method is neither HMAC-SHA1 nor HMAC-SHA256"),
        };
        if settings.method.is_some_and(|only| only != method) {
            return refuse("this signature method is not accepted here");
        }
        let base = base_string(request, &given);
        let Ok(signature) = STANDARD.decode(said("oauth_signature")) else {
            return refuse("the signature is not Base64");
        };
        if !verified(method, &settings.secret, "", &base, &signature) {
            return refuse("the signature does not fit the request");
        }
        let now = Timestamp::now().as_second() + clock;
        let time: i64 = said("oauth_timestamp").parse().unwrap_or_default();
        if (now - time).abs() > CLOCK {
            return refuse("the timestamp is too far from now");
        }
        let nonce = (
            said("oauth_timestamp").to_owned(),
            said("oauth_nonce").to_owned(),
        );
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if nonce.1.is_empty() || !seen.insert(nonce) {
            return refuse("the nonce is missing or was used before");
        }
        Ok(())
    }
}

/// The parameters of the Authorization header, decoded.
fn header_parameters(header: &str) -> Vec<(String, String)> {
    let parts = header
        .split(',')
        .filter_map(|part| part.trim().split_once('='));
    parts
        .map(|(name, value)| (decoded(name), decoded(value.trim_matches('"'))))
        .collect()
}

/// Percent-decoding only: a `+` is a plus here, as RFC 5849 encodes a blank as
/// `%20`.
fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The signature base string of RFC 5849, section 3.4.1. This server speaks plain
/// HTTP.
fn base_string(request: &Parts, given: &[(String, String)]) -> String {
    let query = request.uri.query().unwrap_or_default();
    let asked = query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decoded(name), decoded(value))
        });
    let signed = |(name, _): &&(String, String)| name != "oauth_signature" && name != "realm";
    let mut parameters: Vec<(String, String)> = given
        .iter()
        .filter(signed)
        .cloned()
        .chain(asked)
        .map(|(name, value)| (encoded(&name), encoded(&value)))
        .collect();
    parameters.sort();
    let parameters: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let host = header(request, "host")
        .unwrap_or_default()
        .to_ascii_lowercase();
    let host = host.strip_suffix(":80").unwrap_or(&host);
    let address = format!("http://{host}{}", request.uri.path());
    format!(
        "{}&{}&{}",
        request.method,
        encoded(&address),
        encoded(&parameters.join("&"))
    )
}

/// RFC 5849, section 3.4.2: the key is both secrets. There is no token's secret
/// where there is no token.
fn verified(
    method: SignatureMethod,
    secret: &str,
    token_secret: &str,
    base: &str,
    signature: &[u8],
) -> bool {
    let key = format!("{}&{}", encoded(secret), encoded(token_secret));
    match method {
        SignatureMethod::HmacSha1 => {
            Hmac::<Sha1>::new_from_slice(key.as_bytes()).is_ok_and(|mut mac| {
                mac.update(base.as_bytes());
                mac.verify_slice(signature).is_ok()
            })
        }
        SignatureMethod::HmacSha256 => {
            Hmac::<Sha256>::new_from_slice(key.as_bytes()).is_ok_and(|mut mac| {
                mac.update(base.as_bytes());
                mac.verify_slice(signature).is_ok()
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_string_is_that_of_the_rfc() {
        let (request, ()) = http::Request::builder()
            .uri("/r%20v/X?id=123&filter=status%3D%27active%27%20AND%20a%3D%27b%27")
            .header("host", "EXAMPLE.com:80")
            .body(())
            .expect("a request")
            .into_parts();
        let given = header_parameters(
            r#"realm="Example", oauth_consumer_key="k%26y", oauth_signature="abc%3D""#,
        );
        assert_eq!(
            base_string(&request, &given),
            "GET&http%3A%2F%2Fexample.com%2Fr%2520v%2FX&\
             filter%3Dstatus%253D%2527active%2527%2520AND%2520a%253D%2527b%2527\
             %26id%3D123%26oauth_consumer_key%3Dk%2526y"
        );
    }

    /// The last request of RFC 5849, section 1.2, with its signature. (The first
    /// one's cannot be reproduced from what the section says.)
    #[test]
    fn the_signature_of_the_rfc_is_verified() {
        let given = header_parameters(
            r#"realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="nnch734d00sl2jdk", oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131202", oauth_nonce="chapoH", oauth_signature="MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D""#,
        );
        let (request, ()) = http::Request::builder()
            .uri("/photos?file=vacation.jpg&size=original")
            .header("host", "photos.example.net")
            .body(())
            .expect("a request")
            .into_parts();
        let base = base_string(&request, &given);
        let signature = given.iter().find(|(name, _)| name == "oauth_signature");
        let signature = STANDARD
            .decode(&signature.expect("a signature").1)
            .expect("Base64");
        let secrets = ("kd94hf93k423kf44", "pfkkdhi9sl3r4s00");
        let is_right = |(secret, token_secret): (&str, &str), base: &str| {
            let method = SignatureMethod::HmacSha1;
            verified(method, secret, token_secret, base, &signature)
        };
        assert!(is_right(secrets, &base));
        assert!(!is_right(secrets, &base.replace("vacation", "work")));
        assert!(!is_right(("other", secrets.1), &base));
        assert!(!is_right((secrets.0, ""), &base));
    }
}
