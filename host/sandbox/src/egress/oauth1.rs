//! OAuth 1.0 signatures (RFC 5849) for one-legged requests: a key and a secret,
//! no token. The signature covers exactly the URI and form that are sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::{Method, Uri};
use secrecy::{ExposeSecret, SecretString};

use super::credentials::OAuth1Method;

/// What makes two signatures of the same request differ.
pub(crate) struct Salt {
    /// Seconds since 1970.
    pub(crate) timestamp: i64,
    pub(crate) nonce: String,
}

/// The value of the `Authorization` header. `form` is the body, if it is
/// `application/x-www-form-urlencoded`.
///
/// # Errors
/// A phrase, if the request already carries OAuth parameters.
pub(crate) fn authorization(
    method: OAuth1Method,
    key: &str,
    secret: &SecretString,
    verb: &Method,
    uri: &Uri,
    form: Option<&[u8]>,
    salt: &Salt,
) -> Result<String, String> {
    let name = match method {
        OAuth1Method::HmacSha1 => "HMAC-SHA1",
        OAuth1Method::HmacSha256 => "HMAC-SHA256",
    };
    let timestamp = salt.timestamp.to_string();
    let own = [
        ("oauth_consumer_key", key),
        ("oauth_nonce", &salt.nonce),
        ("oauth_signature_method", name),
        ("oauth_timestamp", &timestamp),
        ("oauth_version", "1.0"),
    ];
    let base = base_string(verb, uri, form, &own)?;
    // The second half is the token's secret, of which there is none.
    let signing_key = format!("{}&", escape(secret.expose_secret().as_bytes()));
    let signature = match method {
        OAuth1Method::HmacSha1 => sign::<Hmac<sha1::Sha1>>(&signing_key, &base),
        OAuth1Method::HmacSha256 => sign::<Hmac<sha2::Sha256>>(&signing_key, &base),
    };
    let mut header = String::from("OAuth ");
    for (name, value) in own {
        header.push_str(&format!("{name}=\"{}\", ", escape(value.as_bytes())));
    }
    header.push_str(&format!(
        "oauth_signature=\"{}\"",
        escape(signature.as_bytes())
    ));
    Ok(header)
}

/// The signature in a header that [`authorization`] made, escaped and plain.
pub(crate) fn signature(header: &str) -> Option<[Vec<u8>; 2]> {
    let (_, escaped) = header.split_once("oauth_signature=\"")?;
    let escaped = escaped.strip_suffix('"')?;
    Some([escaped.as_bytes().to_vec(), decode(escaped.as_bytes())])
}

fn sign<M: Mac + KeyInit>(key: &str, text: &str) -> String {
    // An HMAC takes keys of any length.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key.as_bytes()) else {
        return String::new();
    };
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// RFC 5849 section 3.4.1.
fn base_string(
    verb: &Method,
    uri: &Uri,
    form: Option<&[u8]>,
    own: &[(&str, &str)],
) -> Result<String, String> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let query = uri.query().unwrap_or_default().as_bytes();
    for (name, value) in parameters(query).chain(parameters(form.unwrap_or_default())) {
        if name.starts_with(b"oauth_") {
            return Err("the adapter put OAuth parameters into its request".to_owned());
        }
        pairs.push((escape(&name), escape(&value)));
    }
    pairs.extend(
        own.iter()
            .map(|(n, v)| (escape(n.as_bytes()), escape(v.as_bytes()))),
    );
    pairs.sort();
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let scheme = uri.scheme_str().unwrap_or("https");
    let host = uri.host().unwrap_or_default().to_ascii_lowercase();
    let own_port = if scheme == "https" { 443 } else { 80 };
    let port = match uri.port_u16() {
        Some(port) if port != own_port => format!(":{port}"),
        _ => String::new(),
    };
    let address = format!("{scheme}://{host}{port}{}", uri.path());
    Ok(format!(
        "{}&{}&{}",
        verb.as_str(),
        escape(address.as_bytes()),
        escape(pairs.join("&").as_bytes())
    ))
}

/// The parameters of a query or form, decoded.
fn parameters(text: &[u8]) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> + '_ {
    text.split(|b| *b == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let at = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
            (
                decode(&pair[..at]),
                decode(pair.get(at + 1..).unwrap_or_default()),
            )
        })
}

pub(crate) fn decode(text: &[u8]) -> Vec<u8> {
    let hex = |b: u8| char::from(b).to_digit(16).map(|d| d as u8);
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let escaped = match text.get(at..at + 3) {
            Some([b'%', high, low]) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match (escaped, text[at]) {
            (Some((high, low)), _) => {
                bytes.push(high << 4 | low);
                at += 2;
            }
            (None, b'+') => bytes.push(b' '),
            (None, other) => bytes.push(other),
        }
        at += 1;
    }
    bytes
}

/// RFC 5849 section 3.6: everything but letters, digits and `-._~`.
pub(crate) fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(*byte));
            }
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 5849 section 3.4.1.1, with its own parameters.
    #[test]
    fn the_base_string_is_the_standards() {
        let uri: Uri = "http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b"
            .parse()
            .expect("a URI");
        let own = [
            ("oauth_consumer_key", "9djdj82h48djs9d2"),
            ("oauth_token", "kkk9d7dh3k39sjv7"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "137131201"),
            ("oauth_nonce", "7d8f3e4a"),
        ];
        let base = base_string(&Method::POST, &uri, Some(b"c2&a3=2+q"), &own).expect("signable");
        assert_eq!(
            base,
            "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
        );
    }

    /// Checked with an independent implementation of HMAC.
    #[test]
    fn a_signature_is_as_others_compute_it() {
        let uri: Uri = "https://sis.example.org/users?limit=100&filter=status%3D'active'"
            .parse()
            .expect("a URI");
        let salt = Salt {
            timestamp: 1_700_000_000,
            nonce: "abc".to_owned(),
        };
        let header = authorization(
            OAuth1Method::HmacSha1,
            "key",
            &"secret".into(),
            &Method::GET,
            &uri,
            None,
            &salt,
        )
        .expect("signable");
        assert!(
            header.starts_with("OAuth oauth_consumer_key=\"key\", "),
            "{header}"
        );
        assert!(
            header.contains("oauth_signature=\"yE65Wze6sB6w47D49adjVCZNZbM%3D\""),
            "{header}"
        );
        let header = authorization(
            OAuth1Method::HmacSha256,
            "key",
            &"secret".into(),
            &Method::GET,
            &uri,
            None,
            &salt,
        )
        .expect("signable");
        assert!(
            header.contains("oauth_signature=\"oW1As4SFJdVYY5wsunb5bGBct1adpY1IBIi%2FT7lvWeE%3D\""),
            "{header}"
        );
    }

    #[test]
    fn an_adapter_cannot_bring_oauth_parameters() {
        let uri: Uri = "https://sis.example.org/users?oauth_nonce=1"
            .parse()
            .expect("a URI");
        assert!(base_string(&Method::GET, &uri, None, &[]).is_err());
        let uri: Uri = "https://sis.example.org/users?%6Fauth_nonce=1"
            .parse()
            .expect("a URI");
        assert!(base_string(&Method::GET, &uri, None, &[]).is_err());
    }
}
