//! Answers no server should give: bodies without end, gzip bombs, broken
//! lengths, huge headers.

use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use tokio::net::TcpStream;

use crate::reply::{Body, Draft};
use crate::socket::write_all;

/// `{"users":[{},{},…` for ever.
pub(crate) fn endless(envelope: &str) -> Body {
    let start = Bytes::from(format!("{{\"{envelope}\":[{{}}"));
    let more = Bytes::from(",{}".repeat(20_000));
    let stream = futures::stream::unfold(start, move |piece| {
        let more = more.clone();
        async move { Some((Ok(Frame::data(piece)), more)) }
    });
    StreamBody::new(stream).boxed_unsync()
}

/// gzip of an empty list with so many MiB of blanks in it, made as it is sent.
pub(crate) fn bomb(envelope: &str, mebibytes: u32) -> Body {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let _ = encoder.write_all(format!("{{\"{envelope}\":[").as_bytes());
    let state = Some((encoder, mebibytes));
    let stream = futures::stream::unfold(state, |state| async move {
        let (mut encoder, left) = state?;
        if left == 0 {
            let _ = encoder.write_all(b"]}");
            let rest = encoder.finish().unwrap_or_default();
            return Some((Ok(Frame::data(Bytes::from(rest))), None));
        }
        let _ = encoder.write_all(&vec![b' '; 1 << 20]);
        let ready = std::mem::take(encoder.get_mut());
        Some((
            Ok(Frame::data(Bytes::from(ready))),
            Some((encoder, left - 1)),
        ))
    });
    StreamBody::new(stream).boxed_unsync()
}

/// So many arrays within each other, under the right key.
pub(crate) fn nested(envelope: &str, depth: u32) -> Vec<u8> {
    let depth = depth as usize;
    let (open, close) = ("[".repeat(depth), "]".repeat(depth));
    format!("{{\"{envelope}\":{open}{close}}}").into_bytes()
}

/// Half of the body under a Content-Length for all of it. The caller then drops
/// the connection.
pub(crate) async fn send_truncated(socket: &Arc<TcpStream>, draft: &Draft) {
    let half = &draft.body[..draft.body.len() / 2];
    let _ = write_all(socket, &draft.head(draft.body.len())).await;
    let _ = write_all(socket, half).await;
}

/// All of the body under a Content-Length that is off.
pub(crate) async fn send_wrong_length(socket: &Arc<TcpStream>, draft: &Draft, off: i32) {
    let length = draft.body.len() as i64 + i64::from(off);
    let _ = write_all(socket, &draft.head(length.max(0) as usize)).await;
    let _ = write_all(socket, &draft.body).await;
}

/// The answer after a great many headers.
pub(crate) async fn send_huge_headers(socket: &Arc<TcpStream>, draft: &Draft, bytes: u32) {
    let head = draft.head(draft.body.len());
    let line_end = head.iter().position(|&b| b == b'\n').map_or(0, |n| n + 1);
    let mut huge = head[..line_end].to_vec();
    let value = "x".repeat(4_000);
    let mut number = 0;
    while huge.len() < bytes as usize {
        huge.extend_from_slice(format!("x-filler-{number}: {value}\r\n").as_bytes());
        number += 1;
    }
    huge.extend_from_slice(&head[line_end..]);
    let _ = write_all(socket, &huge).await;
    let _ = write_all(socket, &draft.body).await;
}
