//! What a run changed or would change, in numbers.

use homeroom_roster::plan::{ChangeCounts, PlanCounts};
use homeroom_sync::views::{RunReport, RunStatus};

use super::super::style::Style;
use super::super::{table, text};

/// A table of the changes, or a sentence that there are none.
pub(super) fn section(report: &RunReport, style: &Style) -> String {
    let heading = match report.status {
        _ if report.preview => "Would change",
        RunStatus::Held | RunStatus::Discarded => "Would change",
        RunStatus::Queued | RunStatus::Running => return String::new(),
        _ => "Changed",
    };
    let rows = lines(&report.changes);
    if rows.is_empty() {
        let sentence = match heading {
            _ if report.kind == "undo" => "That run had changed nothing.",
            "Changed" => "Nothing changed: the roster agreed with the source already.",
            _ => "Nothing would change: the roster agrees with the source.",
        };
        return format!("\n{sentence}\n");
    }
    let columns = [
        table::left(""),
        table::right("new"),
        table::right("updated"),
        table::right("archived"),
        table::right("restored"),
    ];
    format!(
        "\n{}\n{}",
        style.strong(heading),
        table::render(style, 2, &columns, &rows)
    )
}

fn lines(changes: &PlanCounts) -> Vec<Vec<String>> {
    [
        ("Users", changes.users),
        ("Classes", changes.classes),
        ("Enrolments", changes.enrollments),
        ("Guardians", changes.guardians),
    ]
    .into_iter()
    .filter(|(_, counts)| counts.total() > 0)
    .map(|(name, counts)| line(name, counts))
    .collect()
}

fn line(name: &str, counts: ChangeCounts) -> Vec<String> {
    let numbers = [counts.create, counts.update, counts.archive, counts.restore];
    std::iter::once(name.to_owned())
        .chain(numbers.map(text::count))
        .collect()
}
