//! Providers: directories and integrations, with what the operator chose.
//!
//! How a source is read and how it is reached are opaque here; the secret is
//! kept sealed and never given back but to whoever connects.

use homeroom_roster::settings::{Provider, ProviderKind, Settings};
use homeroom_roster::state::ProviderKey;
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::connect::Durability;
use crate::error::{Error, Result};
use crate::tenant::{Tenant, secret_owner};
use crate::text::named;
use crate::{acts, adapter_storage, seal, text};

named! {
    /// Whether a provider takes part.
    ProviderState {
        /// Not complete yet; may be previewed.
        Draft = "draft",
        /// In use.
        Enabled = "enabled",
        /// Kept as it is; no runs.
        Disabled = "disabled",
        /// Gone; what it imported stays.
        Deleted = "deleted",
    }
}

/// A provider as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct ProviderRow {
    /// Its key, never given to another.
    pub key: ProviderKey,
    /// Its name, unique among those that are not deleted.
    pub name: String,
    /// Directory, SIS or file of guardians.
    pub kind: ProviderKind,
    /// Whether it takes part.
    pub state: ProviderState,
    /// What the operator chose about people and classes.
    pub settings: Settings,
    /// What the operator chose about reading.
    pub read: Value,
    /// How the source is reached, without the secret.
    pub connection: Value,
    /// Whether there is a secret.
    pub secret_set: bool,
    /// When the last run that succeeded was started.
    pub last_success: Option<Timestamp>,
    /// Whether the next run must read everything.
    pub full_read_needed: bool,
    /// How often it was edited, reset or deleted.
    pub revision: u64,
    /// The revision at which it last became another source. A run that was
    /// begun earlier has read that other one.
    pub identity_revision: u64,
    /// When it was added.
    pub created: Timestamp,
    /// When it was last edited.
    pub changed: Timestamp,
}

impl ProviderRow {
    /// The provider as reconciling sees it.
    pub fn provider(&self) -> Provider {
        Provider {
            key: self.key,
            name: self.name.clone(),
            kind: self.kind,
            settings: self.settings.clone(),
        }
    }
}

/// A provider to add.
#[derive(Debug, Clone)]
pub struct NewProvider {
    /// Its name.
    pub name: String,
    /// Directory, SIS or file of guardians.
    pub kind: ProviderKind,
    /// Whether it takes part from the start.
    pub state: ProviderState,
    /// What the operator chose about people and classes.
    pub settings: Settings,
    /// What the operator chose about reading.
    pub read: Value,
    /// How the source is reached, without the secret.
    pub connection: Value,
    /// What makes it the same source as a deleted one, such as adapter and
    /// endpoint.
    pub identity: Option<String>,
    /// Its secret.
    pub secret: Option<SecretString>,
}

/// A file of guardians names its integration by key.
const GUARDIANS_OF: &str = "guardians-of-";

fn kind_name(kind: ProviderKind) -> String {
    match kind {
        ProviderKind::Directory => "directory".to_owned(),
        ProviderKind::Sis => "sis".to_owned(),
        ProviderKind::Guardians(of) => format!("{GUARDIANS_OF}{of}"),
    }
}

fn kind_of(name: &str) -> ProviderKind {
    let guardians = name.strip_prefix(GUARDIANS_OF);
    match guardians.and_then(|of| of.parse().ok()) {
        Some(of) => ProviderKind::Guardians(ProviderKey(of)),
        None if name == "directory" => ProviderKind::Directory,
        None => ProviderKind::Sis,
    }
}

const SELECT: &str = "SELECT key, name, kind, state, settings, read, connection,
    secret IS NOT NULL AS secret_set, last_success, full_read_needed, revision,
    identity_revision, created, changed FROM providers";

