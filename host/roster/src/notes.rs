//! Findings in the making.
//!
//! A night can leave out a million enrollments, each with a finding of its own.
//! While reconciling runs, a finding is a note of 24 bytes; it becomes a
//! [`Finding`] with its texts at the end. Notes are taken for the running
//! provider only: what others hold is a matter of their own runs.

use std::collections::HashMap;

use crate::codes::Kind;
use crate::finding::{Effect, Finding};
use crate::outcome::Tally;
use crate::record::Collection;
use crate::source::SourceRecords;
use crate::state::{ProviderKey, Text};

/// Stands for no record, no text.
const NONE: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
struct Note {
    /// Index into the kinds that occurred.
    kind: u16,
    entity: Option<Collection>,
    /// Index into the field names.
    field: u8,
    row: u32,
    detail: u32,
}

/// Collects notes.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    kinds: Vec<Kind>,
    fields: Vec<&'static str>,
    details: Vec<Text>,
    known: HashMap<String, u32>,
    list: Vec<Note>,
}

impl Notes {
    /// A note about one record.
    pub(crate) fn record(&mut self, kind: Kind, entity: Collection, row: u32) {
        self.push(kind, Some(entity), row, None, None);
    }

    /// A note about one property of a record.
    pub(crate) fn field(&mut self, kind: Kind, entity: Collection, row: u32, field: &'static str) {
        self.push(kind, Some(entity), row, Some(field), None);
    }

    /// A note about one record that says more than its kind.
    pub(crate) fn detail(
        &mut self,
        kind: Kind,
        entity: Collection,
        row: u32,
        field: Option<&'static str>,
        detail: String,
    ) {
        self.push(kind, Some(entity), row, field, Some(detail));
    }

    /// A note about no single record.
    pub(crate) fn general(
        &mut self,
        kind: Kind,
        entity: Option<Collection>,
        field: Option<&'static str>,
        detail: String,
    ) {
        self.push(kind, entity, NONE, field, Some(detail));
    }

    fn push(
        &mut self,
        kind: Kind,
        entity: Option<Collection>,
        row: u32,
        field: Option<&'static str>,
        detail: Option<String>,
    ) {
        let kind = match self.kinds.iter().position(|known| known.code == kind.code) {
            Some(known) => known,
            None => {
                self.kinds.push(kind);
                self.kinds.len() - 1
            }
        };
        let field = field.map_or(usize::from(u8::MAX), |field| {
            let known = self.fields.iter().position(|known| *known == field);
            known.unwrap_or_else(|| {
                self.fields.push(field);
                self.fields.len() - 1
            })
        });
        let detail = detail.map_or(NONE, |detail| {
            let next = self.details.len() as u32;
            *self.known.entry(detail).or_insert_with_key(|detail| {
                self.details.push(detail.as_str().into());
                next
            })
        });
        self.list.push(Note {
            kind: kind as u16,
            entity,
            field: field as u8,
            row,
            detail,
        });
    }

    /// How many records of the collection were left out on purpose, and how
    /// many could not be used. Every record has at most one such note.
    pub(crate) fn tally(&self, entity: Collection, received: u64) -> Tally {
        let mut tally = Tally {
            received,
            ..Tally::default()
        };
        for note in &self.list {
            if note.entity != Some(entity) || note.row == NONE {
                continue;
            }
            match self.kinds[usize::from(note.kind)].effect {
                Effect::Kept => {}
                Effect::Skipped => tally.skipped += 1,
                Effect::Failed => tally.failed += 1,
            }
        }
        tally.imported = received.saturating_sub(tally.skipped + tally.failed);
        tally
    }

    /// The findings, sorted.
    pub(crate) fn findings(self, provider: ProviderKey, source: &SourceRecords) -> Vec<Finding> {
        let codes: Vec<Text> = self.kinds.iter().map(|kind| kind.code.into()).collect();
        let sentences: Vec<Text> = self.kinds.iter().map(|kind| kind.sentence.into()).collect();
        let fields: Vec<Text> = self.fields.iter().map(|field| (*field).into()).collect();
        let mut findings: Vec<Finding> = Vec::with_capacity(self.list.len());
        findings.extend(self.list.iter().map(|note| {
            let kind = &self.kinds[usize::from(note.kind)];
            Finding {
                code: codes[usize::from(note.kind)].clone(),
                severity: kind.severity,
                effect: kind.effect,
                provider: Some(provider),
                entity: note.entity,
                sourced_id: note
                    .entity
                    .and_then(|entity| sourced_id(source, entity, note.row)),
                field: fields.get(usize::from(note.field)).cloned(),
                detail: match self.details.get(note.detail as usize) {
                    Some(detail) => detail.clone(),
                    None => sentences[usize::from(note.kind)].clone(),
                },
            }
        }));
        sort(&mut findings);
        findings
    }
}

fn sourced_id(source: &SourceRecords, entity: Collection, row: u32) -> Option<Text> {
    match (entity, row) {
        (_, NONE) => None,
        (Collection::Enrollments, row) => Some(source.enrollment_id(row).into()),
        (entity, row) => Some(source.ids(entity).get(row).into()),
    }
}

/// Sorts as `Finding`'s own order does. A million findings of one kind share
/// their code, so that comparing its letters each time would be most of the
/// work: the same text is recognised by its address first.
pub(crate) fn sort(findings: &mut [Finding]) {
    let text = |a: &Text, b: &Text| match Text::ptr_eq(a, b) {
        true => std::cmp::Ordering::Equal,
        false => a.cmp(b),
    };
    findings.sort_unstable_by(|a, b| {
        text(&a.code, &b.code)
            .then(a.severity.cmp(&b.severity))
            .then(a.effect.cmp(&b.effect))
            .then(a.provider.cmp(&b.provider))
            .then(a.entity.cmp(&b.entity))
            .then_with(|| a.sourced_id.cmp(&b.sourced_id))
            .then_with(|| a.field.cmp(&b.field))
            .then_with(|| text(&a.detail, &b.detail))
    });
}
