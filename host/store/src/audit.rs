//! The requests that a run made to the outside: where, how it went, how long it
//! took. Never a body, a header, or the value of a query.

use homeroom_roster::state::RunKey;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::bulk::{Rows, Table};
use crate::connect::Durability;
use crate::error::Result;
use crate::tenant::Tenant;
use crate::{chunks, text};

/// One attempt at a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRow {
    /// When it was made.
    pub time: Timestamp,
    /// The method.
    pub method: String,
    /// Scheme, host and port.
    pub origin: String,
    /// The path, with names of query parameters and without their values.
    pub path: String,
    /// The answer's status, if there was an answer.
    pub status: Option<u16>,
    /// Bytes of the answer's body.
    pub bytes: u64,
    /// Milliseconds from request to the end of the body.
    pub elapsed_ms: u64,
    /// Which attempt it was, from 1.
    pub attempt: u32,
    /// The code of what went wrong.
    pub error: Option<String>,
    /// Whether it asked for a token.
    pub token: bool,
}

const COLUMNS: &[&str] = &[
    "run",
    "seq",
    "time",
    "method",
    "origin",
    "path",
    "status",
    "bytes",
    "elapsed_ms",
    "attempt",
    "error",
    "token",
];

impl Tenant {
    /// Appends requests to a run's record, all or none.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn audit(&self, run: RunKey, requests: &[RequestRow]) -> Result<()> {
        if requests.is_empty() {
            return Ok(());
        }
        let mut writer = self.writer().await;
        let mut tx = writer.begin(Durability::Process).await?;
        let first: i64 =
            sqlx::query_scalar("SELECT coalesce(max(seq), 0) + 1 FROM requests WHERE run = ?")
                .bind(run.0)
                .fetch_one(&mut *tx)
                .await?;
        let table = Table::insert("requests", COLUMNS);
        let mut rows = Rows::new(&table, requests.len());
        for (seq, request) in (first..).zip(requests) {
            rows.push(run.0);
            rows.push(seq);
            rows.push(request.time.to_string());
            rows.push(request.method.clone());
            rows.push(request.origin.clone());
            rows.push(request.path.clone());
            rows.push(request.status);
            rows.push(request.bytes as i64);
            rows.push(request.elapsed_ms as i64);
            rows.push(request.attempt);
            rows.push(request.error.clone());
            rows.push(request.token);
            rows.end(&mut tx).await?;
        }
        rows.finish(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// How many requests a run has on record.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn request_count(&self, run: RunKey) -> Result<u64> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM requests WHERE run = ?")
            .bind(run.0)
            .fetch_one(self.readers())
            .await?;
        Ok(count as u64)
    }

    /// Reads the requests of a run, in the order they were recorded.
    pub fn requests(&self, run: RunKey) -> RequestReader {
        RequestReader {
            tenant: self.clone(),
            run,
            last: 0,
        }
    }
}

/// Reads a run's requests chunk by chunk.
#[derive(Debug)]
pub struct RequestReader {
    tenant: Tenant,
    run: RunKey,
    /// The number of the last one that was read.
    last: i64,
}

impl RequestReader {
    /// The next few thousand requests; `None` at the end.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn next_chunk(&mut self) -> Result<Option<Vec<RequestRow>>> {
        let rows =
            sqlx::query("SELECT * FROM requests WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?")
                .bind(self.run.0)
                .bind(self.last)
                .bind(chunks::ITEMS as i64)
                .fetch_all(self.tenant.readers())
                .await?;
        let Some(last) = rows.last() else {
            return Ok(None);
        };
        self.last = last.try_get("seq")?;
        rows.iter().map(request).collect::<Result<_>>().map(Some)
    }
}

fn request(row: &SqliteRow) -> Result<RequestRow> {
    Ok(RequestRow {
        time: text::time("a request's row", row.try_get("time")?)?,
        method: row.try_get("method")?,
        origin: row.try_get("origin")?,
        path: row.try_get("path")?,
        status: row.try_get("status")?,
        bytes: row.try_get::<i64, _>("bytes")? as u64,
        elapsed_ms: row.try_get::<i64, _>("elapsed_ms")? as u64,
        attempt: row.try_get("attempt")?,
        error: row.try_get("error")?,
        token: row.try_get("token")?,
    })
}
