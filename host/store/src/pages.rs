//! Pages of a run: what was asked, what came, and where to go on. The records
//! themselves are bytes that only the core can read.

use homeroom_roster::finding::Severity;
use homeroom_roster::record::{Collection, Extent};
use homeroom_roster::state::RunKey;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::blobs::BlobHash;
use crate::chunks;
use crate::connect::Durability;
use crate::error::{Error, Result};
use crate::tenant::Tenant;
use crate::text;

/// A page to store.
#[derive(Debug, Clone, PartialEq)]
pub struct StagedPage {
    /// Which collection it is of.
    pub collection: Collection,
    /// The cursor it was asked with; none: the first page.
    pub cursor: Option<String>,
    /// Where to go on; empty: nowhere.
    pub next: Vec<String>,
    /// The records, in [`homeroom_roster::codec`]'s bytes.
    pub records: Vec<u8>,
    /// How many records there are.
    pub count: u32,
    /// How many rows the source sent.
    pub received: u32,
    /// How many rows the source says the collection has.
    pub total: Option<u64>,
    /// What was found wrong while reading.
    pub findings: Vec<PageFinding>,
    /// Whether the run's pages of the collection are all its records.
    pub extent: Extent,
    /// What the adapter wrote to its storage, in order; `None` deletes. It
    /// counts from the run's commit on: see [`Tenant::storage_writes`].
    pub storage_writes: Vec<(String, Option<Vec<u8>>)>,
    /// Figures about reading the page.
    pub stats: Value,
}

/// Something found wrong while reading a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageFinding {
    /// How bad it is.
    pub severity: Severity,
    /// A code.
    pub code: String,
    /// The record's id.
    pub sourced_id: Option<String>,
    /// The property.
    pub field: Option<String>,
    /// One sentence.
    pub detail: String,
}

/// What became of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Staged {
    /// Its place in the run, from 1.
    pub seq: u32,
    /// Whether the same records were stored already.
    pub known: bool,
}

/// A stored page, without its records.
#[derive(Debug, Clone, PartialEq)]
pub struct PageRow {
    /// The run that read it.
    pub run: RunKey,
    /// Its place in the run, from 1.
    pub seq: u32,
    /// Which collection it is of.
    pub collection: Collection,
    /// The cursor it was asked with; none: the first page.
    pub cursor: Option<String>,
    /// Where to go on; empty: nowhere.
    pub next: Vec<String>,
    /// Where the records are: for [`Tenant::page_bytes`].
    pub blob: BlobHash,
    /// How many bytes the records are.
    pub bytes: u64,
    /// How many records there are.
    pub count: u32,
    /// How many rows the source sent.
    pub received: u32,
    /// How many rows the source says the collection has.
    pub total: Option<u64>,
    /// [`homeroom_roster::codec::FORMAT`] when it was written. Pages of another
    /// format cannot be decoded and are to be read again.
    pub format: u32,
    /// Whether the run's pages of the collection are all its records.
    pub extent: Extent,
    /// Figures about reading the page.
    pub stats: Value,
    /// How many findings it has: see [`Tenant::page_findings`].
    pub finding_count: u32,
}

/// The columns that [`row`] reads.
pub(crate) const COLUMNS: &str = "pages.run, seq, collection, cursor, next, blob, bytes, count,
    received, total, format, whole, stats, finding_count";

impl Tenant {
    /// A run's pages, in the order in which they were stored.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn staged(&self, run: RunKey) -> Result<Vec<PageRow>> {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM pages WHERE run = ? ORDER BY seq"
        )))
        .bind(run.0)
        .fetch_all(self.readers())
        .await?
        .iter()
        .map(row)
        .collect()
    }

    /// Drops what a run has read of a collection, so that it is read anew.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn forget_pages(&self, run: RunKey, collection: Collection) -> Result<()> {
        let mut writer = self.writer().await;
        let mut tx = writer.begin(Durability::Process).await?;
        sqlx::query("DELETE FROM pages WHERE run = ? AND collection = ?")
            .bind(run.0)
            .bind(collection.name())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// What was found wrong while reading a run's pages, page by page.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn page_findings(&self, run: RunKey) -> Result<Vec<(Collection, PageFinding)>> {
        let rows = sqlx::query(
            "SELECT collection, findings FROM pages
             WHERE run = ? AND findings IS NOT NULL ORDER BY seq",
        )
        .bind(run.0)
        .fetch_all(self.readers())
        .await?;
        let mut all = Vec::new();
        for row in rows {
            let collection = collection(row.try_get("collection")?)?;
            let findings: Vec<PageFinding> =
                chunks::unpack("a page's findings", row.try_get("findings")?)?;
            all.extend(findings.into_iter().map(|finding| (collection, finding)));
        }
        Ok(all)
    }

    /// What the adapter wrote to its storage in a run, in the order in which it
    /// counts: by collection as they are read, then by cursor, whichever page
    /// arrived first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn storage_writes(&self, run: RunKey) -> Result<Vec<(String, Option<Vec<u8>>)>> {
        storage_writes(self.readers(), run).await
    }
}

pub(crate) async fn storage_writes(
    executor: impl sqlx::SqliteExecutor<'_>,
    run: RunKey,
) -> Result<Vec<(String, Option<Vec<u8>>)>> {
    let mut pages: Vec<(Collection, Option<String>, Vec<u8>)> = sqlx::query(
        "SELECT collection, cursor, writes FROM pages
         WHERE run = ? AND writes IS NOT NULL ORDER BY seq",
    )
    .bind(run.0)
    .fetch_all(executor)
    .await?
    .iter()
    .map(|row| {
        Ok((
            collection(row.try_get("collection")?)?,
            row.try_get("cursor")?,
            row.try_get("writes")?,
        ))
    })
    .collect::<Result<_>>()?;
    let place = |of: Collection| Collection::ALL.iter().position(|known| *known == of);
    pages.sort_by(|a, b| (place(a.0), &a.1).cmp(&(place(b.0), &b.1)));
    let mut all = Vec::new();
    for (_, _, packed) in pages {
        let writes: Vec<(String, Option<Vec<u8>>)> =
            chunks::unpack("a page's storage writes", &packed)?;
        all.extend(writes);
    }
    Ok(all)
}

fn collection(name: &str) -> Result<Collection> {
    Collection::from_name(name).ok_or_else(|| {
        Error::damaged(
            "a page's row",
            format!("`{name}` is no collection"),
            "run a full sync to read the page again",
        )
    })
}

pub(crate) fn row(row: &SqliteRow) -> Result<PageRow> {
    let what = "a page's row";
    let total: Option<i64> = row.try_get("total")?;
    Ok(PageRow {
        run: RunKey(row.try_get("run")?),
        seq: row.try_get("seq")?,
        collection: collection(row.try_get("collection")?)?,
        cursor: row.try_get("cursor")?,
        next: text::from_json(what, row.try_get("next")?)?,
        blob: BlobHash::from_column(row.try_get("blob")?)?,
        bytes: row.try_get::<i64, _>("bytes")? as u64,
        count: row.try_get("count")?,
        received: row.try_get("received")?,
        total: total.map(|total| total as u64),
        format: row.try_get("format")?,
        extent: match row.try_get("whole")? {
            true => Extent::Whole,
            false => Extent::Changes,
        },
        stats: text::from_json(what, row.try_get("stats")?)?,
        finding_count: row.try_get("finding_count")?,
    })
}
