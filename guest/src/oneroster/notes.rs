//! Turning what a row says into the contract's values, with a finding for each
//! thing that was dropped or repaired.
//!
//! Findings name the row's id and the property; they hold no value unless it is
//! a date, an enum or an id. Knows nothing of the collections.

use std::cmp::Ordering;

use super::clean::{Cleaned, Repair, clean, shown};
use super::field::{List, Pairs, Ref, Text};
use super::row::{Record, Shape};
use super::values;
use crate::roster::{Date, Role, Status};
use crate::{Finding, Severity};

/// The contract's limits, in bytes or pieces.
const MOST_TEXT: usize = 1024;
const MOST_ID: usize = 255;
const MOST_PAIRS: usize = 32;
const MOST_PAIR_NAME: usize = 64;
/// Warnings of a page that are listed. With an error for each row of the largest
/// page this stays below what the host takes.
const MOST_WARNINGS: usize = 9_000;

/// The findings of a page.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) findings: Vec<Finding>,
    warnings: usize,
}

impl Notes {
    /// Notes something about the page as a whole.
    pub(crate) fn page(&mut self, code: &str, detail: String) {
        self.push(Severity::Warning, code, None, None, detail);
    }

    /// Notes something about a record that is part of another.
    pub(crate) fn about(&mut self, code: &str, id: Option<String>, detail: String) {
        self.push(Severity::Warning, code, id.as_deref(), None, detail);
    }

    /// Notes that cells are missing at a row's end.
    pub(crate) fn short_row(&mut self, record: &impl Record, by: usize) {
        let detail =
            format!("The row has {by} cells less than the header; they were taken as empty.");
        self.push(
            Severity::Warning,
            "row-too-short",
            Some(record.sourced_id()),
            None,
            detail,
        );
    }

    /// Says of the findings from the one at `from` on that cells are missing at
    /// the row's end, which is the likely cause.
    pub(crate) fn because_short(&mut self, from: usize, by: usize) {
        for finding in &mut self.findings[from..] {
            let sentence = finding.detail.trim_end_matches('.');
            finding.detail = format!("{sentence}; the row has {by} cells less than the header.");
        }
    }

    /// Notes that a quoted value goes on behind its closing quote.
    pub(crate) fn stray_quote(&mut self, record: &impl Record) {
        self.push(
            Severity::Warning,
            "stray-quote",
            Some(record.sourced_id()),
            None,
            "A quoted value of the row goes on behind its closing quote; it was read as well as that allows.".to_owned(),
        );
    }

    /// Says of all findings from the one at `from` on what their properties are
    /// called in the file, and at which line the row stands.
    pub(crate) fn locate(&mut self, from: usize, renamed: &[(&str, &str)], file: &str, line: u64) {
        for finding in &mut self.findings[from..] {
            let name = finding.field.as_deref();
            if let Some((property, column)) = renamed.iter().find(|(p, _)| name == Some(p)) {
                finding.detail =
                    finding
                        .detail
                        .replacen(&format!("`{property}`"), &format!("`{column}`"), 1);
                finding.field = Some((*column).to_owned());
            }
            let sentence = finding.detail.trim_end_matches('.');
            finding.detail = format!("{sentence} ({file}, line {line}).");
        }
    }

    /// Notes that a row is left out before anything of it could be read.
    pub(crate) fn left_out(&mut self, code: &str, id: Option<String>, detail: String) {
        self.push(Severity::Error, code, id.as_deref(), None, detail);
    }

    /// The row's id, or none after an error was noted: without an id nobody can
    /// say which record it is.
    pub(crate) fn begin(&mut self, shape: Shape, id: Text<'_>) -> Option<String> {
        if shape == Shape::Other {
            self.push(
                Severity::Error,
                "not-an-object",
                None,
                None,
                "A row is no JSON object.".to_owned(),
            );
            return None;
        }
        let problem = match clean(id, MOST_ID) {
            Cleaned::Text(id, None | Some(Repair::Characters)) => return Some(id),
            Cleaned::Text(_, Some(Repair::Length)) => ("id-too-long", "is longer than 255 bytes"),
            Cleaned::Nothing => ("missing-id", "is missing"),
            Cleaned::Wrong => ("missing-id", "is neither text nor a number"),
        };
        let detail = format!("`sourcedId` {}.", problem.1);
        self.push(Severity::Error, problem.0, None, Some("sourcedId"), detail);
        None
    }

    /// Notes for the row with this id.
    pub(crate) fn row<'n>(&'n mut self, id: &'n str) -> RowNotes<'n> {
        RowNotes { notes: self, id }
    }

