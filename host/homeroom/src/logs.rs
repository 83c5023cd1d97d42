//! Logs of the process: to standard error, filtered by `HOMEROOM_LOG`.

use std::io::{IsTerminal, Write};

use tracing_subscriber::EnvFilter;

use crate::progress;

/// Starts logging. A filter that cannot be read is told and replaced by the
/// default, since no roster should wait for a typing error in it.
pub(crate) fn start() {
    let asked = std::env::var("HOMEROOM_LOG").unwrap_or_default();
    let asked = if asked.trim().is_empty() {
        "warn"
    } else {
        asked.trim()
    };
    let (filter, problem) = match EnvFilter::try_new(asked) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new("warn"), Some(error)),
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(true)
        .with_writer(|| AboveTheBar)
        .init();
    if let Some(error) = problem {
        tracing::warn!("HOMEROOM_LOG is not a filter, so `warn` is used: {error}");
    }
}

/// Writes log lines above the progress bar instead of through it.
struct AboveTheBar;

impl Write for AboveTheBar {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        progress::suspended(|| std::io::stderr().write(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}
