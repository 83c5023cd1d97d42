//! Authentication: OAuth 2 in all its forms, OAuth 1.0a, bearer.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::{Answer, get, request, serve, v1p2};
use fake_sis::{
    Auth, Behaviour, ClientAuth, Credentials, ExpiresIn, FakeSis, OAuth1, OAuth2, SignatureMethod,
};
use hmac::{Hmac, KeyInit, Mac};

fn oauth2(settings: OAuth2) -> FakeSis {
    serve(
        200,
        Behaviour {
            auth: Auth::OAuth2(settings),
            ..Behaviour::default()
        },
    )
}

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const GRANT: &str = "grant_type=client_credentials";
const CLIENT: &str = "client_id=homeroom&client_secret=fake-sis-secret";

fn ask(sis: &FakeSis, query: &str, basic: Option<&str>, body: &str) -> Answer {
    let credentials = basic.map(|pair| format!("Basic {}", STANDARD.encode(pair)));
    let mut headers = vec![FORM];
    if let Some(credentials) = &credentials {
        headers.push(("authorization", credentials));
    }
    request(
        &format!("{}{query}", sis.token_url()),
        "POST",
        &headers,
        body,
    )
    .unwrap()
}

fn token(sis: &FakeSis) -> String {
    let answer = ask(sis, "", Some("homeroom:fake-sis-secret"), GRANT);
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

fn read(sis: &FakeSis, token: &str, cookie: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    let mut headers = vec![("authorization", bearer.as_str())];
    if !cookie.is_empty() {
        headers.push(("cookie", cookie));
    }
    request(&v1p2(sis, "orgs"), "GET", &headers, "")
        .unwrap()
        .status
}

#[test]
fn a_token_opens_the_roster_and_nothing_else_does() {
    let sis = oauth2(OAuth2::default());
    let refusal = get(&v1p2(&sis, "orgs"));
    assert_eq!(refusal.status, 401);
    assert!(refusal.header("www-authenticate").is_some());
    assert_eq!(read(&sis, "made-up", ""), 401);
    assert_eq!(read(&sis, &token(&sis), ""), 200);
    let seen = sis.requests();
    let kinds: Vec<Credentials> = seen.iter().map(|r| r.credentials).collect();
    use Credentials::{Basic, Bearer, None};
    assert_eq!(kinds, [None, Bearer, Basic, Bearer]);
    assert_eq!(
        seen.iter().map(|r| r.status).collect::<Vec<_>>(),
        [401, 401, 200, 200]
    );
    assert_eq!(sis.counters().token_requests, 1);
}

#[test]
fn id_and_secret_are_taken_where_they_belong() {
    let basic = Some("homeroom:fake-sis-secret");
    let body = format!("{GRANT}&{CLIENT}");
    let query = format!("?{GRANT}&{CLIENT}");
    for (client_auth, expected) in [
        (ClientAuth::Any, [200, 200, 200]),
        (ClientAuth::Basic, [200, 401, 401]),
        (ClientAuth::Body, [401, 200, 401]),
        (ClientAuth::Query, [401, 401, 200]),
    ] {
        let sis = oauth2(OAuth2 {
            client_auth,
            ..OAuth2::default()
        });
        let got = [
            ask(&sis, "", basic, GRANT).status,
            ask(&sis, "", None, &body).status,
            ask(&sis, &query, None, "").status,
        ];
        assert_eq!(got, expected, "{client_auth:?}");
    }
}

#[test]
fn a_bad_token_request_says_why() {
    let sis = oauth2(OAuth2 {
        scope: Some("roster-core".to_owned()),
        ..OAuth2::default()
    });
    let good = Some("homeroom:fake-sis-secret");
    let error = |answer: Answer| (answer.status, answer.json()["error"].clone());
    let wrong = ask(&sis, "", Some("homeroom:wrong"), GRANT);
    assert_eq!(error(wrong), (401, "invalid_client".into()));
    let grant = ask(&sis, "", good, "grant_type=password");
    assert_eq!(error(grant), (400, "unsupported_grant_type".into()));
    let scope = ask(&sis, "", good, GRANT);
    assert_eq!(error(scope), (400, "invalid_scope".into()));
    let scoped = ask(&sis, "", good, &format!("{GRANT}&scope=other+roster-core"));
    assert_eq!(scoped.status, 200);
    assert_eq!(scoped.json()["scope"], "other roster-core");
    assert_eq!(get(&sis.token_url()).status, 405);
}

#[test]
fn the_lifetime_is_told_in_three_ways() {
    let told = |expires_in| {
        let sis = oauth2(OAuth2 {
            expires_in,
            ..OAuth2::default()
        });
        ask(&sis, "", Some("homeroom:fake-sis-secret"), GRANT).json()["expires_in"].clone()
    };
    assert_eq!(told(ExpiresIn::Number), 3600);
    assert_eq!(told(ExpiresIn::Text), "3600");
    assert!(told(ExpiresIn::Absent).is_null());
}

#[test]
fn a_token_ends_after_its_requests_or_its_time_or_when_revoked() {
    let sis = oauth2(OAuth2 {
        requests_per_token: Some(2),
        ..OAuth2::default()
    });
    let first = token(&sis);
    let statuses: Vec<u16> = (0..4).map(|_| read(&sis, &first, "")).collect();
    assert_eq!(statuses, [200, 200, 401, 401]);
    assert_eq!(read(&sis, &token(&sis), ""), 200);

    let sis = oauth2(OAuth2 {
        lifetime: Duration::ZERO,
        ..OAuth2::default()
    });
    assert_eq!(read(&sis, &token(&sis), ""), 401);

    let sis = oauth2(OAuth2::default());
    let revoked = token(&sis);
    sis.revoke_tokens();
    assert_eq!(read(&sis, &revoked, ""), 401);
}

#[test]
fn every_token_may_be_refused_with_the_status_of_choice() {
    let sis = oauth2(OAuth2 {
        refuse_all: true,
        refusal: 403,
        ..OAuth2::default()
    });
    assert_eq!(read(&sis, &token(&sis), ""), 403);
    assert_eq!(get(&v1p2(&sis, "orgs")).status, 403);
}

#[test]
fn a_cookie_must_come_back_on_request() {
    let sis = oauth2(OAuth2 {
        cookie: true,
        ..OAuth2::default()
    });
    let answer = ask(&sis, "", Some("homeroom:fake-sis-secret"), GRANT);
    let cookie = answer
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(read(&sis, &token, ""), 401);
    assert_eq!(read(&sis, &token, "SISSESSION=other"), 401);
    assert_eq!(read(&sis, &token, &format!("a=b; {cookie}")), 200);
}

#[test]
fn a_static_bearer_is_compared() {
    let auth = Auth::Bearer("classlink".to_owned());
    let sis = serve(
        200,
        Behaviour {
            auth,
            ..Behaviour::default()
        },
    );
    assert_eq!(read(&sis, "classlink", ""), 200);
    assert_eq!(read(&sis, "classlinks", ""), 401);
    assert_eq!(get(&v1p2(&sis, "orgs")).status, 401);
    assert_eq!(get(&sis.token_url()).status, 404);
}

/// RFC 3986 encoding, written anew so that the server is not its own witness.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(byte.into());
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// A GET signed now. `query` holds plain names and values.
fn signed(sis: &FakeSis, query: &[(&str, &str)], method: &str, secret: &str, nonce: &str) -> u16 {
    let now = jiff::Timestamp::now().as_second();
    signed_at(sis, query, method, secret, (nonce, now))
}

fn signed_at(
    sis: &FakeSis,
    query: &[(&str, &str)],
    method: &str,
    secret: &str,
    (nonce, time): (&str, i64),
) -> u16 {
    let url = v1p2(sis, "users");
    let now = time.to_string();
    let mut parameters = vec![
        ("oauth_consumer_key", "key&1"),
        ("oauth_nonce", nonce),
        ("oauth_signature_method", method),
        ("oauth_timestamp", &now),
        ("oauth_version", "1.0"),
    ];
    let header_parameters = parameters.clone();
    parameters.extend_from_slice(query);
    let mut pairs: Vec<(String, String)> = parameters
        .iter()
        .map(|(n, v)| (encoded(n), encoded(v)))
        .collect();
    pairs.sort();
    let joined: Vec<String> = pairs.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let base = format!("GET&{}&{}", encoded(&url), encoded(&joined.join("&")));
    let key = format!("{}&", encoded(secret));
    let signature = if method == "HMAC-SHA1" {
        let mut mac = Hmac::<sha1::Sha1>::new_from_slice(key.as_bytes()).unwrap();
        mac.update(base.as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    } else {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).unwrap();
        mac.update(base.as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    };
    let mut header: Vec<String> = header_parameters
        .iter()
        .map(|(n, v)| format!("{n}=\"{}\"", encoded(v)))
        .collect();
    header.push(format!("oauth_signature=\"{}\"", encoded(&signature)));
    let header = format!("OAuth {}", header.join(", "));
    let query: Vec<String> = query
        .iter()
        .map(|(n, v)| format!("{}={}", encoded(n), encoded(v)))
        .collect();
    let url = format!("{url}?{}", query.join("&"));
    request(&url, "GET", &[("authorization", &header)], "")
        .unwrap()
        .status
}

fn oauth1(method: Option<SignatureMethod>) -> FakeSis {
    let auth = Auth::OAuth1(OAuth1 {
        key: "key&1".to_owned(),
        secret: "s e/cret".to_owned(),
        method,
    });
    serve(
        200,
        Behaviour {
            auth,
            ..Behaviour::default()
        },
    )
}

const QUERY: [(&str, &str); 3] = [
    ("filter", "status='active' AND role='student'"),
    ("limit", "5"),
    ("offset", "0"),
];

#[test]
fn oauth1_signatures_are_verified_over_the_query() {
    let sis = oauth1(None);
    assert_eq!(signed(&sis, &QUERY, "HMAC-SHA1", "s e/cret", "a"), 200);
    assert_eq!(signed(&sis, &QUERY, "HMAC-SHA256", "s e/cret", "b"), 200);
    assert_eq!(signed(&sis, &[], "HMAC-SHA256", "s e/cret", "c"), 200);
    assert_eq!(signed(&sis, &QUERY, "HMAC-SHA1", "wrong", "d"), 401);
    assert_eq!(signed(&sis, &QUERY, "PLAINTEXT", "s e/cret", "e"), 401);
    assert_eq!(get(&v1p2(&sis, "users")).status, 401);
}

#[test]
fn oauth1_refuses_a_nonce_twice_an_old_time_and_the_other_method() {
    let sis = oauth1(Some(SignatureMethod::HmacSha256));
    let now = jiff::Timestamp::now().as_second();
    let signed = |method, when| signed_at(&sis, &QUERY, method, "s e/cret", when);
    assert_eq!(signed("HMAC-SHA1", ("a", now)), 401);
    assert_eq!(signed("HMAC-SHA256", ("b", now)), 200);
    assert_eq!(signed("HMAC-SHA256", ("b", now)), 401);
    assert_eq!(signed("HMAC-SHA256", ("c", now)), 200);
    assert_eq!(signed("HMAC-SHA256", ("d", now - 3_600)), 401);
}
