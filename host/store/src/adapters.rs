//! Installed adapters: the component's file, what inspection said about it, and
//! what the operator approved. Inspection and approval are opaque here.

use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::error::{Error, IoContext, Result};
use crate::open::Store;
use crate::{files, text};

/// An adapter to install.
#[derive(Debug, Clone, Copy)]
pub struct NewAdapter<'a> {
    /// `sha256:` and 64 hex digits of the file.
    pub digest: &'a str,
    /// The manifest's id.
    pub id: &'a str,
    /// The manifest's version.
    pub version: &'a str,
    /// The file.
    pub bytes: &'a [u8],
    /// What inspection said.
    pub inspection: &'a Value,
    /// What the operator approved, if they did.
    pub approval: Option<&'a Value>,
    /// Whose signature it has, if the operator trusts it.
    pub publisher: Option<&'a str>,
}

/// An installed adapter.
#[derive(Debug, Clone, PartialEq)]
pub struct AdapterRow {
    /// `sha256:` and 64 hex digits of the file.
    pub digest: String,
    /// The manifest's id.
    pub id: String,
    /// The manifest's version.
    pub version: String,
    /// What inspection said.
    pub inspection: Value,
    /// What the operator approved, if they did.
    pub approval: Option<Value>,
    /// When it was installed.
    pub installed: Timestamp,
    /// When it was approved.
    pub approved: Option<Timestamp>,
    /// Whose signature it had when it was installed.
    pub publisher: Option<String>,
}

impl Store {
    /// Installs an adapter. The same file again is kept as it was; an approval
    /// that comes with it counts.
    ///
    /// # Errors
    /// [`Error::Altered`] if the digest is not that of the bytes.
    pub async fn install_adapter(&self, new: &NewAdapter<'_>) -> Result<()> {
        let hex = hex_of(new.digest)
            .filter(|hex| *hex == sha256_hex(new.bytes))
            .ok_or_else(|| Error::Altered {
                what: format!("adapter `{}`", new.id),
            })?;
        files::write_whole(&self.adapter_file(&format!("{hex}.wasm")), new.bytes)?;
        let approval = new
            .approval
            .map(|approval| text::to_json("an approval", approval))
            .transpose()?;
        let now = text::now();
        sqlx::query(
            "INSERT INTO adapters
                (digest, id, version, inspection, approval, installed, approved, publisher)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (digest) DO UPDATE SET
                inspection = excluded.inspection,
                publisher = coalesce(excluded.publisher, publisher),
                approval = coalesce(excluded.approval, approval),
                approved = coalesce(excluded.approved, approved)",
        )
        .bind(new.digest)
        .bind(new.id)
        .bind(new.version)
        .bind(text::to_json("an inspection", new.inspection)?)
        .bind(&approval)
        .bind(&now)
        .bind(approval.as_ref().map(|_| &now))
        .bind(new.publisher)
        .execute(&mut *self.database().writer.lock().await)
        .await?;
        Ok(())
    }

    /// Keeps what the operator approved of an adapter.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn approve_adapter(&self, digest: &str, approval: &Value) -> Result<()> {
        let done = sqlx::query("UPDATE adapters SET approval = ?, approved = ? WHERE digest = ?")
            .bind(text::to_json("an approval", approval)?)
            .bind(text::now())
            .bind(digest)
            .execute(&mut *self.database().writer.lock().await)
            .await?;
        match done.rows_affected() {
            0 => Err(Error::not_found(format!("adapter `{digest}`"))),
            _ => Ok(()),
        }
    }

    /// All installed adapters, the newest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn adapters(&self) -> Result<Vec<AdapterRow>> {
        sqlx::query("SELECT * FROM adapters ORDER BY installed DESC, rowid DESC")
            .fetch_all(&self.database().readers)
            .await?
            .iter()
            .map(adapter)
            .collect()
    }

    /// One adapter, by digest or by id. Of several with an id: the one that was
    /// approved last, else the one that was installed last.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn adapter(&self, id_or_digest: &str) -> Result<Option<AdapterRow>> {
        sqlx::query(
            "SELECT * FROM adapters WHERE digest = ?1 OR id = ?1
             ORDER BY approved IS NULL, approved DESC, installed DESC, rowid DESC LIMIT 1",
        )
        .bind(id_or_digest)
        .fetch_optional(&self.database().readers)
        .await?
        .as_ref()
        .map(adapter)
        .transpose()
    }

    /// An adapter's file.
    ///
    /// # Errors
    /// [`Error::Damaged`] if the file is gone; [`Error::Altered`] if it is not
    /// what was installed.
    pub async fn adapter_bytes(&self, digest: &str) -> Result<Vec<u8>> {
        let hex = hex_of(digest).ok_or_else(|| no_digest(digest))?;
        let path = self.adapter_file(&format!("{hex}.wasm"));
        let bytes = match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::damaged(
                    format!("the installed adapter {digest}"),
                    format!("its file {} is missing", path.display()),
                    "install it again from the vendor's file with `homeroom adapter install FILE`",
                ));
            }
            other => other.at("read", &path)?,
        };
        if sha256_hex(&bytes) != hex {
            return Err(Error::Altered {
                what: path.display().to_string(),
            });
        }
        Ok(bytes)
    }
}

fn adapter(row: &SqliteRow) -> Result<AdapterRow> {
    let what = "an adapter's row";
    let approval: Option<String> = row.try_get("approval")?;
    Ok(AdapterRow {
        digest: row.try_get("digest")?,
        id: row.try_get("id")?,
        version: row.try_get("version")?,
        inspection: text::from_json(what, row.try_get("inspection")?)?,
        approval: approval
            .map(|approval| text::from_json(what, &approval))
            .transpose()?,
        installed: text::time(what, row.try_get("installed")?)?,
        approved: text::time_or_none(what, row.try_get("approved")?)?,
        publisher: row.try_get("publisher")?,
    })
}

/// The digits of `sha256:…`, which become a file name.
pub(crate) fn hex_of(digest: &str) -> Option<&str> {
    digest
        .strip_prefix("sha256:")
        .filter(|hex| hex.len() == 64 && hex.bytes().all(|c| c.is_ascii_hexdigit()))
}

/// Digests are computed and not typed, so a wrong one is damage.
pub(crate) fn no_digest(digest: &str) -> Error {
    Error::damaged(
        format!("the digest `{digest}`"),
        "it is not `sha256:` and 64 digits",
        "install the adapter again",
    )
}

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
