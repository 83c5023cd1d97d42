//! Finding the base path and the query language with the first page itself.
//!
//! There is no discovery that servers agree on, so the first page is asked for
//! under each likely base path until one answers with a page. What was found is
//! remembered in the integration's storage: it saves requests on later runs,
//! and it keeps a SIS that learns 1.2 beside 1.1, with other ids for everyone,
//! from changing over by itself.

use super::check::Options;
use super::cursor::Query;
use super::endpoint::Version;
use super::fetch::{Fetched, Source};
use crate::{Failure, storage};

const REMEMBERED: &str = "oneroster/base";

/// A first page, and where it was found.
pub(crate) struct Found {
    pub(crate) base: String,
    pub(crate) query: Query,
    pub(crate) fetched: Fetched,
}

/// The first page of the collection, under the first base path that has one.
pub(crate) fn first_page(
    source: &Source<'_>,
    options: &Options,
    limit: u64,
) -> Result<Found, Failure> {
    let mut bases = source.endpoint.bases(options.version);
    let remembers = options.version == Version::Auto && bases.len() > 1;
    let remembered = if remembers { recall(source) } else { None };
    if let Some(base) = &remembered {
        bases.sort_by_key(|candidate| candidate != base);
    }
    let mut worst: Option<Failure> = None;
    for base in bases {
        match first_page_under(source, &base, options.query(), limit) {
            Ok((query, fetched)) => {
                if remembers && remembered.as_ref() != Some(&base) {
                    remember(source, &base);
                }
                return Ok(Found {
                    base,
                    query,
                    fetched,
                });
            }
            Err(failure) if rank(&failure) == 0 => return Err(failure),
            Err(failure) => {
                // The failure that tells most about the right path; the first of
                // equals, since the likeliest path was tried first.
                if worst
                    .as_ref()
                    .is_none_or(|worst| rank(&failure) > rank(worst))
                {
                    worst = Some(failure);
                }
            }
        }
    }
    Err(worst.unwrap_or_else(|| Failure::NotFound("There is no base path to try.".to_owned())))
}

/// 0: no other path would do better. Else the higher, the more it tells.
fn rank(failure: &Failure) -> u8 {
    match failure {
        Failure::Unauthorised(_) => 6,
        Failure::Forbidden(_) => 5,
        Failure::Malformed(_) => 4,
        Failure::Unsupported(_) => 3,
        Failure::Redirected(_) => 2,
        Failure::NotFound(_) => 1,
        Failure::RateLimited(_)
        | Failure::Unavailable(_)
        | Failure::Denied(_)
        | Failure::InvalidSetting(_) => 0,
    }
}

/// The first page under `base`, with as much of the query as the server takes.
fn first_page_under(
    source: &Source<'_>,
    base: &str,
    mut query: Query,
    limit: u64,
) -> Result<(Query, Fetched), Failure> {
    loop {
        match source.page(base, query, limit, 0) {
            Ok(fetched) => return Ok((query, fetched)),
            Err(failure @ Failure::Unsupported(_)) => match query.next() {
                Some(less) => query = less,
                None => return Err(failure),
            },
            Err(failure) => return Err(failure),
        }
    }
}

/// What is remembered holds for the endpoint it was found under, not for another.
fn recall(source: &Source<'_>) -> Option<String> {
    let stored = String::from_utf8(storage::get(REMEMBERED).ok()??).ok()?;
    let (endpoint, base) = stored.split_once('\n')?;
    (endpoint == source.endpoint.on_origin("")).then(|| base.to_owned())
}

fn remember(source: &Source<'_>, base: &str) {
    let text = format!("{}\n{base}", source.endpoint.on_origin(""));
    // Only a shortcut: without it the next run probes again.
    let _ = storage::set(REMEMBERED, text.as_bytes());
}
