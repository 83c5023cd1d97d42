//! What a run tells while it works. Whoever listens decides how to show it.

use std::time::Duration;

use homeroom_roster::record::Collection;
use homeroom_sandbox::WaitReason;

/// A part of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Reading from the source.
    Read,
    /// Loading what is known.
    Load,
    /// Scope, match, merge, plan, guard.
    Plan,
    /// Writing.
    Commit,
}

/// Something happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// The run began.
    Started {
        /// Its number.
        run: u32,
        /// The provider's name.
        provider: String,
        /// It goes on from the pages of an earlier attempt.
        resumed: bool,
    },
    /// A page came in. Numbers are of the whole collection so far.
    Reading {
        /// Which collection.
        collection: Collection,
        /// Rows so far.
        rows: u64,
        /// Rows to come in all, where the source says.
        total: Option<u64>,
        /// The collection is complete.
        done: bool,
    },
    /// How many findings reading has made so far.
    Findings {
        /// So far.
        count: u64,
    },
    /// A request was sent.
    Request {
        /// So far.
        count: u64,
        /// The next one waits.
        waiting: Option<Wait>,
    },
    /// A part of the run begins.
    Phase(Phase),
}

/// A wait for the sake of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// What for.
    pub reason: WaitReason,
    /// How long; none: that depends on others.
    pub left: Option<Duration>,
}

/// Someone who listens. Calls come from several threads and must not block.
pub trait Progress: Send + Sync {
    /// Something happened.
    fn event(&self, event: &Event);
}

/// Nobody listens.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn event(&self, _event: &Event) {}
}
