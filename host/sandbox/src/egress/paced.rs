//! One request's way through a server's pace: it waits for its turn, and what
//! the answer says about the pace is passed on. What is sent, and which failures
//! are worth another attempt, is not its business.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{Response, StatusCode};
use tokio::sync::SemaphorePermit;

use super::client::SessionEgress;
use super::origin::Origin;
use super::pace::{Permit, TooLong, Visit, Waits};
use super::retry;
use crate::error::{CallError, ErrorKind};
use crate::observer::{WaitReason, Waiting};

/// The longest wait that a request adds to those of its server.
const LONGEST_OWN_WAIT: Duration = Duration::from_secs(60);

/// What a request has left, over all its attempts.
pub(crate) struct Patience<'a> {
    pub(crate) waits: &'a Waits,
    /// For servers that ask for a pause.
    left: Duration,
    /// How often it was answered 429, or so.
    refused: u32,
}

/// A request's places; that of the server is given back first.
pub(super) struct Entered<'a> {
    pub(super) server: Permit,
    _own: SemaphorePermit<'a>,
}

impl<'a> Patience<'a> {
    /// Patience for `all` waits together.
    pub(crate) fn new(waits: &'a Waits, all: Duration) -> Self {
        Patience {
            waits,
            left: all,
            refused: 0,
        }
    }
}

impl SessionEgress {
    /// How long one request may wait for servers that ask for a pause.
    pub(super) fn patience(&self) -> Duration {
        let most = self.limits.wait_time;
        self.pace.patience.map_or(most, |ours| ours.min(most))
    }

    /// Waits for a place at the server and for the request's turn.
    pub(super) async fn enter(
        &self,
        server: &Origin,
        patience: &mut Patience<'_>,
    ) -> Result<Entered<'_>, CallError> {
        let own = {
            let _wait = patience.waits.begin();
            self.at_once.acquire().await
        };
        let own = own.map_err(|_| CallError::new(ErrorKind::Internal, "the process is ending"))?;
        let visit = Visit {
            server,
            pace: self.pace,
            waits: patience.waits,
            observer: &*self.observer,
            patience: &mut patience.left,
        };
        let entered = self.shared.pacer.enter(visit).await;
        match entered {
            Ok(server) => Ok(Entered { server, _own: own }),
            Err(TooLong(wait)) => Err(self.impatient(server, Some(wait))),
        }
    }

    /// Passes on what an answer says about the server's pace.
    pub(super) async fn learn(
        &self,
        server: &Origin,
        permit: &Permit,
        status: StatusCode,
        asked: Option<Duration>,
    ) {
        let pacer = &self.shared.pacer;
        if retry::wants_patience(status, asked) {
            // Nobody else is held up for longer than anybody would wait.
            let asked = asked.filter(|asked| *asked <= self.limits.wait_time);
            let first = self.shared.config.retry.first_wait;
            pacer.busy(server, permit, self.pace, asked, first).await;
        } else if !status.is_server_error() {
            pacer.answered(server, permit).await;
        }
    }

    /// Waits after an answer that wants patience, longer each time. Whether to
    /// ask again.
    pub(super) async fn calm_down(
        &self,
        server: &Origin,
        asked: Option<Duration>,
        patience: &mut Patience<'_>,
    ) -> bool {
        let first = self.shared.config.retry.first_wait;
        let doubled = first.saturating_mul(1 << patience.refused.min(16));
        let wait = doubled
            .min(LONGEST_OWN_WAIT)
            .mul_f64(0.5 + rand::random::<f64>() / 2.0);
        patience.refused += 1;
        if wait.max(asked.unwrap_or_default()) > patience.left {
            return false;
        }
        if wait >= Duration::from_secs(1) {
            self.observer.waiting(&Waiting {
                origin: server.to_string(),
                reason: WaitReason::Pause,
                left: Some(wait),
            });
        }
        patience.left -= wait;
        let _wait = patience.waits.begin_pause();
        tokio::time::sleep(wait).await;
        true
    }

    /// What it means that a server wants more patience than there is.
    pub(super) fn impatient(&self, server: &Origin, asked: Option<Duration>) -> CallError {
        let most = self.patience().as_secs_f64();
        let wants = match asked {
            Some(asked) => format!(
                "wants to be left alone for {} s",
                asked.as_secs_f64().ceil()
            ),
            None => "takes no more requests for now".to_owned(),
        };
        let detail =
            format!("`{server}` {wants} (429), and a request waits for {most:.0} s in all");
        CallError::new(ErrorKind::RateLimited, detail).with_retry_after(asked)
    }
}

/// `Retry-After` of an answer that came now.
pub(super) fn asked(response: &Response<Bytes>) -> Option<Duration> {
    retry::retry_after(response.headers(), SystemTime::now())
}
