//! The roster in tables: how each kind of record is a row, reading all of them
//! fast and writing only what a plan changes.

pub(crate) mod apply;
mod cells;
mod load;
mod records;
mod ties;
mod users;

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

    /// Writes the key's columns.
    fn write_key(&self, rows: &mut Rows<'_>);

    /// Writes the other columns.
    fn write_rest(&self, rows: &mut Rows<'_>);

    /// Reads all columns.
    fn read(cells: &mut Cells<'_>) -> Result<Self>;
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

fn select<T: Record>() -> String {
    format!(
        "SELECT {} FROM {} ORDER BY {}",
        T::COLUMNS.join(", "),
        T::TABLE,
        T::COLUMNS[..T::KEY].join(", ")
    )
}
