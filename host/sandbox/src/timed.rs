//! The processor's time of a call, which its waiting is no part of. It does not
//! know what the future does.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Measures how long a future computes, waiting not counted, and ends it when
/// that is too long. The guest gives way at every tick, so that the measure is
/// taken often enough.
pub(crate) struct Timed<'a, F> {
    pub(crate) future: Pin<Box<F>>,
    pub(crate) busy: &'a mut Duration,
    pub(crate) most: Duration,
}

/// It computed for longer than it may.
pub(crate) struct Overtime;

impl<F: Future> Future for Timed<'_, F> {
    type Output = Result<F::Output, Overtime>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let since = Instant::now();
        let polled = this.future.as_mut().poll(cx);
        *this.busy += since.elapsed();
        match polled {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending if *this.busy > this.most => Poll::Ready(Err(Overtime)),
            Poll::Pending => Poll::Pending,
        }
    }
}
