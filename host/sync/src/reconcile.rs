//! From staged pages to a plan: loads what every source says and what the
//! roster is, and asks the core.

use std::collections::{BTreeMap, HashSet};

use futures::StreamExt;
use homeroom_roster::codec;
use homeroom_roster::finding::{Effect, Finding, Severity};
use homeroom_roster::outcome::{Decisions, Inputs, Outcome, Source, Tally};
use homeroom_roster::record::{Collection, Day};
use homeroom_roster::settings::{Provider, ProviderKind, Settings};
use homeroom_roster::source::{Builder, SourceRecords};
use homeroom_roster::state::{ProviderKey, Roster, RunKey};
use homeroom_store::{PageFinding, PageRow, ProviderState, Tenant};

use crate::delta::{self, Layer};
use crate::error::{Error, Result};
use crate::guardians;

/// Everything that a plan is made from.
pub(crate) struct Prepared {
    pub(crate) previous: Roster,
    pub(crate) version: u64,
    pub(crate) sources: Vec<Source>,
    pub(crate) decisions: Decisions,
    /// Providers whose stored records are in the form of another version of
    /// Homeroom. Until they are read again, what they brought stays as it is.
    pub(crate) outdated: Vec<Provider>,
    /// What reading found wrong with the running provider's rows.
    pub(crate) page_findings: Vec<(Collection, PageFinding)>,
}

/// The run that a plan is made for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Running {
    pub(crate) provider: ProviderKey,
    pub(crate) run: RunKey,
    /// Its pages lie over what the provider said before.
    pub(crate) over_earlier: bool,
}

/// Loads the roster and every source: the running provider's from this run's
/// pages, the others' as they last were.
pub(crate) async fn prepare(tenant: &Tenant, running: Option<Running>) -> Result<Prepared> {
    let loaded = tenant.load_roster().await?;
    prepare_on(tenant, loaded, running).await
}

/// The same, on a roster that is loaded already.
pub(crate) async fn prepare_on(
    tenant: &Tenant,
    (previous, version): (Roster, u64),
    running: Option<Running>,
) -> Result<Prepared> {
    let mut sources = Vec::new();
    let mut page_findings = Vec::new();
    let mut outdated = Vec::new();
    let rows = tenant.providers().await?;
    let known: BTreeMap<ProviderKey, Settings> = rows
        .iter()
        .filter(|row| row.state != ProviderState::Deleted)
        .map(|row| (row.key, row.settings.clone()))
        .collect();
    for row in rows {
        let mut provider = row.provider();
        if let ProviderKind::Guardians(of) = row.kind {
            // With its integration goes the file: what it imported stays.
            let Some(settings) = known.get(&of) else {
                continue;
            };
            provider.settings = guardians::settings(settings, &row.settings);
        }
        if row.state == ProviderState::Deleted {
            continue;
        }
        let running = running.filter(|running| running.provider == row.key);
        let pages = match running {
            Some(running) => {
                let mut pages = match running.over_earlier {
                    true => tenant.source_pages(row.key).await?,
                    false => Vec::new(),
                };
                pages.extend(tenant.staged(running.run).await?);
                pages
            }
            None => {
                let pages = tenant.source_pages(row.key).await?;
                if pages.is_empty() {
                    continue;
                }
                if pages.iter().any(|page| page.format != codec::FORMAT) {
                    outdated.push(provider);
                    continue;
                }
                pages
            }
        };
        let (records, findings) = load(tenant, pages, running.is_some()).await?;
        page_findings.extend(findings);
        sources.push(Source { provider, records });
    }
    let decisions = tenant.decisions().await?;
    Ok(Prepared {
        previous,
        version,
        sources,
        decisions,
        outdated,
        page_findings,
    })
}

/// How many pages are decompressed ahead of the one that is taken in.
const AHEAD: usize = 2;

