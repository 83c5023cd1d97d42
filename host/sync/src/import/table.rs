//! A CSV file that people made, as a table: its encoding, its header, where its
//! rows are, and whether it is whole. What concerns all of the file refuses it;
//! what concerns a row is a finding, and the other rows are taken.
//!
//! It does not know what the columns mean, nor what becomes of the rows.

use std::io::Read;

use homeroom_roster::finding::Severity;
use homeroom_store::PageFinding;

use crate::error::{Error, Result};

/// The longest text a column may hold, in bytes; the same as the contract's.
const MAX_TEXT: usize = 1_024;

/// Follows the file's last byte when it is parsed: whoever does not find it as a
/// row of its own is still inside a quoted field, where the file was cut off.
const END: &[u8] = b"\nhomeroom: end of the file\n";

/// A kind of file: what it is called, its columns and the codes of what may be
/// wrong with it.
pub(crate) struct Form<const N: usize> {
    /// As it stands in a sentence: `the directory file`.
    pub(crate) name: &'static str,
    /// The columns, first those that must be there, in any order; others are
    /// not looked at.
    pub(crate) columns: [&'static str; N],
    /// How many of the columns must be there.
    pub(crate) required: usize,
    /// Which column identifies the record, for findings.
    pub(crate) id: &'static str,
    /// The file has no header, or a column is missing.
    pub(crate) header: &'static str,
    /// The file is not UTF-8.
    pub(crate) encoding: &'static str,
    /// The file was cut off, or a quotation mark is never closed.
    pub(crate) cut: &'static str,
    /// A row is left out.
    pub(crate) row: &'static str,
    /// The last line has no end.
    pub(crate) last_line: &'static str,
}

/// A row that can be read.
pub(crate) struct Row<'r, const N: usize> {
    /// Where it begins; the file's first line is 1.
    pub(crate) line: u64,
    /// The cells in the order of [`Form::columns`], without blanks around them;
    /// empty where the file has no such column.
    pub(crate) cells: [&'r str; N],
}

impl<const N: usize> Form<N> {
    /// Reads a file row by row, and gives each row, or why it is left out. Lines
    /// without anything are no rows. What is returned is to be said of the file
    /// as a whole.
    ///
    /// # Errors
    /// For what concerns all of the file: its encoding, no header, a missing
    /// column, a quotation mark that is never closed. Rows may have been told
    /// by then; whoever calls this keeps nothing of them.
    pub(crate) fn read(
        &self,
        bytes: &[u8],
        mut each: impl FnMut(std::result::Result<Row<'_, N>, PageFinding>),
    ) -> Result<Option<PageFinding>> {
        let text = self.text_of(bytes)?;
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .has_headers(true)
            .from_reader(text.as_bytes().chain(END));
        let header = reader.headers().map_err(|e| self.unreadable(&e))?.clone();
        let columns = self.places(&header)?;
        let mut lines = Lines::of(text);
        let mut row = csv::StringRecord::new();
        let mut last_line = 1;
        loop {
            let read = reader.read_record(&mut row);
            if !read.map_err(|error| self.unreadable(&error))? {
                return Err(self.cut_off(last_line));
            }
            // The line end that precedes the mark may have ended the last row.
            let behind = reader.position().byte() > text.len() as u64 + 1;
            if behind && row.len() == 1 && row[0].as_bytes() == END.trim_ascii() {
                break;
            }
            let begin = row.position().map_or(0, csv::Position::byte);
            let line = lines.at_row(begin as usize);
            // No id, name or email has several lines: such a cell has taken in
            // the rows after it.
            let broken = |cell: &str| cell.contains(['\n', '\r']);
            let torn = row.len() != header.len() && row.iter().any(broken);
            let known = columns.iter().flatten();
            if torn || known.filter_map(|at| row.get(*at)).any(broken) {
                return Err(self.cut_off(line));
            }
            last_line = line;
            if row.iter().any(|cell| !cell.trim().is_empty()) {
                each(self.row_of(&row, &columns, header.len(), line));
            }
        }
        let open = !text.ends_with(['\n', '\r']) && last_line > 1;
        Ok(open.then(|| self.last_line(last_line)))
    }

    /// A finding about a row that is left out.
    pub(crate) fn left_out(
        &self,
        id: Option<&str>,
        field: Option<&str>,
        detail: String,
    ) -> PageFinding {
        PageFinding {
            severity: Severity::Error,
            code: self.row.into(),
            sourced_id: id.filter(|id| !id.is_empty()).map(str::to_owned),
            field: field.map(str::to_owned),
            detail,
        }
    }

    /// The file as text. A file in another encoding is refused as a whole:
    /// without the rows that are not ASCII, half of its people would seem to
    /// have left.
    fn text_of<'b>(&self, bytes: &'b [u8]) -> Result<&'b str> {
        let refuse = |what: String| {
            Error::refused(
                self.encoding,
                format!("{what}; save the file as UTF-8 and import it again, nothing was imported"),
            )
        };
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            return Err(refuse(format!("{} is UTF-16", self.name)));
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        std::str::from_utf8(bytes).map_err(|error| {
            let before = &bytes[..error.valid_up_to()];
            let line = before.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
            match error.error_len() {
                None => self.cut_off(line),
                Some(_) => refuse(format!(
                    "line {line} of {} is not UTF-8 (perhaps Windows-1252, which spreadsheets \
                     call just CSV)",
                    self.name
                )),
            }
        })
    }

