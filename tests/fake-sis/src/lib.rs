//! A OneRoster server for tests, measurements and vendors: REST 1.1 and 1.2
//! over HTTP on loopback, right by default and wrong on request.
//!
//! [`FakeSis`] is the running server, [`Source`] is what it serves (a generated
//! district or a folder of OneRoster CSV files), and [`Behaviour`] is how it
//! serves it: authentication, paging, the dialect of its JSON, and [`Fault`]s.
//!
//! ```
//! use fake_sis::{Behaviour, FakeSis, Source, Version};
//!
//! let source = Source::district(district::Spec { people: 200, ..Default::default() });
//! let sis = FakeSis::spawn(source, Behaviour::default())?;
//! println!("{} {}", sis.roster_url(Version::V1p2), sis.token_url());
//! sis.stop();
//! # Ok::<(), anyhow::Error>(())
//! ```
//!
//! The server knows nothing of who reads it.

mod answer;
mod auth;
mod behaviour;
mod cli;
mod cli_meaning;
mod cli_names;
mod csv_folder;
mod csv_people;
mod csv_write;
mod dialect;
mod entity;
mod fault;
mod fault_text;
mod filter;
mod hostile;
mod imsx;
mod json;
mod log;
mod oauth1;
mod oauth2;
mod of_csv;
mod of_district;
mod page;
mod prebuild;
mod query;
mod rate;
mod reply;
mod route;
mod row;
mod selection;
mod server;
mod socket;
mod source;
mod spoil;

pub use auth::{Auth, ClientAuth, ExpiresIn, OAuth1, OAuth2, SignatureMethod};
pub use behaviour::{
    Behaviour, Filtering, Links, Paging, RateLimit, Repeats, Shift, Sorting, Totals, Written,
};
pub use cli::{Cli, run};
pub use csv_folder::CsvFolder;
pub use csv_write::{write_csv, write_csv_as, write_directory};
pub use dialect::{Booleans, Dates, Dialect, Enums, Envelopes, Ids, References};
pub use fault::{Fault, FaultKind, RetryAfter, Target, When};
pub use log::{Counters, Credentials, LoggedRequest};
pub use prebuild::Prebuild;
pub use route::{Resource, Version};
pub use server::FakeSis;
pub use source::Source;