impl Tenant {
    /// Adds a provider. A deleted one of the same identity (a directory: of the
    /// same name) comes back under its key with what it had imported; the new
    /// settings count and its next run reads everything. Another source is
    /// another provider, whatever its name: its ids are not the old one's.
    ///
    /// # Errors
    /// [`Error::NameTaken`] if a provider that is not deleted has the name.
    pub async fn add_provider(&self, new: &NewProvider) -> Result<ProviderKey> {
        let mut writer = self.writer().await;
        let mut tx = writer.begin(Durability::Power).await?;
        refuse_taken(&mut tx, &new.name, None).await?;
        let deleted: Option<u32> = sqlx::query_scalar(
            "SELECT key FROM providers WHERE state = 'deleted' AND kind = ?1
                AND (identity = ?2 OR (?2 IS NULL AND name = ?3))
             ORDER BY key DESC LIMIT 1",
        )
        .bind(kind_name(new.kind))
        .bind(&new.identity)
        .bind(&new.name)
        .fetch_optional(&mut *tx)
        .await?;
        let key: u32 = match deleted {
            Some(key) => key,
            None => {
                sqlx::query_scalar("SELECT coalesce(max(key), 0) + 1 FROM providers")
                    .fetch_one(&mut *tx)
                    .await?
            }
        };
        let sealed = self.sealed(ProviderKey(key), new.secret.as_ref())?;
        sqlx::query(
            "INSERT INTO providers (key, name, kind, state, identity, settings, read, connection,
                secret, full_read_needed, created, changed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 1, ?10, ?10)
             ON CONFLICT (key) DO UPDATE SET name = excluded.name, state = excluded.state,
                identity = excluded.identity, settings = excluded.settings, read = excluded.read,
                connection = excluded.connection, secret = excluded.secret, full_read_needed = 1,
                last_success = NULL, revision = revision + 1, changed = excluded.changed",
        )
        .bind(key)
        .bind(&new.name)
        .bind(kind_name(new.kind))
        .bind(new.state.name())
        .bind(&new.identity)
        .bind(text::to_json("settings", &new.settings)?)
        .bind(text::to_json("read settings", &new.read)?)
        .bind(text::to_json("a connection", &new.connection)?)
        .bind(sealed)
        .bind(text::now())
        .execute(&mut *tx)
        .await?;
        let verb = if deleted.is_some() {
            "revived"
        } else {
            "added"
        };
        acts::write(&mut tx, &format!("{verb} provider {key} `{}`", new.name)).await?;
        tx.commit().await?;
        Ok(ProviderKey(key))
    }

    /// All providers by key, deleted ones too.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn providers(&self) -> Result<Vec<ProviderRow>> {
        sqlx::query(sqlx::AssertSqlSafe(format!("{SELECT} ORDER BY key")))
            .fetch_all(self.readers())
            .await?
            .iter()
            .map(row)
            .collect()
    }

    /// The provider of a name that is not deleted.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn provider(&self, name: &str) -> Result<ProviderRow> {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "{SELECT} WHERE name = ? AND state <> 'deleted'"
        )))
        .bind(name)
        .fetch_optional(self.readers())
        .await?
        .as_ref()
        .map_or_else(
            || {
                Err(Error::not_found(format!(
                    "directory or integration `{name}`"
                )))
            },
            row,
        )
    }

    /// A provider by key, deleted or not.
    ///
    /// # Errors
    /// [`Error::Damaged`] if there is none: keys are never forgotten.
    pub async fn provider_by_key(&self, key: ProviderKey) -> Result<ProviderRow> {
        sqlx::query(sqlx::AssertSqlSafe(format!("{SELECT} WHERE key = ?")))
            .bind(key.0)
            .fetch_optional(self.readers())
            .await?
            .as_ref()
            .map_or_else(|| Err(missing(key)), row)
    }

    /// Writes a provider's name, state, settings, read settings, connection and
    /// identity, and its secret if one is given. A full read that is needed
    /// stays needed. With another identity it is another source: its next run
    /// reads everything, and what its adapter had stored is gone.
    ///
    /// Read the row, change it and write it under [`Tenant::lock_providers`], or
    /// somebody else's edit is lost.
    ///
    /// # Errors
    /// [`Error::Damaged`] if there is no such provider, [`Error::NameTaken`].
    pub async fn save_provider(
        &self,
        row: &ProviderRow,
        identity: Option<&str>,
        secret: Option<&SecretString>,
    ) -> Result<()> {
        let sealed = self.sealed(row.key, secret)?;
        let mut writer = self.writer().await;
        let mut tx = writer.begin(Durability::Power).await?;
        if row.state != ProviderState::Deleted {
            refuse_taken(&mut tx, &row.name, Some(row.key)).await?;
        }
        let before: Option<Option<String>> =
            sqlx::query_scalar("SELECT identity FROM providers WHERE key = ?")
                .bind(row.key.0)
                .fetch_optional(&mut *tx)
                .await?;
        let before = before.ok_or_else(|| missing(row.key))?;
        let another = before.as_deref() != identity;
        sqlx::query(
            "UPDATE providers SET name = ?1, state = ?2, settings = ?3, read = ?4,
                connection = ?5, identity = ?6, secret = coalesce(?7, secret),
                full_read_needed = full_read_needed OR ?8, revision = revision + 1,
                identity_revision = CASE WHEN ?9 THEN revision + 1 ELSE identity_revision END,
                changed = ?10 WHERE key = ?11",
        )
        .bind(&row.name)
        .bind(row.state.name())
        .bind(text::to_json("settings", &row.settings)?)
        .bind(text::to_json("read settings", &row.read)?)
        .bind(text::to_json("a connection", &row.connection)?)
        .bind(identity)
        .bind(sealed)
        .bind(row.full_read_needed || another)
        .bind(another)
        .bind(text::now())
        .bind(row.key.0)
        .execute(&mut *tx)
        .await?;
        if another {
            adapter_storage::clear(&mut tx, row.key).await?;
        }
        acts::write(
            &mut tx,
            &format!("edited provider {} `{}` ({})", row.key, row.name, row.state),
        )
        .await?;
        tx.commit().await?;
        Ok(())
    }

    fn sealed(&self, key: ProviderKey, secret: Option<&SecretString>) -> Result<Option<Vec<u8>>> {
        secret
            .map(|secret| seal::seal(self.keys(), &self.owner(key), secret))
            .transpose()
    }

    /// Seals and keeps a provider's secret; `None` forgets it.
    ///
    /// # Errors
    /// [`Error::Damaged`] if there is no such provider.
    pub async fn set_secret(&self, key: ProviderKey, secret: Option<&SecretString>) -> Result<()> {
        let sealed = self.sealed(key, secret)?;
        let mut writer = self.writer().await;
        let mut tx = writer.begin(Durability::Power).await?;
        let done = sqlx::query("UPDATE providers SET secret = ?, changed = ? WHERE key = ?")
            .bind(sealed)
            .bind(text::now())
            .bind(key.0)
            .execute(&mut *tx)
            .await?;
        found(done.rows_affected(), key)?;
        let verb = if secret.is_some() { "set" } else { "forgot" };
        acts::write(&mut tx, &format!("{verb} the secret of provider {key}")).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A provider's secret, for whoever connects.
    ///
    /// # Errors
    /// [`Error::Sealed`] if it was sealed with another key; [`Error::Damaged`] if
    /// there is no such provider.
    pub async fn secret(&self, key: ProviderKey) -> Result<Option<SecretString>> {
        let sealed: Option<Option<Vec<u8>>> =
            sqlx::query_scalar("SELECT secret FROM providers WHERE key = ?")
                .bind(key.0)
                .fetch_optional(self.readers())
                .await?;
        sealed
            .ok_or_else(|| missing(key))?
            .map(|sealed| seal::open(self.keys(), &self.owner(key), &sealed))
            .transpose()
    }

    fn owner(&self, key: ProviderKey) -> String {
        secret_owner(key, self.name())
    }

    /// Forgets a provider's last success and what failed runs had read: its
    /// next run reads everything. Everything imported stays.
    ///
    /// # Errors
    /// [`Error::Damaged`] if there is no such provider.
    pub async fn reset_provider(&self, key: ProviderKey) -> Result<()> {
        let mut writer = self.writer().await;
        let mut tx = writer.begin(Durability::Power).await?;
        let done = sqlx::query(
            "UPDATE providers SET last_success = NULL, full_read_needed = 1,
                revision = revision + 1 WHERE key = ?",
        )
        .bind(key.0)
        .execute(&mut *tx)
        .await?;
        found(done.rows_affected(), key)?;
        crate::source::drop_failed_pages(&mut tx, key).await?;
        acts::write(&mut tx, &format!("reset provider {key}")).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Deletes a provider: its secret is gone and it takes no part any more.
    /// Everything imported stays, and so does what it last said.
    ///
    /// # Errors
    /// [`Error::Damaged`] if there is no such provider.
    pub async fn delete_provider(&self, key: ProviderKey) -> Result<()> {
        let mut writer = self.writer().await;
        let mut tx = writer.begin(Durability::Power).await?;
        let done = sqlx::query(
            "UPDATE providers SET state = 'deleted', secret = NULL, revision = revision + 1,
                changed = ? WHERE key = ?",
        )
        .bind(text::now())
        .bind(key.0)
        .execute(&mut *tx)
        .await?;
        found(done.rows_affected(), key)?;
        crate::source::drop_failed_pages(&mut tx, key).await?;
        acts::write(&mut tx, &format!("deleted provider {key}")).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn found(rows: u64, key: ProviderKey) -> Result<()> {
    match rows {
        0 => Err(missing(key)),
        _ => Ok(()),
    }
}

/// A key comes from the database itself, so its row must be there.
fn missing(key: ProviderKey) -> Error {
    let remedy = "restore the tenant's database from a copy";
    Error::damaged(format!("provider {key}"), "its row is missing", remedy)
}

async fn refuse_taken(
    connection: &mut SqliteConnection,
    name: &str,
    own: Option<ProviderKey>,
) -> Result<()> {
    let holder: Option<u32> =
        sqlx::query_scalar("SELECT key FROM providers WHERE name = ? AND state <> 'deleted'")
            .bind(name)
            .fetch_optional(connection)
            .await?;
    match holder {
        Some(holder) if own != Some(ProviderKey(holder)) => Err(Error::NameTaken {
            name: name.to_owned(),
        }),
        _ => Ok(()),
    }
}

fn row(row: &SqliteRow) -> Result<ProviderRow> {
    let what = "a provider's row";
    let kind: &str = row.try_get("kind")?;
    Ok(ProviderRow {
        key: ProviderKey(row.try_get("key")?),
        name: row.try_get("name")?,
        kind: kind_of(kind),
        state: text::parse(what, row.try_get("state")?)?,
        settings: text::from_json(what, row.try_get("settings")?)?,
        read: text::from_json(what, row.try_get("read")?)?,
        connection: text::from_json(what, row.try_get("connection")?)?,
        secret_set: row.try_get("secret_set")?,
        last_success: text::time_or_none(what, row.try_get("last_success")?)?,
        full_read_needed: row.try_get("full_read_needed")?,
        revision: row.try_get::<i64, _>("revision")? as u64,
        identity_revision: row.try_get::<i64, _>("identity_revision")? as u64,
        created: text::time(what, row.try_get("created")?)?,
        changed: text::time(what, row.try_get("changed")?)?,
    })
}
