//! One page of one collection's file, and where to go on.

use super::bundle::{Bundle, name_of};
use super::cursor::Cursor;
use super::roles::{self, RolesOf};
use super::rows::{
    AcademicSessionColumns, ClassColumns, Columns, CourseColumns, EnrollmentColumns, OrgColumns,
    Users,
};
use super::table::{Encoding, Table, empty};
use crate::files::{File, FileSet};
use crate::oneroster::notes::Notes;
use crate::oneroster::row::Row;
use crate::{Collection, Extent, Failure, Page, PageRequest, Records};

/// Reads the page that `request` asks for.
pub(crate) fn read(
    files: &dyn FileSet,
    encoding: Encoding,
    request: &PageRequest,
) -> Result<Page, Failure> {
    let bundle = Bundle::of(files)?;
    let source = Source {
        files,
        encoding,
        bundle: &bundle,
        collection: request.collection,
        page_size: request.page_size.max(1),
    };
    match &request.cursor {
        None => source.first(),
        Some(cursor) => source.further(&Cursor::read(cursor)?),
    }
}

struct Source<'f> {
    files: &'f dyn FileSet,
    encoding: Encoding,
    bundle: &'f Bundle,
    collection: Collection,
    page_size: u32,
}

/// A part of a file as records.
struct Part {
    records: Records,
    received: u32,
    /// Where the file goes on.
    next: Option<Cursor>,
}

