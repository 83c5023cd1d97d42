//! Classes (sections).

use crate::oneroster::field::{List, Pairs, Ref, Text};
use crate::oneroster::notes::Notes;
use crate::oneroster::row::{Row, row};
use crate::roster::{Class, ClassType};

row! {
    /// `class` of 1.1 and 1.2. `periods` is text in 1.1's schema and a list in
    /// practice and in 1.2.
    ClassRow {
        sourced_id: Text<'a> = "sourcedId";
        status: Text<'a> = "status";
        date_last_modified: Text<'a> = "dateLastModified";
        metadata: Pairs<'a> = "metadata";
        title: Text<'a> = "title";
        class_code: Text<'a> = "classCode";
        class_type: Text<'a> = "classType";
        location: Text<'a> = "location";
        grades: List<Text<'a>> = "grades";
        subjects: List<Text<'a>> = "subjects";
        subject_codes: List<Text<'a>> = "subjectCodes";
        course: Ref<'a> = "course";
        school: Ref<'a> = "school";
        terms: List<Ref<'a>> = "terms";
        periods: List<Text<'a>> = "periods";
    }
}

impl<'a> Row<'a> for ClassRow<'a> {
    type Record = Class;

    fn into_record(self, notes: &mut Notes) -> Option<Class> {
        let id = notes.begin(self.shape, self.sourced_id)?;
        let mut row = notes.row(&id);
        if self.school.0.is_blank() {
            row.error(
                "missing-reference",
                "school",
                "is missing; nobody can say whose class this is",
            );
            return None;
        }
        let Some(school) = row.reference("school", self.school) else {
            row.error(
                "missing-reference",
                "school",
                "cannot be used; nobody can say whose class this is",
            );
            return None;
        };
        Some(Class {
            status: row.status(&self.status),
            date_last_modified: row.timestamp("dateLastModified", &self.date_last_modified),
            title: row.text("title", self.title).unwrap_or_default(),
            class_code: row.text("classCode", self.class_code),
            class_type: row.text("classType", self.class_type).map(class_type_of),
            location: row.text("location", self.location),
            grades: row.texts("grades", self.grades),
            subjects: row.texts("subjects", self.subjects),
            subject_codes: row.texts("subjectCodes", self.subject_codes),
            course: row.reference("course", self.course),
            school: Some(school),
            terms: row.references("terms", self.terms),
            periods: row.texts("periods", self.periods),
            metadata: row.metadata(self.metadata),
            sourced_id: id,
        })
    }
}

fn class_type_of(said: String) -> ClassType {
    if said.eq_ignore_ascii_case("scheduled") {
        ClassType::Scheduled
    } else if said.eq_ignore_ascii_case("homeroom") {
        ClassType::Homeroom
    } else {
        ClassType::Other(said)
    }
}
