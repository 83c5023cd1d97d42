//! The ground guards stand on: the roster as it is, the providers, and what
//! arrived from them.

use std::cell::OnceCell;

use super::arrived::Arrived;
use crate::outcome::{Hold, Inputs};
use crate::record::Day;
use crate::settings::{Provider, ProviderKind, Settings};
use crate::state::{Class, Org, OrgKey, ProviderKey, Roster, Status, User, UserKey};

/// What every guard may look at.
pub(super) struct Ground<'a> {
    /// The roster as it is.
    pub(super) previous: &'a Roster,
    /// The providers with what arrived from them.
    pub(super) sources: Vec<(&'a Provider, &'a dyn Arrived)>,
    /// The provider whose run this is.
    pub(super) running: ProviderKey,
    /// Today in the tenant's time zone.
    pub(super) today: Day,
    /// Settings of a provider that is not among the sources.
    unknown: Settings,
    /// See [`Ground::present`].
    present: OnceCell<Vec<(UserKey, ProviderKey)>>,
}

impl<'a> Ground<'a> {
    /// The ground of a run.
    pub(super) fn new(inputs: &Inputs<'a>) -> Self {
        let sources = inputs
            .sources
            .iter()
            .map(|source| (&source.provider, &source.records as &dyn Arrived))
            .collect();
        Ground::of(inputs.previous, sources, inputs.running, inputs.today)
    }

    /// The ground, part by part.
    pub(super) fn of(
        previous: &'a Roster,
        sources: Vec<(&'a Provider, &'a dyn Arrived)>,
        running: ProviderKey,
        today: Day,
    ) -> Self {
        Ground {
            previous,
            sources,
            running,
            today,
            unknown: Settings::default(),
            present: OnceCell::new(),
        }
    }

    /// A provider with what arrived from it.
    pub(super) fn source(&self, key: ProviderKey) -> Option<(&'a Provider, &'a dyn Arrived)> {
        self.sources
            .iter()
            .copied()
            .find(|(provider, _)| provider.key == key)
    }

    /// The settings of the running provider.
    pub(super) fn settings(&self) -> &Settings {
        self.settings_of(self.running)
    }

    /// The settings of a provider; the defaults if it is not connected.
    pub(super) fn settings_of(&self, key: ProviderKey) -> &Settings {
        self.source(key)
            .map_or(&self.unknown, |(provider, _)| &provider.settings)
    }

    /// Whether the running provider is a SIS.
    pub(super) fn is_sis(&self) -> bool {
        self.source(self.running)
            .is_some_and(|(provider, _)| provider.kind == ProviderKind::Sis)
    }

    /// How a provider is called in a message.
    pub(super) fn provider_name(&self, key: ProviderKey) -> &str {
        self.source(key)
            .map_or("a provider that is not connected", |(provider, _)| {
                provider.name.as_str()
            })
    }

    /// An org as it is.
    pub(super) fn org(&self, key: OrgKey) -> Option<&'a Org> {
        let orgs = &self.previous.orgs;
        let at = orgs.binary_search_by_key(&key, |org| org.key).ok()?;
        orgs.get(at)
    }

    /// A user as it is.
    pub(super) fn user(&self, key: UserKey) -> Option<&'a User> {
        let users = &self.previous.users;
        let at = users.binary_search_by_key(&key, |user| user.key).ok()?;
        users.get(at)
    }

    /// A pair for each present link, sorted; one that stands twice has two
    /// records. Made when first asked for, which a calm night does not.
    pub(super) fn present(&self) -> &[(UserKey, ProviderKey)] {
        self.present.get_or_init(|| {
            let links = self.previous.links.iter().filter(|link| link.present);
            let mut pairs: Vec<_> = links
                .map(|link| (link.user, link.origin.provider))
                .collect();
            pairs.sort_unstable();
            pairs
        })
    }

    /// How many present links a user has at a provider.
    pub(super) fn present_links(&self, user: UserKey, provider: ProviderKey) -> usize {
        let present = self.present();
        let first = present.partition_point(|pair| *pair < (user, provider));
        let rest = present.get(first..).unwrap_or_default();
        rest.iter()
            .take_while(|pair| **pair == (user, provider))
            .count()
    }

    /// How many users have a present link to the provider.
    pub(super) fn people(&self, provider: ProviderKey) -> usize {
        let pairs = self.present().chunk_by(|a, b| a == b);
        pairs.filter(|pair| pair[0].1 == provider).count()
    }

    /// The active classes of the running provider.
    pub(super) fn running_classes(&self) -> impl Iterator<Item = &'a Class> {
        let running = self.running;
        self.previous
            .classes
            .iter()
            .filter(move |class| is_active(class.status) && class.origin.provider == running)
    }

    /// How a school is called in a message: its name and `sourcedId`.
    pub(super) fn school_name(&self, key: OrgKey) -> String {
        match self.org(key) {
            Some(org) => format!("{} ({})", org.name, org.origin.sourced_id),
            None => format!("school {key}"),
        }
    }

    /// A hold of one school, or of the whole source.
    pub(super) fn hold(&self, code: &str, school: Option<OrgKey>, detail: String) -> Hold {
        Hold {
            code: code.into(),
            school: school
                .and_then(|key| self.org(key))
                .map(|org| org.origin.sourced_id.clone()),
            detail: detail.into(),
        }
    }
}

/// Whether a status is `active`.
pub(super) fn is_active(status: Status) -> bool {
    status == Status::Active
}
