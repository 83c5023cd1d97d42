//! Courses of the catalogue.

use crate::oneroster::field::{List, Pairs, Ref, Text};
use crate::oneroster::notes::Notes;
use crate::oneroster::row::{Row, row};
use crate::roster::Course;

row! {
    /// `course` of 1.1 and 1.2.
    CourseRow {
        sourced_id: Text<'a> = "sourcedId";
        status: Text<'a> = "status";
        date_last_modified: Text<'a> = "dateLastModified";
        metadata: Pairs<'a> = "metadata";
        title: Text<'a> = "title";
        course_code: Text<'a> = "courseCode";
        school_year: Ref<'a> = "schoolYear";
        org: Ref<'a> = "org";
        grades: List<Text<'a>> = "grades";
        subjects: List<Text<'a>> = "subjects";
        subject_codes: List<Text<'a>> = "subjectCodes";
    }
}

impl<'a> Row<'a> for CourseRow<'a> {
    type Record = Course;

    fn into_record(self, notes: &mut Notes) -> Option<Course> {
        let id = notes.begin(self.shape, self.sourced_id)?;
        let mut row = notes.row(&id);
        let course_code = row.text("courseCode", self.course_code);
        let title = row.text("title", self.title).unwrap_or_else(|| {
            row.warn(
                "missing-title",
                "title",
                "is missing; the course code or the id stands in for it",
            );
            course_code.clone().unwrap_or_else(|| id.clone())
        });
        Some(Course {
            status: row.status(&self.status),
            date_last_modified: row.timestamp("dateLastModified", &self.date_last_modified),
            title,
            course_code,
            school_year: row.reference("schoolYear", self.school_year),
            org: row.reference("org", self.org),
            grades: row.texts("grades", self.grades),
            subjects: row.texts("subjects", self.subjects),
            subject_codes: row.texts("subjectCodes", self.subject_codes),
            metadata: row.metadata(self.metadata),
            sourced_id: id,
        })
    }
}
