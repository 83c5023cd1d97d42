//! Which users of one source are one person.
//!
//! Two users are one person if they share an email (or their ids say so), could
//! both be one human being by their roles, and agree in their names. Agreement
//! must hold between all of them: if A agrees with B and B with C, but A and C
//! contradict each other, nobody is joined.

use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;

use super::keys::Address;
use super::kinds::{Fit, Kinds};
use super::names::Names;
use crate::scope::Scope;
use crate::source::{SourceRecords, UserText, UserView};

/// Users that share a value with more than this many others share it by
/// accident: a school's phone number, a placeholder.
const CROWD: usize = 64;

/// One source's users, as far as grouping looks at them.
pub(crate) struct Grouping<'a> {
    pub(crate) records: &'a SourceRecords,
    pub(crate) scope: &'a Scope,
    /// By user.
    pub(crate) addresses: &'a [Address],
    /// By user: the user is already one of the platform's. Those are grouped
    /// too, so that it does not matter who was first; but only groups in which
    /// somebody is free are told.
    pub(crate) settled: &'a [bool],
    /// By user: out of scope, or must stay alone.
    pub(crate) apart: &'a [bool],
}

/// Users of a source, one list per person.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    /// Groups with two users at least, each sorted, sorted by the first.
    pub(crate) together: Vec<Vec<u32>>,
    /// Users that agree with some but were not joined, sorted.
    pub(crate) torn: Vec<u32>,
}

/// What two users have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shared {
    Email,
    Master,
    Identifier,
    Username,
    /// The id but for a prefix that names a role, as in `s+12` and `t+12`.
    Suffix,
}

impl Grouping<'_> {
    /// Finds the groups.
    pub(crate) fn groups(&self) -> Groups {
        let count = self.settled.len();
        let free = |row: usize| !self.settled[row] && !self.apart[row];
        if !(0..count).any(free) {
            return Groups::default();
        }
        let mut sets = Sets::new(count);
        for shared in [
            Shared::Email,
            Shared::Master,
            Shared::Identifier,
            Shared::Username,
            Shared::Suffix,
        ] {
            self.join(shared, &mut sets);
        }
        self.collect(sets)
    }

    /// Joins users that share one kind of value.
    fn join(&self, shared: Shared, sets: &mut Sets) {
        let hasher = DefaultHashBuilder::default();
        let mut keyed: Vec<(u64, u32)> = Vec::new();
        for row in (0..self.settled.len()).filter(|row| !self.apart[*row]) {
            let key = match shared {
                Shared::Email if self.addresses[row].is_none() => None,
                Shared::Email => Some(u64::from(self.addresses[row].folded)),
                _ => self
                    .value(shared, row as u32)
                    .map(|value| hasher.hash_one(value)),
            };
            keyed.extend(key.map(|key| (key, row as u32)));
        }
        keyed.sort_unstable();
        for crowd in keyed.chunk_by(|a, b| a.0 == b.0) {
            if crowd.len() < 2 || crowd.len() > CROWD {
                continue;
            }
            for (index, (_, a)) in crowd.iter().enumerate() {
                for (_, b) in &crowd[index + 1..] {
                    if self.one_person(shared, *a, *b) {
                        sets.join(*a, *b);
                    }
                }
            }
        }
    }

    fn user(&self, row: u32) -> Option<UserView<'_>> {
        self.records.user(row)
    }

    fn value(&self, shared: Shared, row: u32) -> Option<&str> {
        let user = self.user(row)?;
        match shared {
            Shared::Email => None,
            Shared::Master => user.text(UserText::MasterIdentifier),
            Shared::Identifier => user.text(UserText::Identifier),
            Shared::Username => user.text(UserText::Username),
            Shared::Suffix => without_role_prefix(user.id()),
        }
    }

    fn same(&self, shared: Shared, a: u32, b: u32) -> bool {
        let value = self.value(shared, a);
        value.is_some() && value == self.value(shared, b)
    }

    /// Whether two users that share a value are one person.
    fn one_person(&self, shared: Shared, a: u32, b: u32) -> bool {
        if !self.roles_fit(a, b) {
            return false;
        }
        let (Some(one), Some(other)) = (self.user(a), self.user(b)) else {
            return false;
        };
        let (one, other) = (Names::from(one), Names::from(other));
        match shared {
            Shared::Email => one.agree(&other) || self.same_id(a, b),
            Shared::Master => self.same(shared, a, b) && !one.contradict(&other),
            _ => self.same(shared, a, b) && one.agree(&other) && !self.emails_differ(a, b),
        }
    }

    fn roles_fit(&self, a: u32, b: u32) -> bool {
        let kinds = |row: u32| Kinds::of(self.scope.roles[row as usize]);
        kinds(a).fit(kinds(b)) != Fit::No
    }

    fn same_id(&self, a: u32, b: u32) -> bool {
        [Shared::Master, Shared::Identifier, Shared::Username]
            .into_iter()
            .any(|shared| self.same(shared, a, b))
    }

    fn emails_differ(&self, a: u32, b: u32) -> bool {
        let (a, b) = (self.addresses[a as usize], self.addresses[b as usize]);
        !a.is_none() && !b.is_none() && a.folded != b.folded
    }

    /// Whether two users that were joined, perhaps by way of a third, can be
    /// one person.
    fn bear(&self, a: u32, b: u32) -> bool {
        let (Some(one), Some(other)) = (self.user(a), self.user(b)) else {
            return false;
        };
        let agree = Names::from(one).agree(&Names::from(other)) || self.same_id(a, b);
        let differ = self.emails_differ(a, b) && !self.same(Shared::Master, a, b);
        self.roles_fit(a, b) && agree && !differ
    }

    fn collect(&self, mut sets: Sets) -> Groups {
        let rows = 0..self.settled.len() as u32;
        let joined: Vec<u32> = rows.filter(|row| sets.joined[*row as usize]).collect();
        let mut rooted: Vec<(u32, u32)> = joined
            .into_iter()
            .map(|row| (sets.root(row), row))
            .collect();
        rooted.sort_unstable();
        let mut groups = Groups::default();
        for group in rooted.chunk_by(|a, b| a.0 == b.0) {
            let rows: Vec<u32> = group.iter().map(|(_, row)| *row).collect();
            if rows.iter().all(|row| self.settled[*row as usize]) {
                continue;
            }
            let others = |index: usize| rows[index + 1..].iter();
            let sound = rows.len() <= CROWD
                && (0..rows.len())
                    .all(|index| others(index).all(|other| self.bear(rows[index], *other)));
            match sound {
                true => groups.together.push(rows),
                false => groups.torn.extend(rows),
            }
        }
        groups.together.sort_unstable();
        groups.torn.sort_unstable();
        groups
    }
}

