//! A limit of requests in a time: a bucket that fills again by and by.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::RateLimit;

/// What is left of a limit.
#[derive(Debug, Default)]
pub(crate) struct Bucket {
    /// Requests that are left, and when that was so.
    left: Mutex<Option<(f64, Instant)>>,
}

impl Bucket {
    /// Takes a request at the time `now`, or says how long until one is taken.
    pub(crate) fn take(&self, limit: &RateLimit, now: Instant) -> Result<(), Duration> {
        let most = f64::from(limit.requests);
        let a_second = most / limit.per.as_secs_f64();
        let mut state = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let (left, then) = state.unwrap_or((most, now));
        let left = (left + now.duration_since(then).as_secs_f64() * a_second).min(most);
        let taken = left >= 1.0;
        *state = Some((if taken { left - 1.0 } else { left }, now));
        match taken {
            true => Ok(()),
            false => Err(Duration::from_secs_f64((1.0 - left) / a_second)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_so_many_and_then_one_after_the_other() {
        let limit = RateLimit {
            requests: 100,
            per: Duration::from_secs(60),
            says_when: true,
        };
        let bucket = Bucket::default();
        let start = Instant::now();
        let taken = (0..150).filter(|_| bucket.take(&limit, start).is_ok());
        assert_eq!(taken.count(), 100);
        let wait = bucket.take(&limit, start).expect_err("it is empty");
        assert_eq!(wait.as_millis(), 600);
        let later = start + Duration::from_millis(650);
        assert!(bucket.take(&limit, later).is_ok());
        assert!(bucket.take(&limit, later).is_err());
        let much_later = start + Duration::from_secs(3600);
        let taken = (0..150).filter(|_| bucket.take(&limit, much_later).is_ok());
        assert_eq!(taken.count(), 100);
    }
}
