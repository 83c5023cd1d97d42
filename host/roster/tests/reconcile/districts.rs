//! Small districts with every fault that a source can have, under settings of
//! every kind: a directory, one or two SISs, and now and then a file of
//! guardians.

use std::collections::BTreeMap;

use homeroom_roster::outcome::Source;
use homeroom_roster::record::{Collection, Enrollment, Role};
use homeroom_roster::settings::{
    ArchivedStudents, DeletionThreshold, GuardianSource, MergeKey, PhoneColumn, ProviderKind,
    RELATIONS, Settings, StudentId,
};
use homeroom_roster::state::{Field, ProviderKey, UserKey};
use proptest::prelude::*;

use crate::drawn::{Dice, PEOPLE, Row, Throw};
use crate::support::*;

/// A file of guardians for the students of [`SIS`].
const FILE: ProviderKey = ProviderKey(4);

/// Enrollments without which a school is incomplete.
const LOST: [&str; 12] = [
    "l1", "l2", "l3", "l4", "l5", "l6", "l7", "l8", "l9", "l10", "l11", "l12",
];
/// A provider: its rows and the bytes that choose its settings.
#[derive(Debug, Clone)]
pub struct Provider {
    pub key: ProviderKey,
    kind: ProviderKind,
    rows: Vec<Row>,
    settings: Settings,
}

/// All providers of a night, and what is decided by hand after it.
#[derive(Debug, Clone)]
pub struct District {
    pub providers: Vec<Provider>,
    decisions: Dice,
}

fn rows(make: fn(&Dice) -> Row, most: usize) -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec(any::<Dice>(), 0..=most)
        .prop_map(move |dice| dice.iter().map(make).collect())
}

/// What a school must have, without any fault.
fn sound() -> Vec<Row> {
    let orgs = [school("north"), school("south")].map(Row::Org);
    let classes = [
        class("c1", "north"),
        class("c2", "south"),
        class("c3", "north"),
    ];
    let year = session("year", -100, 100, None);
    orgs.into_iter()
        .chain([Row::Session(year)])
        .chain(classes.map(Row::Class))
        .collect()
}

/// Enrollments of people who were not sent, so many that the school counts as
/// incomplete.
fn lost() -> Vec<Row> {
    let of_nobody = |id| Enrollment {
        school: Some("north"),
        ..enrollment(id, "gone", "c1", Role::Student)
    };
    LOST.map(of_nobody).map(Row::Enrollment).to_vec()
}

fn sis(key: ProviderKey, priority: u8) -> impl Strategy<Value = Provider> {
    let rows = (
        rows(Row::org, 3),
        rows(Row::session, 5),
        rows(Row::course, 4),
        rows(Row::class, 6),
        rows(Row::user, 16),
        rows(Row::enrollment, 30),
    );
    let others = (
        prop::bool::weighted(0.9),
        prop::bool::weighted(0.1),
        prop::collection::vec(any::<prop::sample::Index>(), 0..3),
    );
    (rows, others, any::<[Dice; 2]>()).prop_map(move |(rows, (sound, lost, again), dice)| {
        let (orgs, sessions, courses, classes, users, enrollments) = rows;
        let mut rows = match sound {
            true => self::sound(),
            false => Vec::new(),
        };
        rows.extend([orgs, sessions, courses].into_iter().flatten());
        rows.extend([classes, users, enrollments].into_iter().flatten());
        if lost {
            rows.extend(self::lost());
        }
        // Rows that come once more, to the letter.
        for index in again
            .iter()
            .filter(|_| !rows.is_empty())
            .collect::<Vec<_>>()
        {
            let row = index.get(&rows).clone();
            rows.push(row);
        }
        Provider {
            key,
            kind: ProviderKind::Sis,
            rows,
            settings: settings(dice, priority),
        }
    })
}

/// A provider that has people alone.
fn people(key: ProviderKey, kind: ProviderKind, priority: u8) -> impl Strategy<Value = Provider> {
    (rows(Row::user, 10), any::<[Dice; 2]>()).prop_map(move |(rows, dice)| Provider {
        key,
        kind,
        rows,
        settings: settings(dice, priority),
    })
}

