//! Reading the whole roster.
//!
//! A row, and each of its columns, costs more on its way out of the database
//! than in it. So rows come many to a value, as JSON; and enrollments, of which
//! there are most, a class to a row, as text that SQLite made of their numbers.
//! Enrollments are read on a second connection meanwhile. Both connections see
//! one version of the roster, or the reading starts over.

use std::sync::Arc;

use futures::TryStreamExt;
use homeroom_roster::record::Day;
use homeroom_roster::state::{ClassKey, Enrollment, Link, NextKeys, Roster, User, UserKey};
use sqlx::{AssertSqlSafe, Row, Sqlite, SqliteConnection, SqlitePool, Transaction};

use super::cells::{Shared, damaged, read_rows, role};
use super::{Record, insert, select};
use crate::bulk::Rows;
use crate::error::{Error, Result};
use crate::tenant::Tenant;

/// Rows that come in one value: a few hundred kilobytes.
const ROWS: usize = 1000;

/// Each line is a member: user, role and whether primary in one number, then
/// first and last day, empty where there is none.
const ENROLLMENTS: &str = "SELECT class, group_concat(
        ((user << 8) | (role << 1) | main) || ' ' || ifnull(begin_day, '') || ' ' || ifnull(end_day, ''),
        char(10))
    FROM enrollments GROUP BY class ORDER BY class";

impl Tenant {
    /// The whole roster, and its version.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn load_roster(&self) -> Result<(Roster, u64)> {
        loop {
            let mut reading = AbortOnDrop(tokio::spawn(enrollments(self.readers().clone())));
            let (mut roster, version) = all_but_enrollments(self.readers()).await?;
            let (enrollments, other) = (&mut reading.0).await.map_err(|_| Error::Ending {
                what: "reading the roster",
            })??;
            // A commit may fall between the two beginnings.
            if version == other {
                roster.enrollments = enrollments;
                return Ok((roster, version));
            }
        }
    }
}

impl Tenant {
    /// The users and links of the roster alone.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn load_people(&self) -> Result<(Vec<User>, Vec<Link>)> {
        let (mut tx, _, _) = snapshot(self.readers()).await?;
        let mut shared = Shared::default();
        Ok((
            all(&mut tx, &mut shared).await?,
            all(&mut tx, &mut shared).await?,
        ))
    }
}

/// Stops a task whose result nobody waits for any more.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn all_but_enrollments(pool: &SqlitePool) -> Result<(Roster, u64)> {
    let (mut tx, version, next) = snapshot(pool).await?;
    let mut shared = Shared::default();
    let roster = Roster {
        orgs: all(&mut tx, &mut shared).await?,
        sessions: all(&mut tx, &mut shared).await?,
        courses: all(&mut tx, &mut shared).await?,
        classes: all(&mut tx, &mut shared).await?,
        users: all(&mut tx, &mut shared).await?,
        links: all(&mut tx, &mut shared).await?,
        enrollments: Vec::new(),
        guardians: all(&mut tx, &mut shared).await?,
        next,
    };
    Ok((roster, version))
}

/// Begins to read. All that is read in the transaction is of one version.
async fn snapshot(pool: &SqlitePool) -> Result<(Transaction<'static, Sqlite>, u64, NextKeys)> {
    let mut tx = pool.begin().await?;
    let row = sqlx::query("SELECT * FROM state")
        .fetch_one(&mut *tx)
        .await?;
    let next = NextKeys {
        org: row.try_get("next_org")?,
        session: row.try_get("next_session")?,
        course: row.try_get("next_course")?,
        class: row.try_get("next_class")?,
        user: row.try_get("next_user")?,
    };
    Ok((tx, row.try_get::<i64, _>("version")? as u64, next))
}

async fn all<T: Record>(connection: &mut SqliteConnection, shared: &mut Shared) -> Result<Vec<T>> {
    let first: Arc<str> = select::<T>(ROWS, true).into();
    let further: Arc<str> = select::<T>(ROWS, false).into();
    let table = insert::<T>();
    let mut records: Vec<T> = Vec::new();
    loop {
        let json: String = match records.last() {
            None => {
                sqlx::query_scalar(AssertSqlSafe(first.clone()))
                    .fetch_one(&mut *connection)
                    .await?
            }
            Some(last) => {
                let mut key = Rows::new(&table, 1);
                last.write_key(&mut key);
                sqlx::query_scalar_with(AssertSqlSafe(further.clone()), key.into_values()?)
                    .fetch_one(&mut *connection)
                    .await?
            }
        };
        let before = records.len();
        let read = read_rows(&json, shared, &mut records)?;
        // SQLite promises no order within an aggregate.
        let new = &mut records[before..];
        if !new.is_sorted_by(|a, b| T::by_key(a, b).is_lt()) {
            new.sort_by(T::by_key);
        }
        if read < ROWS {
            return Ok(records);
        }
    }
}

async fn enrollments(pool: SqlitePool) -> Result<(Vec<Enrollment>, u64)> {
    let (mut tx, version, _) = snapshot(&pool).await?;
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM enrollments")
        .fetch_one(&mut *tx)
        .await?;
    let mut enrollments = Vec::with_capacity(count as usize);
    let mut rows = sqlx::query(ENROLLMENTS).fetch(&mut *tx);
    while let Some(row) = rows.try_next().await? {
        let class = ClassKey(row.try_get_unchecked(0)?);
        let first = enrollments.len();
        for line in row.try_get_unchecked::<&str, _>(1)?.split('\n') {
            enrollments.push(member(class, line).ok_or_else(|| damaged("an enrollment"))?);
        }
        // SQLite promises no order within a group.
        let members = &mut enrollments[first..];
        if !members.is_sorted_by_key(|member| (member.user, member.role)) {
            members.sort_by_key(|member| (member.user, member.role));
        }
    }
    drop(rows);
    Ok((enrollments, version))
}

fn member(class: ClassKey, line: &str) -> Option<Enrollment> {
    let mut parts = line.split(' ');
    let packed: u64 = parts.next()?.parse().ok()?;
    let mut day = || match parts.next()? {
        "" => Some(None),
        day => Some(Some(Day(day.parse().ok()?))),
    };
    Some(Enrollment {
        class,
        user: UserKey(u32::try_from(packed >> 8).ok()?),
        role: role((packed >> 1) as u32 & 0x7f).ok()?,
        primary: packed & 1 == 1,
        begin: day()?,
        end: day()?,
    })
}
