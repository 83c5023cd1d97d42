//! A small blocking HTTP client that shows answers as they are on the wire.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test uses a part of it, and a failed unwrap is a failed test"
)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use fake_sis::{Auth, Behaviour, FakeSis, Source, Version};
use serde_json::Value;

/// An answer, its body unchunked but not decompressed.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The bytes after the header, as they came.
    pub raw: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn total(&self) -> Option<usize> {
        self.header("x-total-count").map(|n| n.parse().unwrap())
    }
}

/// Sends a request on a connection of its own; an error is a broken connection.
pub fn request(
    url: &str,
    method: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> std::io::Result<Answer> {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(text.as_bytes())?;
    let mut all = Vec::new();
    stream.read_to_end(&mut all)?;
    let broken = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let end = all
        .windows(4)
        .position(|w| w == b"\r\n\r\n")
        .ok_or_else(broken)?;
    let head = String::from_utf8_lossy(&all[..end]).into_owned();
    let raw = all[end + 4..].to_vec();
    let mut lines = head.lines();
    let status = lines
        .next()
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let headers: Vec<(String, String)> = lines
        .map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        })
        .collect();
    let chunked = headers
        .iter()
        .any(|(n, v)| n == "transfer-encoding" && v == "chunked");
    let body = if chunked {
        unchunked(&raw)
    } else {
        raw.clone()
    };
    Ok(Answer {
        status,
        headers,
        body,
        raw,
    })
}

fn unchunked(mut raw: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = raw.windows(2).position(|w| w == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&raw[..end]).unwrap(), 16).unwrap();
        let start = end + 2;
        body.extend_from_slice(&raw[start..(start + size).min(raw.len())]);
        if size == 0 || start + size + 2 > raw.len() {
            break;
        }
        raw = &raw[start + size + 2..];
    }
    body
}

/// A GET without credentials.
pub fn get(url: &str) -> Answer {
    request(url, "GET", &[], "").unwrap()
}

/// A behaviour that asks for no credentials.
pub fn open() -> Behaviour {
    Behaviour {
        auth: Auth::None,
        ..Behaviour::default()
    }
}

/// A server with a small district.
pub fn serve(people: u32, behaviour: Behaviour) -> FakeSis {
    let spec = district::Spec {
        people,
        ..Default::default()
    };
    FakeSis::spawn(Source::district(spec), behaviour).unwrap()
}

/// The address of something under 1.2.
pub fn v1p2(sis: &FakeSis, rest: &str) -> String {
    format!("{}/{rest}", sis.roster_url(Version::V1p2))
}

/// The address of something under 1.1.
pub fn v1p1(sis: &FakeSis, rest: &str) -> String {
    format!("{}/{rest}", sis.roster_url(Version::V1p1))
}

/// The ids of a page.
pub fn ids(answer: &Answer, envelope: &str) -> Vec<String> {
    let json = answer.json();
    let rows = json[envelope].as_array().unwrap();
    rows.iter()
        .map(|row| row["sourcedId"].as_str().unwrap().to_owned())
        .collect()
}

/// All ids of a list, read by the number of rows received until a page is empty.
pub fn all_ids(sis: &FakeSis, list: &str, limit: usize, query: &str) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let offset = all.len();
        let url = v1p2(sis, &format!("{list}?limit={limit}&offset={offset}{query}"));
        let answer = get(&url);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let page = ids(&answer, list);
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}
