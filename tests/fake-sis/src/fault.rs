//! Faults: what goes wrong, and when.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::Resource;

/// Something that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What.
    pub kind: FaultKind,
    /// When.
    pub when: When,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// An error object with this status instead of the answer.
    Status(u16),
    /// 429.
    TooManyRequests(RetryAfter),
    /// The connection is reset before the answer.
    Reset,
    /// A redirect to this origin (`http://host:port`), same path and query.
    RedirectTo(String),
    /// A redirect to the same address with `moved=1` added to the query; an
    /// address that has it is answered.
    RedirectHere,
    /// A login page in HTML, with 200.
    HtmlLogin,
    /// An error object with 200.
    ErrorWith200,
    /// A warning object beside the data.
    WarningBeside,
    /// 200 and no body.
    EmptyBody,
    /// 204.
    NoContent,
    /// An empty list under the right key; the total says zero.
    EmptyRoster,
    /// 200 and an object without the key of the list.
    MissingEnvelope,
    /// 200 and `null` under the key of the list.
    NullEnvelope,
    /// JSON that breaks off, in a body that is whole.
    BrokenJson,
    /// A byte that is no UTF-8 in the first text.
    InvalidUtf8,
    /// The body at so many bytes a second.
    SlowBody(u32),
    /// The answer after so many milliseconds.
    Delay(u32),
    /// The connection ends in the middle of the body.
    TruncatedBody,
    /// Content-Length says so many bytes more (or fewer) than are sent.
    WrongLength(i32),
    /// Headers of so many bytes.
    HugeHeaders(u32),
    /// A small gzip body that unfolds to so many MiB.
    GzipBomb(u32),
    /// A body of so many nested arrays.
    DeepNesting(u32),
    /// A body that never ends.
    EndlessBody,
    /// 500 with the credentials of the request in body and header.
    CredentialEcho,
    /// Another Content-Type on the right body; empty: none at all.
    ContentType(String),
    /// A byte order mark before the body.
    ByteOrderMark,
    /// This status with this JSON.
    Answer(u16, String),
}

/// What a 429 says about when to come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// In so many seconds.
    Seconds(u32),
    /// At the time so many seconds from now, as an HTTP date.
    Date(u32),
    /// Nothing.
    Absent,
}

/// Which requests a fault can meet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Target {
    /// Requests for records.
    #[default]
    Roster,
    /// Requests for a token.
    Token,
}

/// When a fault strikes. All that is set must hold. The default: always.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct When {
    /// Roster or token requests.
    pub target: Target,
    /// Only this resource.
    pub resource: Option<Resource>,
    /// Only this page of a list; 1 is the first.
    pub page: Option<u32>,
    /// Not the first so many requests that the lines above admit.
    pub after: Option<u32>,
    /// Of those left, every so manyth only.
    pub every: Option<u32>,
    /// At most so many times.
    pub times: Option<u32>,
    /// Only so long after it has struck for the first time.
    pub lasting: Option<Duration>,
}

impl Fault {
    /// A fault that always strikes.
    pub fn always(kind: FaultKind) -> Self {
        Fault {
            kind,
            when: When::default(),
        }
    }

    /// A fault on the first `times` requests.
    pub fn first(times: u32, kind: FaultKind) -> Self {
        let when = When {
            times: Some(times),
            ..When::default()
        };
        Fault { kind, when }
    }

    /// A fault on one page of one resource, `times` times.
    pub fn on_page(resource: Resource, page: u32, times: u32, kind: FaultKind) -> Self {
        let when = When {
            resource: Some(resource),
            page: Some(page),
            times: Some(times),
            ..When::default()
        };
        Fault { kind, when }
    }

    /// A fault on one resource, always.
    pub fn on(resource: Resource, kind: FaultKind) -> Self {
        let when = When {
            resource: Some(resource),
            ..When::default()
        };
        Fault { kind, when }
    }
}

/// The faults of a behaviour with what they have seen so far.
#[derive(Debug, Default)]
pub(crate) struct Armed {
    faults: Vec<(Fault, Seen)>,
}

#[derive(Debug, Default)]
struct Seen {
    admitted: AtomicU32,
    struck: AtomicU32,
    first: OnceLock<Instant>,
}

impl Armed {
    pub(crate) fn new(faults: &[Fault]) -> Self {
        let faults = faults.iter().map(|f| (f.clone(), Seen::default()));
        Armed {
            faults: faults.collect(),
        }
    }

    /// The faults that strike this request.
    pub(crate) fn strike(
        &self,
        target: Target,
        resource: Option<Resource>,
        page: Option<u32>,
    ) -> Vec<FaultKind> {
        let mut kinds = Vec::new();
        for (fault, seen) in &self.faults {
            let when = &fault.when;
            let admitted = when.target == target
                && (when.resource.is_none() || when.resource == resource)
                && (when.page.is_none() || when.page == page);
            if !admitted {
                continue;
            }
            let turn = seen.admitted.fetch_add(1, Ordering::SeqCst);
            let Some(turn) = turn.checked_sub(when.after.unwrap_or(0)) else {
                continue;
            };
            let every = when.every.unwrap_or(1).max(1);
            if !(turn + 1).is_multiple_of(every) {
                continue;
            }
            let first = *seen.first.get_or_init(Instant::now);
            if when.lasting.is_some_and(|time| first.elapsed() >= time) {
                continue;
            }
            let struck = seen.struck.fetch_add(1, Ordering::SeqCst);
            if when.times.is_none_or(|times| struck < times) {
                kinds.push(fault.kind.clone());
            }
        }
        kinds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strikes(when: When, requests: u32) -> Vec<u32> {
        let armed = Armed::new(&[Fault {
            kind: FaultKind::Reset,
            when,
        }]);
        (0..requests)
            .filter(|_| {
                let resource = Some(Resource::Users);
                !armed.strike(Target::Roster, resource, Some(1)).is_empty()
            })
            .collect()
    }

    #[test]
    fn a_fault_strikes_when_it_says() {
        let first = When {
            times: Some(2),
            ..When::default()
        };
        assert_eq!(strikes(first, 5), [0, 1]);
        let every = When {
            every: Some(3),
            ..When::default()
        };
        assert_eq!(strikes(every, 7), [2, 5]);
        let after = When {
            after: Some(4),
            times: Some(1),
            ..When::default()
        };
        assert_eq!(strikes(after, 7), [4]);
        let elsewhere = When {
            resource: Some(Resource::Orgs),
            ..When::default()
        };
        assert!(strikes(elsewhere, 3).is_empty());
        let over = When {
            lasting: Some(Duration::ZERO),
            ..When::default()
        };
        assert!(strikes(over, 3).is_empty());
        let lasting = When {
            lasting: Some(Duration::from_secs(3600)),
            ..When::default()
        };
        assert_eq!(strikes(lasting, 3), [0, 1, 2]);
        let token = When {
            target: Target::Token,
            ..When::default()
        };
        assert!(strikes(token, 3).is_empty());
    }
}
