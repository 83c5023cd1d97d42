//! The pure core of Homeroom: from what the sources say to what should change.
//!
//! Scope, match, merge, plan and guard are functions of (previous state, source
//! records of every provider, settings, today). They return a plan and findings
//! and never an error for bad data. This crate knows no wasm, HTTP, SQL, clock
//! or thread: the same inputs give the same plan, whatever the order of sources
//! and records.

mod ancestry;
pub mod apply;
mod assignments;
mod attributes;
pub mod catalogue;
pub mod codec;
pub mod codes;
mod diff;
pub mod explain;
pub mod finding;
pub mod guard;
mod incomplete;
mod matching;
mod merge;
mod notes;
pub mod outcome;
pub mod ownership;
mod people;
pub mod plan;
mod prepared;
mod reconcile;
pub mod record;
mod report;
mod scope;
pub mod setting_keys;
pub mod settings;
pub mod source;
pub mod state;

pub use reconcile::reconcile;
