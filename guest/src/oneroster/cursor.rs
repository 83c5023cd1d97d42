//! Cursors: what a page must know of the pages before it.
//!
//! The guest keeps nothing between pages, so the base path that was found, the
//! place in the collection and the loop guard travel in the cursor, as JSON.

use serde::{Deserialize, Serialize};

use super::envelope::RowId;
use crate::Failure;

/// The contract's limit, in bytes.
const MOST_CURSOR: usize = 4096;

/// How much of the query language a server understands; each step down asks for
/// less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Query {
    /// `limit`, `offset`, `sort` and `filter`.
    #[default]
    Full,
    /// `limit` and `offset` only.
    Plain,
    /// `offset` only: the server refuses our `limit`.
    Bare,
}

impl Query {
    pub(crate) fn next(self) -> Option<Self> {
        match self {
            Self::Full => Some(Self::Plain),
            Self::Plain => Some(Self::Bare),
            Self::Bare => None,
        }
    }
}

/// A place in a collection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// The base path that was found.
    pub(crate) base: String,
    #[serde(default)]
    pub(crate) query: Query,
    /// Rows before this place.
    pub(crate) offset: u64,
    /// Where this branch ends; none: where the rows end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<u64>,
    /// Path and query of a `Link: rel=next` that is followed in place of offsets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) link: Option<String>,
    /// The first page's X-Total-Count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) total: Option<u64>,
    /// What the place is known by where no total is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tail: Option<Tail>,
    pub(crate) guard: Guard,
}

/// The row before a place. It is asked for once more with what follows: if it is
/// not there any more, rows have moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tail {
    /// None: it is no record, so that nothing can be seen at this place.
    pub(crate) row: Option<RowId>,
    /// The server has shown that it gives the row before a place when asked so.
    pub(crate) sure: bool,
}

impl Cursor {
    /// # Errors
    /// [`Failure::Malformed`]: the host gives cursors back as they were, so this
    /// one is not ours.
    pub(crate) fn read(text: &str) -> Result<Self, Failure> {
        serde_json::from_str(text)
            .map_err(|_| Failure::Malformed("The cursor is not one of this adapter's.".to_owned()))
    }

    /// # Errors
    /// [`Failure::Malformed`] for a cursor beyond the contract's limit, which
    /// only a `Link` or an endpoint of thousands of bytes can make.
    pub(crate) fn write(&self) -> Result<String, Failure> {
        match serde_json::to_string(self) {
            Ok(text) if text.len() <= MOST_CURSOR => Ok(text),
            _ => Err(Failure::Malformed(
                "The SIS's `Link` to the next page is too long.".to_owned(),
            )),
        }
    }
}

/// Keeps a branch from going round in circles, whatever the length of the
/// circle: Brent's algorithm, over the fingerprints of pages. The page that is
/// compared with moves on at each power of two, so that it comes to lie in the
/// circle and the circle then leads back to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Guard {
    /// Pages of this branch so far.
    pub(crate) pages: u32,
    /// The page before.
    last: u64,
    /// The page that is compared with.
    mark: u64,
}

impl Guard {
    /// Whether the page with this fingerprint was seen before.
    pub(crate) fn has_seen(&self, fingerprint: u64) -> bool {
        self.pages > 0 && (fingerprint == self.last || fingerprint == self.mark)
    }

    /// The guard after the page with this fingerprint.
    pub(crate) fn after(&self, fingerprint: u64) -> Self {
        let pages = self.pages.saturating_add(1);
        let mark = if pages.is_power_of_two() {
            fingerprint
        } else {
            self.mark
        };
        Self {
            pages,
            last: fingerprint,
            mark,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_written() {
        let cursor = Cursor {
            base: "/ims/oneroster/v1p1".to_owned(),
            query: Query::Plain,
            offset: 500,
            until: Some(1000),
            link: None,
            total: Some(12_345),
            tail: None,
            guard: Guard::default().after(u64::MAX),
        };
        assert_eq!(Cursor::read(&cursor.write().expect("short")), Ok(cursor));
        assert!(matches!(Cursor::read("{}"), Err(Failure::Malformed(_))));
    }

    #[test]
    fn trap_17_a_circle_of_any_length_is_found() {
        for (lead, circle) in [(0_u64, 1_u64), (0, 2), (3, 5), (10, 7), (100, 33)] {
            let mut guard = Guard::default();
            let found = (0..2000_u64).find(|page| {
                let place = if *page < lead {
                    *page
                } else {
                    lead + (page - lead) % circle
                };
                let seen = guard.has_seen(1000 + place);
                guard = guard.after(1000 + place);
                seen
            });
            assert!(
                found.is_some_and(|page| page <= 4 * (lead + circle) + 4),
                "{lead} {circle} {found:?}"
            );
        }
    }

    #[test]
    fn a_straight_line_is_no_circle() {
        let mut guard = Guard::default();
        for page in 0..1000 {
            assert!(!guard.has_seen(page));
            guard = guard.after(page);
        }
    }
}
