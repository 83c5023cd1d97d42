//! Folds a run's events into one line of text. It knows no terminal.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use homeroom_roster::record::Collection;
use homeroom_sync::{Event, Phase, Wait, WaitReason};

use crate::output::text::{clean, count, counted};

/// Over which time the rate is taken.
const RATE_WINDOW: Duration = Duration::from_secs(10);

/// What is known of a run so far.
pub(super) struct Tracker {
    who: String,
    phase: Option<Phase>,
    /// Rows so far, of how many, by collection.
    rows: BTreeMap<Collection, (u64, Option<u64>)>,
    /// What came last.
    current: Option<Collection>,
    findings: u64,
    requests: u64,
    waiting: Option<Wait>,
    /// All rows at past times, for the rate.
    past: Vec<(Instant, u64)>,
}

impl Tracker {
    pub(super) fn new() -> Self {
        Tracker {
            who: String::new(),
            phase: None,
            rows: BTreeMap::new(),
            current: None,
            findings: 0,
            requests: 0,
            waiting: None,
            past: Vec::new(),
        }
    }

    /// Takes an event in. Events of parallel pages may arrive out of order, so
    /// numbers only grow.
    pub(super) fn apply(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Started {
                run,
                provider,
                resumed,
            } => {
                let resumed = if *resumed {
                    ", going on where it stopped"
                } else {
                    ""
                };
                self.who = format!("{}, run {run}{resumed}", clean(provider));
            }
            Event::Reading {
                collection,
                rows,
                total,
                done: _,
            } => {
                let known = self.rows.entry(*collection).or_default();
                known.0 = known.0.max(*rows);
                known.1 = total.or(known.1);
                self.current = Some(*collection);
                self.waiting = None;
                let all = self.all_rows();
                self.past
                    .retain(|(then, _)| now.duration_since(*then) <= RATE_WINDOW);
                self.past.push((now, all));
            }
            Event::Findings { count } => self.findings = self.findings.max(*count),
            Event::Request { count, waiting } => {
                self.requests = self.requests.max(*count);
                self.waiting = *waiting;
            }
            Event::Phase(phase) => {
                self.phase = Some(*phase);
                self.waiting = None;
            }
        }
    }

    /// The line.
    pub(super) fn line(&self) -> String {
        let doing = match self.phase {
            None => "starting".to_owned(),
            Some(Phase::Read) => self.reading(),
            Some(Phase::Load) => "loading what is known".to_owned(),
            Some(Phase::Plan) => "matching and planning".to_owned(),
            Some(Phase::Commit) => "writing".to_owned(),
        };
        let mut parts = vec![doing];
        let all = self.all_rows();
        if !matches!(self.phase, None | Some(Phase::Read)) && all > 0 {
            parts.push(counted(all, "row read", "rows read"));
        }
        if self.findings > 0 {
            parts.push(counted(self.findings, "finding", "findings"));
        }
        parts.extend(self.waiting.map(waiting));
        format!("{}: {}", self.who, parts.join(", "))
    }

    fn reading(&self) -> String {
        let Some(collection) = self.current else {
            return match self.requests {
                0 => "connecting".to_owned(),
                requests => format!("reading, {}", counted(requests, "request", "requests")),
            };
        };
        let (rows, total) = self.rows.get(&collection).copied().unwrap_or_default();
        let mut told = format!("reading {collection}, {}", count(rows));
        match total {
            Some(total) if total >= rows => told.push_str(&format!(" of {}", count(total))),
            _ => {}
        }
        if let Some(rate) = self.rate() {
            told.push_str(&format!(", {} rows/s", count(rate)));
        }
        told
    }

    /// Rows a second over the last seconds; none until that says something.
    fn rate(&self) -> Option<u64> {
        let ((first, before), (last, after)) = (self.past.first()?, self.past.last()?);
        let seconds = last.duration_since(*first).as_secs_f64();
        (seconds >= 0.5).then(|| ((after - before) as f64 / seconds) as u64)
    }

    fn all_rows(&self) -> u64 {
        self.rows.values().map(|(rows, _)| rows).sum()
    }
}

fn waiting(wait: Wait) -> String {
    let seconds = wait.left.map_or(0, |left| left.as_secs()).max(1);
    match wait.reason {
        WaitReason::Pause => format!("the source asks to wait, trying again in {seconds} s"),
        WaitReason::Place => "waiting for other syncs at the same server".to_owned(),
        WaitReason::Rate => format!("the rate limit allows the next request in {seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(collection: Collection, rows: u64, total: Option<u64>) -> Event {
        Event::Reading {
            collection,
            rows,
            total,
            done: false,
        }
    }

    #[test]
    fn the_line_says_what_is_being_done() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut tracker = Tracker::new();
        let provider = "river\u{1b}side".to_owned();
        tracker.apply(
            &Event::Started {
                run: 7,
                provider,
                resumed: false,
            },
            at(0),
        );
        assert_eq!(tracker.line(), "river\\u{1b}side, run 7: starting");
        tracker.apply(&Event::Phase(Phase::Read), at(0));
        assert_eq!(tracker.line(), "river\\u{1b}side, run 7: connecting");
        tracker.apply(&reading(Collection::Users, 5_000, Some(30_000)), at(1));
        tracker.apply(&reading(Collection::Users, 15_000, Some(30_000)), at(3));
        tracker.apply(&Event::Findings { count: 1 }, at(3));
        let line = tracker.line();
        assert!(
            line.ends_with("reading users, 15,000 of 30,000, 5,000 rows/s, 1 finding"),
            "{line}"
        );
        tracker.apply(
            &Event::Request {
                count: 4,
                waiting: Some(Wait {
                    reason: WaitReason::Pause,
                    left: Some(Duration::from_secs(30)),
                }),
            },
            at(4),
        );
        assert!(
            tracker.line().ends_with("trying again in 30 s"),
            "{}",
            tracker.line()
        );
        tracker.apply(&Event::Phase(Phase::Commit), at(5));
        let line = tracker.line();
        assert!(
            line.ends_with("run 7: writing, 15,000 rows read, 1 finding"),
            "{line}"
        );
    }

    #[test]
    fn events_out_of_order_never_count_back() {
        let now = Instant::now();
        let mut tracker = Tracker::new();
        tracker.apply(&Event::Phase(Phase::Read), now);
        tracker.apply(&reading(Collection::Orgs, 20, Some(20)), now);
        tracker.apply(
            &reading(Collection::Orgs, 10, None),
            now + Duration::from_secs(2),
        );
        assert!(
            tracker.line().contains("reading orgs, 20 of 20, 0 rows/s"),
            "{}",
            tracker.line()
        );
    }
}
