//! The contract's rules for text, ids, dates and lists, and the findings where
//! a value breaks them. It knows no record.

use std::borrow::Cow;

use bumpalo::Bump;
use homeroom_roster::record::Day;
use wasmtime::Store;
use wasmtime::component::WasmStr;

use super::{PageFinding, Severity, unreadable};
use crate::error::{CallError, ErrorKind};
use crate::limits::Limits;
use crate::raw;
use crate::state::HostState;

/// Collects findings over the records of a page.
pub(super) struct Cleaner {
    pub(super) findings: Vec<PageFinding>,
    rules: Rules,
    arena: Bump,
    /// Bytes of text and lists that may still be looked at.
    left: usize,
}

#[derive(Clone, Copy)]
struct Rules {
    id_bytes: usize,
    text_bytes: usize,
    list_items: usize,
    metadata_pairs: usize,
    metadata_name_bytes: usize,
}

impl Cleaner {
    pub(super) fn new(limits: &Limits) -> Self {
        Cleaner {
            findings: Vec::new(),
            rules: Rules {
                id_bytes: limits.id_bytes,
                text_bytes: limits.text_bytes,
                list_items: limits.list_items,
                metadata_pairs: limits.metadata_pairs,
                metadata_name_bytes: limits.metadata_name_bytes,
            },
            arena: Bump::new(),
            left: limits.page_text_bytes,
        }
    }

    /// Begins a record: reads its id. `None`: the id is unusable, the record is
    /// left out and that is noted.
    pub(super) fn record<'a>(
        &'a mut self,
        store: &'a Store<HostState>,
        id: &WasmStr,
    ) -> Result<Option<Record<'a>>, CallError> {
        self.arena.reset();
        let mut record = Record {
            store,
            arena: &self.arena,
            findings: &mut self.findings,
            rules: self.rules,
            left: &mut self.left,
            id: "",
        };
        let id = record.read(id)?.trim();
        let fault = match check_id(id, self.rules.id_bytes) {
            Ok(()) => {
                record.id = id;
                return Ok(Some(record));
            }
            Err(fault) => fault,
        };
        let (code, detail) = match fault {
            IdFault::Empty => ("missing-id", "The record has no sourcedId.".to_owned()),
            IdFault::TooLong => (
                "id-too-long",
                format!("The sourcedId has {} bytes; 255 are the most.", id.len()),
            ),
            IdFault::Control => (
                "invalid-text",
                "The sourcedId holds control characters.".to_owned(),
            ),
        };
        record.leave_out(code, "sourcedId", detail);
        Ok(None)
    }
}

#[derive(Clone, Copy)]
enum IdFault {
    Empty,
    TooLong,
    Control,
}

/// One record in the making. Text is borrowed from the guest's memory, or from
/// an arena where it had to be repaired.
pub(super) struct Record<'a> {
    store: &'a Store<HostState>,
    arena: &'a Bump,
    findings: &'a mut Vec<PageFinding>,
    rules: Rules,
    left: &'a mut usize,
    pub(super) id: &'a str,
}

