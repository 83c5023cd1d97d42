//! Cursors: where in a file a page begins, and what it must know of others.

use serde::{Deserialize, Serialize};

use crate::Failure;

/// A place in a collection's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// Where the page's first row begins, in bytes.
    #[serde(rename = "o")]
    pub(crate) offset: u64,
    /// The line it begins at.
    #[serde(rename = "l")]
    pub(crate) line: u64,
    /// Rows of the page, where the pages were cut beforehand.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub(crate) rows: Option<u32>,
    /// The part of roles.csv that holds all roles of the page's users.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub(crate) roles: Option<Span>,
}

/// A part of a file: from where, from which line, to where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Span {
    pub(crate) from: u64,
    pub(crate) line: u64,
    pub(crate) to: u64,
}

impl Cursor {
    /// # Errors
    /// [`Failure::Malformed`]: the host gives cursors back as they were, so this
    /// one is not ours.
    pub(crate) fn read(text: &str) -> Result<Self, Failure> {
        serde_json::from_str(text)
            .map_err(|_| Failure::Malformed("The cursor is not one of this adapter's.".to_owned()))
    }

    pub(crate) fn write(&self) -> String {
        // Numbers always serialise.
        serde_json::to_string(self).unwrap_or_default()
    }
}
