//! Why a call to an adapter gave no answer: a stable code, what happened and
//! what to do about it. It does not know how a run reacts to it.

use std::time::Duration;

/// The kinds of failure of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The source refused the credentials.
    Unauthorised,
    /// The credentials do not cover what was asked for.
    Forbidden,
    /// There is nothing at the address.
    NotFound,
    /// The source or the adapter cannot do what was asked.
    Unsupported,
    /// Too many requests, even after waiting.
    RateLimited,
    /// The source answered 5xx, even after retries.
    Unavailable,
    /// The source sends us elsewhere.
    Redirected,
    /// The source answered something that is not what it should be.
    Malformed,
    /// A request was refused by policy.
    Denied,
    /// A setting is missing or unusable.
    InvalidSetting,
    /// No connection to the source.
    Unreachable,
    /// No trusted encryption with the source.
    Tls,
    /// The source did not answer in time.
    Timeout,
    /// The token endpoint refused or broke.
    TokenRefused,
    /// The adapter or the source used more than the sandbox allows.
    LimitExceeded,
    /// The adapter crashed.
    AdapterTrap,
    /// The adapter computed or waited for too long.
    AdapterTimeout,
    /// The adapter wanted too much memory.
    AdapterMemory,
    /// The adapter answered something that contradicts the contract.
    AdapterNonsense,
    /// The host failed.
    Internal,
}

impl ErrorKind {
    /// The stable code in kebab case.
    pub fn code(self) -> &'static str {
        match self {
            ErrorKind::Unauthorised => "unauthorised",
            ErrorKind::Forbidden => "forbidden",
            ErrorKind::NotFound => "not-found",
            ErrorKind::Unsupported => "unsupported",
            ErrorKind::RateLimited => "rate-limited",
            ErrorKind::Unavailable => "unavailable",
            ErrorKind::Redirected => "redirected",
            ErrorKind::Malformed => "malformed",
            ErrorKind::Denied => "denied",
            ErrorKind::InvalidSetting => "invalid-setting",
            ErrorKind::Unreachable => "unreachable",
            ErrorKind::Tls => "tls",
            ErrorKind::Timeout => "timeout",
            ErrorKind::TokenRefused => "token-refused",
            ErrorKind::LimitExceeded => "limit-exceeded",
            ErrorKind::AdapterTrap => "adapter-trap",
            ErrorKind::AdapterTimeout => "adapter-timeout",
            ErrorKind::AdapterMemory => "adapter-memory",
            ErrorKind::AdapterNonsense => "adapter-nonsense",
            ErrorKind::Internal => "internal",
        }
    }

    /// The kind of that code.
    pub(crate) fn from_code(code: &str) -> Option<Self> {
        const ALL: [ErrorKind; 20] = [
            ErrorKind::Unauthorised,
            ErrorKind::Forbidden,
            ErrorKind::NotFound,
            ErrorKind::Unsupported,
            ErrorKind::RateLimited,
            ErrorKind::Unavailable,
            ErrorKind::Redirected,
            ErrorKind::Malformed,
            ErrorKind::Denied,
            ErrorKind::InvalidSetting,
            ErrorKind::Unreachable,
            ErrorKind::Tls,
            ErrorKind::Timeout,
            ErrorKind::TokenRefused,
            ErrorKind::LimitExceeded,
            ErrorKind::AdapterTrap,
            ErrorKind::AdapterTimeout,
            ErrorKind::AdapterMemory,
            ErrorKind::AdapterNonsense,
            ErrorKind::Internal,
        ];
        ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Whether the same call may succeed later with nobody doing anything.
    pub fn is_retryable(self) -> bool {
        matches!(
            self,
            ErrorKind::RateLimited
                | ErrorKind::Unavailable
                | ErrorKind::Unreachable
                | ErrorKind::Timeout
        )
    }

    fn remedy(self) -> &'static str {
        match self {
            ErrorKind::Unauthorised => {
                "Check the client id, the secret and the scheme (`--auth`: 1.1 often wants oauth1-hmac-sha256 or oauth1-hmac-sha1, 1.2 oauth2-client-credentials) with the SIS and set them with `homeroom integration edit`."
            }
            ErrorKind::Forbidden => {
                "Ask the SIS's administrator to grant this client the collections that the adapter reads."
            }
            ErrorKind::NotFound => {
                "Check the integration's endpoint against the whole address that the SIS names; most end in /ims/oneroster/v1p1 or /ims/oneroster/rostering/v1p2."
            }
            ErrorKind::Unsupported => "Check which version and collections the SIS offers.",
            ErrorKind::RateLimited => {
                "Run it again later to go on from the last page. If it happens often, ask the SIS's vendor how many requests a minute are allowed and set that with `--set requests-per-minute`, or lower `concurrency`."
            }
            ErrorKind::Unavailable => "Run it again later; if it stays, ask the SIS's support.",
            ErrorKind::Redirected => {
                "If the SIS has moved, set the new endpoint with `homeroom integration edit`."
            }
            ErrorKind::Malformed => {
                "Check that the endpoint is the SIS's OneRoster address and not a web page."
            }
            ErrorKind::Denied => "Allow it as the line above says, or ask the adapter's vendor.",
            ErrorKind::InvalidSetting => {
                "Correct the setting with `homeroom integration edit --set`."
            }
            ErrorKind::Unreachable => {
                "Check the endpoint's host and port, and that it can be reached from here."
            }
            ErrorKind::Tls => {
                "Check the certificate of the endpoint's host, and that its port speaks https."
            }
            ErrorKind::Timeout => "Run it again later, or lower the integration's `page-size`.",
            ErrorKind::TokenRefused => {
                "Check the token URL, the client id, the secret and the scope (`--set oauth2-scope=...`) with the SIS."
            }
            ErrorKind::LimitExceeded => {
                "Lower the integration's `page-size`, or ask the adapter's vendor."
            }
            ErrorKind::AdapterTrap
            | ErrorKind::AdapterTimeout
            | ErrorKind::AdapterMemory
            | ErrorKind::AdapterNonsense => "Report it to the adapter's vendor with the run's log.",
            ErrorKind::Internal => "Run it again; if it stays, report it with the log.",
        }
    }
}

/// Why a call to an adapter gave no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{detail} {}", self.remedy())]
pub struct CallError {
    kind: ErrorKind,
    detail: String,
    remedy: Option<String>,
    retry_after: Option<Duration>,
}

impl CallError {
    /// An error of a kind, with a sentence on what happened.
    pub fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        let mut detail = detail.into();
        if !detail.ends_with(['.', '!', '?']) {
            detail.push('.');
        }
        CallError {
            kind,
            detail,
            remedy: None,
            retry_after: None,
        }
    }

    /// Replaces the kind's general remedy by one that fits better.
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// The kind.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The stable code in kebab case, such as `rate-limited`.
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// One sentence on what happened. It holds no body, secret or personal data
    /// of the host's; what comes from the adapter is escaped and cut.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// One sentence on what to do.
    pub fn remedy(&self) -> &str {
        self.remedy.as_deref().unwrap_or(self.kind.remedy())
    }

    /// Whether the same call may succeed later with nobody doing anything.
    pub fn is_retryable(&self) -> bool {
        self.kind.is_retryable()
    }

    /// How long the source wants us to wait, where it says.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

/// The sandbox itself could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The WebAssembly engine refused its configuration or a compiled adapter.
    #[error("the WebAssembly engine failed: {0}")]
    Engine(String),
    /// The HTTP client could not be set up.
    #[error("the HTTP client could not be set up: {0}")]
    Egress(String),
}
