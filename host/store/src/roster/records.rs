//! Organisations, academic sessions, courses and classes as rows.

use std::cmp::Ordering;

use homeroom_roster::state::{
    Class, ClassKey, Course, CourseKey, Org, OrgKey, Origin, ProviderKey, Session, SessionKey,
};

use super::Record;
use super::cells::{Cells, archived, join};
use crate::bulk::Rows;
use crate::error::Result;

fn write_origin(origin: &Origin, rows: &mut Rows<'_>) {
    rows.push(origin.provider.0);
    rows.push(origin.sourced_id.clone());
}

fn read_origin(cells: &mut Cells<'_, '_>) -> Result<Origin> {
    Ok(Origin {
        provider: ProviderKey(cells.int()?),
        sourced_id: cells.text()?,
    })
}

impl Record for Org {
    const TABLE: &'static str = "orgs";
    const COLUMNS: &'static [&'static str] = &[
        "key",
        "provider",
        "sourced_id",
        "status",
        "name",
        "type",
        "identifier",
        "parent",
    ];

    fn by_key(a: &Self, b: &Self) -> Ordering {
        a.key.cmp(&b.key)
    }

    fn write_key(&self, rows: &mut Rows<'_>) {
        rows.push(self.key.0);
    }

    fn write_rest(&self, rows: &mut Rows<'_>) {
        write_origin(&self.origin, rows);
        rows.push(archived(self.status));
        rows.push(self.name.clone());
        rows.push(self.org_type.clone());
        rows.push(self.identifier.clone());
        rows.push(self.parent.map(|key| key.0));
    }

    fn read(cells: &mut Cells<'_, '_>) -> Result<Self> {
        Ok(Org {
            key: OrgKey(cells.int()?),
            origin: read_origin(cells)?,
            status: cells.status()?,
            name: cells.text()?,
            org_type: cells.shared()?,
            identifier: cells.text_or_none()?,
            parent: cells.int_or_none()?.map(OrgKey),
        })
    }
}

impl Record for Session {
    const TABLE: &'static str = "sessions";
    const COLUMNS: &'static [&'static str] = &[
        "key",
        "provider",
        "sourced_id",
        "status",
        "title",
        "type",
        "start_day",
        "end_day",
        "parent",
        "school_year",
    ];

    fn by_key(a: &Self, b: &Self) -> Ordering {
        a.key.cmp(&b.key)
    }

    fn write_key(&self, rows: &mut Rows<'_>) {
        rows.push(self.key.0);
    }

    fn write_rest(&self, rows: &mut Rows<'_>) {
        write_origin(&self.origin, rows);
        rows.push(archived(self.status));
        rows.push(self.title.clone());
        rows.push(self.session_type.clone());
        rows.push(self.start.map(|day| day.0));
        rows.push(self.end.map(|day| day.0));
        rows.push(self.parent.map(|key| key.0));
        rows.push(self.school_year);
    }

    fn read(cells: &mut Cells<'_, '_>) -> Result<Self> {
        Ok(Session {
            key: SessionKey(cells.int()?),
            origin: read_origin(cells)?,
            status: cells.status()?,
            title: cells.text()?,
            session_type: cells.shared()?,
            start: cells.day()?,
            end: cells.day()?,
            parent: cells.int_or_none()?.map(SessionKey),
            school_year: cells.int_or_none()?,
        })
    }
}

impl Record for Course {
    const TABLE: &'static str = "courses";
    const COLUMNS: &'static [&'static str] = &[
        "key",
        "provider",
        "sourced_id",
        "status",
        "title",
        "course_code",
        "org",
        "school_year",
        "grades",
        "subjects",
        "subject_codes",
    ];

    fn by_key(a: &Self, b: &Self) -> Ordering {
        a.key.cmp(&b.key)
    }

    fn write_key(&self, rows: &mut Rows<'_>) {
        rows.push(self.key.0);
    }

    fn write_rest(&self, rows: &mut Rows<'_>) {
        write_origin(&self.origin, rows);
        rows.push(archived(self.status));
        rows.push(self.title.clone());
        rows.push(self.course_code.clone());
        rows.push(self.org.map(|key| key.0));
        rows.push(self.school_year.map(|key| key.0));
        rows.push(self.grades.clone());
        rows.push(self.subjects.clone());
        rows.push(self.subject_codes.clone());
    }

    fn read(cells: &mut Cells<'_, '_>) -> Result<Self> {
        Ok(Course {
            key: CourseKey(cells.int()?),
            origin: read_origin(cells)?,
            status: cells.status()?,
            title: cells.shared()?,
            course_code: cells.text_or_none()?,
            org: cells.int_or_none()?.map(OrgKey),
            school_year: cells.int_or_none()?.map(SessionKey),
            grades: cells.shared()?,
            subjects: cells.shared()?,
            subject_codes: cells.shared()?,
        })
    }
}

impl Record for Class {
    const TABLE: &'static str = "classes";
    const COLUMNS: &'static [&'static str] = &[
        "key",
        "provider",
        "sourced_id",
        "status",
        "title",
        "class_code",
        "class_type",
        "location",
        "grades",
        "subjects",
        "subject_codes",
        "periods",
        "course",
        "school",
        "sessions",
    ];

    fn by_key(a: &Self, b: &Self) -> Ordering {
        a.key.cmp(&b.key)
    }

    fn write_key(&self, rows: &mut Rows<'_>) {
        rows.push(self.key.0);
    }

    fn write_rest(&self, rows: &mut Rows<'_>) {
        write_origin(&self.origin, rows);
        rows.push(archived(self.status));
        rows.push(self.title.clone());
        rows.push(self.class_code.clone());
        rows.push(self.class_type.clone());
        rows.push(self.location.clone());
        rows.push(self.grades.clone());
        rows.push(self.subjects.clone());
        rows.push(self.subject_codes.clone());
        rows.push(self.periods.clone());
        rows.push(self.course.map(|key| key.0));
        rows.push(self.school.0);
        rows.push(join(self.sessions.iter().map(|key| key.0)));
    }

    fn read(cells: &mut Cells<'_, '_>) -> Result<Self> {
        Ok(Class {
            key: ClassKey(cells.int()?),
            origin: read_origin(cells)?,
            status: cells.status()?,
            title: cells.text()?,
            class_code: cells.text_or_none()?,
            class_type: cells.shared_or_none()?,
            location: cells.shared_or_none()?,
            grades: cells.shared()?,
            subjects: cells.shared()?,
            subject_codes: cells.shared()?,
            periods: cells.shared()?,
            course: cells.int_or_none()?.map(CourseKey),
            school: OrgKey(cells.int()?),
            sessions: cells.keys(SessionKey)?,
        })
    }
}
