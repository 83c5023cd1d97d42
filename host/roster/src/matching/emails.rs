//! Where users are found by email.
//!
//! A user is found by the emails of its records in sources that make users. An
//! email that came with a source that only attaches is no key: otherwise two
//! people would be joined by way of a third.
//!
//! The email that the roster holds serves where no record says another: for
//! users who have left, and for those whose record is kept though it does not
//! count. As soon as such a user has a record again it serves no more; a later
//! run would not find it either. An email that was pinned serves always.

use crate::outcome::Inputs;
use crate::people::email;
use crate::people::keys::{Address, Addresses};
use crate::prepared::Prepared;
use crate::source::NO_ID;
use crate::state::{Field, Link, Rule};

use super::Matched;
use super::users::{NO_SLOT, Users};

/// One user under one email.
#[derive(Debug, Clone, Copy)]
struct Entry {
    slot: u32,
    exact: u32,
    next: u32,
    /// It is what the roster holds, not what a record says.
    stored: bool,
}

/// Users by email.
#[derive(Debug, Default)]
pub(crate) struct Emails {
    first: Vec<u32>,
    entries: Vec<Entry>,
    /// By slot of the roster's users, and of new ones who are archived.
    held: Vec<Held>,
}

/// What becomes of the email that the roster holds of a user.
#[derive(Debug, Clone, Copy, Default)]
struct Held {
    /// A record that does not count keeps it.
    kept: bool,
    /// A directory has or had the user.
    directory: bool,
    /// A SIS made the user.
    made_by_sis: bool,
    /// It serves no more.
    over: bool,
}

impl Held {
    /// A record of the user is there: does the roster's email go? A directory's
    /// user whom only a SIS has stays archived, as it was.
    fn goes(self, by_creator: bool) -> bool {
        !self.kept && (by_creator || self.made_by_sis || !self.directory)
    }
}

impl Emails {
    /// Adds a user under the email of a record.
    pub(crate) fn add(&mut self, address: Address, slot: u32) {
        self.push(address, slot, false);
    }

    /// Adds a new user who is archived, under the email that the roster will
    /// hold. A SIS makes such users.
    pub(crate) fn add_stored(&mut self, address: Address, slot: u32) {
        self.held.resize(slot as usize + 1, Held::default());
        self.held[slot as usize].made_by_sis = true;
        self.push(address, slot, true);
    }

    /// A record was linked to the user.
    pub(crate) fn linked(&mut self, slot: u32, by_creator: bool) {
        if let Some(held) = self.held.get_mut(slot as usize) {
            held.over |= held.goes(by_creator);
        }
    }

    fn push(&mut self, address: Address, slot: u32, stored: bool) {
        if address.is_none() {
            return;
        }
        let email = address.folded as usize;
        if self.first.len() <= email {
            self.first.resize(email + 1, NO_ID);
        }
        self.entries.push(Entry {
            slot,
            exact: address.exact,
            next: self.first[email],
            stored,
        });
        self.first[email] = self.entries.len() as u32 - 1;
    }

    /// The users under an email without regard to case, each with whether it is
    /// the same to the letter. A user may come twice.
    pub(crate) fn find(&self, address: Address) -> impl Iterator<Item = (u32, bool)> {
        let first = self.first.get(address.folded as usize).copied();
        let mut next = first.unwrap_or(NO_ID);
        let over = |entry: &Entry| {
            let held = self.held.get(entry.slot as usize);
            entry.stored && held.is_some_and(|held| held.over)
        };
        std::iter::from_fn(move || {
            loop {
                let entry = self.entries.get(next as usize)?;
                next = entry.next;
                if !over(entry) {
                    return Some((entry.slot, entry.exact == address.exact));
                }
            }
        })
    }

    /// Every email under which there are users: its number and a user.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, u32)> {
        (0..self.first.len() as u32).flat_map(|email| {
            let under = Address {
                exact: email,
                folded: email,
            };
            self.find(under).map(move |(slot, _)| (email, slot))
        })
    }

    /// The emails of users as they are before anyone is matched: by the links
    /// that hold (`slots`, by source and record).
    pub(crate) fn of(
        inputs: &Inputs<'_>,
        all: &[Prepared<'_>],
        slots: &[Vec<u32>],
        matched: &[Matched],
        users: &Users<'_>,
        addresses: &mut Addresses,
    ) -> Emails {
        let mut emails = Emails {
            held: held(all, matched, &inputs.previous.links, users),
            ..Emails::default()
        };
        for (prepared, slots) in all.iter().zip(slots) {
            for (slot, address) in slots.iter().zip(&prepared.addresses) {
                if *slot == NO_SLOT {
                    continue;
                }
                emails.linked(*slot, prepared.creates());
                if prepared.creates() {
                    emails.add(*address, *slot);
                }
            }
        }
        // A pin takes the place of what the roster holds.
        for (user, field, value) in &inputs.decisions.pins {
            let slot = users.slot(*user).filter(|_| *field == Field::Email);
            let Some(slot) = slot else {
                continue;
            };
            emails.held[slot as usize].over = true;
            if let Ok(email) = email::read(value) {
                emails.add(addresses.intern(&email), slot);
            }
        }
        let attaches = |provider| {
            let mut sources = all.iter();
            sources.any(|source| source.provider.key == provider && !source.creates())
        };
        for (slot, user) in users.previous.iter().enumerate() {
            let provider = user.attributes.provider(Field::Email);
            if emails.held[slot].over || provider.is_some_and(attaches) {
                continue;
            }
            let email = user.attributes.get(Field::Email);
            if let Some(Ok(email)) = email.map(|email| email::read(email)) {
                emails.push(addresses.intern(&email), slot as u32, true);
            }
        }
        emails
    }
}

/// What is known of the email that the roster holds, by slot.
fn held(all: &[Prepared<'_>], matched: &[Matched], links: &[Link], users: &Users<'_>) -> Vec<Held> {
    let mut held = vec![Held::default(); users.previous.len()];
    let keeps = |slot: u32, link: &Link| {
        let provider = users.previous[slot as usize]
            .attributes
            .provider(Field::Email);
        provider == Some(link.origin.provider)
    };
    for (prepared, matched) in all.iter().zip(matched) {
        for (place, link) in prepared.links.iter().enumerate() {
            let slot = users.slot(link.user);
            let Some(slot) = slot.filter(|_| !matched.dissolved[place]) else {
                continue;
            };
            let held = &mut held[slot as usize];
            held.kept |= matched.held[place] && keeps(slot, link);
            held.directory |= prepared.is_directory();
            held.made_by_sis |= !prepared.is_directory() && link.rule == Rule::Created;
        }
    }
    let known = |link: &Link| {
        let mut providers = all.iter().map(|prepared| prepared.provider.key);
        providers.any(|key| key == link.origin.provider)
    };
    for by_provider in links.chunk_by(|a, b| a.origin.provider == b.origin.provider) {
        if by_provider.first().is_none_or(known) {
            continue;
        }
        for link in by_provider.iter().filter(|link| link.present) {
            if let Some(slot) = users.slot(link.user) {
                held[slot as usize].kept |= keeps(slot, link);
            }
        }
    }
    held
}
