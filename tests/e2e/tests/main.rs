//! The end-to-end tests, a module for each idea. They are one program, because
//! linking one is many times faster than linking one for each file.

mod bad_night;
mod crash;
mod csv_folder;
mod exit_codes;
mod failures;
mod first_sync;
mod network_policy;
mod odd_data;
mod one_at_a_time;
mod operator;
mod paging;
mod partial;
mod preview;
mod retries;
mod secrets;
mod versions;
