//! A page's body: the envelope, the rows in it, and what stands beside them.
//!
//! One pass over the text: each row is turned into a record as soon as it is
//! parsed, so that a page is never held twice. Knows nothing of paging.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::field::{Key, Text, scalars};
use super::imsx::{self, Status};
use super::notes::Notes;
use super::row::{Record, Row};
use super::rows::{AcademicSessionRow, ClassRow, CourseRow, EnrollmentRow, OrgRow, UserRow};
use super::tree::Tree;
use crate::http::Response;
use crate::{Collection, Failure, Finding, Records};

/// Bytes of JSON that a row takes at the least in practice; only to size the
/// list of records before they are counted.
const BYTES_OF_A_ROW: usize = 256;

/// A page's rows.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) records: Records,
    /// Rows in the answer, good and bad.
    pub(crate) received: u32,
    pub(crate) findings: Vec<Finding>,
    /// Tells one page from another: by the number of rows and the ids of the
    /// first and the last record.
    pub(crate) fingerprint: u64,
    /// Records that were last changed before the instant that was asked for, or
    /// do not say when.
    pub(crate) unchanged: u32,
    /// The first row, if it became a record.
    pub(crate) first: Option<RowId>,
    /// The last row, if it became a record.
    pub(crate) last: Option<RowId>,
}

/// Tells rows apart by their ids, in little space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RowId(u64);

impl RowId {
    fn of(sourced_id: &str) -> Self {
        let mut hash = Fnv::new();
        hash.write(sourced_id.as_bytes());
        Self(hash.0)
    }
}

impl Decoded {
    /// Takes out the first row, which became a record, with what was noted
    /// about it.
    pub(crate) fn drop_first(&mut self) {
        let id = match &mut self.records {
            Records::Orgs(list) => list.remove(0).sourced_id,
            Records::AcademicSessions(list) => list.remove(0).sourced_id,
            Records::Courses(list) => list.remove(0).sourced_id,
            Records::Classes(list) => list.remove(0).sourced_id,
            Records::Users(list) => list.remove(0).sourced_id,
            Records::Enrollments(list) => list.remove(0).sourced_id,
        };
        self.findings
            .retain(|finding| finding.sourced_id.as_ref() != Some(&id));
        self.received -= 1;
    }
}

/// The names of a collection's envelope: the standard's first, then those that
/// servers use instead.
pub(crate) fn envelope_names(collection: Collection) -> &'static [&'static str] {
    match collection {
        Collection::Orgs => &["orgs", "schools", "org", "school"],
        Collection::AcademicSessions => &[
            "academicSessions",
            "terms",
            "gradingPeriods",
            "academicSession",
            "term",
            "gradingPeriod",
        ],
        Collection::Courses => &["courses", "course"],
        Collection::Classes => &["classes", "class"],
        Collection::Users => &[
            "users", "students", "teachers", "user", "student", "teacher",
        ],
        Collection::Enrollments => &["enrollments", "enrollment"],
    }
}

/// Decodes an answer whose status is 200 to 299.
///
/// # Errors
/// [`Failure::Malformed`] for what is no page; the failure that a status object
/// in the body stands for.
pub(crate) fn decode(
    collection: Collection,
    response: &Response,
    changed_since: Option<i64>,
) -> Result<Decoded, Failure> {
    let text = response.text()?;
    let start = text.trim_start();
    if start.is_empty() {
        return decode_text(collection, "{}", changed_since, true).map_err(Failure::from);
    }
    if start.starts_with('<') {
        return Err(Failure::Malformed(
            "The SIS answered with an HTML page, usually a login page, where JSON belongs; check the endpoint and the credentials.".to_owned(),
        ));
    }
    match decode_text(collection, text, changed_since, false) {
        // Some servers write line breaks and tabs into strings as they are.
        // Outside strings they are blanks anyhow.
        Err(Problem {
            raw_control: true, ..
        }) => {
            let mended: String = text
                .chars()
                .map(|c| if c < ' ' { ' ' } else { c })
                .collect();
            let mut decoded = decode_text(collection, &mended, changed_since, false)?;
            let mut notes = Notes::default();
            notes.page(
                "text-repaired",
                "The answer held raw control characters, which JSON forbids; they were read as blanks.".to_owned(),
            );
            decoded.findings.append(&mut notes.findings);
            Ok(decoded)
        }
        other => other.map_err(Failure::from),
    }
}

