//! What is shown of integrations and of a test of their connection.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::RunSummary;

/// An integration, as `integration show` prints it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IntegrationView {
    /// Its name.
    pub name: String,
    /// `draft`, `enabled` or `disabled`.
    pub state: String,
    /// The adapter's id.
    pub adapter: String,
    /// The adapter's version that is approved now.
    pub adapter_version: Option<String>,
    /// The endpoint.
    pub endpoint: String,
    /// The token URL, if given.
    pub token_url: Option<String>,
    /// The authentication scheme in use.
    pub auth: String,
    /// The client id.
    pub client_id: Option<String>,
    /// Approved fingerprints of the SFTP server's key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub host_keys: Vec<String>,
    /// Whether a secret is stored. The secret itself is never shown.
    pub secret_set: bool,
    /// Every setting with its value.
    pub settings: BTreeMap<String, String>,
    /// Schools left out, by `sourcedId`.
    pub excluded_schools: Vec<String>,
    /// Private addresses allowed for the endpoint.
    pub allow_private_network: bool,
    /// Plain HTTP allowed for the endpoint.
    pub allow_insecure_http: bool,
    /// The newest run.
    pub last_run: Option<RunSummary>,
    /// When it will run by schedule (RFC 3339).
    pub next_run: Option<String>,
    /// What the SIS's administrator does, as the adapter's manifest says for
    /// this SIS.
    pub setup: Vec<String>,
    /// What else is known of this SIS.
    pub known: Vec<String>,
}

/// What `integration test` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestReport {
    /// Whether the connection works.
    pub ok: bool,
    /// `ok` or the code of what went wrong.
    pub code: String,
    /// What the source is.
    pub source: Option<String>,
    /// Schools: (sourcedId, name).
    pub schools: Vec<(String, String)>,
    /// Further lines; when it failed: cause and remedy.
    pub notes: Vec<String>,
    /// Outbound HTTP requests, counted as in [`super::RunReport::requests`].
    pub requests: u64,
    /// How long it took.
    pub seconds: f64,
    /// What the SIS's administrator does, where that may be what is missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub setup: Vec<String>,
}
