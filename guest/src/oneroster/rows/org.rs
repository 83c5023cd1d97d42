//! Orgs: districts, schools and what is between.

use crate::oneroster::field::{Pairs, Ref, Text};
use crate::oneroster::notes::Notes;
use crate::oneroster::row::{Row, row};
use crate::roster::{Org, OrgType};

row! {
    /// `org` of 1.1 and 1.2.
    OrgRow {
        sourced_id: Text<'a> = "sourcedId";
        status: Text<'a> = "status";
        date_last_modified: Text<'a> = "dateLastModified";
        metadata: Pairs<'a> = "metadata";
        name: Text<'a> = "name";
        org_type: Text<'a> = "type";
        identifier: Text<'a> = "identifier";
        parent: Ref<'a> = "parent";
    }
}

impl<'a> Row<'a> for OrgRow<'a> {
    type Record = Org;

    fn into_record(self, notes: &mut Notes) -> Option<Org> {
        let id = notes.begin(self.shape, self.sourced_id)?;
        let mut row = notes.row(&id);
        let name = row.text("name", self.name).unwrap_or_else(|| {
            row.warn(
                "missing-title",
                "name",
                "is missing; the id stands in for it",
            );
            id.clone()
        });
        let org_type = row.text("type", self.org_type).unwrap_or_default();
        if org_type.is_empty() {
            row.warn(
                "missing-type",
                "type",
                "is missing; it cannot be told whether this is a school",
            );
        }
        Some(Org {
            status: row.status(&self.status),
            date_last_modified: row.timestamp("dateLastModified", &self.date_last_modified),
            name,
            org_type: org_type_of(org_type),
            identifier: row.text("identifier", self.identifier),
            parent: row.reference("parent", self.parent),
            metadata: row.metadata(self.metadata),
            sourced_id: id,
        })
    }
}

fn org_type_of(said: String) -> OrgType {
    match said.to_ascii_lowercase().as_str() {
        "department" => OrgType::Department,
        "district" => OrgType::District,
        "local" => OrgType::Local,
        "national" => OrgType::National,
        "school" => OrgType::School,
        "state" => OrgType::State,
        _ => OrgType::Other(said),
    }
}
