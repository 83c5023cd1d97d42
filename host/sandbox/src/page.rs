//! From the page in the guest's memory to the page that the host keeps:
//! records are checked against the contract's rules one by one and encoded at
//! once, so that nothing the adapter says is believed and nothing is copied
//! twice. What breaks a rule is repaired or left out with a finding; only a
//! page that contradicts itself fails as a whole.
//!
//! This module does not know what a run does with a page.

use std::borrow::Borrow;

use homeroom_roster::record::{Collection, Extent};
use wasmtime::Store;
use wasmtime::component::{Lift, WasmList, WasmStr};

use crate::error::{CallError, ErrorKind};
use crate::failure::OUT_OF_FUEL;
use crate::limits::Limits;
use crate::log::one_line;
use crate::raw;
use crate::state::HostState;
use crate::stats::CallStats;

mod clean;
mod records;

use clean::Cleaner;

/// Which page is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// The collection.
    pub collection: Collection,
    /// Where to go on; `None`: the first page.
    pub cursor: Option<String>,
    /// Only records changed at or after this instant.
    pub changed_since: Option<jiff::Timestamp>,
    /// How many records the page should have.
    pub page_size: u32,
}

/// One page, checked and encoded.
#[derive(Debug, Clone)]
pub struct Page {
    /// What the records are.
    pub collection: Collection,
    /// The records in the encoding of [`homeroom_roster::codec`].
    pub records: Vec<u8>,
    /// How many records there are.
    pub count: u32,
    /// How many rows the source sent: `count` and one finding of severity
    /// [`Severity::Error`] for each of the others.
    pub received: u32,
    /// Where to go on; empty: this branch ends here.
    pub next: Vec<String>,
    /// The collection's total, where the source tells it.
    pub total: Option<u64>,
    /// What a district should know about single rows.
    pub findings: Vec<PageFinding>,
    /// Whether the collection comes whole or as changes.
    pub extent: Extent,
    /// What the adapter wants stored when the run commits, in order; `None`
    /// deletes.
    pub storage_writes: Vec<(String, Option<Vec<u8>>)>,
    /// What the call used.
    pub stats: CallStats,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The record was left out.
    Error,
    /// The record is there; a value was repaired or dropped.
    Warning,
}

/// Something about one row that a district should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageFinding {
    /// How bad it is.
    pub severity: Severity,
    /// A stable code in kebab case.
    pub code: String,
    /// The row's id, where it has one.
    pub sourced_id: Option<String>,
    /// The property.
    pub field: Option<String>,
    /// One sentence without personal data.
    pub detail: String,
}

/// Reads the page out of the guest's memory.
pub(crate) fn take(
    store: &mut Store<HostState>,
    limits: &Limits,
    request: &PageRequest,
    raw: raw::Page,
) -> Result<Page, CallError> {
    let mut page = Page {
        collection: request.collection,
        records: Vec::new(),
        count: 0,
        received: raw.received,
        next: Vec::new(),
        total: raw.total,
        findings: Vec::new(),
        extent: match raw.extent {
            raw::Extent::Whole => Extent::Whole,
            raw::Extent::Changes => Extent::Changes,
        },
        storage_writes: Vec::new(),
        stats: CallStats::default(),
    };
    findings(store, limits, &raw, &mut page)?;
    next(store, limits, request, &raw.next, &mut page)?;
    let (collection, length) = match &raw.records {
        raw::Records::Orgs(list) => (Collection::Orgs, list.len()),
        raw::Records::AcademicSessions(list) => (Collection::AcademicSessions, list.len()),
        raw::Records::Courses(list) => (Collection::Courses, list.len()),
        raw::Records::Classes(list) => (Collection::Classes, list.len()),
        raw::Records::Users(list) => (Collection::Users, list.len()),
        raw::Records::Enrollments(list) => (Collection::Enrollments, list.len()),
    };
    if collection != request.collection {
        return Err(nonsense(format!(
            "the adapter was asked for {} and answered with {collection}",
            request.collection
        )));
    }
    if raw.received as usize > limits.page_records + limits.page_findings {
        return Err(nonsense(format!(
            "the page says that the source sent {} rows",
            raw.received
        )));
    }
    if length > limits.page_records {
        return Err(CallError::new(
            ErrorKind::LimitExceeded,
            format!(
                "the page has {length} records, and {} are the most",
                limits.page_records
            ),
        ));
    }
    let left_out = page
        .findings
        .iter()
        .filter(|f| f.severity == Severity::Error)
        .count();
    if length + left_out != raw.received as usize {
        return Err(nonsense(format!(
            "the page does not add up: it says that the source sent {} rows, and has {length} records and {left_out} findings of rows left out",
            raw.received
        )));
    }
    match &raw.records {
        raw::Records::Orgs(list) => encode(store, limits, list, &mut page, records::org),
        raw::Records::AcademicSessions(list) => {
            encode(store, limits, list, &mut page, records::session)
        }
        raw::Records::Courses(list) => encode(store, limits, list, &mut page, records::course),
        raw::Records::Classes(list) => encode(store, limits, list, &mut page, records::class),
        raw::Records::Users(list) => encode(store, limits, list, &mut page, records::user),
        raw::Records::Enrollments(list) => {
            encode(store, limits, list, &mut page, records::enrollment)
        }
    }?;
    Ok(page)
}

