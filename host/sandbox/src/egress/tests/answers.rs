//! Answers of every kind: large, slow, compressed, broken, elsewhere.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use futures::future::BoxFuture;
use http_body_util::StreamBody;
use hyper::body::Frame;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::error::ErrorKind;

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).expect("memory");
    encoder.finish().expect("memory")
}

fn encoded(body: Vec<u8>) -> Response<Bytes> {
    Response::builder()
        .header("content-encoding", "gzip")
        .body(body.into())
        .expect("a response")
}

/// Answers every connection with raw bytes, each set with its own.
async fn raw_server(answers: Vec<Vec<u8>>) -> (Server, Arc<Mutex<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let count = Arc::new(Mutex::new(0));
    let counter = count.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let at = {
                let mut count = counter.lock().expect("no panic");
                *count += 1;
                (*count - 1).min(answers.len() - 1)
            };
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(&answers[at]).await;
            let _ = stream.shutdown().await;
        }
    });
    (
        Server {
            address,
            seen: Arc::default(),
        },
        count,
    )
}

#[tokio::test]
async fn gzip_is_decoded_and_no_longer_announced() {
    let server = Server::with(vec![encoded(gzip(b"{\"users\":[]}"))]).await;
    let client = Setup::new(&server, Scheme::None).client();
    let response = client
        .get(&format!("{}/users?limit=5", server.url()))
        .await
        .expect("an answer");
    assert_eq!(response.body(), "{\"users\":[]}");
    assert!(!response.headers().contains_key("content-encoding"));
    assert_eq!(response.headers()["content-length"], "12");
    let seen = server.seen();
    assert_eq!(seen[0].line, "GET /users?limit=5");
    assert_eq!(seen[0].header("accept-encoding"), Some("gzip"));
    assert_eq!(
        seen[0].header("host"),
        Some(server.address.to_string().as_str())
    );
    assert_eq!(seen[0].header("authorization"), None);
}

#[tokio::test]
async fn audits_hold_names_and_no_values() {
    let server = Server::with(vec![answer(200, "1234")]).await;
    let client = Setup::new(&server, Scheme::None).client();
    let url = format!("{}/users?filter=email%3D'a@b.c'&limit=1", server.url());
    client.get(&url).await.expect("an answer");
    let audits = client.audits.0.lock().expect("no panic");
    assert_eq!(audits[0].path, "/users?filter=&limit=");
    assert_eq!(audits[0].origin, server.url());
    assert_eq!(
        (audits[0].status, audits[0].bytes, audits[0].attempt),
        (Some(200), 4, 1)
    );
}

#[tokio::test]
async fn a_bomb_does_not_go_off() {
    let bomb = gzip(&vec![b' '; 32 * 1024 * 1024]);
    assert!(bomb.len() < 64 * 1024);
    let server = Server::with(vec![encoded(bomb)]).await;
    let client = Setup::new(&server, Scheme::None).client();
    let error = client.get(&server.url()).await.expect_err("a bomb");
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert!(error.detail().contains("bomb"), "{error}");
}

#[tokio::test]
async fn broken_gzip_is_malformed() {
    let mut body = gzip(b"{\"users\":[]}");
    body[12] ^= 0xff;
    let server = Server::with(vec![encoded(body)]).await;
    let client = Setup::new(&server, Scheme::None).client();
    let error = client.get(&server.url()).await.expect_err("broken");
    assert_eq!(error.kind(), ErrorKind::Malformed);
    let short = gzip(&vec![b'x'; 5000]);
    let server = Server::with(vec![encoded(short[..short.len() - 12].to_vec())]).await;
    let client = Setup::new(&server, Scheme::None).client();
    let error = client.get(&server.url()).await.expect_err("cut off");
    assert_eq!(error.kind(), ErrorKind::Malformed);
}

#[tokio::test]
async fn an_endless_body_ends() {
    let server = Server::streaming(|_, _| {
        let pieces = futures::stream::repeat_with(|| {
            Ok::<_, Infallible>(Frame::data(Bytes::from_static(&[b'x'; 16 * 1024])))
        });
        Response::new(BodyExt::boxed(StreamBody::new(SyncStream(Box::pin(
            pieces,
        )))))
    })
    .await;
    let mut setup = Setup::new(&server, Scheme::None);
    setup.limits.response_bytes = 1024 * 1024;
    let error = setup
        .client()
        .get(&server.url())
        .await
        .expect_err("endless");
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}

/// A stream that is only ever polled by one task.
struct SyncStream<S>(std::pin::Pin<Box<S>>);

