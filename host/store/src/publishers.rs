//! Whose signatures of adapters the operator trusts: a name of the operator's
//! choice and a public key. What a key looks like and how a signature is
//! checked is not known here.

use jiff::Timestamp;
use sqlx::Row;

use crate::error::Result;
use crate::open::Store;
use crate::text;

/// A trusted key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublisherRow {
    /// Whose it is.
    pub name: String,
    /// The public key.
    pub key: String,
    /// Since when it is trusted.
    pub added: Timestamp,
}

impl Store {
    /// Trusts a key. A key belongs to one publisher: to the one that was named
    /// last.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn trust_publisher(&self, name: &str, key: &str) -> Result<()> {
        sqlx::query(
            "INSERT INTO publishers VALUES (?, ?, ?)
             ON CONFLICT (key) DO UPDATE SET name = excluded.name, added = excluded.added",
        )
        .bind(key)
        .bind(name)
        .bind(text::now())
        .execute(&mut *self.database().writer.lock().await)
        .await?;
        Ok(())
    }

    /// Trusts none of a publisher's keys any more, and says how many there were.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn untrust_publisher(&self, name: &str) -> Result<u64> {
        let done = sqlx::query("DELETE FROM publishers WHERE name = ?")
            .bind(name)
            .execute(&mut *self.database().writer.lock().await)
            .await?;
        Ok(done.rows_affected())
    }

    /// All trusted keys, by name and then by age.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn publishers(&self) -> Result<Vec<PublisherRow>> {
        sqlx::query("SELECT name, key, added FROM publishers ORDER BY name, added, key")
            .fetch_all(&self.database().readers)
            .await?
            .iter()
            .map(|row| {
                Ok(PublisherRow {
                    name: row.try_get("name")?,
                    key: row.try_get("key")?,
                    added: text::time("a publisher's row", row.try_get("added")?)?,
                })
            })
            .collect()
    }
}