    /// Where the columns are in the file.
    fn places(&self, header: &csv::StringRecord) -> Result<[Option<usize>; N]> {
        let place = |column| header.iter().position(|name| name.trim() == column);
        let places = self.columns.map(place);
        let (required, optional) = self.columns.split_at(self.required);
        let mut found = required.iter().zip(&places);
        let Some((column, _)) = found.find(|(_, place)| place.is_none()) else {
            return Ok(places);
        };
        let mut all = required.join(",");
        if !optional.is_empty() {
            all = format!("{all}, and may have {}", optional.join(","));
        }
        Err(Error::refused(
            self.header,
            format!(
                "{} has no column \"{column}\"; its first line must be {all} (in any order, spelt \
                 like this), and nothing was imported",
                self.name
            ),
        ))
    }

    fn row_of<'r>(
        &self,
        row: &'r csv::StringRecord,
        columns: &[Option<usize>; N],
        width: usize,
        line: u64,
    ) -> std::result::Result<Row<'r, N>, PageFinding> {
        if row.len() != width {
            let detail = format!(
                "line {line} has {} fields, the header {width}; quote a field that holds a comma, \
                 and see that the file was not cut off",
                row.len()
            );
            return Err(self.left_out(None, None, detail));
        }
        let cells = columns.map(|at| at.and_then(|at| row.get(at)).unwrap_or_default().trim());
        let named = self.columns.iter().zip(&cells);
        let id = named.clone().find(|(column, _)| **column == self.id);
        let id = id.map(|(_, cell)| *cell);
        for (column, cell) in named {
            if let Some(what) = problem(cell) {
                let detail = format!("line {line}: {column} {what}");
                let id = id.filter(|id| problem(id).is_none());
                return Err(self.left_out(id, Some(column), detail));
            }
        }
        Ok(Row { line, cells })
    }

    fn last_line(&self, line: u64) -> PageFinding {
        PageFinding {
            severity: Severity::Warning,
            code: self.last_line.into(),
            sourced_id: None,
            field: None,
            detail: format!(
                "line {line}, the last one, has no line end; if the file was cut off there, its \
                 last cell is not whole"
            ),
        }
    }

    fn cut_off(&self, line: u64) -> Error {
        Error::refused(
            self.cut,
            format!(
                "a quotation mark at or after line {line} of {} is never closed, or the file was \
                 cut off there; write the file again, nothing was imported",
                self.name
            ),
        )
    }

    fn unreadable(&self, error: &csv::Error) -> Error {
        Error::refused(
            self.header,
            format!(
                "{} cannot be read: {error}; nothing was imported",
                self.name
            ),
        )
    }
}

/// What keeps a cell from being used.
fn problem(cell: &str) -> Option<&'static str> {
    if cell.len() > MAX_TEXT {
        return Some("is too long");
    }
    let controls = cell.chars().any(char::is_control);
    controls.then_some("holds control characters")
}

/// Counts the lines of a text up to rows that are asked for in order. The
/// reader's own count is that of the line before where lines end with two bytes
/// or hold nothing.
struct Lines<'t> {
    text: &'t [u8],
    counted: usize,
    line: u64,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        Lines {
            text: text.as_bytes(),
            counted: 0,
            line: 1,
        }
    }

    /// The line of the first byte from here on that ends no line.
    fn at_row(&mut self, begin: usize) -> u64 {
        let is_end = |byte: &&u8| matches!(**byte, b'\n' | b'\r');
        let begin = begin.clamp(self.counted, self.text.len());
        let until = begin + self.text[begin..].iter().take_while(is_end).count();
        let new = self.text[self.counted..until].iter();
        self.line += new.filter(|byte| **byte == b'\n').count() as u64;
        self.counted = until;
        self.line
    }
}

#[cfg(test)]
mod tests;
