//! Credentials that a server sends back, and where tokens come from.

use std::pin::Pin;

use http::HeaderMap;
use wasmtime_wasi_http::{WasiBody, WasiHttpHooks};

use super::*;
use crate::egress::pace::Waits;
use crate::error::ErrorKind;

const SECRET: &str = "a-long/secret";

fn setup(server: &Server, scheme: Scheme) -> Setup {
    let mut setup = Setup::new(server, scheme);
    setup.settings.client_secret = Some(SECRET.into());
    setup
}

/// Repeats the `Authorization` it got in a header, in its body, and its body in
/// pieces in which the secret is cut in two.
fn echoing(seen: &Seen) -> Response<Body> {
    let given = seen.header("authorization").unwrap_or_default().to_owned();
    let body = format!("{{\"you\":\"{given}\",\"know\":\"{SECRET}\",\"rest\":\"good\"}}");
    let pieces: Vec<_> = body
        .into_bytes()
        .chunks(3)
        .map(Bytes::copy_from_slice)
        .collect();
    let pieces = pieces
        .into_iter()
        .map(|piece| Ok(http_body::Frame::data(piece)));
    let body = http_body_util::StreamBody::new(futures::stream::iter(pieces));
    Response::builder()
        .header("x-debug", given.replace('\n', " "))
        .header("set-cookie", "session=1")
        .header("authorization", "mine")
        .header("etag", "kept")
        .body(BodyExt::boxed(body))
        .expect("a response")
}

