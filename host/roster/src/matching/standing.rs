//! The links that stand before anyone is matched: those of the roster that are
//! still good, and those made by hand.

use super::decided::Decided;
use super::users::{NO_SLOT, Users};
use super::{Evidence, MadeLink, Matched};
use crate::people::kinds::Kinds;
use crate::prepared::{Prepared, links_of_others};
use crate::state::{Link, Rule};

/// What stands of one source.
pub(super) struct Standing {
    pub(super) matched: Matched,
    /// Users of the source that come back: their link was without a record.
    /// Whether they are who they were is seen when the source is matched.
    pub(super) returning: Vec<u32>,
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
    let mut returning = Vec::new();
    for row in 0..slots.len() as u32 {
        if !prepared.in_scope(row) {
            continue;
        }
        let link = prepared.link(row);
        if let Some(slot) = decided.matched.get(&row) {
            slots[row as usize] = *slot;
            // A record that made the user goes on saying so.
            let known = link.is_some_and(|link| {
                let rule = matches!(link.rule, Rule::Manual | Rule::Created);
                rule && users.slot(link.user) == Some(*slot)
            });
            if !known {
                links.push(MadeLink {
                    row,
                    slot: *slot,
                    rule: Rule::Manual,
                    evidence: Evidence::None,
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
        } else if !link.present {
            returning.push(row);
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
            ..Matched::default()
        },
        returning,
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
    let sources = all.iter().zip(decided).zip(standing);
    for (own, ((prepared, decided), standing)) in sources.enumerate() {
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
            let kinds = Kinds::of(prepared.scope.roles[row]);
            users.hold(*slot, kinds, own, row as u32);
        }
        let held = prepared.links.iter().zip(&standing.matched.held);
        for (link, _) in held.filter(|(_, held)| **held) {
            if let Some(slot) = users.slot(link.user) {
                users.keep(slot);
            }
        }
    }
}

/// Links of providers that are no longer there hold their users as they are.
pub(super) fn hold_of_others(all: &[Prepared<'_>], links: &[Link], users: &mut Users<'_>) {
    for link in links_of_others(all, links) {
        if let Some(slot) = users.slot(link.user) {
            users.keep(slot);
        }
    }
}
