//! What a run changes, row by row, as a person reads it.

use std::collections::{BTreeMap, HashMap};

use homeroom_roster::plan::Changes;
use homeroom_roster::state::{
    Class, ClassKey, Enrollment, Field, Guardian, Link, Org, OrgKey, ProviderKey, Roster, RunKey,
    Status, User, UserKey,
};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::history::gone;
use crate::homeroom::Office;

/// A property that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Which.
    pub field: String,
    /// As it is.
    pub before: String,
    /// As it will be.
    pub after: String,
}

/// A row of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeView {
    /// `user`, `class`, `enrollment`, `guardian` or `link`.
    pub kind: String,
    /// `create`, `update`, `archive`, `restore` or `remove`.
    pub action: String,
    /// The user's id or the class's `sourcedId`; ties: both ends.
    pub id: String,
    /// A name for people.
    pub label: String,
    /// The schools concerned, by `sourcedId`, comma-joined.
    pub school: Option<String>,
    /// What changes; empty for rows that come or go.
    pub fields: Vec<FieldChange>,
}

impl Office {
    /// Hands over each change of a run's plan: users, classes, enrollments,
    /// guardians, links.
    ///
    /// # Errors
    /// If there is no such run, or its plan is no longer kept.
    pub async fn run_changes(
        &self,
        run: u32,
        each: &mut (dyn FnMut(ChangeView) + Send),
    ) -> Result<()> {
        let row = self.tenant.run(RunKey(run)).await?;
        let plan = self
            .tenant
            .plan(row.key)
            .await?
            .ok_or_else(|| gone(run, "plan"))?;
        let (roster, _) = self.tenant.load_roster().await?;
        let names = Names::new(&roster, &plan, self.provider_names().await?);
        each_change(&plan.users, each, |user| names.user_row(user), user_fields);
        each_change(
            &plan.classes,
            each,
            |class| names.class_row(class),
            class_fields,
        );
        each_change(
            &plan.enrollments,
            each,
            |tie| names.enrollment_row(tie),
            enrollment_fields,
        );
        each_change(
            &plan.guardians,
            each,
            |tie| names.guardian_row(tie),
            |_, _| Vec::new(),
        );
        each_change(
            &plan.links,
            each,
            |link| names.link_row(link),
            |before, after| {
                [
                    field(
                        "user",
                        names.user_id(before.user),
                        names.user_id(after.user),
                    ),
                    field(
                        "present",
                        before.present.to_string(),
                        after.present.to_string(),
                    ),
                ]
                .into_iter()
                .flatten()
                .collect()
            },
        );
        Ok(())
    }
}

/// What a row says of itself.
struct Row {
    kind: &'static str,
    id: String,
    label: String,
    school: Option<String>,
    status: Option<Status>,
}

fn each_change<T>(
    changes: &Changes<T>,
    each: &mut (dyn FnMut(ChangeView) + Send),
    row: impl Fn(&T) -> Row,
    fields: impl Fn(&T, &T) -> Vec<FieldChange>,
) {
    let mut show = |row: Row, action: &str, fields| {
        each(ChangeView {
            kind: row.kind.to_owned(),
            action: action.to_owned(),
            id: row.id,
            label: row.label,
            school: row.school,
            fields,
        });
    };
    for created in &changes.created {
        show(row(created), "create", Vec::new());
    }
    for update in &changes.updated {
        let after = row(&update.after);
        let action = match (row(&update.before).status, after.status) {
            (Some(Status::Active), Some(Status::Archived)) => "archive",
            (Some(Status::Archived), Some(Status::Active)) => "restore",
            _ => "update",
        };
        show(after, action, fields(&update.before, &update.after));
    }
    for removed in &changes.removed {
        show(row(removed), "remove", Vec::new());
    }
}

/// Names of users, classes and orgs, those of the plan included.
struct Names {
    users: HashMap<UserKey, (String, String)>,
    classes: HashMap<ClassKey, (String, String, OrgKey)>,
    orgs: HashMap<OrgKey, String>,
    providers: BTreeMap<ProviderKey, String>,
}

impl Names {
    fn new(
        roster: &Roster,
        plan: &homeroom_roster::plan::Plan,
        providers: BTreeMap<ProviderKey, String>,
    ) -> Self {
        let users = roster
            .users
            .iter()
            .chain(&plan.users.created)
            .chain(&plan.users.removed);
        let classes = roster
            .classes
            .iter()
            .chain(&plan.classes.created)
            .chain(&plan.classes.removed);
        let orgs = roster
            .orgs
            .iter()
            .chain(&plan.orgs.created)
            .chain(&plan.orgs.removed);
        Names {
            users: users
                .map(|u| (u.key, (u.id.to_string(), full_name(u))))
                .collect(),
            classes: classes.map(|c| (c.key, class_names(c))).collect(),
            orgs: orgs
                .map(|o: &Org| (o.key, o.origin.sourced_id.to_string()))
                .collect(),
            providers,
        }
    }

    fn org(&self, key: OrgKey) -> Option<String> {
        self.orgs.get(&key).cloned()
    }

    fn user_id(&self, key: UserKey) -> String {
        self.users
            .get(&key)
            .map_or_else(|| key.to_string(), |(id, _)| id.clone())
    }

