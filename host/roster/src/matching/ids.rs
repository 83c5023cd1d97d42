//! Where users are found by an id, or by the local part of an email.

use std::borrow::Cow;

use super::emails::Emails;
use super::users::NO_SLOT;
use crate::people::keys::Addresses;
use crate::prepared::Prepared;
use crate::source::{IdTable, NO_ID, UserText};

/// An id that more users hold than this is a placeholder, such as `0`.
const CROWD: usize = 64;

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

    /// The users who hold an id, each once; nobody if so many do that it
    /// identifies none of them.
    pub(crate) fn find(&self, id: &str) -> impl Iterator<Item = u32> {
        let id = self.ids.find(id).unwrap_or(NO_ID);
        let from = self.holders.partition_point(|(holder, _)| *holder < id);
        let rest = &self.holders[from..];
        let crowded = rest.get(CROWD).is_some_and(|(holder, _)| *holder == id);
        let rest = if crowded { &[] } else { rest };
        rest.iter()
            .take_while(move |(holder, _)| *holder == id)
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
