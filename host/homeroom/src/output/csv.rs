//! CSV for spreadsheets. A cell that a spreadsheet would take for a formula
//! gets a leading apostrophe: the values come from other people's systems. A
//! file begins with a byte order mark, without which Excel takes UTF-8 for the
//! encoding of its country; standard output, which other programs read, does
//! not.

use std::borrow::Cow;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The byte order mark, in UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// A CSV file that appears only when it is complete.
pub(crate) struct CsvFile {
    writer: csv::Writer<Box<dyn Write + Send>>,
    /// Where it is written, and where it belongs; none for standard output.
    paths: Option<(PathBuf, PathBuf)>,
    rows: u64,
}

impl CsvFile {
    /// Begins a file with these column names; `-` is standard output.
    pub(crate) fn create(file: &Path, header: &[&str]) -> Result<Self, Failure> {
        let failed = |error: &dyn std::fmt::Display| unwritable(file, error);
        let (sink, paths): (Box<dyn Write + Send>, _) = if file == Path::new("-") {
            (Box::new(super::Out::stdout(false)), None)
        } else {
            let mut partial = file.as_os_str().to_owned();
            partial.push(format!(".partial-{}", std::process::id()));
            let partial = PathBuf::from(partial);
            let mut open = std::fs::File::create(&partial).map_err(|error| failed(&error))?;
            open.write_all(MARK).map_err(|error| failed(&error))?;
            (Box::new(open), Some((partial, file.to_owned())))
        };
        let mut writer = csv::Writer::from_writer(sink);
        writer
            .write_record(header)
            .map_err(|error| failed(&error))?;
        Ok(CsvFile {
            writer,
            paths,
            rows: 0,
        })
    }

    /// Writes a row.
    pub(crate) fn row<'a>(
        &mut self,
        cells: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), csv::Error> {
        for cell in cells {
            self.writer.write_field(guarded(cell).as_bytes())?;
        }
        self.rows += 1;
        self.writer.write_record(None::<&[u8]>)
    }

    /// Puts the file in its place, and says how many rows it has.
    pub(crate) fn finish(mut self) -> Result<u64, Failure> {
        let Some((partial, file)) = self.paths.take() else {
            self.writer.flush()?;
            return Ok(self.rows);
        };
        self.writer
            .flush()
            .and_then(|()| std::fs::rename(&partial, &file))
            .map_err(|error| {
                // What is left of it is of no use; the first error is told.
                let _ = std::fs::remove_file(&partial);
                unwritable(&file, &error)
            })?;
        Ok(self.rows)
    }
}

impl Drop for CsvFile {
    fn drop(&mut self) {
        if let Some((partial, _)) = &self.paths {
            let _ = std::fs::remove_file(partial);
        }
    }
}

/// Why a CSV file could not be written.
pub(crate) fn unwritable(file: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(
        "csv-unwritable",
        format!("{} could not be written: {error}", file.display()),
        "Name a file in a folder that exists and that this account may write to.",
    )
}

/// The cell as a spreadsheet takes it for text.
fn guarded(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text() {
        let cells = [
            "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "plain", "a=b", "",
        ];
        let guarded: Vec<_> = cells.iter().map(|cell| guarded(cell)).collect();
        assert_eq!(
            guarded,
            [
                "'=1+1",
                "'+1",
                "'-1",
                "'@SUM(A1)",
                "'\t=1",
                "'\r=1",
                "plain",
                "a=b",
                ""
            ]
        );
    }

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("findings.csv");
        let mut begun = CsvFile::create(&file, &["code", "detail"]).expect("writable");
        begun
            .row(["x", "=HYPERLINK(\"http://a\"), b"])
            .expect("a row");
        assert!(!file.exists());
        assert_eq!(begun.finish().expect("complete"), 1);
        let content = std::fs::read_to_string(&file).expect("there now");
        assert_eq!(
            content,
            "\u{feff}code,detail\nx,\"'=HYPERLINK(\"\"http://a\"\"), b\"\n"
        );

        drop(CsvFile::create(&file, &["code"]).expect("writable"));
        let left: Vec<_> = std::fs::read_dir(folder.path())
            .expect("a folder")
            .collect();
        assert_eq!(
            left.len(),
            1,
            "the abandoned file is gone, the old one stays"
        );
        let same = std::fs::read_to_string(&file).expect("there still");
        assert_eq!(same, content);
    }
}
