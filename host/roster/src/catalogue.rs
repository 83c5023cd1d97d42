//! The catalogue: what each code means, who mends it and how.
//!
//! Findings, holds and failed runs carry a code and a sentence about the case;
//! what holds of every case stands here, once, and the documentation is made
//! from it. Remedies are for the person who is meant to act, who need not be a
//! programmer. Adapters may use codes of their own; those are not here.

mod adapters;
mod calls;
mod csv;
mod entry;
mod files;
mod guards;
mod pages;
mod people;
mod records;
mod runs;

#[cfg(test)]
mod tests;

use std::fmt::Write;
use std::sync::LazyLock;

use hashbrown::HashMap;

pub use entry::{Entry, Group, Owner};

use crate::finding::Effect;

/// All entries, group by group.
static TABLES: [&[Entry]; 9] = [
    records::ENTRIES,
    people::ENTRIES,
    pages::ENTRIES,
    csv::ENTRIES,
    calls::ENTRIES,
    files::ENTRIES,
    guards::ENTRIES,
    runs::ENTRIES,
    adapters::ENTRIES,
];

/// What the catalogue says of a code; nothing for one that an adapter made up.
pub fn find(code: &str) -> Option<&'static Entry> {
    static BY_CODE: LazyLock<HashMap<&'static str, &'static Entry>> =
        LazyLock::new(|| all().map(|entry| (entry.code, entry)).collect());
    BY_CODE.get(code).copied()
}

/// Every entry, group by group.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    TABLES.into_iter().flatten()
}

/// The catalogue as a page of documentation.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Findings, holds and failures\n\n\
         Every finding, every held run and every failed run has a code. This page says what each \
         one means, who can mend it and how. It is made from the catalogue in \
         `host/roster/src/catalogue`; change it there.\n\n\
         **Severity.** *Fatal*: the run stopped. *Error*: something was left out. *Warning*: it was \
         used, or left aside, and somebody should look. *Info*: nothing is wrong.\n\n\
         **Count.** What it does to its record in received = imported + skipped + failed.\n\n\
         **Owner.** Who can mend it. *District*: the people who run the SIS and the integration. \
         *Vendor*: whoever makes the SIS or the adapter. *Platform*: whoever runs Homeroom.\n",
    );
    for group in Group::ALL {
        // Writing to a String cannot fail.
        let _ = write!(page, "\n## {}\n\n{}\n", group.title(), group.introduction());
        for entry in all().filter(|entry| entry.group == group) {
            let _ = write!(
                page,
                "\n### `{}`\n\n**{}.** {}{}; owner: {}.\n\n{}\n\n*What to do:* {}\n\n```text\n{}\n```\n",
                entry.code,
                entry.title,
                capitalised(entry.severity.name()),
                counted(entry),
                entry.owner.name(),
                entry.cause,
                entry.remedy,
                entry.example
            );
        }
    }
    page
}

/// How the entry's record is counted, where there is a record.
fn counted(entry: &Entry) -> &'static str {
    match (entry.group.is_about_records(), entry.effect) {
        (false, _) => "",
        (true, Effect::Kept) => "; imported",
        (true, Effect::Skipped) => "; skipped",
        (true, Effect::Failed) => "; failed",
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