impl<'a> Record<'a> {
    fn read(&mut self, text: &WasmStr) -> Result<&'a str, CallError> {
        let text = match text.to_str(self.store).map_err(unreadable)? {
            Cow::Borrowed(text) => text,
            Cow::Owned(text) => self.arena.alloc_str(&text),
        };
        self.spend(text.len())?;
        Ok(text)
    }

    /// A thousand records may share one long text: what looking at them costs
    /// must not depend on what they take in the guest's memory.
    fn spend(&mut self, bytes: usize) -> Result<(), CallError> {
        *self.left = self.left.checked_sub(bytes).ok_or_else(|| {
            CallError::new(
                ErrorKind::LimitExceeded,
                "the page's records have more text than the sandbox reads for one page",
            )
        })?;
        Ok(())
    }

    /// Notes that the record is left out.
    pub(super) fn leave_out(&mut self, code: &str, field: &str, detail: impl Into<String>) {
        self.note(Severity::Error, code, field, detail.into());
    }

    /// Notes that a value was repaired or dropped.
    pub(super) fn warn(&mut self, code: &str, field: &str, detail: impl Into<String>) {
        self.note(Severity::Warning, code, field, detail.into());
    }

    fn note(&mut self, severity: Severity, code: &str, field: &str, detail: String) {
        self.findings.push(PageFinding {
            severity,
            code: code.to_owned(),
            sourced_id: (!self.id.is_empty()).then(|| self.id.to_owned()),
            field: Some(field.to_owned()),
            detail,
        });
    }

    /// Any text: one line, trimmed, not too long.
    pub(super) fn text(&mut self, field: &str, text: &WasmStr) -> Result<&'a str, CallError> {
        let text = self.read(text)?.trim();
        Ok(self.tidy(field, text, self.rules.text_bytes))
    }

    fn tidy(&mut self, field: &str, mut text: &'a str, most: usize) -> &'a str {
        if has_control(text) {
            let spaced = text.chars().map(|c| if c.is_control() { ' ' } else { c });
            let spaced: String = spaced.collect();
            text = self.arena.alloc_str(spaced.trim());
            self.warn(
                "text-repaired",
                field,
                "It held control characters; they became blanks.",
            );
        }
        if text.len() > most {
            let detail = format!("It had {} bytes and was cut to {most}.", text.len());
            self.warn("text-too-long", field, detail);
            text = text[..text.floor_char_boundary(most)].trim_end();
        }
        text
    }

    /// Text that may be absent; empty is absent.
    pub(super) fn maybe(
        &mut self,
        field: &str,
        text: Option<&WasmStr>,
    ) -> Result<Option<&'a str>, CallError> {
        let Some(text) = text else { return Ok(None) };
        let text = self.text(field, text)?;
        Ok((!text.is_empty()).then_some(text))
    }

    /// A reference to another record; an unusable one is dropped.
    pub(super) fn reference(
        &mut self,
        field: &str,
        id: Option<&WasmStr>,
    ) -> Result<Option<&'a str>, CallError> {
        let Some(id) = id else { return Ok(None) };
        let id = self.read(id)?.trim();
        match check_id(id, self.rules.id_bytes) {
            Ok(()) => Ok(Some(id)),
            Err(IdFault::Empty) => Ok(None),
            Err(_) => {
                self.warn(
                    "invalid-reference",
                    field,
                    "The id it refers to is unusable; the reference was dropped.",
                );
                Ok(None)
            }
        }
    }

    /// A list of references.
    pub(super) fn references(
        &mut self,
        field: &str,
        ids: &[WasmStr],
    ) -> Result<Vec<&'a str>, CallError> {
        let mut list = Vec::new();
        for id in self.some(field, ids)? {
            list.extend(self.reference(field, Some(id))?);
        }
        Ok(list)
    }

    /// A list of texts; empty ones are dropped.
    pub(super) fn texts(
        &mut self,
        field: &str,
        texts: &[WasmStr],
    ) -> Result<Vec<&'a str>, CallError> {
        let mut list = Vec::new();
        for text in self.some(field, texts)? {
            list.extend(self.maybe(field, Some(text))?);
        }
        Ok(list)
    }

    /// As much of a list as is kept.
    pub(super) fn some<'l, T>(&mut self, field: &str, list: &'l [T]) -> Result<&'l [T], CallError> {
        self.first(field, list, self.rules.list_items, "too-many-values")
    }

    fn first<'l, T>(
        &mut self,
        field: &str,
        list: &'l [T],
        most: usize,
        code: &str,
    ) -> Result<&'l [T], CallError> {
        self.spend(size_of_val(list))?;
        if list.len() > most {
            let detail = format!("It had {} entries; {most} were kept.", list.len());
            self.warn(code, field, detail);
        }
        Ok(&list[..list.len().min(most)])
    }

    /// Pairs beyond the standard.
    pub(super) fn metadata(
        &mut self,
        pairs: &[(WasmStr, WasmStr)],
    ) -> Result<Vec<(&'a str, &'a str)>, CallError> {
        let most = self.rules.metadata_pairs;
        let pairs = self.first("metadata", pairs, most, "too-many-metadata")?;
        let mut list = Vec::with_capacity(pairs.len());
        for (name, value) in pairs {
            let name = self.read(name)?.trim();
            let name = self.tidy("metadata", name, self.rules.metadata_name_bytes);
            let value = self.text("metadata", value)?;
            if !name.is_empty() {
                list.push((name, value));
            }
        }
        Ok(list)
    }

    /// A day that may be absent; an impossible one is dropped.
    pub(super) fn day(&mut self, field: &str, date: Option<raw::Date>) -> Option<Day> {
        let date = date?;
        let day = day(date);
        if day.is_none() {
            let detail = format!(
                "{:04}-{:02}-{:02} is no day of the calendar; it was dropped.",
                date.year, date.month, date.day
            );
            self.warn("invalid-date", field, detail);
        }
        day
    }
}

