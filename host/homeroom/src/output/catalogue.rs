//! What the catalogue of findings says about codes, arranged for reading.
//! Codes that it does not know (an adapter's own) are shown as they are.

use std::collections::BTreeMap;

use homeroom_roster::catalogue;

use super::style::Style;
use super::table;
use super::text;

/// A code with how often it occurred and what the catalogue says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CodeLine<'a> {
    /// The code.
    pub(crate) code: &'a str,
    /// How often.
    pub(crate) count: u64,
    /// Its severity; empty if unknown.
    pub(crate) severity: &'static str,
    /// What it is, in a few words; empty if unknown.
    pub(crate) title: &'static str,
}

/// The codes with the gravest first and, among equals, the most frequent.
pub(crate) fn by_weight(codes: &BTreeMap<String, u64>) -> Vec<CodeLine<'_>> {
    let mut lines: Vec<_> = codes
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(code, count)| {
            let entry = catalogue::find(code);
            let weight = entry.map(|entry| entry.severity);
            let line = CodeLine {
                code,
                count: *count,
                severity: entry.map_or("", |entry| entry.severity.name()),
                title: entry.map_or("", |entry| entry.title),
            };
            (weight, line)
        })
        .collect();
    lines.sort_by(|(weight_a, a), (weight_b, b)| {
        weight_b
            .cmp(weight_a)
            .then(b.count.cmp(&a.count))
            .then(a.code.cmp(b.code))
    });
    lines.into_iter().map(|(_, line)| line).collect()
}

/// What to do about a code; nothing if the catalogue does not know it.
pub(crate) fn remedy(code: &str) -> Option<&'static str> {
    catalogue::find(code).map(|entry| entry.remedy)
}

/// The codes as a table; of more than `most` only the first, and how many more.
pub(crate) fn table(style: &Style, codes: &BTreeMap<String, u64>, most: usize) -> String {
    let lines = by_weight(codes);
    let rows: Vec<_> = lines
        .iter()
        .take(most)
        .map(|line| {
            vec![
                text::count(line.count),
                line.severity.to_owned(),
                line.code.to_owned(),
                line.title.to_owned(),
            ]
        })
        .collect();
    let columns = [
        table::right(""),
        table::left(""),
        table::left(""),
        table::left(""),
    ];
    let mut told = table::render(style, 2, &columns, &rows);
    let more = lines.len().saturating_sub(most) as u64;
    if more > 0 {
        told.push_str(&format!(
            "  and {}\n",
            text::counted(more, "other code", "other codes")
        ));
    }
    told
}
