//! Credentials: added by the host, for the endpoint, and renewed when a server
//! refuses them.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::error::ErrorKind;

/// `Basic aWQ6c2VjcmV0` is `id:secret`.
const BASIC: &str = "Basic aWQ6c2VjcmV0";

fn json(status: u16, body: &str) -> Response<Bytes> {
    let mut response = answer(status, body.to_owned());
    response
        .headers_mut()
        .insert("content-type", "application/json".parse().expect("a value"));
    response
}

/// A token server at `/token` with a data server beside it that knows which
/// token is good.
fn oauth(
    good: Arc<AtomicUsize>,
    token: impl Fn(&Seen) -> Option<Response<Bytes>> + Send + Sync + 'static,
) -> impl Fn(&Seen, usize) -> Response<Bytes> + Send + Sync + 'static {
    move |seen, _| {
        if seen.line == "POST /missing" {
            return answer(404, "<html>no</html>");
        }
        if seen.line.starts_with("POST /token") {
            if let Some(refusal) = token(seen) {
                return refusal;
            }
            let number = good.fetch_add(1, Ordering::SeqCst) + 1;
            return json(
                200,
                &format!(
                    "{{\"access_token\":\"t{number}\",\"token_type\":\"Bearer\",\"expires_in\":\"3600\"}}"
                ),
            );
        }
        let wanted = format!("Bearer t{}", good.load(Ordering::SeqCst));
        if seen.header("authorization") == Some(&wanted) {
            answer(200, "data")
        } else {
            answer(401, "no")
        }
    }
}

fn lines(server: &Server) -> Vec<String> {
    server.seen().into_iter().map(|s| s.line).collect()
}

#[tokio::test]
async fn fixed_credentials_are_added() {
    let server = Server::with(vec![answer(200, "")]).await;
    Setup::new(&server, Scheme::Bearer)
        .client()
        .get(&server.url())
        .await
        .expect("an answer");
    Setup::new(&server, Scheme::Basic)
        .client()
        .get(&server.url())
        .await
        .expect("an answer");
    let seen = server.seen();
    assert_eq!(seen[0].header("authorization"), Some("Bearer secret"));
    assert_eq!(seen[1].header("authorization"), Some(BASIC));
}

#[tokio::test]
async fn oauth1_signs_every_request_anew() {
    let server = Server::with(vec![answer(503, ""), answer(200, "")]).await;
    let client = Setup::new(&server, Scheme::OAuth1HmacSha1).client();
    client
        .get(&format!("{}/users?limit=1", server.url()))
        .await
        .expect("an answer");
    let seen = server.seen();
    let signed: Vec<_> = seen
        .iter()
        .map(|s| s.header("authorization").expect("signed"))
        .collect();
    assert!(
        signed[0].starts_with("OAuth oauth_consumer_key=\"id\""),
        "{}",
        signed[0]
    );
    assert!(!signed[0].contains("secret"));
    assert_ne!(signed[0], signed[1]);
    let bad = client
        .get(&format!("{}/users?oauth_nonce=1", server.url()))
        .await;
    assert_eq!(bad.expect_err("refused").kind(), ErrorKind::Denied);
}

