//! A row's cells, and the fields that a cell holds: text, references, lists.

use crate::oneroster::field::{List, Pairs, Ref, Text};
use crate::oneroster::row::Shape;
use crate::oneroster::rows::UserIdRow;

/// A row's cells as text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cells<'r> {
    text: &'r str,
    ends: &'r [usize],
}

/// A column's place in the header; none: the file does not have it.
pub(crate) type Column = Option<usize>;

impl<'r> Cells<'r> {
    /// The cells that end at `ends` in `text`; none where an end lies inside a
    /// character.
    pub(crate) fn new(text: &'r str, ends: &'r [usize]) -> Option<Self> {
        let whole = ends.iter().all(|end| text.is_char_boundary(*end));
        whole.then_some(Self { text, ends })
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// What stands in a column, trimmed; empty where the row or the file does
    /// not have it.
    pub(crate) fn get(&self, column: Column) -> &'r str {
        let cell = || {
            let column = column?;
            let to = *self.ends.get(column)?;
            let from = match column.checked_sub(1) {
                Some(before) => *self.ends.get(before)?,
                None => 0,
            };
            self.text.get(from..to)
        };
        cell().unwrap_or_default().trim()
    }

    /// Whether nothing stands in any column from `from` on.
    pub(crate) fn is_blank_from(&self, from: usize) -> bool {
        (from..self.ends.len()).all(|column| self.get(Some(column)).is_empty())
    }

    pub(crate) fn text(&self, column: Column) -> Text<'r> {
        text(self.get(column))
    }

    pub(crate) fn reference(&self, column: Column) -> Ref<'r> {
        Ref(self.text(column))
    }

    /// A list: elements with commas between.
    pub(crate) fn texts(&self, column: Column) -> List<Text<'r>> {
        elements(self.get(column)).map(Text::borrowed).collect()
    }

    pub(crate) fn references(&self, column: Column) -> List<Ref<'r>> {
        elements(self.get(column))
            .map(|id| Ref(Text::borrowed(id)))
            .collect()
    }

    /// `{type:identifier},{type:identifier}`. What is written otherwise is an
    /// entry of another shape.
    pub(crate) fn user_ids(&self, column: Column) -> List<UserIdRow<'r>> {
        let mut rest = self.get(column);
        let mut ids = Vec::new();
        while !rest.is_empty() {
            let (entry, behind) = match rest.strip_prefix('{').and_then(|r| r.split_once('}')) {
                Some((inside, behind)) => (user_id(inside), behind),
                None => {
                    let (_, behind) = rest.split_once(',').unwrap_or((rest, ""));
                    (None, behind)
                }
            };
            ids.push(entry.unwrap_or(UserIdRow {
                shape: Shape::Other,
                ..UserIdRow::default()
            }));
            rest = behind.trim_start_matches([',', ' ']);
        }
        ids.into_iter().collect()
    }

    /// The columns beyond the standard that have a value.
    pub(crate) fn pairs(&self, columns: &'r [(usize, String)]) -> Pairs<'r> {
        let pair = |(column, name): &'r (usize, String)| {
            let value = self.get(Some(*column));
            (!value.is_empty()).then(|| (name.as_str().into(), Text::borrowed(value)))
        };
        Pairs(columns.iter().filter_map(pair).collect())
    }
}

fn text(cell: &str) -> Text<'_> {
    if cell.is_empty() {
        Text::Absent
    } else {
        Text::borrowed(cell)
    }
}

fn elements(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(',').map(str::trim).filter(|one| !one.is_empty())
}

fn user_id(inside: &str) -> Option<UserIdRow<'_>> {
    let (id_type, identifier) = inside.split_once(':')?;
    Some(UserIdRow {
        shape: Shape::Object,
        id_type: text(id_type.trim()),
        identifier: text(identifier.trim()),
    })
}
