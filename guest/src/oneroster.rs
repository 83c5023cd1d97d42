//! The OneRoster toolkit: 1.1 and 1.2 over REST, as servers really speak it.
//!
//! [`check`] and [`read`] are all that an adapter for a OneRoster server needs.
//! They take the connection's endpoint with or without the versioned path and
//! read two settings:
//!
//! - `version`: `auto` (default), `1.1` or `1.2`. `auto` takes the endpoint's
//!   own path at its word, else tries 1.2 before 1.1 and remembers what it found.
//! - `compatibility`: `true` asks for `limit` and `offset` only, no `sort` and no
//!   `filter`.
//!
//! # Paging
//! A place is counted in rows received, and only an empty page is an end. A
//! server that tells `X-Total-Count` is read in parallel branches; see
//! `page.rs` for the rules.
//!
//! # Decoding
//! Nothing that a row says can break its page. `null`, a missing property and
//! an empty string are the same; booleans come as booleans, text or numbers;
//! ids as text or numbers; references as objects or bare ids; lists as lists or
//! single values; enums in any letter case, and unknown ones are kept as they
//! are. What is dropped or repaired has a finding of severity `warning`, and a
//! row that cannot be handed over has one of severity `error`.
//!
//! Passwords, birth dates and demographics are never read.

mod check;
mod clean;
mod clock;
pub mod csv;
mod cursor;
mod endpoint;
mod envelope;
mod fetch;
mod field;
mod imsx;
mod notes;
mod page;
mod probe;
mod row;
mod rows;
mod sample;
mod tree;
mod values;

#[cfg(test)]
mod tests;

use self::check::Options;
use self::endpoint::Endpoint;
use self::fetch::Source;
use crate::http::{Host, Transport};
use crate::{Collection, Connection, Extent, Failure, Page, PageRequest, Report};

/// Tries the connection: one request for the schools where the version is
/// certain, at most two more for each other place where it may be, and then one
/// for the beginning of each other collection, all at once.
///
/// # Errors
/// Why the connection does not work.
pub fn check(connection: &Connection) -> Result<Report, Failure> {
    check_over(&Host, connection)
}

/// [`check`] over another transport than the host's.
///
/// # Errors
/// Why the connection does not work.
pub fn check_over(transport: &dyn Transport, connection: &Connection) -> Result<Report, Failure> {
    let endpoint = Endpoint::of(&connection.endpoint)?;
    let source = Source {
        transport,
        endpoint: &endpoint,
        collection: Collection::Orgs,
        changed_since: None,
    };
    check::check(&source, &Options::of(connection)?)
}

/// Reads one page.
///
/// # Errors
/// Why the page could not be read. The host has already retried.
pub fn read(connection: &Connection, request: &PageRequest) -> Result<Page, Failure> {
    read_over(&Host, connection, request)
}

/// [`read`] over another transport than the host's, such as one that adds a
/// header or a parameter that a vendor wants.
///
/// # Errors
/// Why the page could not be read.
pub fn read_over(
    transport: &dyn Transport,
    connection: &Connection,
    request: &PageRequest,
) -> Result<Page, Failure> {
    let endpoint = Endpoint::of(&connection.endpoint)?;
    let source = Source::new(transport, &endpoint, request);
    page::read(&source, &Options::of(connection)?, request)
}

/// Decodes one page's body, for a vendor whose API sends OneRoster records at
/// addresses of its own. Gives the page with no cursor; paging is the vendor's.
///
/// # Errors
/// [`Failure::Malformed`], or the failure that the body itself speaks of.
pub fn decode(collection: Collection, response: &crate::http::Response) -> Result<Page, Failure> {
    let decoded = envelope::decode(collection, response, None)?;
    Ok(Page {
        records: decoded.records,
        received: decoded.received,
        next: Vec::new(),
        total: None,
        findings: decoded.findings,
        extent: Extent::Whole,
    })
}
