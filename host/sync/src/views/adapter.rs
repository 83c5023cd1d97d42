//! What is shown of adapters, of what becomes of them when they are installed,
//! and of their publishers.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An installed adapter, as `adapter list` prints it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AdapterView {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Its name for people.
    pub name: String,
    /// Who made it.
    pub vendor: String,
    /// `sha256:…` of the file.
    pub digest: String,
    /// Whether somebody approved it.
    pub approved: bool,
    /// Whether it is the version of its id that runs.
    pub state: AdapterState,
    /// The trusted publisher that signed it.
    pub publisher: Option<String>,
    /// What was found out when it was installed.
    pub inspection: Value,
}

/// How a version of an adapter stands among the others of its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdapterState {
    /// It is approved and runs.
    Runs,
    /// It is installed and waits for approval.
    Waiting,
    /// It was approved, and another version was approved since.
    Replaced,
}

/// All that can be known of an adapter, as `adapter inspect --json` prints it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AdapterPage {
    /// What the file itself says.
    #[serde(flatten)]
    pub examination: homeroom_sandbox::Examination,
    /// How it stands on this host; none: there is no data folder yet.
    pub standing: Option<Standing>,
}

/// How a file stands on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// None: it is not installed.
    pub state: Option<AdapterState>,
    /// The trusted publisher that signed it.
    pub publisher: Option<String>,
    /// The entries of `http.hosts` that were approved.
    pub granted_hosts: Option<Vec<String>>,
    /// The methods that were approved.
    pub granted_methods: Option<Vec<String>>,
    /// When it was installed (RFC 3339).
    pub installed: Option<String>,
    /// When it was approved (RFC 3339).
    pub approved: Option<String>,
}

/// What `adapter install` and `adapter approve` print.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InstallReport {
    /// The adapter.
    #[serde(flatten)]
    pub adapter: AdapterView,
    /// The version that ran before; none: there was none, or it is the same.
    pub previous: Option<AdapterView>,
    /// What this one asks for that the previous one did not.
    pub difference: Option<homeroom_sandbox::Difference>,
    /// The integrations that use the adapter; none: too many tenants to look.
    pub integrations: Option<Vec<Effect>>,
}

/// What a version of an adapter means for an integration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// The tenant.
    pub tenant: String,
    /// The integration's name.
    pub integration: String,
    /// Why it cannot run with this version; none: it can.
    pub problem: Option<String>,
}

/// A trusted key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublisherView {
    /// Whose it is.
    pub name: String,
    /// The public key.
    pub key: String,
}
