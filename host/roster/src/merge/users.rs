//! Users, computed from the records that speak for them and compared with the
//! roster's.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use super::attributes::{is_contact, value};
use super::status::{Standing, Voice};
use crate::diff::catalogue::Keys;
use crate::diff::{Shared, own_text};
use crate::matching::{Made, Matching, NO_SLOT};
use crate::outcome::Inputs;
use crate::plan::{Changes, Update};
use crate::prepared::Prepared;
use crate::state::{Assignment, Attributes, Field, OrgKey, ProviderKey, Roles, Status, Text, User};

/// What merging looks at.
pub(crate) struct Merge<'m, 'a> {
    pub(crate) inputs: &'m Inputs<'a>,
    pub(crate) all: &'m [Prepared<'a>],
    pub(crate) keys: &'m [Keys],
    pub(crate) matching: &'m Matching<'a>,
    pub(crate) standing: &'m Standing,
    /// Schools at which users are in classes: (slot, org), sorted.
    pub(crate) members: &'m [(u32, OrgKey)],
    /// Schools that stay as they are, sorted.
    pub(crate) frozen: &'m [OrgKey],
    pub(crate) shared: &'m mut Shared,
}

/// What merging says.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    pub(crate) users: Changes<User>,
    /// Ids of the users that are new, in the order in which they were made.
    pub(crate) made: Vec<Text>,
    /// By slot: the user's roles as they will be.
    pub(crate) roles: Vec<Roles>,
    /// By slot of the roster's users: the place among the updated ones.
    updated: Vec<u32>,
}

impl Merged {
    /// The attributes of a user as they will be.
    pub(crate) fn attributes<'m>(
        &'m self,
        previous: &'m [User],
        slot: u32,
    ) -> Option<&'m Attributes> {
        let index = slot as usize;
        let Some(before) = previous.get(index) else {
            let created = self.users.created.get(index - previous.len());
            return created.map(|user| &user.attributes);
        };
        let place = self.updated.get(index).copied().unwrap_or(NO_SLOT);
        let updated = self.users.updated.get(place as usize);
        Some(updated.map_or(&before.attributes, |update| &update.after.attributes))
    }
}

/// A value and the provider it comes from; none was pinned.
type Valued<'v> = (Cow<'v, str>, Option<ProviderKey>);

