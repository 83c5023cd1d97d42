//! What a run found, code by code: the first records, and what to do.

use std::collections::BTreeMap;

use homeroom_roster::catalogue;
use homeroom_sync::RunLog;
use homeroom_sync::views::FindingView;

use super::super::catalogue::{CodeLine, by_weight};
use super::super::report::fill_in;
use super::super::style::Style;
use super::super::text;
use crate::hints::Hints;

/// How many records of one code are shown.
const MOST_RECORDS: usize = 5;

/// The section; a sentence if nothing was found.
pub(super) fn section(log: &RunLog, style: &Style, hints: &Hints) -> String {
    let codes = &log.report.finding_codes;
    if codes.values().all(|count| *count == 0) {
        return "\nNo findings.\n".to_owned();
    }
    let mut samples: BTreeMap<&str, Vec<&FindingView>> = BTreeMap::new();
    for sample in &log.samples {
        samples.entry(&sample.code).or_default().push(sample);
    }
    let mut told = format!("\n{}\n", style.strong("Findings"));
    for line in by_weight(codes) {
        let records = samples.get(line.code).map_or(&[][..], Vec::as_slice);
        told.push_str(&code(&line, records, log, style));
    }
    let command = hints.command(&format!(
        "run findings {} --csv findings.csv",
        log.report.run
    ));
    told.push_str(&format!("\nEvery record, as a spreadsheet: {command}\n"));
    told
}

fn code(line: &CodeLine<'_>, records: &[&FindingView], log: &RunLog, style: &Style) -> String {
    let severity = match line.severity {
        "" => records
            .first()
            .map_or("", |record| record.severity.as_str()),
        known => known,
    };
    let name = text::clean(line.code);
    let name = match severity {
        "fatal" | "error" => style.bad(&name),
        "warning" => style.attention(&name),
        _ => style.strong(&name),
    };
    let mut told = format!("\n  {name} (");
    if !severity.is_empty() {
        told.push_str(&format!("{}, ", text::clean(severity)));
    }
    told.push_str(&format!("{})", text::count(line.count)));
    if !line.title.is_empty() {
        told.push_str(&format!(": {}", line.title));
    }
    told.push('\n');
    for record in records.iter().take(MOST_RECORDS) {
        told.push_str(&format!("    {}\n", one_line(record)));
    }
    let shown = records.len().min(MOST_RECORDS) as u64;
    if shown > 0 && line.count > shown {
        let more = text::counted(line.count - shown, "other record", "other records");
        told.push_str(&format!("    and {more}\n"));
    }
    if let Some(entry) = catalogue::find(line.code) {
        let remedy = fill_in(entry.remedy, &log.report);
        let sentence = format!("What to do ({}): {remedy}", entry.owner.name());
        told.push_str(&text::paragraph(&sentence, 4));
    }
    told
}

/// Where a finding is and what it says: `users 77 (email): …`.
pub(crate) fn one_line(finding: &FindingView) -> String {
    let mut place: Vec<String> = [&finding.entity, &finding.sourced_id]
        .into_iter()
        .flatten()
        .map(|part| text::clean(part).into_owned())
        .collect();
    if let Some(field) = &finding.field {
        place.push(format!("({})", text::clean(field)));
    }
    let detail = text::clean(&finding.detail);
    match place.is_empty() {
        true => detail.into_owned(),
        false => format!("{}: {detail}", place.join(" ")),
    }
}
