//! Ids as small numbers: while a source is being read, when it is complete, and
//! packed where nobody refers to them.
//!
//! All three compare ids as text, to the letter. None of them knows what the
//! ids name.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Texts one after another, numbered.
#[derive(Debug, Default, Clone)]
struct Listed {
    bytes: String,
    ends: Vec<u64>,
}

impl Listed {
    fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len() as u64);
    }

    fn get(&self, index: usize) -> &str {
        let until = self.ends.get(index).copied().unwrap_or_default() as usize;
        let from = match index.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or_default() as usize,
            None => 0,
        };
        self.bytes.get(from..until).unwrap_or_default()
    }
}

/// Gives each text a number, the same for the same text.
#[derive(Debug, Default)]
pub(crate) struct IdTable {
    listed: Listed,
    /// Number and hash of each text. The hash is kept so that growing the
    /// table does not read the texts again.
    table: HashTable<(u32, u32)>,
    hasher: DefaultHashBuilder,
}

/// The table wants 64 well mixed bits.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl IdTable {
    /// The number of a text, which is new if the text is.
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        let hash = self.hasher.hash_one(text) as u32;
        let listed = &self.listed;
        let same = |(id, other): &(u32, u32)| *other == hash && listed.get(*id as usize) == text;
        if let Some((id, _)) = self.table.find(spread(hash), same) {
            return *id;
        }
        let id = self.listed.ends.len() as u32;
        self.listed.push(text);
        self.table
            .insert_unique(spread(hash), (id, hash), |(_, hash)| spread(*hash));
        id
    }

    /// The number of a text, if it has one.
    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(text) as u32;
        let same = |(id, other): &(u32, u32)| *other == hash && self.get(*id) == text;
        self.table.find(spread(hash), same).map(|(id, _)| *id)
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

/// Ids that nobody refers to, in the order of their records. Most are GUIDs,
/// which take 17 bytes here.
#[derive(Debug, Default)]
pub(crate) struct PackedIds {
    bytes: Vec<u8>,
    ends: Vec<u64>,
}

/// The first byte of a packed id says how the rest is to be read.
const TEXT: u8 = 0;
const LOWER_GUID: u8 = 1;
const UPPER_GUID: u8 = 2;

impl PackedIds {
    pub(crate) fn push(&mut self, text: &str) {
        match guid(text) {
            Some((kind, number)) => {
                self.bytes.push(kind);
                self.bytes.extend_from_slice(&number.to_be_bytes());
            }
            None => {
                self.bytes.push(TEXT);
                self.bytes.extend_from_slice(text.as_bytes());
            }
        }
        self.ends.push(self.bytes.len() as u64);
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The packed bytes: equal if and only if the ids are.
    pub(crate) fn packed(&self, index: usize) -> &[u8] {
        let until = self.ends.get(index).copied().unwrap_or_default() as usize;
        let from = match index.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or_default() as usize,
            None => 0,
        };
        self.bytes.get(from..until).unwrap_or_default()
    }

    pub(crate) fn get(&self, index: usize) -> String {
        let packed = self.packed(index);
        let (kind, rest) = packed.split_first().unwrap_or((&TEXT, &[]));
        let number = <[u8; 16]>::try_from(rest).map(u128::from_be_bytes);
        match (*kind, number) {
            (LOWER_GUID, Ok(number)) => written(number),
            (UPPER_GUID, Ok(number)) => written(number).to_ascii_uppercase(),
            _ => String::from_utf8_lossy(rest).into_owned(),
        }
    }

    pub(crate) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

/// Where a GUID has its dashes.
const DASHES: [usize; 4] = [8, 13, 18, 23];

/// A GUID of 36 characters whose letters are all of one case.
fn guid(text: &str) -> Option<(u8, u128)> {
    if text.len() != 36 {
        return None;
    }
    let (mut number, mut lower, mut upper) = (0u128, false, false);
    for (position, byte) in text.bytes().enumerate() {
        if DASHES.contains(&position) {
            if byte != b'-' {
                return None;
            }
            continue;
        }
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => {
                lower = true;
                byte - b'a' + 10
            }
            b'A'..=b'F' => {
                upper = true;
                byte - b'A' + 10
            }
            _ => return None,
        };
        number = number << 4 | u128::from(digit);
    }
    match (lower, upper) {
        (true, true) => None,
        (_, false) => Some((LOWER_GUID, number)),
        (false, true) => Some((UPPER_GUID, number)),
    }
}

fn written(number: u128) -> String {
    let digits = format!("{number:032x}");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32];
    parts.map(|part| &digits[part]).join("-")
}
