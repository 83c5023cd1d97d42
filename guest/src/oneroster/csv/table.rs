//! A file as a table: its header, and rows that are either cells or a reason why
//! they cannot be used. Knows nothing of what a column means.

use super::cells::Cells;
use super::header::Header;
use super::reader::{RawRow, Rows, unreadable};
use crate::files::{File, FileSet};
use crate::oneroster::notes::Notes;
use crate::settings::Settings;
use crate::{Connection, Failure};

/// What bytes of the files mean that are no ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    /// Where they are no UTF-8.
    Windows1252,
}

impl Encoding {
    /// # Errors
    /// [`Failure::InvalidSetting`].
    pub(crate) fn of(connection: &Connection) -> Result<Self, Failure> {
        let said = Settings::of(connection);
        let said = said.choice("encoding", &["utf-8", "windows-1252"], "utf-8")?;
        Ok(match said {
            "windows-1252" => Self::Windows1252,
            _ => Self::Utf8,
        })
    }
}

/// One row of a table.
pub(crate) struct Line<'r> {
    /// Its line in the file, from 1.
    pub(crate) number: u64,
    /// Where it begins, in bytes.
    pub(crate) offset: u64,
    pub(crate) content: Result<Cells<'r>, Unusable>,
    /// How many cells are missing at the end.
    pub(crate) short_by: usize,
    /// Whether a value goes on behind its closing quote.
    pub(crate) stray_quote: bool,
}

/// Why a row cannot be used.
#[derive(Debug)]
pub(crate) struct Unusable {
    pub(crate) code: &'static str,
    /// Its first cell, where that can be read.
    pub(crate) id: Option<String>,
    pub(crate) detail: String,
}

/// An open file.
pub(crate) struct Table<'f> {
    pub(crate) file: &'f File,
    pub(crate) header: Header,
    rows: Rows<'f>,
    delimiter: u8,
    encoding: Encoding,
    decoded: Decoded,
}

impl<'f> Table<'f> {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// [`Failure::Malformed`] for a file that is empty or no text.
    pub(crate) fn open(
        files: &'f dyn FileSet,
        file: &'f File,
        encoding: Encoding,
    ) -> Result<Self, Failure> {
        let name = &file.name;
        let begin = files
            .read(name, 0, 64 * 1024)
            .map_err(|why| unreadable(file, why))?;
        refuse_other_kinds(name, &begin)?;
        let delimiter = delimiter(&begin);
        let mut rows = Rows::new(files, file, delimiter);
        if begin.starts_with(BOM) {
            rows.seek(BOM.len() as u64, 1);
        }
        let mut decoded = Decoded::default();
        let header = match rows.next()? {
            Some(row) => Header::of(
                decoded
                    .cells(&row, encoding)
                    .or_else(|| Cells::new("", &[]))
                    .ok_or_else(|| no_header(name))?,
            ),
            None => return Err(empty(name)),
        };
        rows.set_width(header.len());
        Ok(Self {
            file,
            header,
            rows,
            delimiter,
            encoding,
            decoded,
        })
    }

    /// Goes to the row that begins there.
    pub(crate) fn seek(&mut self, offset: u64, line: u64) {
        self.rows.seek(offset, line);
    }

    /// Where the next row begins: byte and line.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn place(&mut self) -> Result<(u64, u64), Failure> {
        self.rows.place()
    }

    /// The next row; none: the file has ended.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn next(&mut self) -> Result<Option<Line<'_>>, Failure> {
        let width = self.header.len();
        let Some(row) = self.rows.next()? else {
            return Ok(None);
        };
        let (number, offset, cells) = (row.line, row.offset, row.ends.len());
        let stray_quote = row.stray_quote;
        let id_column = self.header.column("sourcedId");
        let id = |decoded: Option<Cells<'_>>| {
            let id = decoded.map(|cells| cells.get(id_column).to_owned());
            id.filter(|id| !id.is_empty() && id.len() <= 255)
        };
        let content = if row.too_long {
            Err(Unusable {
                code: "row-too-long",
                id: None,
                detail: "The row is longer than 1 MiB".to_owned(),
            })
        } else if row.broken {
            // Beyond the first column nobody knows which cell is which.
            let delimiter = char::from(self.delimiter);
            let first =
                id(self.decoded.cells(&row, self.encoding)).filter(|_| id_column == Some(0));
            let first = first.and_then(|text| text.split(delimiter).next().map(str::to_owned));
            Err(Unusable {
                code: "broken-quotes",
                id: first.filter(|id| !id.is_empty()),
                detail: "A quote in the row is opened and not closed where it should be".to_owned(),
            })
        } else if !self.decoded.take(&row, self.encoding) {
            let id = id_column.and_then(|column| row.cell(column));
            let id = id.and_then(|id| std::str::from_utf8(id).ok());
            Err(Unusable {
                code: "wrong-encoding",
                id: id.map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()),
                detail: "The row holds bytes that are no UTF-8; export the file as UTF-8, or set `encoding` to windows-1252 if that is what the SIS writes".to_owned(),
            })
        } else {
            match self.decoded.shown() {
                Some(cells) if cells.is_blank_from(width) => Ok(cells),
                Some(all) => Err(Unusable {
                    code: "row-too-long",
                    id: id(Some(all)),
                    detail: format!(
                        "The row has {} cells and the header {width}: a value with a comma in it must stand in quotes",
                        all.len()
                    ),
                }),
                None => Err(Unusable {
                    code: "wrong-encoding",
                    id: None,
                    detail: "The row holds bytes that are no UTF-8".to_owned(),
                }),
            }
        };
        Ok(Some(Line {
            number,
            offset,
            content,
            short_by: width.saturating_sub(cells),
            stray_quote,
        }))
    }
}

