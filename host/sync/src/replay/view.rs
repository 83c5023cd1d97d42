//! What a replay found: plain data for the command line and scripts.

use std::collections::BTreeMap;

use homeroom_sandbox::Adapter;
use homeroom_sandbox::recording::Recording;
use serde::Serialize;
use serde_json::Value;

/// What a replay found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplayReport {
    /// Every page came out as recorded, to the byte, after the same requests.
    pub identical: bool,
    /// Whether the recording goes to the end of its run.
    pub complete: bool,
    /// Calls that had not ended when the recording did; they are not replayed.
    pub unfinished: u64,
    /// The integration that was recorded.
    pub integration: String,
    /// When.
    pub recorded_at: String,
    /// The adapter that was recorded.
    pub recorded: AdapterRef,
    /// The adapter that ran now.
    pub replayed: AdapterRef,
    /// By collection; `check` is one of them.
    pub collections: BTreeMap<String, CollectionReplay>,
    /// Pages that differ.
    pub pages: Vec<PageDifference>,
    /// Requests that differ.
    pub requests: Vec<RequestDifferenceView>,
    /// Records that differ.
    pub records: Vec<RecordDifference>,
}

impl ReplayReport {
    pub(super) fn new(recording: &Recording, adapter: &Adapter) -> Self {
        let head = recording.head();
        ReplayReport {
            identical: false,
            complete: recording.is_complete(),
            unfinished: 0,
            integration: head.integration.clone(),
            recorded_at: head.recorded.to_string(),
            recorded: AdapterRef {
                id: head.adapter.id.clone(),
                version: head.adapter.version.clone(),
                digest: head.adapter.digest.clone(),
            },
            replayed: AdapterRef {
                id: adapter.manifest().id.clone(),
                version: adapter.manifest().version.clone(),
                digest: adapter.digest().to_owned(),
            },
            collections: BTreeMap::new(),
            pages: Vec::new(),
            requests: Vec::new(),
            records: Vec::new(),
        }
    }
}

/// Names an adapter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdapterRef {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// `sha256:…` of its file.
    pub digest: String,
}

/// One collection, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectionReplay {
    /// Calls made now.
    pub calls: u64,
    /// Those that came out as recorded.
    pub same: u64,
    /// Those that came out otherwise.
    pub different: u64,
    /// Those that are not on record.
    pub added: u64,
    /// Those on record that were not made.
    pub missing: u64,
    /// Records that are the same.
    pub records_same: u64,
    /// Records that are not on record.
    pub records_added: u64,
    /// Records on record that did not come.
    pub records_removed: u64,
    /// Records with other values.
    pub records_changed: u64,
}

/// A page that is not as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PageDifference {
    /// Which page.
    pub call: String,
    /// Whether it is on record.
    pub on_record: bool,
    /// What differs, a line each.
    pub different: Vec<String>,
}

/// A request that is not as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestDifferenceView {
    /// Which page made it.
    pub call: String,
    /// `not-recorded`, `from-another-call`, `repeated`, `other-headers` or
    /// `missing`.
    pub kind: String,
    /// `GET`, ….
    pub method: String,
    /// The address.
    pub url: String,
    /// The recorded request that comes nearest.
    pub nearest: Option<String>,
}

/// A record that is not as it was recorded.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordDifference {
    /// The collection.
    pub collection: String,
    /// Its id.
    pub sourced_id: String,
    /// `added`, `removed` or `changed`.
    pub kind: String,
    /// The values that differ; of a changed record only.
    pub fields: Vec<FieldDifference>,
}

/// A value that is not as it was recorded.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldDifference {
    /// The field, by its name in Homeroom's records.
    pub field: String,
    /// On record.
    pub recorded: Value,
    /// Now.
    pub replayed: Value,
}
