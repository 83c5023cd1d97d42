//! Who of the users is in use, and which records speak for whom.
//!
//! A user is in use while a directory has it, or, if no directory ever had it
//! or a SIS made it, while a SIS has it. Otherwise it is archived; no user is
//! ever removed. A provider that is no longer there keeps its users as they
//! are.

use crate::matching::{Matching, NO_SLOT};
use crate::prepared::{Prepared, links_of_others};
use crate::settings::ProviderKind;
use crate::state::{Link, ProviderKey, Rule, Status};

/// A record that speaks for a user.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Voice {
    /// The source, as an index into the prepared ones.
    pub(crate) source: u32,
    pub(crate) row: u32,
}

/// Who is in use, and who speaks for whom.
pub(crate) struct Standing {
    /// By slot: where its voices begin; one more than there are slots.
    starts: Vec<u32>,
    /// Voices by slot; of one slot, the higher priority first.
    voices: Vec<Voice>,
    /// By slot.
    pub(crate) active: Vec<bool>,
    /// By slot: a record that does not count, or of a provider that is gone,
    /// is to be kept.
    pub(crate) kept: Vec<bool>,
    /// (slot, provider) of each record that is to be kept, sorted.
    pub(crate) keeps: Vec<(u32, ProviderKey)>,
}

/// What is known of a user's links, as bits.
#[derive(Clone, Copy, Default)]
struct Ties(u8);

impl Ties {
    /// A directory's record is there.
    const DIRECTORY: u8 = 1;
    /// A SIS's record is there.
    const SIS: u8 = 2;
    /// A directory's record is or was there.
    const DIRECTORY_EVER: u8 = 4;
    /// A SIS's record made the user.
    const MADE_BY_SIS: u8 = 8;
    /// A provider that is gone has the user.
    const GONE: u8 = 16;

    fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }
}

impl Standing {
    pub(crate) fn of(all: &[Prepared<'_>], matching: &Matching<'_>, links: &[Link]) -> Standing {
        let users = &matching.users;
        let mut ties = vec![Ties::default(); users.len()];
        let mut keeps = Vec::new();
        for (prepared, matched) in all.iter().zip(&matching.sources) {
            let directory = prepared.is_directory();
            let present = if directory {
                Ties::DIRECTORY
            } else {
                Ties::SIS
            };
            let ever = if directory { Ties::DIRECTORY_EVER } else { 0 };
            for slot in matched.slots.iter().filter(|slot| **slot != NO_SLOT) {
                ties[*slot as usize].0 |= present | ever;
            }
            let moved = |place: usize| {
                let row = prepared.user_of[place] as usize;
                let slot = matched.slots.get(row).copied().unwrap_or(NO_SLOT);
                slot != NO_SLOT && users.slot(prepared.links[place].user) != Some(slot)
            };
            for (place, link) in prepared.links.iter().enumerate() {
                let Some(slot) = users.slot(link.user) else {
                    continue;
                };
                if matched.dissolved[place] || moved(place) {
                    continue;
                }
                let made = !directory && link.rule == Rule::Created;
                let made = if made { Ties::MADE_BY_SIS } else { 0 };
                ties[slot as usize].0 |= ever | made;
                if matched.held[place] {
                    ties[slot as usize].0 |= present;
                    keeps.push((slot, prepared.provider.key));
                }
            }
            for link in matched
                .links
                .iter()
                .filter(|link| link.rule == Rule::Created)
            {
                let made = if directory { 0 } else { Ties::MADE_BY_SIS };
                ties[link.slot as usize].0 |= made | ever;
            }
        }
        for link in links_of_others(all, links) {
            if let Some(slot) = users.slot(link.user) {
                ties[slot as usize].0 |= Ties::GONE;
                keeps.push((slot, link.origin.provider));
            }
        }
        keeps.sort_unstable();
        keeps.dedup();
        let mut kept = vec![false; users.len()];
        keeps
            .iter()
            .for_each(|(slot, _)| kept[*slot as usize] = true);
        let active = (0..users.len())
            .map(|slot| is_active(matching, slot, ties[slot]))
            .collect();
        let (starts, voices) = voices(all, matching);
        Standing {
            starts,
            voices,
            active,
            kept,
            keeps,
        }
    }

    /// The records that speak for a user, the higher priority first; of one
    /// source by `sourcedId`.
    pub(crate) fn voices(&self, slot: usize) -> &[Voice] {
        let range = self.starts[slot] as usize..self.starts[slot + 1] as usize;
        &self.voices[range]
    }
}

fn is_active(matching: &Matching<'_>, slot: usize, ties: Ties) -> bool {
    let before = matching.users.previous.get(slot);
    let was_active = before.is_some_and(|user| user.status == Status::Active);
    let of_sis = ties.has(Ties::MADE_BY_SIS) || !ties.has(Ties::DIRECTORY_EVER);
    ties.has(Ties::DIRECTORY)
        || (ties.has(Ties::SIS) && of_sis)
        || (was_active && ties.has(Ties::GONE))
}

/// Which records speak for whom, sorted into one list.
fn voices(all: &[Prepared<'_>], matching: &Matching<'_>) -> (Vec<u32>, Vec<Voice>) {
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|index| rank(&all[*index]));
    let count = matching.users.len();
    let mut starts = vec![0u32; count + 1];
    let slots = |index: usize| matching.sources[index].slots.iter().enumerate();
    for index in &order {
        for (_, slot) in slots(*index).filter(|(_, slot)| **slot != NO_SLOT) {
            starts[*slot as usize + 1] += 1;
        }
    }
    for slot in 0..count {
        starts[slot + 1] += starts[slot];
    }
    let mut next = starts.clone();
    let mut voices = vec![Voice::default(); starts[count] as usize];
    for index in &order {
        for (row, slot) in slots(*index).filter(|(_, slot)| **slot != NO_SLOT) {
            let place = &mut next[*slot as usize];
            voices[*place as usize] = Voice {
                source: *index as u32,
                row: row as u32,
            };
            *place += 1;
        }
    }
    (starts, voices)
}

/// The order in which sources are heard: by priority; where two have the same,
/// which configuration refuses, directories first.
pub(super) fn rank(prepared: &Prepared<'_>) -> (std::cmp::Reverse<u8>, ProviderKind, ProviderKey) {
    let provider = prepared.provider;
    let priority = std::cmp::Reverse(provider.settings.merge_priority);
    (priority, provider.kind, provider.key)
}
