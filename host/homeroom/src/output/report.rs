//! A run's report for a person: how it ended, what that means for the roster,
//! what changed, what was found, and what to type next.

mod changes;
pub(super) mod next;
#[cfg(test)]
mod tests;

use homeroom_sync::views::{HoldView, PerCollection, RunReport, RunStatus};

use super::style::Style;
use super::{catalogue, table, text};
use crate::hints::{Hints, quote};

/// How many codes of findings a summary names.
const TOP_CODES: usize = 5;

/// How many schools or guards are listed before the rest is only counted.
const MOST_LISTED: usize = 12;

/// The summary that `sync` ends with and `run show` prints.
pub(crate) fn summary(report: &RunReport, style: &Style, hints: &Hints) -> String {
    let mut told = String::new();
    told.push_str(&headline(report, style));
    told.push_str(&explanation(report, style));
    if report.status != RunStatus::Failed {
        told.push_str(&people(report, style));
        told.push_str(&changes::section(report, style));
    }
    told.push_str(&rows(report, style));
    told.push_str(&findings(report, style));
    told.push_str(&dropped(report, style));
    told.push_str(&next::section(report, style, hints));
    told
}

/// One sentence: which run, and how it stands.
pub(crate) fn headline(report: &RunReport, style: &Style) -> String {
    let provider = text::clean(&report.provider);
    let run = report.run;
    let took = text::duration(report.seconds);
    let what = match (report.kind.as_str(), report.preview) {
        ("directory", _) => format!("Directory import {run} of {provider}"),
        ("guardians", _) => format!("Guardians import {run} of {provider}"),
        ("undo", _) => format!("Undo {run} for {provider}"),
        (_, true) => format!("Preview {run} of {provider}"),
        (_, false) => format!("Run {run} of {provider}"),
    };
    let stands = match report.status {
        RunStatus::Queued => style.strong("waits to start"),
        RunStatus::Running => style.strong("is at work"),
        RunStatus::Succeeded if report.preview => format!(
            "{} in {took}, and nothing was changed",
            style.good("succeeded")
        ),
        RunStatus::Succeeded => format!("{} in {took}", style.good("succeeded")),
        RunStatus::Partial => format!(
            "{} in {took}: {} as before",
            style.attention("succeeded in part"),
            match report.incomplete_schools.len() as u64 {
                1 => "1 school stays".to_owned(),
                0 => "some schools stay".to_owned(),
                schools => format!("{} stay", text::counted(schools, "school", "schools")),
            }
        ),
        RunStatus::Failed => format!("{} after {took}", style.bad("failed")),
        RunStatus::Held => format!(
            "{}: it waits for your decision, and nothing was changed",
            style.attention("is held")
        ),
        RunStatus::Discarded => format!("{}: nothing was changed", style.strong("is discarded")),
        RunStatus::Undone => {
            format!(
                "{}: what it had changed was taken back",
                style.strong("is undone")
            )
        }
    };
    format!("{what} {stands}.\n")
}

/// What stopped, held or limited the run, and what that means for the roster.
pub(crate) fn explanation(report: &RunReport, style: &Style) -> String {
    match report.status {
        RunStatus::Failed => failed(report, style),
        RunStatus::Held => holds(report, style),
        RunStatus::Partial => incomplete(report, style),
        // Of a run that went well, what is worth a sentence: who approved it,
        // which run was taken back.
        _ => text::paragraph(&text::sentence(&report.detail), 0),
    }
}

fn failed(report: &RunReport, style: &Style) -> String {
    let mut told = format!(
        "\n{} ({})\n",
        style.strong("What happened"),
        text::clean(&report.code)
    );
    told.push_str(&text::paragraph(&text::sentence(&report.detail), 2));
    told.push_str(&format!("\n{}\n", style.strong("What it means")));
    let meaning = if report.preview || report.kind != "undo" {
        "Nothing was changed. The roster is as it was before this run."
    } else {
        "Nothing was taken back. The roster is as it was before this command."
    };
    told.push_str(&text::paragraph(meaning, 2));
    if !report.remedy.is_empty() {
        told.push_str(&format!("\n{}\n", style.strong("What to do")));
        told.push_str(&text::paragraph(&remedy(report), 2));
    }
    told
}

