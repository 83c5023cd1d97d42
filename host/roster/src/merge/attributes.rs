//! What one record says about one field.

use std::borrow::Cow;

use crate::people::email;
use crate::prepared::Prepared;
use crate::record::Role;
use crate::settings::{PhoneColumn, StudentId};
use crate::source::{UserText, UserView};
use crate::state::{Field, Roles};

/// The record's value for a field, if it has one that can be used.
pub(super) fn value<'a>(
    prepared: &Prepared<'a>,
    user: UserView<'a>,
    roles: Roles,
    field: Field,
) -> Option<Cow<'a, str>> {
    let settings = &prepared.provider.settings;
    let plain = |text| user.text(text).filter(|value| !email::is_masked(value));
    let value = match field {
        Field::GivenName => plain(UserText::GivenName),
        Field::FamilyName => plain(UserText::FamilyName),
        Field::MiddleName => plain(UserText::MiddleName),
        Field::PreferredGivenName => plain(UserText::PreferredGivenName),
        Field::PreferredFamilyName => plain(UserText::PreferredFamilyName),
        Field::Username => plain(UserText::Username),
        Field::Email => {
            let email = email::read(user.text(UserText::Email)?).ok()?;
            return Some(email.written);
        }
        Field::Identifier => {
            let student = roles.contains(Role::Student) && !prepared.is_directory();
            match student && settings.student_id == StudentId::SourcedId {
                true => Some(user.id()),
                false => plain(UserText::Identifier),
            }
        }
        // The number of the chosen column is what people are called at. By
        // the setting `phone` it is a home number, with which nobody logs in.
        Field::Sms => match settings.phone {
            PhoneColumn::Sms => plain(UserText::Sms),
            PhoneColumn::Phone => None,
        },
        Field::Phone => match settings.phone {
            PhoneColumn::Sms => plain(UserText::Phone),
            PhoneColumn::Phone => plain(UserText::Phone).or(plain(UserText::Sms)),
        },
        Field::Language => plain(UserText::Language),
        Field::Grades => plain(UserText::Grades),
    };
    value.map(Cow::Borrowed)
}

/// Email and phone numbers, which a setting may leave to the platform.
pub(super) fn is_contact(field: Field) -> bool {
    matches!(field, Field::Email | Field::Sms | Field::Phone)
}
