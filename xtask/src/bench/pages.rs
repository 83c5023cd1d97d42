//! The pages that a sync reads, fetched once into files for the yardstick.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::http;
use crate::server::Addresses;

/// Rows a page: what the OneRoster adapter asks for.
pub(crate) const LIMIT: usize = 5_000;
/// The rest of its query.
pub(crate) const QUERY: &str = "sort=sourcedId&orderBy=asc";

const COLLECTIONS: [&str; 6] = [
    "orgs",
    "academicSessions",
    "courses",
    "classes",
    "users",
    "enrollments",
];

/// Fetches every page of every collection into `folder`, one file a page.
pub(crate) fn fetch(sis: &Addresses, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let bearer = format!("Bearer {}", token(sis)?);
    for collection in COLLECTIONS {
        let mut offset = 0;
        loop {
            let url = format!(
                "{}/{collection}?limit={LIMIT}&offset={offset}&{QUERY}",
                sis.one_roster_12
            );
            let headers = [("Authorization", bearer.as_str())];
            let answer = http::request("GET", &url, &headers, "")?;
            let total: usize = answer
                .header("x-total-count")
                .context("the fake SIS does not tell how many rows there are")?
                .parse()?;
            let path = folder.join(format!("{collection}-{offset:09}.json"));
            fs::write(&path, &answer.body)
                .with_context(|| format!("{} cannot be written", path.display()))?;
            offset += LIMIT;
            if offset >= total {
                break;
            }
        }
    }
    Ok(())
}

fn token(sis: &Addresses) -> Result<String> {
    let body = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        sis.client_id, sis.client_secret
    );
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let answer = http::request("POST", &sis.token_url, &headers, &body)?;
    let answer: serde_json::Value = serde_json::from_slice(&answer.body)?;
    let token = answer["access_token"].as_str();
    Ok(token.context("the fake SIS issued no token")?.to_owned())
}