fn check_id(id: &str, most: usize) -> Result<(), IdFault> {
    if id.is_empty() {
        Err(IdFault::Empty)
    } else if id.len() > most {
        Err(IdFault::TooLong)
    } else if has_control(id) {
        Err(IdFault::Control)
    } else {
        Ok(())
    }
}

/// Whether there is a control character. Nearly all text has neither a byte
/// below the blank nor one that begins U+0080 to U+00BF, so the slow look is
/// rare.
fn has_control(text: &str) -> bool {
    let suspect = text.bytes().fold(false, |found, b| {
        found | (b < 0x20) | (b == 0x7f) | (b == 0xc2)
    });
    suspect && text.chars().any(char::is_control)
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar; `None` for a day
/// that the calendar does not have, or outside the years 1 to 9999.
fn day(date: raw::Date) -> Option<Day> {
    let (year, month, day) = (
        i32::from(date.year),
        i32::from(date.month),
        i32::from(date.day),
    );
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    if !(1..=9999).contains(&year) || !(1..=length).contains(&day) {
        return None;
    }
    // A year that begins in March has its leap day at the end.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let of_year = (153 * month + 2) / 5 + day - 1;
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(Day(365 * year + leaps + of_year - 719_468))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::Date;

    #[test]
    fn days_are_those_of_the_calendar() {
        for year in [
            1, 4, 100, 1600, 1899, 1900, 1970, 2000, 2024, 2026, 2100, 9999,
        ] {
            for month in 0..=13_u8 {
                for d in 0..=32_u8 {
                    let ours = day(raw::Date {
                        year,
                        month,
                        day: d,
                    });
                    let theirs = Date::new(year as i16, month as i8, d as i8)
                        .ok()
                        .map(Day::from);
                    assert_eq!(ours, theirs, "{year}-{month}-{d}");
                }
            }
        }
        assert_eq!(
            day(raw::Date {
                year: 0,
                month: 1,
                day: 1
            }),
            None
        );
        assert_eq!(
            day(raw::Date {
                year: 65535,
                month: 1,
                day: 1
            }),
            None
        );
    }

    #[test]
    fn control_characters_are_found_and_accents_are_none() {
        assert!(has_control("a\tb"));
        assert!(has_control("a\u{7f}"));
        assert!(has_control("a\u{85}b"));
        assert!(!has_control("Ünal £ ø 山"));
    }

    #[test]
    fn ids_have_their_limits() {
        assert!(check_id("x", 255).is_ok());
        assert!(matches!(check_id("", 255), Err(IdFault::Empty)));
        assert!(matches!(
            check_id(&"x".repeat(256), 255),
            Err(IdFault::TooLong)
        ));
        assert!(matches!(check_id("a\u{0}", 255), Err(IdFault::Control)));
    }
}
