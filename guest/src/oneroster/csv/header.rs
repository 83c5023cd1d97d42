//! A file's first row: which column stands where, and what is odd about it.

use std::collections::HashMap;

use super::cells::{Cells, Column};
use crate::oneroster::notes::Notes;

/// Columns by name. Letter case and blanks do not count.
#[derive(Debug, Default)]
pub(crate) struct Header {
    /// The names as they stand in the file.
    names: Vec<String>,
    places: HashMap<String, usize>,
    twice: Vec<String>,
}

impl Header {
    pub(crate) fn of(cells: Cells<'_>) -> Self {
        let mut header = Self::default();
        for column in 0..cells.len() {
            let name = cells.get(Some(column));
            header.names.push(name.to_owned());
            let known = header.places.contains_key(&plain(name));
            if known {
                header.twice.push(name.to_owned());
            } else if !name.is_empty() {
                header.places.insert(plain(name), column);
            }
        }
        header
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn column(&self, name: &str) -> Column {
        self.places.get(&plain(name)).copied()
    }

    /// Columns beyond the standard whose names say so.
    pub(crate) fn extensions(&self) -> Vec<(usize, String)> {
        let named = self.names.iter().enumerate();
        named
            .filter(|(_, name)| is_extension(name))
            .map(|(column, name)| (column, bare(name).to_owned()))
            .collect()
    }

    /// Notes columns that are there twice, and those that nobody knows.
    /// `standard` is all that the standard has for the file; `stand_ins` are
    /// columns that are read where one of the standard's is missing, each with
    /// that one.
    pub(crate) fn note_oddities(
        &self,
        file: &str,
        standard: &[&str],
        stand_ins: &[(&str, &str)],
        notes: &mut Notes,
    ) {
        for name in &self.twice {
            notes.page(
                "duplicate-column",
                format!("{file} has the column `{name}` twice; the first is used."),
            );
        }
        for name in &self.names {
            let known = standard.iter().any(|known| plain(known) == plain(name));
            if known || name.is_empty() || is_extension(name) {
                continue;
            }
            let stands_for = stand_ins.iter().find(|(other, missing)| {
                plain(other) == plain(name) && self.column(missing).is_none()
            });
            if let Some((_, missing)) = stands_for {
                notes.page(
                    "unknown-column",
                    format!("{file} has no column `{missing}`; `{name}` stands in for it."),
                );
                continue;
            }
            let meant = standard
                .iter()
                .filter(|known| self.column(known).is_none())
                .find(|known| is_near(&plain(known), &plain(name)));
            let hint = meant.map_or(String::new(), |meant| {
                format!(" The standard has `{meant}`: if that is meant, correct the header.")
            });
            notes.page(
                "unknown-column",
                format!("{file} has a column `{name}`, which is not read.{hint}"),
            );
        }
    }
}

fn plain(name: &str) -> String {
    let kept = name.chars().filter(|c| !c.is_whitespace() && *c != '_');
    kept.collect::<String>().to_lowercase()
}

fn bare(name: &str) -> &str {
    let prefix = name.get(.."metadata.".len());
    match prefix {
        Some(prefix) if prefix.eq_ignore_ascii_case("metadata.") => &name[prefix.len()..],
        _ => name,
    }
}

fn is_extension(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["metadata.", "ext_", "ext.", "ext:"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// Whether one name is the other with a letter added, left out, changed or two
/// of them exchanged, as misspelt ones are.
pub(crate) fn is_near(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let same = |a: &[char], b: &[char]| a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let begin = same(&one, &other);
    let reversed = |text: &[char]| text.iter().rev().copied().collect::<Vec<_>>();
    let end = same(&reversed(&one[begin..]), &reversed(&other[begin..]));
    let (a, b) = (
        &one[begin..one.len() - end],
        &other[begin..other.len() - end],
    );
    let exchanged = a.len() == 2 && b.len() == 2 && a[0] == b[1] && a[1] == b[0];
    a.len().max(b.len()) <= 1 || exchanged
}
