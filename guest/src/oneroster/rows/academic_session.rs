//! Academic sessions: school years, semesters, terms, grading periods.

use crate::oneroster::field::{Pairs, Ref, Text};
use crate::oneroster::notes::Notes;
use crate::oneroster::row::{Row, row};
use crate::roster::{AcademicSession, SessionType};

row! {
    /// `academicSession` of 1.1 and 1.2.
    AcademicSessionRow {
        sourced_id: Text<'a> = "sourcedId";
        status: Text<'a> = "status";
        date_last_modified: Text<'a> = "dateLastModified";
        metadata: Pairs<'a> = "metadata";
        title: Text<'a> = "title";
        session_type: Text<'a> = "type";
        start_date: Text<'a> = "startDate";
        end_date: Text<'a> = "endDate";
        parent: Ref<'a> = "parent";
        school_year: Text<'a> = "schoolYear";
    }
}

impl<'a> Row<'a> for AcademicSessionRow<'a> {
    type Record = AcademicSession;

    fn into_record(self, notes: &mut Notes) -> Option<AcademicSession> {
        let id = notes.begin(self.shape, self.sourced_id)?;
        let mut row = notes.row(&id);
        let title = row.text("title", self.title).unwrap_or_else(|| {
            row.warn(
                "missing-title",
                "title",
                "is missing; the id stands in for it",
            );
            id.clone()
        });
        let session_type = row.text("type", self.session_type).unwrap_or_default();
        if session_type.is_empty() {
            row.warn("missing-type", "type", "is missing");
        }
        Some(AcademicSession {
            status: row.status(&self.status),
            date_last_modified: row.timestamp("dateLastModified", &self.date_last_modified),
            title,
            session_type: session_type_of(session_type),
            start_date: row.date("startDate", &self.start_date),
            end_date: row.date("endDate", &self.end_date),
            parent: row.reference("parent", self.parent),
            school_year: row.school_year("schoolYear", &self.school_year),
            metadata: row.metadata(self.metadata),
            sourced_id: id,
        })
    }
}

fn session_type_of(said: String) -> SessionType {
    match said.to_ascii_lowercase().as_str() {
        "gradingperiod" => SessionType::GradingPeriod,
        "semester" => SessionType::Semester,
        "schoolyear" => SessionType::SchoolYear,
        "term" => SessionType::Term,
        _ => SessionType::Other(said),
    }
}
