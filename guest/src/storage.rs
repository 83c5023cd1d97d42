//! The integration's own small key-value space.
//!
//! Reads see the state at the start of the run, even after a [`set`] in the
//! same run; writes take effect when the run commits and are dropped when it
//! fails. That keeps a page a function of its request.

pub use crate::bindings::homeroom::sis::storage::StorageError;

#[cfg(target_arch = "wasm32")]
use crate::bindings::homeroom::sis::storage as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::storage as host;

/// The value of `key` at the start of the run, or none.
///
/// # Errors
/// [`StorageError::InvalidKey`]: a key has 1 to 256 bytes and no control
/// characters.
pub fn get(key: &str) -> Result<Option<Vec<u8>>, StorageError> {
    host::get(key)
}

/// Puts `value` under `key` when the run commits.
///
/// # Errors
/// [`StorageError::InvalidKey`], or [`StorageError::QuotaExceeded`] with the
/// quota in bytes.
pub fn set(key: &str, value: &[u8]) -> Result<(), StorageError> {
    host::set(key, value)
}

/// Removes `key` when the run commits; no error if there is none.
///
/// # Errors
/// [`StorageError::InvalidKey`].
pub fn delete(key: &str) -> Result<(), StorageError> {
    host::delete(key)
}

/// The keys that begin with `prefix`, sorted by bytes, at most 1,000.
///
/// # Errors
/// [`StorageError::InvalidKey`] for a prefix with control characters or of more
/// than 256 bytes.
pub fn list(prefix: &str) -> Result<Vec<String>, StorageError> {
    host::list(prefix)
}