/// Checks one raw record and appends it to the bytes. `false`: it was left out
/// and the cleaner has noted why.
type Encode<T> = fn(&T, &Store<HostState>, &mut Cleaner, &mut Vec<u8>) -> Result<bool, CallError>;

fn encode<T: Lift>(
    store: &mut Store<HostState>,
    limits: &Limits,
    list: &WasmList<T>,
    page: &mut Page,
    one: Encode<T>,
) -> Result<(), CallError> {
    let mut cleaner = Cleaner::new(limits);
    // The engine grants this anew for each element that is taken out.
    store.set_hostcall_fuel(limits.record_bytes);
    page.records.reserve(list.len().min(10_000) * 256);
    for index in 0..list.len() {
        let Some(raw) = list.get(&mut *store, index) else {
            break;
        };
        let raw = raw.map_err(|e| too_large_or_unreadable(&e, limits))?;
        if one(&raw, store, &mut cleaner, &mut page.records)? {
            page.count += 1;
        }
        if page.records.len() > limits.page_bytes {
            return Err(CallError::new(
                ErrorKind::LimitExceeded,
                format!("the page's records have over {} bytes", limits.page_bytes),
            ));
        }
    }
    page.findings.append(&mut cleaner.findings);
    shorten(&mut page.findings, limits.page_findings);
    Ok(())
}

/// Keeps every finding of a row left out, and the first of the warnings.
fn shorten(findings: &mut Vec<PageFinding>, most: usize) {
    let before = findings.len();
    if before <= most {
        return;
    }
    let mut room = most;
    findings.retain(|finding| {
        let keep = finding.severity == Severity::Error || room > 0;
        room = room.saturating_sub(usize::from(finding.severity == Severity::Warning));
        keep
    });
    let dropped = before - findings.len();
    if dropped > 0 {
        findings.push(PageFinding {
            severity: Severity::Warning,
            code: "too-many-findings".to_owned(),
            sourced_id: None,
            field: None,
            detail: format!("{dropped} further warnings of this page are not shown."),
        });
    }
}

fn too_large_or_unreadable(error: &wasmtime::Error, limits: &Limits) -> CallError {
    let root = error.root_cause().to_string();
    if !OUT_OF_FUEL.iter().any(|text| root.contains(text)) {
        return unreadable(error);
    }
    CallError::new(
        ErrorKind::LimitExceeded,
        format!(
            "a record of the page has over {} bytes",
            limits.record_bytes
        ),
    )
}

