//! The ClassLink adapter: rosters that a district keeps in ClassLink Roster
//! Server, directly (signed with OAuth 1.0a) or through ClassLink's proxy
//! (bearer token).
//!
//! The protocol is in `homeroom_sdk::oneroster`, the product's addresses,
//! limits and set-up steps in `adapter.toml`. What is left are the two shapes
//! of a ClassLink address.

use homeroom_sdk::http::url::Parts;
use homeroom_sdk::settings::invalid;
use homeroom_sdk::{Adapter, Connection, Failure, Page, PageRequest, Report, oneroster};

/// The adapter.
#[derive(Clone, Copy, Debug)]
pub struct ClassLink;

impl Adapter for ClassLink {
    fn check(connection: &Connection) -> Result<Report, Failure> {
        through_the_proxy(connection)?;
        let mut report = oneroster::check(connection)?;
        report.source = format!("ClassLink, {}", report.source);
        Ok(report)
    }

    fn read(connection: &Connection, request: &PageRequest) -> Result<Page, Failure> {
        through_the_proxy(connection)?;
        oneroster::read(connection, request)
    }
}

/// An address on the proxy names the application in its path; without it the
/// proxy answers 404 for everything, which says nothing to anybody.
fn through_the_proxy(connection: &Connection) -> Result<(), Failure> {
    let Some(parts) = Parts::of(&connection.endpoint) else {
        return Ok(());
    };
    let host = parts.authority.to_ascii_lowercase();
    if !host.starts_with("oneroster-proxy.") {
        return Ok(());
    }
    let application = parts.path.split('/').find(|segment| {
        !matches!(
            *segment,
            "" | "proxy" | "v1p0" | "ims" | "oneroster" | "v1p1" | "applications"
        )
    });
    match application {
        Some(_) => Ok(()),
        None => Err(invalid(
            "endpoint",
            "names no application; on ClassLink's proxy it is https://oneroster-proxy.classlink.io/APPLICATION/ims/oneroster/v1p1, with the application's id as ClassLink writes it"
                .to_owned(),
        )),
    }
}

homeroom_sdk::export!(ClassLink, manifest = "adapter.toml");
