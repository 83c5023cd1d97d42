//! What the end-to-end tests stand on: an installation of Homeroom that is used
//! through its command line ([`Platform`]), a fake SIS with real HTTP ([`Sis`]),
//! both connected ([`School`]), a real SSH server ([`Sshd`]), and what must come
//! out ([`Expected`]). Where a test is about single records, it writes them by
//! hand ([`Hand`]).
//!
//! The tests link no part of Homeroom: they see what a user and a script see.

mod database;
mod expected;
mod hand;
pub mod made;
mod platform;
mod report;
mod school;
mod sis;
mod sshd;

pub use expected::Expected;
pub use hand::{Hand, Place, enrollment, student};
pub use platform::{Answer, Platform, Running, answer};
pub use report::{COLLECTIONS, accounted, codes, tally, total_changes};
pub use school::{NAME, School};
pub use sis::{Sis, directory_csv, small};
pub use sshd::Sshd;
