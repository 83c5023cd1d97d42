//! The users of the platform while people are matched to them: those of the
//! roster, and those that this run makes.
//!
//! A *slot* is a user's place in this list. Slots of the roster's users are
//! their places in the roster.

use crate::people::kinds::Kinds;
use crate::people::names::Names;
use crate::prepared::Prepared;
use crate::state::{Roster, User, UserKey};

/// Stands for no user.
pub(crate) const NO_SLOT: u32 = u32::MAX;

/// A user that this run makes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Made {
    /// The source, as an index into the prepared ones.
    pub(crate) source: usize,
    /// The source's record that makes it.
    pub(crate) row: u32,
    /// It is made archived.
    pub(crate) archived: bool,
}

/// Users by slot.
pub(crate) struct Users<'a> {
    pub(crate) previous: &'a [User],
    pub(crate) made: Vec<Made>,
    /// By slot: how many present records are linked to the user.
    pub(crate) holders: Vec<u32>,
    /// By slot: what the user's present records say it is.
    kinds: Vec<Kinds>,
    /// By slot: an administrator took a record apart, which has this user for
    /// itself.
    pub(crate) reserved: Vec<bool>,
    slot_of_key: Vec<u32>,
    first_new: u32,
}

impl<'a> Users<'a> {
    pub(crate) fn new(roster: &'a Roster) -> Self {
        let count = roster.users.len();
        let last = roster.users.last().map_or(0, |user| user.key.0 + 1);
        let first_new = roster.next.user.max(last);
        let mut slot_of_key = vec![NO_SLOT; first_new as usize];
        for (slot, user) in roster.users.iter().enumerate() {
            slot_of_key[user.key.index()] = slot as u32;
        }
        Users {
            previous: &roster.users,
            made: Vec::new(),
            holders: vec![0; count],
            kinds: vec![Kinds::default(); count],
            reserved: vec![false; count],
            slot_of_key,
            first_new,
        }
    }

    /// How many users there are, new ones included.
    pub(crate) fn len(&self) -> usize {
        self.holders.len()
    }

    /// The slot of a user of the roster.
    pub(crate) fn slot(&self, key: UserKey) -> Option<u32> {
        let slot = self.slot_of_key.get(key.index()).copied();
        slot.filter(|slot| *slot != NO_SLOT)
    }

    /// The key of the user in a slot.
    pub(crate) fn key(&self, slot: u32) -> UserKey {
        match self.previous.get(slot as usize) {
            Some(user) => user.key,
            None => UserKey(self.first_new + slot - self.previous.len() as u32),
        }
    }

    /// The next free key.
    pub(crate) fn next_key(&self) -> u32 {
        self.first_new + self.made.len() as u32
    }

    /// Makes a user.
    pub(crate) fn make(&mut self, made: Made) -> u32 {
        self.made.push(made);
        self.holders.push(0);
        self.kinds.push(Kinds::default());
        self.reserved.push(false);
        self.holders.len() as u32 - 1
    }

    /// A present record is linked to the user.
    pub(crate) fn hold(&mut self, slot: u32, kinds: Kinds) {
        let index = slot as usize;
        self.holders[index] += 1;
        self.kinds[index] = self.kinds[index].union(kinds);
    }

    /// What the user is: by its present records, else by what the roster says.
    pub(crate) fn kinds(&self, slot: u32) -> Kinds {
        let kinds = self.kinds[slot as usize];
        match self.previous.get(slot as usize) {
            Some(user) if kinds.is_empty() => Kinds::of(user.roles),
            _ => kinds,
        }
    }

    /// The user's names.
    pub(crate) fn names<'n>(&self, slot: u32, all: &'n [Prepared<'_>]) -> Names<'n>
    where
        'a: 'n,
    {
        let index = slot as usize;
        if let Some(user) = self.previous.get(index) {
            return Names::from(&user.attributes);
        }
        let made = self.made.get(index - self.previous.len());
        let user = made.and_then(|made| all.get(made.source)?.records.user(made.row));
        user.map(Names::from).unwrap_or_default()
    }
}
