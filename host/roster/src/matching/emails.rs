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

use std::collections::HashMap;

use crate::outcome::Inputs;
use crate::people::email;
use crate::people::keys::{Address, Addresses};
use crate::prepared::{Prepared, links_of_others};
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
    /// Emails that administrators pinned, by slot.
    pinned: HashMap<u32, Address>,
}

/// What becomes of the email that the roster holds of a user.
#[derive(Debug, Clone, Copy, Default)]
struct Held {
    /// A record that does not count keeps it.
    kept: bool,
    /// How many links to directories the user has, with and without record.
    directory: u16,
    /// How many records of a SIS made the user.
    made_by_sis: u16,
    /// A record that counts is the user.
    linked: bool,
    /// A record of a source that makes users is the user.
    by_creator: bool,
    /// It serves no more.
    over: bool,
}

impl Held {
    /// Counts a link in or out.
    fn count(&mut self, link: &Link, of_directory: bool, by: fn(u16, u16) -> u16) {
        let made = !of_directory && link.rule == Rule::Created;
        self.directory = by(self.directory, u16::from(of_directory));
        self.made_by_sis = by(self.made_by_sis, u16::from(made));
    }

    /// Once a record is there, the roster's email goes. But a directory's user
    /// whom only a SIS has stays archived, as it was.
    fn settle(&mut self) {
        let restored = self.by_creator || self.made_by_sis > 0 || self.directory == 0;
        self.over |= !self.kept && self.linked && restored;
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
        self.held[slot as usize].made_by_sis = 1;
        self.push(address, slot, true);
    }

    /// A record was linked to the user.
    pub(crate) fn linked(&mut self, slot: u32, by_creator: bool) {
        if let Some(held) = self.held.get_mut(slot as usize) {
            held.linked = true;
            held.by_creator |= by_creator;
            held.settle();
        }
    }

    /// A link left the user for another one.
    pub(crate) fn moved(&mut self, slot: u32, link: &Link, from_directory: bool) {
        if let Some(held) = self.held.get_mut(slot as usize) {
            held.count(link, from_directory, u16::saturating_sub);
            held.settle();
        }
    }

    /// The email that an administrator pinned.
    pub(crate) fn pinned(&self, slot: u32) -> Option<Address> {
        self.pinned.get(&slot).copied()
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
            held: held(all, slots, matched, &inputs.previous.links, users),
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
            let address = match email::read(value) {
                Ok(email) => addresses.intern(&email),
                Err(_) => Address::NONE,
            };
            emails.pinned.insert(slot, address);
            emails.add(address, slot);
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
fn held(
    all: &[Prepared<'_>],
    slots: &[Vec<u32>],
    matched: &[Matched],
    links: &[Link],
    users: &Users<'_>,
) -> Vec<Held> {
    let mut held = vec![Held::default(); users.previous.len()];
    let keeps = |slot: u32, link: &Link| {
        let provider = users.previous[slot as usize]
            .attributes
            .provider(Field::Email);
        provider == Some(link.origin.provider)
    };
    for ((prepared, slots), matched) in all.iter().zip(slots).zip(matched) {
        for (place, link) in prepared.links.iter().enumerate() {
            let slot = users.slot(link.user);
            let Some(slot) = slot.filter(|_| !matched.dissolved[place]) else {
                continue;
            };
            // A match by hand may have moved it already.
            let now = slots.get(prepared.user_of[place] as usize);
            if now.is_some_and(|now| *now != NO_SLOT && *now != slot) {
                continue;
            }
            let held = &mut held[slot as usize];
            held.kept |= matched.held[place] && keeps(slot, link);
            held.count(link, prepared.is_directory(), u16::saturating_add);
        }
    }
    for link in links_of_others(all, links) {
        if let Some(slot) = users.slot(link.user) {
            held[slot as usize].kept |= keeps(slot, link);
        }
    }
    held
}
