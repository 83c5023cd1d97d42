//! Rows: JSON objects read property by property into tolerant fields.
//!
//! `row!` writes what `#[derive(Deserialize)]` would, with three differences
//! that a page of foreign data needs: a row that is no object is a row of
//! another [`Shape`] rather than an error, a property that comes twice counts
//! as it came last, and no property is required.

use std::marker::PhantomData;

use serde::de::Deserialize;

use super::field::Text;
use super::notes::Notes;

/// What a row was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Shape {
    #[default]
    Object,
    /// Something else, such as a number, a list or `null`.
    Other,
}

/// A row that can be turned into a record of the contract.
pub(crate) trait Row<'a>: Deserialize<'a> {
    type Record: Record;

    /// The record, or none after a finding of severity `error` was noted.
    fn into_record(self, notes: &mut Notes) -> Option<Self::Record>;
}

/// What every record of the contract has.
pub(crate) trait Record {
    fn sourced_id(&self) -> &str;
    fn date_last_modified(&self) -> Option<i64>;
}

macro_rules! records {
    ($($name:ident),*) => {$(
        impl Record for crate::roster::$name {
            fn sourced_id(&self) -> &str {
                &self.sourced_id
            }
            fn date_last_modified(&self) -> Option<i64> {
                self.date_last_modified
            }
        }
    )*};
}
records!(Org, AcademicSession, Course, Class, User, Enrollment);

/// Keeps a type parameter of a visitor.
pub(crate) type Marker<'a> = PhantomData<&'a ()>;

/// For a visitor of rows: what to make of a row that is no object.
pub(crate) fn other_shape(_: Text<'_>) -> Shape {
    Shape::Other
}

macro_rules! row {
    (
        $(#[$meta:meta])*
        $name:ident { $($field:ident: $type:ty = $key:literal $(| $also:literal)*;)* }
    ) => {
        $(#[$meta])*
        #[derive(Default)]
        pub(crate) struct $name<'a> {
            pub(crate) shape: $crate::oneroster::row::Shape,
            $(pub(crate) $field: $type,)*
        }

        impl<'de: 'a, 'a> serde::Deserialize<'de> for $name<'a> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use std::fmt;
                use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
                use $crate::oneroster::row::{Marker, Shape, other_shape};
                use $crate::oneroster::field::scalars;

                #[allow(non_camel_case_types, reason = "variants are the fields' names")]
                enum Property { $($field,)* Other_ }

                struct PropertyVisitor;
                impl Visitor<'_> for PropertyVisitor {
                    type Value = Property;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a property name")
                    }
                    fn visit_str<E>(self, name: &str) -> Result<Property, E> {
                        Ok(match name {
                            $($key $(| $also)* => Property::$field,)*
                            _ => Property::Other_,
                        })
                    }
                }
                impl<'de> serde::Deserialize<'de> for Property {
                    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                        d.deserialize_identifier(PropertyVisitor)
                    }
                }

                struct RowVisitor<'a>(Marker<'a>);
                impl<'de: 'a, 'a> Visitor<'de> for RowVisitor<'a> {
                    type Value = $name<'a>;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("an object")
                    }
                    scalars!('de, |text: Text<'de>| $name {
                        shape: other_shape(text),
                        ..Default::default()
                    });
                    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Self::Value, S::Error> {
                        while seq.next_element::<IgnoredAny>()?.is_some() {}
                        Ok($name { shape: Shape::Other, ..Default::default() })
                    }
                    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                        let mut row = $name::default();
                        while let Some(property) = map.next_key()? {
                            match property {
                                $(Property::$field => row.$field = map.next_value()?,)*
                                Property::Other_ => {
                                    map.next_value::<IgnoredAny>()?;
                                }
                            }
                        }
                        Ok(row)
                    }
                }
                deserializer.deserialize_any(RowVisitor(std::marker::PhantomData))
            }
        }
    };
}
pub(crate) use row;