/// The remedy, with the placeholders of the catalogue's commands filled in.
fn remedy(report: &RunReport) -> String {
    fill_in(&report.remedy, report)
}

/// A sentence of the catalogue in which `RUN` and `NAME` stand for this run and
/// its provider.
pub(crate) fn fill_in(sentence: &str, report: &RunReport) -> String {
    text::sentence(sentence)
        .replace(" RUN", &format!(" {}", report.run))
        .replace(" NAME", &format!(" {}", quote(&report.provider)))
}

/// The guards that object, one after another with what each of them is about
/// and what to do.
fn holds(report: &RunReport, style: &Style) -> String {
    let mut told = String::new();
    let mut of_code: Vec<(&str, Vec<&HoldView>)> = Vec::new();
    for hold in &report.holds {
        match of_code.iter_mut().find(|(code, _)| *code == hold.code) {
            Some((_, holds)) => holds.push(hold),
            None => of_code.push((&hold.code, vec![hold])),
        }
    }
    told.push_str(&match of_code.len() {
        0 | 1 => format!("\n{}\n", style.strong("What held it")),
        guards => format!(
            "\n{}: {} objected\n",
            style.strong("What held it"),
            text::counted(guards as u64, "guard", "guards")
        ),
    });
    for (code, holds) in &of_code {
        told.push_str(&guard(report, code, holds, style));
    }
    if of_code.is_empty() {
        let sentence = format!("{}: {}", report.code, text::sentence(&report.detail));
        told.push_str(&text::paragraph(&sentence, 2));
    }
    told.push_str(&incomplete(report, style));
    told
}

fn guard(report: &RunReport, code: &str, holds: &[&HoldView], style: &Style) -> String {
    let entry = homeroom_roster::catalogue::find(code);
    let title = entry.map_or("", |entry| entry.title);
    let name = style.attention(&text::clean(code));
    let mut told = match title {
        "" => format!("\n  {name}\n"),
        title => format!("\n  {title} ({name})\n"),
    };
    for hold in holds.iter().take(MOST_LISTED) {
        let detail = text::sentence(&hold.detail);
        let school = hold.school.as_ref().filter(|id| !detail.contains(*id));
        let sentence = match school {
            Some(school) => format!("School {school}: {detail}"),
            None => detail,
        };
        told.push_str(&text::item("- ", &sentence, 4));
    }
    let more = holds.len().saturating_sub(MOST_LISTED) as u64;
    if more > 0 {
        let more = text::counted(more, "other school", "other schools");
        told.push_str(&format!("    and {more}\n"));
    }
    let remedy = match entry {
        Some(entry) => entry.remedy,
        None => &report.remedy,
    };
    if !remedy.is_empty() {
        let sentence = format!("What to do: {}", fill_in(remedy, report));
        told.push_str(&text::paragraph(&sentence, 4));
    }
    told
}

/// The schools that stay as they were, and what each of them lacks.
fn incomplete(report: &RunReport, style: &Style) -> String {
    if report.incomplete_schools.is_empty() && report.status != RunStatus::Partial {
        return String::new();
    }
    let applied = !report.preview && report.status == RunStatus::Partial;
    let heading = match applied {
        true => "Left exactly as they were",
        false => "Would be left exactly as they are",
    };
    let mut told = format!(
        "\n{} ({})\n",
        style.strong(heading),
        homeroom_roster::codes::SCHOOL_INCOMPLETE
    );
    let details = &report.incomplete_details;
    let lines = match details.is_empty() {
        true => &report.incomplete_schools,
        false => details,
    };
    for line in lines.iter().take(MOST_LISTED) {
        told.push_str(&text::item("- ", line, 2));
    }
    let more = lines.len().saturating_sub(MOST_LISTED) as u64;
    if more > 0 {
        let more = text::counted(more, "other school", "other schools");
        told.push_str(&format!("  and {more}\n"));
    }
    if details.is_empty() {
        told.push_str(&text::paragraph(&text::sentence(&report.detail), 2));
    }
    let entry = homeroom_roster::catalogue::find(homeroom_roster::codes::SCHOOL_INCOMPLETE);
    let remedy = entry.map_or(report.remedy.as_str(), |entry| entry.remedy);
    let sentence = format!("What to do: {}", fill_in(remedy, report));
    told.push_str(&text::paragraph(&sentence, 2));
    told
}

