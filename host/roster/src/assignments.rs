//! Where a user has which role: what sources say in `roles`, role by role.
//!
//! A role at one org says nothing of another org: a teacher of one school who
//! is a parent at the next is no teacher there. Which assignments count is
//! decided elsewhere; here is how they are kept. Most people of a school say
//! the same, so a list is made once and shared by all who have it.

use std::borrow::Borrow;
use std::sync::Arc;

use hashbrown::HashSet;
use serde::{Deserialize, Serialize};

use crate::record::Role;
use crate::state::OrgKey;

/// One role of a user at one org.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Assignment {
    /// Where; none: the source names no org, as directories and files of
    /// guardians do.
    pub org: Option<OrgKey>,
    /// As what.
    pub role: Role,
    /// A source's `roleType` is `primary`. Sources mark none, one or several of
    /// a user's.
    pub primary: bool,
}

/// The assignments of a user, sorted; org and role together are unique.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Assignments(Arc<[Assignment]>);

impl Assignments {
    /// The assignments, those without an org first, then by org and role.
    pub fn as_slice(&self) -> &[Assignment] {
        &self.0
    }

    /// Whether nothing is known of where the user has their roles.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Borrow<[Assignment]> for Assignments {
    fn borrow(&self) -> &[Assignment] {
        &self.0
    }
}

impl FromIterator<Assignment> for Assignments {
    /// In any order. What is said twice is primary if it is once.
    fn from_iter<I: IntoIterator<Item = Assignment>>(assignments: I) -> Self {
        let mut list: Vec<_> = assignments.into_iter().collect();
        tidy(&mut list);
        Assignments(list.into())
    }
}

/// Sorts the list and leaves one of each org and role: the primary one.
pub(crate) fn tidy(list: &mut Vec<Assignment>) {
    list.sort_unstable_by_key(|one| (one.org, one.role, !one.primary));
    list.dedup_by_key(|one| (one.org, one.role));
}

/// Lists that many users have, each held once.
#[derive(Debug, Default)]
pub(crate) struct SharedAssignments(HashSet<Assignments>);

impl SharedAssignments {
    /// The list, which is [`tidy`], as one that is shared.
    pub(crate) fn get(&mut self, list: &[Assignment]) -> Assignments {
        if let Some(known) = self.0.get(list) {
            return known.clone();
        }
        let new = Assignments(list.into());
        self.0.insert(new.clone());
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(org: Option<u32>, role: Role, primary: bool) -> Assignment {
        let org = org.map(OrgKey);
        Assignment { org, role, primary }
    }

    #[test]
    fn lists_are_sorted_and_a_mark_is_kept() {
        let list: Assignments = [
            at(Some(2), Role::Parent, false),
            at(Some(1), Role::Teacher, false),
            at(None, Role::Aide, false),
            at(Some(1), Role::Teacher, true),
        ]
        .into_iter()
        .collect();
        assert_eq!(
            list.as_slice(),
            [
                at(None, Role::Aide, false),
                at(Some(1), Role::Teacher, true),
                at(Some(2), Role::Parent, false),
            ]
        );
    }

    #[test]
    fn equal_lists_are_one() {
        let mut shared = SharedAssignments::default();
        let list = [at(Some(1), Role::Student, true)];
        let (first, second) = (shared.get(&list), shared.get(&list));
        assert!(Arc::ptr_eq(&first.0, &second.0));
        let other = shared.get(&[at(Some(1), Role::Student, false)]);
        assert_ne!(first, other);
    }

    #[test]
    fn a_user_is_no_larger_than_a_million_of_them_allow() {
        assert!(size_of::<Assignment>() <= 12);
        assert!(size_of::<crate::state::User>() <= 88);
    }
}
