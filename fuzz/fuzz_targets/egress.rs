//! See `homeroom_fuzz::egress`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| homeroom_fuzz::egress(bytes));
