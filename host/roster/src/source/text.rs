//! Texts of records, one after another in a single allocation.
//!
//! A record keeps where its texts begin and how long each is. It knows nothing
//! of what the texts mean; an empty text stands for an absent one, as in the
//! contract.

/// Many texts in one allocation.
#[derive(Debug, Default)]
pub(crate) struct Texts(String);

/// Where `N` texts of one record lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fields<const N: usize> {
    at: u64,
    lens: [u16; N],
}

impl Texts {
    /// Adds the texts of a record. The contract allows a field 1,024 bytes;
    /// what is longer than 65,535 bytes is cut.
    pub(crate) fn push<const N: usize>(&mut self, texts: [&str; N]) -> Fields<N> {
        let at = self.0.len() as u64;
        let lens = texts.map(|text| {
            let text = &text[..text.floor_char_boundary(usize::from(u16::MAX))];
            self.0.push_str(text);
            text.len() as u16
        });
        Fields { at, lens }
    }

    /// Adds the texts of a record of another list.
    pub(crate) fn copy<const N: usize>(&mut self, from: &Texts, fields: &Fields<N>) -> Fields<N> {
        let at = self.0.len() as u64;
        self.0.push_str(from.all(fields).0);
        Fields { at, ..*fields }
    }

    /// An empty list with room for as much as another holds.
    pub(crate) fn as_large_as(other: &Texts) -> Texts {
        Texts(String::with_capacity(other.0.len()))
    }

    /// One of a record's texts.
    pub(crate) fn get<const N: usize>(&self, fields: &Fields<N>, index: usize) -> &str {
        let before: usize = fields.lens[..index]
            .iter()
            .map(|len| usize::from(*len))
            .sum();
        let from = fields.at as usize + before;
        let until = from + usize::from(fields.lens[index]);
        self.0.get(from..until).unwrap_or_default()
    }

    /// One of a record's texts, if it is there.
    pub(crate) fn some<const N: usize>(&self, fields: &Fields<N>, index: usize) -> Option<&str> {
        Some(self.get(fields, index)).filter(|text| !text.is_empty())
    }

    /// All of a record's texts as one, and their lengths: equal if and only if
    /// all texts are.
    pub(crate) fn all<'a, const N: usize>(&'a self, fields: &'a Fields<N>) -> (&'a str, &'a [u16]) {
        let from = fields.at as usize;
        let len: usize = fields.lens.iter().map(|len| usize::from(*len)).sum();
        (
            self.0.get(from..from + len).unwrap_or_default(),
            &fields.lens,
        )
    }

    pub(crate) fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }
}