/// `12` of `s+12`: what follows a prefix that names a role.
fn without_role_prefix(id: &str) -> Option<&str> {
    const ROLES: [&str; 16] = [
        "a", "c", "g", "p", "r", "s", "t", "u", "admin", "contact", "guardian", "parent", "staff",
        "student", "teacher", "user",
    ];
    let (prefix, rest) = id.split_once(['+', ':', '_', '-'])?;
    let known = ROLES.iter().any(|role| prefix.eq_ignore_ascii_case(role));
    (known && !rest.is_empty()).then_some(rest)
}

/// Disjoint sets of users.
struct Sets {
    parent: Vec<u32>,
    joined: Vec<bool>,
}

impl Sets {
    fn new(count: usize) -> Self {
        Sets {
            parent: (0..count as u32).collect(),
            joined: vec![false; count],
        }
    }

    fn root(&mut self, row: u32) -> u32 {
        let mut root = row;
        while self.parent[root as usize] != root {
            let above = self.parent[root as usize];
            self.parent[root as usize] = self.parent[above as usize];
            root = above;
        }
        root
    }

    fn join(&mut self, a: u32, b: u32) {
        let (one, other) = (self.root(a), self.root(b));
        // The smaller is the root, whatever the order of joining.
        let (low, high) = (one.min(other), one.max(other));
        self.parent[high as usize] = low;
        self.joined[a as usize] = true;
        self.joined[b as usize] = true;
    }
}

#[cfg(test)]
mod tests {
    use super::without_role_prefix;

    #[test]
    fn a_prefix_that_names_a_role_is_told_from_others() {
        assert_eq!(without_role_prefix("s+123"), Some("123"));
        assert_eq!(without_role_prefix("Teacher_9"), Some("9"));
        assert_eq!(without_role_prefix("994_1001"), None);
        assert_eq!(without_role_prefix("123"), None);
        assert_eq!(without_role_prefix("s+"), None);
    }
}
