//! The small key-value space of an integration's adapter. Reads see how it was
//! when the run started; writes count from the run's commit on, and an undo
//! takes them back.

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
        stored(self.readers(), provider).await
    }

    /// The storage as it will be once the run has committed: for checking that
    /// it is not too large.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn adapter_storage_after(
        &self,
        provider: ProviderKey,
        run: RunKey,
    ) -> Result<BTreeMap<String, Vec<u8>>> {
        let mut after = stored(self.readers(), provider).await?;
        for (key, value) in pages::storage_writes(self.readers(), run).await? {
            match value {
                Some(value) => after.insert(key, value),
                None => after.remove(&key),
            };
        }
        Ok(after)
    }
}

async fn stored(
    executor: impl sqlx::SqliteExecutor<'_>,
    provider: ProviderKey,
) -> Result<BTreeMap<String, Vec<u8>>> {
    sqlx::query("SELECT key, value FROM adapter_storage WHERE provider = ?")
        .bind(provider.0)
        .fetch_all(executor)
        .await?
        .iter()
        .map(|row| Ok((row.try_get("key")?, row.try_get("value")?)))
        .collect()
}

/// Applies what the pages of a run wrote, and keeps what was there before. A
/// run that was begun for another source than the provider is now leaves the
/// storage alone.
pub(crate) async fn apply(
    connection: &mut SqliteConnection,
    provider: ProviderKey,
    run: RunKey,
    order: i64,
) -> Result<()> {
    let same_source: bool = sqlx::query_scalar(
        "SELECT runs.provider_revision >= providers.identity_revision
         FROM runs JOIN providers ON providers.key = runs.provider WHERE runs.key = ?",
    )
    .bind(run.0)
    .fetch_one(&mut *connection)
    .await?;
    if !same_source {
        return Ok(());
    }
    // The last write of a key is the one that counts.
    let writes = pages::storage_writes(&mut *connection, run).await?;
    let writes: BTreeMap<String, Option<Vec<u8>>> = writes.into_iter().collect();
    let mut before = stored(&mut *connection, provider).await?;
    for (key, value) in writes {
        let old = before.remove(&key);
        if old == value {
            continue;
        }
        sqlx::query("INSERT INTO storage_before VALUES (?, ?, ?, ?)")
            .bind(provider.0)
            .bind(order)
            .bind(&key)
            .bind(old)
            .execute(&mut *connection)
            .await?;
        put(connection, provider, &key, value).await?;
    }
    Ok(())
}

/// Takes back what the provider's commits from `order` on wrote.
pub(crate) async fn take_back(
    connection: &mut SqliteConnection,
    provider: ProviderKey,
    order: i64,
) -> Result<()> {
    let rows = sqlx::query(
        "SELECT key, value FROM storage_before WHERE provider = ? AND commit_order >= ?
         ORDER BY commit_order DESC",
    )
    .bind(provider.0)
    .bind(order)
    .fetch_all(&mut *connection)
    .await?;
    for row in rows {
        put(
            connection,
            provider,
            row.try_get("key")?,
            row.try_get("value")?,
        )
        .await?;
    }
    sqlx::query("DELETE FROM storage_before WHERE provider = ? AND commit_order >= ?")
        .bind(provider.0)
        .bind(order)
        .execute(connection)
        .await?;
    Ok(())
}

/// Empties a provider's storage: it is another source now.
pub(crate) async fn clear(connection: &mut SqliteConnection, provider: ProviderKey) -> Result<()> {
    for statement in [
        "DELETE FROM adapter_storage WHERE provider = ?",
        "DELETE FROM storage_before WHERE provider = ?",
    ] {
        sqlx::query(statement)
            .bind(provider.0)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Drops what only an undo of a run without a plan would need.
pub(crate) async fn drop_stale(connection: &mut SqliteConnection) -> Result<()> {
    sqlx::query(
        "DELETE FROM storage_before WHERE commit_order <
            (SELECT min(commit_order) FROM runs WHERE key IN (SELECT run FROM plan_chunks))",
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn put(
    connection: &mut SqliteConnection,
    provider: ProviderKey,
    key: &str,
    value: Option<Vec<u8>>,
) -> Result<()> {
    let statement = match value {
        Some(_) => {
            "INSERT INTO adapter_storage VALUES (?1, ?2, ?3)
             ON CONFLICT (provider, key) DO UPDATE SET value = excluded.value"
        }
        None => "DELETE FROM adapter_storage WHERE provider = ?1 AND key = ?2",
    };
    let mut query = sqlx::query(statement).bind(provider.0).bind(key);
    if let Some(value) = value {
        query = query.bind(value);
    }
    query.execute(connection).await?;
    Ok(())
}
