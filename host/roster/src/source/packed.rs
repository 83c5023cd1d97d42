//! Ids as numbers of 16 bytes, where they fit: GUIDs, and texts of at most 15
//! bytes.

use super::ids::Listed;

/// An id that fits into 16 bytes. Two are equal if and only if the texts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Packed {
    /// The number's upper and lower half: whole, it would be laid out in 32
    /// bytes.
    halves: [u64; 2],
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
    fn new(number: u128, kind: Kind) -> Packed {
        Packed {
            halves: [(number >> 64) as u64, number as u64],
            kind,
        }
    }

    fn number(self) -> u128 {
        u128::from(self.halves[0]) << 64 | u128::from(self.halves[1])
    }

    /// The text as a number, if it fits.
    pub(crate) fn of(text: &str) -> Option<Packed> {
        let bytes = text.as_bytes();
        match bytes.len() {
            36 => guid(bytes),
            len @ 0..=15 => {
                let mut short = [0; 16];
                short[..len].copy_from_slice(bytes);
                short[15] = len as u8;
                Some(Packed::new(u128::from_le_bytes(short), Kind::Short))
            }
            _ => None,
        }
    }

    fn text(self) -> String {
        match self.kind {
            Kind::Short => {
                let bytes = self.number().to_le_bytes();
                let len = usize::from(bytes[15]).min(15);
                String::from_utf8_lossy(&bytes[..len]).into_owned()
            }
            Kind::Upper => written(self.number()).to_ascii_uppercase(),
            Kind::Lower | Kind::Elsewhere => written(self.number()),
        }
    }
}

/// What each byte is as a hexadecimal digit: its value, with a bit for letters
/// of either case, or [`NO_DIGIT`].
const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 10 {
        digits[b'0' as usize + value] = value as u8;
        value += 1;
    }
    while value < 16 {
        digits[b'a' as usize + value - 10] = value as u8 | LOWER;
        digits[b'A' as usize + value - 10] = value as u8 | UPPER;
        value += 1;
    }
    digits
};
const LOWER: u8 = 0x10;
const UPPER: u8 = 0x20;
const NO_DIGIT: u8 = 0x40;

/// A GUID of 36 characters whose letters are all of one case.
fn guid(text: &[u8]) -> Option<Packed> {
    if DASHES.iter().any(|dash| text[*dash] != b'-') {
        return None;
    }
    let (mut number, mut seen) = (0u128, 0);
    for part in [0..8, 9..13, 14..18, 19..23, 24..36] {
        let mut value = 0u64;
        for byte in &text[part.clone()] {
            let digit = DIGITS[usize::from(*byte)];
            seen |= digit;
            value = value << 4 | u64::from(digit & 0xf);
        }
        number = number << (part.len() * 4) | u128::from(value);
    }
    let kind = match (seen & NO_DIGIT != 0, seen & LOWER != 0, seen & UPPER != 0) {
        (true, ..) | (_, true, true) => return None,
        (false, _, false) => Kind::Lower,
        (false, false, true) => Kind::Upper,
    };
    Some(Packed::new(number, kind))
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
            Packed::new(self.texts.len() as u128 - 1, Kind::Elsewhere)
        });
        self.numbers.push(packed.number());
        self.kinds.push(packed.kind);
    }

    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// What distinguishes the id from others: equal if and only if the ids are.
    pub(crate) fn key(&self, index: usize) -> (Option<Packed>, &str) {
        let number = self.numbers.get(index).copied().unwrap_or_default();
        match self.kinds.get(index).copied().unwrap_or(Kind::Short) {
            Kind::Elsewhere => (None, self.texts.get(number as usize)),
            kind => (Some(Packed::new(number, kind)), ""),
        }
    }

    pub(crate) fn get(&self, index: usize) -> String {
        match self.key(index) {
            (Some(packed), _) => packed.text(),
            (None, text) => text.to_owned(),
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