impl Source<'_> {
    fn first(&self) -> Result<Page, Failure> {
        self.bundle.check()?;
        let mut notes = Notes::default();
        if self.collection == Collection::Orgs {
            self.bundle.note_oddities(&mut notes);
        }
        let Some(file) = self.file() else {
            return self.absent(notes);
        };
        let mut table = Table::open(self.files, file, self.encoding)?;
        let (standard, stand_ins) = (self.standard(), self.stand_ins());
        table
            .header
            .note_oddities(&file.name, standard, stand_ins, &mut notes);
        self.require_columns(&table, &mut notes)?;
        if let (Collection::Users, Some(roles)) = (self.collection, self.bundle.file("roles")) {
            let (files, size) = (self.files, self.page_size);
            let (pages, total) =
                roles::cut(files, &mut table, roles, self.encoding, size, &mut notes)?;
            if total == 0 {
                return Err(empty(&file.name));
            }
            return Ok(Page {
                records: Records::Users(Vec::new()),
                received: 0,
                next: pages.iter().map(Cursor::write).collect(),
                total: Some(total),
                findings: notes.findings,
                extent: self.extent(),
            });
        }
        let part = self.part(table, self.page_size, &mut notes)?;
        if part.received == 0 && self.extent() == Extent::Whole {
            return Err(empty(&file.name));
        }
        Ok(self.page(part, notes))
    }

    fn extent(&self) -> Extent {
        self.bundle.extent(self.collection)
    }

    fn page(&self, part: Part, notes: Notes) -> Page {
        Page {
            records: part.records,
            received: part.received,
            next: part.next.iter().map(Cursor::write).collect(),
            total: None,
            findings: notes.findings,
            extent: self.extent(),
        }
    }

    fn further(&self, cursor: &Cursor) -> Result<Page, Failure> {
        let file = self
            .file()
            .ok_or_else(|| self.bundle.missing(name_of(self.collection)))?;
        let mut notes = Notes::default();
        let mut table = Table::open(self.files, file, self.encoding)?;
        table.seek(cursor.offset, cursor.line);
        let limit = cursor.rows.unwrap_or(self.page_size);
        let mut part = if self.collection == Collection::Users && cursor.rows.is_some() {
            let roles = self.roles(&mut table, cursor, limit)?;
            table.seek(cursor.offset, cursor.line);
            let columns = Users::with_roles(&table.header, roles);
            rows(table, &columns, limit, &mut notes)?
        } else {
            self.part(table, limit, &mut notes)?
        };
        if cursor.rows.is_some() {
            part.next = None;
        }
        Ok(self.page(part, notes))
    }

    /// The roles of a page's users.
    fn roles(
        &self,
        table: &mut Table<'_>,
        cursor: &Cursor,
        limit: u32,
    ) -> Result<RolesOf, Failure> {
        let (Some(file), Some(span)) = (self.bundle.file("roles"), cursor.roles) else {
            return Ok(RolesOf::default());
        };
        let column = table.header.column("sourcedId");
        let mut users = Vec::new();
        for _ in 0..limit {
            let Some(line) = table.next()? else { break };
            users.extend(line.content.ok().map(|cells| cells.get(column).to_owned()));
        }
        RolesOf::read(self.files, file, self.encoding, span, users.into_iter())
    }

    fn file(&self) -> Option<&File> {
        self.bundle.file(name_of(self.collection))
    }

    /// A collection without a file. What a roster can do without is spared by
    /// the host; classes and enrollments may be left out on purpose, if the
    /// manifest says so. Beside files of changes any may.
    fn absent(&self, mut notes: Notes) -> Result<Page, Failure> {
        let name = name_of(self.collection);
        let changes = self.extent() == Extent::Changes;
        let records = match self.collection {
            Collection::Orgs if changes => Records::Orgs(Vec::new()),
            Collection::Users if changes => Records::Users(Vec::new()),
            Collection::Courses if changes => Records::Courses(Vec::new()),
            Collection::AcademicSessions if changes => Records::AcademicSessions(Vec::new()),
            Collection::Classes => Records::Classes(Vec::new()),
            Collection::Enrollments => Records::Enrollments(Vec::new()),
            Collection::Courses | Collection::AcademicSessions => {
                return Err(Failure::Unsupported(format!(
                    "The bundle has no {name}.csv."
                )));
            }
            Collection::Orgs | Collection::Users => return Err(self.bundle.missing(name)),
        };
        if !changes {
            if !self.bundle.is_declared_absent(name) {
                return Err(self.bundle.missing(name));
            }
            notes.page(
                "file-absent",
                format!(
                    "manifest.csv says that there is no {name}.csv; the roster comes without {name}."
                ),
            );
        }
        Ok(Page {
            records,
            received: 0,
            next: Vec::new(),
            total: Some(0),
            findings: notes.findings,
            extent: self.extent(),
        })
    }

    /// A file that lacks what makes its rows records is refused whole: each of
    /// its rows would be left out.
    fn require_columns(&self, table: &Table<'_>, notes: &mut Notes) -> Result<(), Failure> {
        let needed: &[&str] = match self.collection {
            Collection::Orgs | Collection::AcademicSessions | Collection::Courses => &["sourcedId"],
            Collection::Classes if table.header.column("orgSourcedId").is_some() => &["sourcedId"],
            Collection::Classes => &["sourcedId", "schoolSourcedId"],
            Collection::Users => &["sourcedId"],
            Collection::Enrollments => &["classSourcedId", "userSourcedId", "role"],
        };
        let name = &table.file.name;
        let has = |column: &str| table.header.column(column).is_some();
        let lacks = |column: &str| {
            Failure::Malformed(format!(
                "{name} has no column `{column}`: its first row must be the header of the OneRoster standard."
            ))
        };
        if let Some(column) = needed.iter().find(|column| !has(column)) {
            return Err(lacks(column));
        }
        if self.collection == Collection::Users {
            if !has("givenName") && !has("familyName") {
                return Err(lacks("familyName"));
            }
            if !has("role") && self.bundle.file("roles").is_none() {
                return Err(Failure::Malformed(format!(
                    "{name} has no column `role`, and there is no roles.csv: the bundle is incomplete."
                )));
            }
        }
        if self.collection == Collection::Enrollments && !has("sourcedId") {
            notes.page(
                "unknown-column",
                format!("{name} has no column `sourcedId`; class, user and role together stand in for it."),
            );
        }
        Ok(())
    }

    fn standard(&self) -> &'static [&'static str] {
        match self.collection {
            Collection::Orgs => OrgColumns::STANDARD,
            Collection::AcademicSessions => AcademicSessionColumns::STANDARD,
            Collection::Courses => CourseColumns::STANDARD,
            Collection::Classes => ClassColumns::STANDARD,
            Collection::Users => Users::STANDARD,
            Collection::Enrollments => EnrollmentColumns::STANDARD,
        }
    }

    fn stand_ins(&self) -> &'static [(&'static str, &'static str)] {
        match self.collection {
            Collection::Classes => ClassColumns::STAND_INS,
            Collection::Users => Users::STAND_INS,
            _ => &[],
        }
    }

    /// The next `limit` rows of the table.
    fn part(&self, table: Table<'_>, limit: u32, notes: &mut Notes) -> Result<Part, Failure> {
        fn part<C: Columns>(
            table: Table<'_>,
            limit: u32,
            notes: &mut Notes,
        ) -> Result<Part, Failure> {
            let columns = C::of(&table.header);
            rows(table, &columns, limit, notes)
        }
        match self.collection {
            Collection::Orgs => part::<OrgColumns>(table, limit, notes),
            Collection::AcademicSessions => part::<AcademicSessionColumns>(table, limit, notes),
            Collection::Courses => part::<CourseColumns>(table, limit, notes),
            Collection::Classes => part::<ClassColumns>(table, limit, notes),
            Collection::Users => part::<Users>(table, limit, notes),
            Collection::Enrollments => part::<EnrollmentColumns>(table, limit, notes),
        }
    }
}

fn rows<C: Columns>(
    mut table: Table<'_>,
    columns: &C,
    limit: u32,
    notes: &mut Notes,
) -> Result<Part, Failure> {
    let file = table.file;
    let mut records = Vec::new();
    let mut received = 0;
    let mut ended = false;
    while received < limit {
        let Some(line) = table.next()? else {
            ended = true;
            break;
        };
        received += 1;
        match line.content {
            Err(unusable) => unusable.note(&file.name, line.number, notes),
            Ok(cells) => {
                let before = notes.findings.len();
                let record = columns.row(&cells).into_record(notes);
                match &record {
                    Some(record) if line.short_by > 0 => notes.short_row(record, line.short_by),
                    None if line.short_by > 0 => notes.because_short(before, line.short_by),
                    _ => {}
                }
                if let (true, Some(record)) = (line.stray_quote, &record) {
                    notes.stray_quote(record);
                }
                notes.locate(before, C::RENAMED, &file.name, line.number);
                records.extend(record);
            }
        }
    }
    let (offset, line) = table.place()?;
    let next = (!ended && offset < file.size).then_some(Cursor {
        offset,
        line,
        rows: None,
        roles: None,
    });
    Ok(Part {
        records: C::records(records),
        received,
        next,
    })
}
