//! The OneRoster CSV adapter: bundles of 1.1 and 1.2 out of a folder, a zip or
//! an SFTP server.
//!
//! The host fetches the files; all of the format is in
//! `homeroom_sdk::oneroster::csv`; what this adapter asks the host for is in
//! `adapter.toml`.

use homeroom_sdk::oneroster::csv;
use homeroom_sdk::{Adapter, Connection, Failure, Page, PageRequest, Report};

/// The adapter.
#[derive(Clone, Copy, Debug)]
pub struct OneRosterCsv;

impl Adapter for OneRosterCsv {
    fn check(connection: &Connection) -> Result<Report, Failure> {
        csv::check(connection)
    }

    fn read(connection: &Connection, request: &PageRequest) -> Result<Page, Failure> {
        csv::read(connection, request)
    }
}

homeroom_sdk::export!(OneRosterCsv, manifest = "adapter.toml");