/// Settings of every kind, but for the guards: whatever they would say, the
/// plan is applied as it is.
fn settings([one, two]: [Dice; 2], merge_priority: u8) -> Settings {
    let (mut one, mut two) = (Throw::of(one), Throw::of(two));
    Settings {
        merge_priority,
        attach_only: one.seldom(2),
        classrooms: !one.seldom(8),
        respect_enrolment_date: one.seldom(2),
        respect_academic_sessions: one.seldom(3),
        parents: one
            .pick(&[&RELATIONS[..0], &RELATIONS[..1], &RELATIONS[..]])
            .iter()
            .copied()
            .collect(),
        guardians: match one.seldom(4) {
            true => GuardianSource::File,
            false => GuardianSource::Roster,
        },
        merge_key: one.pick(&[
            MergeKey::Email,
            MergeKey::EmailExact,
            MergeKey::EmailLocalPart,
        ]),
        email_domains: one
            .pick(&[&["x.org", "y.org"][..], &[]])
            .iter()
            .map(|domain| (*domain).to_owned())
            .collect(),
        limit_roles: one
            .pick(&[
                &[][..],
                &[],
                &[],
                &[],
                &[Role::Student],
                &[Role::Student, Role::Teacher],
                &[Role::Teacher, Role::Parent],
            ])
            .iter()
            .copied()
            .collect(),
        limit_grades: one
            .pick(&[&[][..], &[], &[], &["9"], &["10", "K"]])
            .iter()
            .map(|grade| (*grade).to_owned())
            .collect(),
        limit_email_domains: one
            .pick(&[&[][..], &[], &[], &["x.org"]])
            .iter()
            .map(|domain| (*domain).to_owned())
            .collect(),
        excluded_schools: two
            .pick(&[&[][..], &[], &["south"], &["d"], &["gone", "north"]])
            .iter()
            .map(|school| (*school).to_owned())
            .collect(),
        student_id: two.pick(&[StudentId::SourcedId, StudentId::StudentNumber]),
        archived_students: two.pick(&[
            ArchivedStudents::Archive,
            ArchivedStudents::Import,
            ArchivedStudents::Ignore,
        ]),
        phone: two.pick(&[PhoneColumn::Sms, PhoneColumn::Phone]),
        unarchive_classes: !two.seldom(3),
        update_contacts: !two.seldom(3),
        update_language: !two.seldom(3),
        deletion_threshold: DeletionThreshold {
            percent: 100,
            count: u32::MAX,
        },
        ..Settings::default()
    }
}

impl Provider {
    fn source(&self, shuffle: &mut Shuffle) -> Source {
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        shuffle.list(&mut rows);
        let mut all = Rows::default();
        for row in rows {
            match row {
                Row::Org(one) => all.0.push_org(one),
                Row::Session(one) => all.0.push_session(one),
                Row::Course(one) => all.0.push_course(one),
                Row::Class(one) => all.0.push_class(one),
                Row::User(one) => all.0.push_user(one),
                Row::Enrollment(one) => all.0.push_enrollment(one),
            }
        }
        let priority = self.settings.merge_priority;
        with(
            source(self.key, self.kind, priority, all.finish()),
            |settings| *settings = self.settings.clone(),
        )
    }

    /// How often each id was sent.
    pub fn sent(&self) -> BTreeMap<(Collection, &'static str), u64> {
        let mut sent = BTreeMap::new();
        for row in &self.rows {
            *sent.entry(row.id()).or_default() += 1;
        }
        sent
    }

    /// Whether the settings leave out the whole collection.
    pub fn is_off(&self, collection: Collection) -> bool {
        let people = matches!(collection, Collection::Orgs | Collection::Users);
        !people && !self.settings.classrooms
    }
}

impl District {
    /// Any night: a directory, one or two SISs, now and then a file of guardians.
    pub fn any() -> impl Strategy<Value = District> {
        let directory = people(DIRECTORY, ProviderKind::Directory, 100);
        let second = prop::option::of(sis(SIS_2, 50));
        let file = prop::option::weighted(0.2, people(FILE, ProviderKind::Guardians(SIS), 40));
        let providers = (directory, sis(SIS, 60), second, file);
        (providers, any::<Dice>()).prop_map(|((directory, first, second, file), decisions)| {
            let others = second.into_iter().chain(file);
            District {
                providers: [directory, first].into_iter().chain(others).collect(),
                decisions,
            }
        })
    }

    /// Decides by hand about records that may or may not be there, and about
    /// users who are there or never were.
    fn decide(&self, tenant: &mut Tenant) {
        let mut throw = Throw::of(self.decisions);
        let users = tenant.roster.users.len() as u32;
        let mut decision = || {
            let provider = throw.pick(&[SIS, SIS_2, DIRECTORY]);
            let record = tenant.origin(provider, throw.pick(&PEOPLE));
            let user = throw.die() as u32;
            let user = UserKey(user.checked_rem(users).unwrap_or(u32::MAX));
            throw.seldom(3).then_some((record, user))
        };
        let (unmatched, matched, never) = (decision(), decision(), decision());
        let unmatched = unmatched.map(|(record, _)| record);
        let decisions = &mut tenant.decisions;
        decisions.unmatched.extend(unmatched);
        decisions.matches.extend(matched);
        decisions.never.extend(never);
        if users > 0 && throw.seldom(4) {
            let pin = (UserKey(0), Field::Email, "c@y.org".into());
            decisions.pins.push(pin);
        }
    }

    /// The sources; seed 0 leaves rows and sources in their order, any other
    /// mixes them.
    pub fn sources(&self, seed: u64) -> Vec<Source> {
        let mut shuffle = Shuffle(seed);
        let providers = self.providers.iter();
        let mut sources: Vec<Source> = providers.map(|one| one.source(&mut shuffle)).collect();
        shuffle.list(&mut sources);
        sources
    }
}

/// Mixes lists, the same for the same seed.
struct Shuffle(u64);

impl Shuffle {
    fn list<T>(&mut self, list: &mut [T]) {
        if self.0 == 0 {
            return;
        }
        for end in (1..list.len()).rev() {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            list.swap(end, (self.0 % (end as u64 + 1)) as usize);
        }
    }
}

/// A tenant that has seen a few nights, each run by another provider.
pub fn lived(nights: &[District]) -> Tenant {
    let mut tenant = Tenant::default();
    for night in nights {
        for provider in &night.providers {
            tenant.run_of(provider.key, &night.sources(0));
        }
        night.decide(&mut tenant);
    }
    tenant
}
