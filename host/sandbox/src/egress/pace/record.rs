//! What is remembered of a server between two requests, and what follows from
//! it: a pure function of the record, the time and what happened. It knows no
//! clock, no file and no lock.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A time in microseconds since 1970.
pub(crate) type Micros = i64;

/// The most requests that any session may have under way at a server.
pub(crate) const MOST_AT_ONCE: u16 = 64;
/// A gap between two requests is never longer.
const LONGEST_GAP: Duration = Duration::from_secs(60);
/// The longest wait that the host thinks of itself.
const LONGEST_OWN_WAIT: Duration = Duration::from_secs(60);
/// No pause is longer, whatever a record says.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(30 * 60);
/// When as many as may wait all have their turn.
const FARTHEST_TURN: Duration = Duration::from_secs(60 * (MOST_AT_ONCE as u64 + 1));
/// So long after the last 429 nothing of it is remembered.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(10 * 60);
/// After so many good answers the next wait of the host's own is half as long.
const GOOD_ANSWERS: u32 = 8;
/// A quarter of a second, doubled so often, is over a minute.
const HIGHEST_LEVEL: u32 = 9;

/// How a server is asked at the moment, shared by everybody who asks it. The
/// default is that of a server that has not complained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct PaceRecord {
    /// When it was last written.
    seen: Micros,
    /// The next request's turn, where there is a rate.
    next: Micros,
    /// Nobody asks before.
    pause: Micros,
    /// So many at once; 0: as many as a session may.
    at_once: f64,
    /// When so many at once work again, there is no such limit any more.
    enough: f64,
    /// How often the host's own wait has doubled.
    level: u32,
    /// Good answers since the last 429 or the last change of the level.
    good: u32,
    /// When the pace went down last.
    slowed: Micros,
}

/// What a request that has a place does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It is sent after this wait.
    After(Duration),
    /// The server wants everybody to wait so long.
    Pause(Duration),
    /// For now only places below this number are used.
    Crowded(u16),
}

/// A server's word that it is asked too much.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Busy {
    /// When the request was sent.
    pub(crate) sent: Micros,
    /// `Retry-After`.
    pub(crate) asked: Option<Duration>,
    /// How many the session may have under way.
    pub(crate) at_once: u16,
    /// The host's own first wait.
    pub(crate) first_wait: Duration,
    /// Between 0 and 1: clients that were refused together do not come back
    /// together.
    pub(crate) chance: f64,
}

impl PaceRecord {
    /// Gives the holder of place `place` its turn.
    pub(crate) fn turn(&mut self, now: Micros, place: u16, gap: Option<Duration>) -> Turn {
        self.settle(now);
        if self.pause > now {
            return Turn::Pause(micros(self.pause - now));
        }
        if self.at_once > 0.0 && f64::from(place) >= self.at_once.floor().max(1.0) {
            return Turn::Crowded(self.at_once as u16);
        }
        let Some(gap) = gap else {
            return Turn::After(Duration::ZERO);
        };
        let turn = self.next.max(now);
        self.next = turn.saturating_add(of(gap.min(LONGEST_GAP)));
        self.seen = now;
        Turn::After(micros(turn - now))
    }

    /// The server has answered 429: everybody pauses, then asks more slowly.
    /// Requests that were under way together slow down once.
    pub(crate) fn busy(&mut self, now: Micros, busy: Busy) {
        self.settle(now);
        let mut wait = busy.asked.unwrap_or_default();
        if busy.sent > self.slowed {
            let most = f64::from(busy.at_once.clamp(1, MOST_AT_ONCE));
            if self.at_once == 0.0 {
                self.enough = most;
                self.at_once = most;
            }
            self.at_once = (self.at_once / 2.0).max(1.0);
            let doubled = busy.first_wait.saturating_mul(1 << self.level);
            let own = doubled.min(LONGEST_OWN_WAIT);
            wait = wait.max(own.mul_f64(0.5 + busy.chance.clamp(0.0, 1.0) / 2.0));
            self.level = (self.level + 1).min(HIGHEST_LEVEL);
            self.good = 0;
            self.slowed = now;
        }
        self.pause = self
            .pause
            .max(now.saturating_add(of(wait.min(LONGEST_PAUSE))));
        self.seen = now;
    }

    /// The server has answered a request of the time `sent` as it should: a
    /// little more from now on, if it was less.
    pub(crate) fn answered(&mut self, now: Micros, sent: Micros) {
        self.settle(now);
        if self.slowed == 0 || sent <= self.slowed {
            return;
        }
        if self.at_once > 0.0 {
            self.at_once += 1.0 / self.at_once;
            if self.at_once >= self.enough {
                self.at_once = 0.0;
            }
        }
        self.good = self.good.saturating_add(1);
        if self.good >= GOOD_ANSWERS {
            self.good = 0;
            self.level = self.level.saturating_sub(1);
        }
        if self.at_once == 0.0 && self.level == 0 {
            self.slowed = 0;
        }
        self.seen = now;
    }

    /// Whether nothing is left of a 429.
    pub(crate) fn is_calm(&self) -> bool {
        self.slowed == 0
    }

    /// Puts a record right that is old, of another time, or was damaged: what
    /// it says is never worth more than a bounded wait.
    fn settle(&mut self, now: Micros) {
        // The clock was set back: as long to wait as there was.
        let ahead = self.seen.saturating_sub(now);
        if ahead > 0 {
            for time in [&mut self.next, &mut self.pause, &mut self.slowed] {
                *time = time.saturating_sub(ahead).max(0);
            }
            self.seen = now;
        }
        let beyond = |time, most| time > now.saturating_add(of(most));
        if beyond(self.next, FARTHEST_TURN)
            || beyond(self.pause, LONGEST_PAUSE)
            || self.slowed > now
        {
            *self = PaceRecord::default();
        }
        let sane = (0.0..=f64::from(MOST_AT_ONCE)).contains(&self.at_once)
            && (0.0..=f64::from(MOST_AT_ONCE)).contains(&self.enough);
        let forgotten = self.slowed != 0
            && self.pause <= now
            && now.saturating_sub(self.slowed.max(self.pause)) > of(FORGOTTEN_AFTER);
        if !sane || forgotten {
            *self = PaceRecord {
                seen: self.seen,
                next: self.next,
                ..PaceRecord::default()
            };
        }
        self.level = self.level.min(HIGHEST_LEVEL);
    }
}

fn of(time: Duration) -> Micros {
    Micros::try_from(time.as_micros()).unwrap_or(Micros::MAX)
}

fn micros(time: Micros) -> Duration {
    Duration::from_micros(u64::try_from(time).unwrap_or(0))
}

#[cfg(test)]
mod tests;
