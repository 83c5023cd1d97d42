//! Lines for the run's log.
//!
//! A district reads them. Never write a body, a name, an email or anything else
//! of a person. The host cuts a line at 1 KiB and keeps 200 lines a run.

/// Writes a line that only helps to find a fault in the adapter.
pub fn debug(message: &str) {
    write(Level::Debug, message);
}

/// Writes a line that is worth knowing.
pub fn info(message: &str) {
    write(Level::Info, message);
}

/// Writes a line about something that may need attention.
pub fn warn(message: &str) {
    write(Level::Warn, message);
}

/// Writes a line about something that went wrong.
pub fn error(message: &str) {
    write(Level::Error, message);
}

pub use crate::bindings::homeroom::sis::log::Level;

fn write(level: Level, message: &str) {
    #[cfg(target_arch = "wasm32")]
    crate::bindings::homeroom::sis::log::write(level, message);
    #[cfg(not(target_arch = "wasm32"))]
    crate::testing::record_log_line(level, message);
}
