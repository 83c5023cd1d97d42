//! A set from an SFTP server: one connection, one login, one look after the
//! other, and only then the files.
//!
//! The server must show a key that an operator has approved before a login is
//! sent to it. Files that are still being written are waited for.

mod connect;
mod fetch;

use std::time::Duration;

use futures::future::BoxFuture;
use secrecy::SecretString;
use tokio::net::TcpStream;

use crate::error::{FetchError, Result};

pub use connect::{host_key, is_private_key};
pub use fetch::from_server;

/// Opens the connection to the server, once it is known that its address may be
/// dialled.
pub type Dial<'d> = dyn Fn() -> BoxFuture<'d, Result<TcpStream>> + Send + Sync + 'd;

/// The fingerprint of a server's key, as `ssh-keygen -l` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostKey(String);

impl HostKey {
    /// Reads `SHA256:` and 43 characters of base64.
    ///
    /// # Errors
    /// A phrase, if it is none.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        let text = text.trim();
        let digest = text
            .strip_prefix("SHA256:")
            .map(|d| d.trim_end_matches('='));
        let good = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '/';
        match digest {
            Some(digest) if digest.len() == 43 && digest.chars().all(good) => {
                Ok(Self(format!("SHA256:{digest}")))
            }
            _ => Err(
                "it must be a fingerprint such as `SHA256:` and 43 characters, as `ssh-keygen -l` shows it"
                    .to_owned(),
            ),
        }
    }

    /// `SHA256:…`
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for HostKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who logs in, and with what.
#[derive(Debug, Clone)]
pub struct Login {
    /// The login's name.
    pub user: String,
    /// A password, or a private key (OpenSSH, PKCS#8, PKCS#1 or PuTTY) as text.
    pub secret: SecretString,
}

/// Where the files are.
#[derive(Debug, Clone)]
pub struct Server {
    /// For messages: `host:port`.
    pub name: String,
    /// The integration's name, for remedies.
    pub integration: String,
    /// A folder or a zip, as the server spells it; empty: where the login ends up.
    pub path: String,
    /// Keys that an operator has approved. Empty: none yet.
    pub approved: Vec<HostKey>,
}

/// How long to wait for files that are being written.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Between two looks.
    pub settle: Duration,
    /// In all. Zero: the first look counts.
    pub most: Duration,
}

impl From<russh::Error> for FetchError {
    fn from(error: russh::Error) -> Self {
        connect::of_ssh(&error)
    }
}
