//! Answers on their way out: a draft that faults may change, then gzip, headers
//! and a body.

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;

/// The body of an answer.
pub(crate) type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// An answer that is still being made.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
    pub(crate) delivery: Delivery,
    /// The body has been compressed before.
    pub(crate) gzipped: bool,
}

/// How a body goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    Whole,
    /// So many bytes a second.
    Slow(u32),
    /// Half of it, then the end of the connection.
    Truncated,
    /// Content-Length is off by so much.
    WrongLength(i32),
    /// After headers of so many bytes.
    HugeHeaders(u32),
    /// gzip that unfolds to so many MiB.
    Bomb(u32),
    /// For ever.
    Endless,
}

impl Draft {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Draft {
            status,
            headers: vec![("content-type", content_type.to_owned())],
            body: body.into(),
            delivery: Delivery::Whole,
            gzipped: false,
        }
    }

    pub(crate) fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Draft::new(status, "application/json; charset=utf-8", body)
    }

    /// No body and no type.
    pub(crate) fn empty(status: u16) -> Self {
        Draft {
            headers: Vec::new(),
            ..Draft::new(status, "", Bytes::new())
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn set(&mut self, name: &'static str, value: &str) {
        self.headers.retain(|(known, _)| *known != name);
        if !value.is_empty() {
            self.headers.push((name, value.to_owned()));
        }
    }

    /// Compresses the body if it is worth it.
    pub(crate) fn compress(&mut self) {
        if self.body.len() < 512 || self.gzipped {
            return;
        }
        self.body = gzip(&self.body).into();
        self.gzipped = true;
    }

    /// The HTTP answer, for deliveries that HTTP allows.
    pub(crate) fn into_response(mut self, body: Option<Body>) -> Response<Body> {
        if self.gzipped {
            self.set("content-encoding", "gzip");
        }
        let mut response = Response::builder()
            .status(StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
        for (name, value) in &self.headers {
            response = response.header(*name, value.as_str());
        }
        let body = body.unwrap_or_else(|| whole(self.body.clone()));
        // A header that is none (from a command line, say) gives an empty answer.
        response
            .body(body)
            .unwrap_or_else(|_| Response::new(whole(Bytes::new())))
    }

    /// Status line and headers as they stand on the wire.
    pub(crate) fn head(&self, content_length: usize) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} Fake\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.gzipped {
            head.push_str("content-encoding: gzip\r\n");
        }
        head.push_str(&format!("content-length: {content_length}\r\n\r\n"));
        head.into_bytes()
    }
}

/// A body in one piece.
pub(crate) fn whole(body: Bytes) -> Body {
    Full::new(body)
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// A body at so many bytes a second, in twenty pieces each second.
pub(crate) fn slow(body: Bytes, bytes_per_second: u32) -> Body {
    let piece = (bytes_per_second / 20).max(1) as usize;
    let pause = Duration::from_secs_f64(piece as f64 / f64::from(bytes_per_second.max(1)));
    let stream = futures::stream::unfold(body, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let next = rest.split_to(piece.min(rest.len()));
        Some((Ok(Frame::data(next)), rest))
    });
    StreamBody::new(stream).boxed_unsync()
}

/// gzip at the fastest level.
pub(crate) fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 6), Compression::fast());
    // Writing to memory does not fail.
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default()
}
