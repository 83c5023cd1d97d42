//! Reading a row column by column, and the few column formats that more than
//! one kind of record has.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use homeroom_roster::record::{Day, Role};
use homeroom_roster::state::{Assignments, Status, Text};
use serde::de::{Deserialize, Deserializer, Visitor};

use super::{Record, assignments};
use crate::error::{Error, Result};

/// What many records share, kept once.
#[derive(Default)]
pub(super) struct Shared {
    texts: HashSet<Text>,
    /// By what the column holds: each list is read once.
    assignments: HashMap<String, Assignments>,
}

impl Shared {
    fn text(&mut self, text: &str) -> Text {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let new: Text = text.into();
        self.texts.insert(new.clone());
        new
    }

    fn assignments(&mut self, text: &str) -> Result<Assignments> {
        if let Some(known) = self.assignments.get(text) {
            return Ok(known.clone());
        }
        let new = assignments::read(text)?;
        self.assignments.insert(text.to_owned(), new.clone());
        Ok(new)
    }
}

/// A column's value.
enum Cell<'a> {
    Null,
    Int(i64),
    Text(Cow<'a, str>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Cell<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(CellVisitor)
    }
}

struct CellVisitor;

impl<'de> Visitor<'de> for CellVisitor {
    type Value = Cell<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("null, a number or text")
    }

    fn visit_unit<E>(self) -> std::result::Result<Cell<'de>, E> {
        Ok(Cell::Null)
    }

    fn visit_i64<E>(self, int: i64) -> std::result::Result<Cell<'de>, E> {
        Ok(Cell::Int(int))
    }

    fn visit_u64<E: serde::de::Error>(self, int: u64) -> std::result::Result<Cell<'de>, E> {
        i64::try_from(int).map(Cell::Int).map_err(E::custom)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> std::result::Result<Cell<'de>, E> {
        Ok(Cell::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> std::result::Result<Cell<'de>, E> {
        Ok(Cell::Text(Cow::Owned(text.to_owned())))
    }
}

/// A row that is being read, column after column.
pub(super) struct Cells<'row, 'a> {
    row: std::slice::Iter<'row, Cell<'a>>,
    shared: &'row mut Shared,
}

/// Reads rows, written as [`super::select`] has them, and appends the records.
/// Returns how many there are.
pub(super) fn read_rows<T: Record>(
    json: &str,
    shared: &mut Shared,
    records: &mut Vec<T>,
) -> Result<usize> {
    let rows: Vec<Vec<Cell<'_>>> = serde_json::from_str(json).map_err(|_| damaged("arrays"))?;
    for row in &rows {
        records.push(T::read(&mut Cells {
            row: row.iter(),
            shared,
        })?);
    }
    Ok(rows.len())
}

impl<'row> Cells<'row, '_> {
    fn next(&mut self) -> Result<&'row Cell<'row>> {
        self.row.next().ok_or_else(|| damaged("all columns"))
    }

    pub(super) fn int_or_none<T: TryFrom<i64>>(&mut self) -> Result<Option<T>> {
        match self.next()? {
            Cell::Null => Ok(None),
            Cell::Int(int) => T::try_from(*int)
                .map(Some)
                .map_err(|_| damaged("a smaller number")),
            Cell::Text(_) => Err(damaged("a number")),
        }
    }

    pub(super) fn int<T: TryFrom<i64>>(&mut self) -> Result<T> {
        self.int_or_none()?.ok_or_else(|| damaged("a number"))
    }

    pub(super) fn flag(&mut self) -> Result<bool> {
        Ok(self.int::<u8>()? != 0)
    }

    pub(super) fn str_or_none(&mut self) -> Result<Option<&'row str>> {
        match self.next()? {
            Cell::Null => Ok(None),
            Cell::Text(text) => Ok(Some(text)),
            Cell::Int(_) => Err(damaged("text")),
        }
    }

    pub(super) fn str(&mut self) -> Result<&'row str> {
        self.str_or_none()?.ok_or_else(|| damaged("text"))
    }

    pub(super) fn text(&mut self) -> Result<Text> {
        Ok(self.str()?.into())
    }

    pub(super) fn text_or_none(&mut self) -> Result<Option<Text>> {
        Ok(self.str_or_none()?.map(Text::from))
    }

    /// Text that other rows are likely to have too.
    pub(super) fn shared(&mut self) -> Result<Text> {
        let text = self.str()?;
        Ok(self.shared.text(text))
    }

    pub(super) fn shared_or_none(&mut self) -> Result<Option<Text>> {
        let text = self.str_or_none()?;
        Ok(text.map(|text| self.shared.text(text)))
    }

    pub(super) fn day(&mut self) -> Result<Option<Day>> {
        Ok(self.int_or_none()?.map(Day))
    }

    pub(super) fn status(&mut self) -> Result<Status> {
        Ok(match self.flag()? {
            false => Status::Active,
            true => Status::Archived,
        })
    }

    pub(super) fn role(&mut self) -> Result<Role> {
        role(self.int()?)
    }

    pub(super) fn assignments(&mut self) -> Result<Assignments> {
        let text = self.str()?;
        self.shared.assignments(text)
    }

    /// A list of keys.
    pub(super) fn keys<T>(&mut self, key: impl Fn(u32) -> T) -> Result<Vec<T>> {
        let text = self.str()?;
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let mut keys = Vec::with_capacity(1 + text.bytes().filter(|c| *c == b',').count());
        for part in text.split(',') {
            keys.push(key(part.parse().map_err(|_| damaged("a list of keys"))?));
        }
        Ok(keys)
    }
}

/// Writes a list of keys as [`Cells::keys`] reads it.
pub(super) fn join(keys: impl Iterator<Item = u32>) -> String {
    let mut text = String::new();
    for key in keys {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&key.to_string());
    }
    text
}

/// A role by its place.
pub(super) fn role(place: u32) -> Result<Role> {
    Role::ALL
        .get(place as usize)
        .copied()
        .ok_or_else(|| damaged("a role"))
}

/// A status as a column holds it.
pub(super) fn archived(status: Status) -> bool {
    status == Status::Archived
}

pub(super) fn damaged(what: &str) -> Error {
    Error::damaged(
        "the roster",
        format!("a row does not hold {what} where it should"),
        "restore the tenant's database from a copy",
    )
}
