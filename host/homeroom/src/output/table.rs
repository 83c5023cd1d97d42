//! Tables: columns padded to their widest cell, nothing cut off, since ids and
//! emails are there to be copied.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::style::Style;
use super::text::clean;

/// How a column's cells stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    title: &'static str,
    align: Align,
}

/// A column of text.
pub(crate) const fn left(title: &'static str) -> Column {
    Column {
        title,
        align: Align::Left,
    }
}

/// A column of numbers.
pub(crate) const fn right(title: &'static str) -> Column {
    Column {
        title,
        align: Align::Right,
    }
}

/// Writes a table, indented. The rows are gone through twice, first to measure
/// and then to write, so that a long table is never held as text. A table whose
/// columns have no titles has no heading.
pub(crate) fn write<R>(
    out: &mut dyn Write,
    style: &Style,
    indent: usize,
    columns: &[Column],
    rows: R,
) -> io::Result<()>
where
    R: Iterator<Item = Vec<String>> + Clone,
{
    let mut widths: Vec<usize> = columns.iter().map(|column| column.title.width()).collect();
    for row in rows.clone() {
        for (width, cell) in widths.iter_mut().zip(&row) {
            *width = (*width).max(clean(cell).width());
        }
    }
    if columns.iter().any(|column| !column.title.is_empty()) {
        let titles: Vec<String> = columns
            .iter()
            .map(|column| column.title.to_owned())
            .collect();
        let heading = line(columns, &widths, &titles);
        writeln!(out, "{:indent$}{}", "", style.faint(&heading))?;
    }
    for row in rows {
        writeln!(out, "{:indent$}{}", "", line(columns, &widths, &row))?;
    }
    Ok(())
}

/// A small table as text.
pub(crate) fn render(
    style: &Style,
    indent: usize,
    columns: &[Column],
    rows: &[Vec<String>],
) -> String {
    let mut told = Vec::new();
    // Writing to memory cannot fail.
    let _ = write(&mut told, style, indent, columns, rows.iter().cloned());
    String::from_utf8(told).unwrap_or_default()
}

fn line(columns: &[Column], widths: &[usize], row: &[String]) -> String {
    let mut told = String::new();
    // A column without anything in it is left out.
    let cells = columns.iter().zip(widths).zip(row);
    for ((column, width), cell) in cells.filter(|((_, width), _)| **width > 0) {
        let cell = clean(cell);
        let padding = width.saturating_sub(cell.width());
        let (before, after) = match column.align {
            Align::Left => (0, padding),
            Align::Right => (padding, 0),
        };
        pad(&mut told, before);
        told.push_str(&cell);
        pad(&mut told, after + 2);
    }
    told.truncate(told.trim_end().len());
    told
}

fn pad(told: &mut String, blanks: usize) {
    told.extend(std::iter::repeat_n(' ', blanks));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_the_script() {
        let rows = [("Zoë", "7"), ("王小明", "1,204"), ("a\u{7}b", "12")]
            .map(|(name, number)| vec![name.to_owned(), number.to_owned(), "x".to_owned()]);
        let columns = [left("name"), right("rows"), left("")];
        insta::assert_snapshot!(render(&Style::plain(), 2, &columns, &rows), @r#"
    name      rows
    Zoë          7  x
    王小明   1,204  x
    a\u{7}b     12  x
    "#);
    }
}