    fn push(
        &mut self,
        severity: Severity,
        code: &str,
        id: Option<&str>,
        field: Option<&str>,
        detail: String,
    ) {
        let mut finding = Finding {
            severity,
            code: code.to_owned(),
            sourced_id: id.map(str::to_owned),
            field: field.map(str::to_owned),
            detail,
        };
        // What leaves a row out is always said: the accounting rests on it.
        if severity == Severity::Warning {
            self.warnings += 1;
            match self.warnings.cmp(&(MOST_WARNINGS + 1)) {
                Ordering::Less => {}
                Ordering::Equal => {
                    finding.code = "too-many-findings".to_owned();
                    (finding.sourced_id, finding.field) = (None, None);
                    finding.detail = format!(
                        "More than {MOST_WARNINGS} warnings on one page; the rest is not listed."
                    );
                }
                Ordering::Greater => return,
            }
        }
        self.findings.push(finding);
    }
}

/// Notes about one row.
pub(crate) struct RowNotes<'n> {
    notes: &'n mut Notes,
    id: &'n str,
}

impl RowNotes<'_> {
    /// Notes that the row is left out.
    pub(crate) fn error(&mut self, code: &str, field: &str, detail: &str) {
        let detail = format!("`{field}` {detail}.");
        self.notes
            .push(Severity::Error, code, Some(self.id), Some(field), detail);
    }

    /// Notes that a value was repaired or dropped.
    pub(crate) fn warn(&mut self, code: &str, field: &str, detail: &str) {
        let detail = format!("`{field}` {detail}.");
        self.notes
            .push(Severity::Warning, code, Some(self.id), Some(field), detail);
    }

    /// Text, trimmed and without control characters; none where nothing is said.
    pub(crate) fn text(&mut self, field: &str, text: Text<'_>) -> Option<String> {
        match clean(text, MOST_TEXT) {
            Cleaned::Nothing => None,
            Cleaned::Wrong => {
                self.warn(
                    "invalid-value",
                    field,
                    "is an object or a list where text belongs; it was dropped",
                );
                None
            }
            Cleaned::Text(text, repair) => {
                match repair {
                    None => {}
                    Some(Repair::Characters) => {
                        self.warn(
                            "text-repaired",
                            field,
                            "held control characters; they were removed",
                        );
                    }
                    Some(Repair::Length) => {
                        self.warn("text-too-long", field, "was cut to 1,024 bytes")
                    }
                }
                (!text.is_empty()).then_some(text)
            }
        }
    }

    /// Texts, blank ones left out.
    pub(crate) fn texts(&mut self, field: &str, texts: List<Text<'_>>) -> Vec<String> {
        let mut out = Vec::with_capacity(texts.len());
        for text in texts {
            out.extend(self.text(field, text));
        }
        out
    }

    /// The id a reference points to.
    pub(crate) fn reference(&mut self, field: &str, reference: Ref<'_>) -> Option<String> {
        match clean(reference.0, MOST_ID) {
            Cleaned::Nothing => None,
            Cleaned::Text(id, None | Some(Repair::Characters)) => Some(id),
            Cleaned::Text(_, Some(Repair::Length)) | Cleaned::Wrong => {
                self.warn(
                    "invalid-reference",
                    field,
                    "holds no usable `sourcedId`; it was dropped",
                );
                None
            }
        }
    }

    /// The ids that references point to, `{}` and `null` left out.
    pub(crate) fn references(&mut self, field: &str, references: List<Ref<'_>>) -> Vec<String> {
        let mut out = Vec::with_capacity(references.len());
        for reference in references {
            out.extend(self.reference(field, reference));
        }
        out
    }

    /// `status`, alive where nothing is said.
    pub(crate) fn status(&mut self, text: &Text<'_>) -> Status {
        let said = text.as_trimmed();
        if said.is_empty() || said.eq_ignore_ascii_case("active") {
            return Status::Active;
        }
        let dead = ["tobedeleted", "inactive", "deleted"];
        if dead.iter().any(|word| said.eq_ignore_ascii_case(word)) {
            return Status::Tobedeleted;
        }
        let detail = format!(
            "is `{}`, which is not known; it was taken as active",
            shown(said)
        );
        self.warn("unknown-status", "status", &detail);
        Status::Active
    }

    /// A calendar day.
    pub(crate) fn date(&mut self, field: &str, text: &Text<'_>) -> Option<Date> {
        let said = self.said(field, text)?;
        let date = values::date(said);
        if date.is_none() {
            let detail = format!(
                "is `{}`, not a certain date (use YYYY-MM-DD); it was dropped",
                shown(said)
            );
            self.warn("invalid-date", field, &detail);
        }
        date
    }

    /// An instant.
    pub(crate) fn timestamp(&mut self, field: &str, text: &Text<'_>) -> Option<i64> {
        let said = self.said(field, text)?;
        let instant = values::timestamp(said);
        if instant.is_none() {
            let detail = format!("is `{}`, not an instant; it was dropped", shown(said));
            self.warn("invalid-timestamp", field, &detail);
        }
        instant
    }

    /// Yes or no.
    pub(crate) fn boolean(&mut self, field: &str, text: &Text<'_>) -> Option<bool> {
        let said = self.said(field, text)?;
        let value = values::boolean(said);
        if value.is_none() {
            self.warn(
                "invalid-boolean",
                field,
                "is neither true nor false; it was dropped",
            );
        }
        value
    }

    /// The calendar year in which a school year ends.
    pub(crate) fn school_year(&mut self, field: &str, text: &Text<'_>) -> Option<u16> {
        let said = self.said(field, text)?;
        let year = values::school_year(said);
        if year.is_none() {
            let detail = format!("is `{}`, not a year; it was dropped", shown(said));
            self.warn("invalid-value", field, &detail);
        }
        year
    }

    /// A role, none where nothing is said.
    pub(crate) fn role(&mut self, field: &str, text: Text<'_>) -> Option<Role> {
        if let Some(role) = known_role(text.as_trimmed()) {
            return Some(role);
        }
        let said = self.text(field, text)?;
        if let Some(role) = known_role(&said.to_ascii_lowercase()) {
            return Some(role);
        }
        // The standard's own way of saying that a role is none of its list.
        let is_extension = said
            .get(..4)
            .is_some_and(|p| p.eq_ignore_ascii_case("ext:"));
        if !is_extension {
            let detail = format!(
                "is `{}`, which is no role of the standard; it was kept and counts as neither student, teacher nor guardian",
                shown(&said)
            );
            self.warn("unknown-role", field, &detail);
        }
        Some(Role::Other(said))
    }

    /// `metadata`, within the contract's limits and without what the contract
    /// has no place for. Nested values are not kept.
    pub(crate) fn metadata(&mut self, pairs: Pairs<'_>) -> Vec<(String, String)> {
        let mut out = Vec::new();
        for (name, value) in pairs.0 {
            if is_private(&name) || name.len() > MOST_PAIR_NAME || value == Text::Wrong {
                continue;
            }
            let Cleaned::Text(name, _) = clean(Text::Said(name), MOST_PAIR_NAME) else {
                continue;
            };
            let Cleaned::Text(value, _) = clean(value, MOST_TEXT) else {
                continue;
            };
            if out.len() == MOST_PAIRS {
                self.warn(
                    "too-many-metadata",
                    "metadata",
                    "has more than 32 entries; the rest was dropped",
                );
                break;
            }
            out.push((name, value));
        }
        out
    }

    fn said<'t>(&mut self, field: &str, text: &'t Text<'_>) -> Option<&'t str> {
        if *text == Text::Wrong {
            self.warn(
                "invalid-value",
                field,
                "is an object or a list where a single value belongs; it was dropped",
            );
        }
        Some(text.as_trimmed()).filter(|said| !said.is_empty())
    }
}

