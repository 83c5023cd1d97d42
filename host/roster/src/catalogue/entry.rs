//! What an entry of the catalogue is made of.

use serde::Serialize;

use crate::finding::{Effect, Severity};

/// Who can mend what a code is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// The people who run the SIS and the integration.
    District,
    /// Whoever makes the SIS or the adapter.
    Vendor,
    /// Whoever runs Homeroom.
    Platform,
}

impl Owner {
    /// The owner's name, such as `district`.
    pub fn name(self) -> &'static str {
        match self {
            Owner::District => "district",
            Owner::Vendor => "vendor",
            Owner::Platform => "platform",
        }
    }
}

/// What a code is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// Records beside other records and the settings.
    Records,
    /// People and whom they are matched with.
    People,
    /// Rows as they come from the source.
    Pages,
    /// Calls of the adapter and the source behind it.
    Calls,
    /// Guards.
    Guards,
    /// Runs and the store.
    Runs,
    /// Adapters' files.
    Adapters,
}

impl Group {
    /// All groups, in the order of the page.
    pub(super) const ALL: [Group; 7] = [
        Group::Records,
        Group::People,
        Group::Pages,
        Group::Calls,
        Group::Guards,
        Group::Runs,
        Group::Adapters,
    ];

    /// The group's heading.
    pub(super) fn title(self) -> &'static str {
        match self {
            Group::Records => "Records",
            Group::People => "People and matching",
            Group::Pages => "What the source sends",
            Group::Calls => "Talking to the source",
            Group::Guards => "Held runs",
            Group::Runs => "Runs and storage",
            Group::Adapters => "Adapters",
        }
    }

    /// The group in a sentence.
    pub(super) fn introduction(self) -> &'static str {
        match self {
            Group::Records => {
                "Orgs, sessions, courses, classes and enrollments, seen beside each other and the settings."
            }
            Group::People => {
                "Why a person was left out or is no user of the platform, and what to look at though they are."
            }
            Group::Pages => {
                "Rows and pages as the source sent them, and directory files. A value that was repaired or dropped leaves the rest of its record in use."
            }
            Group::Calls => {
                "Why reading stopped. Such a run fails and changes nothing; what was read is kept, and the next `sync` goes on from there where it can."
            }
            Group::Guards => {
                "Why a run waits for a person. Look at it with `homeroom run show RUN`, then use `homeroom run approve RUN` or `homeroom run discard RUN`."
            }
            Group::Runs => "What ends a run, or keeps it from starting.",
            Group::Adapters => "What keeps an adapter from being installed, approved or run.",
        }
    }

    /// Whether findings of the group move a record's count.
    pub(super) fn is_about_records(self) -> bool {
        matches!(self, Group::Records | Group::People | Group::Pages)
    }
}

/// What the catalogue says of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The code, in kebab-case. It never changes its meaning.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it does to its record; `Kept` where there is none.
    pub effect: Effect,
    /// Who mends it.
    pub owner: Owner,
    /// What it is about.
    pub group: Group,
    /// A few words, without a full stop.
    pub title: &'static str,
    /// What happened.
    pub cause: &'static str,
    /// What the owner can do.
    pub remedy: &'static str,
    /// A line as it may stand in a run's log.
    pub example: &'static str,
}

/// A table of entries: per line severity, effect and owner, then the texts.
macro_rules! entries {
    ($group:ident; $(
        $code:literal $severity:ident $effect:ident $owner:ident $title:literal
            because $cause:literal
            do $remedy:literal
            like $example:literal
    )*) => {
        use super::entry::{Entry, Group, Owner};
        use crate::finding::{Effect, Severity};

        pub(super) static ENTRIES: &[Entry] = &[$(Entry {
            code: $code,
            severity: Severity::$severity,
            effect: Effect::$effect,
            owner: Owner::$owner,
            group: Group::$group,
            title: $title,
            cause: $cause,
            remedy: $remedy,
            example: $example,
        }),*];
    };
}
pub(super) use entries;