fn findings(
    store: &mut Store<HostState>,
    limits: &Limits,
    raw: &raw::Page,
    page: &mut Page,
) -> Result<(), CallError> {
    let list = &raw.findings;
    // A row has at most one finding that leaves it out; a warning or two more
    // are plausible, a hundred are a flood.
    let most = (raw.received as usize)
        .saturating_mul(16)
        .saturating_add(1000);
    if list.len() > most {
        return Err(nonsense(format!(
            "the page of {} rows has {} findings",
            raw.received,
            list.len()
        )));
    }
    if list.len() > limits.page_findings {
        return Err(CallError::new(
            ErrorKind::LimitExceeded,
            format!(
                "the page has {} findings, and {} are the most",
                list.len(),
                limits.page_findings
            ),
        ));
    }
    let mut items = Vec::with_capacity(list.len());
    for item in list.iter(&mut *store).map_err(unreadable)? {
        items.push(item.map_err(unreadable)?);
    }
    for item in items {
        let read = |text: &WasmStr, most: usize| read_line(store, text, most);
        let maybe = |text: Option<&WasmStr>, most: usize| {
            text.map(|t| read(t, most))
                .transpose()
                .map(|t| t.filter(|t| !t.is_empty()))
        };
        let finding = PageFinding {
            severity: match item.severity {
                raw::Severity::Error => Severity::Error,
                raw::Severity::Warning => Severity::Warning,
            },
            code: read(&item.code, 64)?,
            sourced_id: maybe(item.sourced_id.as_ref(), limits.id_bytes)?,
            field: maybe(item.field.as_ref(), 64)?,
            detail: read(&item.detail, limits.text_bytes)?,
        };
        page.findings.push(finding);
    }
    Ok(())
}

fn next(
    store: &mut Store<HostState>,
    limits: &Limits,
    request: &PageRequest,
    list: &WasmList<WasmStr>,
    page: &mut Page,
) -> Result<(), CallError> {
    if list.len() > limits.page_cursors {
        return Err(CallError::new(
            ErrorKind::LimitExceeded,
            format!(
                "the page has {} cursors, and {} are the most",
                list.len(),
                limits.page_cursors
            ),
        ));
    }
    for cursor in all(store, list)? {
        let cursor = cursor.to_str(&*store).map_err(unreadable)?;
        if cursor.len() > limits.cursor_bytes {
            return Err(CallError::new(
                ErrorKind::LimitExceeded,
                format!(
                    "a cursor has {} bytes, and {} are the most",
                    cursor.len(),
                    limits.cursor_bytes
                ),
            ));
        }
        if request.cursor.as_deref() == Some(&*cursor) {
            return Err(nonsense(
                "the page's next cursor is the page's own, so that the collection would never end",
            ));
        }
        page.next.push(cursor.into_owned());
    }
    Ok(())
}

/// Takes a list's elements out, so that the store is free for reading text.
pub(crate) fn all<T: Lift>(
    store: &mut Store<HostState>,
    list: &WasmList<T>,
) -> Result<Vec<T>, CallError> {
    let mut items = Vec::with_capacity(list.len());
    for item in list.iter(&mut *store).map_err(unreadable)? {
        items.push(item.map_err(unreadable)?);
    }
    Ok(items)
}

/// Text for people: one line, control characters escaped, cut.
pub(crate) fn read_line(
    store: &Store<HostState>,
    text: &WasmStr,
    most: usize,
) -> Result<String, CallError> {
    let text = text.to_str(store).map_err(unreadable)?;
    Ok(one_line(text.trim(), most))
}

pub(crate) fn unreadable(error: impl Borrow<wasmtime::Error>) -> CallError {
    let why = error.borrow().root_cause().to_string();
    if OUT_OF_FUEL.iter().any(|text| why.contains(text)) {
        return CallError::new(
            ErrorKind::LimitExceeded,
            "the adapter's answer has more text than the sandbox takes at once",
        );
    }
    nonsense(format!(
        "the adapter's answer cannot be read: {}",
        one_line(&why, 300)
    ))
}

pub(crate) fn nonsense(detail: impl Into<String>) -> CallError {
    CallError::new(ErrorKind::AdapterNonsense, detail)
}
