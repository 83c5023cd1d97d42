//! Who comes back: users of a source whose link was without a record.
//!
//! The id says that it is the same person, and mostly it is. But some sources
//! give the id of someone who left to someone new.

use super::Matched;
use super::matcher::Matcher;
use super::users::NO_SLOT;
use crate::people::email;
use crate::people::keys::Address;
use crate::people::kinds::Kinds;
use crate::people::names::Names;
use crate::state::Field;

impl Matcher<'_, '_> {
    /// Links those who come back to the users they were. Returns whether there
    /// was anybody.
    pub(super) fn take_back(&mut self, slots: &mut [u32], matched: &mut Matched) -> bool {
        let mut any = false;
        // Who is back says what the user is called, which may tell of others.
        loop {
            let mut more = false;
            for row in self.returning {
                if slots[*row as usize] == NO_SLOT {
                    more |= self.take_back_one(*row, slots, matched);
                }
            }
            if !more {
                return any;
            }
            any = true;
        }
    }

    fn take_back_one(&mut self, row: u32, slots: &mut [u32], matched: &mut Matched) -> bool {
        let prepared = &self.all[self.own];
        let link = prepared.link(row);
        let Some(slot) = link.and_then(|link| self.users.slot(link.user)) else {
            return false;
        };
        let place = prepared.link_of[row as usize] as usize;
        if matched.dissolved[place] || self.users.reserved[slot as usize] {
            return false;
        }
        let someone_else = self.is_someone_else(row, slot);
        let alone = self.decided.alone.contains(&row);
        if alone && (someone_else || self.users.holders[slot as usize] > 0) {
            matched.dissolved[place] = true;
            return false;
        }
        if someone_else {
            return false;
        }
        slots[row as usize] = slot;
        self.users.reserved[slot as usize] |= alone;
        let kinds = Kinds::of(prepared.scope.roles[row as usize]);
        self.users.hold(slot, kinds, self.own, row);
        self.emails.linked(slot, prepared.creates());
        if prepared.creates() {
            self.emails.add(prepared.addresses[row as usize], slot);
        }
        true
    }

    /// Whether neither name nor email is that of the user.
    fn is_someone_else(&mut self, row: u32, slot: u32) -> bool {
        let prepared = &self.all[self.own];
        let Some(record) = prepared.records.user(row) else {
            return false;
        };
        let names = self.users.names(slot, self.all);
        if !names.contradict(&Names::from(record)) {
            return false;
        }
        let address = prepared.addresses[row as usize];
        address.is_none() || address.folded != self.address(slot).folded
    }

    /// The user's email: as the record says that says the name, else as it was
    /// pinned, else as the roster does.
    fn address(&mut self, slot: u32) -> Address {
        if let Some((source, row)) = self.users.named_by(slot) {
            return self.all[source].addresses[row as usize];
        }
        if let Some(pinned) = self.emails.pinned(slot) {
            return pinned;
        }
        let user = self.users.previous.get(slot as usize);
        let email = user.and_then(|user| user.attributes.get(Field::Email));
        match email.map(|email| email::read(email)) {
            Some(Ok(email)) => self.addresses.intern(&email),
            _ => Address::NONE,
        }
    }
}
