//! Rows out of a file's bytes, each with the offset and the line it begins at.
//!
//! The file is read in pieces; a row is taken apart only once all of it is
//! there. Knows nothing of headers, encodings or what a cell means.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use crate::Failure;
use crate::files::{File, FileSet, FilesError};

/// Bytes that are read at once.
const PIECE: u32 = 256 * 1024;
/// A row beyond this is a quote that was never closed.
const MOST_ROW: usize = 1 << 20;

/// A row as it stands in the file.
#[derive(Debug)]
pub(crate) struct RawRow<'r> {
    /// The cells, one after the other, quotes taken off.
    pub(crate) text: &'r [u8],
    /// Where each cell ends in `text`.
    pub(crate) ends: &'r [usize],
    /// Where the row begins in the file, in bytes.
    pub(crate) offset: u64,
    /// The line it begins at, from 1.
    pub(crate) line: u64,
    /// A quote in it swallows rows that follow; of the row, its first line alone
    /// is here. Or the row's values are torn: one holds a comma in quotes and
    /// goes on behind them, so that cells may have run together.
    pub(crate) broken: bool,
    /// A value goes on behind its closing quote, and nothing is lost by it.
    pub(crate) stray_quote: bool,
    /// The row is one line beyond [`MOST_ROW`]; only its begin is here.
    pub(crate) too_long: bool,
}

impl<'r> RawRow<'r> {
    /// A cell's bytes.
    pub(crate) fn cell(&self, column: usize) -> Option<&'r [u8]> {
        let to = *self.ends.get(column)?;
        let from = match column.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.text.get(from..to)
    }
}

/// A walk over a file's rows. Empty lines are no rows.
pub(crate) struct Rows<'f> {
    files: &'f dyn FileSet,
    file: &'f File,
    delimiter: u8,
    core: Reader,
    /// The file's bytes from `base` on.
    buffer: Vec<u8>,
    base: u64,
    /// The next byte in `buffer`.
    at: usize,
    line: u64,
    after_cr: bool,
    text: Vec<u8>,
    ends: Vec<usize>,
    /// How many cells the header has, once it is known.
    width: Option<usize>,
}

impl<'f> Rows<'f> {
    /// A walk from the file's first byte.
    pub(crate) fn new(files: &'f dyn FileSet, file: &'f File, delimiter: u8) -> Self {
        Self {
            files,
            file,
            delimiter,
            core: ReaderBuilder::new().delimiter(delimiter).build(),
            buffer: Vec::new(),
            base: 0,
            at: 0,
            line: 1,
            after_cr: false,
            text: vec![0; 4096],
            ends: vec![0; 64],
            width: None,
        }
    }

    /// Says how many cells a row should have.
    pub(crate) fn set_width(&mut self, cells: usize) {
        self.width = Some(cells);
    }

    /// Goes to the row that begins at `offset`.
    pub(crate) fn seek(&mut self, offset: u64, line: u64) {
        let held = self.base..=self.base + self.buffer.len() as u64;
        if held.contains(&offset) {
            // Inside the buffer, so it fits.
            self.at = (offset - self.base) as usize;
        } else {
            self.buffer.clear();
            self.base = offset;
            self.at = 0;
        }
        self.line = line;
        self.after_cr = false;
    }

    /// Where the next row begins, or the file ends: byte and line.
    pub(crate) fn place(&mut self) -> Result<(u64, u64), Failure> {
        self.skip_line_ends()?;
        Ok((self.base + self.at as u64, self.line))
    }

