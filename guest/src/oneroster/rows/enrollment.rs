//! Enrollments: a user in a class with a role.

use crate::oneroster::field::{Pairs, Ref, Text};
use crate::oneroster::notes::{Notes, RowNotes};
use crate::oneroster::row::{Row, row};
use crate::roster::Enrollment;

row! {
    /// `enrollment` of 1.1 and 1.2.
    EnrollmentRow {
        sourced_id: Text<'a> = "sourcedId";
        status: Text<'a> = "status";
        date_last_modified: Text<'a> = "dateLastModified";
        metadata: Pairs<'a> = "metadata";
        user: Ref<'a> = "user";
        class: Ref<'a> = "class";
        school: Ref<'a> = "school";
        role: Text<'a> = "role";
        primary: Text<'a> = "primary";
        begin_date: Text<'a> = "beginDate";
        end_date: Text<'a> = "endDate";
    }
}

impl<'a> Row<'a> for EnrollmentRow<'a> {
    type Record = Enrollment;

    fn into_record(self, notes: &mut Notes) -> Option<Enrollment> {
        let id = notes.begin(self.shape, self.sourced_id)?;
        let mut row = notes.row(&id);
        let user = required(&mut row, "user", self.user)?;
        let class = required(&mut row, "class", self.class)?;
        let Some(role) = row.role("role", self.role) else {
            row.error("missing-role", "role", "is missing");
            return None;
        };
        Some(Enrollment {
            status: row.status(&self.status),
            date_last_modified: row.timestamp("dateLastModified", &self.date_last_modified),
            user,
            class,
            school: row.reference("school", self.school),
            role,
            primary: row.boolean("primary", &self.primary),
            begin_date: row.date("beginDate", &self.begin_date),
            end_date: row.date("endDate", &self.end_date),
            metadata: row.metadata(self.metadata),
            sourced_id: id,
        })
    }
}

fn required(row: &mut RowNotes<'_>, field: &str, reference: Ref<'_>) -> Option<String> {
    let id = row.reference(field, reference);
    if id.is_none() {
        row.error("missing-reference", field, "is missing");
    }
    id
}
