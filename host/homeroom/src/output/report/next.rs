//! What to type next, after a run that ended this way.

use homeroom_sync::views::{RunReport, RunStatus};

use super::super::style::Style;
use super::super::table;
use crate::hints::{Hints, quote};

/// How many schools a suggested command names.
const MOST_SCHOOLS: usize = 5;

/// The section; empty where nothing is left to do.
pub(crate) fn section(report: &RunReport, style: &Style, hints: &Hints) -> String {
    let steps = steps(report);
    if steps.is_empty() {
        return String::new();
    }
    let rows: Vec<_> = steps
        .into_iter()
        .map(|(purpose, arguments)| vec![purpose.to_owned(), hints.command(&arguments)])
        .collect();
    let columns = [table::left(""), table::left("")];
    format!(
        "\n{}\n{}",
        style.strong("Next"),
        table::render(style, 2, &columns, &rows)
    )
}

/// Where to look first: what would go, at the first school that a guard names.
fn closer(report: &RunReport) -> Option<(&'static str, String)> {
    let run = report.run;
    let school = report.holds.iter().find_map(|hold| hold.school.as_ref());
    if let Some(school) = school {
        let school = quote(school);
        let arguments = format!("run changes {run} --school {school}");
        return Some(("look at one school", arguments));
    }
    let goes = report.changes.users.archive + report.changes.classes.archive > 0;
    goes.then(|| {
        let arguments = format!("run changes {run} --action archive");
        ("see what would go", arguments)
    })
}

fn steps(report: &RunReport) -> Vec<(&'static str, String)> {
    let run = report.run;
    let provider = quote(&report.provider);
    let mut steps = Vec::new();
    match report.status {
        RunStatus::Held => {
            steps.push(("see all that would change", format!("run changes {run}")));
            steps.extend(closer(report));
            steps.push((
                "the same as a spreadsheet",
                format!("run changes {run} --csv changes.csv"),
            ));
            steps.push(("see the findings", format!("run findings {run}")));
            steps.push(("it is right: apply it", format!("run approve {run}")));
            steps.push((
                "it is wrong: leave the roster as it is",
                format!("run discard {run}"),
            ));
            return steps;
        }
        RunStatus::Failed => {
            steps.push(("see what was tried", format!("run log {run}")));
            if report.kind == "sync" {
                steps.push((
                    "test the connection",
                    format!("integration test {provider}"),
                ));
                steps.push(("try again", format!("sync {provider}")));
            }
            return steps;
        }
        RunStatus::Queued | RunStatus::Running => {
            return vec![("see how far it is", format!("run log {run}"))];
        }
        RunStatus::Discarded | RunStatus::Undone => return steps,
        RunStatus::Succeeded | RunStatus::Partial => {}
    }
    if report.preview {
        steps.push(("see every change", format!("run changes {run}")));
    }
    if report.counts.unmatched_users > 0 && !report.preview {
        steps.push((
            "see who is unmatched, and why",
            "user list --unmatched".to_owned(),
        ));
    }
    let found = &report.findings;
    let kept = !report
        .dropped
        .iter()
        .any(|dropped| dropped.what == "details");
    if kept && found.fatal + found.error + found.warning > 0 {
        steps.push(("see every finding", format!("run findings {run}")));
        steps.push((
            "take them as a spreadsheet",
            format!("run findings {run} --csv findings.csv"),
        ));
    }
    if report.status == RunStatus::Partial && !report.incomplete_schools.is_empty() {
        let schools = &report.incomplete_schools;
        let mut named: Vec<_> = schools
            .iter()
            .take(MOST_SCHOOLS)
            .map(|id| quote(id))
            .collect();
        if schools.len() > MOST_SCHOOLS {
            named.push("...".to_owned());
        }
        let named = named.join(" ");
        steps.push((
            "or leave these schools out",
            format!("integration exclude-schools {provider} {named}"),
        ));
    }
    if report.preview {
        steps.push(("apply exactly this", format!("run approve {run}")));
        steps.push(("leave the roster as it is", format!("run discard {run}")));
    }
    steps
}
