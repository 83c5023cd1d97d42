//! How many people of one source hold an email.
//!
//! An email that two students hold identifies neither, and one that three
//! people hold is a school's or a family's. Students and adults are counted
//! apart: a child's record with its mother's email still identifies the one
//! student who has it.

use std::collections::HashMap;

use super::kinds::Kinds;
use crate::source::NO_ID;

/// Holders of each email that several users of a source have.
#[derive(Debug, Default)]
pub(crate) struct Sharing(HashMap<u32, [u32; 2]>);

impl Sharing {
    /// From (email, person, what the person is) of every user in scope. A
    /// person may come several times; `emails` is how many emails there are.
    pub(crate) fn count(
        emails: usize,
        holders: impl Iterator<Item = (u32, u64, Kinds)> + Clone,
    ) -> Sharing {
        let mut users = vec![0u8; emails];
        for (email, ..) in holders.clone().filter(|(email, ..)| *email != NO_ID) {
            users[email as usize] = users[email as usize].saturating_add(1);
        }
        let several = |email: u32| users.get(email as usize).is_some_and(|users| *users > 1);
        let mut entries = Vec::new();
        for (email, person, kinds) in holders.filter(|(email, ..)| several(*email)) {
            if kinds.maybe_student() {
                entries.push((email, 0usize, person));
            }
            if kinds.maybe_adult() {
                entries.push((email, 1, person));
            }
        }
        entries.sort_unstable();
        entries.dedup();
        let mut counts: HashMap<u32, [u32; 2]> = HashMap::new();
        for (email, side, _) in entries {
            counts.entry(email).or_default()[side] += 1;
        }
        Sharing(counts)
    }

    /// How many people like this one hold the email, itself included.
    pub(crate) fn holders(&self, email: u32, kinds: Kinds) -> u32 {
        let Some([students, adults]) = self.0.get(&email) else {
            return 1;
        };
        let students = if kinds.maybe_student() { *students } else { 0 };
        let adults = if kinds.maybe_adult() { *adults } else { 0 };
        students.max(adults).max(1)
    }
}
