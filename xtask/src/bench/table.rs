//! Figures as a markdown table: one row a figure, one column a size.

use std::fmt::Write as _;

/// A table that is filled row by row.
pub(crate) struct Table {
    rows: Vec<(String, Vec<String>)>,
}

impl Table {
    /// A table with these column heads, the first over the rows' names.
    pub(crate) fn new(name: &str, heads: Vec<String>) -> Self {
        Table {
            rows: vec![(name.to_owned(), heads)],
        }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, name: &str, cells: impl IntoIterator<Item = String>) {
        self.rows
            .push((name.to_owned(), cells.into_iter().collect()));
    }

    /// The table, its columns aligned.
    pub(crate) fn render(&self) -> String {
        let name_width = width(self.rows.iter().map(|(name, _)| name));
        let columns = self.rows[0].1.len();
        let widths: Vec<usize> = (0..columns)
            .map(|n| width(self.rows.iter().filter_map(|(_, cells)| cells.get(n))))
            .collect();
        let mut text = String::new();
        for (place, (name, cells)) in self.rows.iter().enumerate() {
            let _ = write!(text, "| {name:<name_width$} |");
            for (cell, width) in cells.iter().zip(&widths) {
                let _ = write!(text, " {cell:>width$} |");
            }
            text.push('\n');
            if place == 0 {
                let _ = write!(text, "|{:-<1$}|", "", name_width + 2);
                for width in &widths {
                    let _ = write!(text, "{:->1$}|", ":", width + 2);
                }
                text.push('\n');
            }
        }
        text
    }
}

fn width<'a>(cells: impl Iterator<Item = &'a String>) -> usize {
    cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
}

/// 1234567 as `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Seconds with as many digits as mean something.
pub(crate) fn seconds(value: f64) -> String {
    match value {
        v if v >= 100.0 => format!("{v:.0} s"),
        v if v >= 10.0 => format!("{v:.1} s"),
        v if v >= 0.1 => format!("{v:.2} s"),
        v => format!("{:.1} ms", v * 1_000.0),
    }
}

/// Bytes in MiB.
pub(crate) fn mebibytes(bytes: u64) -> String {
    let mebibytes = bytes as f64 / 1024.0 / 1024.0;
    if mebibytes < 10.0 {
        format!("{mebibytes:.1} MiB")
    } else {
        format!("{} MiB", grouped(mebibytes.round() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::new("people", vec!["30".to_owned(), "1,000".to_owned()]);
        table.row("rows", ["1".to_owned(), grouped(1_234_567)]);
        assert_eq!(
            table.render(),
            "| people | 30 |     1,000 |\n\
             |--------|---:|----------:|\n\
             | rows   |  1 | 1,234,567 |\n"
        );
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(100_000), "100,000");
        assert_eq!(seconds(0.0123), "12.3 ms");
        assert_eq!(seconds(59.94), "59.9 s");
        assert_eq!(mebibytes(3 << 30), "3,072 MiB");
    }
}
