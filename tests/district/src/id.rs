//! Ids: short inline text, and GUIDs that hide an index.
//!
//! A GUID is the index of its record put through a keyed permutation (a Feistel
//! network), so it looks random, is unique without a table, and leads back to
//! the index.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::random::mix;

const CAPACITY: usize = 39;

/// A sourcedId: at most 39 bytes of ASCII, held inline.
#[derive(Clone, Copy)]
pub struct Id {
    len: u8,
    bytes: [u8; CAPACITY],
}

impl Id {
    /// An id from a short text; what is beyond 39 bytes, or not ASCII, is cut.
    pub(crate) fn new(text: &str) -> Self {
        let mut id = Id {
            len: 0,
            bytes: [0; CAPACITY],
        };
        for (slot, byte) in id.bytes.iter_mut().zip(text.bytes().filter(u8::is_ascii)) {
            *slot = byte;
            id.len += 1;
        }
        id
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        // Both constructors write ASCII only.
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }
}

impl PartialEq for Id {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Id {}

impl Hash for Id {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl PartialOrd for Id {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Id {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

/// What a GUID stands for. The generation changes when a SIS gives the same
/// record a new id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Meaning {
    pub(crate) kind: u8,
    pub(crate) generation: u8,
    pub(crate) index: u64,
}

const HALF_BITS: u32 = 61;
const HALF: u64 = (1 << HALF_BITS) - 1;
const ROUNDS: u64 = 4;

fn round(seed: u64, number: u64, half: u64) -> u64 {
    mix(mix(seed.wrapping_add(number)) ^ half) & HALF
}

/// The GUID (version 4 in form) that stands for `meaning` under `seed`.
pub(crate) fn guid(seed: u64, meaning: Meaning) -> Id {
    let mut left = u64::from(meaning.kind) | u64::from(meaning.generation) << 8;
    let mut right = meaning.index & HALF;
    for number in 0..ROUNDS {
        (left, right) = (right, left ^ round(seed, number, right));
    }
    let bits = u128::from(left) << HALF_BITS | u128::from(right);
    let high = bits >> 74 & 0xFFFF_FFFF_FFFF;
    let middle = bits >> 62 & 0xFFF;
    let low = bits & ((1 << 62) - 1);
    format(high << 80 | 0x4 << 76 | middle << 64 | 0b10 << 62 | low)
}

/// What `text` stands for under `seed`. Any GUID of version 4 stands for
/// something; the caller checks that it exists.
pub(crate) fn meaning(seed: u64, text: &str) -> Option<Meaning> {
    let value = parse(text)?;
    let bits = (value >> 80) << 74 | (value >> 64 & 0xFFF) << 62 | value & ((1 << 62) - 1);
    let mut left = (bits >> HALF_BITS) as u64 & HALF;
    let mut right = bits as u64 & HALF;
    for number in (0..ROUNDS).rev() {
        (left, right) = (right ^ round(seed, number, left), left);
    }
    if left > 0xFFFF {
        return None;
    }
    Some(Meaning {
        kind: (left & 0xFF) as u8,
        generation: (left >> 8) as u8,
        index: right,
    })
}

fn format(value: u128) -> Id {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut bytes = [0; CAPACITY];
    let mut at = 0;
    for (n, byte) in value.to_be_bytes().into_iter().enumerate() {
        if matches!(n, 4 | 6 | 8 | 10) {
            bytes[at] = b'-';
            at += 1;
        }
        bytes[at] = DIGITS[usize::from(byte >> 4)];
        bytes[at + 1] = DIGITS[usize::from(byte & 15)];
        at += 2;
    }
    Id { len: 36, bytes }
}

fn parse(text: &str) -> Option<u128> {
    if text.len() != 36 {
        return None;
    }
    let mut value: u128 = 0;
    for (n, byte) in text.bytes().enumerate() {
        let digit = match byte {
            b'-' if matches!(n, 8 | 13 | 18 | 23) => continue,
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        value = value << 4 | u128::from(digit);
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_leads_back_to_its_meaning() {
        for index in [0, 1, 2, 999_999, 8_000_000] {
            let meant = Meaning {
                kind: 3,
                generation: 1,
                index,
            };
            let id = guid(42, meant);
            assert_eq!(id.as_str().len(), 36);
            assert_eq!(&id.as_str()[14..15], "4");
            assert_eq!(meaning(42, id.as_str()), Some(meant));
        }
    }

    #[test]
    fn another_seed_gives_other_guids() {
        let meant = Meaning {
            kind: 0,
            generation: 0,
            index: 7,
        };
        assert_ne!(guid(1, meant), guid(2, meant));
        assert_ne!(meaning(2, guid(1, meant).as_str()), Some(meant));
    }

    #[test]
    fn what_is_no_guid_means_nothing() {
        assert_eq!(meaning(1, ""), None);
        assert_eq!(meaning(1, "not-a-guid"), None);
        assert_eq!(meaning(1, &"Z".repeat(36)), None);
    }
}
