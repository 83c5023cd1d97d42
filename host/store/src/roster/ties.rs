//! Links, enrollments and guardians as rows.

use std::cmp::Ordering;

use homeroom_roster::record::Role;
use homeroom_roster::state::{
    ClassKey, Enrollment, Guardian, Link, Origin, ProviderKey, Rule, RunKey, UserKey,
};

use super::Record;
use super::cells::{Cells, damaged};
use crate::bulk::Rows;
use crate::error::Result;

const RULES: [Rule; 9] = [
    Rule::Manual,
    Rule::Created,
    Rule::SameSource,
    Rule::DirectoryId,
    Rule::SisId,
    Rule::EmailExact,
    Rule::Email,
    Rule::EmailLocalPart,
    Rule::LegacyId,
];

impl Record for Link {
    const TABLE: &'static str = "links";
    const COLUMNS: &'static [&'static str] = &[
        "provider",
        "sourced_id",
        "user",
        "rule",
        "evidence",
        "since",
        "present",
    ];
    const KEY: usize = 2;

    fn by_key(a: &Self, b: &Self) -> Ordering {
        a.origin.cmp(&b.origin)
    }

    fn write_key(&self, rows: &mut Rows<'_>) {
        rows.push(self.origin.provider.0);
        rows.push(self.origin.sourced_id.clone());
    }

    fn write_rest(&self, rows: &mut Rows<'_>) {
        rows.push(self.user.0);
        rows.push(self.rule.name());
        rows.push(self.evidence.clone());
        rows.push(self.since.0);
        rows.push(self.present);
    }

    fn read(cells: &mut Cells<'_, '_>) -> Result<Self> {
        Ok(Link {
            origin: Origin {
                provider: ProviderKey(cells.int()?),
                sourced_id: cells.text()?,
            },
            user: UserKey(cells.int()?),
            rule: {
                let name = cells.str()?;
                RULES
                    .into_iter()
                    .find(|rule| rule.name() == name)
                    .ok_or_else(|| damaged("a rule"))?
            },
            evidence: cells.text_or_none()?,
            since: RunKey(cells.int()?),
            present: cells.flag()?,
        })
    }
}

impl Record for Enrollment {
    const TABLE: &'static str = "enrollments";
    const COLUMNS: &'static [&'static str] =
        &["class", "user", "role", "main", "begin_day", "end_day"];
    const KEY: usize = 3;

    fn by_key(a: &Self, b: &Self) -> Ordering {
        (a.class, a.user, a.role).cmp(&(b.class, b.user, b.role))
    }

    fn write_key(&self, rows: &mut Rows<'_>) {
        rows.push(self.class.0);
        rows.push(self.user.0);
        rows.push(place(self.role));
    }

    fn write_rest(&self, rows: &mut Rows<'_>) {
        rows.push(self.primary);
        rows.push(self.begin.map(|day| day.0));
        rows.push(self.end.map(|day| day.0));
    }

    fn read(cells: &mut Cells<'_, '_>) -> Result<Self> {
        Ok(Enrollment {
            class: ClassKey(cells.int()?),
            user: UserKey(cells.int()?),
            role: cells.role()?,
            primary: cells.flag()?,
            begin: cells.day()?,
            end: cells.day()?,
        })
    }
}

impl Record for Guardian {
    const TABLE: &'static str = "guardians";
    const COLUMNS: &'static [&'static str] = &["student", "guardian", "relation", "provider"];
    const KEY: usize = 2;

    fn by_key(a: &Self, b: &Self) -> Ordering {
        (a.student, a.guardian).cmp(&(b.student, b.guardian))
    }

    fn write_key(&self, rows: &mut Rows<'_>) {
        rows.push(self.student.0);
        rows.push(self.guardian.0);
    }

    fn write_rest(&self, rows: &mut Rows<'_>) {
        rows.push(place(self.relation));
        rows.push(self.provider.0);
    }

    fn read(cells: &mut Cells<'_, '_>) -> Result<Self> {
        Ok(Guardian {
            student: UserKey(cells.int()?),
            guardian: UserKey(cells.int()?),
            relation: cells.role()?,
            provider: ProviderKey(cells.int()?),
        })
    }
}

/// A role's place in [`Role::ALL`].
fn place(role: Role) -> u32 {
    role as u32
}
