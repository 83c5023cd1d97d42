//! 1.2 keeps users and their roles in two files. A page has the users of a part
//! of users.csv and needs the roles of just these, wherever they stand.
//!
//! The first page of users cuts users.csv into pages and walks over roles.csv
//! once. Of each user it keeps two numbers (a hash of the id and the page), of
//! each page the part of roles.csv in which the roles of its users lie. The
//! parts ride in the pages' cursors; a page reads its part and nothing else.
//!
//! Where both files are in the same order, as exports are, the parts lie side by
//! side and all pages together read roles.csv once. Where the order has nothing
//! to do with the users', each part is the whole file; pages are then made
//! larger, so that it is read a few dozen times and not hundreds. No more than
//! one page's users and roles are ever held.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::cells::Cells;
use super::cursor::{Cursor, Span};
use super::header::Header;
use super::rows;
use super::table::{Encoding, Table};
use crate::Failure;
use crate::files::{File, FileSet};
use crate::oneroster::field::List;
use crate::oneroster::notes::Notes;
use crate::oneroster::rows::RoleRow;

/// Users of a page where roles are in no order. The contract allows 50,000
/// records; a page of so many takes about a third of the sandbox's memory.
const LARGE_PAGE: u32 = 40_000;
/// More parts than this, in units of the file's size, and pages are made larger.
const MOST_READS: u64 = 8;
/// Rows of roles.csv that are named one by one; the rest is counted.
const MOST_NAMED: u32 = 900;

/// The columns of roles.csv that are read, `userSourcedId` first.
const COLUMNS: [&str; 7] = [
    "userSourcedId",
    "status",
    "roleType",
    "role",
    "orgSourcedId",
    "beginDate",
    "endDate",
];

/// All columns that the standard has for roles.csv.
pub(crate) const STANDARD: [&str; 10] = [
    "sourcedId",
    "status",
    "dateLastModified",
    "userSourcedId",
    "roleType",
    "role",
    "beginDate",
    "endDate",
    "orgSourcedId",
    "userProfileSourcedId",
];

/// The roles of a page's users.
#[derive(Default)]
pub(crate) struct RolesOf {
    by_user: HashMap<String, Vec<[Box<str>; 5]>>,
}

impl RolesOf {
    /// The roles of one user, in the file's order.
    pub(crate) fn of(&self, user: &str) -> List<RoleRow<'_>> {
        let roles = self
            .by_user
            .get(user)
            .map(Vec::as_slice)
            .unwrap_or_default();
        roles
            .iter()
            .map(|cells| rows::role(&cells.each_ref().map(|cell| &**cell)))
            .collect()
    }

    /// Reads the roles of the `users` out of a part of roles.csv.
    pub(crate) fn read(
        files: &dyn FileSet,
        file: &File,
        encoding: Encoding,
        span: Span,
        users: impl Iterator<Item = String>,
    ) -> Result<Self, Failure> {
        let mut by_user: HashMap<String, Vec<_>> = users.map(|user| (user, Vec::new())).collect();
        let mut table = Table::open(files, file, encoding)?;
        let columns = Columns::of(&table.header)?;
        table.seek(span.from, span.line);
        while let Some(line) = table.next()? {
            if line.offset >= span.to {
                break;
            }
            // What cannot be read was noted when the pages were cut.
            let Ok(cells) = line.content else { continue };
            let Some(roles) = by_user.get_mut(columns.user(&cells)) else {
                continue;
            };
            if columns.is_alive(&cells) {
                roles.push(columns.role(&cells));
            }
        }
        Ok(Self { by_user })
    }
}

struct Columns([Option<usize>; 7]);

impl Columns {
    fn of(header: &Header) -> Result<Self, Failure> {
        let columns = COLUMNS.map(|name| header.column(name));
        if columns[0].is_none() || columns[3].is_none() {
            return Err(Failure::Malformed(
                "roles.csv lacks the column `userSourcedId` or `role`.".to_owned(),
            ));
        }
        Ok(Self(columns))
    }

    fn user<'r>(&self, cells: &Cells<'r>) -> &'r str {
        cells.get(self.0[0])
    }

    fn is_alive(&self, cells: &Cells<'_>) -> bool {
        !cells.get(self.0[1]).eq_ignore_ascii_case("tobedeleted")
    }

    fn role(&self, cells: &Cells<'_>) -> [Box<str>; 5] {
        [2, 3, 4, 5, 6].map(|at: usize| cells.get(self.0[at]).into())
    }
}

/// Cuts users.csv into pages of `page_size` rows, each with its part of
/// roles.csv. Gives them with the number of rows.
pub(crate) fn cut(
    files: &dyn FileSet,
    users: &mut Table<'_>,
    roles: &File,
    encoding: Encoding,
    page_size: u32,
    notes: &mut Notes,
) -> Result<(Vec<Cursor>, u64), Failure> {
    let (mut pages, users_of, total) = pages_of(users, page_size)?;
    let size = walk(files, roles, encoding, &users_of, &mut pages, notes)?;
    let read: u64 = pages
        .iter()
        .filter_map(|page| page.roles)
        .map(|span| span.to - span.from)
        .sum();
    if read > size.saturating_mul(MOST_READS) && page_size < LARGE_PAGE {
        pages = join(&pages, LARGE_PAGE);
    }
    Ok((pages, total))
}