/// The counts that a sync is judged by.
fn people(report: &RunReport, style: &Style) -> String {
    if report.kind != "sync" {
        return String::new();
    }
    let counts = &report.counts;
    let rows = [
        ("Matched students", counts.matched_students),
        ("Matched teachers", counts.matched_teachers),
        ("Matched guardians", counts.matched_guardians),
        ("Unmatched users", counts.unmatched_users),
        ("Imported classes", counts.imported_classes),
        ("Imported enrolments", counts.imported_enrollments),
    ]
    .map(|(name, count)| vec![name.to_owned(), text::count(count)]);
    format!(
        "\n{}",
        table::render(style, 2, &[table::left(""), table::right("")], &rows)
    )
}

/// What became of the rows that were read.
fn rows(report: &RunReport, style: &Style) -> String {
    let received = total(&report.received);
    if received == 0 && report.requests == 0 {
        return String::new();
    }
    let read = report
        .delta
        .as_ref()
        .map_or(received, |delta| total(&delta.rows));
    let mut told = format!("Read {}", text::counted(read, "row", "rows"));
    if let Some(delta) = &report.delta {
        told.push_str(&match &delta.since {
            Some(since) => format!(" that changed since {}", style.time(since)),
            None => " of changes".to_owned(),
        });
    }
    if report.requests > 0 {
        told.push_str(&format!(
            " with {} ({})",
            text::counted(report.requests, "request", "requests"),
            text::bytes(report.bytes)
        ));
    }
    if report.status != RunStatus::Failed && received > 0 {
        if report.delta.is_some() {
            let all = text::counted(received, "row", "rows");
            told.push_str(&format!(". With what was read before, {all}"));
        }
        told.push_str(&format!(
            ": {} in use, {} left out on purpose, {} unusable",
            text::count(total(&report.imported)),
            text::count(total(&report.skipped)),
            text::count(total(&report.failed))
        ));
    }
    told.push('.');
    format!("\n{}", text::paragraph(&told, 0))
}

/// All collections together.
pub(crate) fn total(rows: &PerCollection) -> u64 {
    rows.orgs + rows.academic_sessions + rows.courses + rows.classes + rows.users + rows.enrollments
}

/// What is no longer kept of an old run; empty for others.
pub(crate) fn dropped(report: &RunReport, style: &Style) -> String {
    let mut told = String::new();
    for dropped in &report.dropped {
        let what = match dropped.what.as_str() {
            "plan" => "Its plan, which undo, approve and `run changes` need, was",
            _ => "Its findings, requests and log were",
        };
        let at = style.time(&dropped.at);
        told.push_str(&text::paragraph(&format!("{what} dropped at {at}."), 0));
    }
    match told.is_empty() {
        true => told,
        false => format!("\n{told}"),
    }
}

fn findings(report: &RunReport, style: &Style) -> String {
    let counts = &report.findings;
    let told: Vec<_> = [
        (counts.fatal, "fatal", "fatal"),
        (counts.error, "error", "errors"),
        (counts.warning, "warning", "warnings"),
        (counts.info, "note", "notes"),
    ]
    .into_iter()
    .filter(|(count, _, _)| *count > 0)
    .map(|(count, one, many)| text::counted(count, one, many))
    .collect();
    if told.is_empty() {
        return "\nNo findings.\n".to_owned();
    }
    let heading = format!("{} {}", style.strong("Findings:"), told.join(", "));
    format!(
        "\n{heading}\n{}",
        catalogue::table(style, &report.finding_codes, TOP_CODES)
    )
}
