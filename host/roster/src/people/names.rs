//! Whether two names are one.
//!
//! Names never make a match; they only confirm or refute one. So they are
//! compared strictly but for letter case, accents, blanks and punctuation:
//! "O'Brien" is "OBRIEN", and "Bob" is not "Robert".

use unicode_normalization::UnicodeNormalization;

use crate::source::{UserText, UserView};
use crate::state::{Attributes, Field};

/// The names of one person; empty where there is none.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Names<'a> {
    /// Given and preferred given name.
    pub(crate) given: [&'a str; 2],
    /// Family and preferred family name.
    pub(crate) family: [&'a str; 2],
}

impl<'a> From<UserView<'a>> for Names<'a> {
    fn from(user: UserView<'a>) -> Self {
        let text = |text| user.text(text).unwrap_or_default();
        Names {
            given: [
                text(UserText::GivenName),
                text(UserText::PreferredGivenName),
            ],
            family: [
                text(UserText::FamilyName),
                text(UserText::PreferredFamilyName),
            ],
        }
    }
}

impl<'a> From<&'a Attributes> for Names<'a> {
    fn from(attributes: &'a Attributes) -> Self {
        let text = |field| attributes.get(field).map_or("", |text| text);
        Names {
            given: [text(Field::GivenName), text(Field::PreferredGivenName)],
            family: [text(Field::FamilyName), text(Field::PreferredFamilyName)],
        }
    }
}

impl Names<'_> {
    /// Whether both given and family name are known and the same; a preferred
    /// name serves as well as the other.
    pub(crate) fn agree(&self, other: &Names<'_>) -> bool {
        any_same(self.given, other.given) && any_same(self.family, other.family)
    }

    /// Whether both given and family name are known and neither is the same.
    /// A marriage changes one of them; nothing common changes both.
    pub(crate) fn contradict(&self, other: &Names<'_>) -> bool {
        let known = |names: [&str; 2]| names.iter().any(|name| !is_blank(name));
        [self.given, self.family, other.given, other.family]
            .into_iter()
            .all(known)
            && !any_same(self.given, other.given)
            && !any_same(self.family, other.family)
    }
}

fn any_same(some: [&str; 2], others: [&str; 2]) -> bool {
    some.iter()
        .any(|name| others.iter().any(|other| same(name, other)))
}

/// Whether two names are the same and not empty.
fn same(a: &str, b: &str) -> bool {
    if a == b {
        return !is_blank(a);
    }
    !is_blank(a) && folded(a).eq(folded(b))
}

fn is_blank(name: &str) -> bool {
    !name.chars().any(char::is_alphanumeric)
}

/// Letters and digits alone, lower-cased, without accents.
fn folded(name: &str) -> impl Iterator<Item = char> {
    // Letters without accents need no decomposition, which is most of the work.
    let (plain, other) = match name.is_ascii() {
        true => (name, ""),
        false => ("", name),
    };
    plain
        .chars()
        .chain(other.nfkd())
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<'a>(given: &'a str, family: &'a str) -> Names<'a> {
        Names {
            given: [given, ""],
            family: [family, ""],
        }
    }

    #[test]
    fn case_accents_and_punctuation_do_not_matter() {
        assert!(names("José", "O'Brien").agree(&names("JOSE", "OBRIEN")));
        assert!(names("Jose\u{301}", "Núñez-Cruz").agree(&names("José", "Nunez Cruz")));
    }

    #[test]
    fn what_is_missing_neither_agrees_nor_contradicts() {
        assert!(!names("Ann", "").agree(&names("Ann", "")));
        assert!(!names("Ann", "").contradict(&names("Bob", "Green")));
    }

    #[test]
    fn one_changed_name_neither_agrees_nor_contradicts() {
        let (before, after) = (names("Ann", "Green"), names("Ann", "Brown"));
        assert!(!before.agree(&after));
        assert!(!before.contradict(&after));
        assert!(before.contradict(&names("Bob", "Brown")));
    }

    #[test]
    fn a_preferred_name_serves_as_well() {
        let preferred = Names {
            given: ["Robert", "Bob"],
            family: ["Green", ""],
        };
        assert!(preferred.agree(&names("Bob", "Green")));
    }
}
