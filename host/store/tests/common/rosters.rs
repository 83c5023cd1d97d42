//! Rosters made at random, and the plan that leads from one to another.

use std::collections::BTreeMap;

use homeroom_roster::plan::{Changes, Plan, Update};
use homeroom_roster::record::{Day, Role};
use homeroom_roster::state::*;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

/// Keys are few, so that two rosters have many in common.
const KEYS: std::ops::Range<u32> = 0..40;

fn text() -> impl Strategy<Value = Text> {
    prop_oneof![
        Just(""),
        Just("9"),
        Just("Åsa O'Brien; DROP TABLE users --"),
        Just("a\u{10ffff}b\n\t,"),
        Just("given.family@example.org"),
        Just("quote \" backslash \\ nul \0 end"),
    ]
    .prop_map(Text::from)
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![Just(Status::Active), Just(Status::Archived)]
}

fn origin(prefix: &'static str, key: u32) -> impl Strategy<Value = Origin> {
    (0..3u32).prop_map(move |provider| Origin {
        provider: ProviderKey(provider),
        sourced_id: format!("{prefix}-{key}").into(),
    })
}

fn role() -> impl Strategy<Value = Role> {
    (0..Role::ALL.len()).prop_map(|place| Role::ALL[place])
}

fn day() -> impl Strategy<Value = Option<Day>> {
    option::of(any::<i32>().prop_map(Day))
}

fn org(key: u32) -> impl Strategy<Value = Org> {
    (
        origin("org", key),
        status(),
        text(),
        text(),
        option::of(text()),
        option::of(any::<u32>()),
    )
        .prop_map(
            move |(origin, status, name, org_type, identifier, parent)| Org {
                key: OrgKey(key),
                origin,
                status,
                name,
                org_type,
                identifier,
                parent: parent.map(OrgKey),
            },
        )
}

fn session(key: u32) -> impl Strategy<Value = Session> {
    (
        origin("session", key),
        status(),
        (text(), text()),
        (day(), day()),
        option::of(any::<u32>()),
        option::of(any::<u16>()),
    )
        .prop_map(
            move |(origin, status, words, days, parent, school_year)| Session {
                key: SessionKey(key),
                origin,
                status,
                title: words.0,
                session_type: words.1,
                start: days.0,
                end: days.1,
                parent: parent.map(SessionKey),
                school_year,
            },
        )
}

fn course(key: u32) -> impl Strategy<Value = Course> {
    (
        origin("course", key),
        status(),
        [text(), text(), text(), text()],
        option::of(text()),
        option::of(any::<u32>()),
        option::of(any::<u32>()),
    )
        .prop_map(
            move |(origin, status, words, course_code, org, school_year)| {
                let [title, grades, subjects, subject_codes] = words;
                Course {
                    key: CourseKey(key),
                    origin,
                    status,
                    title,
                    course_code,
                    org: org.map(OrgKey),
                    school_year: school_year.map(SessionKey),
                    grades,
                    subjects,
                    subject_codes,
                }
            },
        )
}

fn class(key: u32) -> impl Strategy<Value = Class> {
    (
        origin("class", key),
        status(),
        [text(), text(), text(), text(), text()],
        [option::of(text()), option::of(text()), option::of(text())],
        option::of(any::<u32>()),
        any::<u32>(),
        vec(any::<u32>(), 0..4),
    )
        .prop_map(
            move |(origin, status, words, more, course, school, sessions)| {
                let [title, grades, subjects, subject_codes, periods] = words;
                let [class_code, class_type, location] = more;
                Class {
                    key: ClassKey(key),
                    origin,
                    status,
                    title,
                    class_code,
                    class_type,
                    location,
                    grades,
                    subjects,
                    subject_codes,
                    periods,
                    course: course.map(CourseKey),
                    school: OrgKey(school),
                    sessions: sessions.into_iter().map(SessionKey).collect(),
                }
            },
        )
}

/// The values and the providers of fields; `None` for a provider is a pin.
fn attributes() -> impl Strategy<Value = Attributes> {
    let one = (0..Field::COUNT, option::of(text()), option::of(0..3u32));
    vec(one, 0..14).prop_map(|fields| {
        let mut attributes = Attributes::default();
        for (place, value, provider) in fields {
            attributes.set(Field::ALL[place], value, provider.map(ProviderKey));
        }
        attributes
    })
}

fn assignment() -> impl Strategy<Value = Assignment> {
    let role = (0..Role::ALL.len()).prop_map(|place| Role::ALL[place]);
    (option::of(any::<u32>()), role, any::<bool>()).prop_map(|(org, role, primary)| Assignment {
        org: org.map(OrgKey),
        role,
        primary,
    })
}

fn user(key: u32) -> impl Strategy<Value = User> {
    (
        status(),
        any::<bool>(),
        0..1u16 << 14,
        attributes(),
        vec(any::<u32>(), 0..4),
        vec(assignment(), 0..4),
        option::of(any::<u32>()),
    )
        .prop_map(
            move |(status, enabled, roles, attributes, orgs, assignments, primary)| User {
                key: UserKey(key),
                id: format!("user-{key}").into(),
                status,
                enabled,
                roles: Roles(roles),
                attributes,
                orgs: orgs.into_iter().map(OrgKey).collect(),
                assignments: assignments.into_iter().collect(),
                primary_org: primary.map(OrgKey),
            },
        )
}

