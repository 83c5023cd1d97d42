//! Writing JSON into a byte buffer, in a [`Dialect`].
//!
//! Objects are written property by property, straight into the buffer of the
//! page: no tree is built. The module knows how values are spelt and nothing of
//! records.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::Version;
use crate::dialect::{Booleans, Dates, Dialect, Enums, Ids, References};
use crate::query::encoded;
use crate::row::{Day, Stamp};

/// One page being written.
pub(crate) struct Json<'a> {
    pub(crate) out: &'a mut Vec<u8>,
    pub(crate) dialect: &'a Dialect,
    pub(crate) version: Version,
    /// The address of the version, before `/users/…` in references.
    pub(crate) base: &'a str,
    /// The only properties to be written; none: all.
    pub(crate) fields: Option<&'a [String]>,
    /// The number of the record, for dialects that change from one to the next.
    pub(crate) turn: usize,
    first: bool,
}

/// What a reference points to: (its name in the address, its type).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind(pub(crate) &'static str, pub(crate) &'static str);

pub(crate) const ORG: Kind = Kind("orgs", "org");
pub(crate) const SESSION: Kind = Kind("academicSessions", "academicSession");
pub(crate) const COURSE: Kind = Kind("courses", "course");
pub(crate) const CLASS: Kind = Kind("classes", "class");
pub(crate) const USER: Kind = Kind("users", "user");

impl<'a> Json<'a> {
    pub(crate) fn new(
        out: &'a mut Vec<u8>,
        dialect: &'a Dialect,
        version: Version,
        base: &'a str,
    ) -> Self {
        Json {
            out,
            dialect,
            version,
            base,
            fields: None,
            turn: 0,
            first: true,
        }
    }

    pub(crate) fn open(&mut self) {
        self.out.push(b'{');
        self.first = true;
    }

    pub(crate) fn close(&mut self) {
        self.out.push(b'}');
        self.first = false;
    }

    /// Begins a property; false if it is not wanted.
    pub(crate) fn key(&mut self, name: &str) -> bool {
        if let Some(fields) = self.fields
            && !fields.iter().any(|field| field == name)
        {
            return false;
        }
        self.plain_key(name);
        true
    }

    /// Begins a property within a property.
    fn plain_key(&mut self, name: &str) {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    pub(crate) fn raw(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// An object within: what `write` adds are its properties.
    pub(crate) fn object(&mut self, write: impl FnOnce(&mut Self)) {
        let fields = self.fields.take();
        self.open();
        write(self);
        self.close();
        self.fields = fields;
    }

    pub(crate) fn text(&mut self, name: &str, value: &str) {
        if self.key(name) {
            string(self.out, value);
        }
    }

    /// A text that may be absent.
    pub(crate) fn option(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.text(name, value),
            None => self.absent(name),
        }
    }

    fn absent(&mut self, name: &str) {
        if self.dialect.nulls && self.key(name) {
            self.raw("null");
        }
    }

    pub(crate) fn texts(&mut self, name: &str, values: &[&str]) {
        self.list(name, values, |json, value| string(json.out, value));
    }

    /// A list; `write` writes one element.
    pub(crate) fn list<T>(
        &mut self,
        name: &str,
        values: &[T],
        mut write: impl FnMut(&mut Self, &T),
    ) {
        if values.is_empty() && self.dialect.nulls {
            return self.absent(name);
        }
        if !self.key(name) {
            return;
        }
        self.out.push(b'[');
        for (n, value) in values.iter().enumerate() {
            if n > 0 {
                self.out.push(b',');
            }
            write(self, value);
        }
        self.out.push(b']');
        self.first = false;
    }

    pub(crate) fn flag(&mut self, name: &str, value: Option<bool>) {
        let Some(value) = value else {
            return self.absent(name);
        };
        if !self.key(name) {
            return;
        }
        let spelt = match (self.dialect.booleans, self.version) {
            (Booleans::Standard, Version::V1p1) | (Booleans::Native, _) => ["false", "true"],
            (Booleans::Standard, Version::V1p2) | (Booleans::Text, _) => ["\"false\"", "\"true\""],
            (Booleans::UpperText, _) => ["\"FALSE\"", "\"TRUE\""],
            (Booleans::Number, _) => ["0", "1"],
            (Booleans::NumberText, _) => ["\"0\"", "\"1\""],
        };
        self.raw(spelt[usize::from(value)]);
    }

    /// A value of an enumeration; `odd` is what nobody knows.
    pub(crate) fn enumerated(&mut self, name: &str, value: &str, odd: &str) {
        match self.dialect.enums {
            Enums::Unknown if self.turn % 5 == 4 => self.text(name, odd),
            Enums::Capitals => self.text(name, &value.to_uppercase()),
            _ => self.text(name, value),
        }
    }

    pub(crate) fn id(&mut self, name: &str, id: &str) {
        if self.key(name) {
            self.id_value(id);
        }
    }

    fn id_value(&mut self, id: &str) {
        match self.dialect.ids {
            Ids::Standard => string(self.out, id),
            Ids::Padded => string(self.out, &format!(" {id} ")),
            Ids::Number => self.raw(&number_of(id).to_string()),
        }
    }

    pub(crate) fn reference(&mut self, name: &str, kind: Kind, id: Option<&str>) {
        match id {
            Some(id) => {
                if self.key(name) {
                    self.reference_value(kind, id);
                }
            }
            None => self.absent(name),
        }
    }

    pub(crate) fn references(&mut self, name: &str, kind: Kind, ids: &[&str]) {
        self.list(name, ids, |json, id| json.reference_value(kind, id));
    }

    pub(crate) fn reference_value(&mut self, kind: Kind, id: &str) {
        match self.dialect.references {
            References::Bare => self.id_value(id),
            References::Empty => self.raw("{}"),
            References::IdOnly => self.object(|json| json.id("sourcedId", id)),
            References::Standard => self.whole_reference(kind, id, kind.1),
            References::WrongType => self.whole_reference(kind, id, "lineItem"),
        }
        self.first = false;
    }

    fn whole_reference(&mut self, kind: Kind, id: &str, type_name: &str) {
        self.raw("{\"href\":\"");
        self.raw(self.base);
        self.out.push(b'/');
        self.raw(kind.0);
        self.out.push(b'/');
        if id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            self.raw(id);
        } else {
            let id = encoded(id);
            self.raw(&id);
        }
        self.raw("\",\"sourcedId\":");
        self.id_value(id);
        self.raw(",\"type\":\"");
        self.raw(type_name);
        self.raw("\"}");
    }

