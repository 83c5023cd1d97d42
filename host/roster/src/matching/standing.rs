//! The links that stand before anyone is matched: those of the roster that are
//! still good, and those made by hand.

use super::decided::Decided;
use super::users::{NO_SLOT, Users};
use super::{MadeLink, Matched};
use crate::people::email;
use crate::people::kinds::Kinds;
use crate::people::names::Names;
use crate::prepared::Prepared;
use crate::source::UserText;
use crate::state::{Field, Link, Rule, User};

/// What stands of one source.
pub(super) struct Standing {
    pub(super) matched: Matched,
    /// Users of the source whose id belonged to someone of another name who
    /// left, sorted.
    pub(super) id_reused: Vec<u32>,
}

/// The links of one source that stand. `held` are links that stay present
/// though their record does not count.
pub(super) fn standing(
    prepared: &Prepared<'_>,
    decided: &Decided,
    held: Vec<bool>,
    users: &Users<'_>,
) -> Standing {
    let mut slots = vec![NO_SLOT; prepared.link_of.len()];
    let mut links = Vec::new();
    let mut dissolved = vec![false; prepared.links.len()];
    let mut id_reused = Vec::new();
    for row in 0..slots.len() as u32 {
        if !prepared.in_scope(row) {
            continue;
        }
        let link = prepared.link(row);
        if let Some(slot) = decided.matched.get(&row) {
            slots[row as usize] = *slot;
            let known = link.is_some_and(|link| {
                link.rule == Rule::Manual && users.slot(link.user) == Some(*slot)
            });
            if !known {
                links.push(MadeLink {
                    row,
                    slot: *slot,
                    rule: Rule::Manual,
                    evidence: None,
                    present: true,
                });
            }
            continue;
        }
        let slot = link.and_then(|link| users.slot(link.user));
        let (Some(link), Some(slot)) = (link, slot) else {
            continue;
        };
        if decided.never.contains(&(row, slot)) {
            dissolved[prepared.link_of[row as usize] as usize] = true;
        } else if id_is_reused(prepared, row, link, &users.previous[slot as usize]) {
            id_reused.push(row);
        } else {
            slots[row as usize] = slot;
        }
    }
    Standing {
        matched: Matched {
            slots,
            links,
            dissolved,
            held,
            lone: Vec::new(),
        },
        id_reused,
    }
}

/// Whether the id came back with another person: the link was without a record,
/// and neither name nor email is that of the user who left.
fn id_is_reused(prepared: &Prepared<'_>, row: u32, link: &Link, user: &User) -> bool {
    let Some(record) = prepared.records.user(row).filter(|_| !link.present) else {
        return false;
    };
    let contradict = Names::from(record).contradict(&Names::from(&user.attributes));
    contradict && !same_email(record.text(UserText::Email), user)
}

fn same_email(field: Option<&str>, user: &User) -> bool {
    let known = user.attributes.get(Field::Email);
    match (
        field.map(email::read),
        known.map(|known| email::read(known)),
    ) {
        (Some(Ok(one)), Some(Ok(other))) => one.folded == other.folded,
        _ => false,
    }
}

/// Counts who holds which user, then takes apart what an administrator wants
/// apart: a record keeps its user only if nobody else holds it.
pub(super) fn settle(
    all: &[Prepared<'_>],
    decided: &[Decided],
    standing: &mut [Standing],
    users: &mut Users<'_>,
) {
    let mut holders = vec![0u32; users.len()];
    for one in standing.iter() {
        let slots = one.matched.slots.iter().filter(|slot| **slot != NO_SLOT);
        slots.for_each(|slot| holders[*slot as usize] += 1);
    }
    for ((prepared, decided), standing) in all.iter().zip(decided).zip(standing) {
        for row in &decided.alone {
            let slot = &mut standing.matched.slots[*row as usize];
            if *slot == NO_SLOT {
                continue;
            }
            match holders[*slot as usize] > 1 {
                true => {
                    *slot = NO_SLOT;
                    let link = prepared.link_of[*row as usize];
                    standing.matched.dissolved[link as usize] = true;
                }
                false => users.reserved[*slot as usize] = true,
            }
        }
        let slots = standing.matched.slots.iter().enumerate();
        for (row, slot) in slots.filter(|(_, slot)| **slot != NO_SLOT) {
            users.hold(*slot, Kinds::of(prepared.scope.roles[row]));
        }
        let held = prepared.links.iter().zip(&standing.matched.held);
        for (link, _) in held.filter(|(_, held)| **held) {
            if let Some(slot) = users.slot(link.user) {
                users.hold(slot, Kinds::default());
            }
        }
    }
}

/// Links of providers that are no longer there hold their users as they are.
pub(super) fn hold_of_others(all: &[Prepared<'_>], links: &[Link], users: &mut Users<'_>) {
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
                users.hold(slot, Kinds::default());
            }
        }
    }
}
