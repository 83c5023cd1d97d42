//! Which rows a list has, in which order: filters and sorting, remembered, so
//! that the pages of one list are cut from one selection.

use std::sync::{Arc, Mutex, PoisonError};

use district::Collection;

use crate::filter::{Filter, known, values};
use crate::{Resource, Source};

/// What is asked of a list, but for the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) resource: Resource,
    pub(crate) school: Option<String>,
    pub(crate) filter: Option<Filter>,
    pub(crate) sort: Option<String>,
    pub(crate) descending: bool,
}

/// The rows of a list as places in the source.
#[derive(Debug, Clone)]
pub(crate) enum Selection {
    /// All rows in the source's order.
    All(usize),
    Some(Arc<Vec<u32>>),
}

impl Selection {
    pub(crate) fn len(&self) -> usize {
        match self {
            Selection::All(len) => *len,
            Selection::Some(rows) => rows.len(),
        }
    }

    pub(crate) fn row(&self, place: usize) -> usize {
        match self {
            Selection::All(_) => place,
            Selection::Some(rows) => rows[place] as usize,
        }
    }
}

/// How many selections are kept.
const KEPT: usize = 24;

/// A source with the selections made of it.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) source: Source,
    kept: Mutex<Vec<(Wanted, Arc<Vec<u32>>)>>,
}

impl World {
    pub(crate) fn new(source: Source) -> Self {
        World {
            source,
            kept: Mutex::default(),
        }
    }

    /// The rows of a list. A field to sort by that does not exist leaves the
    /// order as it is, as the standard has it.
    pub(crate) fn select(&self, collection: Collection, wanted: &Wanted) -> Selection {
        let mut wanted = wanted.clone();
        wanted.sort = wanted.sort.filter(|field| known(collection, field));
        let plain = wanted.resource.clause().is_none()
            && wanted.school.is_none()
            && wanted.filter.is_none()
            && wanted.sort.is_none();
        if plain {
            return Selection::All(self.source.len(collection));
        }
        // Held while a selection is made, so that it is made once.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, rows)) = kept.iter().find(|(known, _)| *known == wanted) {
            return Selection::Some(rows.clone());
        }
        let mut rows = self.matching(collection, &wanted);
        if let Some(field) = &wanted.sort {
            rows = self.sorted(collection, rows, field, wanted.descending);
        }
        let rows = Arc::new(rows);
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push((wanted, rows.clone()));
        Selection::Some(rows)
    }

    fn matching(&self, collection: Collection, wanted: &Wanted) -> Vec<u32> {
        let clause = wanted.resource.clause();
        let school = wanted.school.as_deref().map(|id| {
            let field = match collection {
                Collection::Users => "roles.org.sourcedId",
                _ => "school.sourcedId",
            };
            Filter::equal(field, id)
        });
        let filters: Vec<Filter> = clause
            .map(|(field, value)| Filter::equal(field, value))
            .into_iter()
            .chain(school)
            .chain(wanted.filter.clone())
            .collect();
        let admitted = |&index: &u32| {
            filters.is_empty()
                || self.source.with_row(collection, index as usize, |row| {
                    filters.iter().all(|filter| filter.admits(&row))
                })
        };
        let all = 0..self.source.len(collection) as u32;
        all.filter(admitted).collect()
    }

    /// The rows in the order of a field's first value; equal ones stay as they
    /// were.
    pub(crate) fn sorted(
        &self,
        collection: Collection,
        rows: Vec<u32>,
        field: &str,
        descending: bool,
    ) -> Vec<u32> {
        // All values lie in one buffer: a string for each of millions of rows
        // would take several times the room.
        let mut text = Vec::new();
        let mut keyed: Vec<(u64, u32, u32)> = Vec::with_capacity(rows.len());
        for row in rows {
            let start = text.len();
            self.source.with_row(collection, row as usize, |record| {
                let mut first = true;
                values(&record, field, &mut |value| {
                    if first {
                        text.extend_from_slice(value.as_bytes());
                    }
                    first = false;
                });
            });
            keyed.push((start as u64, (text.len() - start) as u32, row));
        }
        let value = |&(start, length, _): &(u64, u32, u32)| {
            let start = start as usize;
            &text[start..start + length as usize]
        };
        if descending {
            keyed.sort_by(|a, b| value(b).cmp(value(a)));
        } else {
            keyed.sort_by(|a, b| value(a).cmp(value(b)));
        }
        keyed.into_iter().map(|(_, _, row)| row).collect()
    }
}
