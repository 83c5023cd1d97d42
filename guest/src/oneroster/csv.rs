//! The OneRoster CSV toolkit: bundles of 1.1 and 1.2, as SIS really export them.
//!
//! [`check`] and [`read`] are all that an adapter for such bundles needs. They
//! read the run's files (see [`crate::files`]) and one setting, `encoding`:
//! `utf-8` (default) or `windows-1252`.
//!
//! # Bundles
//! File names and column names match in any letter case, columns may stand in
//! any order, unknown ones are reported, and `metadata.*` and `ext_*` are kept.
//! `manifest.csv` may be missing; where it is there, it must not promise a file
//! that is not: half a bundle is refused, since its other half would look as if
//! everybody had left. So is a file without rows. A file that the manifest calls
//! `delta` comes as changes, and so does, beside one, a file that is not there;
//! of users only in 1.1, where their roles stand in the same file.
//!
//! # Rows
//! Values become records by the same rules as in JSON, with the same findings;
//! each names the file and the line. A row that cannot be read (broken quotes,
//! too many cells, bytes that are no text) is left out with a finding, and
//! reading goes on with the next line.
//!
//! # Pages
//! A place is a byte offset where a row begins, so that a page reads its own
//! part of a file and nothing else. 1.2 keeps roles in a file of its own: see
//! `roles.rs` for how they find their users.

mod bundle;
mod cells;
mod check;
mod cursor;
mod header;
mod page;
mod reader;
mod roles;
mod rows;
mod table;

#[cfg(test)]
mod tests;

use crate::files::{FileSet, Host};
use crate::{Connection, Failure, Page, PageRequest, Report};

/// Looks at the bundle: is it whole, which schools are in it.
///
/// # Errors
/// Why the bundle cannot be used.
pub fn check(connection: &Connection) -> Result<Report, Failure> {
    check_over(&Host, connection)
}

/// [`check`] over other files than the host's.
///
/// # Errors
/// Why the bundle cannot be used.
pub fn check_over(files: &dyn FileSet, connection: &Connection) -> Result<Report, Failure> {
    check::check(files, table::Encoding::of(connection)?)
}

/// Reads one page.
///
/// # Errors
/// Why the page could not be read.
pub fn read(connection: &Connection, request: &PageRequest) -> Result<Page, Failure> {
    read_over(&Host, connection, request)
}

/// [`read`] over other files than the host's.
///
/// # Errors
/// Why the page could not be read.
pub fn read_over(
    files: &dyn FileSet,
    connection: &Connection,
    request: &PageRequest,
) -> Result<Page, Failure> {
    page::read(files, table::Encoding::of(connection)?, request)
}
