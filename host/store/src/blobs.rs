//! Bytes by the hash of what they say, compressed. The same bytes are stored
//! once, whoever refers to them; bytes that nobody refers to are dropped.

use sha2::{Digest, Sha256};
use sqlx::{SqliteConnection, SqliteExecutor};

use crate::chunks;
use crate::connect::Durability;
use crate::error::{Error, Result};
use crate::tenant::Tenant;

const REMEDY: &str = "read its source again: `homeroom sync NAME --full`, or import the directory \
    again";

/// The SHA-256 of a page's records.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobHash(pub [u8; 32]);

impl BlobHash {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        BlobHash(Sha256::digest(bytes).into())
    }

    pub(crate) fn from_column(bytes: &[u8]) -> Result<Self> {
        bytes
            .try_into()
            .map(BlobHash)
            .map_err(|_| Error::damaged("a page's row", "its hash is not 32 bytes", REMEDY))
    }
}

impl std::fmt::Display for BlobHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for BlobHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BlobHash({self})")
    }
}

impl Tenant {
    /// The records of a page, as they were staged. Bytes that are damaged are
    /// dropped, so that reading the page again stores it anew.
    ///
    /// # Errors
    /// [`Error::Damaged`] if they are not what was staged, or gone.
    pub async fn page_bytes(&self, blob: BlobHash) -> Result<Vec<u8>> {
        let read = self.stored_bytes(blob).await;
        if let Err(Error::Damaged { .. }) = &read {
            let mut writer = self.writer().await;
            let mut tx = writer.begin(Durability::Power).await?;
            sqlx::query("DELETE FROM blobs WHERE hash = ?")
                .bind(&blob.0[..])
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
        }
        read
    }

    async fn stored_bytes(&self, blob: BlobHash) -> Result<Vec<u8>> {
        let packed: Option<Vec<u8>> = sqlx::query_scalar("SELECT bytes FROM blobs WHERE hash = ?")
            .bind(&blob.0[..])
            .fetch_optional(self.readers())
            .await?;
        let packed = packed.ok_or_else(|| {
            Error::damaged(format!("page {blob}"), "its records are gone", REMEDY)
        })?;
        let bytes = chunks::decompress(&packed)
            .map_err(|cause| Error::damaged(format!("page {blob}"), cause, REMEDY))?;
        if BlobHash::of(&bytes) != blob {
            let cause = "its bytes do not have its hash";
            return Err(Error::damaged(format!("page {blob}"), cause, REMEDY));
        }
        Ok(bytes)
    }
}

/// Whether the bytes of that hash are stored.
pub(crate) async fn is_stored(executor: impl SqliteExecutor<'_>, hash: BlobHash) -> Result<bool> {
    Ok(
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM blobs WHERE hash = ?)")
            .bind(&hash.0[..])
            .fetch_one(executor)
            .await?,
    )
}

/// Stores compressed bytes under the hash of the plain ones.
pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    hash: BlobHash,
    packed: Vec<u8>,
) -> Result<()> {
    sqlx::query("INSERT INTO blobs VALUES (?, ?)")
        .bind(&hash.0[..])
        .bind(packed)
        .execute(connection)
        .await?;
    Ok(())
}

/// Drops what no page refers to.
pub(crate) async fn drop_unreferenced(connection: &mut SqliteConnection) -> Result<()> {
    sqlx::query(
        "DELETE FROM blobs WHERE NOT EXISTS (SELECT 1 FROM pages WHERE pages.blob = blobs.hash)",
    )
    .execute(connection)
    .await?;
    Ok(())
}
