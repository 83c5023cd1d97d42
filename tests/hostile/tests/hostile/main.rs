//! Adapters and servers that mean harm, each with what stops it. An attack is a
//! line of a table: its name, its component or server, the code it must end
//! with and the words that say whose fault it is. What is true of all of them
//! is asserted in one place: the host goes on, and an honest neighbour reads
//! the right page meanwhile and afterwards.

#[allow(
    unreachable_pub,
    reason = "a module of helpers that several tests share"
)]
#[path = "../../../../host/sandbox/tests/guest/mod.rs"]
mod guest;

mod addresses;
mod ask;
mod attempts;
mod binary;
mod host;
mod limits;
mod poison;
mod requests;
mod servers;
mod soak;
mod traps;
mod usage;
