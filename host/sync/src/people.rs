//! Users and people without a user, as they are shown, and the explanation of
//! one of them.

use std::collections::{BTreeMap, HashMap};

use homeroom_roster::explain;
use homeroom_roster::outcome::{Decisions, Unmatched};
use homeroom_roster::settings::ProviderKind;
use homeroom_roster::state::{
    Field, Link, Origin, ProviderKey, Roster, RunKey, Status, User, UserKey,
};

use crate::error::{Error, Result};
use crate::homeroom::{Office, today};
use crate::reconcile::prepare_on;
use crate::views::{
    AttributeView, CandidateView, Explanation, LinkDetail, LinkView, UnmatchedView, UserView,
};

/// Who a name on the command line stands for.
pub(crate) enum Who {
    User(UserKey),
    Unmatched(Unmatched),
}

/// Providers, as showing people needs them.
pub(crate) struct Providers {
    names: BTreeMap<ProviderKey, String>,
    sis: Vec<ProviderKey>,
}

impl Providers {
    fn name(&self, key: ProviderKey) -> String {
        self.names
            .get(&key)
            .cloned()
            .unwrap_or_else(|| key.to_string())
    }

    fn key(&self, name: &str) -> Option<ProviderKey> {
        self.names
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(key, _)| *key)
    }
}

/// All users, of whom there may be a million: what is shown of one is made when
/// it is asked for.
pub struct Users {
    users: Vec<User>,
    /// Those that are present, by user.
    links: Vec<Link>,
    providers: Providers,
}

impl Users {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.users.len()
    }

    /// One after the other, by key.
    pub fn iter(&self) -> impl Iterator<Item = UserView> + Clone {
        self.users.iter().map(|user| {
            let first = self.links.partition_point(|link| link.user < user.key);
            let links = self.links[first..].iter();
            let links: Vec<_> = links.take_while(|link| link.user == user.key).collect();
            user_view(user, &links, &self.providers)
        })
    }
}

/// People who are no users, like [`Users`].
pub struct UnmatchedPeople {
    people: Vec<Unmatched>,
    providers: Providers,
}

impl UnmatchedPeople {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.people.len()
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = UnmatchedView> + Clone {
        let view = |person| unmatched_view(person, &self.providers);
        self.people.iter().map(view)
    }
}

