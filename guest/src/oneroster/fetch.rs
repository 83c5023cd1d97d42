//! One request for one page: which URL, and what the answer comes to.
//!
//! Knows the query language and the errors, not the order of pages.

use super::cursor::Query;
use super::endpoint::{Endpoint, segment};
use super::envelope::{Decoded, decode};
use super::imsx::Status;
use super::values::instant;
use crate::http::url::{self, Parts};
use crate::http::{Request, Response, Transport};
use crate::{Collection, Extent, Failure, PageRequest};

/// What is asked for, whichever page it is.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) transport: &'a dyn Transport,
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) collection: Collection,
    /// Milliseconds since 1970; none: all records.
    pub(crate) changed_since: Option<i64>,
}

/// A page as it came.
pub(crate) struct Fetched {
    pub(crate) decoded: Decoded,
    /// X-Total-Count.
    pub(crate) total: Option<u64>,
    /// Path and query of `Link: rel=next`, on whatever origin it was given.
    pub(crate) next_link: Option<String>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(
        transport: &'a dyn Transport,
        endpoint: &'a Endpoint,
        request: &PageRequest,
    ) -> Self {
        Self {
            transport,
            endpoint,
            collection: request.collection,
            changed_since: request.changed_since,
        }
    }

    /// What the pages come to when they are asked for in this way: without a
    /// filter they are everything.
    pub(crate) fn extent(&self, query: Query) -> Extent {
        match (query, self.changed_since) {
            (Query::Full, Some(_)) => Extent::Changes,
            _ => Extent::Whole,
        }
    }

    /// The page of `limit` rows after `offset` under `base`.
    pub(crate) fn page(
        &self,
        base: &str,
        query: Query,
        limit: u64,
        offset: u64,
    ) -> Result<Fetched, Failure> {
        self.at(&self.url(base, query, limit, offset))
    }

    /// The address of that page.
    pub(crate) fn url(&self, base: &str, query: Query, limit: u64, offset: u64) -> String {
        let mut pairs = url::Query::new();
        if query != Query::Bare {
            pairs = pairs.pair("limit", limit);
        }
        pairs = pairs.pair("offset", offset);
        if query == Query::Full {
            pairs = pairs.pair("sort", "sourcedId").pair("orderBy", "asc");
            if let Some(since) = self.changed_since {
                pairs = pairs.pair("filter", format!("dateLastModified>='{}'", instant(since)));
            }
        }
        pairs.on(&self.endpoint.url(base, self.collection))
    }

    /// The page at a path with query on the endpoint's origin.
    pub(crate) fn link(&self, path_with_query: &str) -> Result<Fetched, Failure> {
        self.at(&self.endpoint.on_origin(path_with_query))
    }

    fn at(&self, url: &str) -> Result<Fetched, Failure> {
        self.take(&self.transport.send(&Request::get(url))?, url)
    }

    /// What the answer to `url` comes to.
    pub(crate) fn take(&self, response: &Response, url: &str) -> Result<Fetched, Failure> {
        let what = segment(self.collection);
        if let Some(failure) = response.failure(what, url) {
            return Err(Status::of_body(&response.body).refine(failure));
        }
        Ok(Fetched {
            decoded: decode(self.collection, response, self.changed_since)?,
            total: response
                .header("x-total-count")
                .and_then(|text| text.parse().ok()),
            next_link: next_link(response),
        })
    }
}

/// The path and query of `Link: <…>; rel="next"`. The origin is left out on
/// purpose: servers behind a proxy say `localhost`, and a hostile one could
/// name a host that must not get the credentials.
fn next_link(response: &Response) -> Option<String> {
    let header = response.header("link")?;
    header.split(',').find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = parameters.split(';').any(|parameter| {
            parameter.split_once('=').is_some_and(|(name, value)| {
                name.trim().eq_ignore_ascii_case("rel")
                    && value.trim().trim_matches('"').eq_ignore_ascii_case("next")
            })
        });
        if !is_next {
            return None;
        }
        match Parts::of(target) {
            Some(parts) => Some(parts.path_with_query()),
            None => {
                (target.starts_with('/') && !target.starts_with("//")).then(|| target.to_owned())
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{json, with_header};

    fn link(header: &str) -> Option<String> {
        next_link(&with_header(json(200, "{}"), "Link", header))
    }

    #[test]
    fn trap_13_only_path_and_query_of_a_link_count() {
        assert_eq!(
            link(
                "<http://localhost:8080/v1p1/users?offset=2&limit=2>; rel=\"next\", <x>; rel=last"
            ),
            Some("/v1p1/users?offset=2&limit=2".to_owned())
        );
        assert_eq!(
            link("</v1p1/users?page=2>; REL=next"),
            Some("/v1p1/users?page=2".to_owned())
        );
    }

    #[test]
    fn trap_17_a_trailing_comma_or_nonsense_in_link_is_no_next() {
        assert_eq!(link("<https://h/a>; rel=\"prev\","), None);
        assert_eq!(link("users?page=2; rel=next"), None);
        assert_eq!(link("<//elsewhere.example.org/users>; rel=next"), None);
    }
}
