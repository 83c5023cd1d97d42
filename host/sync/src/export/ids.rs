//! The ids of exported records: what the source calls them, where that is
//! unique, so that downstream systems recognise what they know already.

use std::collections::{BTreeMap, HashMap, HashSet};

use homeroom_roster::state::{Origin, ProviderKey};
use sha2::{Digest, Sha256};

/// The ids of one collection's records, by their position in the roster.
#[derive(Debug)]
pub(super) struct Ids(Vec<String>);

impl Ids {
    /// Gives every record its source's id, or `provider/id` where several
    /// providers use the same one. Archived records count too, so that a
    /// record's id does not depend on whether another is in use.
    pub(super) fn new<'a>(
        origins: impl Iterator<Item = &'a Origin> + Clone,
        names: &BTreeMap<ProviderKey, String>,
    ) -> Self {
        let mut uses: HashMap<&str, u32> = HashMap::new();
        for origin in origins.clone() {
            *uses.entry(&origin.sourced_id).or_default() += 1;
        }
        let mut taken: HashSet<String> = HashSet::new();
        let ids = origins
            .map(|origin| {
                let plain = &*origin.sourced_id;
                if uses.get(plain) == Some(&1) {
                    return plain.to_owned();
                }
                let provider = provider_name(names, origin.provider);
                let mut id = format!("{provider}/{plain}");
                // A source may happen to use such an id itself.
                while uses.contains_key(id.as_str()) || taken.contains(&id) {
                    id.push('~');
                }
                taken.insert(id.clone());
                id
            })
            .collect();
        Ids(ids)
    }

    /// The positions of all records, by their ids: the order of an export, which
    /// does not depend on the order in which sources came.
    pub(super) fn in_order(&self) -> Vec<usize> {
        let mut positions: Vec<usize> = (0..self.0.len()).collect();
        positions.sort_unstable_by(|a, b| self.0[*a].cmp(&self.0[*b]));
        positions
    }

    /// The id of the record at that position.
    pub(super) fn at(&self, position: usize) -> &str {
        &self.0[position]
    }
}

/// A provider's name, or its key where it has none.
pub(super) fn provider_name(names: &BTreeMap<ProviderKey, String>, key: ProviderKey) -> String {
    names.get(&key).cloned().unwrap_or_else(|| key.to_string())
}

/// An id for something that has none of its own, made of what identifies it:
/// the same parts give the same id in every export.
pub(super) fn derived(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // The length keeps ("ab", "c") and ("a", "bc") apart.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    let mut id = String::with_capacity(32);
    for byte in digest.iter().take(16) {
        id.push(HEX[usize::from(byte >> 4)]);
        id.push(HEX[usize::from(byte & 15)]);
    }
    id
}

const HEX: [char; 16] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
];