fn known_role(said: &str) -> Option<Role> {
    Some(match said {
        "student" => Role::Student,
        "teacher" => Role::Teacher,
        "administrator" => Role::Administrator,
        "aide" => Role::Aide,
        "counselor" => Role::Counselor,
        "districtAdministrator" | "districtadministrator" => Role::DistrictAdministrator,
        "guardian" => Role::Guardian,
        "parent" => Role::Parent,
        "principal" => Role::Principal,
        "proctor" => Role::Proctor,
        "relative" => Role::Relative,
        "siteAdministrator" | "siteadministrator" => Role::SiteAdministrator,
        "systemAdministrator" | "systemadministrator" => Role::SystemAdministrator,
        _ => return None,
    })
}

/// Whether a metadata entry is of a kind that the contract has no field for:
/// secrets, birth dates, demographics. A name that only looks like one is
/// dropped too; nothing is matched on metadata.
fn is_private(name: &str) -> bool {
    const PARTS: [&str; 14] = [
        "password",
        "passwd",
        "pwd",
        "secret",
        "credential",
        "birth",
        "dob",
        "gender",
        "sex",
        "race",
        "ethnic",
        "hispanic",
        "ssn",
        "socialsecurity",
    ];
    let name = name.to_ascii_lowercase();
    PARTS.iter().any(|part| name.contains(part))
}
