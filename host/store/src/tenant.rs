//! One tenant: its database, its locks, its part of the key. What it holds is
//! in the other modules, one for each kind of thing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::connect::{self, Database, Durability};
use crate::error::Result;
use crate::key::Keys;
use crate::staging::Queue;
use crate::{files, lock, runs};

pub(crate) static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/tenant");

/// A district or school: one database that nothing else shares.
#[derive(Clone)]
pub struct Tenant(Arc<Inner>);

struct Inner {
    name: String,
    locks: PathBuf,
    files: PathBuf,
    keys: Arc<Keys>,
    database: Database,
    queue: Queue,
}

impl std::fmt::Debug for Tenant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Tenant").field(&self.0.name).finish()
    }
}

impl Tenant {
    pub(crate) async fn open(dir: &Path, name: &str, keys: Arc<Keys>) -> Result<Tenant> {
        let locks = dir.join("locks").join(name);
        files::make_dir(&locks)?;
        let _lock = lock::lock(&locks.join("open")).await?;
        let path = dir.join("tenants").join(format!("{name}.db"));
        let database = Database::open(&path, &MIGRATIONS).await?;
        let tenant = Tenant(Arc::new(Inner {
            name: name.to_owned(),
            locks,
            files: dir.join("files").join(name),
            keys,
            database,
            queue: Queue::default(),
        }));
        runs::sweep(&tenant).await?;
        Ok(tenant)
    }

    /// The tenant's name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Where files that a run reads may lie while it runs. Made by whoever needs
    /// it; nothing in it outlives a run.
    pub fn files_folder(&self) -> &Path {
        &self.0.files
    }

    pub(crate) fn lock_path(&self, what: &str) -> PathBuf {
        self.0.locks.join(what)
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.0.keys
    }

    pub(crate) fn queue(&self) -> &Queue {
        &self.0.queue
    }

    pub(crate) fn readers(&self) -> &SqlitePool {
        &self.0.database.readers
    }

    pub(crate) async fn writer(&self) -> Writer<'_> {
        Writer {
            connection: self.0.database.writer.lock().await,
            database: &self.0.database,
        }
    }
}

/// To whom a provider's sealed secret belongs.
pub(crate) fn secret_owner(provider: impl std::fmt::Display, tenant: &str) -> String {
    format!("provider {provider} of tenant {tenant}")
}

/// The connection that writes, held by one caller at a time.
pub(crate) struct Writer<'a> {
    connection: tokio::sync::MutexGuard<'a, SqliteConnection>,
    database: &'a Database,
}

impl Writer<'_> {
    pub(crate) async fn begin(
        &mut self,
        durability: Durability,
    ) -> Result<Transaction<'_, Sqlite>> {
        self.database.free(&mut self.connection).await?;
        connect::begin(&mut self.connection, durability).await
    }
}
