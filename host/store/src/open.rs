//! Opening a data directory, and its tenants.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::connect::Database;
use crate::error::{Error, Result};
use crate::key::{self, KeySource, Keys};
use crate::tenant::Tenant;
use crate::{files, lock, rotate, text};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/host");

/// A data directory: what all tenants of a host share, and the way to each.
///
/// ```text
/// DIR/homeroom.db          adapters and tenants
/// DIR/key                  unless the key comes from the environment
/// DIR/adapters/            components and compiled code
/// DIR/tenants/NAME.db      one database for each tenant
/// DIR/locks/               files that the operating system locks
/// DIR/files/<tenant>/      what runs have fetched to read, while they run
/// ```
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    dir: PathBuf,
    keys: Arc<Keys>,
    database: Database,
    /// Nobody gives the directory another key while it is open.
    _in_use: std::fs::File,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("dir", &self.0.dir).finish()
    }
}

impl Store {
    /// Opens a data directory with the key from the environment; what is
    /// missing is made.
    ///
    /// # Errors
    /// If it cannot be written, was written by a newer version, or the key
    /// cannot be used.
    pub async fn open(dir: &Path) -> Result<Store> {
        Store::open_with(dir, KeySource::Environment).await
    }

    /// Opens a data directory with a key from the given source.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_with(dir: &Path, key: KeySource) -> Result<Store> {
        files::make_dir(dir)?;
        for part in ["adapters", "locks", "tenants"] {
            files::make_dir(&dir.join(part))?;
        }
        let _lock = lock::lock(&dir.join("locks/.open")).await?;
        let root = key::root(dir, &key)?;
        let in_use = rotate::enter(dir, &root).await?;
        let keys = Arc::new(Keys::of(&root));
        let database = Database::open(&dir.join("homeroom.db"), &MIGRATIONS).await?;
        Ok(Store(Arc::new(Inner {
            dir: dir.to_owned(),
            keys,
            database,
            _in_use: in_use,
        })))
    }

    /// Opens a tenant, and makes it if there is none of that name. Runs that a
    /// dead process left behind become failed with the code `interrupted`.
    ///
    /// # Errors
    /// [`Error::InvalidName`], or as [`Store::open`].
    pub async fn tenant(&self, name: &str) -> Result<Tenant> {
        if !is_tenant_name(name) {
            return Err(Error::InvalidName {
                name: name.to_owned(),
            });
        }
        let tenant = Tenant::open(&self.0.dir, name, self.0.keys.clone()).await?;
        sqlx::query("INSERT INTO tenants VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(name)
            .bind(text::now())
            .execute(&mut *self.0.database.writer.lock().await)
            .await?;
        Ok(tenant)
    }

    /// The names of all tenants, sorted.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn tenants(&self) -> Result<Vec<String>> {
        Ok(sqlx::query_scalar("SELECT name FROM tenants ORDER BY name")
            .fetch_all(&self.0.database.readers)
            .await?)
    }

    pub(crate) fn database(&self) -> &Database {
        &self.0.database
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.0.keys
    }

    pub(crate) fn adapter_file(&self, name: &str) -> PathBuf {
        self.0.dir.join("adapters").join(name)
    }
}

/// Names become file names, so they are few and plain.
fn is_tenant_name(name: &str) -> bool {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    (1..=63).contains(&name.len())
        && plain(name.as_bytes()[0])
        && name
            .bytes()
            .all(|c| plain(c) || matches!(c, b'.' | b'_' | b'-'))
}
