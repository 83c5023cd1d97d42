//! JSON values as vendors really send them.
//!
//! Each type here accepts any JSON value without an error, so that one odd value
//! costs one finding and never the page. Text is borrowed from the body; nothing
//! is copied until a record is built. Knows nothing of what a field means.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer};
use serde::de::{
    Deserialize, Deserializer, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};

/// The largest whole number that a JSON number holds exactly everywhere.
const MOST_EXACT: f64 = 9_007_199_254_740_992.0;

/// A scalar. Numbers and booleans are taken as the text they are written as,
/// since vendors send ids, grades and flags in each of these forms.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Text<'a> {
    /// Missing or `null`.
    #[default]
    Absent,
    /// What the source says, not yet trimmed; may be empty.
    Said(Cow<'a, str>),
    /// An object or a list where a scalar belongs.
    Wrong,
}

impl Text<'_> {
    /// What is said, trimmed; empty where nothing is.
    pub(crate) fn as_trimmed(&self) -> &str {
        match self {
            Text::Said(text) => text.trim(),
            Text::Absent | Text::Wrong => "",
        }
    }

    pub(crate) fn is_blank(&self) -> bool {
        self.as_trimmed().is_empty()
    }
}

impl<'a> Text<'a> {
    pub(crate) fn borrowed(text: &'a str) -> Self {
        Self::Said(Cow::Borrowed(text))
    }

    pub(crate) fn owned(text: impl ToString) -> Self {
        Self::Said(Cow::Owned(text.to_string()))
    }

    pub(crate) fn boolean(value: bool) -> Self {
        Self::borrowed(if value { "true" } else { "false" })
    }

    /// A number with a point or an exponent. Whole ones are text without it;
    /// beyond 2^53 the digits that were sent are lost, and an id with invented
    /// digits is worse than none.
    pub(crate) fn float(number: f64) -> Self {
        let is_exact = number.fract() == 0.0 && number.abs() < MOST_EXACT;
        if is_exact {
            Self::owned(number as i64)
        } else {
            Self::Wrong
        }
    }
}

/// The visitor methods for scalars, for a visitor whose value is built by
/// `$from` out of a `Text`.
macro_rules! scalars {
    ($lifetime:lifetime, $from:expr) => {
        fn visit_borrowed_str<E>(self, text: &$lifetime str) -> Result<Self::Value, E> {
            Ok($from($crate::oneroster::field::Text::borrowed(text)))
        }
        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok($from($crate::oneroster::field::Text::owned(text)))
        }
        fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
            Ok($from($crate::oneroster::field::Text::boolean(value)))
        }
        fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
            Ok($from($crate::oneroster::field::Text::owned(number)))
        }
        fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
            Ok($from($crate::oneroster::field::Text::owned(number)))
        }
        fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
            Ok($from($crate::oneroster::field::Text::float(number)))
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($from($crate::oneroster::field::Text::Absent))
        }
        fn visit_none<E>(self) -> Result<Self::Value, E> {
            Ok($from($crate::oneroster::field::Text::Absent))
        }
    };
}

fn drain_map<'de, M: MapAccess<'de>>(mut map: M) -> Result<(), M::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

fn drain_seq<'de, S: SeqAccess<'de>>(mut seq: S) -> Result<(), S::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }
            scalars!('de, std::convert::identity);
            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Self::Value, M::Error> {
                drain_map(map).map(|()| Text::Wrong)
            }
            fn visit_seq<S: SeqAccess<'de>>(self, seq: S) -> Result<Self::Value, S::Error> {
                drain_seq(seq).map(|()| Text::Wrong)
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

/// A GUIDRef: `{"sourcedId": …}`, a bare id, `{}` or `null`. `type` and `href`
/// are often wrong in practice and are not looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ref<'a>(pub(crate) Text<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Ref<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RefVisitor;
        impl<'de> Visitor<'de> for RefVisitor {
            type Value = Ref<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a reference")
            }
            scalars!('de, Ref);
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut id = Text::Absent;
                while let Some(Key(key)) = map.next_key()? {
                    if key.eq_ignore_ascii_case("sourcedId") {
                        id = map.next_value()?;
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Ref(id))
            }
            fn visit_seq<S: SeqAccess<'de>>(self, seq: S) -> Result<Self::Value, S::Error> {
                drain_seq(seq).map(|()| Ref(Text::Wrong))
            }
        }
        deserializer.deserialize_any(RefVisitor)
    }
}

/// A property name.
pub(crate) struct Key<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a property name")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

/// A list that may also arrive as a single element or as `null`. Lists in a
/// roster mostly hold one element, so the first is kept without an allocation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct List<T> {
    first: Option<T>,
    rest: Vec<T>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self {
            first: None,
            rest: Vec::new(),
        }
    }
}

impl<T> List<T> {
    pub(crate) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.rest.len()
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        let mut elements = elements.into_iter();
        Self {
            first: elements.next(),
            rest: elements.collect(),
        }
    }
}

impl<T> IntoIterator for List<T> {
    type Item = T;
    type IntoIter = std::iter::Chain<std::option::IntoIter<T>, std::vec::IntoIter<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.first.into_iter().chain(self.rest)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListVisitor<T>(PhantomData<T>);
        impl<T> ListVisitor<T> {
            fn one<E>(element: Result<T, E>) -> Result<List<T>, E> {
                Ok(List {
                    first: Some(element?),
                    rest: Vec::new(),
                })
            }
        }
        impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
            type Value = List<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Self::Value, S::Error> {
                let mut list = List {
                    first: seq.next_element()?,
                    rest: Vec::new(),
                };
                while let Some(element) = seq.next_element()? {
                    list.rest.push(element);
                }
                Ok(list)
            }
            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Self::Value, M::Error> {
                Self::one(T::deserialize(MapAccessDeserializer::new(map)))
            }
            fn visit_borrowed_str<E: serde::de::Error>(
                self,
                text: &'de str,
            ) -> Result<Self::Value, E> {
                Self::one(T::deserialize(BorrowedStrDeserializer::new(text)))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Self::one(T::deserialize(text.into_deserializer()))
            }
            fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Self::Value, E> {
                Self::one(T::deserialize(value.into_deserializer()))
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Self::Value, E> {
                Self::one(T::deserialize(number.into_deserializer()))
            }
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Self::Value, E> {
                Self::one(T::deserialize(number.into_deserializer()))
            }
            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Self::Value, E> {
                Self::one(T::deserialize(number.into_deserializer()))
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(List::default())
            }
        }
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

/// An object of names and scalars, such as `metadata`. Anything else is an
/// empty one: there is nothing in it that could be kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Pairs<'a>(pub(crate) Vec<(Cow<'a, str>, Text<'a>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;
        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            scalars!('de, |_: Text<'de>| Pairs::default());
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut pairs = Vec::new();
                while let Some((Key(key), value)) = map.next_entry()? {
                    pairs.push((key, value));
                }
                Ok(Pairs(pairs))
            }
            fn visit_seq<S: SeqAccess<'de>>(self, seq: S) -> Result<Self::Value, S::Error> {
                drain_seq(seq).map(|()| Pairs::default())
            }
        }
        deserializer.deserialize_any(PairsVisitor)
    }
}

pub(crate) use scalars;
