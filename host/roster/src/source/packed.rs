//! Ids as numbers of 16 bytes, where they fit: GUIDs, and texts of at most 15
//! bytes.

use super::ids::Listed;

/// An id that fits into 16 bytes. Two are equal if and only if the texts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Packed {
    number: u128,
    kind: Kind,
}

/// How the number is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Kind {
    /// Length and bytes of a short text.
    Short,
    /// A GUID of 36 characters, in lower case.
    Lower,
    /// The same in upper case.
    Upper,
    /// The place of a text elsewhere.
    Elsewhere,
}

/// Where a GUID has its dashes.
const DASHES: [usize; 4] = [8, 13, 18, 23];

impl Packed {
    /// The text as a number, if it fits.
    pub(crate) fn of(text: &str) -> Option<Packed> {
        let bytes = text.as_bytes();
        match bytes.len() {
            36 => guid(bytes),
            len @ 0..=15 => {
                let mut short = [0; 16];
                short[..len].copy_from_slice(bytes);
                short[15] = len as u8;
                Some(Packed {
                    number: u128::from_le_bytes(short),
                    kind: Kind::Short,
                })
            }
            _ => None,
        }
    }

    fn text(self) -> String {
        match self.kind {
            Kind::Short => {
                let bytes = self.number.to_le_bytes();
                let len = usize::from(bytes[15]).min(15);
                String::from_utf8_lossy(&bytes[..len]).into_owned()
            }
            Kind::Upper => written(self.number).to_ascii_uppercase(),
            Kind::Lower | Kind::Elsewhere => written(self.number),
        }
    }
}

/// A GUID of 36 characters whose letters are all of one case.
fn guid(text: &[u8]) -> Option<Packed> {
    let (mut number, mut lower, mut upper) = (0u128, false, false);
    for (position, byte) in text.iter().enumerate() {
        let digit = match byte {
            b'-' if DASHES.contains(&position) => continue,
            _ if DASHES.contains(&position) => return None,
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
    let kind = match (lower, upper) {
        (true, true) => return None,
        (_, false) => Kind::Lower,
        (false, true) => Kind::Upper,
    };
    Some(Packed { number, kind })
}

fn written(number: u128) -> String {
    let digits = format!("{number:032x}");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32];
    parts.map(|part| &digits[part]).join("-")
}

/// Ids that nobody refers to, in the order of their records. Those that fit
/// take 17 bytes.
#[derive(Debug, Default)]
pub(crate) struct PackedIds {
    numbers: Vec<u128>,
    kinds: Vec<Kind>,
    /// Texts that do not fit.
    texts: Listed,
}

impl PackedIds {
    pub(crate) fn push(&mut self, text: &str) {
        let packed = Packed::of(text).unwrap_or_else(|| {
            self.texts.push(text);
            Packed {
                number: self.texts.len() as u128 - 1,
                kind: Kind::Elsewhere,
            }
        });
        self.numbers.push(packed.number);
        self.kinds.push(packed.kind);
    }

    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// What distinguishes the id from others: equal if and only if the ids are.
    pub(crate) fn key(&self, index: usize) -> (Option<Packed>, &str) {
        match self.packed(index) {
            Packed {
                number,
                kind: Kind::Elsewhere,
            } => (None, self.texts.get(number as usize)),
            packed => (Some(packed), ""),
        }
    }

    pub(crate) fn get(&self, index: usize) -> String {
        match self.key(index) {
            (Some(packed), _) => packed.text(),
            (None, text) => text.to_owned(),
        }
    }

    fn packed(&self, index: usize) -> Packed {
        Packed {
            number: self.numbers.get(index).copied().unwrap_or_default(),
            kind: self.kinds.get(index).copied().unwrap_or(Kind::Short),
        }
    }

    pub(crate) fn shrink(&mut self) {
        self.numbers.shrink_to_fit();
        self.kinds.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_comes_back_to_the_letter() {
        let ids = [
            "",
            "7",
            "00123",
            "fifteen-bytes-x",
            "sixteen-bytes-xy",
            "6f9619ff-8b86-d011-b42d-00c04fc964ff",
            "6F9619FF-8B86-D011-B42D-00C04FC964FF",
            "6F9619ff-8b86-d011-b42d-00c04fc964ff",
            "6f9619ff8b86-d011-b42d-00c04fc964ff-",
            "00000000-0000-0000-0000-000000000000",
            "s+\u{e9}t\u{e9}",
            "an id that is longer than any that can be packed",
        ];
        let mut packed = PackedIds::default();
        ids.iter().for_each(|id| packed.push(id));
        for (index, id) in ids.iter().enumerate() {
            assert_eq!(packed.get(index), *id);
            for other in 0..ids.len() {
                assert_eq!(packed.key(index) == packed.key(other), index == other);
            }
        }
    }
}