impl Unusable {
    /// Notes that the row is left out.
    pub(crate) fn note(self, file: &str, line: u64, notes: &mut Notes) {
        let detail = format!("{} ({file}, line {line}).", self.detail);
        notes.left_out(self.code, self.id, detail);
    }
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Refuses what is no CSV file, whatever its name says, and names the way out. A
/// NUL further down is dirt in one value and costs no more than that.
///
/// # Errors
/// [`Failure::Malformed`].
pub(crate) fn refuse_other_kinds(name: &str, begin: &[u8]) -> Result<(), Failure> {
    let header = first_line(begin);
    let is_archive = begin.starts_with(b"PK\x03\x04") || begin.starts_with(b"\xd0\xcf\x11\xe0");
    let is_utf_16 = begin.starts_with(&[0xff, 0xfe])
        || begin.starts_with(&[0xfe, 0xff])
        || header.len() > 3 && header.iter().filter(|byte| **byte == 0).count() * 3 > header.len();
    let what = if is_archive {
        "is an Excel workbook or a zip and no CSV file, whatever its name says; export or save it as CSV in UTF-8"
    } else if is_utf_16 {
        "is written in UTF-16, as Excel's \"Unicode Text\" is; export or save it as CSV in UTF-8"
    } else if begin.starts_with(b"\x1f\x8b") {
        "is compressed and no CSV file; unpack it, or put the files into a zip"
    } else if header.contains(&0) {
        "is no text file; export it as CSV in UTF-8"
    } else if begin.trim_ascii_start().starts_with(b"<") {
        "is a web page or XML and no CSV file, perhaps an error page of the SIS; export it again as CSV"
    } else {
        return Ok(());
    };
    Err(Failure::Malformed(format!("{name} {what}.")))
}

fn first_line(begin: &[u8]) -> &[u8] {
    let end = begin.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    &begin[..end.unwrap_or(begin.len())]
}

/// A comma; where the header has none, what it has instead.
pub(crate) fn delimiter(begin: &[u8]) -> u8 {
    let header = first_line(begin);
    let others = [b',', b';', b'\t', b'|'];
    let found = others.into_iter().find(|one| header.contains(one));
    found.unwrap_or(b',')
}

fn no_header(name: &str) -> Failure {
    Failure::Malformed(format!("The header of {name} is no text."))
}

/// # What an empty file means
/// Nothing: it is never taken as "everybody has left".
pub(crate) fn empty(name: &str) -> Failure {
    Failure::Malformed(format!(
        "{name} has no rows. An empty file is never taken as \"everything is gone\": correct the export; if the file really has nothing to say, leave it out and mark it `absent` in manifest.csv."
    ))
}

/// A row's text after decoding.
#[derive(Default)]
struct Decoded {
    text: String,
    ends: Vec<usize>,
}

impl Decoded {
    /// Takes a row over. False: it is no text in this encoding.
    fn take(&mut self, row: &RawRow<'_>, encoding: Encoding) -> bool {
        self.text.clear();
        self.ends.clear();
        // Bundles mix both, a file each or a row each. What is UTF-8 beyond ASCII
        // is next to never anything else, so it is not garbled by the setting.
        match (std::str::from_utf8(row.text), encoding) {
            (Ok(text), _) => {
                self.text.push_str(text);
                self.ends.extend_from_slice(row.ends);
            }
            (Err(_), Encoding::Utf8) => return false,
            (Err(_), Encoding::Windows1252) => {
                let mut from = 0;
                for end in row.ends {
                    let cell = &row.text[from..*end];
                    self.text.extend(cell.iter().map(|byte| of_1252(*byte)));
                    self.ends.push(self.text.len());
                    from = *end;
                }
            }
        }
        true
    }

    fn shown(&self) -> Option<Cells<'_>> {
        Cells::new(&self.text, &self.ends)
    }

    fn cells(&mut self, row: &RawRow<'_>, encoding: Encoding) -> Option<Cells<'_>> {
        self.take(row, encoding).then_some(())?;
        self.shown()
    }
}

/// Windows-1252 is Latin-1 but for this part; five of its places are empty.
fn of_1252(byte: u8) -> char {
    const UPPER: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => UPPER[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}
