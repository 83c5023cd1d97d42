//! Reads an answer's body into memory: gunzipped on the way, bounded in size,
//! in inflation and in time between two pieces.
//!
//! The body is taken whole before the adapter sees any of it. It has to fit
//! into the adapter's memory anyway, and so a connection that breaks on the
//! last byte costs a retry and not a page.

use std::io::{self, Write};
use std::time::Duration;

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use crate::error::{CallError, ErrorKind};

/// How large and how slow a body may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyLimits {
    pub(crate) bytes: usize,
    pub(crate) inflation: usize,
    pub(crate) pause: Duration,
}

/// The whole body, decoded.
pub(crate) async fn read(
    headers: &HeaderMap,
    mut body: Incoming,
    limits: BodyLimits,
) -> Result<Bytes, CallError> {
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok()?.parse::<usize>().ok())
        .unwrap_or(0);
    if announced > limits.bytes {
        return Err(too_large(limits.bytes));
    }
    let mut sink = Sink::new(headers, announced, limits)?;
    loop {
        let frame = match tokio::time::timeout(limits.pause, body.frame()).await {
            Ok(Some(frame)) => frame,
            Ok(None) => return sink.finish(),
            Err(_) => {
                let detail = format!("the answer stopped for {} s", limits.pause.as_secs());
                return Err(CallError::new(ErrorKind::Timeout, detail));
            }
        };
        let frame = frame.map_err(|e| {
            CallError::new(
                ErrorKind::Unreachable,
                format!("the answer broke off ({e})"),
            )
        })?;
        if let Ok(data) = frame.into_data() {
            sink.write(&data)?;
        }
    }
}

enum Sink {
    Plain(Capped),
    Gzip(Box<MultiGzDecoder<Capped>>),
}

impl Sink {
    fn new(headers: &HeaderMap, announced: usize, limits: BodyLimits) -> Result<Sink, CallError> {
        let mut out = Capped {
            out: Vec::new(),
            wire: 0,
            limits,
        };
        let coding = headers
            .get(CONTENT_ENCODING)
            .map(|v| v.as_bytes().to_ascii_lowercase());
        match coding.as_deref() {
            None | Some(b"" | b"identity") => {
                out.out.reserve_exact(announced);
                Ok(Sink::Plain(out))
            }
            Some(b"gzip" | b"x-gzip") => Ok(Sink::Gzip(Box::new(MultiGzDecoder::new(out)))),
            Some(other) => Err(CallError::new(
                ErrorKind::Malformed,
                format!(
                    "the answer is encoded as `{}`, and only gzip was asked for",
                    crate::log::one_line(&String::from_utf8_lossy(other), 32)
                ),
            )),
        }
    }

    fn write(&mut self, data: &[u8]) -> Result<(), CallError> {
        match self {
            Sink::Plain(out) => {
                out.wire += data.len();
                out.write_all(data)
            }
            Sink::Gzip(decoder) => {
                decoder.get_mut().wire += data.len();
                decoder.write_all(data)
            }
        }
        .map_err(explain)
    }

    fn finish(self) -> Result<Bytes, CallError> {
        let out = match self {
            Sink::Plain(out) => out,
            // An answer without a body has no gzip header either.
            Sink::Gzip(decoder) if decoder.get_ref().wire == 0 => return Ok(Bytes::new()),
            Sink::Gzip(decoder) => decoder.finish().map_err(explain)?,
        };
        Ok(Bytes::from(out.out))
    }
}

/// Takes bytes until there are too many.
struct Capped {
    out: Vec<u8>,
    /// What came over the wire so far.
    wire: usize,
    limits: BodyLimits,
}

/// Which of the two bounds was hit, through the decoder's `io::Error`.
#[derive(Debug, thiserror::Error)]
enum Bound {
    #[error("over {0} bytes")]
    Size(usize),
    #[error("over {0} times what was sent")]
    Inflation(usize),
}

/// Small answers may inflate as they like.
const HARMLESS: usize = 1024 * 1024;

impl Write for Capped {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let size = self.out.len() + data.len();
        if size > self.limits.bytes {
            return Err(io::Error::other(Bound::Size(self.limits.bytes)));
        }
        if size > HARMLESS && size / self.wire.max(1) > self.limits.inflation {
            return Err(io::Error::other(Bound::Inflation(self.limits.inflation)));
        }
        self.out.extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn explain(error: io::Error) -> CallError {
    match error.get_ref().and_then(|e| e.downcast_ref::<Bound>()) {
        Some(Bound::Size(bytes)) => too_large(*bytes),
        Some(Bound::Inflation(times)) => CallError::new(
            ErrorKind::LimitExceeded,
            format!("the answer inflates to over {times} times its size, which looks like a bomb"),
        ),
        None => CallError::new(
            ErrorKind::Malformed,
            format!("the answer's gzip is broken ({error})"),
        ),
    }
}

fn too_large(bytes: usize) -> CallError {
    CallError::new(
        ErrorKind::LimitExceeded,
        format!("the answer has over {} MiB", bytes / (1024 * 1024)),
    )
}
