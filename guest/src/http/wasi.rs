//! HTTP over `wasi:http/outgoing-handler`, the only way out of the sandbox.
//!
//! Knows nothing of what is asked for. An answer is read whole: the host bounds
//! its size, and a page is decoded in one pass over contiguous text.

use wasip2::http::outgoing_handler;
use wasip2::http::types::http_error_code;
use wasip2::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingBody, IncomingResponse,
    Method as WasiMethod, OutgoingBody, OutgoingRequest, Scheme,
};
use wasip2::io::streams::StreamError;

use super::{Method, Request, Response, url};
use crate::Failure;

/// The most that is asked for in one read: more than any body the host lets
/// through. A host that holds the whole body gives it at once.
const READ: u64 = 64 << 20;
/// The most that one write to a body may hold by the contract of `wasi:io`.
const WRITE: usize = 4096;

pub(super) fn send(request: &Request) -> Result<Response, Failure> {
    finish(&begin(request)?)
}

/// All requests are under way before the first answer is waited for.
pub(super) fn send_all(requests: &[Request]) -> Vec<Result<Response, Failure>> {
    let pending: Vec<_> = requests.iter().map(begin).collect();
    pending
        .into_iter()
        .map(|pending| finish(&pending?))
        .collect()
}

fn begin(request: &Request) -> Result<FutureIncomingResponse, Failure> {
    let outgoing = outgoing(request)?;
    let body = (!request.body.is_empty())
        .then(|| outgoing.body().map_err(|()| refused_part("body")))
        .transpose()?;
    let pending = outgoing_handler::handle(outgoing, None).map_err(|code| failure(&code))?;
    if let Some(body) = body {
        write_body(body, &request.body)?;
    }
    Ok(pending)
}

fn finish(pending: &FutureIncomingResponse) -> Result<Response, Failure> {
    pending.subscribe().block();
    let incoming = match pending.get() {
        Some(Ok(Ok(response))) => response,
        Some(Ok(Err(code))) => return Err(failure(&code)),
        Some(Err(())) | None => return Err(broken_off()),
    };
    read(&incoming)
}

fn outgoing(request: &Request) -> Result<OutgoingRequest, Failure> {
    let parts = url::Parts::of(&request.url).ok_or_else(|| {
        Failure::Unsupported("The adapter asked for an address that is no http(s) URL.".to_owned())
    })?;
    let fields = Fields::new();
    for (name, value) in &request.headers {
        fields.append(name, value.as_bytes()).map_err(|_| {
            Failure::Denied(format!(
                "The host refused the header `{name}` from the adapter."
            ))
        })?;
    }
    let outgoing = OutgoingRequest::new(fields);
    let method = match request.method {
        Method::Get => WasiMethod::Get,
        Method::Head => WasiMethod::Head,
        Method::Post => WasiMethod::Post,
    };
    let scheme = if parts.scheme.eq_ignore_ascii_case("https") {
        Scheme::Https
    } else {
        Scheme::Http
    };
    let path = parts.path_with_query();
    outgoing
        .set_method(&method)
        .map_err(|()| refused_part("method"))?;
    outgoing
        .set_scheme(Some(&scheme))
        .map_err(|()| refused_part("scheme"))?;
    outgoing
        .set_authority(Some(parts.authority))
        .map_err(|()| refused_part("host name"))?;
    outgoing
        .set_path_with_query(Some(&url::mend(&path)))
        .map_err(|()| refused_part("path or query"))?;
    Ok(outgoing)
}

fn write_body(body: OutgoingBody, bytes: &[u8]) -> Result<(), Failure> {
    let stream = body.write().map_err(|()| refused_part("body"))?;
    for chunk in bytes.chunks(WRITE) {
        stream
            .blocking_write_and_flush(chunk)
            .map_err(|_| broken_off())?;
    }
    drop(stream);
    OutgoingBody::finish(body, None).map_err(|code| failure(&code))
}

fn read(incoming: &IncomingResponse) -> Result<Response, Failure> {
    let status = incoming.status();
    let headers: Vec<(String, String)> = incoming
        .headers()
        .entries()
        .into_iter()
        .map(|(name, value)| {
            (
                name.to_ascii_lowercase(),
                String::from_utf8_lossy(&value).into_owned(),
            )
        })
        .collect();
    let mut response = Response {
        status,
        headers,
        body: Vec::new(),
    };
    let body = incoming.consume().map_err(|()| broken_off())?;
    response.body = read_body(&body)?;
    Ok(response)
}

fn read_body(body: &IncomingBody) -> Result<Vec<u8>, Failure> {
    let stream = body.stream().map_err(|()| broken_off())?;
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(READ) {
            // Usually the whole body, which is then not copied again.
            Ok(chunk) if bytes.is_empty() => bytes = chunk,
            Ok(chunk) => bytes.extend_from_slice(&chunk),
            Err(StreamError::Closed) => return Ok(bytes),
            Err(StreamError::LastOperationFailed(error)) => {
                return Err(http_error_code(&error).map_or_else(broken_off, |code| failure(&code)));
            }
        }
    }
}

fn failure(code: &ErrorCode) -> Failure {
    let reason = match code {
        ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited => {
            return Failure::Denied(
                "The host refused this request; the run's log says by which rule.".to_owned(),
            );
        }
        ErrorCode::HttpResponseBodySize(_) | ErrorCode::HttpResponseHeaderSectionSize(_) => {
            return Failure::Malformed(
                "The answer is larger than the host allows; a smaller page size may help."
                    .to_owned(),
            );
        }
        ErrorCode::HttpResponseTransferCoding(_) | ErrorCode::HttpResponseContentCoding(_) => {
            return Failure::Malformed("The answer's encoding cannot be read.".to_owned());
        }
        ErrorCode::HttpRequestUriInvalid
        | ErrorCode::HttpRequestUriTooLong
        | ErrorCode::HttpRequestMethodInvalid => {
            return Failure::Unsupported(
                "The request's address or method cannot be sent.".to_owned(),
            );
        }
        ErrorCode::DnsTimeout | ErrorCode::DnsError(_) | ErrorCode::DestinationNotFound => {
            "its name cannot be resolved; check the host name in the endpoint"
        }
        ErrorCode::ConnectionRefused => "it refused the connection; check the port in the endpoint",
        ErrorCode::ConnectionTimeout
        | ErrorCode::ConnectionReadTimeout
        | ErrorCode::ConnectionWriteTimeout
        | ErrorCode::HttpResponseTimeout => "it did not answer in time",
        ErrorCode::TlsCertificateError => {
            "its certificate is not trusted; the SIS must present a complete, valid chain"
        }
        ErrorCode::TlsProtocolError | ErrorCode::TlsAlertReceived(_) => {
            "TLS could not be agreed on"
        }
        ErrorCode::HttpResponseIncomplete | ErrorCode::ConnectionTerminated => {
            "it broke off the connection"
        }
        _ => "the connection failed",
    };
    Failure::Unavailable(format!("The SIS could not be reached: {reason}."))
}

fn broken_off() -> Failure {
    Failure::Unavailable(
        "The SIS broke off the connection before the answer was complete.".to_owned(),
    )
}

fn refused_part(part: &str) -> Failure {
    Failure::Unsupported(format!("The request's {part} cannot be sent."))
}