#[tokio::test]
async fn a_token_is_found_by_trying_and_kept() {
    let server = Server::start(oauth(Arc::default(), |seen| {
        if seen.body.contains("scope=wrong") {
            return Some(json(400, "{\"error\":\"invalid_scope\"}"));
        }
        // This server wants the client's credentials in the body.
        if seen.header("authorization").is_some() {
            return Some(json(401, "{\"error\":\"invalid_client\"}"));
        }
        None
    }))
    .await;
    let egress = Egress::new(Setup::new(&server, Scheme::None).config).expect("an egress");
    let setup = || Setup::new(&server, Scheme::OAuth2ClientCredentials);
    let client = setup().client_of(&egress);
    let url = format!("{}/users", server.url());
    assert_eq!(client.get(&url).await.expect("an answer").body(), "data");
    assert_eq!(client.get(&url).await.expect("an answer").body(), "data");
    let seen = server.seen();
    assert_eq!(
        lines(&server)[..5],
        [
            "POST /missing",
            "POST /token",
            "POST /token",
            "POST /token",
            "GET /users"
        ]
    );
    assert_eq!(seen[1].header("authorization"), Some(BASIC));
    assert!(
        seen[3].body.contains("grant_type=client_credentials"),
        "{}",
        seen[3].body
    );
    assert!(
        seen[3].body.contains("client_id=id&client_secret=secret"),
        "{}",
        seen[3].body
    );
    assert!(seen[3].body.contains("scope=right"), "{}", seen[3].body);
    // Another session of the integration has the token already.
    assert!(setup().client_of(&egress).get(&url).await.is_ok());
    assert_eq!(lines(&server).len(), 7);
    let audits = client.audits.0.lock().expect("no panic");
    assert!(
        audits
            .iter()
            .filter(|a| a.token)
            .all(|a| a.path == "/missing" || a.path == "/token")
    );
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_for_all_who_wait() {
    let good = Arc::new(AtomicUsize::new(0));
    let server = Server::start(oauth(good.clone(), |_| None)).await;
    let client = Arc::new(Setup::new(&server, Scheme::OAuth2ClientCredentials).client());
    let url = format!("{}/users", server.url());
    client.get(&url).await.expect("an answer");
    // The server forgets the token.
    good.fetch_add(1, Ordering::SeqCst);
    let many = (0..8).map(|_| {
        let (client, url) = (client.clone(), url.clone());
        async move { client.get(&url).await }
    });
    for result in futures::future::join_all(many).await {
        assert_eq!(result.expect("an answer").body(), "data");
    }
    let tokens = lines(&server)
        .iter()
        .filter(|l| *l == "POST /token")
        .count();
    assert_eq!(tokens, 2);
}

#[tokio::test]
async fn a_server_that_refuses_every_token_is_asked_twice() {
    let server = Server::start(|seen, _| {
        if seen.line.starts_with("POST") {
            json(200, "{\"access_token\":\"t\"}")
        } else {
            answer(401, "never")
        }
    })
    .await;
    let client = Setup::new(&server, Scheme::OAuth2ClientCredentials).client();
    let response = client
        .get(&format!("{}/users", server.url()))
        .await
        .expect("an answer");
    assert_eq!(response.status(), 401);
    assert_eq!(
        lines(&server),
        ["POST /missing", "GET /users", "POST /missing", "GET /users"]
    );
}

#[tokio::test]
async fn a_refusal_is_told_and_not_repeated_for_everyone() {
    let server = Server::start(|_, _| {
        json(
            401,
            "{\"error\":\"invalid_client\",\"error_description\":\"unknown\\nclient secret\"}",
        )
    })
    .await;
    let client = Setup::new(&server, Scheme::OAuth2ClientCredentials).client();
    let url = format!("{}/users", server.url());
    let error = client.get(&url).await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::TokenRefused);
    assert!(
        error
            .detail()
            .contains("invalid_client: it repeats a credential"),
        "{error}"
    );
    assert!(!error.is_retryable());
    let asked = server.seen().len();
    assert_eq!(asked, 3, "basic, body, query");
    assert!(client.get(&url).await.is_err());
    assert_eq!(server.seen().len(), asked);
}

#[tokio::test]
async fn odd_secrets_are_tried_encoded_and_plain() {
    let server = Server::start(|seen, _| match seen.line.as_str() {
        // `id:a+b/c=` as it is.
        "POST /missing" if seen.header("authorization") == Some("Basic aWQ6YStiL2M9") => {
            json(200, "{\"access_token\":\"t\",\"expires_in\":60}")
        }
        "POST /missing" => json(401, "{\"error\":\"invalid_client\"}"),
        _ => answer(200, "data"),
    })
    .await;
    let mut setup = Setup::new(&server, Scheme::OAuth2ClientCredentials);
    setup.settings.client_secret = Some("a+b/c=".into());
    assert!(setup.client().get(&server.url()).await.is_ok());
    // `id:a%2Bb%2Fc%3D`, as the standard says, was first.
    assert_eq!(
        server.seen()[0].header("authorization"),
        Some("Basic aWQ6YSUyQmIlMkZjJTNE")
    );
}

#[tokio::test]
async fn a_busy_token_server_is_asked_again() {
    let server = Server::start(|seen, number| match (seen.line.as_str(), number) {
        ("POST /missing", 1) => answer(503, ""),
        ("POST /missing", _) => json(200, "{\"access_token\":\"t\"}"),
        _ => answer(200, "data"),
    })
    .await;
    let client = Setup::new(&server, Scheme::OAuth2ClientCredentials).client();
    assert!(client.get(&server.url()).await.is_ok());
}

#[tokio::test]
async fn bad_credentials_are_not_shown_again_and_again() {
    let server = Server::with(vec![answer(401, "no")]).await;
    let client = Setup::new(&server, Scheme::Bearer).client();
    for _ in 0..3 {
        let response = client.get(&server.url()).await.expect("an answer");
        assert_eq!(response.status(), 401);
    }
    let error = client.get(&server.url()).await.expect_err("enough");
    assert_eq!(error.kind(), ErrorKind::Unauthorised);
    assert_eq!(server.seen().len(), 3);

    // One collection that is out of reach is no reason to stop.
    let server = Server::with(vec![answer(200, "yes"), answer(401, "no")]).await;
    let client = Setup::new(&server, Scheme::Bearer).client();
    for _ in 0..5 {
        assert!(client.get(&server.url()).await.is_ok());
    }
    assert_eq!(server.seen().len(), 5);
}