fn rule() -> impl Strategy<Value = Rule> {
    prop_oneof![
        Just(Rule::Manual),
        Just(Rule::Created),
        Just(Rule::SameSource),
        Just(Rule::DirectoryId),
        Just(Rule::SisId),
        Just(Rule::EmailExact),
        Just(Rule::Email),
        Just(Rule::EmailLocalPart),
        Just(Rule::LegacyId),
    ]
}

fn link() -> impl Strategy<Value = (u32, Rule, Option<Text>, u32, bool)> {
    (
        any::<u32>(),
        rule(),
        option::of(text()),
        any::<u32>(),
        any::<bool>(),
    )
}

/// Records by key: of some of the keys.
fn by_key<S: Strategy>(one: impl Fn(u32) -> S) -> impl Strategy<Value = Vec<S::Value>>
where
    S::Value: Clone,
{
    let all: Vec<_> = KEYS.map(|key| option::of(one(key))).collect();
    all.prop_map(|all| all.into_iter().flatten().collect())
}

/// A whole roster, sorted as one is.
pub fn roster() -> impl Strategy<Value = Roster> {
    let links = btree_map((0..3u32, KEYS), link(), 0..30);
    let enrollments = btree_map(
        (KEYS, any::<u32>(), role()),
        (any::<bool>(), day(), day()),
        0..40,
    );
    let guardians = btree_map((KEYS, KEYS), (role(), 0..3u32), 0..20);
    (
        by_key(org),
        by_key(session),
        by_key(course),
        by_key(class),
        by_key(user),
        links,
        enrollments,
        guardians,
        [
            any::<u32>(),
            any::<u32>(),
            any::<u32>(),
            any::<u32>(),
            any::<u32>(),
        ],
    )
        .prop_map(
            |(orgs, sessions, courses, classes, users, links, enrollments, guardians, next)| {
                let mut links: Vec<_> = links.into_iter().map(into_link).collect();
                links.sort_by(|a, b| a.origin.cmp(&b.origin));
                Roster {
                    orgs,
                    sessions,
                    courses,
                    classes,
                    users,
                    links,
                    enrollments: enrollments
                        .into_iter()
                        .map(|((class, user, role), (primary, begin, end))| Enrollment {
                            class: ClassKey(class),
                            user: UserKey(user),
                            role,
                            primary,
                            begin,
                            end,
                        })
                        .collect(),
                    guardians: guardians
                        .into_iter()
                        .map(|((student, guardian), (relation, provider))| Guardian {
                            student: UserKey(student),
                            guardian: UserKey(guardian),
                            relation,
                            provider: ProviderKey(provider),
                        })
                        .collect(),
                    next: NextKeys {
                        org: next[0],
                        session: next[1],
                        course: next[2],
                        class: next[3],
                        user: next[4],
                    },
                }
            },
        )
}

type LinkParts = ((u32, u32), (u32, Rule, Option<Text>, u32, bool));

fn into_link(((provider, id), (user, rule, evidence, since, present)): LinkParts) -> Link {
    Link {
        origin: Origin {
            provider: ProviderKey(provider),
            sourced_id: format!("record'{id}").into(),
        },
        user: UserKey(user),
        rule,
        evidence,
        since: RunKey(since),
        present,
    }
}

/// The plan that leads from one roster to another. Unlike the core's, it
/// removes records too, as an undo does.
pub fn plan(before: &Roster, after: &Roster) -> Plan {
    Plan {
        orgs: changes(&before.orgs, &after.orgs, |org| org.key),
        sessions: changes(&before.sessions, &after.sessions, |session| session.key),
        courses: changes(&before.courses, &after.courses, |course| course.key),
        classes: changes(&before.classes, &after.classes, |class| class.key),
        users: changes(&before.users, &after.users, |user| user.key),
        links: changes(&before.links, &after.links, |link| link.origin.clone()),
        enrollments: changes(&before.enrollments, &after.enrollments, |e| {
            (e.class, e.user, e.role)
        }),
        guardians: changes(&before.guardians, &after.guardians, |g| {
            (g.student, g.guardian)
        }),
        next: after.next,
    }
}

fn changes<T: Clone + PartialEq, K: Ord>(
    before: &[T],
    after: &[T],
    key: impl Fn(&T) -> K,
) -> Changes<T> {
    let mut old: BTreeMap<K, &T> = before.iter().map(|record| (key(record), record)).collect();
    let mut changes = Changes::default();
    for record in after {
        match old.remove(&key(record)) {
            None => changes.created.push(record.clone()),
            Some(before) if before != record => changes.updated.push(Update {
                before: before.clone(),
                after: record.clone(),
            }),
            Some(_) => {}
        }
    }
    changes.removed = old.into_values().cloned().collect();
    changes
}

/// Free keys never shrink.
pub fn later(a: NextKeys, b: NextKeys) -> NextKeys {
    NextKeys {
        org: a.org.max(b.org),
        session: a.session.max(b.session),
        course: a.course.max(b.course),
        class: a.class.max(b.class),
        user: a.user.max(b.user),
    }
}
