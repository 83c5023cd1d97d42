//! Connecting and logging in. A key that nobody approved ends it before
//! anything is said about who we are.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use russh::client::{self, AuthResult, Handle, KeyboardInteractiveAuthResponse};
use russh::keys::{
    Algorithm, EcdsaCurve, HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate,
    decode_secret_key,
};
use russh::{Disconnect, Preferred};
use russh_sftp::client::SftpSession;
use secrecy::ExposeSecret;
use tokio::time::timeout;

use super::{Dial, HostKey, Login, Server};
use crate::error::{FetchError, Kind, Result};
use crate::limits::Limits;

/// A logged-in connection.
pub(super) struct Connected {
    ssh: Handle<Seen>,
    pub(super) sftp: SftpSession,
}

impl Connected {
    /// Says goodbye; the server may not listen any more.
    pub(super) async fn close(self) {
        let _ = self.sftp.close().await;
        let _ = self.ssh.disconnect(Disconnect::ByApplication, "", "").await;
    }
}

/// Sees the server's key.
pub(super) struct Seen {
    approved: Vec<HostKey>,
    key: Arc<Mutex<Option<HostKey>>>,
}

impl client::Handler for Seen {
    type Error = FetchError;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool> {
        let fingerprint = key.public_key().fingerprint(HashAlg::Sha256).to_string();
        let key = HostKey::parse(&fingerprint).map_err(|why| {
            FetchError::new(
                Kind::Malformed,
                format!("The server's key is unusable: {why}"),
            )
        })?;
        let is_approved = self.approved.contains(&key);
        *self.key.lock().unwrap_or_else(PoisonError::into_inner) = Some(key);
        Ok(is_approved)
    }
}

/// The kinds of keys, each asked for by itself: a server has several keys, and
/// the approved one need not be its favourite.
const KINDS: [&[Algorithm]; 3] = [
    &[Algorithm::Ed25519],
    &[
        Algorithm::Ecdsa {
            curve: EcdsaCurve::NistP256,
        },
        Algorithm::Ecdsa {
            curve: EcdsaCurve::NistP384,
        },
        Algorithm::Ecdsa {
            curve: EcdsaCurve::NistP521,
        },
    ],
    &[
        Algorithm::Rsa {
            hash: Some(HashAlg::Sha512),
        },
        Algorithm::Rsa {
            hash: Some(HashAlg::Sha256),
        },
    ],
];

/// The key that the server shows first. Nothing is sent to it.
///
/// # Errors
/// If there is no SSH server.
pub async fn host_key(dial: &Dial<'_>, limits: &Limits) -> Result<HostKey> {
    let key = shake_hands(dial, Vec::new(), None, limits).await?;
    match key {
        Err(key) => Ok(key),
        Ok(_) => Err(FetchError::new(Kind::Malformed, "The server showed no key")),
    }
}

/// Connects and logs in.
pub(super) async fn connect(
    dial: &Dial<'_>,
    server: &Server,
    login: &Login,
    limits: &Limits,
) -> Result<Connected> {
    let approved = || server.approved.clone();
    let mut hands = shake_hands(dial, approved(), None, limits).await?;
    if let Err(shown) = &hands {
        if server.approved.is_empty() {
            return Err(unapproved(server, shown));
        }
        let shown = shown.clone();
        for kind in KINDS {
            hands = match shake_hands(dial, approved(), Some(kind), limits).await {
                // The server has no key of this kind.
                Err(error) if error.kind() == Kind::Malformed => continue,
                other => other?,
            };
            if hands.is_ok() {
                break;
            }
        }
        if hands.is_err() {
            return Err(changed(server, &shown));
        }
    }
    let Ok(mut ssh) = hands else {
        return Err(FetchError::new(Kind::Malformed, "The server showed no key"));
    };
    let in_time = timeout(limits.connect_time, log_in(&mut ssh, server, login)).await;
    in_time.map_err(|_| late(server))??;
    let opened = timeout(limits.connect_time, open(&ssh, server)).await;
    let sftp = opened.map_err(|_| late(server))??;
    sftp.set_timeout(limits.answer_time.as_secs());
    Ok(Connected { ssh, sftp })
}

/// The key exchange; the server's key where it is not an approved one.
async fn shake_hands(
    dial: &Dial<'_>,
    approved: Vec<HostKey>,
    kind: Option<&'static [Algorithm]>,
    limits: &Limits,
) -> Result<std::result::Result<Handle<Seen>, HostKey>> {
    let key = Arc::new(Mutex::new(None));
    let seen = Seen {
        approved,
        key: key.clone(),
    };
    let mut preferred = Preferred::DEFAULT;
    // RSA with SHA-1 can be forged by now.
    preferred.key = match kind {
        Some(kind) => Cow::Borrowed(kind),
        None => KINDS.concat().into(),
    };
    let config = client::Config {
        preferred,
        nodelay: true,
        inactivity_timeout: Some(limits.answer_time),
        ..client::Config::default()
    };
    let stream = dial().await?;
    let shaking = client::connect_stream(Arc::new(config), stream, seen);
    let shaken = timeout(limits.connect_time, shaking).await;
    match shaken {
        Err(_) => Err(FetchError::new(
            Kind::Timeout,
            "The server did not answer as an SSH server does in time",
        )),
        Ok(Ok(ssh)) => Ok(Ok(ssh)),
        Ok(Err(error)) => {
            let key = key.lock().unwrap_or_else(PoisonError::into_inner).take();
            key.map_or(Err(error), |key| Ok(Err(key)))
        }
    }
}

