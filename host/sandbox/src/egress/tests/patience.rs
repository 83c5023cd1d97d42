//! Servers that want to be left alone for a while.

use super::*;
use crate::error::ErrorKind;

fn busy(status: u16, after: Option<&str>) -> Response<Bytes> {
    let mut response = answer(status, "busy");
    if let Some(after) = after {
        let after = after.parse().expect("a value");
        response.headers_mut().insert("retry-after", after);
    }
    response
}

fn statuses(client: &Client) -> Vec<Option<u16>> {
    let audits = client.audits.0.lock().expect("no panic");
    audits.iter().map(|audit| audit.status).collect()
}

#[tokio::test]
async fn patience_is_no_failed_attempt() {
    for (status, after) in [(429, None), (429, Some("0")), (503, Some("0"))] {
        let mut answers = vec![busy(status, after); 7];
        answers.push(answer(200, "ok"));
        let server = Server::with(answers).await;
        // Four attempts are all that a server gets that fails.
        let client = Setup::new(&server, Scheme::None).client();
        let response = client.get(&server.url()).await.expect("an answer");
        assert_eq!((response.status().as_u16(), server.seen().len()), (200, 8));
    }
    // A 503 that does not say when is a failure.
    let server = Server::with(vec![busy(503, None)]).await;
    let client = Setup::new(&server, Scheme::None).client();
    let response = client.get(&server.url()).await.expect("an answer");
    assert_eq!((response.status().as_u16(), server.seen().len()), (503, 4));
}

#[tokio::test]
async fn failures_after_patience_have_all_their_attempts() {
    let mut answers = vec![busy(429, Some("0")); 3];
    answers.extend(vec![answer(502, ""); 3]);
    answers.push(answer(200, "ok"));
    let server = Server::with(answers).await;
    let client = Setup::new(&server, Scheme::None).client();
    let response = client.get(&server.url()).await.expect("an answer");
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(server.seen().len(), 7);
}

#[tokio::test]
async fn patience_ends_and_the_reason_is_told() {
    let server = Server::with(vec![busy(429, None)]).await;
    let mut setup = Setup::new(&server, Scheme::None);
    setup.limits.wait_time = Duration::from_millis(100);
    let client = setup.client();
    let response = client.get(&server.url()).await.expect("an answer");
    assert_eq!(response.status().as_u16(), 429);
    assert!(server.seen().len() > 2, "it was asked again");
    let told = client.trace.patience_over().expect("a reason");
    assert_eq!(told.kind(), ErrorKind::RateLimited);
    assert!(told.detail().contains(&server.url()), "{told}");
}

#[tokio::test]
async fn waiting_is_not_the_requests_time() {
    let server = Server::with(vec![busy(429, Some("1")), answer(200, "ok")]).await;
    let mut setup = Setup::new(&server, Scheme::None);
    setup.limits.request_time = Duration::from_millis(600);
    let client = setup.client();
    let response = client.get(&server.url()).await.expect("an answer");
    assert_eq!(response.status().as_u16(), 200);
    assert!(client.trace.stats().longest_wait > Duration::from_millis(600));
}

#[tokio::test]
async fn a_pause_is_everybodys_and_a_refusal_of_hours_is_not() {
    let server = Server::with(vec![busy(429, Some("600"))]).await;
    let setup = || {
        let mut setup = Setup::new(&server, Scheme::None);
        setup.limits.wait_time = Duration::from_secs(900);
        setup
    };
    let egress = Egress::new(setup().config).expect("an egress");
    let first = setup().client_of(&egress);
    let waits = tokio::time::timeout(Duration::from_millis(200), first.get(&server.url())).await;
    assert!(waits.is_err(), "it waits");
    assert_eq!(statuses(&first), [Some(429)]);
    // Somebody with less patience does not even ask.
    let mut other = setup();
    other.limits.wait_time = Duration::from_secs(1);
    let other = other.client_of(&egress);
    let error = other.get(&server.url()).await.expect_err("a pause");
    assert_eq!(error.kind(), ErrorKind::RateLimited, "{error}");
    assert_eq!(statuses(&other), []);

    let server = Server::with(vec![busy(429, Some("36000")), answer(200, "ok")]).await;
    let setup = Setup::new(&server, Scheme::None);
    let egress = Egress::new(setup.config.clone()).expect("an egress");
    let first = setup.client_of(&egress);
    let response = first.get(&server.url()).await.expect("an answer");
    assert_eq!(response.status().as_u16(), 429);
    let other = Setup::new(&server, Scheme::None).client_of(&egress);
    let response = other.get(&server.url()).await.expect("an answer");
    assert_eq!(response.status().as_u16(), 200);
}

#[tokio::test]
async fn a_token_endpoint_that_wants_patience_refuses_nobody() {
    let token = r#"{"access_token":"t0ken","token_type":"bearer"}"#;
    let answers = |times: usize| {
        move |seen: &Seen, number: usize| match seen.line.starts_with("POST") {
            true if number <= times => busy(429, None),
            true => answer(200, token),
            false => answer(200, "ok"),
        }
    };
    let server = Server::start(answers(6)).await;
    let mut setup = Setup::new(&server, Scheme::OAuth2ClientCredentials);
    setup.settings.token_url = Some(format!("{}/token", server.url()));
    let response = setup.client().get(&server.url()).await.expect("an answer");
    assert_eq!(response.status().as_u16(), 200);

    let server = Server::start(answers(usize::MAX)).await;
    let mut setup = Setup::new(&server, Scheme::OAuth2ClientCredentials);
    setup.settings.token_url = Some(format!("{}/token", server.url()));
    setup.limits.wait_time = Duration::from_millis(50);
    let error = setup.client().get(&server.url()).await;
    let error = error.expect_err("no token");
    assert_eq!(error.kind(), ErrorKind::RateLimited, "{error}");
}
