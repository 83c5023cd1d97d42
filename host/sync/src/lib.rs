//! A run, from the first request to the commit, and everything else that a
//! front end asks of Homeroom.
//!
//! [`Homeroom`] is one data folder, [`Office`] one tenant in it. The crate ties
//! the parts together: the sandbox reads pages, the store keeps them, the pure
//! core in `homeroom-roster` decides, the store applies. It decides nothing
//! about people itself, and knows neither wasm nor SQL.

mod adapters;
mod changes;
mod conclude;
mod connection;
mod decisions;
pub mod delta;
mod directory;
mod error;
pub mod export;
mod files;
mod findings;
mod guardians;
pub mod har;
mod history;
mod homeroom;
mod import;
mod integrations;
mod keys;
mod mend;
mod observer;
mod pace;
mod people;
mod policy;
mod progress;
mod read;
mod reconcile;
mod recordings;
mod redo;
pub mod replay;
mod run;
mod test;
mod usage;
pub mod views;

pub use adapters::InstallOptions;
pub use changes::{ChangeFilter, ChangeView, FieldChange};
pub use connection::{IntegrationEdit, NewIntegration};
pub use error::{Error, Result};
pub use history::RunLog;
pub use homeroom::{Homeroom, Office, Options};
pub use homeroom_sandbox::Adapter;
pub use homeroom_sandbox::WaitReason;
pub use homeroom_sandbox::recording::Recording;
pub use keys::KeyRotation;
pub use people::{UnmatchedPeople, Users};
pub use progress::{Event, NoProgress, Phase, Progress, Wait};
pub use recordings::{RecordingMade, RecordingView, open_recording};
pub use run::SyncOptions;
