//! Typed access to a connection's settings.
//!
//! The manifest declares the settings and their defaults; the host fills them
//! in. A value that cannot be used becomes [`Failure::InvalidSetting`], which
//! names the key, so that the person who configured it sees which one.

use std::str::FromStr;

use crate::{Connection, Failure};

/// The settings of one connection.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a>(&'a [(String, String)]);

impl<'a> Settings<'a> {
    /// The settings of `connection`.
    pub fn of(connection: &'a Connection) -> Self {
        Self(&connection.settings)
    }

    /// The value of `key`, blanks at both ends trimmed; none if it is missing or
    /// blank.
    pub fn get(&self, key: &str) -> Option<&'a str> {
        self.0
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The value of `key`, which must be there.
    ///
    /// # Errors
    /// [`Failure::InvalidSetting`] if it is missing or blank.
    pub fn text(&self, key: &str) -> Result<&'a str, Failure> {
        self.get(key)
            .ok_or_else(|| invalid(key, "is missing; it needs a value".to_owned()))
    }

    /// The value of `key` as yes or no, or `default` where it is missing.
    ///
    /// # Errors
    /// [`Failure::InvalidSetting`] if it is neither.
    pub fn bool(&self, key: &str, default: bool) -> Result<bool, Failure> {
        match self.get(key) {
            None => Ok(default),
            Some("true" | "yes" | "1") => Ok(true),
            Some("false" | "no" | "0") => Ok(false),
            Some(other) => Err(invalid(key, format!("is `{other}`; use true or false"))),
        }
    }

    /// The value of `key` as a number, or `default` where it is missing.
    ///
    /// # Errors
    /// [`Failure::InvalidSetting`] if it is not a number of the type `T`.
    pub fn number<T: FromStr>(&self, key: &str, default: T) -> Result<T, Failure> {
        match self.get(key) {
            None => Ok(default),
            Some(text) => text
                .parse()
                .map_err(|_| invalid(key, format!("is `{text}`, which is not a usable number"))),
        }
    }

    /// The value of `key`, which must be one of `choices`, or `default` where it
    /// is missing.
    ///
    /// # Errors
    /// [`Failure::InvalidSetting`] if it is none of them.
    pub fn choice(
        &self,
        key: &str,
        choices: &[&str],
        default: &'a str,
    ) -> Result<&'a str, Failure> {
        match self.get(key) {
            None => Ok(default),
            Some(value) if choices.contains(&value) => Ok(value),
            Some(other) => Err(invalid(
                key,
                format!("is `{other}`; use one of {}", choices.join(", ")),
            )),
        }
    }
}

/// A failure that names a setting and says what is wrong with it.
pub fn invalid(key: &str, problem: String) -> Failure {
    Failure::InvalidSetting((key.to_owned(), problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(settings: &[(&str, &str)]) -> Connection {
        Connection {
            endpoint: "https://sis.example.org".to_owned(),
            settings: settings
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    #[test]
    fn a_missing_or_blank_setting_gives_the_default() {
        let connection = connection(&[("blank", "  ")]);
        let settings = Settings::of(&connection);
        assert_eq!(settings.bool("blank", true), Ok(true));
        assert_eq!(settings.number("absent", 7), Ok(7));
        assert_eq!(settings.choice("absent", &["a"], "a"), Ok("a"));
    }

    #[test]
    fn an_unusable_setting_is_named() {
        let connection = connection(&[("n", "many"), ("b", "maybe"), ("c", "z")]);
        let settings = Settings::of(&connection);
        for failure in [
            settings.number::<u32>("n", 1).map(|_| ()),
            settings.bool("b", false).map(|_| ()),
            settings.choice("c", &["x", "y"], "x").map(|_| ()),
            settings.text("absent").map(|_| ()),
        ] {
            assert!(
                matches!(failure, Err(Failure::InvalidSetting(_))),
                "{failure:?}"
            );
        }
    }
}
