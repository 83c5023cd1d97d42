//! Whether the source takes the credentials, over all requests of a session.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use http::StatusCode;

use crate::error::{CallError, ErrorKind};

/// Counts refusals. Servers lock out a client that
/// comes back with bad ones again and again, so a session stops after a few.
#[derive(Default)]
pub(crate) struct Refusals {
    in_a_row: AtomicU32,
    ever_accepted: AtomicBool,
}

impl Refusals {
    const MOST: u32 = 3;

    /// Notes what a request with credentials was answered.
    pub(crate) fn note(&self, status: StatusCode) {
        if status == StatusCode::UNAUTHORIZED {
            self.in_a_row.fetch_add(1, Ordering::Relaxed);
        } else if status.is_success() {
            self.ever_accepted.store(true, Ordering::Relaxed);
        }
    }

    /// Whether another request makes sense.
    pub(crate) fn check(&self) -> Result<(), CallError> {
        let refused = self.in_a_row.load(Ordering::Relaxed) >= Self::MOST;
        if !refused || self.ever_accepted.load(Ordering::Relaxed) {
            return Ok(());
        }
        Err(CallError::new(
            ErrorKind::Unauthorised,
            "the source has refused the credentials several times; nothing more was sent",
        ))
    }
}
