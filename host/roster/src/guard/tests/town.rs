//! A town: one SIS and one directory, schools with users, classes, enrollments
//! and guardians; and ways to send parts of it away.

use std::collections::BTreeMap;

use crate::guard::arrived::{Arrived, VisitUser};
use crate::guard::ground::Ground;
use crate::guard::{Verdict, holds, judge};
use crate::outcome::Hold;
use crate::plan::{Plan, Update};
use crate::record::{Collection, Day, Role};
use crate::settings::{Provider, ProviderKind, Settings};
use crate::state::{
    Assignments, Attributes, Class, ClassKey, Enrollment, Field, Guardian, Link, Org, OrgKey,
    Origin, ProviderKey, Roles, Roster, Rule, RunKey, Session, SessionKey, Status, User, UserKey,
};

/// The SIS, whose run it is unless a test says otherwise.
pub(super) const SIS: ProviderKey = ProviderKey(1);
/// The directory.
pub(super) const DIRECTORY: ProviderKey = ProviderKey(2);
/// Today.
pub(super) const TODAY: Day = Day(1000);

/// What a source sends.
#[derive(Debug, Default)]
pub(super) struct Sent {
    pub(super) counts: BTreeMap<Collection, usize>,
    /// (`sourcedId`, school), for users only.
    pub(super) users: Vec<(String, String)>,
}

impl Arrived for Sent {
    fn live_count(&self, collection: Collection) -> usize {
        self.counts.get(&collection).copied().unwrap_or(0)
    }

    fn each_live_user(&self, visit: &mut VisitUser<'_>) {
        for (id, school) in &self.users {
            // Two roles at one school, as teachers often have.
            visit(id, &mut [school.as_str(), school.as_str()].into_iter());
        }
    }
}

/// The town with what the sources send and what is planned.
pub(super) struct Town {
    pub(super) roster: Roster,
    pub(super) sis: Provider,
    pub(super) directory: Provider,
    pub(super) sis_sent: Sent,
    pub(super) directory_sent: Sent,
    pub(super) running: ProviderKey,
    pub(super) plan: Plan,
}

fn provider(key: ProviderKey, name: &str, kind: ProviderKind) -> Provider {
    Provider {
        key,
        name: name.to_owned(),
        kind,
        settings: Settings::default(),
    }
}

pub(super) fn origin(provider: ProviderKey, id: impl Into<String>) -> Origin {
    Origin {
        provider,
        sourced_id: id.into().into(),
    }
}

pub(super) fn org(key: u32, id: &str, name: &str) -> Org {
    Org {
        key: OrgKey(key),
        origin: origin(SIS, id),
        status: Status::Active,
        name: name.into(),
        org_type: "school".into(),
        identifier: None,
        parent: None,
    }
}

pub(super) fn session(key: u32, start: i32, end: i32) -> Session {
    Session {
        key: SessionKey(key),
        origin: origin(SIS, format!("t{key}")),
        status: Status::Active,
        title: format!("Term {key}").into(),
        session_type: "term".into(),
        start: Some(Day(start)),
        end: Some(Day(end)),
        parent: None,
        school_year: None,
    }
}

pub(super) fn class(key: u32, id: &str, school: u32, title: &str, session: u32) -> Class {
    Class {
        key: ClassKey(key),
        origin: origin(SIS, id),
        status: Status::Active,
        title: title.into(),
        class_code: None,
        class_type: None,
        location: None,
        grades: "".into(),
        subjects: "".into(),
        subject_codes: "".into(),
        periods: "".into(),
        course: None,
        school: OrgKey(school),
        sessions: vec![SessionKey(session)],
    }
}

pub(super) fn link(provider: ProviderKey, id: impl Into<String>, user: u32) -> Link {
    Link {
        origin: origin(provider, id),
        user: UserKey(user),
        rule: Rule::Email,
        evidence: None,
        since: RunKey(1),
        present: true,
    }
}

