//! Findings as they are shown: with their owner from the catalogue and their
//! provider's name.

use std::collections::BTreeMap;

use homeroom_roster::catalogue;
use homeroom_roster::finding::Finding;
use homeroom_roster::state::{ProviderKey, RunKey};

use crate::error::{Error, Result};
use crate::homeroom::Office;
use crate::views::FindingView;

/// How many rows of each code a log shows.
const SAMPLES: usize = 5;

impl Office {
    /// Hands over each finding of a run, worst first.
    ///
    /// # Errors
    /// If there is no such run, or its findings are no longer kept.
    pub async fn run_findings(
        &self,
        run: u32,
        each: &mut (dyn FnMut(FindingView) + Send),
    ) -> Result<()> {
        let row = self.tenant.run(RunKey(run)).await?;
        if let Some(at) = row.details_dropped {
            return Err(Error::refused(
                "details-gone",
                format!(
                    "the findings of run {run} are no longer kept (they were dropped at {at}); \
                     `homeroom run show {run}` says how many there were, and the newest run's \
                     findings say what is wrong now"
                ),
            ));
        }
        let run = row.key;
        let names = self.provider_names().await?;
        let mut reader = self.tenant.findings(run);
        while let Some(chunk) = reader.next_chunk().await? {
            for finding in chunk {
                each(view(finding, &names));
            }
        }
        Ok(())
    }

    /// The first rows of each code of a run.
    pub(crate) async fn samples(&self, run: RunKey) -> Result<Vec<FindingView>> {
        let names = self.provider_names().await?;
        let mut samples: BTreeMap<String, Vec<FindingView>> = BTreeMap::new();
        let mut reader = self.tenant.findings(run);
        while let Some(chunk) = reader.next_chunk().await? {
            for finding in chunk {
                let rows = match samples.get_mut(&*finding.code) {
                    Some(rows) => rows,
                    None => samples.entry(finding.code.to_string()).or_default(),
                };
                if rows.len() < SAMPLES {
                    rows.push(view(finding, &names));
                }
            }
        }
        Ok(samples.into_values().flatten().collect())
    }

    /// The names of all providers, deleted ones too.
    pub(crate) async fn provider_names(&self) -> Result<BTreeMap<ProviderKey, String>> {
        let rows = self.tenant.providers().await?;
        Ok(rows.into_iter().map(|row| (row.key, row.name)).collect())
    }
}

fn view(finding: Finding, names: &BTreeMap<ProviderKey, String>) -> FindingView {
    let owner = catalogue::find(&finding.code).map_or("vendor", |entry| entry.owner.name());
    FindingView {
        code: finding.code.to_string(),
        severity: finding.severity.name().to_owned(),
        owner: owner.to_owned(),
        source: finding.provider.and_then(|key| names.get(&key).cloned()),
        entity: finding.entity.map(|entity| entity.name().to_owned()),
        sourced_id: finding.sourced_id.map(|id| id.to_string()),
        field: finding.field.map(|field| field.to_string()),
        detail: finding.detail.to_string(),
    }
}
