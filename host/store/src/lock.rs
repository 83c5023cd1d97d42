//! Locks between processes: files that the operating system locks and, when a
//! process dies in whatever way, unlocks. Nobody has to clean up after a crash.
//!
//! A lock file is empty and stays; only being locked means something.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use homeroom_roster::state::ProviderKey;

use crate::error::{Error, IoContext, Result};
use crate::files;
use crate::runs;
use crate::tenant::Tenant;

/// How long to wait before asking for a lock again.
const AGAIN: Duration = Duration::from_millis(20);

/// Holds a provider for one run. Dropping it releases it.
#[derive(Debug)]
pub struct ProviderLock {
    _file: File,
}

/// Holds the tenant's roster from loading it to committing a plan. Dropping it
/// releases it.
#[derive(Debug)]
pub struct StateLock {
    _file: File,
}

/// Holds the tenant's list of providers for an edit. Dropping it releases it.
#[derive(Debug)]
pub struct ProvidersLock {
    _file: File,
}

/// Locks a file if nobody has; `None`: somebody has.
pub(crate) fn try_lock(path: &Path) -> Result<Option<File>> {
    let file = files::open_private(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(source).at("lock", path),
    }
}

/// Locks a file together with others who lock it like this, waiting for whoever
/// has it alone.
pub(crate) async fn lock_shared(path: &Path) -> Result<File> {
    let file = files::open_private(path)?;
    loop {
        match file.try_lock_shared() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(AGAIN).await,
            Err(TryLockError::Error(source)) => return Err(source).at("lock", path),
        }
    }
}

/// Locks a file, waiting for whoever has it. It asks again and again instead of
/// leaving a thread to wait, so that whoever gives up waiting leaves nothing
/// behind.
pub(crate) async fn lock(path: &Path) -> Result<File> {
    loop {
        if let Some(file) = try_lock(path)? {
            return Ok(file);
        }
        tokio::time::sleep(AGAIN).await;
    }
}

impl Tenant {
    /// Takes a provider for a run, for as long as the lock is held. Runs of the
    /// provider that a dead process left behind become failed with the code
    /// `interrupted`; their pages stay, to be resumed from.
    ///
    /// # Errors
    /// [`Error::AlreadyRunning`] if another run has it.
    pub async fn try_lock_provider(&self, key: ProviderKey) -> Result<ProviderLock> {
        match try_lock(&self.lock_path(&format!("provider-{key}")))? {
            Some(file) => {
                runs::fail_interrupted(self, key).await?;
                Ok(ProviderLock { _file: file })
            }
            None => Err(Error::AlreadyRunning {
                provider: self.provider_by_key(key).await?.name,
                run: runs::running(self, key).await?,
            }),
        }
    }

    /// Takes the list of providers, waiting for whoever has it. Hold it while
    /// you read a provider, change it and save it: what an edit was checked
    /// against (names, priorities, other settings) then still stands.
    ///
    /// # Errors
    /// If the lock file cannot be made.
    pub async fn lock_providers(&self) -> Result<ProvidersLock> {
        let file = lock(&self.lock_path("providers")).await?;
        Ok(ProvidersLock { _file: file })
    }

    /// Takes the roster, waiting for whoever has it. Hold it from
    /// [`Tenant::load_roster`] to [`Tenant::commit`], so that the plan fits.
    ///
    /// # Errors
    /// If the lock file cannot be made.
    pub async fn lock_state(&self) -> Result<StateLock> {
        let file = lock(&self.lock_path("state")).await?;
        Ok(StateLock { _file: file })
    }
}
