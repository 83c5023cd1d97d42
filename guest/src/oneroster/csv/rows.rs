//! From cells to the rows that JSON gives as well, file by file: which column
//! is which property. What becomes of a row is [`crate::oneroster::rows`]' business.

use super::cells::{Cells, Column};
use super::header::Header;
use super::roles::RolesOf;
use crate::oneroster::field::{Ref, Text};
use crate::oneroster::row::{Record, Row};
use crate::oneroster::rows::{
    AcademicSessionRow, ClassRow, CourseRow, EnrollmentRow, OrgRow, UserRow,
};
use crate::{Records, roster};

/// A file's columns, and the row they make.
pub(crate) trait Columns: Sized {
    /// The record that comes out in the end.
    type Record: Record;
    /// The row in between.
    type Row<'a>: Row<'a, Record = Self::Record>
    where
        Self: 'a;
    /// Property and column where their names differ, for findings.
    const RENAMED: &'static [(&'static str, &'static str)];
    /// All columns that the standard has, those included that are not read.
    const STANDARD: &'static [&'static str];
    /// Columns that some exports have in the place of the standard's, each with
    /// the one it stands in for.
    const STAND_INS: &'static [(&'static str, &'static str)] = &[];

    fn of(header: &Header) -> Self;
    fn row<'a>(&'a self, cells: &Cells<'a>) -> Self::Row<'a>;
    fn records(records: Vec<Self::Record>) -> Records;
}

/// Columns beyond the standard, by place.
type Extensions = Vec<(usize, String)>;

macro_rules! columns {
    (
        $(#[$meta:meta])*
        $name:ident { $($field:ident = $column:literal,)* } besides [$($besides:literal),*]
    ) => {
        $(#[$meta])*
        pub(crate) struct $name {
            $($field: Column,)*
            extensions: Extensions,
        }

        impl $name {
            const NAMES: &'static [&'static str] = &[
                "sourcedId", "status", "dateLastModified", $($column,)* $($besides,)*
            ];

            fn find(header: &Header) -> Self {
                Self {
                    $($field: header.column($column),)*
                    extensions: header.extensions(),
                }
            }
        }
    };
}

columns! {
    /// orgs.csv
    OrgColumns {
        sourced_id = "sourcedId",
        status = "status",
        date_last_modified = "dateLastModified",
        name = "name",
        org_type = "type",
        identifier = "identifier",
        parent = "parentSourcedId",
    } besides []
}

impl Columns for OrgColumns {
    type Record = roster::Org;
    type Row<'a> = OrgRow<'a>;
    const RENAMED: &'static [(&'static str, &'static str)] = &[("parent", "parentSourcedId")];
    const STANDARD: &'static [&'static str] = Self::NAMES;

    fn of(header: &Header) -> Self {
        Self::find(header)
    }

    fn row<'a>(&'a self, cells: &Cells<'a>) -> OrgRow<'a> {
        OrgRow {
            sourced_id: cells.text(self.sourced_id),
            status: cells.text(self.status),
            date_last_modified: cells.text(self.date_last_modified),
            metadata: cells.pairs(&self.extensions),
            name: cells.text(self.name),
            org_type: cells.text(self.org_type),
            identifier: cells.text(self.identifier),
            parent: cells.reference(self.parent),
            ..OrgRow::default()
        }
    }

    fn records(records: Vec<roster::Org>) -> Records {
        Records::Orgs(records)
    }
}

columns! {
    /// academicSessions.csv
    AcademicSessionColumns {
        sourced_id = "sourcedId",
        status = "status",
        date_last_modified = "dateLastModified",
        title = "title",
        session_type = "type",
        start_date = "startDate",
        end_date = "endDate",
        parent = "parentSourcedId",
        school_year = "schoolYear",
    } besides []
}

impl Columns for AcademicSessionColumns {
    type Record = roster::AcademicSession;
    type Row<'a> = AcademicSessionRow<'a>;
    const RENAMED: &'static [(&'static str, &'static str)] = &[("parent", "parentSourcedId")];
    const STANDARD: &'static [&'static str] = Self::NAMES;

    fn of(header: &Header) -> Self {
        Self::find(header)
    }

    fn row<'a>(&'a self, cells: &Cells<'a>) -> AcademicSessionRow<'a> {
        AcademicSessionRow {
            sourced_id: cells.text(self.sourced_id),
            status: cells.text(self.status),
            date_last_modified: cells.text(self.date_last_modified),
            metadata: cells.pairs(&self.extensions),
            title: cells.text(self.title),
            session_type: cells.text(self.session_type),
            start_date: cells.text(self.start_date),
            end_date: cells.text(self.end_date),
            parent: cells.reference(self.parent),
            school_year: cells.text(self.school_year),
            ..AcademicSessionRow::default()
        }
    }

    fn records(records: Vec<roster::AcademicSession>) -> Records {
        Records::AcademicSessions(records)
    }
}

