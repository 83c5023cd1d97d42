//! How hard a server is asked, over everybody who asks it: so many requests at
//! once, so many a second, and not at all while it wants to be left alone.
//!
//! A request takes one of the server's numbered places, then its turn. A
//! session that may have c requests under way uses the places below c, the
//! highest first, so that all sessions together never have more under way than
//! the most modest of them and the boldest of them may. A place has a door:
//! whoever finds a place taken waits at its door, and nobody overtakes them
//! there, so that a session with few places is not starved by one with many.
//!
//! When a server answers 429, or 503 with `Retry-After`, everybody pauses, and
//! then half as many ask at once; each good answer allows a little more. It
//! knows no request and no answer; see `client` for those.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::Notify;

mod keeper;
mod record;
mod waits;

pub(crate) use keeper::InProcess;
pub use keeper::{HeldSpot, PaceKeeper, PaceSpot};
pub use record::PaceRecord;
use record::{Busy, MOST_AT_ONCE, Micros, Turn};
pub(crate) use waits::Waits;

use super::origin::Origin;
use crate::manifest::Read;
use crate::observer::{Observer, WaitReason, Waiting};

/// Waits from this length on are told.
const WORTH_TELLING: Duration = Duration::from_secs(1);
/// A long pause is looked at again after this time, and told again.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// How often a place is looked at that another process may have.
const POLL: Duration = Duration::from_millis(5);
const SLOWEST_POLL: Duration = Duration::from_millis(20);
/// A record that somebody else is changing is asked for so often again.
const PATIENT_CHANGES: u32 = 200;

/// How hard a session may ask servers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Requests under way at one server, those of all other sessions counted;
    /// at least 1, at most 64.
    pub concurrency: u16,
    /// Requests a second to one server.
    pub rate: Option<f64>,
    /// How long one request may wait for a server that asks for a pause; none:
    /// as long as the limit `wait-time` says.
    pub patience: Option<Duration>,
}

impl Default for Pace {
    /// As a manifest that says nothing.
    fn default() -> Self {
        Pace {
            concurrency: 1,
            rate: None,
            patience: None,
        }
    }
}

impl Pace {
    /// What an adapter's manifest says.
    pub fn of(read: &Read) -> Self {
        Pace {
            concurrency: read.concurrency,
            rate: read.rate,
            patience: None,
        }
    }

    /// Places that may be used.
    pub(crate) fn places(&self) -> u16 {
        self.concurrency.clamp(1, MOST_AT_ONCE)
    }

    fn gap(&self) -> Option<Duration> {
        let rate = self.rate.filter(|rate| *rate > 0.0)?;
        Duration::try_from_secs_f64(1.0 / rate).ok()
    }
}

/// The pace of all servers.
pub(crate) struct Pacer {
    keeper: Arc<dyn PaceKeeper>,
    /// In place of a keeper that fails.
    own: InProcess,
    warned: AtomicBool,
    freed: Mutex<HashMap<Origin, Arc<Notify>>>,
}

/// Who wants to ask a server.
pub(crate) struct Visit<'a> {
    pub(crate) server: &'a Origin,
    pub(crate) pace: Pace,
    pub(crate) waits: &'a Waits,
    pub(crate) observer: &'a dyn Observer,
    /// What is left for pauses.
    pub(crate) patience: &'a mut Duration,
}

/// The server wants to be left alone for longer than the request may wait.
#[derive(Debug)]
pub(crate) struct TooLong(pub(crate) Duration);

/// A request that may be sent now. Its place is free again when this is
/// dropped.
pub(crate) struct Permit {
    place: Option<HeldSpot>,
    freed: Arc<Notify>,
    sent: Micros,
    /// The server had not complained when it was given.
    calm: bool,
}

impl Drop for Permit {
    fn drop(&mut self) {
        drop(self.place.take());
        self.freed.notify_waiters();
    }
}

/// A place whose door the request stands at.
type Door = Option<(u16, HeldSpot)>;

impl Pacer {
    pub(crate) fn new(keeper: Arc<dyn PaceKeeper>) -> Self {
        Pacer {
            keeper,
            own: InProcess::default(),
            warned: AtomicBool::new(false),
            freed: Mutex::default(),
        }
    }

    /// Waits for a place and for its turn.
    pub(crate) async fn enter(&self, visit: Visit<'_>) -> Result<Permit, TooLong> {
        let Visit {
            server,
            pace,
            waits,
            observer,
            patience,
        } = visit;
        let tell = |reason, left| {
            observer.waiting(&Waiting {
                origin: server.to_string(),
                reason,
                left,
            });
        };
        let freed = self.freed(server);
        let mut door = None;
        let mut crowd: Option<Crowd<'_>> = None;
        let mut allowed = pace.places();
        loop {
            let notified = freed.notified();
            let Some((number, place)) = self.try_place(server, allowed, &mut door) else {
                allowed = pace.places();
                let crowd = crowd.get_or_insert_with(|| Crowd::new(waits));
                if crowd.is_worth_telling() {
                    tell(WaitReason::Place, None);
                }
                // It is free at the latest when somebody looks.
                let _ = tokio::time::timeout(crowd.poll(), notified).await;
                continue;
            };
            let (turn, calm) = self.turn(server, number, pace.gap()).await;
            match turn {
                Turn::Crowded(places) => allowed = places.max(1),
                Turn::Pause(wait) => {
                    drop(place);
                    (door, crowd) = (None, None);
                    allowed = pace.places();
                    if wait > *patience {
                        return Err(TooLong(wait));
                    }
                    if wait >= WORTH_TELLING {
                        tell(WaitReason::Pause, Some(wait));
                    }
                    let nap = wait.min(LOOK_AGAIN);
                    *patience = patience.saturating_sub(nap);
                    let _wait = waits.begin_pause();
                    // Not everybody comes back at the same moment.
                    let later = (nap / 10).min(Duration::from_secs(1));
                    tokio::time::sleep(nap + later.mul_f64(rand::random())).await;
                }
                Turn::After(wait) => {
                    (door, crowd) = (None, None);
                    if !wait.is_zero() {
                        if wait >= WORTH_TELLING {
                            tell(WaitReason::Rate, Some(wait));
                        }
                        let _wait = waits.begin();
                        tokio::time::sleep(wait).await;
                        // The server may have asked for a pause meanwhile.
                        let (turn, _) = self.turn(server, number, None).await;
                        if !matches!(turn, Turn::After(_)) {
                            continue;
                        }
                    }
                    return Ok(Permit {
                        place: Some(place),
                        freed: freed.clone(),
                        sent: now(),
                        calm,
                    });
                }
            }
        }
    }

