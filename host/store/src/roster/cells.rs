//! Reading a row column by column, and the few column formats that more than
//! one kind of record has.

use std::collections::HashSet;

use homeroom_roster::record::{Day, Role};
use homeroom_roster::state::{Status, Text};
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite};

use crate::error::{Error, Result};

/// Text that many records share, kept once.
#[derive(Default)]
pub(super) struct Shared(HashSet<Text>);

impl Shared {
    fn get(&mut self, text: &str) -> Text {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let new: Text = text.into();
        self.0.insert(new.clone());
        new
    }
}

/// A row that is being read, column after column.
pub(super) struct Cells<'a> {
    row: &'a SqliteRow,
    column: usize,
    shared: &'a mut Shared,
}

impl<'a> Cells<'a> {
    pub(super) fn new(row: &'a SqliteRow, shared: &'a mut Shared) -> Self {
        Cells {
            row,
            column: 0,
            shared,
        }
    }

    /// The next column. The schema says of which type it is.
    pub(super) fn next<T: Decode<'a, Sqlite>>(&mut self) -> Result<T> {
        let column = self.column;
        self.column += 1;
        Ok(self.row.try_get_unchecked(column)?)
    }

    pub(super) fn text(&mut self) -> Result<Text> {
        Ok(self.next::<&str>()?.into())
    }

    pub(super) fn text_or_none(&mut self) -> Result<Option<Text>> {
        Ok(self.next::<Option<&str>>()?.map(Text::from))
    }

    /// Text that other rows are likely to have too.
    pub(super) fn shared(&mut self) -> Result<Text> {
        let text = self.next::<&str>()?;
        Ok(self.shared.get(text))
    }

    pub(super) fn shared_or_none(&mut self) -> Result<Option<Text>> {
        let text = self.next::<Option<&str>>()?;
        Ok(text.map(|text| self.shared.get(text)))
    }

    pub(super) fn day(&mut self) -> Result<Option<Day>> {
        Ok(self.next::<Option<i32>>()?.map(Day))
    }

    pub(super) fn status(&mut self) -> Result<Status> {
        Ok(match self.next::<bool>()? {
            false => Status::Active,
            true => Status::Archived,
        })
    }

    pub(super) fn role(&mut self) -> Result<Role> {
        role(self.next::<u32>()?)
    }

    /// A list of keys.
    pub(super) fn keys<T>(&mut self, key: impl Fn(u32) -> T) -> Result<Vec<T>> {
        let text = self.next::<&str>()?;
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
