//! The PowerSchool adapter: PowerSchool SIS over the OneRoster API of its
//! plugin.
//!
//! The protocol is in `homeroom_sdk::oneroster`, the product's addresses,
//! limits and set-up steps in `adapter.toml`. What is left is to say in
//! PowerSchool's own words what a connection test found.

use homeroom_sdk::{Adapter, Connection, Failure, Page, PageRequest, Report, oneroster};

/// The adapter.
#[derive(Clone, Copy, Debug)]
pub struct PowerSchool;

impl Adapter for PowerSchool {
    fn check(connection: &Connection) -> Result<Report, Failure> {
        let mut report = oneroster::check(connection).map_err(in_its_words)?;
        report.source = format!("PowerSchool, {}", report.source);
        if report.notes.iter().any(|note| note.contains("rows a page")) {
            report.notes.push(
                "In PowerSchool the largest page is set with the plugin's OneRoster settings; 1,000 or more is good."
                    .to_owned(),
            );
        }
        Ok(report)
    }

    fn read(connection: &Connection, request: &PageRequest) -> Result<Page, Failure> {
        oneroster::read(connection, request)
    }
}

/// Where PowerSchool hides the reason, the place to look is added.
fn in_its_words(failure: Failure) -> Failure {
    match failure {
        Failure::NotFound(text) => Failure::NotFound(format!(
            "{text} PowerSchool's endpoint is its address followed by /api/, and answers only while the plugin is enabled."
        )),
        Failure::Forbidden(text) => Failure::Forbidden(format!(
            "{text} In PowerSchool, the plugin's access request must name OneRoster rostering, and the plugin must be enabled again after a change."
        )),
        other => other,
    }
}

homeroom_sdk::export!(PowerSchool, manifest = "adapter.toml");
