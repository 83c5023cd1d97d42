//! Which imports an adapter gets, which it gets as an empty shell, and which
//! keep it out. The list of imports is the list of capabilities.

use serde::{Deserialize, Serialize};

/// One import of a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Such as `wasi:http/outgoing-handler@0.2.6`.
    pub name: String,
    /// What the host does about it.
    pub class: ImportClass,
}

/// What the host does about an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImportClass {
    /// It works, within policy and limits.
    Granted,
    /// It is present because language runtimes ask for it, and does nothing:
    /// no environment, no arguments, no input, no terminal, no files, no
    /// sockets; output goes to the run's log; random numbers follow from the
    /// run's start.
    Inert,
    /// The host does not have it.
    Refused,
}

const GRANTED: [&str; 11] = [
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:http/outgoing-handler",
    "wasi:http/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "homeroom:sis/files",
    "homeroom:sis/log",
    "homeroom:sis/roster",
    "homeroom:sis/storage",
];

const INERT: [&str; 5] = [
    "wasi:cli/",
    "wasi:clocks/timezone",
    "wasi:filesystem/",
    "wasi:random/",
    "wasi:sockets/",
];

pub(super) fn classify(names: &[String]) -> Vec<Import> {
    let mut imports: Vec<_> = names
        .iter()
        .map(|name| Import {
            name: name.clone(),
            class: class(name),
        })
        .collect();
    imports.sort_by(|a, b| a.name.cmp(&b.name));
    imports
}

fn class(name: &str) -> ImportClass {
    let Some((interface, version)) = name.split_once('@') else {
        return ImportClass::Refused;
    };
    let known_version = match interface.split_once(':') {
        Some(("wasi", _)) => version.starts_with("0.2."),
        Some(("homeroom", _)) => version == "0.1.0",
        _ => false,
    };
    if !known_version {
        ImportClass::Refused
    } else if GRANTED.contains(&interface) {
        ImportClass::Granted
    } else if INERT.iter().any(|prefix| interface.starts_with(prefix)) {
        ImportClass::Inert
    } else {
        ImportClass::Refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_import_has_its_class() {
        for (name, expected) in [
            ("wasi:http/outgoing-handler@0.2.6", ImportClass::Granted),
            ("wasi:io/streams@0.2.12", ImportClass::Granted),
            ("homeroom:sis/storage@0.1.0", ImportClass::Granted),
            ("homeroom:sis/storage@0.2.0", ImportClass::Refused),
            ("wasi:cli/environment@0.2.0", ImportClass::Inert),
            ("wasi:random/random@0.2.9", ImportClass::Inert),
            ("wasi:sockets/tcp@0.2.6", ImportClass::Inert),
            ("wasi:filesystem/types@0.2.6", ImportClass::Inert),
            ("wasi:http/incoming-handler@0.2.6", ImportClass::Refused),
            ("wasi:http/types@0.3.0", ImportClass::Refused),
            ("wasi:keyvalue/store@0.2.0", ImportClass::Refused),
            ("evil:host/exec@0.1.0", ImportClass::Refused),
            ("exec", ImportClass::Refused),
        ] {
            assert_eq!(class(name), expected, "{name}");
        }
    }
}
