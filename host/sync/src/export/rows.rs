//! The rows of each file, and which records of the roster become one. Who is
//! where in the roster is [`Bundle`]'s.

use homeroom_roster::record::Role;
use homeroom_roster::state::{Class, Field, Status, Text};

use super::bundle::Bundle;
use super::ids::{derived, provider_name};
use super::row::Row;
use super::{Csv, ExportSummary, vocabulary};

impl Bundle<'_> {
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
            row.optional(self.primary_org(user))?;
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
            let held = self.held(user);
            roleless += u64::from(held.is_empty());
            for (place, one) in held.iter().enumerate() {
                let id = derived(&["role", &user.id, one.org_id, one.name]);
                let mut row = Row::begin(csv, &id)?;
                row.text(&user.id)?;
                row.text(match self.is_primary(&held, place) {
                    true => "primary",
                    false => "secondary",
                })?;
                row.text(one.name)?;
                row.text("")?; // beginDate
                row.text("")?; // endDate
                row.text(one.org_id)?;
                row.text("")?; // userProfileSourcedId
                row.end()?;
                summary.roles += 1;
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
}

fn missing(summary: &mut ExportSummary, records: u64, what: &str) {
    if records > 0 {
        summary.incomplete.push((records, what.to_owned()));
    }
}