impl<S: futures::Stream> futures::Stream for SyncStream<S> {
    type Item = S::Item;
    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<S::Item>> {
        self.0.as_mut().poll_next(cx)
    }
}

#[tokio::test]
async fn a_body_that_stops_is_given_up() {
    let server = Server::streaming(|_, _| {
        let first = futures::stream::once(async {
            Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"half")))
        });
        let never = futures::stream::pending();
        let body = StreamBody::new(SyncStream(Box::pin(futures::StreamExt::chain(
            first, never,
        ))));
        Response::new(BodyExt::boxed(body))
    })
    .await;
    let mut setup = Setup::new(&server, Scheme::None);
    setup.config.pause_time = Duration::from_millis(50);
    setup.config.retry.attempts = 2;
    let error = setup.client().get(&server.url()).await.expect_err("stuck");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.is_retryable());
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_body_costs_a_retry() {
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".to_vec();
    let whole = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123456789".to_vec();
    let (server, count) = raw_server(vec![half, Vec::new(), whole]).await;
    let client = Setup::new(&server, Scheme::None).client();
    let response = client.get(&server.url()).await.expect("an answer");
    assert_eq!(response.body(), "0123456789");
    assert_eq!(*count.lock().expect("no panic"), 3);
    assert_eq!(client.trace.stats().retries, 2);
}

#[tokio::test]
async fn what_is_not_http_is_malformed() {
    let (server, _) = raw_server(vec![b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()]).await;
    let error = Setup::new(&server, Scheme::None)
        .client()
        .get(&server.url())
        .await;
    assert_eq!(error.expect_err("no HTTP").kind(), ErrorKind::Malformed);
}

#[tokio::test]
async fn busy_servers_are_asked_again() {
    let busy = |status, after: &str| {
        let mut response = answer(status, "busy");
        response
            .headers_mut()
            .insert("retry-after", after.parse().expect("a value"));
        response
    };
    let date = httpdate::fmt_http_date(std::time::SystemTime::now());
    let server = Server::with(vec![
        busy(429, "0"),
        busy(503, &date),
        answer(502, ""),
        answer(200, "ok"),
    ])
    .await;
    let client = Setup::new(&server, Scheme::None).client();
    let response = client.get(&server.url()).await.expect("an answer");
    assert_eq!((response.status().as_u16(), server.seen().len()), (200, 4));
    let attempts: Vec<_> = client
        .audits
        .0
        .lock()
        .expect("no panic")
        .iter()
        .map(|a| (a.attempt, a.status))
        .collect();
    assert_eq!(
        attempts,
        [
            (1, Some(429)),
            (2, Some(503)),
            (3, Some(502)),
            (4, Some(200))
        ]
    );
}

#[tokio::test]
async fn a_server_that_stays_busy_has_the_last_word() {
    let server = Server::with(vec![answer(503, "later")]).await;
    let client = Setup::new(&server, Scheme::None).client();
    let response = client.get(&server.url()).await.expect("an answer");
    assert_eq!((response.status().as_u16(), server.seen().len()), (503, 4));

    let mut patient = answer(429, "");
    patient
        .headers_mut()
        .insert("retry-after", "3600".parse().expect("a value"));
    let server = Server::with(vec![patient]).await;
    let client = Setup::new(&server, Scheme::None).client();
    let response = client.get(&server.url()).await.expect("an answer");
    assert_eq!((response.status().as_u16(), server.seen().len()), (429, 1));
    assert_eq!(response.headers()["retry-after"], "3600");
}

