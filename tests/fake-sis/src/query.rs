//! Query strings: limit, offset, sort, fields and filter of a request.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};

use crate::filter::Filter;
use crate::imsx::Problem;

/// All but the unreserved characters of RFC 3986.
pub(crate) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The names and values of a query string, decoded as forms are (`+` is a
/// blank).
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

fn decoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode(spaced.as_bytes())
        .decode_utf8_lossy()
        .into_owned()
}

/// The value of the first pair of that name.
pub(crate) fn value_of<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = pairs.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.as_str())
}

/// What a request for a list asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Query {
    pub(crate) limit: Option<usize>,
    pub(crate) offset: usize,
    pub(crate) sort: Option<String>,
    pub(crate) descending: bool,
    pub(crate) fields: Option<Vec<String>>,
    pub(crate) filter: Option<Filter>,
}

impl Query {
    pub(crate) fn read(query: &str) -> Result<Self, Problem> {
        let mut read = Query::default();
        for (name, value) in pairs(query) {
            match name.as_str() {
                "limit" => {
                    let limit = value.parse().ok().filter(|&limit| limit > 0);
                    let limit = limit.ok_or_else(|| not_a_number("limit"))?;
                    read.limit = Some(limit);
                }
                "offset" => read.offset = value.parse().map_err(|_| not_a_number("offset"))?,
                "sort" => read.sort = Some(value),
                "orderBy" => read.descending = value.eq_ignore_ascii_case("desc"),
                "fields" => {
                    let names = value.split(',').map(|name| name.trim().to_owned());
                    read.fields = Some(names.collect());
                }
                "filter" => read.filter = Some(Filter::read(&value)?),
                _ => {}
            }
        }
        Ok(read)
    }
}

fn not_a_number(name: &str) -> Problem {
    Problem::invalid_data(format!("`{name}` must be a whole number"))
}

/// The query string with `limit` and `offset` set.
pub(crate) fn with_place(query: &str, limit: usize, offset: usize) -> String {
    let mut parts: Vec<String> = query
        .split('&')
        .filter(|part| {
            let name = part.split('=').next().unwrap_or_default();
            !matches!(name, "" | "limit" | "offset")
        })
        .map(str::to_owned)
        .collect();
    parts.push(format!("limit={limit}"));
    parts.push(format!("offset={offset}"));
    parts.join("&")
}

/// Encoded for a path segment or a query value.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read() {
        let query = Query::read("limit=5&offset=10&sort=sourcedId&orderBy=desc&fields=a,%20b");
        let query = query.expect("a good query");
        assert_eq!((query.limit, query.offset), (Some(5), 10));
        assert_eq!(query.sort.as_deref(), Some("sourcedId"));
        assert!(query.descending);
        assert_eq!(query.fields, Some(vec!["a".to_owned(), "b".to_owned()]));
    }

    #[test]
    fn a_limit_that_is_no_number_is_refused() {
        assert!(Query::read("limit=many").is_err());
        assert!(Query::read("limit=0").is_err());
        assert!(Query::read("offset=-1").is_err());
    }

    #[test]
    fn a_link_keeps_the_rest_of_the_query() {
        let link = with_place("limit=5&filter=a%3D%271%27&offset=10", 5, 15);
        assert_eq!(link, "filter=a%3D%271%27&limit=5&offset=15");
    }
}
