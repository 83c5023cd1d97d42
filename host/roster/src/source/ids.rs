//! Ids as small numbers, while a source is being read and when it is complete.
//!
//! Both compare ids as text, to the letter. Neither knows what the ids name.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::packed::Packed;

/// Texts one after another, numbered.
#[derive(Debug, Default, Clone)]
pub(super) struct Listed {
    bytes: String,
    ends: Vec<u64>,
}

impl Listed {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len() as u64);
    }

    pub(super) fn get(&self, index: usize) -> &str {
        let until = self.ends.get(index).copied().unwrap_or_default() as usize;
        let from = match index.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or_default() as usize,
            None => 0,
        };
        self.bytes.get(from..until).unwrap_or_default()
    }
}

/// Gives each text a number, the same for the same text.
///
/// Most ids are GUIDs or short, and are a number of 16 bytes themselves. They
/// are found without looking at any text, which for millions of lookups in
/// random order is what costs.
#[derive(Debug, Default)]
pub(crate) struct IdTable {
    listed: Listed,
    /// Ids that are a number, each with the number it was given.
    short: HashTable<Short>,
    /// Number and hash of every other text. The hash is kept so that growing
    /// the table does not read the texts again.
    long: HashTable<(u32, u32)>,
    hasher: DefaultHashBuilder,
}

#[derive(Debug, Clone, Copy)]
struct Short {
    packed: Packed,
    id: u32,
}

/// The table wants 64 well mixed bits.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl IdTable {
    /// The number of a text, which is new if the text is.
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        let next = self.listed.ends.len() as u32;
        let id = match Packed::of(text) {
            Some(packed) => {
                let hash = self.hasher.hash_one(packed);
                let same = |other: &Short| other.packed == packed;
                let rehash = |other: &Short| self.hasher.hash_one(other.packed);
                let entry = self.short.entry(hash, same, rehash);
                entry.or_insert(Short { packed, id: next }).get().id
            }
            None => {
                let hash = self.hasher.hash_one(text) as u32;
                let listed = &self.listed;
                let same =
                    |(id, other): &(u32, u32)| *other == hash && listed.get(*id as usize) == text;
                let rehash = |(_, hash): &(u32, u32)| spread(*hash);
                let entry = self.long.entry(spread(hash), same, rehash);
                entry.or_insert((next, hash)).get().0
            }
        };
        if id == next {
            self.listed.push(text);
        }
        id
    }

    /// The number of a text, if it has one.
    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        if let Some(packed) = Packed::of(text) {
            let hash = self.hasher.hash_one(packed);
            let same = |other: &Short| other.packed == packed;
            return self.short.find(hash, same).map(|other| other.id);
        }
        let hash = self.hasher.hash_one(text) as u32;
        let same = |(id, other): &(u32, u32)| *other == hash && self.get(*id) == text;
        self.long.find(spread(hash), same).map(|(id, _)| *id)
    }

    pub(crate) fn get(&self, id: u32) -> &str {
        self.listed.get(id as usize)
    }

    pub(crate) fn len(&self) -> usize {
        self.listed.ends.len()
    }

    /// Renumbers: first those of `records`, sorted, then the others, sorted.
    /// Returns the sorted ids and the new number of each old one.
    pub(crate) fn sorted(self, records: impl Iterator<Item = u32>) -> (SortedIds, Vec<u32>) {
        let mut missing = vec![true; self.len()];
        for id in records {
            missing[id as usize] = false;
        }
        let skip = common_prefix(&self.listed);
        let mut order: Vec<(bool, u128, u32)> = (0..self.len() as u32)
            .map(|id| (missing[id as usize], key(self.get(id), skip), id))
            .collect();
        order.sort_unstable_by(|a, b| {
            let keys = (a.0, a.1).cmp(&(b.0, b.1));
            keys.then_with(|| self.get(a.2).cmp(self.get(b.2)))
        });
        let mut sorted = SortedIds {
            listed: Listed {
                bytes: String::with_capacity(self.listed.bytes.len()),
                ends: Vec::with_capacity(order.len()),
            },
            records: missing.iter().filter(|missing| !**missing).count() as u32,
        };
        let mut renumbered = vec![0; order.len()];
        for (new, (_, _, old)) in order.iter().enumerate() {
            sorted.listed.push(self.get(*old));
            renumbered[*old as usize] = new as u32;
        }
        (sorted, renumbered)
    }
}

/// The text that was looked up last. Rows that belong together mostly come
/// together, and name the same again.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    text: String,
    id: u32,
}

impl Recent {
    /// [`IdTable::intern`], without looking if it is the same text again.
    pub(crate) fn intern(&mut self, ids: &mut IdTable, text: &str) -> u32 {
        if self.text != text || text.is_empty() {
            self.id = ids.intern(text);
            self.text.clear();
            self.text.push_str(text);
        }
        self.id
    }
}

/// How many bytes all texts begin with in common.
fn common_prefix(listed: &Listed) -> usize {
    let first = listed.get(0).as_bytes();
    let mut common = first.len();
    for index in 1..listed.ends.len() {
        let other = listed.get(index).as_bytes();
        let same = first.iter().zip(other).take_while(|(a, b)| a == b).count();
        common = common.min(same);
        if common == 0 {
            break;
        }
    }
    common
}

/// Sixteen bytes of a text as a number that sorts as they do, so that most
/// comparisons touch no text.
pub(crate) fn key(text: &str, skip: usize) -> u128 {
    let bytes = text.as_bytes().get(skip..).unwrap_or_default();
    let mut key = [0; 16];
    let len = bytes.len().min(16);
    key[..len].copy_from_slice(&bytes[..len]);
    u128::from_be_bytes(key)
}

/// The ids of a collection: those of its records first, in order, then those
/// that are only referred to, in order.
#[derive(Debug, Default)]
pub(crate) struct SortedIds {
    listed: Listed,
    records: u32,
}

impl SortedIds {
    pub(crate) fn get(&self, id: u32) -> &str {
        self.listed.get(id as usize)
    }

    /// All ids, those without a record too.
    pub(crate) fn len(&self) -> usize {
        self.listed.ends.len()
    }

    /// Whether a record has this id.
    pub(crate) fn is_record(&self, id: u32) -> bool {
        id < self.records
    }

    /// The id of that text, whether or not it has a record.
    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        self.find_in(0, self.records, text)
            .or_else(|| self.find_in(self.records, self.len() as u32, text))
    }

    /// The record of that id.
    pub(crate) fn find_record(&self, text: &str) -> Option<u32> {
        self.find_in(0, self.records, text)
    }

    fn find_in(&self, mut from: u32, mut until: u32, text: &str) -> Option<u32> {
        while from < until {
            let middle = from + (until - from) / 2;
            match self.get(middle).cmp(text) {
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Greater => until = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }
}
