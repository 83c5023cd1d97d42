//! Faults at work: what they make of an answer, and how it is delivered.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http::request::Parts;
use jiff::{Timestamp, ToSpan};
use tokio::net::TcpStream;

use crate::Version;
use crate::answer::{Abort, Subject, problem};
use crate::auth::header;
use crate::behaviour::Behaviour;
use crate::fault::{FaultKind, RetryAfter};
use crate::hostile;
use crate::imsx::Problem;
use crate::page::envelope;
use crate::reply::{Body, Delivery, Draft, slow};

/// The draft after a fault has had its way.
pub(crate) async fn spoilt(
    mut draft: Draft,
    fault: &FaultKind,
    subject: &Subject,
    behaviour: &Behaviour,
    request: &Parts,
    socket: &TcpStream,
) -> Result<Draft, Abort> {
    let version = subject.version;
    let key = subject.resource.map_or("users", |r| envelope(behaviour, r));
    let path_and_query = request.uri.path_and_query().map_or("/", |p| p.as_str());
    let status_of = |status| problem(version, &Problem::new(status, "a fault was asked for"));
    Ok(match fault {
        FaultKind::Status(status) => status_of(*status),
        FaultKind::TooManyRequests(retry_after) => match retry_after {
            RetryAfter::Seconds(n) => status_of(429).with("retry-after", n.to_string()),
            RetryAfter::Date(n) => status_of(429).with("retry-after", http_date(i64::from(*n))),
            RetryAfter::Absent => status_of(429),
        },
        FaultKind::Reset => {
            let _ = socket.set_zero_linger();
            return Err(Abort);
        }
        FaultKind::RedirectTo(origin) => {
            Draft::empty(302).with("location", format!("{origin}{path_and_query}"))
        }
        FaultKind::RedirectHere => {
            if path_and_query.ends_with("moved=1") {
                return Ok(draft);
            }
            let mark = if path_and_query.contains('?') {
                '&'
            } else {
                '?'
            };
            Draft::empty(302).with("location", format!("{path_and_query}{mark}moved=1"))
        }
        FaultKind::HtmlLogin => Draft::new(
            200,
            "text/html; charset=utf-8",
            "<!DOCTYPE html><html><head><title>Sign in</title></head>\
             <body><form method=\"post\"><input name=\"user\"></form></body></html>",
        ),
        FaultKind::ErrorWith200 => Draft {
            status: 200,
            ..status_of(500)
        },
        FaultKind::WarningBeside => {
            draft.body = with_warning(&draft.body, version);
            draft
        }
        FaultKind::EmptyBody => Draft::json(200, ""),
        FaultKind::NoContent => Draft::empty(204),
        FaultKind::EmptyRoster => {
            Draft::json(200, format!("{{\"{key}\":[]}}")).with("x-total-count", "0")
        }
        FaultKind::MissingEnvelope => Draft::json(200, "{\"data\":[]}"),
        FaultKind::NullEnvelope => Draft::json(200, format!("{{\"{key}\":null}}")),
        FaultKind::BrokenJson => {
            draft.body = draft.body.slice(..draft.body.len() * 2 / 3);
            draft
        }
        FaultKind::InvalidUtf8 => {
            draft.body = with_bad_byte(&draft.body);
            draft
        }
        FaultKind::DeepNesting(depth) => Draft::json(200, hostile::nested(key, *depth)),
        FaultKind::Delay(millis) => {
            tokio::time::sleep(Duration::from_millis((*millis).into())).await;
            draft
        }
        FaultKind::CredentialEcho => {
            let given = header(request, "authorization").unwrap_or("nothing");
            let body = serde_json::json!({ "error": format!("cannot read with {given}") });
            Draft::json(500, body.to_string()).with("x-debug-authorization", given)
        }
        FaultKind::ContentType(content_type) => {
            draft.set("content-type", content_type);
            draft
        }
        FaultKind::ByteOrderMark => {
            draft.body = [b"\xEF\xBB\xBF", &draft.body[..]].concat().into();
            draft
        }
        FaultKind::Answer(status, body) => Draft::json(*status, body.clone()),
        FaultKind::SlowBody(speed) => delivered(draft, Delivery::Slow(*speed)),
        FaultKind::TruncatedBody => delivered(draft, Delivery::Truncated),
        FaultKind::WrongLength(off) => delivered(draft, Delivery::WrongLength(*off)),
        FaultKind::HugeHeaders(bytes) => delivered(draft, Delivery::HugeHeaders(*bytes)),
        FaultKind::GzipBomb(size) => delivered(draft, Delivery::Bomb(*size)),
        FaultKind::EndlessBody => delivered(draft, Delivery::Endless),
    })
}

fn delivered(draft: Draft, delivery: Delivery) -> Draft {
    Draft { delivery, ..draft }
}

/// Sends the draft the way it is to be delivered.
pub(crate) async fn deliver(
    mut draft: Draft,
    subject: &Subject,
    behaviour: &Behaviour,
    socket: &Arc<TcpStream>,
) -> Result<Response<Body>, Abort> {
    let key = subject.resource.map_or("users", |r| envelope(behaviour, r));
    match draft.delivery {
        Delivery::Whole => Ok(draft.into_response(None)),
        Delivery::Slow(speed) => {
            let body = slow(std::mem::take(&mut draft.body), speed);
            Ok(draft.into_response(Some(body)))
        }
        Delivery::Bomb(size) => {
            draft.gzipped = true;
            Ok(draft.into_response(Some(hostile::bomb(key, size))))
        }
        Delivery::Endless => {
            draft.gzipped = false;
            Ok(draft.into_response(Some(hostile::endless(key))))
        }
        Delivery::Truncated => {
            hostile::send_truncated(socket, &draft).await;
            Err(Abort)
        }
        Delivery::WrongLength(off) => {
            hostile::send_wrong_length(socket, &draft, off).await;
            Err(Abort)
        }
        Delivery::HugeHeaders(bytes) => {
            hostile::send_huge_headers(socket, &draft, bytes).await;
            Err(Abort)
        }
    }
}

/// The time `seconds` from now as HTTP writes it.
pub(crate) fn http_date(seconds: i64) -> String {
    let at = Timestamp::now()
        .checked_add(seconds.seconds())
        .unwrap_or(Timestamp::MAX);
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// The object with a warning in it.
fn with_warning(body: &Bytes, version: Version) -> Bytes {
    let warning = Problem::invalid_selection(Version::V1p1, "shoeSize").body(Version::V1p1);
    let warning = String::from_utf8_lossy(&warning).into_owned();
    let inner = &warning[1..warning.len() - 1];
    let inner = match version {
        Version::V1p1 => inner.to_owned(),
        Version::V1p2 => inner.replacen("statusInfoSet", "imsx_StatusInfo", 1),
    };
    let mut out = body[..body.len().saturating_sub(1)].to_vec();
    out.extend_from_slice(format!(",{inner}}}").as_bytes());
    out.into()
}

/// A byte that is no UTF-8 in the first text value.
fn with_bad_byte(body: &Bytes) -> Bytes {
    let mut out = body.to_vec();
    let colon = out.windows(2).position(|pair| pair == b":\"");
    if let Some(at) = colon {
        out.insert(at + 2, 0xFF);
    }
    out.into()
}