/// Loads a source's records and, if asked for, what was found wrong with its
/// rows while reading them.
async fn load(
    tenant: &Tenant,
    pages: Vec<PageRow>,
    with_findings: bool,
) -> Result<(SourceRecords, Vec<(Collection, PageFinding)>)> {
    let mut builder = SourceRecords::builder();
    let mut findings = Vec::new();
    let mut damage = None;
    for (depth, layer) in delta::layers(pages).into_iter().enumerate() {
        if depth > 0 {
            builder.older_layer();
        }
        if with_findings {
            let found = tenant.page_findings(layer.run).await?;
            standing(found, &layer, depth, &builder, &mut findings);
        }
        let mut bytes = futures::stream::iter(layer.pages.into_iter().map(|page| async move {
            let bytes = tenant.page_bytes(page.blob).await;
            (page.collection, bytes)
        }))
        .buffered(AHEAD);
        while let Some((collection, bytes)) = bytes.next().await {
            match bytes {
                Ok(bytes) => builder
                    .add_page(collection, &bytes)
                    .map_err(|error| Error::refused("damaged", error.to_string()))?,
                // All pages are looked at, so that reading the source again
                // mends all of them at once.
                Err(error) => damage = damage.or(Some(error)),
            }
        }
    }
    match damage {
        Some(error) => Err(error.into()),
        None => Ok((builder.finish(), findings)),
    }
}

/// Adds what reading a layer's pages has found and is still so: all of the
/// newest layer's; of an older one's what is about rows that no newer layer has.
fn standing(
    found: Vec<(Collection, PageFinding)>,
    layer: &Layer,
    depth: usize,
    builder: &Builder,
    findings: &mut Vec<(Collection, PageFinding)>,
) {
    if depth == 0 {
        findings.extend(found);
        return;
    }
    let newer: HashSet<(Collection, String)> = findings
        .iter()
        .filter_map(|(collection, finding)| Some((*collection, finding.sourced_id.clone()?)))
        .collect();
    findings.extend(found.into_iter().filter(|(collection, finding)| {
        let read = layer
            .pages
            .iter()
            .any(|page| page.collection == *collection);
        let is_row = match &finding.sourced_id {
            None => finding.severity >= Severity::Error,
            Some(id) => {
                !builder.is_outdated(*collection, id) && !newer.contains(&(*collection, id.clone()))
            }
        };
        read && is_row
    }));
}

/// Says of a provider that was left as it is.
pub(crate) fn outdated_finding(provider: &Provider) -> Finding {
    let again = match provider.kind {
        ProviderKind::Sis => format!("run `homeroom sync {} --full`", provider.name),
        ProviderKind::Directory => format!("import the directory {} again", provider.name),
        ProviderKind::Guardians(_) => {
            format!("import the file of guardians {} again", provider.name)
        }
    };
    Finding {
        code: "stored-records-outdated".into(),
        severity: Severity::Warning,
        effect: Effect::Kept,
        provider: Some(provider.key),
        entity: None,
        sourced_id: None,
        field: None,
        detail: format!(
            "the stored records of {} are of another version of Homeroom; what it imported stays \
             as it is until you {again}",
            provider.name
        )
        .into(),
    }
}

impl Prepared {
    /// What the core takes.
    pub(crate) fn inputs(&self, running: ProviderKey, run: RunKey, today: Day) -> Inputs<'_> {
        Inputs {
            previous: &self.previous,
            sources: &self.sources,
            unread: &self.outdated,
            decisions: &self.decisions,
            today,
            running,
            run,
        }
    }

    /// Asks the core. Takes processor time, not input or output.
    pub(crate) fn reconcile(&self, running: ProviderKey, run: RunKey, today: Day) -> Outcome {
        let inputs = self.inputs(running, run, today);
        tokio::task::block_in_place(|| homeroom_roster::reconcile(&inputs))
    }
}

/// Adds what reading found to what the core found: rows that reading left out
/// count as received and failed.
pub(crate) fn add_page_findings(
    found: Vec<(Collection, PageFinding)>,
    provider: ProviderKey,
    outcome: &mut Outcome,
) {
    let mut lost: BTreeMap<Collection, u64> = BTreeMap::new();
    for (collection, finding) in found {
        let effect = match finding.severity {
            Severity::Error | Severity::Fatal => {
                *lost.entry(collection).or_default() += 1;
                Effect::Failed
            }
            Severity::Warning | Severity::Info => Effect::Kept,
        };
        outcome.findings.push(Finding {
            code: finding.code.into(),
            severity: finding.severity,
            effect,
            provider: Some(provider),
            entity: Some(collection),
            sourced_id: finding.sourced_id.map(Into::into),
            field: finding.field.map(Into::into),
            detail: finding.detail.into(),
        });
    }
    for (collection, rows) in lost {
        let tally: &mut Tally = outcome.tally.entry(collection).or_default();
        tally.received += rows;
        tally.failed += rows;
    }
}
