//! What a run changes, row by row, as a person reads it.
//!
//! A night can change a hundred thousand rows, so each is made, filtered and
//! handed over on its own, and none is kept. What a row says of itself stands
//! in [`rows`], what of a record has changed in [`fields`].

mod fields;
mod names;
mod rows;

use homeroom_roster::plan::{Changes, Plan};
use homeroom_roster::state::{RunKey, Status};
use serde::{Deserialize, Serialize};

use self::names::Names;
use self::rows::Row;
use crate::error::{Error, Result};
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
    /// `org`, `session`, `course`, `user`, `class`, `enrollment`, `guardian` or
    /// `link`.
    pub kind: String,
    /// `create`, `update`, `archive`, `restore` or `remove`.
    pub action: String,
    /// The user's id or the record's `sourcedId`; ties: both ends.
    pub id: String,
    /// A name for people.
    pub label: String,
    /// The schools concerned, by `sourcedId`, comma-joined.
    pub school: Option<String>,
    /// What changes; empty for rows that come or go.
    pub fields: Vec<FieldChange>,
}

/// Which rows are wanted; what is not given does not narrow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeFilter {
    /// The row's kind.
    pub kind: Option<String>,
    /// The row's action.
    pub action: Option<String>,
    /// A school that the row concerns, by its `sourcedId`, before or after the
    /// change. A tie concerns the schools of its people.
    pub school: Option<String>,
    /// A text in the id, name or email of a user whom the row concerns, or in
    /// the `provider/sourcedId` of a record linked to one, or in the row's own
    /// id or label; in any letter case.
    pub person: Option<String>,
}

impl Office {
    /// Hands over each change of a run's plan that the filter wants: orgs,
    /// sessions, courses, users, classes, enrollments, guardians, links. Says
    /// how many changes the plan has in all.
    ///
    /// # Errors
    /// If there is no such run, its plan is no longer kept, or the filter names
    /// a school that neither the roster nor the plan knows.
    pub async fn run_changes(
        &self,
        run: u32,
        filter: &ChangeFilter,
        each: &mut (dyn FnMut(ChangeView) + Send),
    ) -> Result<u64> {
        let row = self.tenant.run(RunKey(run)).await?;
        let plan = self
            .tenant
            .plan(row.key)
            .await?
            .ok_or_else(|| gone(run, "plan"))?;
        let (roster, _) = self.tenant.load_roster().await?;
        let names = Names::new(&roster, &plan, self.provider_names().await?);
        if let Some(school) = &filter.school
            && !names.knows_org(school)
        {
            return Err(Error::usage(
                "unknown-school",
                format!(
                    "neither the roster nor run {run} knows a school \"{school}\"; give its \
                     sourcedId (`homeroom run changes {run} --kind org` and \
                     `homeroom integration test NAME` list schools)"
                ),
            ));
        }
        let mut listing = Listing {
            wanted: Wanted::new(filter, &names),
            names: &names,
            each,
            total: 0,
        };
        listing.plan(&plan);
        Ok(listing.total)
    }
}

/// The filter, ready to be asked.
struct Wanted<'f> {
    filter: &'f ChangeFilter,
    /// The wanted text, in lower case.
    text: Option<String>,
    /// By place in the names' users: the text is about this user.
    users: Vec<bool>,
}

impl<'f> Wanted<'f> {
    fn new(filter: &'f ChangeFilter, names: &Names) -> Self {
        let text = filter.person.as_ref().map(|text| text.to_lowercase());
        let users = match &text {
            Some(text) => names.users_about(text),
            None => Vec::new(),
        };
        Wanted {
            filter,
            text,
            users,
        }
    }

    fn wants(&self, row: &Row, action: &str, names: &Names) -> bool {
        let is =
            |wanted: &Option<String>, value: &str| wanted.as_ref().is_none_or(|it| it == value);
        let school = |wanted: &String| row.schools.iter().any(|id| **id == **wanted);
        let person = |text: &String| {
            let place = |user| names.place(user);
            let mut places = row.users.iter().filter_map(|user| place(*user));
            places.any(|place| self.users[place])
                || row.id.to_lowercase().contains(text)
                || row.label.to_lowercase().contains(text)
        };
        is(&self.filter.kind, row.kind)
            && is(&self.filter.action, action)
            && self.filter.school.as_ref().is_none_or(school)
            && self.text.as_ref().is_none_or(person)
    }
}

/// Goes through a plan.
struct Listing<'l> {
    wanted: Wanted<'l>,
    names: &'l Names,
    each: &'l mut (dyn FnMut(ChangeView) + Send),
    total: u64,
}

impl Listing<'_> {
    fn plan(&mut self, plan: &Plan) {
        let names = self.names;
        self.changes(&plan.orgs, |org| names.org_row(org), |a, b| names.org(a, b));
        self.changes(
            &plan.sessions,
            |session| names.session_row(session),
            |a, b| names.session(a, b),
        );
        self.changes(
            &plan.courses,
            |course| names.course_row(course),
            |a, b| names.course(a, b),
        );
        self.changes(
            &plan.users,
            |user| names.user_row(user),
            |a, b| names.user(a, b),
        );
        self.changes(
            &plan.classes,
            |class| names.class_row(class),
            |a, b| names.class(a, b),
        );
        self.changes(
            &plan.enrollments,
            |tie| names.enrollment_row(tie),
            fields::enrollment,
        );
        self.changes(
            &plan.guardians,
            |tie| names.guardian_row(tie),
            |a, b| names.guardian(a, b),
        );
        self.changes(
            &plan.links,
            |link| names.link_row(link),
            |a, b| names.link(a, b),
        );
    }

    fn changes<T>(
        &mut self,
        changes: &Changes<T>,
        row: impl Fn(&T) -> Row,
        fields: impl Fn(&T, &T) -> Vec<FieldChange>,
    ) {
        for created in &changes.created {
            self.show(row(created), "create", Vec::new);
        }
        for update in &changes.updated {
            let (before, mut after) = (row(&update.before), row(&update.after));
            let action = match (before.status, after.status) {
                (Some(Status::Active), Some(Status::Archived)) => "archive",
                (Some(Status::Archived), Some(Status::Active)) => "restore",
                _ => "update",
            };
            after.join(before);
            self.show(after, action, || fields(&update.before, &update.after));
        }
        for removed in &changes.removed {
            self.show(row(removed), "remove", Vec::new);
        }
    }

    fn show(&mut self, row: Row, action: &str, fields: impl FnOnce() -> Vec<FieldChange>) {
        self.total += 1;
        if !self.wanted.wants(&row, action, self.names) {
            return;
        }
        let schools: Vec<&str> = row.schools.iter().map(|id| &**id).collect();
        (self.each)(ChangeView {
            kind: row.kind.to_owned(),
            action: action.to_owned(),
            school: Some(schools.join(",")).filter(|schools| !schools.is_empty()),
            id: row.id,
            label: row.label,
            fields: fields(),
        });
    }
}
