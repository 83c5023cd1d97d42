//! A run's log lines. What is written here is already free of bodies, secrets
//! and personal data: whoever logs sees to it.

use homeroom_roster::state::RunKey;
use jiff::Timestamp;
use sqlx::Row;

use crate::connect::Durability;
use crate::error::Result;
use crate::tenant::Tenant;
use crate::text::{self, named};

named! {
    /// How important a line is.
    Level {
        /// For whoever looks for a fault.
        Debug = "debug",
        /// A step was done.
        Info = "info",
        /// Something should be looked at.
        Warn = "warn",
        /// Something failed.
        Error = "error",
    }
}

/// A log line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub time: Timestamp,
    /// How important.
    pub level: Level,
    /// What.
    pub text: String,
}

impl Tenant {
    /// Appends lines to a run's log, all or none.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn log(&self, run: RunKey, events: &[Event]) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let mut writer = self.writer().await;
        let mut tx = writer.begin(Durability::Process).await?;
        let first: i64 =
            sqlx::query_scalar("SELECT coalesce(max(seq), 0) + 1 FROM events WHERE run = ?")
                .bind(run.0)
                .fetch_one(&mut *tx)
                .await?;
        for (seq, event) in (first..).zip(events) {
            sqlx::query("INSERT INTO events VALUES (?, ?, ?, ?, ?)")
                .bind(run.0)
                .bind(seq)
                .bind(event.time.to_string())
                .bind(event.level.name())
                .bind(&event.text)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// A run's log.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn events(&self, run: RunKey) -> Result<Vec<Event>> {
        let what = "a log line";
        sqlx::query("SELECT time, level, text FROM events WHERE run = ? ORDER BY seq")
            .bind(run.0)
            .fetch_all(self.readers())
            .await?
            .iter()
            .map(|row| {
                Ok(Event {
                    time: text::time(what, row.try_get("time")?)?,
                    level: text::parse(what, row.try_get("level")?)?,
                    text: row.try_get("text")?,
                })
            })
            .collect()
    }
}
