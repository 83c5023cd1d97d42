//! Names that lead where nobody should go: to private and metadata addresses,
//! in every disguise, or to another place the second time.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use homeroom_sandbox::{EgressConfig, ErrorKind, NoObserver, Resolve};
use hostile::Server;

use crate::ask::Ask;
use crate::guest::orgs;
use crate::host::{Host, hasty, limits};

/// Answers each question with the next of its answers, the last one for ever.
struct Names {
    answers: Vec<Vec<SocketAddr>>,
    asked: AtomicUsize,
    names: Mutex<Vec<String>>,
}

impl Names {
    fn new(answers: Vec<Vec<SocketAddr>>) -> Arc<Names> {
        Arc::new(Names {
            answers,
            asked: AtomicUsize::new(0),
            names: Mutex::default(),
        })
    }
}

struct Shared(Arc<Names>);

impl Resolve for Shared {
    fn resolve(&self, host: String, _: u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        let names = &self.0;
        names.names.lock().expect("no panic").push(host);
        let at = names.asked.fetch_add(1, Ordering::Relaxed);
        let answer = names.answers[at.min(names.answers.len() - 1)].clone();
        Box::pin(async move { Ok(answer) })
    }
}

fn config(names: &Arc<Names>) -> EgressConfig {
    EgressConfig {
        resolver: Arc::new(Shared(names.clone())),
        ..hasty()
    }
}

const NAME: &str = "sis.example.org";

fn guest(times: u32) -> Vec<u8> {
    Ask {
        authority: NAME,
        times,
        ..Ask::default()
    }
    .component()
}

/// Whether the operator allowed private addresses or not, these are nobody's.
const NEVER: [&str; 14] = [
    "169.254.169.254",
    "169.254.170.2",
    "100.100.100.200",
    "168.63.129.16",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "fd00:ec2::254",
    "fe80::1",
    "ff02::1",
    "::",
];

/// Only where the operator said so.
const PRIVATE: [&str; 9] = [
    "127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "::1",
    "fc00::1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
];

#[tokio::test]
async fn a_name_that_leads_inside_is_not_followed() {
    let server = Server::json("{}");
    let port = server.address().port();
    let guest = guest(1);
    let public: SocketAddr = "8.8.8.8:80".parse().expect("an address");
    for (text, private) in NEVER
        .iter()
        .flat_map(|a| [(a, false), (a, true)])
        .chain(PRIVATE.iter().map(|a| (a, false)))
    {
        let ip: IpAddr = text.parse().expect("an address");
        let bad = SocketAddr::new(ip, port);
        // Also behind a good one.
        for answer in [vec![bad], vec![public, bad]] {
            let host = Host::new(limits(), config(&Names::new(vec![answer])));
            let session = host.session(
                &guest,
                &format!("http://{NAME}"),
                private,
                Arc::new(NoObserver),
            );
            let error = session.read(&orgs()).await.expect_err(text);
            assert_eq!(error.kind(), ErrorKind::Denied, "{text}: {error}");
            assert!(error.detail().contains(NAME), "{text}: {error}");
            assert_eq!(session.totals().retries, 0, "{text}: no second try");
        }
    }
    assert!(server.seen().is_empty());
}

/// The first answer is good, every later one is not: each connection goes to an
/// address that was looked at, and no look-up stands between look and dial.
#[tokio::test]
async fn a_name_that_changes_its_answer_gains_nothing() {
    // Closes each connection, so that each request needs a new one.
    let server = Server::start(|exchange| {
        exchange.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
        hostile::Next::Close
    });
    let metadata: SocketAddr = "169.254.169.254:80".parse().expect("an address");
    let names = Names::new(vec![vec![server.address()], vec![metadata]]);
    let host = Host::new(limits(), config(&names));
    let guest = guest(2);
    let session = host.session(
        &guest,
        &format!("http://{NAME}"),
        true,
        Arc::new(NoObserver),
    );
    let error = session.read(&orgs()).await.expect_err("rebound");
    assert_eq!(error.kind(), ErrorKind::Denied, "{error}");
    assert!(error.detail().contains("metadata"), "{error}");
    assert_eq!(
        server.seen().len(),
        1,
        "the first request went where it should"
    );
    let asked = names.names.lock().expect("no panic").clone();
    assert_eq!(asked, [NAME, NAME], "one look-up for each connection");
    host.neighbour_is_well("after a name that moved").await;
}

/// A name is data: asking for one tells its server something. Only names that
/// policy allows are looked up at all.
#[tokio::test]
async fn a_foreign_name_is_not_even_looked_up() {
    let names = Names::new(vec![vec!["8.8.8.8:80".parse().expect("an address")]]);
    let host = Host::new(limits(), config(&names));
    let ask = Ask {
        authority: "roster-of-school-1.evil.example.net",
        ..Ask::default()
    };
    let guest = ask.component();
    let error = host
        .ask(&guest, &format!("http://{NAME}"))
        .await
        .expect_err("foreign");
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert!(names.names.lock().expect("no panic").is_empty());
}
