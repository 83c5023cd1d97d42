//! What of a record has changed, value by value. References are shown by
//! `sourcedId`.

use homeroom_roster::record::Day;
use homeroom_roster::state::{
    Class, Course, Enrollment, Field, Guardian, Link, Org, Session, Text, User,
};

use super::FieldChange;
use super::names::Names;

fn field(name: &str, before: String, after: String) -> Option<FieldChange> {
    (before != after).then(|| FieldChange {
        field: name.to_owned(),
        before,
        after,
    })
}

fn changed(fields: impl IntoIterator<Item = Option<FieldChange>>) -> Vec<FieldChange> {
    fields.into_iter().flatten().collect()
}

fn text(value: &Option<Text>) -> String {
    value.as_ref().map(ToString::to_string).unwrap_or_default()
}

fn day(day: Option<Day>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

/// Ids, joined by commas.
fn list(ids: impl Iterator<Item = Option<Text>>) -> String {
    let ids: Vec<String> = ids.flatten().map(|id| id.to_string()).collect();
    ids.join(",")
}

pub(super) fn enrollment(before: &Enrollment, after: &Enrollment) -> Vec<FieldChange> {
    let primary = |tie: &Enrollment| tie.primary.to_string();
    changed([
        field("primary", primary(before), primary(after)),
        field("beginDate", day(before.begin), day(after.begin)),
        field("endDate", day(before.end), day(after.end)),
    ])
}

impl Names {
    pub(super) fn org(&self, before: &Org, after: &Org) -> Vec<FieldChange> {
        let parent = |org: &Org| text(&org.parent.and_then(|key| self.org_id(key)));
        changed([
            field("name", before.name.to_string(), after.name.to_string()),
            field(
                "type",
                before.org_type.to_string(),
                after.org_type.to_string(),
            ),
            field(
                "identifier",
                text(&before.identifier),
                text(&after.identifier),
            ),
            field("parent", parent(before), parent(after)),
        ])
    }

    pub(super) fn session(&self, before: &Session, after: &Session) -> Vec<FieldChange> {
        let parent = |one: &Session| text(&one.parent.and_then(|key| self.session_id(key)));
        let year = |one: &Session| one.school_year.map(|y| y.to_string()).unwrap_or_default();
        changed([
            field("title", before.title.to_string(), after.title.to_string()),
            field(
                "type",
                before.session_type.to_string(),
                after.session_type.to_string(),
            ),
            field("startDate", day(before.start), day(after.start)),
            field("endDate", day(before.end), day(after.end)),
            field("parent", parent(before), parent(after)),
            field("schoolYear", year(before), year(after)),
        ])
    }

    pub(super) fn course(&self, before: &Course, after: &Course) -> Vec<FieldChange> {
        let org = |one: &Course| text(&one.org.and_then(|key| self.org_id(key)));
        let year = |one: &Course| text(&one.school_year.and_then(|key| self.session_id(key)));
        let plain = |name, of: fn(&Course) -> &Text| {
            field(name, of(before).to_string(), of(after).to_string())
        };
        changed([
            plain("title", |one| &one.title),
            field(
                "courseCode",
                text(&before.course_code),
                text(&after.course_code),
            ),
            field("org", org(before), org(after)),
            field("schoolYear", year(before), year(after)),
            plain("grades", |one| &one.grades),
            plain("subjects", |one| &one.subjects),
            plain("subjectCodes", |one| &one.subject_codes),
        ])
    }

    pub(super) fn class(&self, before: &Class, after: &Class) -> Vec<FieldChange> {
        let course = |one: &Class| text(&one.course.and_then(|key| self.course_id(key)));
        let school = |one: &Class| text(&self.org_id(one.school));
        let terms = |one: &Class| list(one.sessions.iter().map(|key| self.session_id(*key)));
        let plain = |name, of: fn(&Class) -> &Text| {
            field(name, of(before).to_string(), of(after).to_string())
        };
        let optional =
            |name, of: fn(&Class) -> &Option<Text>| field(name, text(of(before)), text(of(after)));
        changed([
            plain("title", |one| &one.title),
            optional("classCode", |one| &one.class_code),
            optional("classType", |one| &one.class_type),
            optional("location", |one| &one.location),
            plain("grades", |one| &one.grades),
            plain("subjects", |one| &one.subjects),
            plain("subjectCodes", |one| &one.subject_codes),
            plain("periods", |one| &one.periods),
            field("course", course(before), course(after)),
            field("school", school(before), school(after)),
            field("terms", terms(before), terms(after)),
        ])
    }

    pub(super) fn user(&self, before: &User, after: &User) -> Vec<FieldChange> {
        let value = |user: &User, of| {
            let value = user.attributes.get(of);
            value.map(ToString::to_string).unwrap_or_default()
        };
        let roles = |user: &User| {
            let roles: Vec<&str> = user.roles.iter().map(|role| role.name()).collect();
            roles.join(",")
        };
        let orgs = |user: &User| list(user.orgs.iter().map(|key| self.org_id(*key)));
        let primary_org = |user: &User| text(&user.primary_org.and_then(|key| self.org_id(key)));
        let mut fields = changed(
            Field::ALL
                .into_iter()
                .map(|of| field(of.name(), value(before, of), value(after, of))),
        );
        // Where a value comes from decides who may change it next.
        let sources = Field::ALL.into_iter().filter_map(|of| {
            let same = before.attributes.get(of) == after.attributes.get(of);
            let source = |user: &User| match user.attributes.provider(of) {
                Some(key) => self.provider(key),
                None => "pinned".to_owned(),
            };
            let there = same && after.attributes.get(of).is_some();
            field(
                &format!("{} source", of.name()),
                source(before),
                source(after),
            )
            .filter(|_| there)
        });
        fields.extend(sources);
        fields.extend(changed([
            field("roles", roles(before), roles(after)),
            field(
                "enabled",
                before.enabled.to_string(),
                after.enabled.to_string(),
            ),
            field("orgs", orgs(before), orgs(after)),
            field(
                "assignments",
                self.assignments(before),
                self.assignments(after),
            ),
            field("primaryOrg", primary_org(before), primary_org(after)),
        ]));
        fields
    }

    /// `teacher at S1 (primary),parent at S2`.
    fn assignments(&self, user: &User) -> String {
        let words = user.assignments.as_slice().iter().map(|one| {
            let org = one.org.and_then(|org| self.org_id(org));
            let org = org.map(|org| format!(" at {org}")).unwrap_or_default();
            let primary = if one.primary { " (primary)" } else { "" };
            format!("{}{org}{primary}", one.role.name())
        });
        let words: Vec<String> = words.collect();
        words.join(",")
    }

    pub(super) fn guardian(&self, before: &Guardian, after: &Guardian) -> Vec<FieldChange> {
        changed([
            field(
                "relation",
                before.relation.name().to_owned(),
                after.relation.name().to_owned(),
            ),
            field(
                "source",
                self.provider(before.provider),
                self.provider(after.provider),
            ),
        ])
    }

    pub(super) fn link(&self, before: &Link, after: &Link) -> Vec<FieldChange> {
        changed([
            field("user", self.user_id(before.user), self.user_id(after.user)),
            field(
                "rule",
                before.rule.name().to_owned(),
                after.rule.name().to_owned(),
            ),
            field(
                "present",
                before.present.to_string(),
                after.present.to_string(),
            ),
        ])
    }
}
