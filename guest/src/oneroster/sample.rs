//! What a few users show about all of them: fields that the source hides, and
//! emails that are missing.

use crate::roster::User;

/// A field of a user.
type Field = fn(&User) -> Option<&str>;

/// Lines for the person who sets up the connection.
pub(crate) fn notes(users: &[User]) -> Vec<String> {
    let fields: [(&str, Field); 4] = [
        ("email", |user| user.email.as_deref()),
        ("givenName", |user| user.given_name.as_deref()),
        ("familyName", |user| user.family_name.as_deref()),
        ("username", |user| user.username.as_deref()),
    ];
    let of = users.len();
    let mut notes = Vec::new();
    for (name, value) in fields {
        let masked = users.iter().filter_map(value).filter(|v| is_masked(v));
        let masked = masked.count();
        if masked > 0 {
            notes.push(format!(
                "The SIS hides {name} in {masked} of the first {of} users (DataGuard or a privacy setting); nobody is matched by a hidden value."
            ));
        }
    }
    let without = users.iter().filter(|user| user.email.is_none()).count();
    if without > 0 {
        notes.push(format!(
            "{without} of the first {of} users have no email, by which people are matched."
        ));
    }
    notes
}

/// Whether a value is hidden by the source, such as `****` or `xxxx@xxxx.xxx`.
/// The host has the last word on this, over all records.
fn is_masked(value: &str) -> bool {
    let mask = |c: char| matches!(c, '*' | '•' | 'x' | 'X' | '#');
    value.starts_with(mask)
        && value.chars().filter(|c| mask(*c)).count() >= 3
        && value.chars().all(|c| mask(c) || "@.- ".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_values_are_told_from_names() {
        for hidden in ["****", "xxxx@xxxx.xxx", "***@***.***", "####"] {
            assert!(is_masked(hidden), "{hidden}");
        }
        for shown in ["Xi", "xavier@x.org", "", "**", "O'Brien"] {
            assert!(!is_masked(shown), "{shown}");
        }
    }
}
