//! A run on record: every call of an adapter as it went over the sandbox's
//! border, so that it can be looked at, and made again with no network.
//!
//! What is recorded is what the guest saw and said: requests as it made them,
//! before the host adds anything, and answers as it got them, after the host
//! has hidden and masked what is not the guest's. So no credential is in a
//! recording by construction. Personal data is: a recording holds the pages of
//! a district's people.
//!
//! The module knows nothing of runs, databases or of what records mean.

mod frame;
mod read;
mod tape;
mod write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use homeroom_roster::record::{Collection, Extent};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::error::{CallError, ErrorKind};
use crate::page::{Page, PageFinding, PageRequest, Severity};

pub use frame::FORMAT_VERSION;
pub use read::{RecordedCall, Recording, RecordingError};
pub(crate) use tape::{CallTape, TapeLog, headers};
pub use write::{RecordError, Recorded, Recorder};

/// Names bytes that are stored once: their SHA-256 in hex.
pub type BlobId = String;

pub(crate) fn blob_id(bytes: &[u8]) -> BlobId {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What stands at a recording's beginning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// What the file is, for whoever finds it.
    pub note: String,
    /// The host that recorded it.
    pub host: String,
    /// The adapter.
    pub adapter: RecordedAdapter,
    /// Tenant and integration.
    pub integration: String,
    /// The integration's endpoint, as the adapter got it.
    pub endpoint: String,
    /// The adapter's settings, as it got them.
    pub settings: Vec<(String, String)>,
    /// How the host authenticated.
    pub auth: String,
    /// Where the adapter's clock stood.
    pub started: Timestamp,
    /// When recording began.
    pub recorded: Timestamp,
    /// The adapter's storage as every call saw it.
    pub storage: Vec<(String, Binary)>,
}

/// Which adapter was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedAdapter {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// `sha256:…` of its file.
    pub digest: String,
}

/// One call's question.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "function", rename_all = "camelCase")]
pub enum CallKey {
    /// `check`.
    Check,
    /// `read`.
    #[serde(rename_all = "camelCase")]
    Read {
        /// The collection.
        collection: Collection,
        /// Where to go on.
        cursor: Option<String>,
        /// Only what changed since.
        changed_since: Option<Timestamp>,
        /// Records asked for.
        page_size: u32,
    },
}

impl From<&PageRequest> for CallKey {
    fn from(request: &PageRequest) -> Self {
        CallKey::Read {
            collection: request.collection,
            cursor: request.cursor.clone(),
            changed_since: request.changed_since,
            page_size: request.page_size,
        }
    }
}

impl std::fmt::Display for CallKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CallKey::Check => f.write_str("check"),
            CallKey::Read {
                collection,
                cursor: None,
                ..
            } => write!(f, "{collection}, first page"),
            CallKey::Read {
                collection,
                cursor: Some(cursor),
                ..
            } => write!(
                f,
                "{collection}, cursor `{}`",
                crate::log::one_line(cursor, 100)
            ),
        }
    }
}

/// One request and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exchange {
    /// Which of the call's requests it is, from 1.
    pub number: u32,
    /// `GET`, ….
    pub method: String,
    /// The address that the adapter asked for.
    pub url: String,
    /// The headers that the adapter set.
    pub headers: Headers,
    /// The body that it sent.
    pub body: Option<BlobId>,
    /// Milliseconds from the beginning of the recording.
    pub began_ms: u64,
    /// Milliseconds until the whole answer was there, retries included.
    pub took_ms: u64,
    /// What the adapter got.
    pub answer: Answer,
    /// Method and address as the run's audit names them; only where an answer
    /// was masked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub audited: String,
}

/// Headers as (name, value); a value's bytes are read as ISO 8859-1.
pub type Headers = Vec<(String, String)>;

/// What the adapter got for a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Answer {
    /// An answer of the server.
    Response {
        /// The status.
        status: u16,
        /// The headers that it saw.
        headers: Headers,
        /// The body that it saw.
        body: Option<BlobId>,
        /// The body's size in bytes.
        bytes: u64,
        /// A credential was in the answer and was masked.
        masked: bool,
    },
    /// An error. The adapter sees its kind only.
    Error(RecordedError),
}

