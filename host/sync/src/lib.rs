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
mod directory;
mod error;
pub mod export;
mod findings;
mod guardians;
mod history;
mod homeroom;
mod integrations;
mod mend;
mod observer;
mod people;
mod progress;
mod read;
mod reconcile;
mod redo;
mod run;
pub mod views;

pub use changes::{ChangeFilter, ChangeView, FieldChange};
pub use connection::{IntegrationEdit, NewIntegration};
pub use error::{Error, Result};
pub use history::RunLog;
pub use homeroom::{Homeroom, Office};
pub use progress::{Event, NoProgress, Phase, Progress};
pub use run::SyncOptions;
