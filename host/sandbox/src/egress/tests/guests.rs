//! The choke point as `wasi:http` calls it.

use std::pin::Pin;

use http::Uri;
use http_body_util::Empty;
use wasmtime_wasi_http::{Error, WasiBody, WasiHttpHooks};

use super::*;
use crate::error::ErrorKind;

struct Guest {
    hooks: Hooks,
    client: Client,
}

/// Limits that a test can reach.
fn small(requests_per_call: u32) -> Limits {
    Limits {
        request_bytes: 16,
        requests_per_call,
        ..Limits::default()
    }
}

fn guest(server: &Server, requests: u32) -> Guest {
    let client = Setup::new(server, Scheme::Bearer).client();
    let hooks = Hooks::new(
        client.session.clone(),
        client.trace.clone(),
        &small(requests),
    );
    Guest { hooks, client }
}

impl Guest {
    async fn ask(
        &mut self,
        method: Method,
        uri: &str,
        body: &str,
    ) -> Result<Response<WasiBody>, Error> {
        let body: WasiBody = Full::new(Bytes::from(body.to_owned()))
            .map_err(|never| match never {})
            .boxed_unsync();
        let uri: Uri = uri.parse().expect("a URI");
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .body(body)
            .expect("a request");
        let answer = self
            .hooks
            .send_request(request, None, Box::new(async { Ok(()) }));
        assert!(
            self.client.trace.under_way(),
            "it is under way before anyone polls it"
        );
        Pin::from(answer).await.map(|(response, _)| response)
    }

    async fn get(&mut self, uri: &str) -> Result<Response<WasiBody>, Error> {
        self.ask(Method::GET, uri, "").await
    }
}

#[tokio::test]
async fn an_answer_comes_in_one_piece() {
    let server = Server::with(vec![answer(200, vec![b'x'; 300_000])]).await;
    let mut guest = guest(&server, 10);
    let response = guest.get(&server.url()).await.expect("an answer");
    let mut body = response.into_body();
    let frame = body
        .frame()
        .await
        .expect("a frame")
        .expect("good")
        .into_data()
        .expect("data");
    assert_eq!(frame.len(), 300_000);
    assert!(body.frame().await.is_none());
    assert!(!guest.client.trace.under_way());
    let stats = guest.client.trace.stats();
    assert_eq!((stats.requests, stats.bytes_in), (1, 300_000));
    assert!(!stats.http.is_zero());
}

#[tokio::test]
async fn a_denial_is_remembered_in_the_hosts_words() {
    let server = Server::with(vec![answer(200, "")]).await;
    let mut guest = guest(&server, 10);
    let error = guest
        .get("http://169.254.169.254/latest/meta-data")
        .await
        .expect_err("refused");
    assert!(matches!(error, Error::HttpRequestDenied));
    let error = guest
        .ask(Method::DELETE, &server.url(), "")
        .await
        .expect_err("refused");
    assert!(matches!(error, Error::HttpRequestDenied));
    let denial = guest.client.trace.denial().expect("remembered");
    assert_eq!(denial.kind(), ErrorKind::Denied);
    assert!(
        denial.detail().contains("http://169.254.169.254"),
        "{denial}"
    );
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_call_has_so_many_requests() {
    let server = Server::with(vec![answer(200, "")]).await;
    let mut guest = guest(&server, 2);
    assert!(guest.get(&server.url()).await.is_ok());
    assert!(guest.get(&server.url()).await.is_ok());
    assert!(guest.get(&server.url()).await.is_err());
    let failure = guest.client.trace.failure().expect("remembered");
    assert_eq!(failure.kind(), ErrorKind::LimitExceeded);
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_request_has_its_size() {
    let server = Server::with(vec![answer(200, "")]).await;
    let mut guest = guest(&server, 10);
    assert!(
        guest
            .ask(Method::POST, &server.url(), "0123456789abcdef")
            .await
            .is_ok()
    );
    assert!(
        guest
            .ask(Method::POST, &server.url(), "0123456789abcdef0")
            .await
            .is_err()
    );
    assert_eq!(
        guest.client.trace.failure().map(|e| e.kind()),
        Some(ErrorKind::LimitExceeded)
    );
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn the_guests_own_host_header_is_not_sent() {
    let server = Server::with(vec![answer(200, "")]).await;
    let client = Setup::new(&server, Scheme::None).client();
    let mut hooks = Hooks::new(client.session.clone(), client.trace.clone(), &small(10));
    assert!(!hooks.set_host_header());
    let body: WasiBody = Empty::new().map_err(|never| match never {}).boxed_unsync();
    let request = Request::builder()
        .uri(server.url())
        .header("host", "evil.example.net")
        .header("authorization", "Bearer stolen")
        .header("content-length", "7")
        .header("x-vendor", "kept")
        .body(body)
        .expect("a request");
    let answer = hooks.send_request(request, None, Box::new(async { Ok(()) }));
    assert!(Pin::from(answer).await.is_ok());
    let seen = server.seen();
    assert_eq!(
        seen[0].header("host"),
        Some(server.address.to_string().as_str())
    );
    assert_eq!(seen[0].header("authorization"), None);
    assert_eq!(seen[0].header("x-vendor"), Some("kept"));
}
