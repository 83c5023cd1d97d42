//! What administrators decided by hand: matches, refusals, pins. It outlives
//! runs, and what it does is for the core to know.

use homeroom_roster::outcome::Decisions;
use homeroom_roster::state::{Field, Origin, ProviderKey, Text, UserKey};
use sqlx::{Row, SqliteConnection};

use crate::acts;
use crate::connect::Durability;
use crate::error::{Error, Result};
use crate::tenant::Tenant;
use crate::text;

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// This record is this user. Takes back what was decided against it.
    Match(Origin, UserKey),
    /// This record is never this user. Takes back a match of the two.
    Never(Origin, UserKey),
    /// This record is no user that others hold. Takes back a match.
    Unmatch(Origin),
    /// This user's field has this value.
    Pin(UserKey, Field, Text),
    /// This user's field is the sources' again.
    Unpin(UserKey, Field),
}

// Kinds of rows.
const MATCH: &str = "match";
const NEVER: &str = "never";
const UNMATCH: &str = "unmatch";

impl Tenant {
    /// Every decision that stands, sorted.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn decisions(&self) -> Result<Decisions> {
        let mut decisions = Decisions::default();
        for row in sqlx::query("SELECT * FROM record_decisions")
            .fetch_all(self.readers())
            .await?
        {
            let origin = Origin {
                provider: ProviderKey(row.try_get("provider")?),
                sourced_id: row.try_get::<&str, _>("sourced_id")?.into(),
            };
            let user = UserKey(row.try_get("user")?);
            match row.try_get("kind")? {
                MATCH => decisions.matches.push((origin, user)),
                NEVER => decisions.never.push((origin, user)),
                _ => decisions.unmatched.push(origin),
            }
        }
        for row in sqlx::query("SELECT * FROM pins ORDER BY user")
            .fetch_all(self.readers())
            .await?
        {
            let name: &str = row.try_get("field")?;
            let field = Field::from_name(name).ok_or_else(|| {
                Error::damaged(
                    "a pin",
                    format!("`{name}` is no field"),
                    "unpin it and pin it again",
                )
            })?;
            let value = row.try_get::<&str, _>("value")?.into();
            let user = UserKey(row.try_get("user")?);
            decisions.pins.push((user, field, value));
        }
        decisions.pins.sort();
        Ok(decisions)
    }

    /// Makes a decision stand, from the next run on. What it contradicts is
    /// taken back.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn decide(&self, decision: &Decision) -> Result<()> {
        let mut writer = self.writer().await;
        let mut tx = writer.begin(Durability::Power).await?;
        let line = match decision {
            Decision::Match(origin, user) => {
                remove(&mut tx, origin, UNMATCH, None).await?;
                remove(&mut tx, origin, MATCH, None).await?;
                remove(&mut tx, origin, NEVER, Some(*user)).await?;
                add(&mut tx, origin, MATCH, *user).await?;
                format!("matched {} to user {user}", name(origin))
            }
            Decision::Never(origin, user) => {
                remove(&mut tx, origin, MATCH, Some(*user)).await?;
                add(&mut tx, origin, NEVER, *user).await?;
                format!("ruled out {} for user {user}", name(origin))
            }
            Decision::Unmatch(origin) => {
                remove(&mut tx, origin, MATCH, None).await?;
                add(&mut tx, origin, UNMATCH, UserKey(0)).await?;
                format!("unmatched {}", name(origin))
            }
            Decision::Pin(user, field, value) => {
                sqlx::query(
                    "INSERT INTO pins VALUES (?, ?, ?, ?) ON CONFLICT (user, field)
                     DO UPDATE SET value = excluded.value, made = excluded.made",
                )
                .bind(user.0)
                .bind(field.name())
                .bind(&**value)
                .bind(text::now())
                .execute(&mut *tx)
                .await?;
                format!("pinned {} of user {user}", field.name())
            }
            Decision::Unpin(user, field) => {
                sqlx::query("DELETE FROM pins WHERE user = ? AND field = ?")
                    .bind(user.0)
                    .bind(field.name())
                    .execute(&mut *tx)
                    .await?;
                format!("unpinned {} of user {user}", field.name())
            }
        };
        acts::write(&mut tx, &line).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn name(origin: &Origin) -> String {
    format!(
        "record `{}` of provider {}",
        origin.sourced_id, origin.provider
    )
}

async fn add(
    connection: &mut SqliteConnection,
    origin: &Origin,
    kind: &str,
    user: UserKey,
) -> Result<()> {
    sqlx::query("INSERT INTO record_decisions VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
        .bind(origin.provider.0)
        .bind(&*origin.sourced_id)
        .bind(kind)
        .bind(user.0)
        .bind(text::now())
        .execute(connection)
        .await?;
    Ok(())
}

async fn remove(
    connection: &mut SqliteConnection,
    origin: &Origin,
    kind: &str,
    user: Option<UserKey>,
) -> Result<()> {
    sqlx::query(
        "DELETE FROM record_decisions
         WHERE provider = ?1 AND sourced_id = ?2 AND kind = ?3 AND (?4 IS NULL OR user = ?4)",
    )
    .bind(origin.provider.0)
    .bind(&*origin.sourced_id)
    .bind(kind)
    .bind(user.map(|user| user.0))
    .execute(connection)
    .await?;
    Ok(())
}