columns! {
    /// courses.csv
    CourseColumns {
        sourced_id = "sourcedId",
        status = "status",
        date_last_modified = "dateLastModified",
        school_year = "schoolYearSourcedId",
        title = "title",
        course_code = "courseCode",
        grades = "grades",
        org = "orgSourcedId",
        subjects = "subjects",
        subject_codes = "subjectCodes",
    } besides []
}

impl Columns for CourseColumns {
    type Record = roster::Course;
    type Row<'a> = CourseRow<'a>;
    const RENAMED: &'static [(&'static str, &'static str)] = &[
        ("schoolYear", "schoolYearSourcedId"),
        ("org", "orgSourcedId"),
    ];
    const STANDARD: &'static [&'static str] = Self::NAMES;

    fn of(header: &Header) -> Self {
        Self::find(header)
    }

    fn row<'a>(&'a self, cells: &Cells<'a>) -> CourseRow<'a> {
        CourseRow {
            sourced_id: cells.text(self.sourced_id),
            status: cells.text(self.status),
            date_last_modified: cells.text(self.date_last_modified),
            metadata: cells.pairs(&self.extensions),
            title: cells.text(self.title),
            course_code: cells.text(self.course_code),
            school_year: cells.reference(self.school_year),
            org: cells.reference(self.org),
            grades: cells.texts(self.grades),
            subjects: cells.texts(self.subjects),
            subject_codes: cells.texts(self.subject_codes),
            ..CourseRow::default()
        }
    }

    fn records(records: Vec<roster::Course>) -> Records {
        Records::Courses(records)
    }
}

columns! {
    /// classes.csv
    ClassColumns {
        sourced_id = "sourcedId",
        status = "status",
        date_last_modified = "dateLastModified",
        title = "title",
        grades = "grades",
        course = "courseSourcedId",
        class_code = "classCode",
        class_type = "classType",
        location = "location",
        school = "schoolSourcedId",
        terms = "termSourcedIds",
        subjects = "subjects",
        subject_codes = "subjectCodes",
        periods = "periods",
    } besides []
}

impl Columns for ClassColumns {
    type Record = roster::Class;
    type Row<'a> = ClassRow<'a>;
    const RENAMED: &'static [(&'static str, &'static str)] = &[
        ("course", "courseSourcedId"),
        ("school", "schoolSourcedId"),
        ("terms", "termSourcedIds"),
    ];
    const STANDARD: &'static [&'static str] = Self::NAMES;
    const STAND_INS: &'static [(&'static str, &'static str)] = &[
        // Some exports spell the list's column like a single one.
        ("termSourcedId", "termSourcedIds"),
        ("orgSourcedId", "schoolSourcedId"),
    ];

    fn of(header: &Header) -> Self {
        let mut found = Self::find(header);
        found.terms = found.terms.or_else(|| header.column("termSourcedId"));
        found.school = found.school.or_else(|| header.column("orgSourcedId"));
        found
    }

    fn row<'a>(&'a self, cells: &Cells<'a>) -> ClassRow<'a> {
        ClassRow {
            sourced_id: cells.text(self.sourced_id),
            status: cells.text(self.status),
            date_last_modified: cells.text(self.date_last_modified),
            metadata: cells.pairs(&self.extensions),
            title: cells.text(self.title),
            class_code: cells.text(self.class_code),
            class_type: cells.text(self.class_type),
            location: cells.text(self.location),
            grades: cells.texts(self.grades),
            subjects: cells.texts(self.subjects),
            subject_codes: cells.texts(self.subject_codes),
            course: cells.reference(self.course),
            school: cells.reference(self.school),
            terms: cells.references(self.terms),
            periods: cells.texts(self.periods),
            ..ClassRow::default()
        }
    }

    fn records(records: Vec<roster::Class>) -> Records {
        Records::Classes(records)
    }
}

columns! {
    /// users.csv of 1.1 (`role`, `orgSourcedIds`) and 1.2 at once.
    UserColumns {
        sourced_id = "sourcedId",
        status = "status",
        date_last_modified = "dateLastModified",
        enabled_user = "enabledUser",
        username = "username",
        user_ids = "userIds",
        given_name = "givenName",
        family_name = "familyName",
        middle_name = "middleName",
        identifier = "identifier",
        email = "email",
        sms = "sms",
        phone = "phone",
        agents = "agentSourcedIds",
        grades = "grades",
        role = "role",
        orgs = "orgSourcedIds",
        user_master_identifier = "userMasterIdentifier",
        preferred_given_name = "preferredGivenName",
        preferred_family_name = "preferredFamilyName",
        primary_org = "primaryOrgSourcedId",
    } besides ["password", "preferredMiddleName", "pronouns", "preferredFirstName", "preferredLastName"]
}

/// users.csv, and the roles of its users where they stand in roles.csv.
pub(crate) struct Users {
    columns: UserColumns,
    roles: RolesOf,
}