impl Town {
    /// `schools` schools, each with `users` students in `classes` classes; each
    /// student is in one class and has one guardian tie. School `n` has the id
    /// `sn`, its users stand together.
    pub(super) fn new(schools: u32, users: u32, classes: u32) -> Town {
        let mut roster = Roster::default();
        roster.sessions.push(session(0, 900, 1100));
        for school in 0..schools {
            roster.orgs.push(org(
                school,
                &format!("s{school}"),
                &format!("School {school}"),
            ));
            for n in 0..classes {
                let key = school * classes + n;
                let title = format!("Class {n}");
                let class = class(key, &format!("c{key}"), school, &title, 0);
                roster.classes.push(class);
            }
            for n in 0..users {
                let key = school * users + n;
                let mut attributes = Attributes::default();
                for (field, value) in [
                    (Field::Email, format!("u{key}@x.org")),
                    (Field::GivenName, format!("Given {key}")),
                ] {
                    attributes.set(field, Some(value.into()), Some(SIS));
                }
                roster.users.push(User {
                    key: UserKey(key),
                    id: format!("u{key}").into(),
                    status: Status::Active,
                    enabled: true,
                    roles: Roles::from_iter([Role::Student]),
                    attributes,
                    orgs: vec![OrgKey(school)],
                    assignments: Assignments::default(),
                    primary_org: None,
                });
                roster.links.push(link(SIS, format!("u{key}"), key));
                roster.guardians.push(Guardian {
                    student: UserKey(key),
                    guardian: UserKey(key),
                    relation: Role::Parent,
                    provider: SIS,
                });
                roster.enrollments.push(Enrollment {
                    class: ClassKey(school * classes + n * classes / users.max(1)),
                    user: UserKey(key),
                    role: Role::Student,
                    primary: false,
                    begin: None,
                    end: None,
                });
            }
        }
        roster.links.sort_by(|a, b| a.origin.cmp(&b.origin));
        let counts = Collection::ALL.into_iter().map(|c| (c, 1)).collect();
        Town {
            roster,
            sis: provider(SIS, "Northside", ProviderKind::Sis),
            directory: provider(DIRECTORY, "directory", ProviderKind::Directory),
            sis_sent: Sent {
                counts,
                users: Vec::new(),
            },
            directory_sent: Sent::default(),
            running: SIS,
            plan: Plan::default(),
        }
    }

    pub(super) fn archive_users(&mut self, keys: std::ops::Range<u32>) {
        for user in &self.roster.users[keys.start as usize..keys.end as usize] {
            let mut after = user.clone();
            after.status = Status::Archived;
            let before = user.clone();
            self.plan.users.updated.push(Update { before, after });
        }
    }

    pub(super) fn archive_classes(&mut self, keys: std::ops::Range<u32>) {
        for class in &self.roster.classes[keys.start as usize..keys.end as usize] {
            let mut after = class.clone();
            after.status = Status::Archived;
            let before = class.clone();
            self.plan.classes.updated.push(Update { before, after });
        }
    }

    /// Sends users' records away from the SIS.
    pub(super) fn lose_links(&mut self, keys: std::ops::Range<u32>) {
        for link in &self.roster.links {
            if link.origin.provider == SIS && keys.contains(&link.user.0) {
                let mut after = link.clone();
                after.present = false;
                let before = link.clone();
                self.plan.links.updated.push(Update { before, after });
            }
        }
    }

    pub(super) fn remove_enrollments(&mut self, range: std::ops::Range<usize>) {
        let gone = &self.roster.enrollments[range];
        self.plan.enrollments.removed.extend_from_slice(gone);
    }

    pub(super) fn remove_guardians(&mut self, range: std::ops::Range<usize>) {
        let gone = &self.roster.guardians[range];
        self.plan.guardians.removed.extend_from_slice(gone);
    }

    /// Gives users other attributes.
    pub(super) fn change_users(
        &mut self,
        keys: std::ops::Range<u32>,
        change: impl Fn(&mut Attributes),
    ) {
        for user in &self.roster.users[keys.start as usize..keys.end as usize] {
            let mut after = user.clone();
            change(&mut after.attributes);
            let before = user.clone();
            self.plan.users.updated.push(Update { before, after });
        }
    }

    fn ground(&self) -> Ground<'_> {
        let sources: Vec<(&Provider, &dyn Arrived)> = vec![
            (&self.sis, &self.sis_sent),
            (&self.directory, &self.directory_sent),
        ];
        Ground::of(&self.roster, sources, self.running, TODAY)
    }

    pub(super) fn holds(&self) -> Vec<Hold> {
        holds(&self.ground(), &self.plan)
    }

    /// (code, school) of every hold.
    pub(super) fn held(&self) -> Vec<(String, Option<String>)> {
        self.holds()
            .into_iter()
            .map(|hold| {
                (
                    hold.code.to_string(),
                    hold.school.map(|school| school.to_string()),
                )
            })
            .collect()
    }

    pub(super) fn judged(&self) -> (Verdict, Plan) {
        let mut plan = self.plan.clone();
        let verdict = judge(&self.ground(), &mut plan);
        (verdict, plan)
    }
}

/// What [`Town::held`] gives for holds of the whole source and of schools.
pub(super) fn codes(expected: &[(&str, Option<&str>)]) -> Vec<(String, Option<String>)> {
    expected
        .iter()
        .map(|(code, school)| ((*code).to_owned(), school.map(str::to_owned)))
        .collect()
}
