//! Scenarios: small rosters in files, and what must become of them.
//!
//! A case is a folder in `cases/`: a `scenario.toml` with steps (see
//! [`Scenario`]), a directory or two, and one folder of OneRoster CSV files for
//! each night. [`run`] goes through the steps with the `homeroom` command line
//! against the fake SIS, as an operator would, and holds everything that the
//! scenario expects against what it finds. `README.md` says how to write one.
//!
//! An expectation says what is right for the people in the roster. It is not
//! changed because the program does something else.

mod check;
mod commands;
mod files;
mod look;
mod runner;
mod scenario;
mod variables;
mod world;

pub use runner::{cases, listed, run};
pub use scenario::{Scenario, Step};
