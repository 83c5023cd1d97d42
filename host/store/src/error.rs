//! What can go wrong in the store: each error names the thing, the cause and
//! the remedy.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use homeroom_roster::state::RunKey;

/// The result of a call of the store.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read, written or made.
    #[error(
        "cannot {action} {path}: {source}; check that the data directory is writable by this user and that the disk has room",
        path = path.display()
    )]
    Io {
        /// What was tried, such as `read`.
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The database refused a statement.
    #[error("the database failed: {source}; {remedy}")]
    Database {
        /// What the database said.
        source: sqlx::Error,
        /// What to do.
        remedy: &'static str,
    },
    /// Something stored cannot be understood.
    #[error("{what} is damaged: {cause}; {remedy}")]
    Damaged {
        /// Which thing.
        what: String,
        /// What is wrong with it.
        cause: String,
        /// What to do.
        remedy: &'static str,
    },
    /// The directory was written by a later Homeroom.
    #[error(
        "{path} was written by a newer Homeroom (schema {version}); use that version, or restore an older copy of the data directory",
        path = path.display()
    )]
    NewerSchema {
        /// Which database.
        path: PathBuf,
        /// Its schema.
        version: i64,
    },
    /// Another process has the directory open.
    #[error(
        "{path} is in use by another homeroom process, such as a run; wait until it has ended, then try again",
        path = path.display()
    )]
    InUse {
        /// The data directory.
        path: PathBuf,
    },
    /// The store's key is missing or cannot be used.
    #[error("the key from {from} cannot be used: {cause}; {remedy}")]
    Key {
        /// Where the key was looked for.
        from: String,
        /// What is wrong with it.
        cause: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A secret does not open with this key.
    #[error(
        "{what} cannot be opened with this key: it was sealed with another key or for another owner; give the key it was sealed with, or set it again"
    )]
    Sealed {
        /// Which secret.
        what: String,
    },
    /// A file is not what was put there.
    #[error("{what} was altered: its digest is not the one on record; install it again")]
    Altered {
        /// Which file.
        what: String,
    },
    /// A name that cannot name a tenant.
    #[error(
        "`{name}` cannot name a tenant: use 1 to 63 of a-z, 0-9, `.`, `_` and `-`, beginning with a letter or digit"
    )]
    InvalidName {
        /// The name.
        name: String,
    },
    /// There is nothing of the name that the caller gave. What is missing although
    /// it was stored is [`Error::Damaged`].
    #[error("there is no {what}; list what there is and check the spelling")]
    NotFound {
        /// Which thing.
        what: String,
    },
    /// A living provider has the name.
    #[error("the name `{name}` is taken; choose another, or edit or delete the one that has it")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// The provider has a run that is not over.
    #[error(
        "`{provider}` is already running{}; wait until it ends",
        run.map(|run| format!(" (run {run})")).unwrap_or_default()
    )]
    AlreadyRunning {
        /// The provider's name.
        provider: String,
        /// The run, where it has begun to be one.
        run: Option<RunKey>,
    },
    /// The roster changed after the plan was made.
    #[error(
        "the plan was made for version {expected} of the roster, which is at version {found} now; run again for a plan that fits"
    )]
    StateMoved {
        /// The version that the plan was made for.
        expected: u64,
        /// The version that there is.
        found: u64,
    },
    /// The process is ending.
    #[error("{what} was cut off because the process is ending; run again")]
    Ending {
        /// What was under way.
        what: &'static str,
    },
    /// A page was staged together with others, and that failed for all.
    #[error(transparent)]
    Shared(Arc<Error>),
}

impl Error {
    /// The error's stable code, in kebab-case.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Io { .. } => "io",
            Error::Database { .. } => "database",
            Error::Damaged { .. } => "damaged",
            Error::NewerSchema { .. } => "newer-schema",
            Error::Key { .. } => "key",
            Error::InUse { .. } => "in-use",
            Error::Sealed { .. } => "sealed",
            Error::Altered { .. } => "altered",
            Error::InvalidName { .. } => "invalid-name",
            Error::NotFound { .. } => "not-found",
            Error::NameTaken { .. } => "name-taken",
            Error::AlreadyRunning { .. } => "already-running",
            Error::StateMoved { .. } => "state-moved",
            Error::Ending { .. } => "interrupted",
            Error::Shared(error) => error.code(),
        }
    }

    pub(crate) fn damaged(
        what: impl Into<String>,
        cause: impl std::fmt::Display,
        remedy: &'static str,
    ) -> Self {
        Error::Damaged {
            what: what.into(),
            cause: cause.to_string(),
            remedy,
        }
    }

    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Error::NotFound { what: what.into() }
    }
}

impl From<sqlx::Error> for Error {
    fn from(source: sqlx::Error) -> Self {
        let remedy = remedy_of(&source);
        Error::Database { source, remedy }
    }
}

/// What to do about an error of SQLite, by its primary result code
/// (<https://www.sqlite.org/rescode.html>).
fn remedy_of(source: &sqlx::Error) -> &'static str {
    const OTHER: &str = "check that the disk has room and that the data directory is on a local \
        disk, then try again";
    let sqlx::Error::Database(error) = source else {
        return OTHER;
    };
    let code: i32 = error
        .code()
        .and_then(|code| code.parse().ok())
        .unwrap_or_default();
    match code & 0xff {
        5 | 6 => "another process is writing for long; wait until it ends, then try again",
        8 => {
            "give this user the right to write to the data directory and the files in it, then try \
             again"
        }
        10 => "check that the disk has room and no faults (the system's log tells), then try again",
        11 | 26 => {
            "the file is damaged: keep a copy of it, restore the data directory from a backup, and \
             check the disk"
        }
        13 => "nothing was half written; make room on the disk, then try again",
        14 => "check that the data directory is there and that this user may write to it",
        _ => OTHER,
    }
}

/// Names the file in the error of an operation on it.
pub(crate) trait IoContext<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T>;
}

impl<T> IoContext<T> for std::io::Result<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T> {
        self.map_err(|source| Error::Io {
            action,
            path: path.to_owned(),
            source,
        })
    }
}
