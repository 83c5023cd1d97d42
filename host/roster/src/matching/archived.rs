//! With `archived-students` `import`, people whom the source deleted become
//! archived users.
//!
//! One becomes a user only if nobody else has the email: a person whom the
//! source deleted and sent anew under another id is not to be there twice.

use std::collections::HashSet;

use super::users::{Made, Users};
use super::{Evidence, MadeLink, Matched};
use crate::outcome::Inputs;
use crate::people::email;
use crate::people::keys::{Address, Addresses};
use crate::people::kinds::Kinds;
use crate::prepared::Prepared;
use crate::scope::UserScope;
use crate::settings::ArchivedStudents;
use crate::source::{UserText, UserView};
use crate::state::{Field, Rule};

/// Makes the users, and tells of each with its email and slot. It is asked when
/// everybody is matched who can be.
pub(super) fn import(
    inputs: &Inputs<'_>,
    all: &[Prepared<'_>],
    sources: &mut [Matched],
    users: &mut Users<'_>,
    addresses: &mut Addresses,
) -> Vec<(Address, u32)> {
    let imports = |prepared: &Prepared<'_>| {
        let setting = prepared.provider.settings.archived_students;
        !prepared.is_directory() && prepared.creates() && setting == ArchivedStudents::Import
    };
    let mut made = Vec::new();
    if !all.iter().any(imports) {
        return made;
    }
    let mut known = known(inputs, all, users, addresses);
    for (own, prepared) in all.iter().enumerate().filter(|(_, one)| imports(one)) {
        let links = &mut sources[own].links;
        let linked: HashSet<u32> = links.iter().map(|link| link.row).collect();
        let is_linked = |row: u32| linked.contains(&row) || prepared.link(row).is_some();
        let deleted: Vec<(u32, UserView<'_>)> = (0..prepared.link_of.len() as u32)
            .filter(|row| prepared.scope.users[*row as usize] == UserScope::Deleted)
            .filter_map(|row| Some((row, prepared.records.user(row)?)))
            .collect();
        for (_, user) in deleted.iter().filter(|(row, _)| is_linked(*row)) {
            known.insert(address(user.text(UserText::Email), addresses).folded);
        }
        for (row, user) in deleted.into_iter().filter(|(row, _)| !is_linked(*row)) {
            let address = address(user.text(UserText::Email), addresses);
            if !address.is_none() && !known.insert(address.folded) {
                continue;
            }
            let slot = users.make(Made {
                source: own,
                row,
                kinds: Kinds::of(prepared.scope.roles[row as usize]),
            });
            links.push(MadeLink {
                row,
                slot,
                rule: Rule::Created,
                evidence: Evidence::None,
                present: false,
            });
            made.push((address, slot));
        }
    }
    made
}

/// The emails that somebody has: a record that counts, or a user of whom no
/// record is left.
fn known(
    inputs: &Inputs<'_>,
    all: &[Prepared<'_>],
    users: &Users<'_>,
    addresses: &mut Addresses,
) -> HashSet<u32> {
    let records = all.iter().flat_map(|prepared| &prepared.addresses);
    let mut known: HashSet<u32> = records.map(|address| address.folded).collect();
    let mut pinned = HashSet::new();
    let pins = inputs.decisions.pins.iter();
    for (user, _, value) in pins.filter(|(_, field, _)| *field == Field::Email) {
        pinned.insert(*user);
        known.insert(address(Some(value), addresses).folded);
    }
    for (slot, user) in users.previous.iter().enumerate() {
        if users.named_by(slot as u32).is_none() && !pinned.contains(&user.key) {
            let email = user.attributes.get(Field::Email);
            known.insert(address(email.map(|email| &**email), addresses).folded);
        }
    }
    known
}

fn address(email: Option<&str>, addresses: &mut Addresses) -> Address {
    match email.map(email::read) {
        Some(Ok(email)) => addresses.intern(&email),
        _ => Address::NONE,
    }
}
