//! Chance without state: a number for each (seed, purpose, index).

/// What a number is drawn for, so that two draws for one row are unrelated.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    SchoolSize = 1,
    SchoolName,
    Name,
    Traits,
    Modified,
    Directory,
    DirectoryId,
    Left,
    Renamed,
    Moved,
    Joined,
    Place,
    Household,
}

/// Spreads `x` over all 64 bits (the finaliser of SplitMix64).
pub(crate) fn mix(x: u64) -> u64 {
    let mut z = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The number for `(seed, purpose, index)`.
pub(crate) fn draw(seed: u64, purpose: Purpose, index: u64) -> u64 {
    mix(mix(seed ^ ((purpose as u64) << 56)) ^ index)
}

/// Numbers cut from one draw: each call uses up some of its 64 bits.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64, purpose: Purpose, index: u64) -> Self {
        Dice(draw(seed, purpose, index))
    }

    /// A number from 0 to `sides` - 1.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        let sides = sides as u64;
        let face = self.0 % sides;
        self.0 = mix(self.0);
        face as usize
    }

    /// True in `per_mille` of 1000 cases.
    pub(crate) fn chance(&mut self, per_mille: usize) -> bool {
        self.roll(1000) < per_mille
    }
}
