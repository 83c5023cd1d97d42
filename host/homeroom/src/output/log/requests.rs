//! The requests of a run, many to a line: what was asked how often, how long
//! it took, and what the source answered.

use std::collections::BTreeMap;

use homeroom_sync::views::RequestView;

use super::super::style::Style;
use super::super::{table, text};

/// How many lines are shown before the rest is only counted.
const MOST: usize = 20;

/// Requests for one path.
#[derive(Debug, Default)]
struct Group<'a> {
    count: u64,
    repeated: u64,
    bytes: u64,
    millis: u64,
    slowest: u64,
    /// Answers by status, and errors by code.
    answers: BTreeMap<String, u64>,
    /// Order of the first request.
    first: usize,
    key: (&'a str, &'a str, &'a str),
}

/// The section; empty for a run without requests.
pub(super) fn section(requests: &[RequestView], style: &Style) -> String {
    if requests.is_empty() {
        return String::new();
    }
    let groups = grouped(requests);
    let rows: Vec<_> = groups.iter().take(MOST).map(row).collect();
    let columns = [
        table::left("request"),
        table::right("sent"),
        table::right("repeated"),
        table::right("received"),
        table::right("time"),
        table::right("slowest"),
        table::left("answers"),
    ];
    let mut told = format!(
        "\n{}\n{}",
        style.strong("Requests"),
        table::render(style, 2, &columns, &rows)
    );
    if groups.len() > MOST {
        let rest: u64 = groups[MOST..].iter().map(|group| group.count).sum();
        told.push_str(&format!(
            "  and {} for other paths\n",
            text::counted(rest, "request", "requests")
        ));
    }
    told
}

fn row(group: &Group<'_>) -> Vec<String> {
    let (method, origin, path) = group.key;
    let answers: Vec<_> = group
        .answers
        .iter()
        .map(|(answer, count)| match count {
            1 => answer.clone(),
            _ => format!("{answer} x {}", text::count(*count)),
        })
        .collect();
    vec![
        format!("{method} {origin}{path}"),
        text::count(group.count),
        text::count(group.repeated),
        text::bytes(group.bytes),
        text::duration(group.millis as f64 / 1000.0),
        text::duration(group.slowest as f64 / 1000.0),
        answers.join(", "),
    ]
}

/// In the order of their first request.
fn grouped(requests: &[RequestView]) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<(&str, &str, &str), Group<'_>> = BTreeMap::new();
    for (index, request) in requests.iter().enumerate() {
        let key = (
            request.method.as_str(),
            request.origin.as_str(),
            request.path.as_str(),
        );
        let group = groups.entry(key).or_insert_with(|| Group {
            first: index,
            key,
            ..Group::default()
        });
        group.count += 1;
        group.repeated += u64::from(request.attempt > 1);
        group.bytes += request.bytes;
        group.millis += request.millis;
        group.slowest = group.slowest.max(request.millis);
        let answer = match (&request.error, request.status) {
            (Some(error), _) => error.clone(),
            (None, Some(status)) => status.to_string(),
            (None, None) => "no answer".to_owned(),
        };
        *group.answers.entry(answer).or_default() += 1;
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_by_key(|group| group.first);
    groups
}
