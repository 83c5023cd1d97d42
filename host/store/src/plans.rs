//! Plans, kept so that an approval applies exactly what was shown and an undo
//! takes back exactly what was applied.
//!
//! A plan is stored part by part in chunks, and neither writing nor reading
//! needs a second copy of it.

use homeroom_roster::plan::{Changes, Plan};
use homeroom_roster::state::{NextKeys, ProviderKey, RunKey};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::{Row, SqliteConnection};

use crate::error::Result;
use crate::tenant::Tenant;
use crate::{chunks, text};

/// How many committed runs keep their plan, so that they can be undone. Runs
/// that changed nothing do not count; as many of them keep their empty plan. Of
/// a provider's runs that wait for a decision, as many keep theirs.
pub const KEPT_PLANS: u32 = 14;

/// The number of the encoding: that of the types in [`homeroom_roster::plan`].
const FORMAT: u32 = 2;

/// The part that comes first and says how the others are encoded.
const HEAD: &str = "next";

/// Does something for each part of a plan, by its name.
macro_rules! for_each_part {
    ($each:ident) => {
        $each!(
            orgs,
            sessions,
            courses,
            classes,
            users,
            links,
            enrollments,
            guardians
        )
    };
}

impl Tenant {
    /// A run's plan, if it is kept: that of a run which waits for a decision, or
    /// of one of the last [`KEPT_PLANS`] that were committed.
    ///
    /// # Errors
    /// If the database fails or the plan is damaged.
    pub async fn plan(&self, run: RunKey) -> Result<Option<Plan>> {
        let mut reader = self.readers().acquire().await?;
        let head: Option<Vec<u8>> =
            sqlx::query_scalar("SELECT bytes FROM plan_chunks WHERE run = ? AND part = ?")
                .bind(run.0)
                .bind(HEAD)
                .fetch_optional(&mut *reader)
                .await?;
        let Some(head) = head else { return Ok(None) };
        let (format, next): (u32, NextKeys) = chunks::unpack("a plan", &head)?;
        if format != FORMAT {
            tracing::warn!(run = run.0, "the plan was kept by another version");
            return Ok(None);
        }
        let mut plan = Plan {
            next,
            ..Plan::default()
        };
        // Chunk by chunk, so that no more than one is in memory packed.
        let parts: Vec<(u32, String)> =
            sqlx::query("SELECT seq, part FROM plan_chunks WHERE run = ? ORDER BY seq")
                .bind(run.0)
                .fetch_all(&mut *reader)
                .await?
                .iter()
                .map(|row| Ok((row.try_get("seq")?, row.try_get("part")?)))
                .collect::<Result<_>>()?;
        for (seq, part) in parts {
            let bytes: Vec<u8> =
                sqlx::query_scalar("SELECT bytes FROM plan_chunks WHERE run = ? AND seq = ?")
                    .bind(run.0)
                    .bind(seq)
                    .fetch_one(&mut *reader)
                    .await?;
            let Some((kind, list)) = part.split_once('.') else {
                continue;
            };
            macro_rules! read {
                ($($kind:ident),*) => {
                    match kind {
                        $(stringify!($kind) => extend(&mut plan.$kind, list, &bytes)?,)*
                        _ => {}
                    }
                };
            }
            for_each_part!(read);
        }
        Ok(Some(plan))
    }
}

fn extend<T: DeserializeOwned>(changes: &mut Changes<T>, list: &str, bytes: &[u8]) -> Result<()> {
    match list {
        "created" => changes
            .created
            .append(&mut chunks::unpack("a plan", bytes)?),
        "updated" => changes
            .updated
            .append(&mut chunks::unpack("a plan", bytes)?),
        _ => changes
            .removed
            .append(&mut chunks::unpack("a plan", bytes)?),
    }
    Ok(())
}

/// Stores a run's plan, unless it is stored: a run has one plan.
pub(crate) async fn save(
    connection: &mut SqliteConnection,
    run: RunKey,
    plan: &Plan,
) -> Result<()> {
    let stored: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM plan_chunks WHERE run = ?)")
            .bind(run.0)
            .fetch_one(&mut *connection)
            .await?;
    if stored {
        return Ok(());
    }
    let mut writer = Writer {
        connection,
        run,
        seq: 0,
    };
    writer.chunk(HEAD, &(FORMAT, plan.next)).await?;
    macro_rules! write {
        ($($kind:ident),*) => {$(
            writer.list(concat!(stringify!($kind), ".created"), &plan.$kind.created).await?;
            writer.list(concat!(stringify!($kind), ".updated"), &plan.$kind.updated).await?;
            writer.list(concat!(stringify!($kind), ".removed"), &plan.$kind.removed).await?;
        )*};
    }
    for_each_part!(write);
    Ok(())
}

struct Writer<'a> {
    connection: &'a mut SqliteConnection,
    run: RunKey,
    seq: u32,
}

impl Writer<'_> {
    async fn list<T: Serialize>(&mut self, part: &str, items: &[T]) -> Result<()> {
        for chunk in items.chunks(chunks::ITEMS) {
            self.chunk(part, chunk).await?;
        }
        Ok(())
    }

    async fn chunk<T: Serialize + ?Sized>(&mut self, part: &str, items: &T) -> Result<()> {
        let bytes = chunks::pack(items)?;
        sqlx::query("INSERT INTO plan_chunks VALUES (?, ?, ?, ?)")
            .bind(self.run.0)
            .bind(self.seq)
            .bind(part)
            .bind(bytes)
            .execute(&mut *self.connection)
            .await?;
        self.seq += 1;
        Ok(())
    }
}

/// Drops a run's plan, and notes when.
pub(crate) async fn remove(connection: &mut SqliteConnection, run: RunKey) -> Result<()> {
    sqlx::query("UPDATE runs SET plan_dropped = ? WHERE key = ?")
        .bind(text::now())
        .bind(run.0)
        .execute(&mut *connection)
        .await?;
    sqlx::query("DELETE FROM plan_chunks WHERE run = ?")
        .bind(run.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Drops plans that nobody can use once a run of the provider committed: those
/// of its previews, made for a roster that is gone, and those of runs committed
/// too long ago.
pub(crate) async fn drop_stale(
    connection: &mut SqliteConnection,
    provider: Option<ProviderKey>,
) -> Result<()> {
    let stale: Vec<u32> = sqlx::query_scalar(
        "WITH kept AS (SELECT DISTINCT run FROM plan_chunks)
         SELECT key FROM runs WHERE provider = ?1 AND key IN kept
            AND committed_version IS NULL AND status NOT IN ('held', 'running', 'queued')
         UNION SELECT key FROM (SELECT key FROM runs
            WHERE committed_version <> base_version AND key IN kept
            ORDER BY committed_version DESC LIMIT -1 OFFSET ?2)
         UNION SELECT key FROM (SELECT key FROM runs
            WHERE committed_version = base_version AND key IN kept
            ORDER BY commit_order DESC LIMIT -1 OFFSET ?2)",
    )
    .bind(provider.map(|key| key.0))
    .bind(KEPT_PLANS)
    .fetch_all(&mut *connection)
    .await?;
    for run in stale {
        remove(connection, RunKey(run)).await?;
    }
    Ok(())
}