impl<'a> Merge<'_, 'a> {
    /// Computes every user; what is as it was is not built.
    pub(crate) fn users(&mut self) -> Merged {
        let users = &self.matching.users;
        let mut merged = Merged {
            made: self.ids(),
            ..Merged::default()
        };
        let mut pins: BTreeMap<u32, Vec<(Field, &Text)>> = BTreeMap::new();
        for (user, field, text) in &self.inputs.decisions.pins {
            if let Some(slot) = users.slot(*user) {
                pins.entry(slot).or_default().push((*field, text));
            }
        }
        let (mut keeps, mut members) = (self.standing.keeps.as_slice(), self.members);
        // One list for all users: hardly any has new assignments.
        let mut assignments = Vec::new();
        for slot in 0..users.len() {
            let kept = take(&mut keeps, |(of, _)| *of as usize == slot);
            let schools = take(&mut members, |(of, _)| *of as usize == slot);
            let pins = pins.get(&(slot as u32)).map_or(&[][..], Vec::as_slice);
            let one = One {
                slot,
                before: users.previous.get(slot),
                voices: self.standing.voices(slot),
                kept,
                schools,
                pins,
            };
            self.user(&one, &mut merged, &mut assignments);
        }
        merged
    }

    /// The ids of new users: the record's, where that is free.
    fn ids(&self) -> Vec<Text> {
        let users = &self.matching.users;
        if users.made.is_empty() {
            return Vec::new();
        }
        let mut taken: HashSet<Text> = users.previous.iter().map(|user| user.id.clone()).collect();
        let id = |made: &Made| {
            let prepared = &self.all[made.source];
            let id = prepared.records.user(made.row).map_or("", |user| user.id());
            if !taken.contains(id) {
                let id: Text = id.into();
                taken.insert(id.clone());
                return id;
            }
            let named: Text = format!("{}/{id}", prepared.provider.name).into();
            let mut free = named.clone();
            let mut count = 2;
            while taken.contains(&free) {
                free = format!("{named}/{count}").into();
                count += 1;
            }
            taken.insert(free.clone());
            free
        };
        users.made.iter().map(id).collect()
    }

    fn user(&mut self, one: &One<'_>, merged: &mut Merged, assignments: &mut Vec<Assignment>) {
        let status = match self.standing.active[one.slot] {
            true => Status::Active,
            false => Status::Archived,
        };
        // What has left is kept as it was when it left, and so is who is only
        // held by records that do not count.
        let silent = status == Status::Archived || one.voices.is_empty();
        let rests = silent && one.before.is_some();
        let made = self.matching.users.made(one.slot as u32);
        let own_voice = made.map(|made| {
            [Voice {
                source: made.source as u32,
                row: made.row,
            }]
        });
        let voices = match (&own_voice, one.voices) {
            (Some(own), []) => own.as_slice(),
            (_, voices) => voices,
        };
        let values = self.values(one, voices, rests);
        self.assignments(one, voices, rests, assignments);
        // Roles at a school that stays as it was are roles, whoever says them.
        let held = assignments.iter().map(|one| one.role);
        let roles = self.roles(one, voices, rests).union(held.collect());
        let orgs = self.orgs(one, voices, rests);
        let primary_org = self.primary_org(one, voices, rests);
        let enabled = self.enabled(one, voices, rests);
        merged.roles.push(roles);
        if one.before.is_some() {
            merged.updated.push(NO_SLOT);
        }
        if let Some(before) = one.before {
            let same = before.status == status
                && before.enabled == enabled
                && before.roles == roles
                && before.orgs == orgs
                && before.assignments.as_slice() == assignments
                && before.primary_org == primary_org
                && same_values(&before.attributes, &values);
            if same {
                return;
            }
        }
        let before = one.before.map(|before| &before.attributes);
        let attributes = values.iter().zip(Field::ALL).filter_map(|(value, field)| {
            let (value, provider) = value.as_ref()?;
            let known = before.and_then(|before| before.get(field));
            let text = match field {
                Field::GivenName | Field::FamilyName | Field::MiddleName => {
                    self.shared.like(known, value)
                }
                Field::Language | Field::Grades => self.shared.like(known, value),
                _ => own_text(known, value),
            };
            Some((field, text, *provider))
        });
        let attributes: Attributes = attributes.collect();
        let after = User {
            key: self.matching.users.key(one.slot as u32),
            id: match one.before {
                Some(before) => before.id.clone(),
                None => merged.made[one.slot - self.matching.users.previous.len()].clone(),
            },
            status,
            enabled,
            roles,
            attributes,
            orgs,
            assignments: self.shared.assignments.get(assignments),
            primary_org,
        };
        match one.before {
            None => merged.users.created.push(after),
            Some(before) => {
                merged.updated[one.slot] = merged.users.updated.len() as u32;
                merged.users.updated.push(Update {
                    before: before.clone(),
                    after,
                });
            }
        }
    }

    /// The value of each field, in the order of [`Field::ALL`].
    fn values<'v>(
        &self,
        one: &One<'v>,
        voices: &[Voice],
        rests: bool,
    ) -> [Option<Valued<'v>>; Field::COUNT]
    where
        'a: 'v,
    {
        Field::ALL.map(|field| {
            let pinned = one.pins.iter().find(|(pinned, _)| *pinned == field);
            if let Some((_, value)) = pinned {
                return Some((Cow::Borrowed(&***value), None));
            }
            let before = one.before.and_then(|before| {
                let value = before.attributes.get(field)?;
                Some((Cow::Borrowed(&**value), before.attributes.provider(field)))
            });
            match rests {
                true => before,
                false => self.value(one, voices, field, before),
            }
        })
    }

    fn value<'v>(
        &self,
        one: &One<'v>,
        voices: &[Voice],
        field: Field,
        before: Option<Valued<'v>>,
    ) -> Option<Valued<'v>>
    where
        'a: 'v,
    {
        let told = voices.iter().find_map(|voice| {
            let prepared = &self.all[voice.source as usize];
            let may = field != Field::Language || prepared.provider.settings.update_language;
            let user = prepared.records.user(voice.row).filter(|_| may)?;
            let roles = prepared.scope.roles[voice.row as usize];
            Some((voice, value(prepared, user, roles, field)?))
        });
        let told = told.map(|(voice, value)| (&self.all[voice.source as usize], value));
        if let Some((value, Some(provider))) = before {
            let stays = match &told {
                Some((prepared, _)) => {
                    let settings = &prepared.provider.settings;
                    let active = one.before.is_some_and(|user| user.status == Status::Active);
                    let owned = is_contact(field) && !settings.update_contacts && active;
                    owned || self.outranks(one, provider, settings.merge_priority)
                }
                None => self.keeps(one, voices, provider, field),
            };
            if stays {
                return Some((value, Some(provider)));
            }
        }
        told.map(|(prepared, value)| (value, Some(prepared.provider.key)))
    }

    /// Whether a provider whose record is kept though it does not count has a
    /// higher priority.
    fn outranks(&self, one: &One<'_>, provider: ProviderKey, priority: u8) -> bool {
        let kept = one.kept.iter().any(|(_, kept)| *kept == provider);
        let read = self.all.iter().map(|prepared| prepared.provider);
        let source = read
            .chain(self.inputs.unread)
            .find(|source| source.key == provider);
        kept && source.is_some_and(|source| source.settings.merge_priority > priority)
    }

    /// Whether a value stays that nobody says any more: its provider's record
    /// is kept, or its provider does not update it.
    fn keeps(&self, one: &One<'_>, voices: &[Voice], provider: ProviderKey, field: Field) -> bool {
        let kept = one.kept.iter().any(|(_, kept)| *kept == provider);
        let language = field == Field::Language
            && voices.iter().any(|voice| {
                let source = self.all[voice.source as usize].provider;
                source.key == provider && !source.settings.update_language
            });
        kept || language
    }

    /// A source bars a user if none of its records for the user is enabled; one
    /// source that bars is enough. One that cannot be read now may have barred.
    fn enabled(&self, one: &One<'_>, voices: &[Voice], rests: bool) -> bool {
        let before = one.before.is_none_or(|before| before.enabled);
        if rests || voices.is_empty() {
            return before;
        }
        let unread = |kept: &ProviderKey| self.inputs.unread.iter().any(|one| one.key == *kept);
        if !before && one.kept.iter().any(|(_, kept)| unread(kept)) {
            return false;
        }
        voices.chunk_by(|a, b| a.source == b.source).all(|voices| {
            voices.iter().any(|voice| {
                let user = self.all[voice.source as usize].records.user(voice.row);
                user.is_some_and(|user| user.enabled())
            })
        })
    }
}

/// One user and what there is about it.
pub(super) struct One<'o> {
    slot: usize,
    pub(super) before: Option<&'o User>,
    voices: &'o [Voice],
    /// Providers whose record is kept though it does not count.
    pub(super) kept: &'o [(u32, ProviderKey)],
    pub(super) schools: &'o [(u32, OrgKey)],
    pins: &'o [(Field, &'o Text)],
}

/// Takes the front of a list as long as it is wanted.
fn take<'l, T>(list: &mut &'l [T], wanted: impl Fn(&T) -> bool) -> &'l [T] {
    let len = list.iter().take_while(|item| wanted(item)).count();
    let (front, rest) = list.split_at(len);
    *list = rest;
    front
}

fn same_values(before: &Attributes, values: &[Option<Valued<'_>>; Field::COUNT]) -> bool {
    let now = values.iter().zip(Field::ALL);
    let now = now.filter_map(|(value, field)| Some((field, value.as_ref()?)));
    let mut before = before.iter();
    for (field, (value, provider)) in now {
        let same = before.next().is_some_and(|(known, text, by)| {
            known == field && by == *provider && **text == **value
        });
        if !same {
            return false;
        }
    }
    before.next().is_none()
}
