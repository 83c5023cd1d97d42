//! Changes over what was read before: of several records with one id, the one
//! of the newest layer counts, whatever its date says.
//!
//! Layers are added newest first, so that an older record is known as outdated
//! before anything of it is kept. Only the ids of newer layers are held, and
//! those are few: a layer of changes is small.

use super::build::Builder;
use super::ids::IdTable;
use crate::record::Collection;

/// Ids of the records of newer layers.
#[derive(Debug, Default)]
pub(super) struct Newer {
    ids: [IdTable; 6],
    /// Records of each collection that are in `ids`.
    taken: [usize; 6],
}

impl Newer {
    pub(super) fn has(&self, collection: Collection, id: &str) -> bool {
        let ids = &self.ids[collection as usize];
        ids.len() > 0 && ids.find(id).is_some()
    }

    fn take<'i>(&mut self, collection: Collection, ids: impl Iterator<Item = &'i str>) {
        let known = &mut self.taken[collection as usize];
        let from = *known;
        for id in ids.skip(from) {
            self.ids[collection as usize].intern(id);
            *known += 1;
        }
    }
}

impl Builder {
    /// What is added from here on was read earlier: a record whose id was added
    /// already is outdated and counts as neither received nor repeated.
    pub fn older_layer(&mut self) {
        let newer = &mut self.newer;
        macro_rules! take {
            ($collection:ident, $rows:ident, $ids:ident) => {
                let ids = self.$rows.iter().map(|row| self.$ids.get(row.id));
                newer.take(Collection::$collection, ids);
            };
        }
        take!(Orgs, orgs, org_ids);
        take!(AcademicSessions, sessions, session_ids);
        take!(Courses, courses, course_ids);
        take!(Classes, classes, class_ids);
        take!(Users, users, user_ids);
        let from = newer.taken[Collection::Enrollments as usize];
        for index in from..self.enrollment_ids.len() {
            let id = self.enrollment_ids.get(index);
            newer.ids[Collection::Enrollments as usize].intern(&id);
        }
        newer.taken[Collection::Enrollments as usize] = self.enrollment_ids.len();
    }

    /// Whether a newer layer has a record of that id.
    pub fn is_outdated(&self, collection: Collection, sourced_id: &str) -> bool {
        self.newer.has(collection, sourced_id)
    }
}

#[cfg(test)]
mod tests {
    use super::super::SourceRecords;
    use super::*;
    use crate::record::{Enrollment, Lifecycle, Org, Role};

    fn org<'a>(id: &'a str, name: &'a str, modified: Option<i64>) -> Org<'a> {
        Org {
            sourced_id: id,
            lifecycle: Lifecycle {
                deleted: name.is_empty(),
                modified,
            },
            name,
            org_type: "school",
            identifier: None,
            parent: None,
            metadata: Vec::new(),
        }
    }

    fn enrollment<'a>(id: &'a str, user: &'a str) -> Enrollment<'a> {
        Enrollment {
            sourced_id: id,
            lifecycle: Lifecycle::default(),
            user,
            class: "c",
            school: None,
            role: Role::Student,
            primary: None,
            begin: None,
            end: None,
        }
    }

    #[test]
    fn the_newest_layer_counts_whatever_dates_say() {
        let mut builder = SourceRecords::builder();
        builder.push_org(&org("a", "New", Some(1)));
        builder.push_org(&org("gone", "", Some(1)));
        builder.older_layer();
        builder.push_org(&org("a", "Middle", Some(3)));
        builder.push_org(&org("b", "Middle", None));
        builder.older_layer();
        for id in ["a", "b", "c", "gone"] {
            builder.push_org(&org(id, "Old", Some(9)));
        }
        assert!(builder.is_outdated(Collection::Orgs, "b"));
        assert!(!builder.is_outdated(Collection::Orgs, "c"));
        let records = builder.finish();
        assert_eq!(records.received(Collection::Orgs), 4);
        assert_eq!(records.live_count(Collection::Orgs), 3);
        assert!(records.repeated().is_empty());
        let name = |id| {
            records
                .org(records.ids(Collection::Orgs).find(id)?)
                .map(|o| o.name().to_owned())
        };
        assert_eq!(
            ["a", "b", "c"].map(name),
            ["New", "Middle", "Old"].map(|name| Some(name.to_owned()))
        );
    }

    #[test]
    fn enrollments_have_layers_too_and_a_user_is_no_class() {
        let long = "an id that is longer than any that can be packed";
        let mut builder = SourceRecords::builder();
        builder.push_enrollment(&enrollment("e1", "new"));
        builder.push_enrollment(&enrollment(long, "new"));
        builder.older_layer();
        for id in ["e1", "e2", long] {
            builder.push_enrollment(&enrollment(id, "old"));
        }
        builder.push_org(&org("e1", "Old", None));
        let records = builder.finish();
        assert_eq!(records.received(Collection::Enrollments), 3);
        assert_eq!(records.received(Collection::Orgs), 1);
    }
}
