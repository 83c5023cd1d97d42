//! A small district to reconcile: directories, SISs, people, classes.

use homeroom_roster::apply::apply;
use homeroom_roster::outcome::{Decisions, Inputs, Outcome, Source};
use homeroom_roster::record::{
    AcademicSession, Class, Day, Enrollment, Lifecycle, Org, Role, RoleAssignment, User,
};
use homeroom_roster::settings::{Provider, ProviderKind, Settings};
use homeroom_roster::source::{Builder, SourceRecords};
use homeroom_roster::state::{
    Assignment, Field, Link, Origin, ProviderKey, Roster, RunKey, Status, UserKey,
};

/// 2026-11-22.
pub const TODAY: Day = Day(20_779);

pub fn day(offset: i32) -> Option<Day> {
    Some(Day(TODAY.0 + offset))
}

/// A person of a source, by what matching looks at.
pub fn person<'a>(id: &'a str, role: Role, name: &'a str, email: &'a str) -> User<'a> {
    let (given, family) = name.split_once(' ').unwrap_or((name, ""));
    let some = |text: &'a str| Some(text).filter(|text| !text.is_empty());
    User {
        sourced_id: id,
        lifecycle: Lifecycle::default(),
        enabled: true,
        username: None,
        user_ids: Vec::new(),
        given_name: some(given),
        family_name: some(family),
        middle_name: None,
        preferred_given_name: None,
        preferred_family_name: None,
        identifier: None,
        user_master_identifier: None,
        email: some(email),
        sms: None,
        phone: None,
        language: None,
        roles: match role {
            Role::Other => Vec::new(),
            role => vec![at(role, None)],
        },
        primary_org: None,
        agents: Vec::new(),
        grades: Vec::new(),
        metadata: Vec::new(),
    }
}

pub fn student<'a>(id: &'a str, name: &'a str, email: &'a str) -> User<'a> {
    person(id, Role::Student, name, email)
}

pub fn teacher<'a>(id: &'a str, name: &'a str, email: &'a str) -> User<'a> {
    person(id, Role::Teacher, name, email)
}

pub fn parent<'a>(id: &'a str, name: &'a str, email: &'a str) -> User<'a> {
    person(id, Role::Parent, name, email)
}

/// A row of a directory that says no role.
pub fn entry<'a>(id: &'a str, name: &'a str, email: &'a str) -> User<'a> {
    person(id, Role::Other, name, email)
}

pub fn at(role: Role, org: Option<&str>) -> RoleAssignment<'_> {
    RoleAssignment {
        role,
        primary: true,
        org,
        begin: None,
        end: None,
    }
}

pub fn school(id: &str) -> Org<'_> {
    Org {
        sourced_id: id,
        lifecycle: Lifecycle::default(),
        name: id,
        org_type: "school",
        identifier: None,
        parent: None,
        metadata: Vec::new(),
    }
}

pub fn session<'a>(
    id: &'a str,
    start: i32,
    end: i32,
    parent: Option<&'a str>,
) -> AcademicSession<'a> {
    AcademicSession {
        sourced_id: id,
        lifecycle: Lifecycle::default(),
        title: id,
        session_type: "term",
        start: day(start),
        end: day(end),
        parent,
        school_year: None,
        metadata: Vec::new(),
    }
}

pub fn class<'a>(id: &'a str, school: &'a str) -> Class<'a> {
    Class {
        sourced_id: id,
        lifecycle: Lifecycle::default(),
        title: id,
        class_code: None,
        class_type: None,
        location: None,
        grades: Vec::new(),
        subjects: Vec::new(),
        subject_codes: Vec::new(),
        course: None,
        school: Some(school).filter(|school| !school.is_empty()),
        terms: Vec::new(),
        periods: Vec::new(),
        metadata: Vec::new(),
    }
}

