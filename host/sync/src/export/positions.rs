//! Where exported records stand in their lists, by key.

/// Positions of exported records in their list, by key.
pub(super) struct Positions(Vec<u32>);

const NOT_EXPORTED: u32 = u32::MAX;

impl Positions {
    /// From each record's key in the list's order; none for a record that is
    /// not exported.
    pub(super) fn new(keys: &mut dyn Iterator<Item = Option<u32>>) -> Self {
        let mut positions = Vec::new();
        for (position, key) in (0u32..).zip(keys) {
            let Some(key) = key else { continue };
            let index = key as usize;
            if positions.len() <= index {
                positions.resize(index + 1, NOT_EXPORTED);
            }
            positions[index] = position;
        }
        Positions(positions)
    }

    pub(super) fn get(&self, key: u32) -> Option<usize> {
        let position = self.0.get(key as usize).copied()?;
        (position != NOT_EXPORTED).then_some(position as usize)
    }

    pub(super) fn has(&self, key: u32) -> bool {
        self.get(key).is_some()
    }
}
