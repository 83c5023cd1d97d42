//! Where users are found by email and by id.

use std::borrow::Cow;

use crate::outcome::Inputs;
use crate::people::email;
use crate::people::keys::{Address, Addresses};
use crate::prepared::Prepared;
use crate::source::{IdTable, NO_ID, UserText};
use crate::state::Field;

use super::users::{NO_SLOT, Users};

/// One user under one email.
#[derive(Debug, Clone, Copy)]
struct Entry {
    slot: u32,
    exact: u32,
    next: u32,
}

/// Users by email.
///
/// A user is found by the emails of its records in sources that make users. An
/// email that came with a source that only attaches is no key: otherwise two
/// people would be joined by way of a third. Where no such record is left, the
/// email that the roster holds serves; so does one that was pinned.
#[derive(Debug, Default)]
pub(crate) struct Emails {
    first: Vec<u32>,
    entries: Vec<Entry>,
}

impl Emails {
    /// Adds a user under an email.
    pub(crate) fn add(&mut self, address: Address, slot: u32) {
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
        });
        self.first[email] = self.entries.len() as u32 - 1;
    }

    /// The users under an email without regard to case, each with whether it is
    /// the same to the letter. A user may come twice.
    pub(crate) fn find(&self, address: Address) -> impl Iterator<Item = (u32, bool)> {
        let first = self.first.get(address.folded as usize).copied();
        let mut next = first.unwrap_or(NO_ID);
        std::iter::from_fn(move || {
            let entry = self.entries.get(next as usize)?;
            next = entry.next;
            Some((entry.slot, entry.exact == address.exact))
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
        users: &Users<'_>,
        addresses: &mut Addresses,
    ) -> Emails {
        let mut emails = Emails::default();
        let mut found = vec![false; users.len()];
        for (prepared, slots) in all.iter().zip(slots) {
            if !prepared.creates() {
                continue;
            }
            for (slot, address) in slots.iter().zip(&prepared.addresses) {
                if *slot != NO_SLOT {
                    emails.add(*address, *slot);
                    found[*slot as usize] = true;
                }
            }
        }
        let attaches = |provider| {
            let mut sources = all.iter();
            sources.any(|source| source.provider.key == provider && !source.creates())
        };
        for (slot, user) in users.previous.iter().enumerate() {
            let provider = user.attributes.provider(Field::Email);
            if found[slot] || provider.is_some_and(attaches) {
                continue;
            }
            if let Some(Ok(email)) = user
                .attributes
                .get(Field::Email)
                .map(|email| email::read(email))
            {
                emails.add(addresses.intern(&email), slot as u32);
            }
        }
        for (user, field, value) in &inputs.decisions.pins {
            let slot = users.slot(*user).filter(|_| *field == Field::Email);
            if let (Some(slot), Ok(email)) = (slot, email::read(value)) {
                emails.add(addresses.intern(&email), slot);
            }
        }
        emails
    }
}

/// Users by some id that their directory records hold.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    ids: IdTable,
    /// (id, slot), sorted.
    holders: Vec<(u32, u32)>,
}

impl Ids {
    /// Users by the immutable ids of their directory records: the directory's
    /// own and those it names in `userIds`.
    pub(crate) fn of_directories(all: &[Prepared<'_>], slots: &[Vec<u32>]) -> Ids {
        Ids::collect(all, slots, |prepared, row, add| {
            let Some(user) = prepared.records.user(row) else {
                return;
            };
            add(&plain_id(user.id()));
            user.other_ids().for_each(|(_, id)| add(&plain_id(id)));
        })
    }

    /// Users by the ids of a SIS that their directory records hold: `identifier`
    /// and `userIds`.
    pub(crate) fn of_sis(all: &[Prepared<'_>], slots: &[Vec<u32>]) -> Ids {
        Ids::collect(all, slots, |prepared, row, add| {
            let Some(user) = prepared.records.user(row) else {
                return;
            };
            user.text(UserText::Identifier)
                .into_iter()
                .for_each(&mut *add);
            user.other_ids().for_each(|(_, id)| add(id));
        })
    }

    fn collect(
        all: &[Prepared<'_>],
        slots: &[Vec<u32>],
        visit: impl Fn(&Prepared<'_>, u32, &mut dyn FnMut(&str)),
    ) -> Ids {
        let mut index = Ids::default();
        let directories = all.iter().zip(slots).filter(|(one, _)| one.is_directory());
        for (prepared, slots) in directories {
            for (row, slot) in slots
                .iter()
                .enumerate()
                .filter(|(_, slot)| **slot != NO_SLOT)
            {
                visit(prepared, row as u32, &mut |id| {
                    if !id.is_empty() {
                        index.holders.push((index.ids.intern(id), *slot));
                    }
                });
            }
        }
        index.holders.sort_unstable();
        index.holders.dedup();
        index
    }

    /// Users by the local parts of their emails, in some domains.
    pub(crate) fn of_local_parts(
        emails: &Emails,
        addresses: &Addresses,
        domains: &[String],
    ) -> Ids {
        let mut index = Ids::default();
        for (email, slot) in emails.iter() {
            if let Some(local) = local_part(addresses.get(email), domains) {
                index.holders.push((index.ids.intern(local), slot));
            }
        }
        index.holders.sort_unstable();
        index.holders.dedup();
        index
    }

    /// The users who hold an id, each once.
    pub(crate) fn find(&self, id: &str) -> impl Iterator<Item = u32> {
        let id = self.ids.find(id).unwrap_or(NO_ID);
        let from = self.holders.partition_point(|(holder, _)| *holder < id);
        let rest = self.holders[from..].iter();
        rest.take_while(move |(holder, _)| *holder == id)
            .map(|(_, slot)| *slot)
    }
}

/// An immutable id as it is compared: GUIDs are written with and without
/// braces, in upper and lower case. Any other id is taken to the letter.
pub(crate) fn plain_id(id: &str) -> Cow<'_, str> {
    let bare = id.trim_matches(['{', '}']);
    let guid = bare.len() == 36
        && bare
            .bytes()
            .enumerate()
            .all(|(at, byte)| match [8, 13, 18, 23].contains(&at) {
                true => byte == b'-',
                false => byte.is_ascii_hexdigit(),
            });
    match guid {
        true => Cow::Owned(bare.to_ascii_lowercase()),
        false => Cow::Borrowed(id),
    }
}

/// Whether the type of a `userIds` entry names a directory whose ids are never
/// given twice.
pub(crate) fn names_directory(id_type: &str) -> bool {
    const DIRECTORIES: [&str; 14] = [
        "aad",
        "activedirectory",
        "ad",
        "adobjectguid",
        "azure",
        "azuread",
        "entra",
        "entraid",
        "google",
        "googleid",
        "ldap",
        "microsoft",
        "objectguid",
        "oid",
    ];
    let plain: String = id_type
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    DIRECTORIES.contains(&plain.as_str())
}

/// The local part of an email (folded), if its domain is among the allowed.
pub(crate) fn local_part<'e>(email: &'e str, domains: &[String]) -> Option<&'e str> {
    let (local, domain) = email.rsplit_once('@')?;
    let allowed = domains
        .iter()
        .any(|other| other.eq_ignore_ascii_case(domain));
    allowed.then_some(local)
}
