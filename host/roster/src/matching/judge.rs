//! Whether a person of a source can be a certain user of the platform.

use super::decided::Decided;
use super::reason::Reason;
use super::rules::Tier;
use super::users::Users;
use crate::people::kinds::{Fit, Kinds};
use crate::people::names::Names;
use crate::prepared::Prepared;

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
