//! Opening a SQLite database: pragmas, file modes, migrations.
//!
//! One connection writes and a small pool reads. The log is written ahead
//! (WAL), so readers never wait for the writer and a killed process loses
//! nothing committed.

use std::path::Path;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection, SqliteConnection};

use crate::error::{Error, Result};
use crate::files;

/// How long a statement waits for the writer of another process. A first load
/// of a large district holds the database for less.
const BUSY: Duration = Duration::from_secs(120);

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        // A connection is used from one thread at a time: sqlx sees to it.
        .serialized(false)
        .row_buffer_size(512)
        .pragma("journal_size_limit", "67108864")
}

/// A database's connections.
#[derive(Debug)]
pub(crate) struct Database {
    /// The one that writes.
    pub(crate) writer: tokio::sync::Mutex<SqliteConnection>,
    /// How to connect one more.
    options: SqliteConnectOptions,
    /// Those that read.
    pub(crate) readers: SqlitePool,
}

impl Database {
    /// Opens a database, makes it if it is new, and brings its schema up to
    /// date. The caller sees to it that no other process does so now.
    pub(crate) async fn open(path: &Path, migrations: &Migrator) -> Result<Database> {
        // SQLite gives its log the modes of the database file.
        drop(files::open_private(path)?);
        // 64 MiB: enough to keep the pages that a commit works on.
        let writing = options(path).pragma("cache_size", "-65536");
        let mut writer = SqliteConnection::connect_with(&writing).await?;
        migrations
            .run_direct(None, &mut writer, false)
            .await
            .map_err(|error| match error {
                MigrateError::VersionMissing(version) | MigrateError::VersionTooNew(version, _) => {
                    Error::NewerSchema {
                        path: path.to_owned(),
                        version,
                    }
                }
                // Such as a file that is no database: its own words say most.
                MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => {
                    source.into()
                }
                other => sqlx::Error::Migrate(Box::new(other)).into(),
            })?;
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .min_connections(0)
            .test_before_acquire(false)
            .connect_lazy_with(options(path).pragma("query_only", "1"));
        Ok(Database {
            writer: tokio::sync::Mutex::new(writer),
            options: writing,
            readers,
        })
    }

    /// Sees to it that the writer, which nobody uses now, is in no transaction.
    /// SQLite itself ends one over a full disk, and what it was wrapped in then
    /// takes the connection for busy for ever: it is replaced.
    pub(crate) async fn free(&self, writer: &mut SqliteConnection) -> Result<()> {
        if !writer.is_in_transaction() {
            return Ok(());
        }
        // An ordinary rollback may be on its way still; it comes before this.
        writer.ping().await?;
        if writer.is_in_transaction() {
            *writer = SqliteConnection::connect_with(&self.options).await?;
        }
        Ok(())
    }
}

/// How much a transaction must outlive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// A killed process. A power failure may take it back, whole: staged pages
    /// and log lines are read or written again.
    Process,
    /// A power failure too.
    Power,
}

/// Begins a transaction that writes. It waits for another writer at the
/// beginning and not in the middle.
pub(crate) async fn begin(
    connection: &mut SqliteConnection,
    durability: Durability,
) -> Result<sqlx::Transaction<'_, sqlx::Sqlite>> {
    let pragma = match durability {
        Durability::Process => "PRAGMA synchronous = NORMAL",
        Durability::Power => "PRAGMA synchronous = FULL",
    };
    sqlx::query(pragma).execute(&mut *connection).await?;
    Ok(connection.begin_with("BEGIN IMMEDIATE").await?)
}