    /// The next row; none: the file has ended. Rows of blank cells, which
    /// spreadsheets leave behind, are no rows.
    pub(crate) fn next(&mut self) -> Result<Option<RawRow<'_>>, Failure> {
        let (offset, line, cells, quotes, broken, too_long) = loop {
            if !self.skip_line_ends()? {
                return Ok(None);
            }
            let line = self.line;
            let (mut taken, mut cells) = self.take_apart(None)?;
            let bytes = &self.buffer[self.at..self.at + taken];
            let first = first_line(bytes);
            let quotes = Quotes::of(bytes, self.delimiter);
            let torn = quotes == Quotes::Torn;
            let several = first < bytes.len();
            let broken = torn || several && self.swallows(bytes, cells);
            if broken && several {
                (taken, cells) = self.take_apart(Some(first))?;
            }
            let too_long = !broken && taken > MOST_ROW;
            let offset = self.base + self.at as u64;
            self.step_over(taken);
            if too_long {
                self.skip_line()?;
            }
            let text = &self.text[..self.text_length(cells)];
            if text.iter().any(|byte| !byte.is_ascii_whitespace()) {
                break (offset, line, cells, quotes, broken, too_long);
            }
        };
        Ok(Some(RawRow {
            text: &self.text[..self.text_length(cells)],
            ends: &self.ends[..cells],
            offset,
            line,
            broken,
            stray_quote: quotes == Quotes::Stray,
            too_long,
        }))
    }

    fn text_length(&self, cells: usize) -> usize {
        self.ends[..cells].last().copied().unwrap_or(0)
    }

    /// Whether the row, which has several lines, has taken others in: an
    /// opening quote without an end does that. A line break that is meant leaves
    /// the row with its number of cells, and no line of it looks like a row.
    fn swallows(&self, bytes: &[u8], cells: usize) -> bool {
        let Some(width) = self.width else {
            return false;
        };
        if cells != width || bytes.len() > MOST_ROW {
            return true;
        }
        let lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r'));
        let is_row = |line: &[u8]| cells_of(line, self.delimiter) == Some(width);
        width > 2 && lines.skip(1).any(is_row)
    }

    /// Takes the row at `at` apart, at most `most` bytes of it. Gives its bytes
    /// and its cells.
    fn take_apart(&mut self, most: Option<usize>) -> Result<(usize, usize), Failure> {
        'again: loop {
            self.core.reset();
            let end = most.map_or(self.buffer.len(), |most| self.at + most);
            let (mut read, mut written, mut cells) = (0, 0, 0);
            loop {
                let mut input = &self.buffer[self.at + read..end];
                if input.is_empty() {
                    let too_long = read > MOST_ROW;
                    if most.is_none() && !too_long && self.more()? {
                        continue 'again;
                    }
                    // To the parser, no input is the end of the file.
                    input = &[];
                }
                let (result, taken, put, ended) = self.core.read_record(
                    input,
                    &mut self.text[written..],
                    &mut self.ends[cells..],
                );
                read += taken;
                written += put;
                cells += ended;
                match result {
                    ReadRecordResult::InputEmpty => {}
                    ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
                    ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                    ReadRecordResult::Record | ReadRecordResult::End => return Ok((read, cells)),
                }
            }
        }
    }

    /// Goes to the next row's first byte. False: the file has ended.
    fn skip_line_ends(&mut self) -> Result<bool, Failure> {
        loop {
            while let Some(byte @ (b'\r' | b'\n')) = self.buffer.get(self.at) {
                self.count(*byte);
                self.at += 1;
            }
            if self.at < self.buffer.len() {
                return Ok(true);
            }
            if !self.more()? {
                return Ok(false);
            }
        }
    }

    /// Goes to the line's end, unless it is there.
    fn skip_line(&mut self) -> Result<(), Failure> {
        if self.at > 0 && matches!(self.buffer[self.at - 1], b'\r' | b'\n') {
            return Ok(());
        }
        loop {
            let rest = &self.buffer[self.at..];
            if let Some(end) = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
                self.at += end;
                return Ok(());
            }
            self.at = self.buffer.len();
            if !self.more()? {
                return Ok(());
            }
        }
    }

    fn step_over(&mut self, bytes: usize) {
        for at in self.at..self.at + bytes {
            let byte = self.buffer[at];
            if byte <= b'\r' {
                self.count(byte);
            } else {
                self.after_cr = false;
            }
        }
        self.at += bytes;
    }

    /// Counts lines: `\n`, `\r\n` and `\r` alike are one end.
    fn count(&mut self, byte: u8) {
        let ends = byte == b'\r' || byte == b'\n' && !self.after_cr;
        self.line += u64::from(ends);
        self.after_cr = byte == b'\r';
    }

    /// Reads another piece behind what is held. False: there is none.
    fn more(&mut self) -> Result<bool, Failure> {
        self.buffer.drain(..self.at);
        self.base += self.at as u64;
        self.at = 0;
        let from = self.base + self.buffer.len() as u64;
        if from >= self.file.size {
            return Ok(false);
        }
        let piece = self
            .files
            .read(&self.file.name, from, PIECE)
            .map_err(|why| unreadable(self.file, why))?;
        self.buffer.extend_from_slice(&piece);
        Ok(!piece.is_empty())
    }
}

/// How the quotes of a row stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quotes {
    Sound,
    /// A value goes on behind its closing quote, as `"Robert "Bob" Smith"` does.
    Stray,
    /// So does one that holds a delimiter in its quotes, as in
    /// `"ada,"{LDAP:1},"...`: a quote that was never closed has met the next one.
    Torn,
}

impl Quotes {
    fn of(row: &[u8], delimiter: u8) -> Self {
        if !row.contains(&b'"') {
            return Self::Sound;
        }
        let mut found = Self::Sound;
        // A cell begins here; it is in quotes; they held a delimiter; they ended.
        let (mut begins, mut quoted, mut held, mut closed) = (true, false, false, false);
        let mut bytes = row.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            if quoted {
                if byte == b'"' && bytes.next_if_eq(&b'"').is_none() {
                    (quoted, closed) = (false, true);
                }
                held |= byte == delimiter;
                continue;
            }
            match byte {
                b'\n' | b'\r' => (begins, held, closed) = (true, false, false),
                _ if byte == delimiter => (begins, held, closed) = (true, false, false),
                b'"' if begins => (begins, quoted) = (false, true),
                b' ' | b'\t' if closed => {}
                _ if closed && held => return Self::Torn,
                _ => {
                    if closed {
                        found = Self::Stray;
                    }
                    (begins, closed) = (false, false);
                }
            }
        }
        found
    }
}

/// How many cells a line has if it is a row by itself; none: it is not, since a
/// quote in it stays open.
fn cells_of(line: &[u8], delimiter: u8) -> Option<usize> {
    let mut cells = 1;
    // Whether a cell begins here, began with a quote, is inside its quotes.
    let (mut begins, mut in_quotes, mut quoted) = (true, false, false);
    for byte in line {
        if *byte == b'"' && (begins || in_quotes) {
            in_quotes = true;
            quoted = !quoted;
        } else if *byte == delimiter && !quoted {
            cells += 1;
            (begins, in_quotes) = (true, false);
            continue;
        }
        begins = false;
    }
    (!quoted).then_some(cells)
}

/// The length of the first line, its end left out.
fn first_line(bytes: &[u8]) -> usize {
    let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    let end = end.unwrap_or(bytes.len());
    // A line end that ends the row is no second line.
    let rest = &bytes[end..];
    if rest.iter().all(|byte| matches!(byte, b'\n' | b'\r')) {
        bytes.len()
    } else {
        end
    }
}

/// The host keeps the set as it listed it, so this is a fault and no finding.
pub(crate) fn unreadable(file: &File, why: FilesError) -> Failure {
    Failure::Unavailable(format!("{} cannot be read ({why:?}).", file.name))
}