/// Why a text is no page.
struct Problem {
    failure: Failure,
    /// Whether a control character inside a string is the cause.
    raw_control: bool,
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self {
            failure,
            raw_control: false,
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        problem.failure
    }
}

fn decode_text(
    collection: Collection,
    text: &str,
    changed_since: Option<i64>,
    empty: bool,
) -> Result<Decoded, Problem> {
    macro_rules! rows_of {
        ($row:ident, $case:ident) => {
            decode_rows::<$row<'_>>(collection, text, changed_since, empty, Records::$case)
        };
    }
    match collection {
        Collection::Orgs => rows_of!(OrgRow, Orgs),
        Collection::AcademicSessions => rows_of!(AcademicSessionRow, AcademicSessions),
        Collection::Courses => rows_of!(CourseRow, Courses),
        Collection::Classes => rows_of!(ClassRow, Classes),
        Collection::Users => rows_of!(UserRow, Users),
        Collection::Enrollments => rows_of!(EnrollmentRow, Enrollments),
    }
}

fn decode_rows<'a, R: Row<'a>>(
    collection: Collection,
    text: &'a str,
    changed_since: Option<i64>,
    empty: bool,
    into_records: fn(Vec<R::Record>) -> Records,
) -> Result<Decoded, Problem> {
    let names = envelope_names(collection);
    let mut page = Page::<'a, R::Record>::new(text.len() / BYTES_OF_A_ROW);
    if !empty {
        let mut json = serde_json::Deserializer::from_str(text);
        EnvelopeSeed {
            names,
            page: &mut page,
            row: PhantomData::<R>,
        }
        .deserialize(&mut json)
        .and_then(|()| json.end())
        .map_err(|error| not_json(&error))?;
        page.judge(names[0])?;
    }
    let fingerprint = page.fingerprint(text.len());
    let unchanged = changed_since.map_or(0, |since| {
        let changed =
            |record: &R::Record| record.date_last_modified().is_some_and(|at| at >= since);
        page.records
            .iter()
            .filter(|record| !changed(record))
            .count()
    });
    let id = |record: &R::Record| RowId::of(record.sourced_id());
    let first = page
        .records
        .first()
        .filter(|_| page.first_is_record)
        .map(id);
    let last = page.records.last().filter(|_| page.last_is_record).map(id);
    Ok(Decoded {
        first,
        last,
        received: page.received,
        fingerprint,
        unchanged: u32::try_from(unchanged).unwrap_or(u32::MAX),
        findings: page.notes.findings,
        records: into_records(page.records),
    })
}

/// Only the place goes into the text: a parser's own message may quote the body.
fn not_json(error: &serde_json::Error) -> Problem {
    let what = if error.is_eof() {
        "breaks off"
    } else {
        "is not valid JSON"
    };
    Problem {
        failure: Failure::Malformed(format!(
            "The SIS's answer {what} (line {}, column {}).",
            error.line(),
            error.column()
        )),
        raw_control: error.is_syntax() && error.to_string().starts_with("control character"),
    }
}

struct Page<'t, T> {
    records: Vec<T>,
    received: u32,
    first_is_record: bool,
    last_is_record: bool,
    notes: Notes,
    /// Whether the envelope was there.
    found: bool,
    /// Whether the envelope held text or a number.
    wrong: bool,
    /// What a status object is made of.
    status: Vec<(Cow<'t, str>, Tree<'t>)>,
}