pub fn enrollment<'a>(id: &'a str, user: &'a str, class: &'a str, role: Role) -> Enrollment<'a> {
    Enrollment {
        sourced_id: id,
        lifecycle: Lifecycle::default(),
        user,
        class,
        school: None,
        role,
        primary: None,
        begin: None,
        end: None,
    }
}

pub const DELETED: Lifecycle = Lifecycle {
    deleted: true,
    modified: None,
};

/// Fills a source.
#[derive(Default)]
pub struct Rows(pub Builder);

impl Rows {
    pub fn users(users: &[User<'_>]) -> SourceRecords {
        Rows::default().and_users(users).finish()
    }

    pub fn and_orgs(mut self, orgs: &[Org<'_>]) -> Self {
        orgs.iter().for_each(|org| self.0.push_org(org));
        self
    }

    pub fn and_sessions(mut self, sessions: &[AcademicSession<'_>]) -> Self {
        sessions.iter().for_each(|one| self.0.push_session(one));
        self
    }

    pub fn and_classes(mut self, classes: &[Class<'_>]) -> Self {
        classes.iter().for_each(|class| self.0.push_class(class));
        self
    }

    pub fn and_users(mut self, users: &[User<'_>]) -> Self {
        users.iter().for_each(|user| self.0.push_user(user));
        self
    }

    pub fn and_enrollments(mut self, enrollments: &[Enrollment<'_>]) -> Self {
        enrollments
            .iter()
            .for_each(|one| self.0.push_enrollment(one));
        self
    }

    pub fn finish(self) -> SourceRecords {
        self.0.finish()
    }
}

pub const DIRECTORY: ProviderKey = ProviderKey(1);
pub const SIS: ProviderKey = ProviderKey(2);
pub const SIS_2: ProviderKey = ProviderKey(3);

pub fn directory(users: &[User<'_>]) -> Source {
    source(DIRECTORY, ProviderKind::Directory, 100, Rows::users(users))
}

pub fn sis(users: &[User<'_>]) -> Source {
    let rows = Rows::default().and_orgs(&[school("school")]);
    source(SIS, ProviderKind::Sis, 50, rows.and_users(users).finish())
}

pub fn source(
    key: ProviderKey,
    kind: ProviderKind,
    priority: u8,
    records: SourceRecords,
) -> Source {
    Source {
        provider: Provider {
            key,
            name: format!("provider-{key}"),
            kind,
            settings: Settings {
                merge_priority: priority,
                ..Settings::default()
            },
        },
        records,
    }
}

/// A SIS that makes its users.
pub fn making(records: SourceRecords) -> Source {
    with(source(SIS, ProviderKind::Sis, 50, records), |settings| {
        settings.attach_only = false
    })
}

pub fn two_people() -> [User<'static>; 2] {
    [
        student("s", "Kim Lee", "kim@x.org"),
        teacher("t", "Ann Green", "ann@x.org"),
    ]
}

/// Changes the settings of a source.
pub fn with(mut source: Source, change: impl FnOnce(&mut Settings)) -> Source {
    change(&mut source.provider.settings);
    source
}

/// A tenant: its roster and what was decided by hand.
#[derive(Default)]
pub struct Tenant {
    pub roster: Roster,
    pub decisions: Decisions,
    pub runs: u32,
    pub today: Option<Day>,
}

impl Tenant {
    /// Reconciles as the run of the last source, and applies the plan.
    pub fn run(&mut self, sources: &[Source]) -> Outcome {
        let running = sources.last().map_or(SIS, |source| source.provider.key);
        self.run_of(running, sources)
    }

    pub fn run_of(&mut self, running: ProviderKey, sources: &[Source]) -> Outcome {
        let outcome = self.preview(running, sources);
        apply(&mut self.roster, &outcome.plan);
        self.runs += 1;
        check(&self.roster);
        outcome
    }

    pub fn preview(&self, running: ProviderKey, sources: &[Source]) -> Outcome {
        let outcome = homeroom_roster::reconcile(&Inputs {
            previous: &self.roster,
            sources,
            unread: &[],
            decisions: &self.decisions,
            today: self.today.unwrap_or(TODAY),
            running,
            run: RunKey(self.runs + 1),
        });
        assert!(outcome.findings.is_sorted(), "findings are sorted");
        for (collection, tally) in &outcome.tally {
            let sum = tally.imported + tally.skipped + tally.failed;
            assert_eq!(tally.received, sum, "{collection} adds up: {tally:?}");
        }
        outcome
    }

    /// The link of a source's record.
    pub fn link(&self, provider: ProviderKey, id: &str) -> Option<&Link> {
        let found =
            |link: &&Link| link.origin.provider == provider && &*link.origin.sourced_id == id;
        self.roster.links.iter().find(found)
    }

    /// The user that a source's record is, if the record is there.
    pub fn user_of(&self, provider: ProviderKey, id: &str) -> Option<UserKey> {
        self.link(provider, id)
            .filter(|link| link.present)
            .map(|link| link.user)
    }

    /// What a link says, as `rule evidence`.
    pub fn rule(&self, provider: ProviderKey, id: &str) -> Option<&'static str> {
        self.link(provider, id).map(|link| link.rule.name())
    }

    pub fn user(&self, id: &str) -> &homeroom_roster::state::User {
        let found = self.roster.users.iter().find(|user| &*user.id == id);
        found.unwrap_or_else(|| panic!("no user {id}"))
    }

    pub fn value(&self, id: &str, field: Field) -> Option<&str> {
        self.user(id).attributes.get(field).map(|text| &**text)
    }

    pub fn active(&self, id: &str) -> bool {
        self.user(id).status == Status::Active
    }

    pub fn origin(&self, provider: ProviderKey, id: &str) -> Origin {
        Origin {
            provider,
            sourced_id: id.into(),
        }
    }
}

/// The roster keeps its own promises.
pub fn check(roster: &Roster) {
    assert!(roster.users.is_sorted_by_key(|user| user.key));
    assert!(
        roster.links.is_sorted_by(|a, b| a.origin < b.origin),
        "links sorted, unique"
    );
    let class_id = |one: &homeroom_roster::state::Enrollment| (one.class, one.user, one.role);
    assert!(
        roster
            .enrollments
            .is_sorted_by(|a, b| class_id(a) < class_id(b))
    );
    let mut ids: Vec<&str> = roster.users.iter().map(|user| &*user.id).collect();
    ids.sort_unstable();
    assert!(
        ids.is_sorted_by(|a, b| a < b),
        "user ids are unique: {ids:?}"
    );
    for user in &roster.users {
        assert!(user.key.0 < roster.next.user);
        assert!(user.orgs.is_sorted_by(|a, b| a < b));
        let assignments = user.assignments.as_slice();
        let place = |one: &Assignment| (one.org, one.role);
        assert!(assignments.is_sorted_by(|a, b| place(a) < place(b)));
        assert!(assignments.iter().all(|one| user.roles.contains(one.role)));
        let orgs = assignments.iter().filter_map(|one| one.org);
        let mut orgs = orgs.chain(user.primary_org);
        assert!(orgs.all(|org| user.orgs.contains(&org)), "{user:?}");
    }
}

/// The reasons of the unmatched, as `sourcedId reason`.
pub fn unmatched(outcome: &Outcome) -> Vec<String> {
    let lone = outcome.unmatched.iter();
    lone.map(|one| format!("{} {}", one.origin.sourced_id, one.reason))
        .collect()
}

/// Findings, as `code sourcedId`.
pub fn findings(outcome: &Outcome) -> Vec<String> {
    let findings = outcome.findings.iter();
    findings
        .map(|one| match &one.sourced_id {
            Some(id) => format!("{} {id}", one.code),
            None => one.code.to_string(),
        })
        .collect()
}