/// What a guest gets of an answer.
async fn as_a_guest(client: &Client, url: &str) -> (HeaderMap, String) {
    let mut hooks = Hooks::new(
        client.session.clone(),
        client.trace.clone(),
        &Limits::default(),
    );
    let body: WasiBody = Full::new(Bytes::new())
        .map_err(|never| match never {})
        .boxed_unsync();
    let request = Request::builder().uri(url).body(body).expect("a request");
    let answer = hooks.send_request(request, None, Box::new(async { Ok(()) }));
    let (response, _) = Pin::from(answer).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    (parts.headers, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn an_echo_is_masked_told_and_audited_with_every_scheme() {
    let server = Server::streaming(|seen, _| {
        if seen.line.starts_with("POST") {
            let token = "{\"access_token\":\"the-token-of-today\"}";
            return Response::new(full(token.into()));
        }
        echoing(seen)
    })
    .await;
    for scheme in [
        Scheme::Bearer,
        Scheme::Basic,
        Scheme::OAuth1HmacSha1,
        Scheme::OAuth2ClientCredentials,
    ] {
        let client = setup(&server, scheme).client();
        let (headers, body) = as_a_guest(&client, &server.url()).await;
        let sent = server.seen().pop().expect("a request");
        let sent = sent.header("authorization").expect("signed").to_owned();
        let told = format!("{headers:?} {body}");
        for credential in [SECRET, "the-token-of-today"] {
            assert!(!told.contains(credential), "{scheme}: {told}");
        }
        // What stands behind the scheme's name; of OAuth 1.0 the signature.
        let credential = match sent.split_once("oauth_signature=\"") {
            Some((_, signature)) => signature.trim_end_matches('"'),
            None => sent.split_once(' ').expect("two words").1,
        };
        assert!(!told.contains(credential), "{scheme}: {told}");
        assert!(body.ends_with("\"rest\":\"good\"}"), "{body}");
        let echo = client.trace.echo().expect("it is told");
        assert!(
            echo.starts_with("The answer to `GET http://127.0.0.1:"),
            "{echo}"
        );
        let audits = client.audits.0.lock().expect("no panic");
        let audit = audits.last().expect("an attempt");
        assert_eq!(audit.error, Some("credential-echo"));
        assert_eq!(audit.status, Some(200));
    }
}

#[tokio::test]
async fn an_honest_answer_is_neither_changed_nor_told() {
    let server = Server::with(vec![answer(200, "a-long, secret")]).await;
    let client = setup(&server, Scheme::Bearer).client();
    let (_, body) = as_a_guest(&client, &server.url()).await;
    assert_eq!(body, "a-long, secret");
    assert_eq!(client.trace.echo(), None);
    assert_eq!(client.audits.0.lock().expect("no panic")[0].error, None);
}

#[tokio::test]
async fn headers_of_the_host_are_taken_out_of_answers() {
    let server = Server::streaming(|seen, _| echoing(seen)).await;
    let client = setup(&server, Scheme::None).client();
    let (headers, _) = as_a_guest(&client, &server.url()).await;
    assert!(!headers.contains_key("set-cookie"));
    assert!(!headers.contains_key("authorization"));
    assert_eq!(headers["etag"], "kept");
}

#[tokio::test]
async fn an_adapter_does_not_get_at_the_token_url() {
    let server = Server::with(vec![answer(200, "{\"access_token\":\"t\"}")]).await;
    let client = setup(&server, Scheme::OAuth2ClientCredentials).client();
    for path in ["/token", "/%74oken", "//Token/", "/token?x=1", "/missing"] {
        let url = format!("{}{path}", server.url());
        let error = client.send(Method::POST, &url, "").await.expect_err(path);
        assert_eq!(error.kind(), ErrorKind::Denied, "{path}");
        assert!(error.detail().contains("issues tokens"), "{error}");
    }
    assert!(server.seen().is_empty());
    assert!(
        client
            .get(&format!("{}/tokens", server.url()))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn credentials_go_to_the_endpoints_origin_alone() {
    let server = Server::with(vec![answer(200, "")]).await;
    for scheme in [Scheme::Bearer, Scheme::Basic, Scheme::OAuth1HmacSha1] {
        let client = setup(&server, scheme).client();
        let endpoint = server.url();
        let elsewhere = [
            endpoint.replace("http://", "https://"),
            format!("http://localhost:{}", server.address.port()),
            "http://127.0.0.1:1".to_owned(),
        ];
        for (url, signed) in [(endpoint, true)]
            .into_iter()
            .chain(elsewhere.into_iter().map(|url| (url, false)))
        {
            let waits = Waits::default();
            let mut outgoing = client::Outgoing {
                method: Method::GET,
                origin: Origin::parse(&url).expect("an origin"),
                uri: url.parse().expect("a URI"),
                headers: HeaderMap::new(),
                body: Bytes::new(),
                token: false,
            };
            let token = client.session.token(&outgoing, None, &waits).await;
            let bearer = token.expect("a token");
            client
                .session
                .sign(&mut outgoing, bearer.as_ref())
                .expect("signable");
            assert_eq!(
                outgoing.headers.contains_key("authorization"),
                signed,
                "{scheme} {url}"
            );
        }
    }
}

#[tokio::test]
async fn a_refusal_that_repeats_the_secret_in_another_spelling_is_cut() {
    let server = Server::start(|seen, _| {
        let given = seen.header("authorization").unwrap_or("none").to_owned();
        let shown = format!("{}{}", seen.line, seen.body);
        let said = match shown.split_once("client_secret=") {
            Some((_, secret)) => secret.split('&').next().unwrap_or_default().to_owned(),
            None => given,
        };
        answer(
            401,
            format!("{{\"error\":\"invalid_client\",\"error_description\":\"you sent {said}\"}}"),
        )
    })
    .await;
    let client = setup(&server, Scheme::OAuth2ClientCredentials).client();
    let error = client.get(&server.url()).await.expect_err("refused");
    let told = format!("{error} {error:?}");
    assert!(told.contains("it repeats a credential"), "{told}");
    for credential in [SECRET, "a-long%2Fsecret", "aWQ6"] {
        assert!(!told.contains(credential), "{told}");
    }
}

#[test]
fn printing_credentials_for_debugging_does_not_show_them() {
    use crate::egress::{Credentials, OAuth1Method, OAuth2};
    let secret = || secrecy::SecretString::from(SECRET);
    let oauth2 = OAuth2 {
        token_urls: Vec::new(),
        client_id: "id".into(),
        client_secret: secret(),
        scopes: vec![None],
        scopes_of: Default::default(),
        client_auth: Vec::new(),
        parameters: Default::default(),
        cookie: false,
    };
    let settings = ConnectionSettings {
        client_secret: Some(secret()),
        ..ConnectionSettings::default()
    };
    let mut told = format!("{settings:?} {settings:#?}");
    for credentials in [
        Credentials::Bearer(secret()),
        Credentials::Basic {
            user: "id".into(),
            password: secret(),
        },
        Credentials::OAuth2(oauth2),
        Credentials::OAuth1 {
            key: "id".into(),
            secret: secret(),
            method: OAuth1Method::HmacSha1,
        },
    ] {
        told.push_str(&format!("{credentials:?} {credentials:#?}"));
    }
    assert!(told.contains("REDACTED"), "{told}");
    assert!(!told.contains(SECRET), "{told}");
}
