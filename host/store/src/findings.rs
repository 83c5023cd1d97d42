//! A run's findings, which may be millions: in chunks, with their counts beside
//! them. What a code means is not known here.

use std::collections::BTreeMap;

use homeroom_roster::finding::{Effect, Finding, Severity};
use homeroom_roster::state::RunKey;
use sqlx::{Row, SqliteConnection};

use crate::chunks;
use crate::connect::Durability;
use crate::error::{Error, Result};
use crate::tenant::Tenant;

/// How many findings of a kind a run has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingCount {
    /// The code.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// What it did to the records.
    pub effect: Effect,
    /// How many.
    pub count: u64,
}

/// Reads a run's findings chunk by chunk, in the order in which they were
/// saved.
#[derive(Debug)]
pub struct FindingReader {
    tenant: Tenant,
    run: RunKey,
    seq: u32,
}

impl FindingReader {
    /// The next few thousand findings; `None` at the end.
    ///
    /// # Errors
    /// If the database fails or a chunk is damaged.
    pub async fn next_chunk(&mut self) -> Result<Option<Vec<Finding>>> {
        let bytes: Option<Vec<u8>> =
            sqlx::query_scalar("SELECT bytes FROM finding_chunks WHERE run = ? AND seq = ?")
                .bind(self.run.0)
                .bind(self.seq)
                .fetch_optional(self.tenant.readers())
                .await?;
        self.seq += 1;
        bytes
            .map(|bytes| chunks::unpack("a run's findings", &bytes))
            .transpose()
    }
}

impl Tenant {
    /// Keeps a run's findings, instead of those it has.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn save_findings(&self, run: RunKey, findings: &[Finding]) -> Result<()> {
        let mut writer = self.writer().await;
        let mut tx = writer.begin(Durability::Power).await?;
        save(&mut tx, run, findings).await?;
        tx.commit().await?;
        Ok(())
    }

    /// How many findings of each code, severity and effect a run has.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn finding_counts(&self, run: RunKey) -> Result<Vec<FindingCount>> {
        sqlx::query("SELECT * FROM finding_counts WHERE run = ? ORDER BY code, severity, effect")
            .bind(run.0)
            .fetch_all(self.readers())
            .await?
            .iter()
            .map(|row| {
                Ok(FindingCount {
                    code: row.try_get("code")?,
                    severity: from_name(&SEVERITIES, row.try_get("severity")?)?,
                    effect: from_name(&EFFECTS, row.try_get("effect")?)?,
                    count: row.try_get::<i64, _>("count")? as u64,
                })
            })
            .collect()
    }

    /// Reads a run's findings.
    pub fn findings(&self, run: RunKey) -> FindingReader {
        FindingReader {
            tenant: self.clone(),
            run,
            seq: 0,
        }
    }
}

const SEVERITIES: [(&str, Severity); 4] = [
    ("info", Severity::Info),
    ("warning", Severity::Warning),
    ("error", Severity::Error),
    ("fatal", Severity::Fatal),
];

const EFFECTS: [(&str, Effect); 3] = [
    ("kept", Effect::Kept),
    ("skipped", Effect::Skipped),
    ("failed", Effect::Failed),
];

fn from_name<T: Copy>(names: &[(&str, T)], name: &str) -> Result<T> {
    names
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, value)| *value)
        .ok_or_else(|| {
            Error::damaged(
                "a run's finding counts",
                format!("`{name}` is not known"),
                "run again",
            )
        })
}

fn name_of<T: Copy + PartialEq>(names: &[(&'static str, T)], value: T) -> &'static str {
    names
        .iter()
        .find(|(_, known)| *known == value)
        .map_or("", |(name, _)| name)
}

pub(crate) async fn save(
    connection: &mut SqliteConnection,
    run: RunKey,
    findings: &[Finding],
) -> Result<()> {
    for statement in [
        "DELETE FROM finding_chunks WHERE run = ?",
        "DELETE FROM finding_counts WHERE run = ?",
    ] {
        sqlx::query(statement)
            .bind(run.0)
            .execute(&mut *connection)
            .await?;
    }
    let mut counts: BTreeMap<(&str, Severity, u8), (Effect, u64)> = BTreeMap::new();
    for finding in findings {
        let key = (&*finding.code, finding.severity, finding.effect as u8);
        counts.entry(key).or_insert((finding.effect, 0)).1 += 1;
    }
    for ((code, severity, _), (effect, count)) in counts {
        sqlx::query("INSERT INTO finding_counts VALUES (?, ?, ?, ?, ?)")
            .bind(run.0)
            .bind(code)
            .bind(name_of(&SEVERITIES, severity))
            .bind(name_of(&EFFECTS, effect))
            .bind(count as i64)
            .execute(&mut *connection)
            .await?;
    }
    for (seq, chunk) in (0u32..).zip(findings.chunks(chunks::ITEMS)) {
        sqlx::query("INSERT INTO finding_chunks VALUES (?, ?, ?)")
            .bind(run.0)
            .bind(seq)
            .bind(chunks::pack(chunk)?)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
