//! The requests of a run, many to a line: what was asked how often, how long
//! it took, and what the source answered.

use std::collections::BTreeMap;

use homeroom_sync::views::RequestView;

use super::super::style::Style;
use super::super::{table, text};

/// How many lines are shown before the rest is only counted.
const MOST: usize = 20;

/// A path with its method and origin.
type Key = (String, String, String);

/// Requests for one path.
#[derive(Debug, Default)]
struct Group {
    count: u64,
    repeated: u64,
    bytes: u64,
    millis: u64,
    slowest: u64,
    /// Answers by status, and errors by code.
    answers: BTreeMap<String, u64>,
    /// Order of the first request.
    first: usize,
}

/// A run's requests by path. The requests themselves are not kept: there may be
/// a million, for a handful of paths.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    groups: BTreeMap<Key, Group>,
}

impl Requests {
    /// Counts a request.
    pub(crate) fn add(&mut self, request: RequestView) {
        let first = self.groups.len();
        let key = (request.method, request.origin, request.path);
        let group = self.groups.entry(key).or_insert_with(|| Group {
            first,
            ..Group::default()
        });
        group.count += 1;
        group.repeated += u64::from(request.attempt > 1);
        group.bytes += request.bytes;
        group.millis += request.millis;
        group.slowest = group.slowest.max(request.millis);
        let answer = match (request.error, request.status) {
            (Some(error), _) => error,
            (None, Some(status)) => status.to_string(),
            (None, None) => "no answer".to_owned(),
        };
        *group.answers.entry(answer).or_default() += 1;
    }
}

/// The section; empty for a run without requests.
pub(super) fn section(requests: &Requests, style: &Style) -> String {
    // In the order of their first request.
    let mut groups: Vec<_> = requests.groups.iter().collect();
    if groups.is_empty() {
        return String::new();
    }
    groups.sort_by_key(|(_, group)| group.first);
    let rows: Vec<_> = groups.iter().take(MOST).map(|(k, g)| row(k, g)).collect();
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
        let rest: u64 = groups[MOST..].iter().map(|(_, group)| group.count).sum();
        told.push_str(&format!(
            "  and {} for other paths\n",
            text::counted(rest, "request", "requests")
        ));
    }
    told
}

fn row((method, origin, path): &Key, group: &Group) -> Vec<String> {
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