    /// The request was answered 429, or so.
    pub(crate) async fn busy(
        &self,
        server: &Origin,
        permit: &Permit,
        pace: Pace,
        asked: Option<Duration>,
        first_wait: Duration,
    ) {
        let busy = Busy {
            sent: permit.sent,
            asked,
            at_once: pace.places(),
            first_wait,
            chance: rand::random(),
        };
        self.change(server, |record| record.busy(now(), busy)).await;
    }

    /// The request was answered as it should be.
    pub(crate) async fn answered(&self, server: &Origin, permit: &Permit) {
        if !permit.calm {
            let sent = permit.sent;
            self.change(server, |record| record.answered(now(), sent))
                .await;
        }
    }

    /// A place below `allowed`, the highest first; else the request stands at
    /// the door of one, if there is a door nobody stands at.
    fn try_place(&self, server: &Origin, allowed: u16, door: &mut Door) -> Option<(u16, HeldSpot)> {
        if let Some((number, _)) = door {
            let number = *number;
            if number >= allowed {
                *door = None;
            } else if let Some(place) = self.take(server, PaceSpot::Place(number)) {
                *door = None;
                return Some((number, place));
            }
        }
        for number in (0..allowed).rev() {
            if door.as_ref().is_some_and(|(ours, _)| *ours == number) {
                continue;
            }
            let Some(at_door) = self.take(server, PaceSpot::Door(number)) else {
                continue;
            };
            if let Some(place) = self.take(server, PaceSpot::Place(number)) {
                *door = None;
                return Some((number, place));
            }
            door.get_or_insert((number, at_door));
        }
        None
    }

    fn take(&self, server: &Origin, spot: PaceSpot) -> Option<HeldSpot> {
        let taken = self.keeper.try_take(server, spot).or_else(|error| {
            self.trouble(&error);
            self.own.try_take(server, spot)
        });
        taken.ok().flatten()
    }

    async fn turn(&self, server: &Origin, number: u16, gap: Option<Duration>) -> (Turn, bool) {
        self.change(server, |record| {
            let turn = record.turn(now(), number, gap);
            (turn, record.is_calm())
        })
        .await
    }

    /// Changes the server's record. Somebody who holds it for long, such as a
    /// process that was stopped, does not hold up this one.
    async fn change<T>(&self, server: &Origin, mut change: impl FnMut(&mut PaceRecord) -> T) -> T {
        let mut result = None;
        for _ in 0..PATIENT_CHANGES {
            let changed = self
                .keeper
                .change(server, &mut |record| result = Some(change(record)));
            match (changed, result.take()) {
                (Ok(_), Some(result)) => return result,
                (Ok(_), None) => {
                    let wait = POLL.mul_f64(rand::random());
                    tokio::time::sleep(wait).await;
                }
                (Err(error), _) => {
                    self.trouble(&error);
                    break;
                }
            }
        }
        self.own.with(server, change)
    }

    /// Says once that others do not know what this process does.
    fn trouble(&self, error: &io::Error) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "the pace at which servers are asked cannot be shared with other processes \
                 ({error}); this process keeps to it alone"
            );
        }
    }

    fn freed(&self, server: &Origin) -> Arc<Notify> {
        let mut all = self.freed.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(server.clone()).or_default().clone()
    }
}

/// All places are taken; the time since then is waiting.
struct Crowd<'a> {
    since: Instant,
    told: Option<Instant>,
    poll: Duration,
    _wait: waits::Wait<'a>,
}

impl<'a> Crowd<'a> {
    fn new(waits: &'a Waits) -> Self {
        Crowd {
            since: Instant::now(),
            told: None,
            poll: POLL,
            _wait: waits.begin(),
        }
    }

    fn is_worth_telling(&mut self) -> bool {
        let silent = self.told.unwrap_or(self.since).elapsed();
        let worth_it = silent
            >= match self.told {
                None => WORTH_TELLING,
                Some(_) => LOOK_AGAIN,
            };
        if worth_it {
            self.told = Some(Instant::now());
        }
        worth_it
    }

    fn poll(&mut self) -> Duration {
        let poll = self.poll;
        self.poll = (poll * 2).min(SLOWEST_POLL);
        poll.mul_f64(0.5 + rand::random::<f64>() / 2.0)
    }
}

/// The time on the clock that all processes share.
fn now() -> Micros {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        Micros::try_from(since.as_micros()).unwrap_or(Micros::MAX)
    })
}

#[cfg(test)]
mod tests;
