//! A server that says whatever a test wants, byte by byte: right, wrong, too
//! much or nothing at all. It knows nothing of HTTP beyond where a request's
//! head ends.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// A running server on a free port of loopback. It stops when this is dropped.
pub struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    over: Arc<AtomicBool>,
}

/// One request, and the way to answer it.
pub struct Exchange<'a> {
    /// The request's head and body as they came.
    pub request: &'a str,
    stream: &'a mut TcpStream,
    over: &'a AtomicBool,
}

impl Server {
    /// Begins to listen. `answer` is called for each request, on a thread of
    /// the connection's own, and says whether the connection goes on.
    ///
    /// # Panics
    /// If there is no free port.
    pub fn start(answer: impl Fn(&mut Exchange<'_>) -> Next + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let server = Server {
            address,
            seen: Arc::default(),
            over: Arc::default(),
        };
        let (seen, over) = (server.seen.clone(), server.over.clone());
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::Acquire) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                let (seen, over, answer) = (seen.clone(), over.clone(), answer.clone());
                thread::spawn(move || serve(stream, &seen, &over, &*answer));
            }
        });
        server
    }

    /// A server that answers every request with the same bytes and closes.
    pub fn saying(bytes: impl Into<Vec<u8>>) -> Server {
        let bytes = bytes.into();
        Server::start(move |exchange| {
            exchange.write(&bytes);
            Next::Close
        })
    }

    /// A server that answers every request with this JSON.
    pub fn json(body: impl Into<String>) -> Server {
        let body = body.into();
        Server::start(move |exchange| {
            exchange.write(&json(&body));
            Next::Request
        })
    }

    /// Host and port.
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    /// The address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Scheme, host and port.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request so far, as it came.
    pub fn seen(&self) -> Vec<String> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        // Wakes the listener, so that it sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

/// What becomes of a connection after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It waits for another request.
    Request,
    /// It ends.
    Close,
}

impl Exchange<'_> {
    /// Sends bytes. A client that has gone is no error.
    pub fn write(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// Sends the bytes again and again until the client has had enough.
    pub fn write_for_ever(&mut self, bytes: &[u8]) {
        while !self.over.load(Ordering::Acquire) && self.stream.write_all(bytes).is_ok() {}
    }

    /// Sends a byte, waits, and so on, until the client has had enough.
    pub fn drip(&mut self, byte: u8, pause: Duration) {
        while !self.over.load(Ordering::Acquire) && self.stream.write_all(&[byte]).is_ok() {
            thread::sleep(pause);
        }
    }

    /// Sends nothing until the client or the test ends.
    pub fn hang(&mut self) {
        let _ = self
            .stream
            .set_read_timeout(Some(Duration::from_millis(50)));
        let mut rest = [0; 64];
        while !self.over.load(Ordering::Acquire) {
            match self.stream.read(&mut rest) {
                Ok(0) => break,
                Ok(_) => {}
                Err(e)
                    if matches!(
                        e.kind(),
                        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                    ) => {}
                Err(_) => break,
            }
        }
    }

    /// The request's path and query.
    pub fn path(&self) -> &str {
        self.request.split(' ').nth(1).unwrap_or_default()
    }
}

/// An answer with this JSON.
pub fn json(body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn serve(
    mut stream: TcpStream,
    seen: &Mutex<Vec<String>>,
    over: &AtomicBool,
    answer: &(impl Fn(&mut Exchange<'_>) -> Next + ?Sized),
) {
    let mut buffer = Vec::new();
    while let Some(length) = request(&mut stream, &mut buffer) {
        let rest = buffer.split_off(length);
        let text = String::from_utf8_lossy(&buffer).into_owned();
        buffer = rest;
        seen.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(text.clone());
        let mut exchange = Exchange {
            request: &text,
            stream: &mut stream,
            over,
        };
        if answer(&mut exchange) == Next::Close {
            break;
        }
    }
}

/// Reads until there is a whole request; its length.
fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<usize> {
    let mut chunk = [0; 4096];
    loop {
        if let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
            let body = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"))
                .and_then(|length| length.trim().parse::<usize>().ok())
                .unwrap_or(0);
            if buffer.len() >= end + 4 + body {
                return Some(end + 4 + body);
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return None,
            Ok(read) => buffer.extend_from_slice(&chunk[..read]),
        }
    }
}
