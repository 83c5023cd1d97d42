//! Exit codes: what a script learns from a command without reading its output.

use std::process::ExitCode;

use homeroom_sync::views::RunStatus;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Succeeded = 0,
    /// Not done.
    Failed = 1,
    /// The command was not understood, or needs a confirmation.
    Usage = 2,
    /// Done, but some schools stay as they were.
    Partial = 3,
    /// Planned, and waiting for a person's word.
    Held = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// The exit code of a command that made a run end, such as `sync` or `approve`.
/// Commands that only show a run succeed whatever became of it.
impl From<RunStatus> for Exit {
    fn from(status: RunStatus) -> Self {
        match status {
            RunStatus::Partial => Exit::Partial,
            RunStatus::Failed => Exit::Failed,
            RunStatus::Held => Exit::Held,
            RunStatus::Queued
            | RunStatus::Running
            | RunStatus::Succeeded
            | RunStatus::Discarded
            | RunStatus::Undone => Exit::Succeeded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_map_to_the_documented_codes() {
        let code = |status| Exit::from(status) as u8;
        assert_eq!(code(RunStatus::Succeeded), 0);
        assert_eq!(code(RunStatus::Failed), 1);
        assert_eq!(code(RunStatus::Partial), 3);
        assert_eq!(code(RunStatus::Held), 4);
        assert_eq!(code(RunStatus::Discarded), 0);
        assert_eq!(code(RunStatus::Undone), 0);
    }
}
