//! One page of one collection, and where to go on.
//!
//! The rules, since servers differ in all of this:
//! - A place is counted in *rows received*. A short page means nothing: servers
//!   cut `limit` silently. Only an empty page ends a branch.
//! - Where the first page tells the total, the rest is cut into ranges that the
//!   host may read in parallel, and one more branch reads on behind the total
//!   until an empty page, so that a total that is too low loses nothing. A total
//!   that is too high gives branches that are empty.
//! - Rows are asked for by `sourcedId` ascending, so that rows that come or go
//!   meanwhile shift little. Rows at the borders may come twice; the host
//!   recognises them by their ids. Every page hands over the total that came
//!   with it: where it moves, the host reads the collection again.
//! - Where no total is told, each page begins one row early: if that row is not
//!   the last one of the page before, rows have moved, and the page says so. A
//!   server that cannot begin at any row is noticed on its second page and asked
//!   without.
//! - Where only changes are asked for, a row that did not change since, or does
//!   not say when it did, shows that the server ignores the filter. The page says
//!   so, since nothing else in it shows whether all rows come or some.
//! - `Link: rel=next` is followed only where the server answers an `offset` with
//!   a page that was already seen; then only its path and query count.

use super::check::Options;
use super::cursor::{Cursor, Guard, Query, Tail};
use super::endpoint::segment;
use super::fetch::{Fetched, Source};
use super::notes::Notes;
use super::probe;
use crate::{Extent, Failure, Page, PageRequest};

/// The most branches that a total is cut into. More than any concurrency needs;
/// a total that is nonsense costs no more requests than this.
const MOST_BRANCHES: u64 = 512;
/// A total beyond this is nonsense, and offsets so high make servers fail; then
/// the open end alone is read.
const MOST_TOTAL: u64 = 100_000_000;

/// Reads the page that `request` asks for.
pub(crate) fn read(
    source: &Source<'_>,
    options: &Options,
    request: &PageRequest,
) -> Result<Page, Failure> {
    let limit = u64::from(request.page_size.max(1));
    match &request.cursor {
        None => first(source, options, limit),
        Some(cursor) => further(source, &Cursor::read(cursor)?, limit),
    }
}

fn first(source: &Source<'_>, options: &Options, limit: u64) -> Result<Page, Failure> {
    let found = probe::first_page(source, options, limit)?;
    let fetched = found.fetched;
    let mut notes = Notes::default();
    if found.query != options.query() {
        notes.page(
            "query-refused",
            format!(
                "The SIS refused the query for {}; it was asked again without {}.",
                segment(source.collection),
                dropped(found.query)
            ),
        );
    }
    let rows = u64::from(fetched.decoded.received);
    let here = Cursor {
        base: found.base,
        query: found.query,
        offset: 0,
        until: None,
        link: None,
        total: fetched.total,
        tail: None,
        guard: Guard::default(),
    };
    let next = if rows == 0 {
        Vec::new()
    } else {
        branches(&here, rows, &fetched)
            .iter()
            .map(Cursor::write)
            .collect::<Result<_, _>>()?
    };
    if let (0, Some(total @ 1..)) = (rows, fetched.total) {
        notes.page(
            "total-mismatch",
            format!("The SIS tells a total of {total} and sent no rows."),
        );
    }
    Ok(finish(source, found.query, fetched, next, notes))
}

fn dropped(query: Query) -> &'static str {
    if query == Query::Bare {
        "sort, filter and limit"
    } else {
        "sort and filter"
    }
}

/// The branches after the first page of `rows` rows: ranges up to the total, and
/// the open end.
fn branches(first: &Cursor, rows: u64, fetched: &Fetched) -> Vec<Cursor> {
    let guard = first.guard.after(fetched.decoded.fingerprint);
    let watched = fetched.total.is_none() && first.query == Query::Full;
    let tail = watched.then_some(Tail {
        row: fetched.decoded.last,
        sure: false,
    });
    let branch = |offset, until| Cursor {
        offset,
        until,
        tail,
        guard,
        ..first.clone()
    };
    let total = fetched
        .total
        .filter(|total| *total <= MOST_TOTAL)
        .unwrap_or(0);
    let rest = total.saturating_sub(rows);
    // Ranges are whole pages, as large as the server really makes them.
    let pages_a_branch = rest.div_ceil(rows).div_ceil(MOST_BRANCHES).max(1);
    let range = rows.saturating_mul(pages_a_branch);
    let mut out = Vec::new();
    let mut offset = rows;
    while offset < total {
        let until = offset.saturating_add(range).min(total);
        out.push(branch(offset, Some(until)));
        offset = until;
    }
    out.push(branch(offset, None));
    out
}

