//! From what should be to what changes: each kind of record beside what the
//! roster holds, record by record.
//!
//! Nothing here decides who is who or which value wins. What does not change is
//! compared and passed over; it is never copied.

pub(crate) mod catalogue;
pub(crate) mod classes;
pub(crate) mod enrollments;
pub(crate) mod guardians;
pub(crate) mod keys;
pub(crate) mod links;

use crate::assignments::SharedAssignments;
use crate::plan::{Changes, Update};
use crate::source::IdTable;
use crate::state::Text;

/// What many records share, each held once.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    ids: IdTable,
    texts: Vec<Text>,
    /// Lists of assignments.
    pub(crate) assignments: SharedAssignments,
}

impl Shared {
    /// The text, as one that is shared.
    pub(crate) fn text(&mut self, text: &str) -> Text {
        let id = self.ids.intern(text) as usize;
        if id == self.texts.len() {
            self.texts.push(text.into());
        }
        self.texts[id].clone()
    }

    /// The text that was there, if it is the same; else as one that is shared.
    pub(crate) fn like(&mut self, before: Option<&Text>, text: &str) -> Text {
        match before {
            Some(before) if **before == *text => before.clone(),
            _ => self.text(text),
        }
    }

    /// [`Shared::like`] for a text that may be absent.
    pub(crate) fn option(
        &mut self,
        before: Option<&Option<Text>>,
        text: Option<&str>,
    ) -> Option<Text> {
        text.map(|text| self.like(before.and_then(Option::as_ref), text))
    }
}

/// The text that was there, if it is the same; else a new one, for texts that
/// hardly any other record has.
pub(crate) fn own_text(before: Option<&Text>, text: &str) -> Text {
    match before {
        Some(before) if **before == *text => before.clone(),
        _ => text.into(),
    }
}

impl<T: PartialEq + Clone> Changes<T> {
    /// Notes what becomes of one record.
    pub(crate) fn put(&mut self, before: Option<&T>, after: T) {
        match before {
            None => self.created.push(after),
            Some(before) if *before != after => self.updated.push(Update {
                before: before.clone(),
                after,
            }),
            Some(_) => {}
        }
    }

    /// Sorts each list by key.
    pub(crate) fn sort_by<K: Ord>(&mut self, key: impl Fn(&T) -> K) {
        self.created.sort_by_key(&key);
        self.updated.sort_by_key(|update| key(&update.after));
        self.removed.sort_by_key(&key);
    }
}
