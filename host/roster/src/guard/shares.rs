//! Counting what goes against what there was, by provider and by school.

use hashbrown::HashMap;

use crate::settings::DeletionThreshold;
use crate::state::{OrgKey, ProviderKey};

/// How many of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Share {
    /// Records that go.
    pub(super) gone: u64,
    /// Records that were there.
    pub(super) of: u64,
}

impl Share {
    /// Whether both limits are exceeded.
    pub(super) fn exceeds(self, threshold: DeletionThreshold) -> bool {
        self.gone > u64::from(threshold.count)
            && self.gone * 100 > self.of * u64::from(threshold.percent)
    }

    /// Whether more than half, and at least `least`, go.
    pub(super) fn most(self, least: u64) -> bool {
        self.gone >= least && self.gone * 2 > self.of
    }
}

impl std::fmt::Display for Share {
    /// For example "30 of 120 (25 %)".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let percent = (self.gone * 100).checked_div(self.of).unwrap_or(100);
        write!(f, "{} of {} ({percent} %)", self.gone, self.of)
    }
}

/// Shares of one kind of record. Every number goes through `was` and `goes`,
/// so that a record is counted alike in all of them.
#[derive(Debug, Default)]
pub(super) struct Shares {
    /// By provider; a tenant has a handful.
    pub(super) providers: Vec<(ProviderKey, Share)>,
    /// By school.
    pub(super) schools: HashMap<OrgKey, Share>,
}

impl Shares {
    /// The provider's share.
    pub(super) fn provider(&mut self, key: ProviderKey) -> &mut Share {
        let at = match self.providers.iter().position(|(other, _)| *other == key) {
            Some(at) => at,
            None => {
                self.providers.push((key, Share::default()));
                self.providers.len() - 1
            }
        };
        &mut self.providers[at].1
    }

    /// The school's share.
    pub(super) fn school(&mut self, key: OrgKey) -> &mut Share {
        self.schools.entry(key).or_default()
    }

    /// A record was there.
    pub(super) fn was(&mut self, provider: ProviderKey, school: Option<OrgKey>) {
        self.provider(provider).of += 1;
        if let Some(school) = school {
            self.school(school).of += 1;
        }
    }

    /// It goes.
    pub(super) fn goes(&mut self, provider: ProviderKey, school: Option<OrgKey>) {
        self.provider(provider).gone += 1;
        if let Some(school) = school {
            self.school(school).gone += 1;
        }
    }
}
