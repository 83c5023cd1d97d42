//! What leaves and what comes, counted toward the limits of the run and of the
//! call. It enforces no pace and knows no server.

use std::sync::atomic::Ordering;

use http::Uri;
use http::header::HeaderMap;

use super::client::SessionEgress;
use super::trace::CallTrace;
use crate::error::{CallError, ErrorKind};

impl SessionEgress {
    /// Counts what is about to leave.
    pub(super) fn count_out(&self, bytes: usize, trace: &CallTrace) -> Result<(), CallError> {
        let limits = &self.limits;
        if self.requests.fetch_add(1, Ordering::Relaxed) >= limits.run_requests {
            return Err(CallError::new(
                ErrorKind::LimitExceeded,
                format!(
                    "the adapter sent over {} requests in this run",
                    limits.run_requests
                ),
            ));
        }
        let bytes_before = self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
        if bytes_before + bytes as u64 > limits.run_request_bytes {
            return Err(CallError::new(
                ErrorKind::LimitExceeded,
                format!(
                    "the adapter sent over {} bytes in this run",
                    limits.run_request_bytes
                ),
            )
            .with_remedy("Ask the adapter's vendor what it sends there."));
        }
        trace.sent(bytes);
        Ok(())
    }

    /// Counts what has come.
    pub(super) fn count_in(&self, bytes: usize, trace: &CallTrace) -> Result<(), CallError> {
        let limits = &self.limits;
        let of_call = trace.received(bytes);
        let of_run = self.received.fetch_add(bytes as u64, Ordering::Relaxed) + bytes as u64;
        for (sum, most, what) in [
            (of_call, limits.call_response_bytes, "page"),
            (of_run, limits.run_response_bytes, "run"),
        ] {
            if sum > most {
                let detail = format!("the answers for one {what} have over {most} bytes");
                return Err(CallError::new(ErrorKind::LimitExceeded, detail));
            }
        }
        Ok(())
    }
}

pub(super) fn uri_bytes(uri: &Uri) -> usize {
    let authority = uri.authority().map_or(0, |a| a.as_str().len());
    let path = uri.path_and_query().map_or(0, |p| p.as_str().len());
    uri.scheme_str().map_or(0, str::len) + authority + path
}

pub(super) fn field_bytes(headers: &HeaderMap) -> usize {
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum()
}
