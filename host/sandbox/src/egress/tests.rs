//! The way out against a real server on loopback.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::*;
use crate::connection::{Approval, ConnectionSettings, connect};
use crate::error::CallError;
use crate::limits::Limits;
use crate::manifest::{Manifest, Scheme};
use crate::observer::{Observer, RequestAudit};

mod answers;
mod auth;
mod echoes;
mod guests;
mod patience;

pub(super) type Body = BoxBody<Bytes, Infallible>;

/// What the server saw of a request.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) line: String,
    pub(super) headers: http::HeaderMap,
    pub(super) body: String,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }
}

/// A server that answers as a function tells it and remembers what it saw.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub(super) async fn streaming(
        answer: impl Fn(&Seen, usize) -> Response<Body> + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let server = Server {
            address,
            seen: seen.clone(),
        };
        let answer = Arc::new(answer);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, seen) = (answer.clone(), seen.clone());
                let serve = service_fn(move |request: Request<Incoming>| {
                    let (answer, seen) = (answer.clone(), seen.clone());
                    async move {
                        let (parts, body) = request.into_parts();
                        let body = body.collect().await.expect("a body").to_bytes();
                        let request = Seen {
                            line: format!("{} {}", parts.method, parts.uri),
                            headers: parts.headers,
                            body: String::from_utf8_lossy(&body).into_owned(),
                        };
                        let number = {
                            let mut seen = seen.lock().expect("no panic");
                            seen.push(request.clone());
                            seen.len()
                        };
                        Ok::<_, Infallible>(answer(&request, number))
                    }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), serve));
            }
        });
        server
    }

    /// A server whose answers are whole.
    pub(super) async fn start(
        answer: impl Fn(&Seen, usize) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Server {
        Server::streaming(move |seen, number| answer(seen, number).map(full)).await
    }

    /// A server with these answers, the last one for ever.
    pub(super) async fn with(answers: Vec<Response<Bytes>>) -> Server {
        Server::start(move |_, number| answers[number.min(answers.len()) - 1].clone()).await
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no panic").clone()
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn full(body: Bytes) -> Body {
    Full::new(body).boxed()
}

pub(super) fn answer(status: u16, body: impl Into<Bytes>) -> Response<Bytes> {
    Response::builder()
        .status(status)
        .body(body.into())
        .expect("a response")
}

/// Remembers audits.
#[derive(Default)]
pub(super) struct Audits(pub(super) Mutex<Vec<RequestAudit>>);

impl Observer for Audits {
    fn request(&self, audit: &RequestAudit) {
        self.0.lock().expect("no panic").push(audit.clone());
    }
}

/// A session's way out, and what a test wants to look at.
pub(super) struct Client {
    pub(super) session: Arc<SessionEgress>,
    pub(super) trace: Arc<CallTrace>,
    pub(super) audits: Arc<Audits>,
}

pub(super) struct Setup {
    pub(super) endpoint: String,
    pub(super) settings: ConnectionSettings,
    pub(super) limits: Limits,
    pub(super) config: EgressConfig,
}

const MANIFEST: &str = r#"
id = "x"
name = "X"
version = "1.0.0"
vendor = "V"
contract = "homeroom:sis@0.1.0"
[auth]
schemes = ["none", "bearer", "basic", "oauth1-hmac-sha1", "oauth2-client-credentials"]
default = "none"
[auth.oauth2]
token-urls = ["{endpoint-origin}/missing", "{endpoint-origin}/token"]
client-auth = ["basic", "body", "query"]
scopes = [{ values = ["wrong"] }, { values = ["right"] }]
[http]
hosts = ["{endpoint}", "{token-url}"]
methods = ["GET", "POST"]
[read]
collections = ["orgs"]
"#;

impl Setup {
    pub(super) fn new(server: &Server, scheme: Scheme) -> Setup {
        let retry = RetryPolicy {
            attempts: 4,
            first_wait: Duration::from_millis(1),
            longest_wait: Duration::from_secs(2),
            all_waits: Duration::from_secs(5),
        };
        Setup {
            endpoint: server.url(),
            settings: ConnectionSettings {
                integration: "north".into(),
                auth: Some(scheme),
                client_id: Some("id".into()),
                client_secret: Some("secret".into()),
                allow_private_network: true,
                allow_insecure_http: true,
                ..ConnectionSettings::default()
            },
            limits: Limits::default(),
            config: EgressConfig {
                retry,
                ..EgressConfig::default()
            },
        }
    }

    pub(super) fn client(self) -> Client {
        let egress = Egress::new(self.config.clone()).expect("an egress");
        self.client_of(&egress)
    }

    pub(super) fn client_of(self, egress: &Egress) -> Client {
        let manifest = Manifest::parse(MANIFEST).expect("a good manifest");
        let approval = Approval {
            digest: String::new(),
            hosts: manifest.http.hosts.clone(),
            methods: manifest.http.methods.clone(),
        };
        let settings = ConnectionSettings {
            endpoint: self.endpoint,
            ..self.settings
        };
        let connected = connect(&manifest, &approval, &settings).expect("a connection");
        let audits = Arc::new(Audits::default());
        let session = SessionEgress::new(SessionOptions {
            egress: egress.clone(),
            integration: settings.integration,
            grant: connected.grant,
            credentials: connected.credentials,
            pace: Pace {
                concurrency: 32,
                rate: None,
                patience: None,
            },
            observer: audits.clone(),
            limits: Arc::new(self.limits),
        });
        Client {
            session: Arc::new(session),
            trace: Arc::new(CallTrace::default()),
            audits,
        }
    }
}

impl Client {
    pub(super) async fn send(
        &self,
        method: Method,
        url: &str,
        body: &str,
    ) -> Result<Response<Bytes>, CallError> {
        let request = Request::builder().method(method).uri(url);
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        self.session
            .send(parts, Bytes::from(body.to_owned()), &self.trace)
            .await
    }

    pub(super) async fn get(&self, url: &str) -> Result<Response<Bytes>, CallError> {
        self.send(Method::GET, url, "").await
    }
}
