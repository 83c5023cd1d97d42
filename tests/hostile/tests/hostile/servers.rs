//! Servers that mean harm, asked by an adapter that means well.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use homeroom_sandbox::{CallError, ErrorKind, Limits, Page};
use hostile::{Exchange, Next, Server};

use crate::ask::Ask;
use crate::host::{Host, hasty, limits};

/// A server, and how asking it ends.
struct Attack {
    name: &'static str,
    server: Server,
    kind: ErrorKind,
    says: &'static str,
}

fn saying(
    name: &'static str,
    bytes: impl Into<Vec<u8>>,
    kind: ErrorKind,
    says: &'static str,
) -> Attack {
    Attack {
        name,
        server: Server::saying(bytes),
        kind,
        says,
    }
}

fn doing(
    name: &'static str,
    answer: impl Fn(&mut Exchange<'_>) + Send + Sync + 'static,
    kind: ErrorKind,
    says: &'static str,
) -> Attack {
    let server = Server::start(move |exchange| {
        answer(exchange);
        Next::Close
    });
    Attack {
        name,
        server,
        kind,
        says,
    }
}

fn tight() -> Limits {
    Limits {
        response_bytes: 8 * 1024 * 1024,
        request_time: Duration::from_secs(2),
        ..limits()
    }
}

async fn ask(host: &Host, server: &Server, times: u32) -> Result<Page, CallError> {
    let authority = server.authority();
    let ask = Ask {
        authority: &authority,
        times,
        ..Ask::default()
    };
    host.ask(&ask.component(), &server.url()).await
}

fn gzip(size: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![b' '; size]).expect("memory");
    encoder.finish().expect("memory")
}

fn encoded(body: &[u8]) -> Vec<u8> {
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    answer.extend_from_slice(body);
    answer
}

const OK: &str = "HTTP/1.1 200 OK\r\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_is_contained() {
    let many = |count: usize| {
        let headers: String = (0..count).map(|n| format!("x-{n}: 1\r\n")).collect();
        format!("{OK}{headers}content-length: 0\r\n\r\n")
    };
    let large = |size: usize| {
        format!(
            "{OK}x-large: {}\r\ncontent-length: 0\r\n\r\n",
            "a".repeat(size)
        )
    };
    let body = |length: &str| format!("{OK}content-length: {length}\r\n\r\n0123456789");
    let chunks = |text: &str| format!("{OK}transfer-encoding: chunked\r\n\r\n{text}");
    let attacks = vec![
        doing(
            "an endless body",
            |exchange| {
                exchange.write(format!("{OK}\r\n").as_bytes());
                exchange.write_for_ever(&[b'x'; 65536]);
            },
            ErrorKind::LimitExceeded,
            "the answer has over 8 MiB",
        ),
        doing(
            "an endless body in chunks",
            |exchange| {
                exchange.write(format!("{OK}transfer-encoding: chunked\r\n\r\n").as_bytes());
                exchange.write_for_ever(format!("4000\r\n{}\r\n", "x".repeat(0x4000)).as_bytes());
            },
            ErrorKind::LimitExceeded,
            "the answer has over 8 MiB",
        ),
        saying(
            "a body announced too large",
            body("99999999999"),
            ErrorKind::LimitExceeded,
            "the answer has over 8 MiB",
        ),
        doing(
            "a byte now and then",
            move |exchange| {
                exchange.write(body("1000000").as_bytes());
                exchange.drip(b'x', Duration::from_millis(50));
            },
            ErrorKind::Timeout,
            "gave no whole answer within 2 s",
        ),
        doing(
            "a body that stops",
            move |exchange| {
                exchange.write(body("1000000").as_bytes());
                exchange.hang();
            },
            ErrorKind::Timeout,
            "the answer stopped",
        ),
        doing(
            "no answer",
            |exchange| exchange.hang(),
            ErrorKind::Timeout,
            "did not answer within",
        ),
        doing(
            "headers that never end",
            |exchange| {
                exchange.write(OK.as_bytes());
                exchange.drip(b'x', Duration::from_millis(20));
            },
            ErrorKind::Timeout,
            "did not answer within",
        ),
        doing(
            "endless interim answers",
            |exchange| exchange.write_for_ever(b"HTTP/1.1 100 Continue\r\n\r\n"),
            ErrorKind::Timeout,
            "did not answer within",
        ),
        doing(
            "endless early hints",
            |exchange| exchange.write_for_ever(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"),
            ErrorKind::Timeout,
            "did not answer within",
        ),
        saying(
            "a bomb",
            encoded(&gzip(64 * 1024 * 1024)),
            ErrorKind::LimitExceeded,
            "looks like a bomb",
        ),
        saying(
            "40,000 headers",
            many(40_000),
            ErrorKind::LimitExceeded,
            "too many or too large headers",
        ),
        saying(
            "201 headers",
            many(200),
            ErrorKind::LimitExceeded,
            "too many or too large headers",
        ),
        saying(
            "headers of 100 KB",
            large(100_000),
            ErrorKind::LimitExceeded,
            "over 65536 bytes of headers",
        ),
        saying(
            "headers of 2 MB",
            large(2_000_000),
            ErrorKind::LimitExceeded,
            "too many or too large headers",
        ),
        saying(
            "a body too short",
            body("1000"),
            ErrorKind::Unreachable,
            "the answer broke off",
        ),
        saying(
            "two lengths",
            format!("{OK}content-length: 3\r\ncontent-length: 10\r\n\r\n0123456789"),
            ErrorKind::Malformed,
            "does not speak HTTP",
        ),
        saying(
            "a signed length",
            body("+10"),
            ErrorKind::Malformed,
            "does not speak HTTP",
        ),
        saying(
            "a negative length",
            body("-1"),
            ErrorKind::Malformed,
            "does not speak HTTP",
        ),
        saying(
            "chunks that are none",
            chunks("zz\r\nhello\r\n0\r\n\r\n"),
            ErrorKind::Unreachable,
            "the answer broke off",
        ),
        saying(
            "a chunk of all there is",
            chunks("ffffffffffffffff0\r\nhello"),
            ErrorKind::Unreachable,
            "the answer broke off",
        ),
        saying(
            "a chunk without end",
            chunks("5\r\nhel"),
            ErrorKind::Unreachable,
            "the answer broke off",
        ),
        saying(
            "an unknown coding",
            format!("{OK}content-encoding: br\r\ncontent-length: 1\r\n\r\nx"),
            ErrorKind::Malformed,
            "encoded as `br`",
        ),
        saying(
            "broken gzip",
            encoded(b"\x1f\x8b\x08\x00 this is none"),
            ErrorKind::Malformed,
            "gzip is broken",
        ),
        saying(
            "something else",
            "220 mail.example.org ESMTP\r\n",
            ErrorKind::Malformed,
            "does not speak HTTP",
        ),
        saying(
            "a control character in a header",
            format!("{OK}x: a\x07b\r\n\r\n"),
            ErrorKind::Malformed,
            "does not speak HTTP",
        ),
        saying("nothing", "", ErrorKind::Unreachable, "broke"),
        saying(
            "half a head",
            "HTTP/1.1 200 OK\r\nconte",
            ErrorKind::Unreachable,
            "broke",
        ),
    ];
    for attack in attacks {
        let name = attack.name;
        let host = Host::new(tight(), hasty());
        let beside = async {
            host.neighbour_is_well(name).await;
        };
        let (found, ()) = tokio::join!(ask(&host, &attack.server, 1), beside);
        let error = match found {
            Err(error) => error,
            Ok(page) => panic!("{name} passed: {page:?}"),
        };
        assert_eq!(error.kind(), attack.kind, "{name}: {error}");
        assert!(error.detail().contains(attack.says), "{name}: {error}");
        assert!(
            !error.code().starts_with("adapter"),
            "{name}: it is not the adapter's fault: {error}"
        );
        host.neighbour_is_well(name).await;
    }
}

