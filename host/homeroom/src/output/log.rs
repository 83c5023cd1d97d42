//! A run's log for a person, from top to bottom: steps, requests, rows, time,
//! and what was found with what to do about it.

pub(crate) mod findings;
pub(crate) mod requests;
#[cfg(test)]
mod tests;
mod usage;

use homeroom_sync::RunLog;
use homeroom_sync::views::{LogLine, PerCollection, RunReport};
use requests::Requests;

use super::report::{dropped, explanation, headline, next, total};
use super::style::Style;
use super::{table, text};
use crate::hints::Hints;

/// The whole log.
pub(crate) fn render(log: &RunLog, requests: &Requests, style: &Style, hints: &Hints) -> String {
    let mut told = headline(&log.report, style);
    told.push_str(&dropped(&log.report, style));
    told.push_str(&explanation(&log.report, style));
    told.push_str(&steps(&log.lines, style));
    told.push_str(&requests::section(requests, style));
    told.push_str(&rows(&log.report, style));
    told.push_str(&time(&log.report, style));
    told.push_str(&usage::section(log.report.usage.as_ref(), style));
    told.push_str(&findings::section(log, style, hints));
    told.push_str(&next::section(&log.report, style, hints));
    told
}

fn steps(lines: &[LogLine], style: &Style) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let mut told = format!("\n{}\n", style.strong("Steps"));
    for line in lines {
        let text = text::clean(&line.text);
        let text = match line.level.as_str() {
            "error" => style.bad(&text),
            "warn" => style.attention(&text),
            "debug" => style.faint(&text),
            _ => text.into_owned(),
        };
        told.push_str(&format!(
            "  {}  {text}\n",
            style.faint(&style.time(&line.at))
        ));
    }
    told
}

fn rows(report: &RunReport, style: &Style) -> String {
    let pick = |name: &str, of: fn(&PerCollection) -> u64| {
        let numbers = [
            &report.received,
            &report.imported,
            &report.skipped,
            &report.failed,
        ]
        .map(of);
        (name.to_owned(), numbers)
    };
    let sync = report.kind == "sync" && total(&report.received) > 0;
    let rows: Vec<_> = [
        pick("orgs", |rows| rows.orgs),
        pick("academic sessions", |rows| rows.academic_sessions),
        pick("courses", |rows| rows.courses),
        pick("classes", |rows| rows.classes),
        pick("users", |rows| rows.users),
        pick("enrolments", |rows| rows.enrollments),
    ]
    .into_iter()
    // Of a SIS, a collection without a row says something; a directory has
    // users only.
    .filter(|(_, numbers)| sync || numbers.iter().any(|number| *number > 0))
    .map(|(name, numbers)| {
        std::iter::once(name)
            .chain(numbers.map(text::count))
            .collect()
    })
    .collect();
    if rows.is_empty() {
        return String::new();
    }
    let columns = [
        table::left(""),
        table::right("received"),
        table::right("in use"),
        table::right("left out on purpose"),
        table::right("unusable"),
    ];
    format!(
        "\n{}\n{}",
        style.strong("Rows"),
        table::render(style, 2, &columns, &rows)
    )
}

fn time(report: &RunReport, style: &Style) -> String {
    let phases = &report.phases;
    let mut rows: Vec<Vec<String>> = [
        ("reading", phases.read),
        ("loading what is known", phases.load),
        ("matching and planning", phases.plan),
        ("writing", phases.commit),
    ]
    .into_iter()
    .filter(|(_, seconds)| *seconds > 0.0)
    .map(|(name, seconds)| vec![name.to_owned(), text::duration(seconds)])
    .collect();
    rows.push(vec!["in all".to_owned(), text::duration(report.seconds)]);
    let mut told = format!("\n{}\n", style.strong("Time"));
    told.push_str(&table::render(
        style,
        2,
        &[table::left(""), table::right("")],
        &rows,
    ));
    if phases.sandbox > 0.0 {
        told.push_str(&format!(
            "  The adapter used {} of processor time and at most {} of memory.\n",
            text::duration(phases.sandbox),
            text::bytes(report.peak_sandbox_memory)
        ));
    }
    told
}
