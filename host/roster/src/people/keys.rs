//! The emails of all sources as numbers: the same number, the same address.

use super::email::{self, Email, Problem};
use crate::scope::{Scope, UserScope};
use crate::source::{IdTable, NO_ID, SourceRecords, UserText};

/// Gives every address a number, across sources.
#[derive(Debug, Default)]
pub(crate) struct Addresses(IdTable);

/// The numbers of one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Address {
    /// To the letter.
    pub(crate) exact: u32,
    /// Without regard to letter case.
    pub(crate) folded: u32,
}

impl Address {
    /// No usable address.
    pub(crate) const NONE: Address = Address {
        exact: NO_ID,
        folded: NO_ID,
    };

    pub(crate) fn is_none(self) -> bool {
        self.folded == NO_ID
    }
}

impl Addresses {
    pub(crate) fn intern(&mut self, email: &Email<'_>) -> Address {
        let folded = self.0.intern(&email.folded);
        let exact = match email.exact == email.folded {
            true => folded,
            false => self.0.intern(&email.exact),
        };
        Address { exact, folded }
    }

    /// How many numbers were given.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn get(&self, id: u32) -> &str {
        self.0.get(id)
    }

    /// The addresses of a source's users, by user; none for those out of scope.
    /// Emails that cannot be used are reported to `complain`.
    pub(crate) fn of(
        &mut self,
        records: &SourceRecords,
        scope: &Scope,
        mut complain: impl FnMut(u32, Problem),
    ) -> Vec<Address> {
        let users = records.users().zip(&scope.users).enumerate();
        users
            .map(|(row, (user, scope))| {
                if *scope != UserScope::In {
                    return Address::NONE;
                }
                match user.text(UserText::Email).map(email::read) {
                    None => Address::NONE,
                    Some(Ok(email)) => self.intern(&email),
                    Some(Err(problem)) => {
                        complain(row as u32, problem);
                        Address::NONE
                    }
                }
            })
            .collect()
    }
}
