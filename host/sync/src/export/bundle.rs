//! The way from one record of the roster to another, for the rows that name
//! each other: which records are exported, where they stand, under which id.

use std::collections::BTreeMap;

use homeroom_roster::record::Role;
use homeroom_roster::state::{
    Enrollment, OrgKey, ProviderKey, Roster, Session, SessionKey, Status, User, UserKey,
};

use super::ids::{Ids, provider_name};
use super::positions::Positions;
use super::vocabulary;

/// The roster with what the rows need to find their way in it.
pub(super) struct Bundle<'a> {
    pub(super) roster: &'a Roster,
    pub(super) names: &'a BTreeMap<ProviderKey, String>,
    pub(super) org_ids: Ids,
    pub(super) session_ids: Ids,
    pub(super) course_ids: Ids,
    pub(super) class_ids: Ids,
    /// Positions of the records that are exported, by key.
    pub(super) orgs: Positions,
    pub(super) sessions: Positions,
    pub(super) courses: Positions,
    pub(super) classes: Positions,
    pub(super) users: Positions,
    /// Student to guardian and guardian to student, both in use, sorted.
    agents: Vec<(UserKey, UserKey)>,
    /// User and position of the link, of links that are present, sorted.
    links: Vec<(UserKey, u32)>,
    /// The one org that has none above it.
    root: Option<OrgKey>,
}

impl<'a> Bundle<'a> {
    pub(super) fn new(roster: &'a Roster, names: &'a BTreeMap<ProviderKey, String>) -> Self {
        let active = |status| status == Status::Active;
        let keys = |keys: &mut dyn Iterator<Item = Option<u32>>| Positions::new(keys);
        let orgs = keys(
            &mut roster
                .orgs
                .iter()
                .map(|o| active(o.status).then_some(o.key.0)),
        );
        let users = keys(
            &mut roster
                .users
                .iter()
                .map(|u| active(u.status).then_some(u.key.0)),
        );
        let classes = keys(&mut roster.classes.iter().map(|class| {
            let usable = active(class.status) && orgs.get(class.school.0).is_some();
            usable.then_some(class.key.0)
        }));
        let both_ways = roster
            .guardians
            .iter()
            .filter(|tie| users.has(tie.student.0) && users.has(tie.guardian.0))
            .flat_map(|tie| [(tie.student, tie.guardian), (tie.guardian, tie.student)]);
        let mut agents: Vec<_> = both_ways.collect();
        agents.sort_unstable();
        agents.dedup();
        let mut links: Vec<_> = (0..)
            .zip(&roster.links)
            .filter(|(_, link)| link.present)
            .map(|(position, link)| (link.user, position))
            .collect();
        links.sort_unstable();
        let mut roots = roster.orgs.iter().filter(|org| {
            active(org.status) && org.parent.is_none_or(|parent| !orgs.has(parent.0))
        });
        let root = match (roots.next(), roots.next()) {
            (Some(root), None) => Some(root.key),
            _ => None,
        };
        Bundle {
            org_ids: Ids::new(roster.orgs.iter().map(|org| &org.origin), names),
            session_ids: Ids::new(roster.sessions.iter().map(|session| &session.origin), names),
            course_ids: Ids::new(roster.courses.iter().map(|course| &course.origin), names),
            class_ids: Ids::new(roster.classes.iter().map(|class| &class.origin), names),
            sessions: keys(
                &mut roster
                    .sessions
                    .iter()
                    .map(|s| active(s.status).then_some(s.key.0)),
            ),
            courses: keys(
                &mut roster
                    .courses
                    .iter()
                    .map(|c| active(c.status).then_some(c.key.0)),
            ),
            orgs,
            classes,
            users,
            agents,
            links,
            root,
            roster,
            names,
        }
    }

