//! What the keys of a plan stand for: the roster's records and the plan's own.

use std::collections::{BTreeMap, HashMap};

use homeroom_roster::plan::{Changes, Plan};
use homeroom_roster::state::{
    Class, ClassKey, Course, CourseKey, Field, Link, Org, OrgKey, ProviderKey, Roster, Session,
    SessionKey, Text, User, UserKey,
};

/// A user, as rows name it.
struct Person {
    id: Text,
    name: String,
    email: Option<Text>,
    orgs: Vec<OrgKey>,
}

/// A class, as rows name it.
pub(super) struct NamedClass {
    pub(super) id: Text,
    pub(super) title: Text,
    pub(super) school: OrgKey,
}

/// What keys stand for, those of the plan included.
pub(super) struct Names {
    places: HashMap<UserKey, usize>,
    people: Vec<Person>,
    /// Records of sources and whose they are.
    records: Vec<(String, UserKey)>,
    classes: HashMap<ClassKey, NamedClass>,
    orgs: HashMap<OrgKey, Text>,
    sessions: HashMap<SessionKey, Text>,
    courses: HashMap<CourseKey, Text>,
    providers: BTreeMap<ProviderKey, String>,
}

impl Names {
    pub(super) fn new(
        roster: &Roster,
        plan: &Plan,
        providers: BTreeMap<ProviderKey, String>,
    ) -> Self {
        let mut names = Names {
            places: HashMap::new(),
            people: Vec::new(),
            records: Vec::new(),
            classes: all(&roster.classes, &plan.classes).map(class).collect(),
            orgs: all(&roster.orgs, &plan.orgs)
                .map(|org: &Org| (org.key, org.origin.sourced_id.clone()))
                .collect(),
            sessions: all(&roster.sessions, &plan.sessions)
                .map(|one: &Session| (one.key, one.origin.sourced_id.clone()))
                .collect(),
            courses: all(&roster.courses, &plan.courses)
                .map(|one: &Course| (one.key, one.origin.sourced_id.clone()))
                .collect(),
            providers,
        };
        for user in all(&roster.users, &plan.users) {
            names.places.insert(user.key, names.people.len());
            names.people.push(Person {
                id: user.id.clone(),
                name: full_name(user),
                email: user.attributes.get(Field::Email).cloned(),
                orgs: user.orgs.clone(),
            });
        }
        let records = all(&roster.links, &plan.links);
        names.records = records
            .map(|link| (names.record(link), link.user))
            .collect();
        names
    }

    /// Whether an org has that `sourcedId`.
    pub(super) fn knows_org(&self, id: &str) -> bool {
        self.orgs.values().any(|known| **known == *id)
    }

    /// The user's place in [`Names::users_about`].
    pub(super) fn place(&self, user: UserKey) -> Option<usize> {
        self.places.get(&user).copied()
    }

    /// By place: the text, which is in lower case, is in the id, name or email
    /// of the user, or in a record that is linked to it.
    pub(super) fn users_about(&self, text: &str) -> Vec<bool> {
        let has = |value: &str| value.to_lowercase().contains(text);
        let mut about: Vec<bool> = self
            .people
            .iter()
            .map(|one| has(&one.id) || has(&one.name) || one.email.as_deref().is_some_and(has))
            .collect();
        for (record, user) in &self.records {
            if let Some(place) = self.place(*user).filter(|_| has(record)) {
                about[place] = true;
            }
        }
        about
    }

    fn person(&self, key: UserKey) -> Option<&Person> {
        self.people.get(self.place(key)?)
    }

    pub(super) fn user_id(&self, key: UserKey) -> String {
        let person = self.person(key);
        person.map_or_else(|| key.to_string(), |person| person.id.to_string())
    }

    pub(super) fn user_name(&self, key: UserKey) -> &str {
        self.person(key).map_or("", |person| &person.name)
    }

    pub(super) fn user_orgs(&self, key: UserKey) -> &[OrgKey] {
        self.person(key).map_or(&[], |person| &person.orgs)
    }

    pub(super) fn class_of(&self, key: ClassKey) -> Option<&NamedClass> {
        self.classes.get(&key)
    }

    pub(super) fn org_id(&self, key: OrgKey) -> Option<Text> {
        self.orgs.get(&key).cloned()
    }

    pub(super) fn session_id(&self, key: SessionKey) -> Option<Text> {
        self.sessions.get(&key).cloned()
    }

    pub(super) fn course_id(&self, key: CourseKey) -> Option<Text> {
        self.courses.get(&key).cloned()
    }

    pub(super) fn provider(&self, key: ProviderKey) -> String {
        let name = self.providers.get(&key);
        name.cloned().unwrap_or_else(|| key.to_string())
    }

    /// A link's record as `provider/sourcedId`.
    pub(super) fn record(&self, link: &Link) -> String {
        let provider = self.provider(link.origin.provider);
        format!("{provider}/{}", link.origin.sourced_id)
    }
}

/// The roster's records, and those that the plan makes or has taken away.
fn all<'a, T>(list: &'a [T], changes: &'a Changes<T>) -> impl Iterator<Item = &'a T> {
    let own = changes.created.iter().chain(&changes.removed);
    list.iter().chain(own)
}

fn class(class: &Class) -> (ClassKey, NamedClass) {
    let named = NamedClass {
        id: class.origin.sourced_id.clone(),
        title: class.title.clone(),
        school: class.school,
    };
    (class.key, named)
}

pub(super) fn full_name(user: &User) -> String {
    let parts = [Field::GivenName, Field::FamilyName];
    let parts = parts
        .into_iter()
        .filter_map(|field| user.attributes.get(field));
    parts.map(|text| &**text).collect::<Vec<_>>().join(" ")
}
