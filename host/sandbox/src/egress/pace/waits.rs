//! Time that somebody spends waiting for a server's pace. It is nobody's fault,
//! so the clocks of requests and calls stand still meanwhile. It does not know
//! what the waiting is for.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How often a clock that stands still is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The waits of a request, or of a call with all its requests.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    /// Waits of the request are waits of its call.
    call: Option<Arc<Waits>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    under_way: usize,
    /// So many of them are for a server that asked for a pause.
    pauses: usize,
    since: Option<Instant>,
    total: Duration,
}

/// A wait under way; it ends when this is dropped.
pub(crate) struct Wait<'a> {
    waits: &'a Waits,
    pause: bool,
}

impl Waits {
    /// The waits of one request of a call.
    pub(crate) fn within_call(call: &Arc<Waits>) -> Self {
        Waits {
            call: Some(call.clone()),
            state: Mutex::default(),
        }
    }

    /// Begins a wait for others.
    pub(crate) fn begin(&self) -> Wait<'_> {
        self.begin_for(false)
    }

    /// Begins a wait for a server that asked for a pause.
    pub(crate) fn begin_pause(&self) -> Wait<'_> {
        self.begin_for(true)
    }

    fn begin_for(&self, pause: bool) -> Wait<'_> {
        for waits in self.and_call() {
            let mut state = waits.state();
            if state.under_way == 0 {
                state.since = Some(Instant::now());
            }
            state.under_way += 1;
            state.pauses += usize::from(pause);
        }
        Wait { waits: self, pause }
    }

    /// The time in which anybody waited so far.
    pub(crate) fn total(&self) -> Duration {
        let state = self.state();
        state.total + state.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Whether somebody waits now.
    pub(crate) fn under_way(&self) -> bool {
        self.state().under_way > 0
    }

    /// Whether a server that asked for a pause is waited for now.
    pub(crate) fn are_for_a_pause(&self) -> bool {
        self.state().pauses > 0
    }

    /// Works for `time` at most, waits not counted. None: it took too long.
    pub(crate) async fn within<T>(
        &self,
        time: Duration,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let (began, before) = (Instant::now(), self.total());
        let mut work = pin!(work);
        loop {
            let waited = self.total().saturating_sub(before);
            let used = began.elapsed().saturating_sub(waited);
            let left = time.checked_sub(used).filter(|left| !left.is_zero())?;
            let nap = match self.under_way() {
                true => left.max(LOOK_AGAIN),
                false => left,
            };
            if let Ok(done) = tokio::time::timeout(nap, &mut work).await {
                return Some(done);
            }
        }
    }

    fn and_call(&self) -> impl Iterator<Item = &Waits> {
        [Some(self), self.call.as_deref()].into_iter().flatten()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        for waits in self.waits.and_call() {
            let mut state = waits.state();
            state.under_way -= 1;
            state.pauses -= usize::from(self.pause);
            if state.under_way == 0
                && let Some(since) = state.since.take()
            {
                state.total += since.elapsed();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(40);

    #[tokio::test]
    async fn work_ends_in_time_and_waits_do_not_count() {
        let call = Arc::new(Waits::default());
        let request = Waits::within_call(&call);
        let never = std::future::pending::<()>();
        assert_eq!(request.within(SHORT, never).await, None);

        let patient = async {
            let _wait = request.begin();
            tokio::time::sleep(SHORT * 4).await;
        };
        assert_eq!(request.within(SHORT, patient).await, Some(()));
        assert!(!call.under_way());
        assert!(call.total() >= SHORT * 4 && request.total() >= SHORT * 4);

        // What one request waits is no excuse for another one.
        let other = Waits::within_call(&call);
        let _wait = request.begin();
        let never = std::future::pending::<()>();
        assert_eq!(other.within(SHORT, never).await, None);
        assert!(call.under_way() && !other.under_way());
    }
}
