//! A source made ready: its scope, its people's emails, and the links that the
//! roster holds to it.

use std::cmp::Reverse;

use crate::codes::{Kind, kind};
use crate::notes::Notes;
use crate::outcome::{Inputs, Source};
use crate::people::email::{self, Problem};
use crate::people::keys::{Address, Addresses};
use crate::record::Collection;
use crate::scope::{Scope, UserScope};
use crate::settings::{MergeKey, Provider, ProviderKind};
use crate::source::{NO_ID, SourceRecords, UserText};
use crate::state::Link;

/// A source made ready.
pub(crate) struct Prepared<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) records: &'a SourceRecords,
    pub(crate) scope: Scope,
    /// By user; none for those out of scope.
    pub(crate) addresses: Vec<Address>,
    /// The roster's links to this source, by `sourcedId`.
    pub(crate) links: &'a [Link],
    /// By user: its link, as an index into `links`.
    pub(crate) link_of: Vec<u32>,
    /// By link: its user, if the source still has it.
    pub(crate) user_of: Vec<u32>,
    /// Whether this is the provider whose run it is.
    pub(crate) running: bool,
}

/// The present links to providers that are no longer among the sources (a
/// deleted integration). `links` are sorted by provider.
pub(crate) fn links_of_others<'l>(
    all: &[Prepared<'_>],
    links: &'l [Link],
) -> impl Iterator<Item = &'l Link> {
    let known = |link: &Link| {
        let mut providers = all.iter().map(|prepared| prepared.provider.key);
        providers.any(|key| key == link.origin.provider)
    };
    links
        .chunk_by(|a, b| a.origin.provider == b.origin.provider)
        .filter(move |of_one| !of_one.first().is_none_or(known))
        .flatten()
        .filter(|link| link.present)
}

impl<'a> Prepared<'a> {
    /// Makes every source ready, in the order in which they are matched:
    /// directories, which say who the users are, then integrations that may
    /// make users, then those that only attach; the higher priority first.
    pub(crate) fn all(
        inputs: &Inputs<'a>,
        addresses: &mut Addresses,
        notes: &mut Notes,
    ) -> Vec<Prepared<'a>> {
        let mut sources: Vec<&'a Source> = inputs.sources.iter().collect();
        sources.sort_by_key(|source| {
            let provider = &source.provider;
            let directory = provider.kind == ProviderKind::Directory;
            let attaches = !directory && provider.settings.attach_only;
            let priority = Reverse(provider.settings.merge_priority);
            (provider.kind, attaches, priority, provider.key)
        });
        sources
            .into_iter()
            .map(|source| Prepared::of(source, inputs, addresses, notes))
            .collect()
    }

    fn of(
        source: &'a Source,
        inputs: &Inputs<'a>,
        addresses: &mut Addresses,
        notes: &mut Notes,
    ) -> Prepared<'a> {
        let (provider, records) = (&source.provider, &source.records);
        let running = provider.key == inputs.running;
        let scope = Scope::of(source, inputs.today);
        let addresses = addresses.of(records, &scope, |row, problem| {
            let kind = match problem {
                Problem::Invalid => kind::USER_EMAIL_INVALID,
                Problem::Placeholder => kind::USER_EMAIL_PLACEHOLDER,
                Problem::Several => kind::USER_EMAIL_SEVERAL,
                // Told once for the source, not for each of its users.
                Problem::Masked => return,
            };
            if running {
                notes.field(kind, Collection::Users, row, "email");
            }
        });
        let links = links_of(&inputs.previous.links, provider);
        let (link_of, user_of) = pair(links, records);
        let prepared = Prepared {
            provider,
            records,
            scope,
            addresses,
            links,
            link_of,
            user_of,
            running,
        };
        if running {
            prepared.note_source(notes);
        }
        prepared
    }

    /// Whether the source may make users.
    pub(crate) fn creates(&self) -> bool {
        self.provider.kind == ProviderKind::Directory || !self.provider.settings.attach_only
    }

    pub(crate) fn is_directory(&self) -> bool {
        self.provider.kind == ProviderKind::Directory
    }

    pub(crate) fn in_scope(&self, row: u32) -> bool {
        self.scope.users.get(row as usize) == Some(&UserScope::In)
    }

    /// The user's link to the roster, as it was.
    pub(crate) fn link(&self, row: u32) -> Option<&'a Link> {
        self.links.get(*self.link_of.get(row as usize)? as usize)
    }

    /// What concerns the source as a whole.
    fn note_source(&self, notes: &mut Notes) {
        let settings = &self.provider.settings;
        if settings.merge_key == MergeKey::EmailLocalPart && settings.email_domains.is_empty() {
            note_general(notes, kind::EMAIL_DOMAINS_MISSING, "email");
        }
        let fields = [
            (UserText::Email, "email"),
            (UserText::GivenName, "givenName"),
            (UserText::FamilyName, "familyName"),
            (UserText::Username, "username"),
        ];
        for (text, name) in fields {
            let values = self.records.users().filter_map(|user| user.text(text));
            let masked = values.filter(|value| email::is_masked(value)).count();
            if masked > 0 {
                let detail = format!(
                    "The source hides {name} in {masked} of {} users.",
                    self.records.users().len()
                );
                let entity = Some(Collection::Users);
                notes.general(kind::VALUE_MASKED, entity, Some(name), detail);
            }
        }
    }
}

fn note_general(notes: &mut Notes, kind: Kind, field: &'static str) {
    notes.general(
        kind,
        Some(Collection::Users),
        Some(field),
        kind.sentence.to_owned(),
    );
}

/// The links of one provider: links are sorted by provider.
fn links_of<'a>(links: &'a [Link], provider: &Provider) -> &'a [Link] {
    let from = links.partition_point(|link| link.origin.provider < provider.key);
    let rest = &links[from..];
    let len = rest.partition_point(|link| link.origin.provider == provider.key);
    &rest[..len]
}

/// Walks links and users side by side: both are sorted by `sourcedId`.
fn pair(links: &[Link], records: &SourceRecords) -> (Vec<u32>, Vec<u32>) {
    let mut link_of = vec![NO_ID; records.users().len()];
    let mut user_of = vec![NO_ID; links.len()];
    let mut link = 0;
    for (row, user) in records.users().enumerate() {
        let id = user.id();
        while links
            .get(link)
            .is_some_and(|link| &*link.origin.sourced_id < id)
        {
            link += 1;
        }
        if links
            .get(link)
            .is_some_and(|link| &*link.origin.sourced_id == id)
        {
            link_of[row] = link as u32;
            user_of[link] = row as u32;
        }
    }
    (link_of, user_of)
}
