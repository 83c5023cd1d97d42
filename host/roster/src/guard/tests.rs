//! Guards, seen through [`super::judge`] on a small town.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod churn;
mod deletions;
mod emptied;
mod keep;
mod town;
mod updates;
