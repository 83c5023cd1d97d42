//! Who is who: the users of a district by kind, their names, numbers, addresses
//! and traits.

use std::borrow::Cow;

use crate::names::{CULTURES, folded};
use crate::random::{Dice, Purpose};

/// A user, by what they are and their number among those.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    Student(u32),
    Staff(u32),
    Guardian(u32),
    /// A student who came later.
    Joined(u32),
    /// The second record of a member of staff who is a parent.
    StaffAsParent(u32),
}

impl Who {
    /// The kind in a GUID, and the number.
    pub(crate) fn kind_and_number(self) -> (u8, u32) {
        match self {
            Who::Student(n) => (1, n),
            Who::Staff(n) => (2, n),
            Who::Guardian(n) => (3, n),
            Who::Joined(n) => (4, n),
            Who::StaffAsParent(n) => (5, n),
        }
    }

    pub(crate) fn from_kind(kind: u8, number: u32) -> Option<Self> {
        Some(match kind {
            1 => Who::Student(number),
            2 => Who::Staff(number),
            3 => Who::Guardian(number),
            4 => Who::Joined(number),
            5 => Who::StaffAsParent(number),
            _ => return None,
        })
    }

    /// A number of its own for each person, for drawing.
    pub(crate) fn lot(self) -> u64 {
        let (kind, number) = match self {
            Who::StaffAsParent(n) => (2, n),
            other => other.kind_and_number(),
        };
        u64::from(kind) << 32 | u64::from(number)
    }
}

/// A name, as places in the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) culture: usize,
    pub(crate) given: usize,
    pub(crate) family: usize,
}

impl Name {
    pub(crate) fn draw(seed: u64, lot: u64) -> Self {
        let mut dice = Dice::new(seed, Purpose::Name, lot);
        let culture = dice.roll(CULTURES.len());
        Name {
            culture,
            given: dice.roll(CULTURES[culture].given.len()),
            family: dice.roll(CULTURES[culture].family.len()),
        }
    }

    pub(crate) fn given(self) -> &'static str {
        CULTURES[self.culture].given[self.given]
    }

    pub(crate) fn family(self) -> &'static str {
        CULTURES[self.culture].family[self.family]
    }

    /// The name after a marriage: the next family name of the same culture.
    pub(crate) fn renamed(self) -> Self {
        let families = CULTURES[self.culture].family.len();
        Name {
            family: (self.family + 1) % families,
            ..self
        }
    }

    /// A double name for some, as in "García-Reed".
    pub(crate) fn double_family(self, other: Name) -> Cow<'static, str> {
        Cow::Owned(format!("{}-{}", self.family(), other.family()))
    }
}

/// The names in lower-case ASCII, worked out once.
#[derive(Debug, Clone)]
pub(crate) struct FoldedNames {
    given: Vec<Vec<String>>,
    family: Vec<Vec<String>>,
}

impl FoldedNames {
    pub(crate) fn new() -> Self {
        let fold = |names: &[&str]| names.iter().map(|name| folded(name)).collect();
        FoldedNames {
            given: CULTURES.iter().map(|c| fold(c.given)).collect(),
            family: CULTURES.iter().map(|c| fold(c.family)).collect(),
        }
    }

    pub(crate) fn given(&self, name: Name) -> &str {
        &self.given[name.culture][name.given]
    }

    pub(crate) fn family(&self, name: Name) -> &str {
        &self.family[name.culture][name.family]
    }
}

/// What is particular about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Traits {
    pub(crate) has_email: bool,
    pub(crate) enabled: bool,
    pub(crate) middle_name: bool,
    pub(crate) preferred_name: bool,
    pub(crate) double_name: bool,
    pub(crate) sms: bool,
    /// Nine digits for telephone numbers and the like.
    pub(crate) digits: usize,
}

impl Traits {
    pub(crate) fn draw(seed: u64, who: Who) -> Self {
        let mut dice = Dice::new(seed, Purpose::Traits, who.lot());
        let without_email = match who {
            Who::Student(_) | Who::Joined(_) => 30,
            Who::Staff(_) | Who::StaffAsParent(_) => 5,
            Who::Guardian(_) => 150,
        };
        Traits {
            has_email: !dice.chance(without_email),
            enabled: !dice.chance(3),
            middle_name: dice.chance(300),
            preferred_name: dice.chance(50),
            double_name: dice.chance(20),
            sms: dice.chance(400),
            digits: dice.roll(1_000_000_000),
        }
    }
}