impl<T: Record> Page<'_, T> {
    fn new(capacity: usize) -> Self {
        Self {
            records: Vec::with_capacity(capacity),
            received: 0,
            first_is_record: false,
            last_is_record: false,
            notes: Notes::default(),
            found: false,
            wrong: false,
            status: Vec::new(),
        }
    }

    fn add<'a, R: Row<'a, Record = T>>(&mut self, row: R) {
        self.received += 1;
        let record = row.into_record(&mut self.notes);
        self.last_is_record = record.is_some();
        self.first_is_record |= self.received == 1 && self.last_is_record;
        self.records.extend(record);
    }

    /// Whether this is a page at all.
    fn judge(&mut self, name: &str) -> Result<(), Failure> {
        let status = Status::of(&self.status);
        if status.is_failure() {
            return Err(status.failure(name, 200));
        }
        if self.wrong {
            return Err(Failure::Malformed(format!(
                "`{name}` in the SIS's answer is not a list."
            )));
        }
        if !self.found {
            return Err(Failure::Malformed(format!(
                "The SIS's answer has no `{name}`; this is no OneRoster page."
            )));
        }
        if status.is_warning() {
            let codes = status.codes();
            self.notes.page(
                "server-warning",
                format!("The SIS gave a warning beside its data: {codes}."),
            );
        }
        Ok(())
    }

    fn fingerprint(&self, length: usize) -> u64 {
        let mut hash = Fnv::new();
        hash.write(&self.received.to_le_bytes());
        match (self.records.first(), self.records.last()) {
            (Some(first), Some(last)) => {
                hash.write(first.sourced_id().as_bytes());
                hash.write(b"\0");
                hash.write(last.sourced_id().as_bytes());
            }
            _ => hash.write(&length.to_le_bytes()),
        }
        hash.0
    }
}

/// FNV-1a: short keys, no dependency, the same on every build.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

struct EnvelopeSeed<'p, 't, R, T> {
    names: &'static [&'static str],
    page: &'p mut Page<'t, T>,
    row: PhantomData<R>,
}

impl<'de, R: Row<'de>> DeserializeSeed<'de> for EnvelopeSeed<'_, 'de, R, R::Record> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, R: Row<'de>> Visitor<'de> for EnvelopeSeed<'_, 'de, R, R::Record> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a page")
    }

    // Anything but an object leaves `found` unset.
    scalars!('de, |_: Text<'de>| ());

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<(), S::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(Key(name)) = map.next_key()? {
            if self
                .names
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known))
            {
                self.page.found = true;
                map.next_value_seed(RowsSeed {
                    page: &mut *self.page,
                    row: PhantomData::<R>,
                })?;
            } else if imsx::is_status_property(&name) {
                let value = map.next_value()?;
                self.page.status.push((name, value));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

struct RowsSeed<'p, 't, R, T> {
    page: &'p mut Page<'t, T>,
    row: PhantomData<R>,
}

impl<'de, R: Row<'de>> DeserializeSeed<'de> for RowsSeed<'_, '_, R, R::Record> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let text = deserializer.deserialize_any(RowsVisitor {
            page: &mut *self.page,
            row: self.row,
        })?;
        match text {
            None => {}
            Some(Text::Absent) => {
                self.page.notes.page(
                    "empty-envelope",
                    "The SIS sent null where a list belongs; it was read as an empty list."
                        .to_owned(),
                );
            }
            Some(_) => self.page.wrong = true,
        }
        Ok(())
    }
}

/// Gives none for rows, else the scalar that stood in their place.
struct RowsVisitor<'p, 't, R, T> {
    page: &'p mut Page<'t, T>,
    row: PhantomData<R>,
}

impl<'de, R: Row<'de>> Visitor<'de> for RowsVisitor<'_, '_, R, R::Record> {
    type Value = Option<Text<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rows")
    }

    scalars!('de, Some);

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Self::Value, S::Error> {
        while let Some(row) = seq.next_element::<R>()? {
            self.page.add(row);
        }
        Ok(None)
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Self::Value, M::Error> {
        let row = R::deserialize(MapAccessDeserializer::new(map))?;
        self.page.notes.page(
            "single-object",
            "The SIS sent one object where a list belongs; it was read as a list of one."
                .to_owned(),
        );
        self.page.add(row);
        Ok(None)
    }
}
