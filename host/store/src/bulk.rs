//! Statements over many rows: several hundred to a statement, prepared once.
//!
//! Each statement costs a trip to the connection's thread and back, which for
//! one row is more than the row itself; from about 500 rows on, only the rows
//! count. A prepared statement and bound values also spare SQLite the parsing
//! of literals. Text is shared with the caller and not copied on its way.

use std::sync::Arc;

use sqlx::encode::Encode;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Sqlite, SqliteConnection, Type};

use crate::error::Result;

/// Rows to a statement.
const ROWS: usize = 500;

/// Parameters that SQLite takes in a statement.
const PARAMETERS: usize = 32_766;

/// A statement over a list of rows: `head (?, …), (?, …) tail`.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) head: String,
    pub(crate) columns: usize,
    pub(crate) tail: String,
}

impl Table {
    /// Inserts into all columns of a table.
    pub(crate) fn insert(table: &str, columns: &[&str]) -> Table {
        Table {
            head: format!("INSERT INTO {table} ({}) VALUES", columns.join(", ")),
            columns: columns.len(),
            tail: String::new(),
        }
    }

    /// Writes over rows that are there; `key` columns come first.
    pub(crate) fn overwrite(table: &str, columns: &[&str], key: usize) -> Table {
        let (key, rest) = columns.split_at(key);
        let rest: Vec<_> = rest
            .iter()
            .map(|column| format!("{column} = excluded.{column}"))
            .collect();
        Table {
            tail: format!(
                "ON CONFLICT ({}) DO UPDATE SET {}",
                key.join(", "),
                rest.join(", ")
            ),
            ..Table::insert(table, columns)
        }
    }

    /// Deletes rows by their key.
    pub(crate) fn delete(table: &str, key: &[&str]) -> Table {
        Table {
            head: format!("DELETE FROM {table} WHERE ({}) IN (VALUES", key.join(", ")),
            columns: key.len(),
            tail: ")".to_owned(),
        }
    }

    fn sql(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.columns].join(","));
        let rows = vec![row; rows].join(",");
        format!("{} {rows} {}", self.head, self.tail)
    }
}

/// Collects rows, value by value, and runs the statement whenever there are
/// enough of them.
pub(crate) struct Rows<'a> {
    table: &'a Table,
    batch: usize,
    sql: Option<Arc<str>>,
    values: SqliteArguments,
    pending: usize,
    refused: Option<sqlx::Error>,
}

impl<'a> Rows<'a> {
    /// Begins a list; `expected` is how many rows will come, roughly.
    pub(crate) fn new(table: &'a Table, expected: usize) -> Self {
        let batch = ROWS.min(PARAMETERS / table.columns).min(expected.max(1));
        let mut values = SqliteArguments::default();
        values.reserve(batch * table.columns, 0);
        Rows {
            table,
            batch,
            sql: None,
            values,
            pending: 0,
            refused: None,
        }
    }

    /// Appends the row's next value.
    pub(crate) fn push<'t, T: Encode<'t, Sqlite> + Type<Sqlite>>(&mut self, value: T) {
        if let Err(error) = self.values.add(value) {
            self.refused.get_or_insert(sqlx::Error::Encode(error));
        }
    }

    /// The values so far, for a statement that is not over rows.
    pub(crate) fn into_values(self) -> Result<SqliteArguments> {
        match self.refused {
            Some(error) => Err(error.into()),
            None => Ok(self.values),
        }
    }

    /// Ends a row.
    pub(crate) async fn end(&mut self, connection: &mut SqliteConnection) -> Result<()> {
        self.pending += 1;
        if self.pending == self.batch {
            self.flush(connection).await?;
        }
        Ok(())
    }

    /// Ends the list.
    pub(crate) async fn finish(mut self, connection: &mut SqliteConnection) -> Result<()> {
        if self.pending > 0 {
            self.flush(connection).await?;
        }
        Ok(())
    }

    async fn flush(&mut self, connection: &mut SqliteConnection) -> Result<()> {
        if let Some(error) = self.refused.take() {
            return Err(error.into());
        }
        let whole = self.pending == self.batch;
        let sql = if whole {
            self.sql
                .get_or_insert_with(|| self.table.sql(self.batch).into())
                .clone()
        } else {
            self.table.sql(self.pending).into()
        };
        let values = std::mem::take(&mut self.values);
        sqlx::query_with(AssertSqlSafe(sql), values)
            .persistent(whole)
            .execute(connection)
            .await?;
        self.values.reserve(self.batch * self.table.columns, 0);
        self.pending = 0;
        Ok(())
    }
}
