//! Whether a person of a source can be a certain user of the platform.

use super::decided::Decided;
use super::reason::Reason;
use super::rules::Tier;
use super::users::{NO_SLOT, Users};
use super::{Matched, Matching};
use crate::notes::Notes;
use crate::outcome::Inputs;
use crate::people::kinds::{Fit, Kinds};
use crate::people::names::Names;
use crate::prepared::Prepared;
use crate::state::Roles;

/// What is known when one source's people are matched.
pub(crate) struct Judge<'j, 'a> {
    pub(crate) all: &'j [Prepared<'a>],
    /// The source, as an index into `all`.
    pub(crate) own: usize,
    pub(crate) decided: &'j Decided,
    /// By slot: a present record of the source is this user.
    pub(crate) claimed: Vec<bool>,
    /// By slot: a record of the source was this user and is no more.
    pub(crate) left: Vec<bool>,
}

impl Judge<'_, '_> {
    /// Whether the person with these records can be the user; if not, why.
    pub(crate) fn verdict(
        &self,
        users: &Users<'_>,
        rows: &[u32],
        kinds: Kinds,
        slot: u32,
        tier: Tier,
    ) -> Result<(), Reason> {
        let index = slot as usize;
        if rows
            .iter()
            .any(|row| self.decided.never.contains(&(*row, slot)))
        {
            return Err(Reason::Never);
        }
        let fit = kinds.fit(users.kinds(slot));
        if fit == Fit::No {
            return Err(Reason::RoleConflict);
        }
        let user = users.names(slot, self.all);
        let agree = rows.iter().any(|row| self.names(*row).agree(&user));
        if fit == Fit::IfNamesAgree && !agree {
            return Err(Reason::RoleConflict);
        }
        let by_id = matches!(tier, Tier::SisId | Tier::LegacyId);
        if by_id && rows.iter().all(|row| self.names(*row).contradict(&user)) {
            return Err(Reason::IdConflict);
        }
        if self.claimed.get(index) == Some(&true) || users.reserved[index] {
            return Err(Reason::Claimed);
        }
        match tier {
            Tier::DirectoryId | Tier::SisId | Tier::LegacyId => Ok(()),
            // An email outlives its holder. Where the holder has left, only
            // the same name says that the same person is back.
            Tier::Email | Tier::LocalPart => {
                let left = self.left.get(index) == Some(&true) || users.holders[index] == 0;
                match left && !agree {
                    true => Err(Reason::EmailReused),
                    false => Ok(()),
                }
            }
        }
    }

    pub(crate) fn names(&self, row: u32) -> Names<'_> {
        let user = self.all[self.own].records.user(row);
        user.map(Names::from).unwrap_or_default()
    }
}

/// By slot: which users records of the source are, and which they were.
pub(crate) fn claims(
    prepared: &Prepared<'_>,
    users: &Users<'_>,
    slots: &[u32],
    matched: &Matched,
) -> (Vec<bool>, Vec<bool>) {
    let mut claimed = vec![false; users.len()];
    let mut left = vec![false; users.len()];
    let taken = slots.iter().filter(|slot| **slot != NO_SLOT);
    taken.for_each(|slot| claimed[*slot as usize] = true);
    for (index, link) in prepared.links.iter().enumerate() {
        let Some(slot) = users.slot(link.user) else {
            continue;
        };
        let row = prepared.user_of[index] as usize;
        // A link that is dissolved or moves was not this user's: the next run
        // will not know of it.
        let moves = slots.get(row).is_some_and(|now| *now != NO_SLOT);
        if matched.held[index] {
            claimed[slot as usize] = true;
        } else if !moves && !matched.dissolved[index] {
            left[slot as usize] = true;
        }
    }
    (claimed, left)
}

/// When everybody is matched: whether the person with these records can be
/// each of the users asked about, by a rule; if not, why.
pub(crate) fn verdicts(
    inputs: &Inputs<'_>,
    all: &[Prepared<'_>],
    own: usize,
    matching: &Matching<'_>,
    rows: &[u32],
    asked: impl Iterator<Item = (u32, Tier)>,
) -> Vec<Result<(), Reason>> {
    let (users, matched) = (&matching.users, &matching.sources[own]);
    let mut notes = Notes::default();
    let decided = Decided::of(&all[own], inputs.decisions, users, &mut notes);
    let (claimed, left) = claims(&all[own], users, &matched.slots, matched);
    let judge = Judge {
        all,
        own,
        decided: &decided,
        claimed,
        left,
    };
    let roles = rows.iter().map(|row| all[own].scope.roles[*row as usize]);
    let kinds = Kinds::of(roles.fold(Roles::default(), Roles::union));
    asked
        .map(|(slot, tier)| judge.verdict(users, rows, kinds, slot, tier))
        .collect()
}
