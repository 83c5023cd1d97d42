//! Tests of the toolkit through its public functions, against scripted HTTP.
//! Names that begin with `trap_` follow the list of what real servers send.

mod decoding;
mod errors;
mod paging;
mod people;
mod places;

use crate::http::{Request, Response};
use crate::testing::{Script, connection, json, with_header};
use crate::{Collection, Failure, Page, PageRequest, Records, Severity};

const BASE: &str = "https://sis.example.org/ims/oneroster/v1p1";

fn request(collection: Collection, cursor: Option<String>) -> PageRequest {
    PageRequest {
        collection,
        cursor,
        changed_since: None,
        page_size: 100,
    }
}

/// The page that `body` is.
fn page_of(collection: Collection, body: &str) -> Result<Page, Failure> {
    let script = Script::in_order([json(200, body)]);
    super::read_over(&script, &connection(BASE, &[]), &request(collection, None))
}

fn good_page(collection: Collection, body: &str) -> Page {
    page_of(collection, body).expect("a page")
}

/// The one user that `row` is, and the codes of what was noted.
fn user(row: &str) -> (crate::roster::User, Vec<String>) {
    let page = good_page(Collection::Users, &format!(r#"{{"users":[{row}]}}"#));
    let codes = codes(&page);
    let Records::Users(mut users) = page.records else {
        panic!("users")
    };
    (users.pop().expect("one user"), codes)
}

fn codes(page: &Page) -> Vec<String> {
    page.findings
        .iter()
        .map(|finding| finding.code.clone())
        .collect()
}

fn errors(page: &Page) -> Vec<String> {
    let errors = page
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| finding.code.clone()).collect()
}

/// A server of `rows` orgs that cuts `limit` at `most`; `total` is what it tells.
fn server(
    rows: u64,
    most: u64,
    total: Option<u64>,
) -> impl Fn(&Request) -> Result<Response, Failure> {
    move |request| {
        let limit = parameter(request, "limit").unwrap_or(most).min(most);
        let offset = parameter(request, "offset").unwrap_or(0);
        let page = orgs(offset..rows.min(offset + limit));
        Ok(match total {
            Some(total) => with_header(page, "X-Total-Count", &total.to_string()),
            None => page,
        })
    }
}

fn parameter(request: &Request, name: &str) -> Option<u64> {
    let (_, query) = request.url.split_once('?')?;
    let value = query
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    value.parse().ok()
}

fn orgs(ids: std::ops::Range<u64>) -> Response {
    let rows: Vec<String> = ids
        .map(|id| format!(r#"{{"sourcedId":"o{id:06}","name":"Org","type":"school"}}"#))
        .collect();
    json(200, &format!(r#"{{"orgs":[{}]}}"#, rows.join(",")))
}

/// Reads a whole collection by every cursor that comes, and gives the pages.
fn read_all(script: &Script, page_size: u32) -> Result<Vec<Page>, Failure> {
    let mut pages = Vec::new();
    let mut cursors = vec![None];
    while let Some(cursor) = cursors.pop() {
        assert!(pages.len() < 3000, "reading does not end");
        let request = PageRequest {
            page_size,
            ..request(Collection::Orgs, cursor)
        };
        let page = super::read_over(script, &connection(BASE, &[]), &request)?;
        cursors.extend(page.next.iter().cloned().map(Some));
        pages.push(page);
    }
    Ok(pages)
}

/// The different ids in pages of orgs.
fn ids(pages: &[Page]) -> std::collections::BTreeSet<String> {
    let records = pages.iter().map(|page| match &page.records {
        Records::Orgs(orgs) => orgs
            .iter()
            .map(|org| org.sourced_id.clone())
            .collect::<Vec<_>>(),
        other => panic!("orgs, not {other:?}"),
    });
    records.flatten().collect()
}