impl Office {
    /// All users.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn users(&self) -> Result<Users> {
        let (users, mut links) = self.tenant.load_people().await?;
        links.retain(|link| link.present);
        links.sort_by_key(|link| link.user);
        Ok(Users {
            users,
            links,
            providers: self.provider_kinds().await?,
        })
    }

    /// People of the integrations who are no users, with the reason.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn unmatched(&self) -> Result<UnmatchedPeople> {
        Ok(UnmatchedPeople {
            people: self.tenant.unmatched().await?,
            providers: self.provider_kinds().await?,
        })
    }

    /// Says why somebody is matched, or why not, and where each attribute comes
    /// from. `who` is a user's id, an email that one user has, or
    /// `PROVIDER/SOURCED_ID`.
    ///
    /// # Errors
    /// If nobody, or more than one, goes by that name.
    pub async fn explain(&self, who: &str) -> Result<Explanation> {
        let (roster, version) = self.tenant.load_roster().await?;
        let providers = self.provider_kinds().await?;
        match self.find(who, &roster, &providers).await? {
            Who::User(key) => self.explain_user(key, &roster, &providers).await,
            Who::Unmatched(person) => {
                let loaded = (roster, version);
                self.explain_unmatched(person, loaded, &providers).await
            }
        }
    }

    /// The roster with the names of all providers, for an export.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn roster(&self) -> Result<(Roster, BTreeMap<ProviderKey, String>)> {
        let (roster, _) = self.tenant.load_roster().await?;
        Ok((roster, self.provider_names().await?))
    }

    pub(crate) async fn provider_kinds(&self) -> Result<Providers> {
        let rows = self.tenant.providers().await?;
        let sis = rows
            .iter()
            .filter(|row| row.kind != ProviderKind::Directory)
            .map(|row| row.key);
        let sis = sis.collect();
        Ok(Providers {
            names: rows.into_iter().map(|row| (row.key, row.name)).collect(),
            sis,
        })
    }

    pub(crate) async fn find(
        &self,
        who: &str,
        roster: &Roster,
        providers: &Providers,
    ) -> Result<Who> {
        if let Some(user) = roster.users.iter().find(|user| &*user.id == who) {
            return Ok(Who::User(user.key));
        }
        if let Some((provider, sourced_id)) = who.split_once('/')
            && let Some(provider) = providers.key(provider)
        {
            let origin = Origin {
                provider,
                sourced_id: sourced_id.into(),
            };
            if let Some(link) = roster.links.iter().find(|link| link.origin == origin) {
                return Ok(Who::User(link.user));
            }
            let mut people = self.tenant.unmatched().await?.into_iter();
            if let Some(person) = people.find(|person| person.origin == origin) {
                return Ok(Who::Unmatched(person));
            }
        }
        let folded = who.to_lowercase();
        let mut by_email = roster.users.iter().filter(|user| {
            let email = user.attributes.get(Field::Email);
            email.is_some_and(|email| email.to_lowercase() == folded)
        });
        match (by_email.next(), by_email.next()) {
            (Some(user), None) => Ok(Who::User(user.key)),
            (Some(_), Some(_)) => Err(Error::usage(
                "ambiguous-user",
                format!(
                    "several users have the email {who}; give a user's id (`homeroom user list`)"
                ),
            )),
            (None, _) => Err(Error::usage(
                "unknown-user",
                format!(
                    "nobody goes by \"{who}\"; give a user's id, an email, or \
                     PROVIDER/SOURCED_ID (`homeroom user list`, `homeroom user list --unmatched`)"
                ),
            )),
        }
    }

    async fn explain_user(
        &self,
        key: UserKey,
        roster: &Roster,
        providers: &Providers,
    ) -> Result<Explanation> {
        let Some(user) = roster.users.iter().find(|user| user.key == key) else {
            return Err(Error::usage("unknown-user", "the user is gone"));
        };
        let links: Vec<_> = roster
            .links
            .iter()
            .filter(|link| link.user == key)
            .collect();
        let present: Vec<_> = links.iter().copied().filter(|link| link.present).collect();
        let mut details = Vec::new();
        for link in links {
            let since = self
                .tenant
                .run(link.since)
                .await
                .ok()
                .map(|run| run.started.to_string());
            details.push(LinkDetail {
                provider: providers.name(link.origin.provider),
                sourced_id: link.origin.sourced_id.to_string(),
                rule: link.rule.name().to_owned(),
                evidence: link.evidence.as_ref().map(ToString::to_string),
                run: link.since.0,
                since,
                present: link.present,
            });
        }
        let attributes = Field::ALL.into_iter().filter_map(|field| {
            let value = user.attributes.get(field)?.to_string();
            let source = user.attributes.provider(field);
            let source = source.map_or_else(|| "pinned".to_owned(), |key| providers.name(key));
            Some(AttributeView {
                field: field.name().to_owned(),
                value,
                source,
            })
        });
        let titles: HashMap<_, _> = roster
            .classes
            .iter()
            .map(|class| (class.key, &class.title))
            .collect();
        let classes = roster.enrollments.iter().filter(|tie| tie.user == key);
        let classes = classes.filter_map(|tie| {
            Some((
                titles.get(&tie.class)?.to_string(),
                tie.role.name().to_owned(),
            ))
        });
        let decisions = self.tenant.decisions().await?;
        Ok(Explanation {
            user: Some(user_view(user, &present, providers)),
            unmatched: None,
            links: details,
            attributes: attributes.collect(),
            classes: classes.collect(),
            decisions: decisions_about(key, &decisions, providers),
            candidates: Vec::new(),
        })
    }

    async fn explain_unmatched(
        &self,
        person: Unmatched,
        loaded: (Roster, u64),
        providers: &Providers,
    ) -> Result<Explanation> {
        let origin = &person.origin;
        let prepared = prepare_on(&self.tenant, loaded, None).await?;
        let today = today()?;
        let found = tokio::task::block_in_place(|| {
            explain::candidates(&prepared.inputs(origin.provider, RunKey(0), today), origin)
        });
        let users: HashMap<_, _> = prepared
            .previous
            .users
            .iter()
            .map(|user| (user.key, user))
            .collect();
        let candidates = found.into_iter().filter_map(|candidate| {
            let user = users.get(&candidate.user)?;
            let text = |field| user.attributes.get(field).map(ToString::to_string);
            Some(CandidateView {
                user: user.id.to_string(),
                email: text(Field::Email),
                given_name: text(Field::GivenName),
                family_name: text(Field::FamilyName),
                likeness: candidate.likeness.to_owned(),
                refused: candidate.refused,
            })
        });
        Ok(Explanation {
            user: None,
            unmatched: Some(unmatched_view(&person, providers)),
            links: Vec::new(),
            attributes: Vec::new(),
            classes: Vec::new(),
            decisions: decisions_of(origin, &prepared.decisions, &prepared.previous),
            candidates: candidates.collect(),
        })
    }
}

