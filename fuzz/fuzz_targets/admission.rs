//! See `homeroom_fuzz::admission`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| homeroom_fuzz::admission(bytes));
