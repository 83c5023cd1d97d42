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

/// No record says the user's name.
const NOBODY: (u32, u32) = (u32::MAX, u32::MAX);

/// A user that this run makes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Made {
    /// The source, as an index into the prepared ones.
    pub(crate) source: usize,
    /// The source's record that makes it.
    pub(crate) row: u32,
    /// What the record says the user is.
    pub(crate) kinds: Kinds,
}

/// Users by slot.
pub(crate) struct Users<'a> {
    pub(crate) previous: &'a [User],
    pub(crate) made: Vec<Made>,
    /// By slot: how many present records are linked to the user.
    pub(crate) holders: Vec<u32>,
    /// By slot: what the user's present records say it is.
    kinds: Vec<Kinds>,
    /// By slot: the record that says the user's name, (source, row): of the
    /// present ones that of the source that is matched first.
    named_by: Vec<(u32, u32)>,
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
            named_by: vec![NOBODY; count],
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
        self.named_by.push(NOBODY);
        self.reserved.push(false);
        self.holders.len() as u32 - 1
    }

    /// A present record is linked to the user.
    pub(crate) fn hold(&mut self, slot: u32, kinds: Kinds, source: usize, row: u32) {
        let index = slot as usize;
        self.holders[index] += 1;
        self.kinds[index] = self.kinds[index].union(kinds);
        self.named_by[index] = self.named_by[index].min((source as u32, row));
    }

    /// The record that says the user's name, if one is present: (source, row).
    pub(crate) fn named_by(&self, slot: u32) -> Option<(usize, u32)> {
        let (source, row) = self.named_by[slot as usize];
        ((source, row) != NOBODY).then_some((source as usize, row))
    }

    /// A link without a record that counts stays, and holds the user.
    pub(crate) fn keep(&mut self, slot: u32) {
        self.holders[slot as usize] += 1;
    }

    /// What the user is: as its present records say; if it has none, as the
    /// roster does, or the record that made it.
    pub(crate) fn kinds(&self, slot: u32) -> Kinds {
        let index = slot as usize;
        if self.named_by[index] != NOBODY {
            return self.kinds[index];
        }
        match (self.previous.get(index), self.made(slot)) {
            (Some(user), _) => Kinds::of(user.roles),
            (None, Some(made)) => made.kinds,
            (None, None) => Kinds::default(),
        }
    }

    /// How the user in a slot is made, if this run makes it.
    pub(crate) fn made(&self, slot: u32) -> Option<&Made> {
        let index = (slot as usize).checked_sub(self.previous.len())?;
        self.made.get(index)
    }

    /// The user's names: as a present record says, else as the roster does, or
    /// the record that made it.
    pub(crate) fn names<'n>(&self, slot: u32, all: &'n [Prepared<'_>]) -> Names<'n>
    where
        'a: 'n,
    {
        let made = self.made(slot).map(|made| (made.source, made.row));
        let record = self.named_by(slot).or(made);
        let record = record.and_then(|(source, row)| all.get(source)?.records.user(row));
        match (record, self.previous.get(slot as usize)) {
            (Some(record), _) => Names::from(record),
            (None, Some(user)) => Names::from(&user.attributes),
            (None, None) => Names::default(),
        }
    }
}
