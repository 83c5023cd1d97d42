//! Why there is no set of files: a stable code, what happened, what to do.

/// The kinds of failure of a fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// There is nothing at this place.
    NotFound,
    /// The place holds no file that is wanted.
    FilesMissing,
    /// It cannot be told which of several files is meant.
    FilesAmbiguous,
    /// The files kept changing while we waited.
    FilesChanging,
    /// More or larger files than anybody's roster has.
    FilesTooLarge,
    /// A zip that ends early or is none.
    ZipBroken,
    /// A zip that needs a password.
    ZipEncrypted,
    /// A zip that is built to do harm.
    ZipUnsafe,
    /// No connection.
    Unreachable,
    /// No answer in time.
    Timeout,
    /// The server refused the login.
    Unauthorised,
    /// The login may not read there.
    Forbidden,
    /// The server said something that is no SFTP.
    Malformed,
    /// Nobody has approved the server's key yet.
    HostKeyUnapproved,
    /// The server shows another key than the approved one.
    HostKeyChanged,
    /// The login or the key is missing or unusable.
    MissingCredentials,
    /// Refused by whoever dials.
    Denied,
    /// Our own disk.
    Ours,
}

impl Kind {
    /// The stable code in kebab case.
    pub fn code(self) -> &'static str {
        match self {
            Kind::NotFound => "not-found",
            Kind::FilesMissing => "files-missing",
            Kind::FilesAmbiguous => "files-ambiguous",
            Kind::FilesChanging => "files-changing",
            Kind::FilesTooLarge => "files-too-large",
            Kind::ZipBroken => "zip-broken",
            Kind::ZipEncrypted => "zip-encrypted",
            Kind::ZipUnsafe => "zip-unsafe",
            Kind::Unreachable => "unreachable",
            Kind::Timeout => "timeout",
            Kind::Unauthorised => "unauthorised",
            Kind::Forbidden => "forbidden",
            Kind::Malformed => "malformed",
            Kind::HostKeyUnapproved => "host-key-unapproved",
            Kind::HostKeyChanged => "host-key-changed",
            Kind::MissingCredentials => "missing-credentials",
            Kind::Denied => "denied",
            Kind::Ours => "file",
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Kind::NotFound => "Check the path.",
            Kind::FilesMissing => "Check the path, and that the SIS's export has run.",
            Kind::FilesAmbiguous => "Leave one export there and move the others away.",
            Kind::FilesChanging => {
                "Let the sync run later than the export, or raise `wait-minutes`."
            }
            Kind::FilesTooLarge => "Check that the path holds one export and nothing else.",
            Kind::ZipBroken => "Wait for the upload to end, or export again.",
            Kind::ZipEncrypted => "Export the zip without a password.",
            Kind::ZipUnsafe => "Ask whoever made the zip; an export of a SIS is never like this.",
            Kind::Unreachable => "Check the endpoint's host and port, and that the server runs.",
            Kind::Timeout => "Run it again later.",
            Kind::Unauthorised => {
                "Check the login and its password or key with `homeroom integration edit --client-id ID --client-secret-file FILE`."
            }
            Kind::Forbidden => "Let this login read the folder.",
            Kind::Malformed => "Check that the endpoint is an SFTP server.",
            Kind::HostKeyUnapproved | Kind::HostKeyChanged => {
                "Compare the fingerprint with the one that the server's operator names; if it is the same, approve it with `homeroom integration edit --host-key`."
            }
            Kind::MissingCredentials => {
                "Give the login with `--client-id` and its password or private key with `--client-secret-file`."
            }
            Kind::Denied => "Allow it as the line above says.",
            Kind::Ours => "Check that the data folder's disk has room and can be written.",
        }
    }
}

/// Why there is no set of files.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{detail} {remedy}")]
pub struct FetchError {
    kind: Kind,
    detail: String,
    remedy: String,
}

impl FetchError {
    /// An error of a kind, with a sentence on what happened.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let mut detail = detail.into();
        if !detail.ends_with(['.', '!', '?']) {
            detail.push('.');
        }
        FetchError {
            kind,
            detail,
            remedy: kind.remedy().to_owned(),
        }
    }

    /// Replaces the kind's general remedy by one that fits better.
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// The kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The stable code in kebab case.
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// What happened. It holds no secret and nothing of the files' content.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// What to do.
    pub fn remedy(&self) -> &str {
        &self.remedy
    }

    /// Whether the same fetch may succeed in a moment.
    pub fn is_transient(&self) -> bool {
        matches!(self.kind, Kind::Unreachable | Kind::Timeout)
    }
}

pub(crate) type Result<T> = std::result::Result<T, FetchError>;

/// A failure of our own disk.
pub(crate) fn ours(doing: &str, error: &std::io::Error) -> FetchError {
    FetchError::new(Kind::Ours, format!("Cannot {doing}: {error}"))
}

/// A name from outside as it may be shown: escaped and cut.
pub(crate) fn shown(name: &str) -> String {
    const MOST: usize = 80;
    let mut text: String = name
        .chars()
        .take(MOST)
        .flat_map(char::escape_debug)
        .collect();
    if name.chars().nth(MOST).is_some() {
        text.push('…');
    }
    text
}