/// Odd, but no harm: the adapter gets the answer as it is, once.
#[tokio::test]
async fn what_is_only_odd_is_an_answer() {
    let cases = [
        ("a redirect to the metadata service", "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest\r\ncontent-length: 0\r\n\r\n".to_owned(), 302),
        ("a redirect to itself", "HTTP/1.1 301 Moved\r\nlocation: /\r\ncontent-length: 0\r\n\r\n".to_owned(), 301),
        ("a method change", "HTTP/1.1 307 Temporary\r\nlocation: //evil.example.net/\r\ncontent-length: 0\r\n\r\n".to_owned(), 307),
        ("patience for a century", "HTTP/1.1 429 Slow\r\nretry-after: 3153600000\r\ncontent-length: 0\r\n\r\n".to_owned(), 429),
        ("patience without end", "HTTP/1.1 503 Slow\r\nretry-after: 99999999999999999999999\r\ncontent-length: 0\r\n\r\n".to_owned(), 503),
        ("another century", format!("{OK}date: Thu, 01 Jan 1970 00:00:00 GMT\r\ncontent-length: 0\r\n\r\n"), 200),
        ("more than was announced", format!("{OK}content-length: 2\r\n\r\n{{}}HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nsmug!"), 200),
        ("a web page", format!("{OK}content-type: text/html\r\ncontent-length: 13\r\n\r\n<html></html>"), 200),
        ("cookies", format!("{OK}set-cookie: a=b\r\ncontent-length: 0\r\n\r\n"), 200),
    ];
    for (name, answer, status) in cases {
        let server = Server::saying(answer);
        let host = Host::new(limits(), hasty());
        let page = ask(&host, &server, 1).await;
        let page = page.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(page.total, Some(status), "{name}");
        let seen = server.seen();
        assert!(seen.len() <= 2, "{name}: {} requests", seen.len());
        for request in seen {
            assert!(
                request.starts_with("GET / HTTP/1.1\r\n"),
                "{name}: {request}"
            );
            assert!(!request.to_ascii_lowercase().contains("cookie"), "{name}");
        }
    }
}

/// What came after the announced end is not the answer to the next request.
#[tokio::test]
async fn a_smuggled_answer_answers_nothing() {
    let server = Server::start(|exchange| {
        exchange.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}HTTP/1.1 418 Smuggled\r\ncontent-length: 0\r\n\r\n");
        Next::Request
    });
    let host = Host::new(limits(), hasty());
    let page = ask(&host, &server, 5).await.expect("answers");
    assert_eq!(page.total, Some(200));
    assert_eq!(
        server.seen().len(),
        5,
        "each request has an answer of its own"
    );
}
