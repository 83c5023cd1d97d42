//! The rows of each file, and which records of the roster become one.

use std::collections::BTreeMap;

use homeroom_roster::record::Role;
use homeroom_roster::state::{
    Class, Enrollment, Field, OrgKey, ProviderKey, Roster, Session, SessionKey, Status, Text, User,
    UserKey,
};

use super::ids::{Ids, derived, provider_name};
use super::positions::Positions;
use super::row::Row;
use super::{Csv, ExportSummary, vocabulary};

/// The roster with what the rows need to find their way in it.
pub(super) struct Bundle<'a> {
    roster: &'a Roster,
    names: &'a BTreeMap<ProviderKey, String>,
    org_ids: Ids,
    session_ids: Ids,
    course_ids: Ids,
    class_ids: Ids,
    /// Positions of the records that are exported, by key.
    orgs: Positions,
    sessions: Positions,
    courses: Positions,
    classes: Positions,
    users: Positions,
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

    pub(super) fn orgs(&self, csv: &mut Csv, summary: &mut ExportSummary) -> csv::Result<()> {
        for position in self.org_ids.in_order() {
            let org = &self.roster.orgs[position];
            if !self.orgs.has(org.key.0) {
                continue;
            }
            let mut row = Row::begin(csv, self.org_ids.at(position))?;
            row.text(&org.name)?;
            row.text(&vocabulary::org_type(&org.org_type))?;
            row.optional(org.identifier.as_deref())?;
            row.optional(org.parent.and_then(|parent| self.org(parent)))?;
            row.end()?;
            summary.orgs += 1;
        }
        Ok(())
    }

    pub(super) fn sessions(&self, csv: &mut Csv, summary: &mut ExportSummary) -> csv::Result<()> {
        let mut undated = 0;
        for position in self.session_ids.in_order() {
            let session = &self.roster.sessions[position];
            if !self.sessions.has(session.key.0) {
                continue;
            }
            undated += u64::from(session.start.is_none() || session.end.is_none());
            let mut row = Row::begin(csv, self.session_ids.at(position))?;
            row.text(&session.title)?;
            row.text(&vocabulary::session_type(&session.session_type))?;
            row.day(session.start)?;
            row.day(session.end)?;
            row.optional(session.parent.and_then(|parent| self.session(parent)))?;
            row.optional(self.school_year(session).as_deref())?;
            row.end()?;
            summary.academic_sessions += 1;
        }
        missing(
            summary,
            undated,
            "academic sessions without a start or end date",
        );
        Ok(())
    }

    pub(super) fn courses(&self, csv: &mut Csv, summary: &mut ExportSummary) -> csv::Result<()> {
        let mut homeless = 0;
        for position in self.course_ids.in_order() {
            let course = &self.roster.courses[position];
            if !self.courses.has(course.key.0) {
                continue;
            }
            let org = course.org.and_then(|org| self.org(org));
            homeless += u64::from(org.is_none());
            let mut row = Row::begin(csv, self.course_ids.at(position))?;
            row.optional(course.school_year.and_then(|session| self.session(session)))?;
            row.text(&course.title)?;
            row.optional(course.course_code.as_deref())?;
            row.text(&course.grades)?;
            row.optional(org)?;
            row.text(&course.subjects)?;
            row.text(&course.subject_codes)?;
            row.end()?;
            summary.courses += 1;
        }
        missing(summary, homeless, "courses without an org");
        Ok(())
    }

    pub(super) fn classes(&self, csv: &mut Csv, summary: &mut ExportSummary) -> csv::Result<()> {
        let (mut courseless, mut termless) = (0, 0);
        for position in self.class_ids.in_order() {
            let class = &self.roster.classes[position];
            if !self.classes.has(class.key.0) {
                summary.left_out += u64::from(class.status == Status::Active);
                continue;
            }
            let course = class.course.and_then(|course| {
                self.courses
                    .get(course.0)
                    .map(|position| self.course_ids.at(position))
            });
            let mut terms: Vec<&str> = class
                .sessions
                .iter()
                .filter_map(|session| self.session(*session))
                .collect();
            terms.sort_unstable();
            courseless += u64::from(course.is_none());
            termless += u64::from(terms.is_empty());
            let mut row = Row::begin(csv, self.class_ids.at(position))?;
            row.text(&class.title)?;
            row.text(&class.grades)?;
            row.optional(course)?;
            row.optional(class.class_code.as_deref())?;
            row.text(&vocabulary::class_type(class.class_type.as_deref()))?;
            row.optional(class.location.as_deref())?;
            row.optional(self.org(class.school))?;
            row.text(&terms.join(","))?;
            row.text(&class.subjects)?;
            row.text(&class.subject_codes)?;
            row.text(&class.periods)?;
            row.end()?;
            summary.classes += 1;
        }
        missing(summary, courseless, "classes without a course");
        missing(summary, termless, "classes without a term");
        Ok(())
    }

    pub(super) fn users(&self, csv: &mut Csv, summary: &mut ExportSummary) -> csv::Result<()> {
        let mut nameless = 0;
        for user in self.active_users() {
            let get = |field| user.attributes.get(field).map(|value: &Text| &**value);
            let named = get(Field::GivenName).is_some() && get(Field::FamilyName).is_some();
            nameless += u64::from(!named);
            let mut row = Row::begin(csv, &user.id)?;
            row.text(if user.enabled { "true" } else { "false" })?;
            row.optional(get(Field::Username))?;
            row.text(&self.user_ids(user.key))?;
            row.optional(get(Field::GivenName))?;
            row.optional(get(Field::FamilyName))?;
            row.optional(get(Field::MiddleName))?;
            row.optional(get(Field::Identifier))?;
            row.optional(get(Field::Email))?;
            row.optional(get(Field::Sms))?;
            row.optional(get(Field::Phone))?;
            let mut agents: Vec<&str> = self.agents(user.key).map(|agent| &*agent.id).collect();
            agents.sort_unstable();
            row.text(&agents.join(","))?;
            row.optional(get(Field::Grades))?;
            row.text("")?; // password: Homeroom holds none
            row.text("")?; // userMasterIdentifier
            row.optional(get(Field::PreferredGivenName))?;
            row.text("")?; // preferredMiddleName
            row.optional(get(Field::PreferredFamilyName))?;
            row.optional(match self.active_orgs(user).as_slice() {
                [only] => self.org(*only),
                _ => None,
            })?;
            row.text("")?; // pronouns
            row.end()?;
            summary.users += 1;
        }
        missing(summary, nameless, "users without a given or family name");
        Ok(())
    }

    pub(super) fn roles(&self, csv: &mut Csv, summary: &mut ExportSummary) -> csv::Result<()> {
        let mut roleless = 0;
        for user in self.active_users() {
            let orgs = self.role_orgs(user);
            roleless += u64::from(orgs.is_empty() || user.roles.is_empty());
            for (org, position) in orgs
                .iter()
                .filter_map(|org| Some((org, self.orgs.get(org.0)?)))
            {
                let org_type = vocabulary::org_type(&self.roster.orgs[position].org_type);
                let mut written: Vec<&str> = Vec::new();
                for role in vocabulary::BY_IMPORTANCE {
                    let name = vocabulary::role(role, &org_type);
                    if !user.roles.contains(role) || written.contains(&name) {
                        continue;
                    }
                    let org_id = self.org(*org).unwrap_or_default();
                    let mut row = Row::begin(csv, &derived(&["role", &user.id, org_id, name]))?;
                    row.text(&user.id)?;
                    row.text(if written.is_empty() {
                        "primary"
                    } else {
                        "secondary"
                    })?;
                    row.text(name)?;
                    row.text("")?; // beginDate
                    row.text("")?; // endDate
                    row.text(org_id)?;
                    row.text("")?; // userProfileSourcedId
                    row.end()?;
                    written.push(name);
                    summary.roles += 1;
                }
            }
        }
        missing(summary, roleless, "users without a role at an org");
        Ok(())
    }

    pub(super) fn enrollments(
        &self,
        csv: &mut Csv,
        summary: &mut ExportSummary,
    ) -> csv::Result<()> {
        let all = self.class_ids.in_order();
        let all = all.into_iter().flat_map(|class| self.of_class(class));
        let mut exported = 0;
        for (class, user_id, enrollment) in all {
            exported += 1;
            let class_id = self.class_ids.at(class);
            let class: &Class = &self.roster.classes[class];
            let provider = provider_name(self.names, class.origin.provider);
            let role = enrollment.role.name();
            let parts = [
                "enrollment",
                &provider,
                &class.origin.sourced_id,
                user_id,
                role,
            ];
            let mut row = Row::begin(csv, &derived(&parts))?;
            row.text(class_id)?;
            row.optional(self.org(class.school))?;
            row.text(user_id)?;
            row.text(&vocabulary::enrollment_role(enrollment.role))?;
            row.text(match (enrollment.role, enrollment.primary) {
                (Role::Teacher, true) => "true",
                (Role::Teacher, false) => "false",
                _ => "", // says something of teachers only
            })?;
            row.day(enrollment.begin)?;
            row.day(enrollment.end)?;
            row.end()?;
        }
        summary.enrollments += exported;
        summary.left_out += self.roster.enrollments.len() as u64 - exported;
        Ok(())
    }

    /// The enrollments of a class that are exported, by user and role, with the
    /// class's position and the user's id.
    fn of_class(&self, position: usize) -> Vec<(usize, &'a str, &'a Enrollment)> {
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
    fn active_users(&self) -> Vec<&'a User> {
        let all = self.roster.users.iter();
        let mut users: Vec<_> = all.filter(|user| user.status == Status::Active).collect();
        users.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        users
    }

    fn org(&self, key: OrgKey) -> Option<&str> {
        self.orgs
            .get(key.0)
            .map(|position| self.org_ids.at(position))
    }

    fn session(&self, key: SessionKey) -> Option<&str> {
        self.sessions
            .get(key.0)
            .map(|position| self.session_ids.at(position))
    }

    /// The year in which the session's school year ends: its own, that of a
    /// session above it, or the year of the last day of the one at the top.
    fn school_year(&self, session: &Session) -> Option<String> {
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

    fn agents(&self, user: UserKey) -> impl Iterator<Item = &'a User> {
        let roster = self.roster;
        ties(&self.agents, user)
            .iter()
            .filter_map(|(_, agent)| self.users.get(agent.0))
            .map(move |position| &roster.users[position])
    }

    /// `{provider:id},…` of the records that the user is linked to. A pair that
    /// could not be read back is left out.
    fn user_ids(&self, user: UserKey) -> String {
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

    fn active_orgs(&self, user: &User) -> Vec<OrgKey> {
        user.orgs
            .iter()
            .copied()
            .filter(|org| self.orgs.has(org.0))
            .collect()
    }

    /// Where the user has their roles: their orgs; for guardians without any,
    /// those of their students; else the district, if there is just one. By id.
    fn role_orgs(&self, user: &User) -> Vec<OrgKey> {
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

fn missing(summary: &mut ExportSummary, records: u64, what: &str) {
    if records > 0 {
        summary.incomplete.push((records, what.to_owned()));
    }
}
