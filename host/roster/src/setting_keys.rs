//! Setting keys: how an operator writes what [`crate::settings`] means, as in
//! `--set merge-priority=80`.
//!
//! One table, [`KEYS`], says for each key what it does, what it accepts and
//! what it is when nobody set it; the command's help and the documentation are
//! made from it. The module knows nothing of where settings are kept, and of an
//! adapter's own settings only that there are some: a key that is not in the
//! table gives [`SettingError::Unknown`], and the caller asks the manifest.

mod error;
mod keys;
mod validate;
mod value;

use std::fmt::Write;

use serde::{Deserialize, Serialize};

pub use error::{SettingError, nearest};
pub use keys::KEYS;
pub use validate::{free_priority, validate};

use crate::settings::Settings;

/// The settings that reading uses and reconciling does not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ReadSettings {
    /// `sis`: the preset of the adapter's manifest. None: the adapter's first.
    pub sis: Option<String>,
    /// `compatibility`: ask the server for plain pages only, and narrow here.
    pub compatibility: bool,
    /// `page-size`: records a page, 1 to 50,000. None: the adapter's choice.
    pub page_size: Option<u32>,
    /// `concurrency`: requests in flight at once at the source, 1 to 64. None:
    /// the adapter's choice.
    pub concurrency: Option<u32>,
    /// `full-read-days`: days between two full reads, 0 to 90. None: the
    /// adapter's choice.
    pub full_read_days: Option<u32>,
    /// `requests-per-minute`, 1 to 60,000. None: the adapter's choice.
    pub requests_per_minute: Option<u32>,
}

/// A key: what people are told about it, and how it is read and written.
#[derive(Debug)]
pub struct KeyDoc {
    /// The key, such as `merge-priority`.
    pub key: &'static str,
    /// What it does, in a sentence or two.
    pub help: &'static str,
    /// What it accepts.
    pub values: &'static str,
    /// Its value when nobody set it; may be empty.
    pub default: &'static str,
    /// Reads a value. On an error nothing has changed.
    set: fn(&mut Settings, &mut ReadSettings, &str) -> Result<(), String>,
    /// Writes the value so that `set` reads the same back.
    get: fn(&Settings, &ReadSettings) -> String,
}

/// Sets one key. An empty value empties a list, and returns `sis`, `page-size`,
/// `concurrency`, `full-read-days` and `requests-per-minute` to the adapter's own
/// choice.
///
/// # Errors
/// [`SettingError::Unknown`] for a key that is not in [`KEYS`], which may be
/// one of the adapter's own; [`SettingError::Invalid`] for a value that the key
/// does not accept. Nothing has changed then.
pub fn apply(
    settings: &mut Settings,
    read: &mut ReadSettings,
    key: &str,
    value: &str,
) -> Result<(), SettingError> {
    let Some(doc) = KEYS.iter().find(|doc| doc.key == key) else {
        return Err(SettingError::Unknown {
            key: value::shown(key),
            suggestion: nearest(key, KEYS.iter().map(|doc| doc.key)),
        });
    };
    (doc.set)(settings, read, value.trim()).map_err(|problem| SettingError::Invalid {
        key: doc.key,
        value: value::shown(value),
        problem,
        accepted: doc.values.to_owned(),
    })
}

/// Every key with its value, in the order of [`KEYS`]. Applied to the defaults
/// they give the same settings back, but for excluded schools, which are no
/// key.
pub fn all(settings: &Settings, read: &ReadSettings) -> Vec<(&'static str, String)> {
    KEYS.iter()
        .map(|doc| (doc.key, (doc.get)(settings, read)))
        .collect()
}

/// The keys as plain text, for a command's help.
pub fn help() -> String {
    let mut text = String::new();
    for doc in KEYS {
        let default = match doc.default {
            "" => "empty",
            value => value,
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "  {}\n      {}\n      Accepts {}; default: {default}",
            doc.key, doc.help, doc.values
        );
    }
    text
}

/// The keys as a table in Markdown.
pub fn markdown() -> String {
    let mut text = String::from("| key | accepts | default | what it does |\n|---|---|---|---|\n");
    for doc in KEYS {
        let default = match doc.default {
            "" => "(empty)".to_owned(),
            value => format!("`{value}`"),
        };
        let _ = writeln!(
            text,
            "| `{}` | {} | {default} | {} |",
            doc.key, doc.values, doc.help
        );
    }
    text
}

#[cfg(test)]
mod tests;