fn user_view(user: &User, links: &[&Link], providers: &Providers) -> UserView {
    let text = |field| user.attributes.get(field).map(ToString::to_string);
    let status = match user.status {
        Status::Active => "active",
        Status::Archived => "archived",
    };
    UserView {
        id: user.id.to_string(),
        email: text(Field::Email),
        given_name: text(Field::GivenName),
        family_name: text(Field::FamilyName),
        roles: user
            .roles
            .iter()
            .map(|role| role.name().to_owned())
            .collect(),
        status: status.to_owned(),
        matched: links
            .iter()
            .any(|link| providers.sis.contains(&link.origin.provider)),
        links: links
            .iter()
            .map(|link| LinkView {
                provider: providers.name(link.origin.provider),
                sourced_id: link.origin.sourced_id.to_string(),
                rule: link.rule.name().to_owned(),
            })
            .collect(),
    }
}

fn unmatched_view(person: &Unmatched, providers: &Providers) -> UnmatchedView {
    let text =
        |value: &Option<homeroom_roster::state::Text>| value.as_ref().map(ToString::to_string);
    UnmatchedView {
        provider: providers.name(person.origin.provider),
        sourced_id: person.origin.sourced_id.to_string(),
        email: text(&person.email),
        given_name: text(&person.given_name),
        family_name: text(&person.family_name),
        roles: person
            .roles
            .iter()
            .map(|role| role.name().to_owned())
            .collect(),
        reason: person.reason.to_string(),
    }
}

fn decisions_about(key: UserKey, decisions: &Decisions, providers: &Providers) -> Vec<String> {
    let record =
        |origin: &Origin| format!("{}/{}", providers.name(origin.provider), origin.sourced_id);
    let matches = decisions.matches.iter().filter(|(_, user)| *user == key);
    let never = decisions.never.iter().filter(|(_, user)| *user == key);
    let pins = decisions.pins.iter().filter(|(user, _, _)| *user == key);
    matches
        .map(|(origin, _)| format!("matched by hand with {}", record(origin)))
        .chain(never.map(|(origin, _)| format!("never matched with {}", record(origin))))
        .chain(pins.map(|(_, field, value)| format!("{} pinned to {value}", field.name())))
        .collect()
}

fn decisions_of(origin: &Origin, decisions: &Decisions, roster: &Roster) -> Vec<String> {
    let name = |key: UserKey| {
        let user = roster.users.iter().find(|user| user.key == key);
        user.map_or_else(|| key.to_string(), |user| user.id.to_string())
    };
    let matches = decisions
        .matches
        .iter()
        .filter(|(record, _)| record == origin);
    let never = decisions
        .never
        .iter()
        .filter(|(record, _)| record == origin);
    let unmatched = decisions
        .unmatched
        .iter()
        .filter(|record| *record == origin);
    matches
        .map(|(_, user)| format!("matched by hand with {}", name(*user)))
        .chain(never.map(|(_, user)| format!("never matched with {}", name(*user))))
        .chain(unmatched.map(|_| "taken apart by hand (unmatch)".to_owned()))
        .collect()
}