fn further(source: &Source<'_>, cursor: &Cursor, limit: u64) -> Result<Page, Failure> {
    if let Some(tail) = cursor.tail
        && let Some(page) = watched(source, cursor, tail, limit)?
    {
        return Ok(page);
    }
    let limit = cursor.until.map_or(limit, |until| {
        limit.min(until.saturating_sub(cursor.offset)).max(1)
    });
    let fetched = match &cursor.link {
        Some(link) => source.link(link)?,
        None => source.page(&cursor.base, cursor.query, limit, cursor.offset)?,
    };
    let mut notes = Notes::default();
    let rows = u64::from(fetched.decoded.received);
    let next = if rows == 0 {
        None
    } else if cursor.guard.has_seen(fetched.decoded.fingerprint) {
        after_a_repeat(cursor, &fetched, limit, &mut notes)?
    } else {
        after(cursor, &fetched)
    };
    let next = next.iter().map(Cursor::write).collect::<Result<_, _>>()?;
    Ok(finish(source, cursor.query, fetched, next, notes))
}

/// A page that begins one row early, to see that the row before is still there.
/// None: the server does not give that row when asked so, as servers that count
/// in whole pages do; then nothing can be seen.
fn watched(
    source: &Source<'_>,
    cursor: &Cursor,
    tail: Tail,
    limit: u64,
) -> Result<Option<Page>, Failure> {
    let (Some(row), Some(early)) = (tail.row, cursor.offset.checked_sub(1)) else {
        return Ok(None);
    };
    let mut fetched = source.page(&cursor.base, cursor.query, limit, early)?;
    let mut notes = Notes::default();
    let offset = early + u64::from(fetched.decoded.received);
    let guard = cursor.guard.after(fetched.decoded.fingerprint);
    let first = fetched.decoded.first;
    let mut row_before_next = fetched.decoded.last;
    if first == Some(row) {
        fetched.decoded.drop_first();
    } else if !tail.sure || cursor.guard.has_seen(fetched.decoded.fingerprint) {
        return Ok(None);
    } else {
        notes.page(
            "rows-moved",
            format!(
                "Rows of {} moved between pages while they were read.",
                segment(source.collection)
            ),
        );
    }
    if fetched.decoded.received == 0 {
        // The end, unless a page never has more than one row: look.
        row_before_next = None;
    }
    let next = Cursor {
        offset: offset.max(cursor.offset),
        tail: Some(Tail {
            row: row_before_next,
            sure: true,
        }),
        guard,
        ..cursor.clone()
    };
    let next = vec![next.write()?];
    Ok(Some(finish(source, cursor.query, fetched, next, notes)))
}

fn after(cursor: &Cursor, fetched: &Fetched) -> Option<Cursor> {
    let offset = cursor
        .offset
        .saturating_add(u64::from(fetched.decoded.received));
    if cursor.until.is_some_and(|until| offset >= until) {
        return None;
    }
    let link = match &cursor.link {
        Some(_) => Some(fetched.next_link.clone()?),
        None => None,
    };
    let guard = cursor.guard.after(fetched.decoded.fingerprint);
    // A server that did not give the row before is not asked for it again.
    let watched = cursor.tail.filter(|tail| tail.sure || tail.row.is_none());
    let tail = watched.map(|tail| Tail {
        row: fetched.decoded.last,
        ..tail
    });
    Some(Cursor {
        offset,
        link,
        tail,
        guard,
        ..cursor.clone()
    })
}

/// A page came that was seen before: the server does not do what `offset` says,
/// or its links go in a circle.
fn after_a_repeat(
    cursor: &Cursor,
    fetched: &Fetched,
    limit: u64,
    notes: &mut Notes,
) -> Result<Option<Cursor>, Failure> {
    let rows = u64::from(fetched.decoded.received);
    let is_second_page = cursor.guard.pages == 1 && cursor.offset <= rows;
    if cursor.link.is_some() {
        return Err(Failure::Malformed(
            "The SIS's links to the next page go in a circle.".to_owned(),
        ));
    }
    if let (true, Some(link)) = (is_second_page, &fetched.next_link) {
        return Ok(Some(Cursor {
            until: None,
            link: Some(link.clone()),
            tail: None,
            ..cursor.clone()
        }));
    }
    if cursor.until.is_some() && fetched.next_link.is_some() {
        // The branch of the second page follows the links for all of them.
        return Ok(None);
    }
    let all_read = cursor
        .total
        .map_or(rows != limit || cursor.guard.pages > 1, |total| {
            cursor.offset >= total
        });
    if !all_read {
        return Err(Failure::Malformed(
            "The SIS ignores `offset` and answers with the same rows again, so that only its first page can be read; ask its vendor for paging, or raise the page size to the SIS's maximum.".to_owned(),
        ));
    }
    notes.page(
        "offset-ignored",
        "The SIS repeated a page behind its last row; reading stopped there.".to_owned(),
    );
    Ok(None)
}

fn finish(
    source: &Source<'_>,
    query: Query,
    fetched: Fetched,
    next: Vec<String>,
    mut notes: Notes,
) -> Page {
    let decoded = fetched.decoded;
    if decoded.unchanged > 0 && source.extent(query) == Extent::Changes {
        notes.page(
            "filter-ignored",
            format!(
                "The SIS sent {} {} that did not change or do not say when, although only changed ones were asked for.",
                decoded.unchanged,
                segment(source.collection)
            ),
        );
    }
    let mut findings = decoded.findings;
    findings.append(&mut notes.findings);
    Page {
        records: decoded.records,
        received: decoded.received,
        next,
        total: fetched.total,
        findings,
        extent: source.extent(query),
    }
}
