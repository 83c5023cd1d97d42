//! Finding the base path and the query language with the first page itself.
//!
//! There is no discovery that servers agree on. The base path of all collections
//! is the first likely one under which the orgs are: a path is passed over only
//! where the server says that nothing is there. A refusal or a broken answer is
//! a failure and no reason to look elsewhere, since a SIS that has 1.2 beside 1.1
//! may have other ids for everyone, and two collections of a run must never come
//! from two versions.
//!
//! What the orgs found is remembered in the integration's storage. It saves
//! requests on later runs, and it keeps a SIS that learns 1.2 from changing over
//! by itself. Storage reads see the start of the run, so on the first run each
//! collection asks for an org before its own first page.

use super::check::Options;
use super::cursor::Query;
use super::fetch::{Fetched, Source};
use crate::{Collection, Failure, storage};

const REMEMBERED: &str = "oneroster/base";

/// A first page, and where it was found.
pub(crate) struct Found {
    pub(crate) base: String,
    pub(crate) query: Query,
    pub(crate) fetched: Fetched,
}

/// The first page of the collection, under the base path where the orgs are.
pub(crate) fn first_page(
    source: &Source<'_>,
    options: &Options,
    limit: u64,
) -> Result<Found, Failure> {
    let bases = source.endpoint.bases(options.version);
    if let [base] = &bases[..] {
        return page_under(source, base, options, limit);
    }
    let remembered = recall(source).filter(|base| bases.contains(base));
    if source.collection == Collection::Orgs {
        let found = locate(source, bases, remembered.as_deref(), options, limit)?;
        if remembered.as_ref() != Some(&found.base) {
            remember(source, &found.base);
        }
        return Ok(found);
    }
    if let Some(base) = &remembered {
        match page_under(source, base, options, limit) {
            // The SIS may have moved; the orgs tell.
            Err(Failure::NotFound(_)) => {}
            page => return page,
        }
    }
    let orgs = Source {
        collection: Collection::Orgs,
        changed_since: None,
        ..*source
    };
    let base = locate(&orgs, bases, remembered.as_deref(), options, 1)?.base;
    page_under(source, &base, options, limit)
}

/// The first page under the first base path that has one, the remembered path
/// before the others.
fn locate(
    source: &Source<'_>,
    mut bases: Vec<String>,
    remembered: Option<&str>,
    options: &Options,
    limit: u64,
) -> Result<Found, Failure> {
    bases.sort_by_key(|base| Some(&**base) != remembered);
    let mut nothing = None;
    for base in bases {
        match page_under(source, &base, options, limit) {
            // The first says most, since the likeliest path is tried first.
            Err(failure @ Failure::NotFound(_)) => nothing = nothing.or(Some(failure)),
            Err(failure) => return Err(with_advice(failure, &base)),
            found => return found,
        }
    }
    Err(nothing.unwrap_or_else(|| Failure::NotFound("There is no base path to try.".to_owned())))
}

/// A server that answers a path it does not have with something else than "not
/// found" must be told where its roster is.
fn with_advice(failure: Failure, base: &str) -> Failure {
    let advise = |text: String| {
        format!(
            "{text} That is the answer for {base}; if the SIS has its roster elsewhere, give the \
             endpoint with its whole path or set the version."
        )
    };
    match failure {
        Failure::Forbidden(text) => Failure::Forbidden(advise(text)),
        Failure::Malformed(text) => Failure::Malformed(advise(text)),
        Failure::Unsupported(text) => Failure::Unsupported(advise(text)),
        other => other,
    }
}

fn page_under(
    source: &Source<'_>,
    base: &str,
    options: &Options,
    limit: u64,
) -> Result<Found, Failure> {
    let (query, fetched) = first_page_under(source, base, options.query(), limit)?;
    Ok(Found {
        base: base.to_owned(),
        query,
        fetched,
    })
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
    // Only a shortcut: without it the next run asks again.
    let _ = storage::set(REMEMBERED, text.as_bytes());
}
