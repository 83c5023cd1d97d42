//! What administrators did, line by line: who decided, edited, reset, deleted.
//! Lines name things by key and hold no personal data and no secret.

use jiff::Timestamp;
use sqlx::{Row, SqliteConnection};

use crate::connect::Durability;
use crate::error::Result;
use crate::tenant::Tenant;
use crate::text;

impl Tenant {
    /// Writes a line. Decisions and edits of providers write their own.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn act(&self, line: &str) -> Result<()> {
        let mut writer = self.writer().await;
        let mut tx = writer.begin(Durability::Power).await?;
        write(&mut tx, line).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The last lines, the newest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn acts(&self, limit: u32) -> Result<Vec<(Timestamp, String)>> {
        sqlx::query("SELECT time, text FROM acts ORDER BY seq DESC LIMIT ?")
            .bind(limit)
            .fetch_all(self.readers())
            .await?
            .iter()
            .map(|row| {
                Ok((
                    text::time("an act's row", row.try_get("time")?)?,
                    row.try_get("text")?,
                ))
            })
            .collect()
    }
}

pub(crate) async fn write(connection: &mut SqliteConnection, line: &str) -> Result<()> {
    sqlx::query("INSERT INTO acts (time, text) VALUES (?, ?)")
        .bind(text::now())
        .bind(line)
        .execute(connection)
        .await?;
    Ok(())
}
