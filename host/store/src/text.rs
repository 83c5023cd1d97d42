//! How small things are written in columns: names of choices, times, JSON. One
//! way for each, so that what is written is what is read.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// A choice with a name for each of its values.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $value:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
        )]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $value,)*
        }

        impl $name {
            /// All values.
            pub const ALL: &'static [$name] = &[$($name::$value),*];

            /// The value's name.
            pub fn name(self) -> &'static str {
                match self { $($name::$value => $text),* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> std::result::Result<Self, String> {
                $name::ALL.iter().copied().find(|value| value.name() == text).ok_or_else(|| {
                    let names: Vec<_> = $name::ALL.iter().map(|value| value.name()).collect();
                    format!("`{text}` is none of {}", names.join(", "))
                })
            }
        }
    };
}
pub(crate) use named;

const REMEDY: &str = "restore the tenant's database from a copy";

/// Reads a choice by its name.
pub(crate) fn parse<T: std::str::FromStr<Err = String>>(what: &str, text: &str) -> Result<T> {
    text.parse()
        .map_err(|cause: String| Error::damaged(what, cause, REMEDY))
}

/// Reads a time.
pub(crate) fn time(what: &str, text: &str) -> Result<Timestamp> {
    text.parse()
        .map_err(|cause: jiff::Error| Error::damaged(what, cause, REMEDY))
}

/// Reads a time that may be absent.
pub(crate) fn time_or_none(what: &str, text: Option<String>) -> Result<Option<Timestamp>> {
    text.map(|text| time(what, &text)).transpose()
}

/// Writes JSON.
pub(crate) fn to_json<T: Serialize>(what: &str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|cause| {
        Error::damaged(
            what,
            cause,
            "this value cannot be written as JSON; report it",
        )
    })
}

/// Reads JSON.
pub(crate) fn from_json<T: DeserializeOwned>(what: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|cause| Error::damaged(what, cause, REMEDY))
}

/// The time now, as columns hold it.
pub(crate) fn now() -> String {
    Timestamp::now().to_string()
}
