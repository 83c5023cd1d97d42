//! Who of every source is which user of the platform.
//!
//! Links that exist are followed, decisions made by hand come before them, and
//! whoever is left is put to the rules. Sources are taken one after another, in
//! an order that their settings alone decide; within a source nobody comes
//! first. What users are called and what becomes of them is not decided here.

mod archived;
mod cases;
mod conclude;
mod decided;
mod emails;
mod held;
mod ids;
mod judge;
mod matcher;
mod reason;
mod returning;
mod rules;
mod run;
mod standing;
mod users;

pub(crate) use judge::verdicts;
pub(crate) use reason::Reason;
pub(crate) use rules::Tier;
pub(crate) use run::run;
pub(crate) use users::{Made, NO_SLOT, Users};

use crate::state::Rule;

/// A link that is new, or that moves to another user.
#[derive(Debug, Clone)]
pub(crate) struct MadeLink {
    /// The source's user.
    pub(crate) row: u32,
    /// The platform's user.
    pub(crate) slot: u32,
    /// What made it.
    pub(crate) rule: Rule,
    /// The value that agreed.
    pub(crate) evidence: Evidence,
    /// The source's user counts; false for one that was imported archived.
    pub(crate) present: bool,
}

/// The value that agreed. A text is made of it when it is told.
#[derive(Debug, Clone)]
pub(crate) enum Evidence {
    /// Nothing had to agree.
    None,
    /// The record's email.
    Email,
    /// An id.
    Id(Box<str>),
}

/// The source's users that are one person, sorted: almost always one.
#[derive(Debug, Clone)]
pub(crate) enum Rows {
    One(u32),
    Several(Vec<u32>),
}

impl std::ops::Deref for Rows {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        match self {
            Rows::One(row) => std::slice::from_ref(row),
            Rows::Several(rows) => rows,
        }
    }
}

/// A person of a source who is no user.
#[derive(Debug, Clone)]
pub(crate) struct Lone {
    /// The source's users that are this person.
    pub(crate) rows: Rows,
    /// Why.
    pub(crate) reason: Reason,
}

/// What matching says of one source.
#[derive(Debug, Default)]
pub(crate) struct Matched {
    /// By the source's user: the platform's user that it is, if it counts.
    pub(crate) slots: Vec<u32>,
    /// New and moved links, by the source's user.
    pub(crate) links: Vec<MadeLink>,
    /// By link that existed: an administrator dissolved it.
    pub(crate) dissolved: Vec<bool>,
    /// By link that existed: it stays present though its record does not
    /// count.
    pub(crate) held: Vec<bool>,
    /// People who are no users, by their first record.
    pub(crate) lone: Vec<Lone>,
    /// The source's users that agree with others that disagree.
    pub(crate) torn: Vec<u32>,
    /// The source's users that are one person, linked to different users.
    pub(crate) conflicts: Vec<u32>,
    /// Of a directory, the users that share an email.
    pub(crate) shared: Vec<u32>,
    /// The source's users that were linked to a user of another name.
    pub(crate) misnamed: Vec<u32>,
}

/// What matching says of all sources.
pub(crate) struct Matching<'a> {
    /// The platform's users, new ones included.
    pub(crate) users: Users<'a>,
    /// By source, in the order of the prepared ones.
    pub(crate) sources: Vec<Matched>,
}