    /// The enrollments of a class that are exported, by user and role, with the
    /// class's position and the user's id.
    pub(super) fn of_class(&self, position: usize) -> Vec<(usize, &'a str, &'a Enrollment)> {
        let class = &self.roster.classes[position];
        if !self.classes.has(class.key.0) {
            return Vec::new();
        }
        let all = &self.roster.enrollments;
        let from = all.partition_point(|enrollment| enrollment.class < class.key);
        let mut found: Vec<_> = all[from..]
            .iter()
            .take_while(|enrollment| enrollment.class == class.key)
            .filter_map(|enrollment| {
                let user = self.users.get(enrollment.user.0)?;
                Some((position, &*self.roster.users[user].id, enrollment))
            })
            .collect();
        found.sort_unstable_by_key(|(_, user, enrollment)| (*user, enrollment.role));
        found
    }

    /// By their ids: the same roster gives the same bytes, whichever source was
    /// there first.
    pub(super) fn active_users(&self) -> Vec<&'a User> {
        let all = self.roster.users.iter();
        let mut users: Vec<_> = all.filter(|user| user.status == Status::Active).collect();
        users.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        users
    }

    pub(super) fn org(&self, key: OrgKey) -> Option<&str> {
        self.orgs
            .get(key.0)
            .map(|position| self.org_ids.at(position))
    }

    pub(super) fn session(&self, key: SessionKey) -> Option<&str> {
        self.sessions
            .get(key.0)
            .map(|position| self.session_ids.at(position))
    }

    /// The year in which the session's school year ends: its own, that of a
    /// session above it, or the year of the last day of the one at the top.
    pub(super) fn school_year(&self, session: &Session) -> Option<String> {
        let mut at = session;
        // A circle of parents must not keep us here.
        for _ in 0..8 {
            if let Some(year) = at.school_year {
                return Some(year.to_string());
            }
            let parent = at.parent.and_then(|parent| self.sessions.get(parent.0));
            match parent {
                Some(position) => at = &self.roster.sessions[position],
                None if vocabulary::session_type(&at.session_type) == "schoolYear" => {
                    return at.end.map(|end| end.date().year().to_string());
                }
                None => return None,
            }
        }
        None
    }

    pub(super) fn agents(&self, user: UserKey) -> impl Iterator<Item = &'a User> {
        let roster = self.roster;
        ties(&self.agents, user)
            .iter()
            .filter_map(|(_, agent)| self.users.get(agent.0))
            .map(move |position| &roster.users[position])
    }

    /// `{provider:id},…` of the records that the user is linked to. A pair that
    /// could not be read back is left out.
    pub(super) fn user_ids(&self, user: UserKey) -> String {
        let readable = |text: &str| !text.contains(['{', '}', ':', ',']);
        let mut pairs: Vec<String> = ties(&self.links, user)
            .iter()
            .filter_map(|(_, position)| {
                let origin = &self.roster.links[*position as usize].origin;
                let provider = provider_name(self.names, origin.provider);
                let whole = readable(&provider) && readable(&origin.sourced_id);
                whole.then(|| format!("{{{provider}:{}}}", origin.sourced_id))
            })
            .collect();
        pairs.sort_unstable();
        pairs.join(",")
    }

    pub(super) fn active_orgs(&self, user: &User) -> Vec<OrgKey> {
        user.orgs
            .iter()
            .copied()
            .filter(|org| self.orgs.has(org.0))
            .collect()
    }

    /// Where the user has their roles: their orgs; for guardians without any,
    /// those of their students; else the district, if there is just one. By id.
    pub(super) fn role_orgs(&self, user: &User) -> Vec<OrgKey> {
        let mut orgs = self.active_orgs(user);
        if orgs.is_empty() && user.roles.iter().any(Role::is_guardian) {
            orgs.extend(
                self.agents(user.key)
                    .flat_map(|student| self.active_orgs(student)),
            );
        }
        orgs.sort_unstable_by_key(|org| self.org(*org));
        orgs.dedup();
        if orgs.is_empty() {
            orgs.extend(self.root);
        }
        orgs
    }
}

/// The pairs of that user in a sorted list.
fn ties<T>(sorted: &[(UserKey, T)], user: UserKey) -> &[(UserKey, T)] {
    let from = sorted.partition_point(|(key, _)| *key < user);
    let rest = &sorted[from..];
    &rest[..rest.partition_point(|(key, _)| *key == user)]
}
