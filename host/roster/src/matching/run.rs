//! Matching all sources, again and again until nothing more is found.
//!
//! Sources are taken in their order, but what one of them finds or makes can
//! tell another who its people are. So sources that have people left are asked
//! again. When nothing is found any more, a later run over the same data finds
//! nothing either.

use super::decided::Decided;
use super::emails::Emails;
use super::matcher::{Matcher, Progress};
use super::standing::{self, Standing};
use super::users::Users;
use super::{Matching, NO_SLOT, archived, held};
use crate::notes::Notes;
use crate::outcome::Inputs;
use crate::people::keys::Addresses;
use crate::prepared::Prepared;
use crate::state::OrgKey;

/// Matches the people of all sources. `frozen` are the schools, sorted, whose
/// data is incomplete.
pub(crate) fn run<'a>(
    inputs: &Inputs<'a>,
    all: &[Prepared<'a>],
    frozen: &[OrgKey],
    addresses: &mut Addresses,
    notes: &mut Notes,
) -> Matching<'a> {
    let mut users = Users::new(inputs.previous);
    let decided: Vec<Decided> = all
        .iter()
        .map(|prepared| Decided::of(prepared, inputs.decisions, &users, notes))
        .collect();
    let mut standing: Vec<Standing> = all
        .iter()
        .zip(&decided)
        .map(|(prepared, decided)| {
            let held = held::held(prepared, frozen, &users);
            standing::standing(prepared, decided, held, &users)
        })
        .collect();
    standing::settle(all, &decided, &mut standing, &mut users);
    standing::hold_of_others(all, &inputs.previous.links, &mut users);
    for (prepared, one) in all.iter().zip(&mut standing) {
        if prepared.running {
            one.matched.misnamed = renamed(prepared, &one.matched.slots, &users, all);
        }
    }

    let (mut slots, mut sources, mut returning) = (Vec::new(), Vec::new(), Vec::new());
    for mut one in standing {
        slots.push(std::mem::take(&mut one.matched.slots));
        sources.push(one.matched);
        returning.push(one.returning);
    }
    let mut emails = Emails::of(inputs, all, &slots, &sources, &users, addresses);
    let mut due = vec![true; all.len()];
    while due.contains(&true) {
        for own in 0..all.len() {
            if !std::mem::replace(&mut due[own], false) {
                continue;
            }
            let mut matcher = Matcher {
                all,
                own,
                decided: &decided[own],
                returning: &returning[own],
                addresses,
                emails: &mut emails,
                users: &mut users,
            };
            let progress = matcher.source(&mut slots, &mut sources[own]);
            for (other, due) in due.iter_mut().enumerate() {
                let left = !sources[other].lone.is_empty();
                *due |= left && progress.concerns(other == own);
            }
        }
        if !due.contains(&true) {
            for (address, slot) in
                archived::import(inputs, all, &mut sources, &mut users, addresses)
            {
                emails.add_stored(address, slot);
                due.fill(true);
            }
        }
    }
    for (matched, slots) in sources.iter_mut().zip(slots) {
        matched.slots = slots;
        matched.links.sort_by_key(|link| link.row);
    }
    Matching { users, sources }
}

/// Records that follow their link to a user whose names have nothing in common
/// with theirs: the source may have given the id to somebody else.
fn renamed(
    prepared: &Prepared<'_>,
    slots: &[u32],
    users: &Users<'_>,
    all: &[Prepared<'_>],
) -> Vec<u32> {
    let linked = slots
        .iter()
        .enumerate()
        .filter(|(_, slot)| **slot != NO_SLOT);
    linked
        .filter(|(row, slot)| {
            let user = prepared.records.user(*row as u32);
            user.is_some_and(|user| users.names(**slot, all).contradict(&user.into()))
        })
        .map(|(row, _)| row as u32)
        .collect()
}

impl Progress {
    /// Whether it can change who the people of a source are. What a source
    /// finds among its own people it has taken into account already, unless it
    /// parted a record from a user.
    fn concerns(self, itself: bool) -> bool {
        match itself {
            true => self.parted || self.outside,
            false => self.found,
        }
    }
}