    pub(crate) fn stamp(&mut self, name: &str, stamp: Stamp<'_>) {
        if !self.key(name) {
            return;
        }
        match (stamp, self.dialect.dates) {
            (Stamp::Text(text), _) => string(self.out, text),
            (Stamp::At(at), Dates::Standard) => instant(self.out, at, b'T', "Z"),
            (Stamp::At(at), Dates::Mixed) => match self.turn % 4 {
                0 => instant(self.out, at, b'T', "+00:00"),
                1 => instant(self.out, at, b' ', ""),
                2 => instant(self.out, at, b'T', "Z"),
                _ => self.raw("null"),
            },
        }
    }

    pub(crate) fn day(&mut self, name: &str, day: Day<'_>) {
        match (day, self.dialect.dates) {
            (Day::Absent, _) => self.absent(name),
            (Day::Text(text), _) => self.text(name, text),
            (Day::On(date), dates) => {
                if !self.key(name) {
                    return;
                }
                match (dates, self.turn % 7) {
                    (Dates::Standard, _) | (_, 0) => {
                        self.out.push(b'"');
                        calendar_day(self.out, date);
                        self.out.push(b'"');
                    }
                    (_, 1) => self.raw(&format!("\"{date}T00:00:00Z\"")),
                    (_, 2) => self.raw(&format!("\"{date}T00:00:00.000+00:00\"")),
                    (_, 3) => self.raw(&format!("\"{date} 00:00:00\"")),
                    (_, 4) => {
                        let (year, month, day) = (date.year(), date.month(), date.day());
                        self.raw(&format!("\"{month}/{day:02}/{year}\""));
                    }
                    (_, 5) => self.raw("\"\""),
                    _ => self.raw("null"),
                }
            }
        }
    }
}

/// A number that stands for the id, the same wherever it appears.
fn number_of(id: &str) -> u64 {
    let spread = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    id.bytes().fold(0xCBF2_9CE4_8422_2325, spread) >> 12
}

fn two(out: &mut Vec<u8>, number: i8) {
    let number = number.unsigned_abs();
    out.extend_from_slice(&[b'0' + number / 10 % 10, b'0' + number % 10]);
}

fn calendar_day(out: &mut Vec<u8>, date: Date) {
    let year = date.year().unsigned_abs();
    two(out, (year / 100) as i8);
    two(out, (year % 100) as i8);
    out.push(b'-');
    two(out, date.month());
    out.push(b'-');
    two(out, date.day());
}

fn instant(out: &mut Vec<u8>, at: Timestamp, middle: u8, end: &str) {
    let at = jiff::tz::Offset::UTC.to_datetime(at);
    out.push(b'"');
    calendar_day(out, at.date());
    out.push(middle);
    two(out, at.hour());
    out.push(b':');
    two(out, at.minute());
    out.push(b':');
    two(out, at.second());
    let millis = at.millisecond().unsigned_abs();
    out.push(b'.');
    out.push(b'0' + (millis / 100) as u8);
    two(out, (millis % 100) as i8);
    out.extend_from_slice(end.as_bytes());
    out.push(b'"');
}

/// A JSON string.
pub(crate) fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut written = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[written..at]);
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
        }
        written = at + 1;
    }
    out.extend_from_slice(&bytes[written..]);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped_as_serde_would() {
        for text in [
            "",
            "plain",
            "O'Brien \"x\" \\ y",
            "a\nb\tc\u{1}",
            "Nguyễn 🎓",
        ] {
            let mut out = Vec::new();
            string(&mut out, text);
            let read: String = serde_json::from_slice(&out).expect("a JSON string");
            assert_eq!(read, text);
        }
    }

    #[test]
    fn instants_are_written_in_full() {
        let at: Timestamp = "2026-04-06T09:05:07.042Z".parse().expect("an instant");
        let mut out = Vec::new();
        instant(&mut out, at, b'T', "Z");
        assert_eq!(out, b"\"2026-04-06T09:05:07.042Z\"");
    }
}