/// A failure, in the host's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedError {
    /// Its code, as [`CallError::code`].
    pub code: String,
    /// What happened.
    pub detail: String,
    /// What to do.
    pub remedy: String,
}

impl From<&CallError> for RecordedError {
    fn from(error: &CallError) -> Self {
        RecordedError {
            code: error.code().to_owned(),
            detail: error.detail().to_owned(),
            remedy: error.remedy().to_owned(),
        }
    }
}

impl RecordedError {
    pub(crate) fn error(&self) -> CallError {
        let kind = ErrorKind::from_code(&self.code).unwrap_or(ErrorKind::Internal);
        CallError::new(kind, self.detail.clone()).with_remedy(self.remedy.clone())
    }
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// With a page.
    Page(RecordedPage),
    /// `check` was answered.
    Report {
        /// What the source is.
        source: String,
        /// Schools as (sourcedId, name).
        schools: Vec<(String, String)>,
        /// Further lines.
        notes: Vec<String>,
    },
    /// With a failure.
    Failure(RecordedError),
}

/// Everything of a page that the host goes on with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedPage {
    /// The records' bytes in the encoding of [`homeroom_roster::codec`].
    pub records: BlobId,
    /// That encoding's number.
    pub codec: u32,
    /// Records.
    pub count: u32,
    /// Rows that the source sent.
    pub received: u32,
    /// Where to go on.
    pub next: Vec<String>,
    /// The collection's total.
    pub total: Option<u64>,
    /// Findings.
    pub findings: Vec<RecordedFinding>,
    /// Whether the collection comes whole or as changes.
    #[serde(default)]
    pub extent: Extent,
    /// What it wants stored.
    pub storage_writes: Vec<(String, Option<Binary>)>,
}

impl From<&Page> for RecordedPage {
    fn from(page: &Page) -> Self {
        let writes = page.storage_writes.iter();
        RecordedPage {
            records: blob_id(&page.records),
            codec: homeroom_roster::codec::FORMAT,
            count: page.count,
            received: page.received,
            next: page.next.clone(),
            total: page.total,
            findings: page.findings.iter().map(RecordedFinding::from).collect(),
            extent: page.extent,
            storage_writes: writes
                .map(|(key, value)| (key.clone(), value.clone().map(Binary)))
                .collect(),
        }
    }
}

impl RecordedPage {
    /// `sha256:…` of the page: two pages with the same digest are the same to
    /// the byte.
    pub fn digest(&self) -> String {
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        format!("sha256:{}", blob_id(&bytes))
    }
}

/// A finding of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedFinding {
    /// Whether the record was left out.
    pub left_out: bool,
    /// The code.
    pub code: String,
    /// The row's id.
    pub sourced_id: Option<String>,
    /// The property.
    pub field: Option<String>,
    /// One sentence.
    pub detail: String,
}

impl From<&PageFinding> for RecordedFinding {
    fn from(finding: &PageFinding) -> Self {
        RecordedFinding {
            left_out: finding.severity == Severity::Error,
            code: finding.code.clone(),
            sourced_id: finding.sourced_id.clone(),
            field: finding.field.clone(),
            detail: finding.detail.clone(),
        }
    }
}

/// Bytes, written as base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binary(pub Vec<u8>);

impl Serialize for Binary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Binary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text).map_err(serde::de::Error::custom)?;
        Ok(Binary(bytes))
    }
}

/// One line of a recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Event {
    Begin(Head),
    Call {
        call: u64,
        #[serde(flatten)]
        key: CallKey,
    },
    Exchange {
        call: u64,
        #[serde(flatten)]
        exchange: Exchange,
    },
    Log {
        call: u64,
        level: String,
        line: String,
    },
    End {
        call: u64,
        /// The page's digest, for whoever reads the file with other tools.
        digest: Option<String>,
        outcome: Outcome,
    },
    Finish {
        calls: u64,
        exchanges: u64,
        /// SHA-256 over all frames before this one.
        digest: String,
    },
}

#[cfg(test)]
mod tests;
