//! Compares records by their ids, over all pages of a collection: a record that
//! only moved to another page is the same record.

use std::collections::BTreeMap;

use homeroom_roster::codec;
use homeroom_roster::record::{AcademicSession, Class, Collection, Course, Enrollment, Org, User};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::view::{FieldDifference, RecordDifference};
use crate::error::{Error, Result};

/// Records on record and now, by id; a source may send an id more than once.
#[derive(Default)]
pub(super) struct Sides {
    old: ById,
    new: ById,
}

type ById = BTreeMap<String, Vec<Vec<u8>>>;

/// What comparing found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) same: u64,
    pub(super) added: u64,
    pub(super) removed: u64,
    pub(super) changed: u64,
    pub(super) differences: Vec<RecordDifference>,
}

impl Sides {
    pub(super) fn add_old(&mut self, collection: Collection, bytes: &[u8]) -> Result<()> {
        add(&mut self.old, collection, bytes)
    }

    pub(super) fn add_new(&mut self, collection: Collection, bytes: &[u8]) -> Result<()> {
        add(&mut self.new, collection, bytes)
    }

    pub(super) fn compare(&self, collection: Collection) -> Result<Found> {
        let mut found = Found::default();
        let ids = self
            .old
            .keys()
            .chain(self.new.keys().filter(|id| !self.old.contains_key(*id)));
        for id in ids {
            let none = Vec::new();
            let old = self.old.get(id).unwrap_or(&none);
            let new = self.new.get(id).unwrap_or(&none);
            for at in 0..old.len().max(new.len()) {
                let (kind, fields) = match (old.get(at), new.get(at)) {
                    (Some(old), Some(new)) if old == new => {
                        found.same += 1;
                        continue;
                    }
                    (Some(old), Some(new)) => {
                        found.changed += 1;
                        (
                            "changed",
                            fields(&value(collection, old)?, &value(collection, new)?),
                        )
                    }
                    (Some(_), None) => {
                        found.removed += 1;
                        ("removed", Vec::new())
                    }
                    _ => {
                        found.added += 1;
                        ("added", Vec::new())
                    }
                };
                found.differences.push(RecordDifference {
                    collection: collection.name().to_owned(),
                    sourced_id: id.clone(),
                    kind: kind.to_owned(),
                    fields,
                });
            }
        }
        Ok(found)
    }
}

fn add(side: &mut ById, collection: Collection, bytes: &[u8]) -> Result<()> {
    match collection {
        Collection::Orgs => split::<Org<'_>>(side, bytes, |r| r.sourced_id),
        Collection::AcademicSessions => split::<AcademicSession<'_>>(side, bytes, |r| r.sourced_id),
        Collection::Courses => split::<Course<'_>>(side, bytes, |r| r.sourced_id),
        Collection::Classes => split::<Class<'_>>(side, bytes, |r| r.sourced_id),
        Collection::Users => split::<User<'_>>(side, bytes, |r| r.sourced_id),
        Collection::Enrollments => split::<Enrollment<'_>>(side, bytes, |r| r.sourced_id),
    }
}

fn split<'a, T: Deserialize<'a> + Serialize>(
    side: &mut ById,
    bytes: &'a [u8],
    id: impl Fn(&T) -> &'a str,
) -> Result<()> {
    for record in codec::records::<T>(bytes) {
        let record = record.map_err(|error| unreadable(&error))?;
        let mut encoded = Vec::new();
        codec::push(&mut encoded, &record).map_err(|error| unreadable(&error))?;
        side.entry(id(&record).to_owned())
            .or_default()
            .push(encoded);
    }
    Ok(())
}

fn value(collection: Collection, bytes: &[u8]) -> Result<Value> {
    match collection {
        Collection::Orgs => json::<Org<'_>>(bytes),
        Collection::AcademicSessions => json::<AcademicSession<'_>>(bytes),
        Collection::Courses => json::<Course<'_>>(bytes),
        Collection::Classes => json::<Class<'_>>(bytes),
        Collection::Users => json::<User<'_>>(bytes),
        Collection::Enrollments => json::<Enrollment<'_>>(bytes),
    }
}

fn json<'a, T: Deserialize<'a> + Serialize>(bytes: &'a [u8]) -> Result<Value> {
    let record = codec::records::<T>(bytes).next();
    let record = record.transpose().map_err(|error| unreadable(&error))?;
    serde_json::to_value(record).map_err(|error| unreadable(&error))
}

fn unreadable(error: &dyn std::fmt::Display) -> Error {
    Error::usage(
        "recording-damaged",
        format!("records of the recording cannot be read: {error}"),
    )
}

/// The fields of two records that differ.
fn fields(old: &Value, new: &Value) -> Vec<FieldDifference> {
    let (Value::Object(old), Value::Object(new)) = (old, new) else {
        return Vec::new();
    };
    old.iter()
        .filter_map(|(field, before)| {
            let after = new.get(field).unwrap_or(&Value::Null);
            (before != after).then(|| FieldDifference {
                field: field.clone(),
                recorded: before.clone(),
                replayed: after.clone(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use homeroom_roster::record::Lifecycle;

    fn orgs(list: &[(&str, &str)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (id, name) in list {
            let org = Org {
                sourced_id: id,
                lifecycle: Lifecycle::default(),
                name,
                org_type: "school",
                identifier: None,
                parent: None,
                metadata: Vec::new(),
            };
            codec::push(&mut bytes, &org).expect("encodable");
        }
        bytes
    }

    #[test]
    fn records_are_compared_by_id_wherever_they_stand() {
        let mut sides = Sides::default();
        let old = [("1", "One"), ("2", "Two"), ("3", "Three")];
        sides.add_old(Collection::Orgs, &orgs(&old)).expect("good");
        sides
            .add_new(Collection::Orgs, &orgs(&[("4", "Four"), ("2", "Second")]))
            .expect("good");
        sides
            .add_new(Collection::Orgs, &orgs(&[("1", "One")]))
            .expect("good");
        let found = sides.compare(Collection::Orgs).expect("good");
        assert_eq!(
            (found.same, found.added, found.removed, found.changed),
            (1, 1, 1, 1)
        );
        let changed = found.differences.iter().find(|d| d.kind == "changed");
        let changed = changed.expect("one changed");
        assert_eq!(changed.sourced_id, "2");
        assert_eq!(
            changed.fields,
            [FieldDifference {
                field: "name".into(),
                recorded: "Two".into(),
                replayed: "Second".into(),
            }]
        );
    }

    #[test]
    fn an_id_that_comes_twice_counts_twice() {
        let mut sides = Sides::default();
        sides
            .add_old(Collection::Orgs, &orgs(&[("1", "One"), ("1", "One")]))
            .expect("good");
        sides
            .add_new(Collection::Orgs, &orgs(&[("1", "One")]))
            .expect("good");
        let found = sides.compare(Collection::Orgs).expect("good");
        assert_eq!((found.same, found.removed), (1, 1));
    }
}
