//! What can go wrong outside a run. Inside a run, what goes wrong ends the run
//! and stands in its report.

use crate::conclude::remedy;
use homeroom_sandbox::{AdmissionError, CallError, ConnectError, SandboxError};

/// This crate's result.
pub type Result<T> = std::result::Result<T, Error>;

/// Why something could not be done. `Display` gives the thing, the cause and
/// the remedy in one or two sentences.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was asked for cannot be: a wrong value, an unknown name.
    #[error("{message}")]
    Usage {
        /// A stable code in kebab case.
        code: &'static str,
        /// Thing, cause, remedy.
        message: String,
    },
    /// What was asked for is right, but could not be done now.
    #[error("{message}")]
    Refused {
        /// A stable code in kebab case.
        code: &'static str,
        /// Thing, cause, remedy.
        message: String,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] homeroom_store::Error),
    /// A file that is no adapter, or one that this host cannot run.
    #[error(transparent)]
    Admission(#[from] AdmissionError),
    /// The sandbox could not be set up.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// A connection that cannot be made from what the operator said.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A call of the adapter failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A file.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Error {
    pub(crate) fn usage(code: &'static str, message: impl Into<String>) -> Self {
        Error::Usage {
            code,
            message: message.into(),
        }
    }

    pub(crate) fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Error::Refused {
            code,
            message: message.into(),
        }
    }

    /// A stable code in kebab case.
    pub fn code(&self) -> &str {
        match self {
            Error::Usage { code, .. } | Error::Refused { code, .. } => code,
            Error::Store(error) => error.code(),
            Error::Admission(error) => error.code(),
            Error::Sandbox(_) => "sandbox",
            Error::Connect(error) => error.code(),
            Error::Call(error) => error.code(),
            Error::File { .. } => "file",
        }
    }

    /// What is wrong, and what to do about it: the two halves of `Display`, which
    /// a semicolon parts. Where the error does not say what to do, the catalogue
    /// does; the second half is empty where nobody knows.
    pub fn parts(&self) -> (String, String) {
        if let Error::Call(error) = self {
            return (error.detail().to_owned(), error.remedy().to_owned());
        }
        let told = self.to_string();
        match told.split_once("; ") {
            // Several errors at once stand on a line each, with their remedies.
            Some((detail, remedy)) if !told.contains('\n') => {
                (detail.to_owned(), remedy.to_owned())
            }
            _ => {
                let remedy = remedy(self.code());
                (told, remedy)
            }
        }
    }

    /// Whether the caller asked for something that cannot be, rather than
    /// something that went wrong.
    pub fn is_usage(&self) -> bool {
        match self {
            Error::Usage { .. } | Error::Connect(_) => true,
            Error::Store(error) => {
                matches!(error.code(), "not-found" | "invalid-name" | "name-taken")
            }
            _ => false,
        }
    }
}
