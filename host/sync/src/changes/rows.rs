//! What a row of a plan says of itself.

use homeroom_roster::state::{
    Class, Course, Enrollment, Guardian, Link, Org, OrgKey, Session, Status, Text, User, UserKey,
};

use super::names::{Names, full_name};

/// A record of a plan.
pub(super) struct Row {
    pub(super) kind: &'static str,
    pub(super) id: String,
    pub(super) label: String,
    /// The schools that it concerns, by `sourcedId`.
    pub(super) schools: Vec<Text>,
    /// The users whom it concerns.
    pub(super) users: Vec<UserKey>,
    pub(super) status: Option<Status>,
}

impl Row {
    /// Adds whom and which schools the record concerned before it changed.
    pub(super) fn join(&mut self, before: Row) {
        for school in before.schools {
            if !self.schools.contains(&school) {
                self.schools.push(school);
            }
        }
        for user in before.users {
            if !self.users.contains(&user) {
                self.users.push(user);
            }
        }
    }
}

impl Names {
    fn schools(&self, orgs: impl IntoIterator<Item = OrgKey>) -> Vec<Text> {
        let ids = orgs.into_iter().filter_map(|org| self.org_id(org));
        ids.collect()
    }

    pub(super) fn org_row(&self, org: &Org) -> Row {
        Row {
            kind: "org",
            id: org.origin.sourced_id.to_string(),
            label: format!("{} ({})", org.name, org.org_type),
            schools: vec![org.origin.sourced_id.clone()],
            users: Vec::new(),
            status: Some(org.status),
        }
    }

    pub(super) fn session_row(&self, session: &Session) -> Row {
        Row {
            kind: "session",
            id: session.origin.sourced_id.to_string(),
            label: session.title.to_string(),
            schools: Vec::new(),
            users: Vec::new(),
            status: Some(session.status),
        }
    }

    pub(super) fn course_row(&self, course: &Course) -> Row {
        Row {
            kind: "course",
            id: course.origin.sourced_id.to_string(),
            label: course.title.to_string(),
            schools: self.schools(course.org),
            users: Vec::new(),
            status: Some(course.status),
        }
    }

    pub(super) fn user_row(&self, user: &User) -> Row {
        Row {
            kind: "user",
            id: user.id.to_string(),
            label: full_name(user),
            schools: self.schools(user.orgs.iter().copied()),
            users: vec![user.key],
            status: Some(user.status),
        }
    }

    pub(super) fn class_row(&self, class: &Class) -> Row {
        Row {
            kind: "class",
            id: class.origin.sourced_id.to_string(),
            label: class.title.to_string(),
            schools: self.schools([class.school]),
            users: Vec::new(),
            status: Some(class.status),
        }
    }

    pub(super) fn enrollment_row(&self, tie: &Enrollment) -> Row {
        let class = self.class_of(tie.class);
        let id = class.map_or_else(|| tie.class.to_string(), |class| class.id.to_string());
        let title = class.map_or("", |class| &class.title);
        let (name, role) = (self.user_name(tie.user), tie.role.name());
        Row {
            kind: "enrollment",
            id: format!("{id}/{}/{role}", self.user_id(tie.user)),
            label: format!("{name} in {title} as {role}"),
            schools: self.schools(class.map(|class| class.school)),
            users: vec![tie.user],
            status: None,
        }
    }

    pub(super) fn guardian_row(&self, tie: &Guardian) -> Row {
        let (student, guardian) = (self.user_id(tie.student), self.user_id(tie.guardian));
        Row {
            kind: "guardian",
            id: format!("{student}/{guardian}"),
            label: format!(
                "{}, {} of {}",
                self.user_name(tie.guardian),
                tie.relation.name(),
                self.user_name(tie.student)
            ),
            schools: self.schools(self.user_orgs(tie.student).iter().copied()),
            users: vec![tie.student, tie.guardian],
            status: None,
        }
    }

    pub(super) fn link_row(&self, link: &Link) -> Row {
        Row {
            kind: "link",
            id: self.record(link),
            label: format!("{} ({})", self.user_name(link.user), link.rule.name()),
            schools: self.schools(self.user_orgs(link.user).iter().copied()),
            users: vec![link.user],
            status: None,
        }
    }
}
