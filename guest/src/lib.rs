//! The SDK for adapters of Homeroom.
//!
//! An adapter reads a roster from one kind of SIS. It is one WebAssembly
//! component that implements the package `homeroom:sis` in `wit/`, runs in a
//! sandbox and gets HTTP, a small storage and a clock from the host, and nothing
//! else. With this crate an adapter is one type that implements one trait,
//! [`Adapter`], and a manifest, `adapter.toml`.
//!
//! # A whole adapter
//! This one reads users from an API of its own that gives pages by number.
//! A server that speaks OneRoster needs less: see [`oneroster`].
//!
//! ```
//! use homeroom_sdk::roster::{Role, RoleAssignment, Status, User};
//! use homeroom_sdk::settings::Settings;
//! use homeroom_sdk::{Adapter, Collection, Connection, Extent, Failure, Page, PageRequest, Records, Report, http};
//! use serde::Deserialize;
//!
//! struct Acme;
//!
//! #[derive(Deserialize)]
//! struct Person {
//!     id: u64,
//!     first: String,
//!     last: String,
//!     mail: Option<String>,
//! }
//!
//! impl Adapter for Acme {
//!     fn check(connection: &Connection) -> Result<Report, Failure> {
//!         http::get(&format!("{}/people?page=0", connection.endpoint))?;
//!         Ok(Report { source: "Acme".to_owned(), schools: Vec::new(), notes: Vec::new() })
//!     }
//!
//!     fn read(connection: &Connection, request: &PageRequest) -> Result<Page, Failure> {
//!         if request.collection != Collection::Users {
//!             return Err(Failure::Unsupported("Acme has users only.".to_owned()));
//!         }
//!         let school = Settings::of(connection).text("school")?;
//!         let number: u64 = request.cursor.as_deref().and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
//!         let url = http::url::Query::new()
//!             .pair("school", school)
//!             .pair("page", number)
//!             .on(&format!("{}/people", connection.endpoint));
//!         let people: Vec<Person> = serde_json::from_slice(&http::get(&url)?.body)
//!             .map_err(|error| Failure::Malformed(format!("The list of people breaks at line {}.", error.line())))?;
//!         Ok(Page {
//!             received: people.len() as u32,
//!             // An empty page is the end; a short one is not.
//!             next: if people.is_empty() { Vec::new() } else { vec![(number + 1).to_string()] },
//!             total: None,
//!             findings: Vec::new(),
//!             extent: Extent::Whole,
//!             records: Records::Users(people.into_iter().map(|person| user(person, school)).collect()),
//!         })
//!     }
//! }
//!
//! fn user(person: Person, school: &str) -> User {
//!     User {
//!         sourced_id: person.id.to_string(),
//!         status: Status::Active,
//!         date_last_modified: None,
//!         enabled_user: true,
//!         username: None,
//!         user_ids: Vec::new(),
//!         given_name: Some(person.first),
//!         family_name: Some(person.last),
//!         middle_name: None,
//!         preferred_given_name: None,
//!         preferred_family_name: None,
//!         identifier: None,
//!         user_master_identifier: None,
//!         email: person.mail,
//!         sms: None,
//!         phone: None,
//!         language: None,
//!         roles: vec![RoleAssignment {
//!             role: Role::Student,
//!             primary: true,
//!             org: Some(school.to_owned()),
//!             begin_date: None,
//!             end_date: None,
//!         }],
//!         primary_org: None,
//!         agents: Vec::new(),
//!         grades: Vec::new(),
//!         metadata: Vec::new(),
//!     }
//! }
//!
//! // In the crate's root, beside `adapter.toml`:
//! // homeroom_sdk::export!(Acme, manifest = "adapter.toml");
//!
//! // And its test, with no network and no account:
//! use homeroom_sdk::testing::{Script, connection, json, with_script};
//! let people = r#"[{"id":7,"first":"Ada","last":"Byron","mail":null}]"#;
//! let request = PageRequest { collection: Collection::Users, cursor: None, changed_since: None, page_size: 100 };
//! let (page, script) = with_script(Script::in_order([json(200, people)]), || {
//!     Acme::read(&connection("https://acme.example.org", &[("school", "s 1")]), &request)
//! });
//! assert_eq!(page.map(|page| (page.received, page.next)), Ok((1, vec!["1".to_owned()])));
//! assert_eq!(script.urls(), ["https://acme.example.org/people?school=s%201&page=0"]);
//! ```
//!
//! # Building
//! The crate is a `cdylib` (and an `rlib`, so that its tests link natively):
//!
//! ```text
//! cargo build --profile adapter --target wasm32-wasip2
//! ```
//!
//! # Rules that save trouble
//! - Keep nothing between calls. What the next page needs goes into the cursor.
//! - Do not retry: the host has, before an answer arrives.
//! - Do not send credentials: the host does, and never shows them to an adapter.
//! - A row that cannot be handed over is a [`Finding`] of severity `error`; one
//!   bad row never fails the page.
//! - No personal data in a [`Failure`], a finding's detail or the [`log`].

#[allow(
    clippy::all,
    missing_docs,
    unreachable_pub,
    unsafe_code,
    reason = "generated by wit-bindgen from wit/"
)]
#[doc(hidden)]
pub mod bindings;
mod export;
pub mod files;
pub mod http;
pub mod log;
pub mod oneroster;
pub mod settings;
pub mod storage;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;

/// The records of a roster. Names and meanings are OneRoster's; absent means
/// that the source does not say.
pub mod roster {
    pub use crate::bindings::homeroom::sis::roster::*;
}

pub use bindings::exports::homeroom::sis::adapter::{
    Collection, Connection, Extent, Failure, Finding, Page, PageRequest, Records, Report, Severity,
};
pub use export::Adapter;