#[tokio::test]
async fn what_may_change_something_is_sent_once() {
    let server = Server::with(vec![answer(503, "")]).await;
    let client = Setup::new(&server, Scheme::None).client();
    let response = client
        .send(Method::POST, &server.url(), "x")
        .await
        .expect("an answer");
    assert_eq!((response.status().as_u16(), server.seen().len()), (503, 1));
    assert_eq!(server.seen()[0].body, "x");
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let mut elsewhere = answer(302, "");
    elsewhere.headers_mut().insert(
        "location",
        "http://169.254.169.254/".parse().expect("a value"),
    );
    let server = Server::with(vec![elsewhere]).await;
    let client = Setup::new(&server, Scheme::Bearer).client();
    let response = client.get(&server.url()).await.expect("an answer");
    assert_eq!(response.status(), 302);
    assert_eq!(response.headers()["location"], "http://169.254.169.254/");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn foreign_hosts_and_private_addresses_are_not_dialled() {
    let server = Server::with(vec![answer(200, "")]).await;
    let client = Setup::new(&server, Scheme::None).client();
    let error = client
        .get("http://169.254.169.254/latest")
        .await
        .expect_err("foreign");
    assert_eq!(error.kind(), ErrorKind::Denied);
    let audit = client.audits.0.lock().expect("no panic")[0].clone();
    assert_eq!((audit.error, audit.status), (Some("denied"), None));

    let mut setup = Setup::new(&server, Scheme::None);
    setup.settings.allow_private_network = false;
    let error = setup
        .client()
        .get(&server.url())
        .await
        .expect_err("loopback");
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert!(
        error
            .remedy()
            .contains("integration edit north --allow-private-network"),
        "{error}"
    );
    assert!(server.seen().is_empty());
}

/// Knows one name, which leads to several places.
struct Names(Vec<SocketAddr>);

impl Resolve for Names {
    fn resolve(
        &self,
        _: String,
        port: u16,
    ) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>> {
        let mut all = self.0.clone();
        all.iter_mut()
            .filter(|a| a.port() == 0)
            .for_each(|a| a.set_port(port));
        Box::pin(async move { Ok(all) })
    }
}

#[tokio::test]
async fn one_bad_address_among_good_ones_is_enough() {
    let server = Server::with(vec![answer(200, "")]).await;
    for (addresses, private, expected) in [
        (vec!["8.8.8.8:0", "127.0.0.1:0"], false, ErrorKind::Denied),
        (vec!["[::ffff:169.254.169.254]:0"], true, ErrorKind::Denied),
        (vec![], true, ErrorKind::Unreachable),
    ] {
        let mut setup = Setup::new(&server, Scheme::None);
        setup.endpoint = "http://sis.example.org".into();
        setup.settings.allow_private_network = private;
        setup.config.retry.attempts = 1;
        let addresses = addresses
            .iter()
            .map(|a| a.parse().expect("an address"))
            .collect();
        setup.config.resolver = Arc::new(Names(addresses));
        let error = setup
            .client()
            .get("http://sis.example.org/")
            .await
            .expect_err("refused");
        assert_eq!(error.kind(), expected, "{error}");
    }
    let mut setup = Setup::new(&server, Scheme::None);
    setup.endpoint = "http://sis.example.org".into();
    setup.config.resolver = Arc::new(Names(vec![server.address]));
    let client = setup.client();
    assert!(client.get("http://sis.example.org/").await.is_ok());
    assert_eq!(server.seen()[0].header("host"), Some("sis.example.org"));
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let server = Server {
        address,
        seen: Arc::default(),
    };
    let error = Setup::new(&server, Scheme::None)
        .client()
        .get(&server.url())
        .await;
    let error = error.expect_err("nobody there");
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.detail().contains(&server.url()), "{error}");
}

#[tokio::test]
async fn plain_text_where_tls_should_be_is_a_tls_error() {
    let (server, _) = raw_server(vec![b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()]).await;
    let mut setup = Setup::new(&server, Scheme::None);
    setup.endpoint = format!("https://{}", server.address);
    let error = setup
        .client()
        .get(&format!("https://{}/", server.address))
        .await;
    assert_eq!(error.expect_err("no TLS").kind(), ErrorKind::Tls);
}

#[tokio::test]
async fn a_run_may_read_so_much_and_no_more() {
    let server = Server::with(vec![answer(200, vec![b'x'; 600])]).await;
    let mut setup = Setup::new(&server, Scheme::None);
    setup.limits.run_response_bytes = 1000;
    let client = setup.client();
    assert!(client.get(&server.url()).await.is_ok());
    let error = client.get(&server.url()).await.expect_err("too much");
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}

#[tokio::test]
async fn a_request_ends_in_time_and_is_on_record() {
    let server = Server::streaming(|_, _| {
        let never = futures::stream::pending::<Result<Frame<Bytes>, Infallible>>();
        Response::new(BodyExt::boxed(StreamBody::new(SyncStream(Box::pin(never)))))
    })
    .await;
    let mut setup = Setup::new(&server, Scheme::None);
    setup.limits.request_time = Duration::from_millis(100);
    let client = setup.client();
    let error = client.get(&server.url()).await.expect_err("too slow");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.detail().contains("127.0.0.1"), "{error}");
    let audits = client.audits.0.lock().expect("no panic");
    let seen: Vec<_> = audits.iter().map(|a| (a.status, a.error)).collect();
    assert_eq!(seen, [(Some(200), Some("cancelled"))]);
}
