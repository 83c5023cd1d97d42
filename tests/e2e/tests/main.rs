//! The end-to-end tests, a module for each idea. They are one program, because
//! linking one is many times faster than linking one for each file.

mod adapter_approval;
mod adapter_files;
mod adapter_policy;
mod adapter_signatures;
mod authentication;
mod bad_night;
mod compatibility;
mod connection_test;
mod crash;
mod csv_folder;
mod damage;
mod directory_file;
mod exit_codes;
mod failures;
mod first_sync;
mod keeping;
mod keys;
mod network_policy;
mod odd_data;
mod one_at_a_time;
mod operator;
mod paging;
mod partial;
mod preview;
mod recording;
mod retries;
mod secrets;
mod traps_classes;
mod traps_json;
mod traps_paging;
mod traps_people;
mod traps_requests;
mod traps_values;
mod versions;
