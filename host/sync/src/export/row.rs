//! One row of a file, cell by cell. It knows the standard's rules for cells and
//! nothing of what is in them.

use std::borrow::Cow;

use homeroom_roster::record::Day;

use super::Csv;

/// A row in the making, cell by cell. Bulk files leave `status` and
/// `dateLastModified` blank.
pub(super) struct Row<'a> {
    csv: &'a mut Csv,
}

impl<'a> Row<'a> {
    pub(super) fn begin(csv: &'a mut Csv, sourced_id: &str) -> csv::Result<Self> {
        let mut row = Row { csv };
        row.text(sourced_id)?;
        row.text("")?;
        row.text("")?;
        Ok(row)
    }

    /// A cell; line breaks, which the standard forbids inside one, are blanks.
    pub(super) fn text(&mut self, cell: &str) -> csv::Result<()> {
        let cell = if cell.contains(char::is_control) {
            Cow::Owned(cell.replace(char::is_control, " "))
        } else {
            Cow::Borrowed(cell)
        };
        self.csv.write_field(cell.as_bytes())
    }

    pub(super) fn optional(&mut self, cell: Option<&str>) -> csv::Result<()> {
        self.text(cell.unwrap_or_default())
    }

    pub(super) fn day(&mut self, day: Option<Day>) -> csv::Result<()> {
        match day {
            Some(day) => self.text(&day.to_string()),
            None => self.text(""),
        }
    }

    pub(super) fn end(self) -> csv::Result<()> {
        self.csv.write_record(None::<&[u8]>)
    }
}
