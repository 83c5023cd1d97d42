//! A recording as HAR 1.2, which browsers' developer tools and proxies open:
//! each request as the adapter made it, with the answer as the adapter got it.
//! What the host added to a request is not in the recording and so not here.
//!
//! Bodies hold the people of a district and are left out unless asked for.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use homeroom_sandbox::recording::{Answer, Exchange, Head, Recording};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use url::Url;

use crate::error::{Error, Result};

/// Writes the archive; says how many requests are in it. It is written piece by
/// piece, so that it may be larger than memory.
///
/// # Errors
/// If it cannot be written, or the recording cannot be read any more.
pub fn export(recording: &Recording, with_bodies: bool, mut to: impl Write) -> Result<u64> {
    let unwritable = |error: io::Error| {
        Error::usage(
            "har-unwritable",
            format!("the archive could not be written: {error}; name another file"),
        )
    };
    let head = recording.head();
    let comment = match with_bodies {
        true => head.note.clone(),
        false => format!("{} Bodies are left out of this archive.", head.note),
    };
    let beginning = json!({
        "version": "1.2",
        "creator": {"name": "Homeroom", "version": env!("CARGO_PKG_VERSION")},
        "comment": comment,
    });
    let beginning = beginning.to_string();
    let beginning = beginning.trim_end_matches('}');
    let pages: Vec<Value> = recording
        .calls()
        .iter()
        .enumerate()
        .map(|(at, call)| {
            let began = call.exchanges.first().map_or(0, |e| e.began_ms);
            json!({
                "startedDateTime": moment(head, began),
                "id": page_id(at),
                "title": call.key.to_string(),
                "pageTimings": {},
            })
        })
        .collect();
    let pages = Value::Array(pages);
    write!(to, "{{\"log\":{beginning},\"pages\":{pages},\"entries\":[").map_err(unwritable)?;
    let mut count = 0;
    for (at, call) in recording.calls().iter().enumerate() {
        for exchange in &call.exchanges {
            let entry = entry(recording, at, exchange, with_bodies)?;
            let before = if count == 0 { "\n" } else { ",\n" };
            write!(to, "{before}{entry}").map_err(unwritable)?;
            count += 1;
        }
    }
    writeln!(to, "\n]}}}}")
        .and_then(|()| to.flush())
        .map_err(unwritable)?;
    Ok(count)
}

fn page_id(call: usize) -> String {
    format!("call_{}", call + 1)
}

fn moment(head: &Head, after_ms: u64) -> String {
    let after = SignedDuration::from_millis(i64::try_from(after_ms).unwrap_or(i64::MAX));
    let moment: Timestamp = head.recorded.checked_add(after).unwrap_or(head.recorded);
    format!("{moment:.3}")
}

fn entry(recording: &Recording, call: usize, exchange: &Exchange, bodies: bool) -> Result<Value> {
    let mut request = json!({
        "method": exchange.method,
        "url": exchange.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers(&exchange.headers),
        "queryString": query(&exchange.url),
        "headersSize": -1,
        "bodySize": -1,
    });
    let sent = recording.blob(exchange.body.as_ref())?;
    request["bodySize"] = sent.len().into();
    if !sent.is_empty() {
        let mime = header(&exchange.headers, "content-type");
        request["postData"] = json!({"mimeType": mime, "params": [], "text": ""});
        if bodies {
            request["postData"]["text"] = String::from_utf8_lossy(&sent).into();
        } else {
            request["postData"]["comment"] = "left out".into();
        }
    }
    let mut entry = json!({
        "pageref": page_id(call),
        "startedDateTime": moment(recording.head(), exchange.began_ms),
        "time": exchange.took_ms,
        "request": request,
        "response": response(recording, exchange, bodies)?,
        "cache": {},
        "timings": {"send": 0, "wait": exchange.took_ms, "receive": 0},
    });
    if let Answer::Error(error) = &exchange.answer {
        entry["comment"] = format!("{}: {}", error.code, error.detail).into();
    }
    Ok(entry)
}

fn response(recording: &Recording, exchange: &Exchange, bodies: bool) -> Result<Value> {
    let Answer::Response {
        status,
        headers: seen,
        body,
        bytes,
        masked,
    } = &exchange.answer
    else {
        let Answer::Error(error) = &exchange.answer else {
            return Ok(Value::Null);
        };
        return Ok(json!({
            "status": 0,
            "statusText": error.code,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [],
            "content": {"size": 0, "mimeType": "x-unknown"},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
            // What browsers themselves write for a request without an answer.
            "_error": error.code,
        }));
    };
    let mime = match header(seen, "content-type") {
        "" => "x-unknown",
        mime => mime,
    };
    let mut content = json!({"size": bytes, "mimeType": mime});
    if bodies {
        let body = recording.blob(body.as_ref())?;
        match String::from_utf8(body) {
            Ok(text) => content["text"] = text.into(),
            Err(error) => {
                content["text"] = STANDARD.encode(error.as_bytes()).into();
                content["encoding"] = "base64".into();
            }
        }
    } else {
        content["comment"] = "left out".into();
    }
    if *masked {
        content["comment"] = "a credential in this answer was masked".into();
    }
    let reason = http::StatusCode::from_u16(*status).ok();
    let reason = reason.and_then(|status| status.canonical_reason());
    Ok(json!({
        "status": status,
        "statusText": reason.unwrap_or_default(),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers(seen),
        "content": content,
        "redirectURL": header(seen, "location"),
        "headersSize": -1,
        "bodySize": bytes,
    }))
}

fn headers(list: &[(String, String)]) -> Value {
    list.iter()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect()
}

fn header<'a>(list: &'a [(String, String)], name: &str) -> &'a str {
    let found = list.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
    found.map_or("", |(_, value)| value)
}

fn query(url: &str) -> Value {
    let Ok(url) = Url::parse(url) else {
        return json!([]);
    };
    url.query_pairs()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect()
}