    fn user_label(&self, key: UserKey) -> String {
        self.users
            .get(&key)
            .map(|(_, label)| label.clone())
            .unwrap_or_default()
    }

    fn user_row(&self, user: &User) -> Row {
        let schools: Vec<_> = user.orgs.iter().filter_map(|org| self.org(*org)).collect();
        Row {
            kind: "user",
            id: user.id.to_string(),
            label: full_name(user),
            school: Some(schools.join(",")).filter(|schools| !schools.is_empty()),
            status: Some(user.status),
        }
    }

    fn class_row(&self, class: &Class) -> Row {
        Row {
            kind: "class",
            id: class.origin.sourced_id.to_string(),
            label: class.title.to_string(),
            school: self.org(class.school),
            status: Some(class.status),
        }
    }

    fn enrollment_row(&self, tie: &Enrollment) -> Row {
        let (class, title, school) = match self.classes.get(&tie.class) {
            Some((id, title, school)) => (id.clone(), title.clone(), self.org(*school)),
            None => (tie.class.to_string(), String::new(), None),
        };
        Row {
            kind: "enrollment",
            id: format!("{class}/{}/{}", self.user_id(tie.user), tie.role.name()),
            label: format!(
                "{} in {title} as {}",
                self.user_label(tie.user),
                tie.role.name()
            ),
            school,
            status: None,
        }
    }

    fn guardian_row(&self, tie: &Guardian) -> Row {
        let (student, guardian) = (self.user_id(tie.student), self.user_id(tie.guardian));
        Row {
            kind: "guardian",
            id: format!("{student}/{guardian}"),
            label: format!(
                "{}, {} of {}",
                self.user_label(tie.guardian),
                tie.relation.name(),
                self.user_label(tie.student)
            ),
            school: None,
            status: None,
        }
    }

    fn link_row(&self, link: &Link) -> Row {
        let provider = self.providers.get(&link.origin.provider);
        let provider = provider.map_or("?", String::as_str);
        Row {
            kind: "link",
            id: format!("{provider}/{}", link.origin.sourced_id),
            label: format!("{} ({})", self.user_label(link.user), link.rule.name()),
            school: None,
            status: None,
        }
    }
}

fn full_name(user: &User) -> String {
    let parts = [Field::GivenName, Field::FamilyName];
    let parts = parts
        .into_iter()
        .filter_map(|field| user.attributes.get(field));
    parts.map(|text| &**text).collect::<Vec<_>>().join(" ")
}

fn class_names(class: &Class) -> (String, String, OrgKey) {
    (
        class.origin.sourced_id.to_string(),
        class.title.to_string(),
        class.school,
    )
}

fn field(name: &str, before: String, after: String) -> Option<FieldChange> {
    (before != after).then(|| FieldChange {
        field: name.to_owned(),
        before,
        after,
    })
}

fn user_fields(before: &User, after: &User) -> Vec<FieldChange> {
    let text = |user: &User, of| {
        user.attributes
            .get(of)
            .map(ToString::to_string)
            .unwrap_or_default()
    };
    let roles = |user: &User| {
        user.roles
            .iter()
            .map(|r| r.name())
            .collect::<Vec<_>>()
            .join(",")
    };
    let mut fields: Vec<_> = Field::ALL
        .into_iter()
        .filter_map(|of| field(of.name(), text(before, of), text(after, of)))
        .collect();
    fields.extend(field("roles", roles(before), roles(after)));
    fields.extend(field(
        "enabled",
        before.enabled.to_string(),
        after.enabled.to_string(),
    ));
    let orgs = |user: &User| user.orgs.len().to_string();
    if before.orgs != after.orgs {
        let (before, after) = (orgs(before), orgs(after));
        fields.push(FieldChange {
            field: "orgs".into(),
            before,
            after,
        });
    }
    fields
}

fn class_fields(before: &Class, after: &Class) -> Vec<FieldChange> {
    let text = |value: &Option<homeroom_roster::state::Text>| {
        value.as_ref().map(ToString::to_string).unwrap_or_default()
    };
    [
        field("title", before.title.to_string(), after.title.to_string()),
        field(
            "classCode",
            text(&before.class_code),
            text(&after.class_code),
        ),
        field(
            "classType",
            text(&before.class_type),
            text(&after.class_type),
        ),
        field("location", text(&before.location), text(&after.location)),
        field(
            "grades",
            before.grades.to_string(),
            after.grades.to_string(),
        ),
        field(
            "subjects",
            before.subjects.to_string(),
            after.subjects.to_string(),
        ),
        field(
            "subjectCodes",
            before.subject_codes.to_string(),
            after.subject_codes.to_string(),
        ),
        field(
            "periods",
            before.periods.to_string(),
            after.periods.to_string(),
        ),
        field(
            "terms",
            before.sessions.len().to_string(),
            after.sessions.len().to_string(),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn enrollment_fields(before: &Enrollment, after: &Enrollment) -> Vec<FieldChange> {
    let day = |day: Option<homeroom_roster::record::Day>| {
        day.map(|day| day.to_string()).unwrap_or_default()
    };
    [
        field(
            "primary",
            before.primary.to_string(),
            after.primary.to_string(),
        ),
        field("beginDate", day(before.begin), day(after.begin)),
        field("endDate", day(before.end), day(after.end)),
    ]
    .into_iter()
    .flatten()
    .collect()
}
