//! The processor's time of a call, which its waiting is no part of. It does not
//! know what the future does.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// A moment of this thread by the processor's time that it has used: neither
/// waiting counts, nor the time in which others had the processor.
pub(crate) struct Moment(Clock);

/// The kernel counts for each thread.
#[cfg(unix)]
type Clock = nix::sys::time::TimeSpec;

/// Elsewhere the clock on the wall has to do.
#[cfg(not(unix))]
type Clock = std::time::Instant;

impl Moment {
    #[cfg(unix)]
    pub(crate) fn now() -> Self {
        use nix::time::{ClockId, clock_gettime};
        let now = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID);
        // Every kernel has the clock of the calling thread.
        Moment(now.unwrap_or_else(|_| Clock::new(0, 0)))
    }

    #[cfg(not(unix))]
    pub(crate) fn now() -> Self {
        Moment(Clock::now())
    }

    /// What this thread has used since. Must be asked on the same thread.
    pub(crate) fn elapsed(&self) -> Duration {
        #[cfg(unix)]
        return Duration::from(Moment::now().0).saturating_sub(Duration::from(self.0));
        #[cfg(not(unix))]
        return self.0.elapsed();
    }
}

/// Measures how long a future computes, waiting not counted, and ends it when
/// that is too long. The guest gives way at every tick, so that the measure is
/// taken often enough.
pub(crate) struct Timed<'a, F> {
    pub(crate) future: Pin<Box<F>>,
    pub(crate) busy: &'a mut Duration,
    pub(crate) most: Duration,
}

/// It computed for longer than it may.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Overtime;

impl<F: Future> Future for Timed<'_, F> {
    type Output = Result<F::Output, Overtime>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let since = Moment::now();
        let polled = this.future.as_mut().poll(cx);
        *this.busy += since.elapsed();
        match polled {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending if *this.busy > this.most => Poll::Ready(Err(Overtime)),
            Poll::Pending => Poll::Pending,
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// Runs `work` between two moments at which the future gives way.
    async fn timed(work: impl FnOnce(), most: Duration) -> Result<(), Overtime> {
        let future = async {
            work();
            tokio::task::yield_now().await;
        };
        let mut busy = Duration::ZERO;
        let future = Timed {
            future: Box::pin(future),
            busy: &mut busy,
            most,
        };
        future.await
    }

    #[tokio::test]
    async fn a_thread_that_does_not_have_the_processor_uses_no_time() {
        let most = Duration::from_millis(100);
        let slept = timed(|| std::thread::sleep(2 * most), most).await;
        assert_eq!(slept, Ok(()));
    }

    #[tokio::test]
    async fn computing_too_long_ends_it() {
        let most = Duration::from_millis(5);
        let compute = || {
            let since = Moment::now();
            while since.elapsed() <= 2 * most {}
        };
        assert_eq!(timed(compute, most).await, Err(Overtime));
    }
}
