//! Another key for a data folder. What is sealed with it, and how a rotation
//! survives being killed, is the store's business.

use std::path::Path;

use homeroom_store::{KeySource, Rotated, Store};
use serde::Serialize;

use crate::error::Result;
use crate::homeroom::Homeroom;

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyRotation {
    /// Secrets that were sealed anew.
    pub secrets: u64,
    /// Tenants that were looked through.
    pub tenants: u64,
    /// The file that holds the new key.
    pub key_file: String,
    /// Whether Homeroom must be told where the key is from now on.
    pub restart_with_key_file: bool,
}

impl Homeroom {
    /// Gives a data folder another key and seals everything anew. The old key
    /// comes from where it always does.
    ///
    /// # Errors
    /// If any process has the folder open, or the new key cannot be used.
    pub async fn rotate_key(data: &Path, new: Option<&Path>) -> Result<KeyRotation> {
        let Rotated {
            secrets,
            tenants,
            key_file,
            own,
        } = Store::rotate_key(data, &KeySource::Environment, new).await?;
        Ok(KeyRotation {
            secrets,
            tenants,
            key_file: key_file.to_string_lossy().into_owned(),
            restart_with_key_file: !own,
        })
    }
}
