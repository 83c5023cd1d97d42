//! Writing a plan: only what changes, in the order of the keys. The caller's
//! transaction makes it all or nothing.

use homeroom_roster::plan::{Changes, Plan};
use homeroom_roster::state::NextKeys;
use sqlx::SqliteConnection;

use super::{Record, delete, insert, overwrite};
use crate::bulk::Rows;
use crate::error::Result;

/// From how many users on an index is built after a first load instead of
/// along with it.
const FIRST_LOAD: usize = 10_000;

/// Applies a plan to the tables.
pub(crate) async fn plan(connection: &mut SqliteConnection, plan: &Plan) -> Result<()> {
    let later = plan.users.created.len() >= FIRST_LOAD && is_empty(connection).await?;
    if later {
        sqlx::query("DROP INDEX user_id")
            .execute(&mut *connection)
            .await?;
    }
    changes(connection, &plan.orgs).await?;
    changes(connection, &plan.sessions).await?;
    changes(connection, &plan.courses).await?;
    changes(connection, &plan.classes).await?;
    changes(connection, &plan.users).await?;
    changes(connection, &plan.links).await?;
    changes(connection, &plan.enrollments).await?;
    changes(connection, &plan.guardians).await?;
    if later {
        sqlx::query("CREATE UNIQUE INDEX user_id ON users (id)")
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Writes the roster's new version and the keys that are still free. A free
/// key never becomes smaller, whatever a plan says: no key is given twice.
pub(crate) async fn version(
    connection: &mut SqliteConnection,
    version: u64,
    next: &NextKeys,
) -> Result<()> {
    sqlx::query(
        "UPDATE state SET version = ?, next_org = max(next_org, ?),
            next_session = max(next_session, ?), next_course = max(next_course, ?),
            next_class = max(next_class, ?), next_user = max(next_user, ?)",
    )
    .bind(version as i64)
    .bind(next.org)
    .bind(next.session)
    .bind(next.course)
    .bind(next.class)
    .bind(next.user)
    .execute(connection)
    .await?;
    Ok(())
}

async fn is_empty(connection: &mut SqliteConnection) -> Result<bool> {
    Ok(
        sqlx::query_scalar("SELECT NOT EXISTS (SELECT 1 FROM users)")
            .fetch_one(connection)
            .await?,
    )
}

async fn changes<T: Record>(connection: &mut SqliteConnection, changes: &Changes<T>) -> Result<()> {
    let gone = delete::<T>();
    let mut rows = Rows::new(&gone, changes.removed.len());
    for record in &changes.removed {
        record.write_key(&mut rows);
        rows.end(connection).await?;
    }
    rows.finish(connection).await?;

    let changed = overwrite::<T>();
    let mut rows = Rows::new(&changed, changes.updated.len());
    for update in &changes.updated {
        update.after.write_key(&mut rows);
        update.after.write_rest(&mut rows);
        rows.end(connection).await?;
    }
    rows.finish(connection).await?;

    let new = insert::<T>();
    let mut rows = Rows::new(&new, changes.created.len());
    for record in &changes.created {
        record.write_key(&mut rows);
        record.write_rest(&mut rows);
        rows.end(connection).await?;
    }
    rows.finish(connection).await
}
