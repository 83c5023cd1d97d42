//! The small key-value space of an integration's adapter. Reads see how it was
//! when the run started; writes count from the run's commit on.

use std::collections::BTreeMap;

use homeroom_roster::state::{ProviderKey, RunKey};
use sqlx::{Row, SqliteConnection};

use crate::error::Result;
use crate::pages;
use crate::tenant::Tenant;

impl Tenant {
    /// Everything a provider's adapter has stored.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn adapter_storage(
        &self,
        provider: ProviderKey,
    ) -> Result<BTreeMap<String, Vec<u8>>> {
        sqlx::query("SELECT key, value FROM adapter_storage WHERE provider = ?")
            .bind(provider.0)
            .fetch_all(self.readers())
            .await?
            .iter()
            .map(|row| Ok((row.try_get("key")?, row.try_get("value")?)))
            .collect()
    }
}

/// Applies what the pages of a run wrote, in the order of the pages.
pub(crate) async fn apply(
    connection: &mut SqliteConnection,
    provider: ProviderKey,
    run: RunKey,
) -> Result<()> {
    for (key, value) in pages::storage_writes(&mut *connection, run).await? {
        match value {
            Some(value) => {
                sqlx::query(
                    "INSERT INTO adapter_storage VALUES (?, ?, ?)
                     ON CONFLICT (provider, key) DO UPDATE SET value = excluded.value",
                )
                .bind(provider.0)
                .bind(key)
                .bind(value)
                .execute(&mut *connection)
                .await?;
            }
            None => {
                sqlx::query("DELETE FROM adapter_storage WHERE provider = ? AND key = ?")
                    .bind(provider.0)
                    .bind(key)
                    .execute(&mut *connection)
                    .await?;
            }
        }
    }
    Ok(())
}
