//! The OneRoster adapter: 1.1 and 1.2 over REST, for any SIS that speaks it.
//!
//! All of the protocol is in `homeroom_sdk::oneroster`; what this adapter asks
//! the host for is in `adapter.toml`.

use homeroom_sdk::{Adapter, Connection, Failure, Page, PageRequest, Report, oneroster};

/// The adapter.
#[derive(Clone, Copy, Debug)]
pub struct OneRoster;

impl Adapter for OneRoster {
    fn check(connection: &Connection) -> Result<Report, Failure> {
        oneroster::check(connection)
    }

    fn read(connection: &Connection, request: &PageRequest) -> Result<Page, Failure> {
        oneroster::read(connection, request)
    }
}

homeroom_sdk::export!(OneRoster, manifest = "adapter.toml");
