//! People of the sources who are no users: the list that stands, and those that
//! came with runs which wait for a decision.

use homeroom_roster::outcome::Unmatched;
use homeroom_roster::state::RunKey;
use sqlx::SqliteConnection;

use crate::chunks;
use crate::error::Result;
use crate::tenant::Tenant;

impl Tenant {
    /// The list that stands: that of the last commit that brought one.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn unmatched(&self) -> Result<Vec<Unmatched>> {
        let run: Option<u32> = sqlx::query_scalar("SELECT unmatched_run FROM state")
            .fetch_one(self.readers())
            .await?;
        match run {
            Some(run) => Ok(self.unmatched_of(RunKey(run)).await?.unwrap_or_default()),
            None => Ok(Vec::new()),
        }
    }

    /// The list that came with a run, if it is kept.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn unmatched_of(&self, run: RunKey) -> Result<Option<Vec<Unmatched>>> {
        let packed: Vec<Vec<u8>> =
            sqlx::query_scalar("SELECT bytes FROM unmatched_chunks WHERE run = ? ORDER BY seq")
                .bind(run.0)
                .fetch_all(self.readers())
                .await?;
        if packed.is_empty() {
            return Ok(None);
        }
        let mut all = Vec::new();
        for bytes in packed {
            all.append(&mut chunks::unpack("a list of the unmatched", &bytes)?);
        }
        Ok(Some(all))
    }
}

/// Keeps a run's list. An empty one is a chunk too, so that it is told from
/// none.
pub(crate) async fn save(
    connection: &mut SqliteConnection,
    run: RunKey,
    unmatched: &[Unmatched],
) -> Result<()> {
    remove(connection, run).await?;
    let empty: &[Unmatched] = &[];
    let chunks = match unmatched.is_empty() {
        true => vec![empty],
        false => unmatched.chunks(chunks::ITEMS).collect(),
    };
    for (seq, chunk) in (0u32..).zip(chunks) {
        sqlx::query("INSERT INTO unmatched_chunks VALUES (?, ?, ?)")
            .bind(run.0)
            .bind(seq)
            .bind(chunks::pack(chunk)?)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Makes a run's list the one that stands.
pub(crate) async fn make_current(connection: &mut SqliteConnection, run: RunKey) -> Result<()> {
    sqlx::query("UPDATE state SET unmatched_run = ?")
        .bind(run.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Makes the list that stood before a commit stand again; none: there was no
/// list yet. A list that is gone is not restored.
pub(crate) async fn restore(
    connection: &mut SqliteConnection,
    before: Option<RunKey>,
) -> Result<()> {
    sqlx::query(
        "UPDATE state SET unmatched_run = ?1
         WHERE ?1 IS NULL OR EXISTS (SELECT 1 FROM unmatched_chunks WHERE run = ?1)",
    )
    .bind(before.map(|run| run.0))
    .execute(connection)
    .await?;
    Ok(())
}

/// Drops lists that nobody can come back to: all but the one that stands, those
/// of runs that still have a plan to decide about, and those that an undo would
/// restore.
pub(crate) async fn drop_stale(connection: &mut SqliteConnection) -> Result<()> {
    sqlx::query(
        "DELETE FROM unmatched_chunks WHERE run IS NOT (SELECT unmatched_run FROM state)
            AND run NOT IN (SELECT key FROM runs WHERE committed_version IS NULL
                AND key IN (SELECT run FROM plan_chunks))
            AND run NOT IN (SELECT unmatched_before FROM runs
                WHERE unmatched_before IS NOT NULL AND status <> 'undone'
                    AND key IN (SELECT run FROM plan_chunks))",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Drops the list of a run that was decided against.
pub(crate) async fn remove_undecided(connection: &mut SqliteConnection, run: RunKey) -> Result<()> {
    sqlx::query(
        "DELETE FROM unmatched_chunks WHERE run = ?
            AND run IS NOT (SELECT unmatched_run FROM state)",
    )
    .bind(run.0)
    .execute(connection)
    .await?;
    Ok(())
}

async fn remove(connection: &mut SqliteConnection, run: RunKey) -> Result<()> {
    sqlx::query("DELETE FROM unmatched_chunks WHERE run = ?")
        .bind(run.0)
        .execute(connection)
        .await?;
    Ok(())
}
