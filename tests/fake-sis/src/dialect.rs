//! How the server writes its JSON: right, or in the ways that servers get wrong.

/// The spelling of the JSON. The default is what the standard says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dialect {
    /// Booleans.
    pub booleans: Booleans,
    /// References to other records.
    pub references: References,
    /// Values of enumerations.
    pub enums: Enums,
    /// sourcedIds, in records and references alike.
    pub ids: Ids,
    /// Dates and instants.
    pub dates: Dates,
    /// Names of the key that holds a list.
    pub envelopes: Envelopes,
    /// Optional properties that have no value are written as `null`, empty
    /// lists too. False: they are left out, and lists are `[]`.
    pub nulls: bool,
    /// A list of one record is that record, without the brackets.
    pub single_without_list: bool,
    /// Users carry a password and a birth date, which no reader should keep.
    pub personal_data: bool,
    /// Records carry properties that no standard knows.
    pub vendor_properties: bool,
    /// `periods` of a class is one string.
    pub periods_as_text: bool,
    /// Every so manyth enrollment names a user who does not exist.
    pub dangling_every: Option<usize>,
    /// Every so manyth record has no name or title; a user has neither name.
    pub nameless_every: Option<usize>,
    /// Every so manyth user's email is hidden by asterisks.
    pub masked_every: Option<usize>,
}

/// Ways to write a boolean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Booleans {
    /// `true` in 1.1, `"true"` in 1.2, as the standards say.
    #[default]
    Standard,
    /// `true`.
    Native,
    /// `"true"`.
    Text,
    /// `"TRUE"`.
    UpperText,
    /// `1`.
    Number,
    /// `"1"`.
    NumberText,
}

/// Ways to write a reference.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum References {
    /// An object of href, sourcedId and type.
    #[default]
    Standard,
    /// The id alone, as text.
    Bare,
    /// `{}`: the reference says nothing.
    Empty,
    /// An object with the wrong type.
    WrongType,
    /// An object with the id alone.
    IdOnly,
}

/// Ways to write an enumeration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Enums {
    /// The standard's values.
    #[default]
    Standard,
    /// The standard's values in capitals.
    Capitals,
    /// In every fifth record a value nobody knows.
    Unknown,
}

/// Ways to write a sourcedId.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ids {
    /// Text.
    #[default]
    Standard,
    /// A JSON number made from the id.
    Number,
    /// Text with a blank before and after.
    Padded,
}

/// Ways to write a date or an instant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Dates {
    /// `2026-08-12` and `2026-08-12T07:30:00.000Z`.
    #[default]
    Standard,
    /// One form after another, record by record: with a time, with an offset,
    /// with a blank in the middle, with slashes, empty, `null`.
    Mixed,
}

/// Ways to name the key of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Envelopes {
    /// The standard's: schools are under `orgs`, students under `users`.
    #[default]
    Standard,
    /// As in the address: schools are under `schools`.
    AsAddressed,
}
