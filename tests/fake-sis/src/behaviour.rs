//! How the server behaves: everything but what it serves.

use std::time::Duration;

use crate::{Auth, Dialect, Fault, Resource, Version};

/// The behaviour of the server. The default is a good server that wants OAuth 2
/// (see [`OAuth2`](crate::OAuth2) for the client id and secret).
#[derive(Debug, Clone, PartialEq)]
pub struct Behaviour {
    /// Who may read.
    pub auth: Auth,
    /// Pages, totals and links.
    pub paging: Paging,
    /// The spelling of the JSON.
    pub dialect: Dialect,
    /// What `sort` does.
    pub sorting: Sorting,
    /// What `filter` does.
    pub filtering: Filtering,
    /// Rows that appear twice in a list.
    pub repeats: Repeats,
    /// Rows that come or go while a list is read.
    pub shift: Option<Shift>,
    /// The only version that is served; none: both.
    pub only: Option<Version>,
    /// A path before the standard one, such as `/api`. Begins with a slash.
    pub base_path: String,
    /// The path of the token endpoint.
    pub token_path: String,
    /// Bodies are compressed for a client that accepts gzip.
    pub gzip: bool,
    /// A pause before every answer.
    pub latency: Duration,
    /// How many requests it takes.
    pub rate_limit: Option<RateLimit>,
    /// Seconds that the server's clock is ahead: its `Date` and the timestamps
    /// it accepts.
    pub clock: i64,
    /// Lists whose rows are written by hand.
    pub written: Vec<Written>,
    /// Things that go wrong.
    pub faults: Vec<Fault>,
}

/// So many requests in so much time, as a token bucket; more are answered 429.
/// Requests for tokens count like all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// So many requests at once, when none have come for a while.
    pub requests: u32,
    /// In this time as many may come again, one after the other.
    pub per: Duration,
    /// Whether the 429 says when the next one is taken.
    pub says_when: bool,
}

/// A list with these rows in place of the source's, as JSON to the letter.
/// They are paged as they stand; filters and order change nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The list.
    pub resource: Resource,
    /// The key that holds it; none: the standard's.
    pub envelope: Option<String>,
    /// JSON values.
    pub rows: Vec<String>,
}

impl Behaviour {
    /// A good server but for this.
    pub fn failing(fault: Fault) -> Self {
        Behaviour {
            faults: vec![fault],
            ..Behaviour::default()
        }
    }
}

impl Default for Behaviour {
    fn default() -> Self {
        Behaviour {
            auth: Auth::default(),
            paging: Paging::default(),
            dialect: Dialect::default(),
            sorting: Sorting::default(),
            filtering: Filtering::default(),
            repeats: Repeats::default(),
            shift: None,
            only: None,
            base_path: String::new(),
            token_path: "/token".to_owned(),
            gzip: true,
            latency: Duration::ZERO,
            rate_limit: None,
            clock: 0,
            written: Vec::new(),
            faults: Vec::new(),
        }
    }
}

/// Pages, totals and links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// Rows of a page when the request does not say.
    pub default_limit: usize,
    /// More is never given, without a word. None: as much as is asked for.
    pub max_limit: Option<usize>,
    /// `limit` is ignored; a page always has the default.
    pub ignore_limit: bool,
    /// What `X-Total-Count` says.
    pub totals: Totals,
    /// What `Link` says.
    pub links: Links,
}

impl Default for Paging {
    fn default() -> Self {
        Paging {
            default_limit: 100,
            max_limit: None,
            ignore_limit: false,
            totals: Totals::Right,
            links: Links::Right,
        }
    }
}

/// What `X-Total-Count` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Totals {
    /// The truth.
    Right,
    /// Nothing.
    Absent,
    /// The truth and so many more, or fewer.
    Off(i64),
}

/// What `Link` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Links {
    /// The truth.
    Right,
    /// Nothing.
    Absent,
    /// The right path and query on this origin (`http://host:port`).
    OtherOrigin(String),
    /// `next` names the page itself.
    Repeated,
    /// `next` names the first page, on every page.
    Backwards,
    /// `next` goes on past the end.
    PastEnd,
    /// The truth and a comma.
    TrailingComma,
}

/// What `sort` does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sorting {
    /// It sorts.
    #[default]
    Right,
    /// Nothing.
    Ignored,
    /// It sorts each page after it was cut.
    AfterSlicing,
}

/// What `filter` does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Filtering {
    /// It filters.
    #[default]
    Right,
    /// Nothing.
    Ignored,
    /// The request is refused.
    Refused,
}

/// Rows that appear twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Repeats {
    /// None.
    #[default]
    None,
    /// After so many rows the last one once more, the same.
    Identical(usize),
    /// After so many rows the last one once more, a day newer by its
    /// `dateLastModified`.
    Newer(usize),
}

/// Rows that come or go at the front of every list while it is read, so that
/// all others move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    /// How many requests for a list see the list as it was.
    pub after: u32,
    /// So many rows come (positive) or go (negative).
    pub rows: i32,
}
