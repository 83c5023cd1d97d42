//! A finding: one thing about one record (or about a run) that somebody should
//! know.
//!
//! A finding says what and where; what a code means, how bad it is, who mends
//! it and how, stands once, in [`crate::catalogue`].

use serde::{Deserialize, Serialize};

use crate::record::Collection;
use crate::state::{ProviderKey, Text};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// A record was left out because the settings say so, or a value was
    /// tidied. Nothing is wrong.
    Info,
    /// The record is used; something about it should be mended.
    Warning,
    /// The record was left out.
    Error,
    /// The run stopped.
    Fatal,
}

impl Severity {
    /// The severity's name, such as `warning`.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
            Severity::Fatal => "fatal",
        }
    }
}

/// What a finding does to its record in the accounting
/// received = imported + skipped + failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// The record counts as imported.
    Kept,
    /// The record was left out on purpose: out of scope, a duplicate, deleted
    /// at the source.
    Skipped,
    /// The record could not be used.
    Failed,
}

/// One thing about one record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// A code of the catalogue, such as `user-no-email`; codes that adapters
    /// invent are kept as they are.
    pub code: Text,
    /// How bad it is.
    pub severity: Severity,
    /// What it does to the record.
    pub effect: Effect,
    /// The provider, if it is about one.
    pub provider: Option<ProviderKey>,
    /// The collection, if it is about one.
    pub entity: Option<Collection>,
    /// The source's id of the record, if it is about one.
    pub sourced_id: Option<Text>,
    /// The property, if it is about one.
    pub field: Option<Text>,
    /// One sentence for a person, without personal data beyond ids.
    pub detail: Text,
}
