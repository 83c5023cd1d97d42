//! Runs a vendor's adapter in wasmtime and gives it HTTP, storage and a clock.
//!
//! An adapter is a WebAssembly component that fulfils the contract in `wit/`.
//! It is foreign code: it runs in a fresh instance for every call, within
//! [`Limits`], and reaches the world only through what is linked here. The host
//! adds credentials to its requests after policy has approved them, dials only
//! addresses it has checked, and believes nothing of the answer before it has
//! looked at it.
//!
//! The way through the crate: [`inspect`] a file, [`Sandbox::compile`] and
//! [`Sandbox::load`] it, [`connect`] an operator's settings, and open a
//! [`Session`] for a run.
//!
//! The crate knows nothing of databases, of runs beyond one session, or of what
//! records mean.

mod adapter;
mod admission;
mod clock;
mod compiler;
mod connection;
mod difference;
mod egress;
mod engine;
mod error;
mod failure;
mod files;
#[doc(hidden)]
pub mod fuzzing;
mod limiter;
mod limits;
mod log;
mod manifest;
mod observer;
mod page;
mod raw;
pub mod recording;
mod replay;
mod session;
mod signature;
mod state;
mod stats;
mod storage;
mod strip;
mod timed;
mod trusted;
mod wasi;

pub use adapter::Adapter;
pub use admission::{
    AdmissionError, Dependencies, Dependency, Examination, Import, ImportClass, Inspection,
    MANIFEST_SECTION, Refusal, Section, Shape, Tool, examine, inspect,
};
pub use compiler::{COMPILE_ARGUMENT, Compiler, serve_compiler};
pub use connection::{
    Approval, ConnectError, Connected, Connection, ConnectionSettings, FilePlace, connect,
    host_settings,
};
pub use difference::{Change, Difference};
pub use egress::{
    Credentials, Denied, Egress, EgressConfig, Grant, HeldSpot, OAuth1Method, OAuth2, Origin, Pace,
    PaceKeeper, PaceRecord, PaceSpot, Resolve, RetryPolicy, SystemResolver,
};
pub use engine::Sandbox;
pub use error::{CallError, ErrorKind, SandboxError};
pub use files::FileSource;
pub use limits::Limits;
pub use manifest::{
    Auth, CONTRACT, Choice, ClientAuth, FileOrigin, Files, Http, Manifest, OAuth2Manifest,
    PageSize, Preset, Read, Scheme, ScopeSet, Setting, SettingType,
};
pub use observer::{LogLevel, NoObserver, Observer, RequestAudit, WaitReason, Waiting};
pub use page::{Page, PageFinding, PageRequest, Severity};
pub use replay::{DifferenceKind, Replay, Replayed, RequestDifference};
pub use session::{Report, Session, SessionConfig};
pub use signature::{PublicKey, SIGNATURE_SECTION, SecretKey, Signature};
pub use stats::CallStats;