async fn log_in(ssh: &mut Handle<Seen>, server: &Server, login: &Login) -> Result<()> {
    let secret = login.secret.expose_secret();
    let user = login.user.as_str();
    if is_public_key(secret) {
        return Err(FetchError::new(
            Kind::MissingCredentials,
            "What was given as the secret is the public half of a key",
        )
        .with_remedy(
            "Give the other file, the one without .pub; the public half belongs to the server.",
        ));
    }
    let answer = if is_private_key(secret) {
        let key = Arc::new(private_key(secret)?);
        let hash = ssh.best_supported_rsa_hash().await?.flatten();
        ssh.authenticate_publickey(user, PrivateKeyWithHashAlg::new(key, hash))
            .await?
    } else {
        match ssh.authenticate_password(user, secret).await? {
            AuthResult::Success => AuthResult::Success,
            refused => asked(ssh, user, secret).await?.unwrap_or(refused),
        }
    };
    match answer {
        AuthResult::Success => Ok(()),
        AuthResult::Failure { .. } => Err(FetchError::new(
            Kind::Unauthorised,
            format!("{} refused the login", server.name),
        )),
    }
}

/// Some servers take a password only as the answer to a question.
async fn asked(ssh: &mut Handle<Seen>, user: &str, secret: &str) -> Result<Option<AuthResult>> {
    let mut answer = match ssh
        .authenticate_keyboard_interactive_start(user, None)
        .await
    {
        Ok(answer) => answer,
        // A server that has had enough closes the connection.
        Err(_) => return Ok(None),
    };
    // One question, and one for a confirmation without a prompt.
    for _ in 0..3 {
        match answer {
            KeyboardInteractiveAuthResponse::Success => return Ok(Some(AuthResult::Success)),
            KeyboardInteractiveAuthResponse::Failure { .. } => return Ok(None),
            KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => {
                let answers = prompts.iter().map(|_| secret.to_owned()).collect();
                answer = ssh
                    .authenticate_keyboard_interactive_respond(answers)
                    .await?;
            }
        }
    }
    Ok(None)
}

async fn open(ssh: &Handle<Seen>, server: &Server) -> Result<SftpSession> {
    let no_sftp = |error: &dyn std::fmt::Display| {
        FetchError::new(
            Kind::Malformed,
            format!("{} took the login and gives no SFTP ({error})", server.name),
        )
    };
    let channel = ssh.channel_open_session().await.map_err(|e| no_sftp(&e))?;
    channel
        .request_subsystem(true, "sftp")
        .await
        .map_err(|e| no_sftp(&e))?;
    SftpSession::new(channel.into_stream())
        .await
        .map_err(|e| no_sftp(&e))
}

/// Whether a secret is a private key rather than a password.
pub fn is_private_key(secret: &str) -> bool {
    let secret = secret.trim_start();
    secret.starts_with("-----BEGIN ") || secret.starts_with("PuTTY-User-Key-File-")
}

/// The line that goes into a server's list of keys. Nobody's password is one.
fn is_public_key(secret: &str) -> bool {
    let begins = |kind: &&str| secret.trim_start().starts_with(*kind);
    let kinds = ["ssh-ed25519 AAAA", "ssh-rsa AAAA", "ecdsa-sha2-nistp"];
    kinds.iter().any(begins)
}

fn private_key(text: &str) -> Result<PrivateKey> {
    decode_secret_key(text, None).map_err(|error| {
        let encrypted = matches!(error, russh::keys::Error::KeyIsEncrypted);
        let detail = if encrypted {
            "The private key is protected by a passphrase"
        } else {
            "The private key cannot be read"
        };
        FetchError::new(Kind::MissingCredentials, detail).with_remedy(
            "Give a key without a passphrase, in the form that `ssh-keygen -t ed25519` writes; Homeroom seals it.",
        )
    })
}

fn unapproved(server: &Server, shown: &HostKey) -> FetchError {
    FetchError::new(
        Kind::HostKeyUnapproved,
        format!(
            "{} shows the host key {shown}, and none is approved for this integration yet; no login was sent",
            server.name
        ),
    )
    .with_remedy(format!(
        "Compare it with the fingerprint that the server's operator names; if it is the same, approve it with `homeroom integration edit {} --host-key {shown}`.",
        server.integration
    ))
}

fn changed(server: &Server, shown: &HostKey) -> FetchError {
    let approved: Vec<_> = server.approved.iter().map(HostKey::as_str).collect();
    FetchError::new(
        Kind::HostKeyChanged,
        format!(
            "{} shows the host key {shown}, and {} is approved: it may be another server; no login was sent",
            server.name,
            approved.join(", ")
        ),
    )
    .with_remedy(format!(
        "Ask the server's operator whether the key was changed; only then approve it with `homeroom integration edit {} --host-key {shown}`.",
        server.integration
    ))
}

fn late(server: &Server) -> FetchError {
    FetchError::new(
        Kind::Timeout,
        format!("{} did not answer in time", server.name),
    )
}

/// What a fault of the connection means.
pub(super) fn of_ssh(error: &russh::Error) -> FetchError {
    match error {
        russh::Error::IO(error) => {
            FetchError::new(Kind::Unreachable, format!("The connection broke: {error}"))
        }
        russh::Error::Disconnect | russh::Error::HUP | russh::Error::SendError => {
            FetchError::new(Kind::Unreachable, "The server closed the connection")
        }
        russh::Error::ConnectionTimeout
        | russh::Error::KeepaliveTimeout
        | russh::Error::InactivityTimeout => {
            FetchError::new(Kind::Timeout, "The server did not answer in time")
        }
        other => FetchError::new(
            Kind::Malformed,
            format!("The server does not speak SSH as we do: {other}"),
        ),
    }
}
