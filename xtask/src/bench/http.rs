//! A GET over plain HTTP/1.1, enough for a server on loopback that says how
//! long its bodies are. One request a connection; nothing is decoded.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use anyhow::{Context, Result, bail};

/// What the server said.
pub(crate) struct Answer {
    /// The header's value, by lower-case name.
    headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Sends one request to `http://host:port/…` and fails unless the answer is
/// 200.
pub(crate) fn request(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Answer> {
    let rest = url
        .strip_prefix("http://")
        .context("only http:// is known here")?;
    let (authority, target) = rest.split_once('/').unwrap_or((rest, ""));
    let stream =
        TcpStream::connect(authority).with_context(|| format!("{authority} does not answer"))?;
    let mut head = format!("{method} /{target} HTTP/1.1\r\nHost: {authority}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!(
        "Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    ));
    (&stream).write_all(head.as_bytes())?;
    read_answer(BufReader::new(stream)).with_context(|| format!("{method} {url}"))
}

fn read_answer(mut stream: impl BufRead) -> Result<Answer> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let status = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut answer = Answer {
        headers,
        body: Vec::new(),
    };
    let length: u64 = answer
        .header("content-length")
        .context("the answer does not say its length")?
        .parse()
        .context("the answer's length is no number")?;
    stream.take(length).read_to_end(&mut answer.body)?;
    if answer.body.len() as u64 != length {
        bail!("the answer broke off");
    }
    if status != "200" {
        bail!("the answer is {status}");
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_end_where_the_length_says() {
        let raw = "HTTP/1.1 200 OK\r\nX-Total-Count: 7\r\nContent-Length: 2\r\n\r\n{}rest";
        let answer = read_answer(raw.as_bytes()).expect("an answer");
        assert_eq!(answer.body, b"{}");
        assert_eq!(answer.header("x-total-count"), Some("7"));
    }

    #[test]
    fn a_short_body_and_a_refusal_are_errors() {
        let short = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}";
        assert!(read_answer(short.as_bytes()).is_err());
        let refused = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
        assert!(read_answer(refused.as_bytes()).is_err());
    }
}