/// On which pages each user is, by a hash of the id: one, but for rows that come
/// twice.
#[derive(Default)]
struct Pages {
    first: HashMap<u64, u32>,
    further: HashMap<u64, Vec<u32>>,
}

impl Pages {
    fn add(&mut self, user: &str, page: u32) {
        let hash = hash(user);
        let first = *self.first.entry(hash).or_insert(page);
        if first != page {
            self.further.entry(hash).or_default().push(page);
        }
    }

    fn of(&self, user: &str) -> impl Iterator<Item = usize> {
        let hash = hash(user);
        let further = self.further.get(&hash).into_iter().flatten();
        let all = self.first.get(&hash).into_iter().chain(further);
        all.map(|page| *page as usize)
    }
}

/// The pages of users.csv, who is on which, and the number of rows.
fn pages_of(users: &mut Table<'_>, page_size: u32) -> Result<(Vec<Cursor>, Pages, u64), Failure> {
    let id_column = users.header.column("sourcedId");
    let mut cursors: Vec<Cursor> = Vec::new();
    let mut pages = Pages::default();
    let mut total = 0_u64;
    while let Some(line) = users.next()? {
        if total.is_multiple_of(u64::from(page_size)) {
            cursors.push(Cursor {
                offset: line.offset,
                line: line.number,
                rows: Some(page_size),
                roles: None,
            });
        }
        total += 1;
        // A row that cannot be used is reported as such; its roles are not
        // nobody's besides.
        let user = match &line.content {
            Ok(cells) => Some(cells.get(id_column)),
            Err(unusable) => unusable.id.as_deref(),
        };
        if let Some(user) = user {
            let page = u32::try_from(cursors.len() - 1).unwrap_or(u32::MAX);
            pages.add(user, page);
        }
    }
    Ok((cursors, pages, total))
}

/// Finds each page's part of roles.csv, and notes what in it is of no use to
/// anybody. Gives the size of all rows.
fn walk(
    files: &dyn FileSet,
    roles: &File,
    encoding: Encoding,
    users: &Pages,
    pages: &mut [Cursor],
    notes: &mut Notes,
) -> Result<u64, Failure> {
    let mut table = Table::open(files, roles, encoding)?;
    table
        .header
        .note_oddities(&roles.name, &STANDARD, &[], notes);
    let columns = Columns::of(&table.header)?;
    let id_column = table.header.column("sourcedId");
    let (begin, _) = table.place()?;
    let mut named = 0;
    let mut unnamed = 0_u64;
    let mut note = |code: &str, id: Option<String>, detail: String| {
        named += 1;
        if named <= MOST_NAMED {
            notes.about(code, id, detail);
        } else {
            unnamed += 1;
        }
    };
    let mut any = false;
    while let Some(line) = table.next()? {
        any = true;
        let (offset, number) = (line.offset, line.number);
        let on: Vec<usize> = match line.content {
            Err(unusable) => {
                let detail = format!(
                    "{} ({}, line {number}); the role was left out.",
                    unusable.detail, roles.name
                );
                note(unusable.code, unusable.id, detail);
                Vec::new()
            }
            Ok(cells) => {
                let on: Vec<usize> = users.of(columns.user(&cells)).collect();
                if on.is_empty() {
                    let id = Some(cells.get(id_column).to_owned()).filter(|id| !id.is_empty());
                    let detail = format!(
                        "`userSourcedId` names a user who is not in users.csv ({}, line {number}); the role was left out.",
                        roles.name
                    );
                    note("role-without-user", id, detail);
                }
                on
            }
        };
        let (end, _) = table.place()?;
        for page in on {
            let Some(page) = pages.get_mut(page) else {
                continue;
            };
            page.roles = Some(Span {
                to: end,
                ..page.roles.unwrap_or(Span {
                    from: offset,
                    line: number,
                    to: end,
                })
            });
        }
    }
    if !any {
        return Err(super::table::empty(&roles.name));
    }
    if unnamed > 0 {
        notes.page(
            "role-without-user",
            format!(
                "{unnamed} further rows of {} are of no use either.",
                roles.name
            ),
        );
    }
    let (end, _) = table.place()?;
    Ok(end - begin)
}

/// Makes one page of as many as fit into `most` rows.
fn join(pages: &[Cursor], most: u32) -> Vec<Cursor> {
    let mut joined: Vec<Cursor> = Vec::new();
    for page in pages {
        let rows = page.rows.unwrap_or(0);
        match joined.last_mut() {
            Some(last) if last.rows.unwrap_or(0).saturating_add(rows) <= most => {
                last.rows = Some(last.rows.unwrap_or(0) + rows);
                last.roles = match (last.roles, page.roles) {
                    (Some(one), Some(other)) => Some(Span {
                        to: one.to.max(other.to),
                        ..if one.from <= other.from { one } else { other }
                    }),
                    (one, other) => one.or(other),
                };
            }
            _ => joined.push(page.clone()),
        }
    }
    joined
}

/// The same for the same id on every run. Two ids with one hash only make the
/// parts wider.
fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}
