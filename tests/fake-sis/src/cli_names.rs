//! The words of the command line that stand for enumerations of the library.

use clap::ValueEnum;

use crate::{Booleans, ClientAuth, Enums, ExpiresIn, Filtering, Ids, References, Sorting};

/// An enumeration of the command line that stands for one of the library.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident for $target:ty { $($variant:ident => $value:expr),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
        #[allow(missing_docs, reason = "the names say it")]
        pub enum $name { $($variant),+ }

        impl $name {
            pub(crate) fn value(self) -> $target {
                match self { $(Self::$variant => $value),+ }
            }
        }
    };
}

/// Names of [`Auth`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum AuthName {
    Oauth2,
    Oauth1,
    Oauth1Sha1,
    Oauth1Sha256,
    Bearer,
    Basic,
    None,
}

names! {
    /// Names of [`ClientAuth`].
    ClientAuthName for ClientAuth {
        Any => ClientAuth::Any, Basic => ClientAuth::Basic,
        Body => ClientAuth::Body, Query => ClientAuth::Query,
    }
}
names! {
    /// Names of [`ExpiresIn`].
    ExpiresInName for ExpiresIn {
        Number => ExpiresIn::Number, Text => ExpiresIn::Text, Absent => ExpiresIn::Absent,
    }
}
names! {
    /// Names of [`Sorting`].
    SortingName for Sorting {
        Right => Sorting::Right, Ignored => Sorting::Ignored,
        AfterSlicing => Sorting::AfterSlicing,
    }
}
names! {
    /// Names of [`Filtering`].
    FilteringName for Filtering {
        Right => Filtering::Right, Ignored => Filtering::Ignored, Refused => Filtering::Refused,
    }
}
names! {
    /// Names of [`Booleans`].
    BooleansName for Booleans {
        Standard => Booleans::Standard, Native => Booleans::Native, Text => Booleans::Text,
        UpperText => Booleans::UpperText, Number => Booleans::Number,
        NumberText => Booleans::NumberText,
    }
}
names! {
    /// Names of [`References`].
    ReferencesName for References {
        Standard => References::Standard, Bare => References::Bare, Empty => References::Empty,
        WrongType => References::WrongType, IdOnly => References::IdOnly,
    }
}
names! {
    /// Names of [`Enums`].
    EnumsName for Enums {
        Standard => Enums::Standard, Capitals => Enums::Capitals, Unknown => Enums::Unknown,
    }
}
names! {
    /// Names of [`Ids`].
    IdsName for Ids {
        Standard => Ids::Standard, Number => Ids::Number, Padded => Ids::Padded,
    }
}

/// Names of [`Links`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum LinksName {
    Right,
    Absent,
    OtherOrigin,
    Repeated,
    Backwards,
    PastEnd,
    TrailingComma,
}
