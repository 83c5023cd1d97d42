//! The roster in tables: how each kind of record is a row, reading all of them
//! fast and writing only what a plan changes.

pub(crate) mod apply;
mod assignments;
mod cells;
mod load;
mod records;
mod ties;
mod users;

use std::cmp::Ordering;

use crate::bulk::{Rows, Table};
use crate::error::Result;
use cells::Cells;

/// A record of the roster that is a row of a table.
trait Record: Sized {
    /// The table's name.
    const TABLE: &'static str;

    /// The columns that are read and written, those of the key first.
    const COLUMNS: &'static [&'static str];

    /// How many columns are the key.
    const KEY: usize = 1;

    /// The order of the keys.
    fn by_key(a: &Self, b: &Self) -> Ordering;

    /// Writes the key's columns.
    fn write_key(&self, rows: &mut Rows<'_>);

    /// Writes the other columns.
    fn write_rest(&self, rows: &mut Rows<'_>);

    /// Reads all columns.
    fn read(cells: &mut Cells<'_, '_>) -> Result<Self>;
}

fn insert<T: Record>() -> Table {
    Table::insert(T::TABLE, T::COLUMNS)
}

fn overwrite<T: Record>() -> Table {
    Table::overwrite(T::TABLE, T::COLUMNS, T::KEY)
}

fn delete<T: Record>() -> Table {
    Table::delete(T::TABLE, &T::COLUMNS[..T::KEY])
}

/// Selects the next rows of a table, all in one value: a JSON array of the
/// rows, each an array of its columns. From the second time on, the rows after
/// a key.
fn select<T: Record>(rows: usize, first: bool) -> String {
    let (columns, key) = (T::COLUMNS.join(", "), T::COLUMNS[..T::KEY].join(", "));
    let after = match first {
        true => String::new(),
        false => format!("WHERE ({key}) > ({})", vec!["?"; T::KEY].join(", ")),
    };
    format!(
        "SELECT json_group_array(json_array({columns})) FROM
            (SELECT {columns} FROM {} {after} ORDER BY {key} LIMIT {rows})",
        T::TABLE
    )
}