impl Users {
    pub(crate) fn with_roles(header: &Header, roles: RolesOf) -> Self {
        let mut columns = UserColumns::find(header);
        columns.orgs = columns.orgs.or_else(|| header.column("orgSourcedId"));
        Self { columns, roles }
    }
}

impl Columns for Users {
    type Record = roster::User;
    type Row<'a> = UserRow<'a>;
    const RENAMED: &'static [(&'static str, &'static str)] = &[
        ("agents", "agentSourcedIds"),
        ("orgs", "orgSourcedIds"),
        ("primaryOrg", "primaryOrgSourcedId"),
        ("preferredFirstName", "preferredGivenName"),
        ("preferredLastName", "preferredFamilyName"),
    ];
    const STANDARD: &'static [&'static str] = UserColumns::NAMES;
    const STAND_INS: &'static [(&'static str, &'static str)] = &[("orgSourcedId", "orgSourcedIds")];

    fn of(header: &Header) -> Self {
        Self::with_roles(header, RolesOf::default())
    }

    fn row<'a>(&'a self, cells: &Cells<'a>) -> UserRow<'a> {
        let at = &self.columns;
        UserRow {
            sourced_id: cells.text(at.sourced_id),
            status: cells.text(at.status),
            date_last_modified: cells.text(at.date_last_modified),
            metadata: cells.pairs(&at.extensions),
            enabled_user: cells.text(at.enabled_user),
            username: cells.text(at.username),
            user_ids: cells.user_ids(at.user_ids),
            given_name: cells.text(at.given_name),
            family_name: cells.text(at.family_name),
            middle_name: cells.text(at.middle_name),
            preferred_given_name_csv: cells.text(at.preferred_given_name),
            preferred_family_name_csv: cells.text(at.preferred_family_name),
            identifier: cells.text(at.identifier),
            user_master_identifier: cells.text(at.user_master_identifier),
            email: cells.text(at.email),
            sms: cells.text(at.sms),
            phone: cells.text(at.phone),
            roles: self.roles.of(cells.get(at.sourced_id)),
            role: cells.text(at.role),
            orgs: cells.references(at.orgs),
            primary_org: cells.reference(at.primary_org),
            agents: cells.references(at.agents),
            grades: cells.texts(at.grades),
            ..UserRow::default()
        }
    }

    fn records(records: Vec<roster::User>) -> Records {
        Records::Users(records)
    }
}

columns! {
    /// enrollments.csv
    EnrollmentColumns {
        sourced_id = "sourcedId",
        status = "status",
        date_last_modified = "dateLastModified",
        class = "classSourcedId",
        school = "schoolSourcedId",
        user = "userSourcedId",
        role = "role",
        primary = "primary",
        begin_date = "beginDate",
        end_date = "endDate",
    } besides []
}

impl Columns for EnrollmentColumns {
    type Record = roster::Enrollment;
    type Row<'a> = EnrollmentRow<'a>;
    const RENAMED: &'static [(&'static str, &'static str)] = &[
        ("class", "classSourcedId"),
        ("school", "schoolSourcedId"),
        ("user", "userSourcedId"),
    ];
    const STANDARD: &'static [&'static str] = Self::NAMES;

    fn of(header: &Header) -> Self {
        Self::find(header)
    }

    fn row<'a>(&'a self, cells: &Cells<'a>) -> EnrollmentRow<'a> {
        EnrollmentRow {
            sourced_id: self.id(cells),
            status: cells.text(self.status),
            date_last_modified: cells.text(self.date_last_modified),
            metadata: cells.pairs(&self.extensions),
            user: cells.reference(self.user),
            class: cells.reference(self.class),
            school: cells.reference(self.school),
            role: cells.text(self.role),
            primary: cells.text(self.primary),
            begin_date: cells.text(self.begin_date),
            end_date: cells.text(self.end_date),
            ..EnrollmentRow::default()
        }
    }

    fn records(records: Vec<roster::Enrollment>) -> Records {
        Records::Enrollments(records)
    }
}

impl EnrollmentColumns {
    /// Exports without the column have nothing else that names an enrollment
    /// than who is what in which class.
    fn id<'a>(&self, cells: &Cells<'a>) -> Text<'a> {
        if self.sourced_id.is_some() {
            return cells.text(self.sourced_id);
        }
        let parts = [self.class, self.user, self.role].map(|column| cells.get(column));
        if parts[0].is_empty() || parts[1].is_empty() {
            return Text::Absent;
        }
        Text::owned(parts.join("|"))
    }
}

/// One row of roles.csv, for its user.
pub(crate) fn role<'a>(cells: &[&'a str; 5]) -> crate::oneroster::rows::RoleRow<'a> {
    let text = |cell: &'a str| match cell {
        "" => Text::Absent,
        cell => Text::borrowed(cell),
    };
    let [role_type, role, org, begin, end] = *cells;
    crate::oneroster::rows::RoleRow {
        role_type: text(role_type),
        role: text(role),
        org: Ref(text(org)),
        begin_date: text(begin),
        end_date: text(end),
        ..Default::default()
    }
}
