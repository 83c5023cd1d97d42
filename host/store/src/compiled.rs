//! Compiled code beside its component. Loading compiled code is as good as
//! running it outside the sandbox, so a file is only used if the store's own
//! key vouches for it: a MAC over component, compiler and code stands in front.

use std::path::PathBuf;

use crate::adapters::hex_of;
use crate::error::{IoContext, Result};
use crate::key::{mac, mac_is};
use crate::open::Store;
use crate::{adapters, files};

const MAC: usize = 32;

impl Store {
    /// The code that was compiled from a component by the compiler of that
    /// fingerprint. `None`: there is none, or the file is not what was put
    /// there; compile again.
    ///
    /// # Errors
    /// If the file is there and cannot be read.
    pub async fn compiled(&self, digest: &str, fingerprint: &str) -> Result<Option<Vec<u8>>> {
        let path = self.compiled_path(digest, fingerprint)?;
        let mut bytes = match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other.at("read", &path)?,
        };
        let Some((code_mac, code)) = bytes.split_at_checked(MAC) else {
            return Ok(None);
        };
        let parts = [digest.as_bytes(), fingerprint.as_bytes(), code];
        if !mac_is(&self.keys().code, &parts, code_mac) {
            tracing::warn!(
                digest,
                "compiled code was altered, or made with another key"
            );
            return Ok(None);
        }
        bytes.drain(..MAC);
        Ok(Some(bytes))
    }

    /// Keeps compiled code.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub async fn put_compiled(&self, digest: &str, fingerprint: &str, code: &[u8]) -> Result<()> {
        let path = self.compiled_path(digest, fingerprint)?;
        let parts = [digest.as_bytes(), fingerprint.as_bytes(), code];
        let mac = mac(&self.keys().code, &parts);
        files::write_whole(&path, &[&mac, code].concat())
    }

    /// The fingerprint is whatever the compiler says; its hash is a file name.
    fn compiled_path(&self, digest: &str, fingerprint: &str) -> Result<PathBuf> {
        let hex = hex_of(digest).ok_or_else(|| adapters::no_digest(digest))?;
        let compiler = &adapters::sha256_hex(fingerprint.as_bytes())[..16];
        Ok(self.adapter_file(&format!("{hex}-{compiler}.cwasm")))
    }
}
