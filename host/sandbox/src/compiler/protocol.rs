//! What goes between a host and its compiling process. To the child: one line
//! of JSON, then the component up to the end of input. From it: one line of
//! JSON, then the code.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::limits::Limits;

/// The longest line either side accepts.
pub(super) const MOST_LINE: u64 = 64 * 1024;

/// What the child works under.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    /// Processor time in whole seconds.
    pub(super) cpu_seconds: u64,
    /// The limits of the host's sandbox: what is admitted, and the settings of
    /// the engine that the code is for.
    pub(super) limits: Limits,
}

/// What the child says before the code.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Answer {
    /// The code follows.
    Compiled {
        /// Of the engine that made it.
        fingerprint: String,
        /// Its size.
        bytes: usize,
    },
    /// The component is refused.
    Refused(String),
    /// The child could not do its work.
    Failed(String),
}

/// Processor time for a file of that size, rounded up to whole seconds.
pub(super) fn cpu_seconds(limits: &Limits, bytes: usize) -> u64 {
    let mebibytes = bytes as f64 / (1024.0 * 1024.0);
    let time =
        limits.compile_time.as_secs_f64() + limits.compile_time_per_mib.as_secs_f64() * mebibytes;
    (time.ceil() as u64).max(1)
}

/// Time by the clock: a busy machine gives a process a fraction of a core, but
/// one that does nothing at all must end too.
pub(super) fn deadline(cpu_seconds: u64) -> Duration {
    Duration::from_secs(30 + 4 * cpu_seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_files_get_little_time_and_large_ones_enough() {
        let limits = Limits::default();
        assert_eq!(cpu_seconds(&limits, 23 * 1024), 11);
        // A JavaScript adapter of 12 MB needs 15 s.
        assert_eq!(cpu_seconds(&limits, 12 * 1024 * 1024), 58);
        let none = Limits {
            compile_time: Duration::ZERO,
            compile_time_per_mib: Duration::ZERO,
            ..limits
        };
        assert_eq!(cpu_seconds(&none, 100), 1);
        assert!(deadline(11) > Duration::from_secs(11));
    }
}
