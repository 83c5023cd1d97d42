//! What a user is called and how it is reached: values by field, each with the
//! provider it came from.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::state::{ProviderKey, Text};

/// An attribute of a user that providers can supply, and that can be pinned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[repr(u8)]
pub enum Field {
    /// `givenName`.
    GivenName,
    /// `familyName`.
    FamilyName,
    /// `middleName`.
    MiddleName,
    /// `preferredFirstName`.
    PreferredGivenName,
    /// `preferredLastName`.
    PreferredFamilyName,
    /// `username`.
    Username,
    /// `email`.
    Email,
    /// The student or staff number: `identifier`, or the `sourcedId` by the
    /// setting `student-id`.
    Identifier,
    /// `sms`: the mobile number.
    Sms,
    /// `phone`: the home number.
    Phone,
    /// The language, a BCP 47 tag.
    Language,
    /// `grades`, comma-joined.
    Grades,
}

impl Field {
    /// How many fields there are.
    pub const COUNT: usize = 12;

    /// All fields, in the order of [`Attributes`].
    pub const ALL: [Field; Field::COUNT] = [
        Field::GivenName,
        Field::FamilyName,
        Field::MiddleName,
        Field::PreferredGivenName,
        Field::PreferredFamilyName,
        Field::Username,
        Field::Email,
        Field::Identifier,
        Field::Sms,
        Field::Phone,
        Field::Language,
        Field::Grades,
    ];

    /// The field's name on the command line and in findings.
    pub fn name(self) -> &'static str {
        match self {
            Field::GivenName => "givenName",
            Field::FamilyName => "familyName",
            Field::MiddleName => "middleName",
            Field::PreferredGivenName => "preferredGivenName",
            Field::PreferredFamilyName => "preferredFamilyName",
            Field::Username => "username",
            Field::Email => "email",
            Field::Identifier => "identifier",
            Field::Sms => "sms",
            Field::Phone => "phone",
            Field::Language => "language",
            Field::Grades => "grades",
        }
    }

    /// The field of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// One value of [`Attributes`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Attribute {
    value: Text,
    /// [`PINNED`] or the key of a provider.
    provider: u32,
    field: Field,
}

/// Stands for "no provider" where a key would stand.
const PINNED: u32 = u32::MAX;

/// The value of each [`Field`], and which provider it came from. A value
/// without a provider was pinned by an administrator.
///
/// Most people have half of the fields, and a plan holds a person before and
/// after: only what is there is kept, in one shared list, sorted by field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes(Arc<[Attribute]>);

impl Attributes {
    /// The field's value.
    pub fn get(&self, field: Field) -> Option<&Text> {
        self.find(field).map(|attribute| &attribute.value)
    }

    /// The provider that supplied the field's value.
    pub fn provider(&self, field: Field) -> Option<ProviderKey> {
        let attribute = self.find(field)?;
        (attribute.provider != PINNED).then_some(ProviderKey(attribute.provider))
    }

    /// Sets value and provider of a field.
    pub fn set(&mut self, field: Field, value: Option<Text>, provider: Option<ProviderKey>) {
        let rest = self.iter().filter(|(other, ..)| *other != field);
        let mut values: Vec<_> = rest
            .map(|(field, value, provider)| (field, value.clone(), provider))
            .collect();
        if let Some(value) = value {
            values.push((field, value, provider));
        }
        *self = values.into_iter().collect();
    }

    /// What is there: field, value and provider, in the order of [`Field::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Field, &Text, Option<ProviderKey>)> {
        self.0.iter().map(|attribute| {
            let provider = (attribute.provider != PINNED).then_some(attribute.provider);
            (attribute.field, &attribute.value, provider.map(ProviderKey))
        })
    }

    /// How many fields have a value.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no field has a value.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn find(&self, field: Field) -> Option<&Attribute> {
        self.0.iter().find(|attribute| attribute.field == field)
    }
}

impl FromIterator<(Field, Text, Option<ProviderKey>)> for Attributes {
    /// Each field at most once, in any order.
    fn from_iter<I: IntoIterator<Item = (Field, Text, Option<ProviderKey>)>>(values: I) -> Self {
        let mut attributes: Vec<Attribute> = values
            .into_iter()
            .map(|(field, value, provider)| Attribute {
                value,
                provider: provider.map_or(PINNED, |provider| provider.0),
                field,
            })
            .collect();
        attributes.sort_by_key(|attribute| attribute.field);
        Attributes(attributes.into())
    }
}
