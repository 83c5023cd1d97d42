//! The database of Homeroom.
//!
//! A [`Store`] is one data directory: adapters and a list of tenants in a host
//! database, and one SQLite database for each [`Tenant`]. The crate keeps what
//! others made (pages, plans, findings, the roster) and gives it back; it knows
//! nothing of wasm, HTTP, matching or of what a setting means.
//!
//! What differs between databases (bulk statements, locks, pragmas) stands in
//! `bulk`, `lock` and `connect`; the rest is SQL that others accept too.

mod acts;
mod adapter_storage;
mod adapters;
mod audit;
mod blobs;
mod bulk;
mod chunks;
mod commit;
mod compiled;
mod connect;
mod decisions;
mod error;
mod files;
mod findings;
mod key;
mod lock;
mod log;
mod open;
mod pages;
mod plans;
mod providers;
mod publishers;
mod retention;
mod roster;
mod rotate;
mod runs;
mod seal;
mod source;
mod staging;
mod tenant;
mod text;
mod unmatched;

pub use adapters::{AdapterRow, NewAdapter};
pub use audit::{RequestReader, RequestRow};
pub use blobs::BlobHash;
pub use commit::{RunCommit, Saved, SourceSwitch};
pub use decisions::Decision;
pub use error::{Error, Result};
pub use findings::{FindingCount, FindingReader};
pub use key::KeySource;
pub use lock::{ProviderLock, ProvidersLock, StateLock};
pub use log::{Event, Level};
pub use open::Store;
pub use pages::{PageFinding, PageRow, Staged, StagedPage};
pub use plans::KEPT_PLANS;
pub use providers::{NewProvider, ProviderRow, ProviderState};
pub use publishers::PublisherRow;
pub use retention::Retention;
pub use rotate::Rotated;
pub use runs::{NewRun, RunEnd, RunKind, RunRow, RunStatus};
pub use tenant::Tenant;
