//! The store's key: 32 bytes from the environment or a file, and the keys
//! derived from it, one for each use.
//!
//! Whoever holds the key can open the secrets, so it may be kept apart from
//! the data directory. This module does not know what is sealed with it.

use std::path::{Path, PathBuf};

use chacha20poly1305::aead::Generate;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;

use crate::error::{Error, IoContext, Result};
use crate::files;

/// Where the store's key comes from.
#[derive(Clone)]
pub enum KeySource {
    /// `HOMEROOM_KEY` (64 hex digits), else the file that `HOMEROOM_KEY_FILE`
    /// names, else the file `key` in the data directory, which is made.
    Environment,
    /// A file with 64 hex digits.
    File(PathBuf),
    /// The key itself.
    Given([u8; 32]),
}

impl std::fmt::Debug for KeySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            KeySource::Environment => f.write_str("Environment"),
            KeySource::File(path) => f.debug_tuple("File").field(path).finish(),
            KeySource::Given(_) => f.write_str("Given([redacted])"),
        }
    }
}

const REMEDY: &str =
    "give 64 hex digits (32 bytes), such as `openssl rand -hex 32` prints, and always the same";

/// The key itself, from which the others are derived.
pub(crate) type Root = SecretBox<[u8; 32]>;

/// The keys in use.
pub(crate) struct Keys {
    /// Seals secrets.
    pub(crate) seal: SecretBox<[u8; 32]>,
    /// Authenticates compiled code.
    pub(crate) code: SecretBox<[u8; 32]>,
}

impl Keys {
    pub(crate) fn of(root: &Root) -> Keys {
        Keys {
            seal: derive(root, b"homeroom seal 1"),
            code: derive(root, b"homeroom compiled code 1"),
        }
    }
}

/// Reads the key, or makes the data directory's own.
pub(crate) fn root(dir: &Path, source: &KeySource) -> Result<Root> {
    match source {
        KeySource::Given(key) => Ok(SecretBox::new(Box::new(*key))),
        KeySource::File(path) => read_file(path),
        KeySource::Environment => from_environment(dir),
    }
}

/// The data directory's own key file, if that is where the key comes from.
pub(crate) fn own_file(dir: &Path, source: &KeySource) -> Option<PathBuf> {
    let named = ["HOMEROOM_KEY", "HOMEROOM_KEY_FILE"];
    let from_elsewhere = named.iter().any(|name| std::env::var_os(name).is_some());
    match source {
        KeySource::Environment if !from_elsewhere => Some(dir.join("key")),
        _ => None,
    }
}

fn from_environment(dir: &Path) -> Result<Root> {
    if let Some(text) = std::env::var_os("HOMEROOM_KEY") {
        let text = text.to_string_lossy();
        return parse(&text, "HOMEROOM_KEY");
    }
    if let Some(path) = std::env::var_os("HOMEROOM_KEY_FILE") {
        return read_file(Path::new(&path));
    }
    let path = dir.join("key");
    if !path.exists() {
        make_file(&path)?;
    }
    read_file(&path)
}

/// A new key, for a file.
pub(crate) fn random(path: &Path) -> Result<Root> {
    let key = <[u8; 32]>::try_generate().map_err(|error| Error::Key {
        from: path.display().to_string(),
        cause: format!("the system gives no random bytes: {error}"),
        remedy: "try again",
    })?;
    Ok(SecretBox::new(Box::new(key)))
}

/// Makes a key file. Whoever opens the directory holds its lock, so no other
/// process does the same now.
pub(crate) fn make_file(path: &Path) -> Result<()> {
    write_file(path, &random(path)?)
}

/// Writes a key file, whole or not at all.
pub(crate) fn write_file(path: &Path, key: &Root) -> Result<()> {
    let bytes = key.expose_secret();
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    files::write_whole(path, text.as_bytes())
}

pub(crate) fn read_file(path: &Path) -> Result<Root> {
    let text = std::fs::read_to_string(path).at("read the key in", path)?;
    parse(&text, &path.display().to_string())
}

fn parse(text: &str, from: &str) -> Result<Root> {
    let fail = |cause: String| Error::Key {
        from: from.to_owned(),
        cause,
        remedy: REMEDY,
    };
    let text = text.trim();
    if text.len() != 64 {
        return Err(fail(format!("it has {} characters, not 64", text.len())));
    }
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = std::str::from_utf8(pair)
            .ok()
            .filter(|pair| pair.bytes().all(|c| c.is_ascii_hexdigit()))
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
            .ok_or_else(|| fail("it has characters other than hex digits".to_owned()))?;
    }
    Ok(SecretBox::new(Box::new(key)))
}

pub(crate) fn derive(root: &SecretBox<[u8; 32]>, purpose: &[u8]) -> SecretBox<[u8; 32]> {
    SecretBox::new(Box::new(mac(root, &[purpose])))
}

/// HMAC-SHA256 over parts, each with its length, so that no two lists of parts
/// give the same bytes.
pub(crate) fn mac(key: &SecretBox<[u8; 32]>, parts: &[&[u8]]) -> [u8; 32] {
    authenticator(key, parts).finalize().into_bytes().into()
}

/// Whether the MAC is that of the parts, compared in constant time.
pub(crate) fn mac_is(key: &SecretBox<[u8; 32]>, parts: &[&[u8]], mac: &[u8]) -> bool {
    authenticator(key, parts).verify_slice(mac).is_ok()
}

fn authenticator(key: &SecretBox<[u8; 32]>, parts: &[&[u8]]) -> Hmac<Sha256> {
    // HMAC fills a key up to the hash's block with zeros.
    let mut block = [0; 64];
    block[..32].copy_from_slice(key.expose_secret());
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    for part in parts {
        mac.update(&(part.len() as u64).to_le_bytes());
        mac.update(part);
    }
    mac
}
