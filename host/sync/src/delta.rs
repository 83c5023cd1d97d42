//! Whether a run asks for everything or for what changed since the last one.
//!
//! A read of changes lies over what was read before, so it needs something to
//! lie over: reads of the same source with the same adapter, in a form that can
//! still be decoded. It never shows what was deleted without a trace, so from
//! time to time everything is read again. What becomes of records is not known
//! here.

use std::collections::BTreeMap;

use homeroom_roster::codec;
use homeroom_roster::record::{Collection, Extent};
use homeroom_roster::state::{ProviderKey, RunKey};
use homeroom_sandbox::Read;
use homeroom_store::{PageRow, RunRow, Tenant};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::integrations::Integration;
use crate::views::PerCollection;

/// Changes are asked for from so many hours before the start of the last read
/// on: for clocks that differ, for sources that give local times as UTC, and for
/// changes that reach the interface late.
const OVERLAP_HOURS: i64 = 24;

/// A full read may come so many hours before it is due, so that a weekly one at
/// the same hour does not slip by a day.
const EARLY_HOURS: i64 = 12;

/// What a run can build on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Base {
    /// From when on to ask for changes; none: for everything.
    pub(crate) since: Option<Timestamp>,
    /// The collections that were read before, over which changes may lie.
    pub(crate) known: Vec<Collection>,
    /// Why everything is asked for although changes were wanted.
    pub(crate) why_whole: Option<String>,
}

/// What a read of changes brought: part of a run's report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeltaView {
    /// From when on changes were asked for (RFC 3339); absent where the source
    /// itself gives changes, as OneRoster CSV files in mode `delta` do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Rows that came, by collection; the report's other figures are of all that
    /// is known of the source.
    pub rows: PerCollection,
}

/// How a source is to be read.
pub(crate) struct Wish<'a> {
    pub(crate) found: &'a Integration,
    pub(crate) read: &'a Read,
    /// The adapter's digest.
    pub(crate) adapter: &'a str,
    /// What decides what the source is: see [`crate::run`].
    pub(crate) reach: &'a str,
    /// Everything was asked for.
    pub(crate) full: bool,
    /// The source is a set of files.
    pub(crate) files: bool,
    pub(crate) now: Timestamp,
}

impl Wish<'_> {
    /// Looks at what was read before.
    pub(crate) async fn base(&self, tenant: &Tenant) -> Result<Base> {
        if !self.read.delta {
            return Ok(Base::default());
        }
        let days = self.found.read.full_read_days;
        let days = days.unwrap_or(self.read.full_read_days);
        let wanted = days > 0 && !self.files && !self.found.read.compatibility;
        let whole = |why: &str| Base {
            why_whole: wanted.then(|| why.to_owned()),
            ..Base::default()
        };
        if self.full {
            return Ok(whole("it was asked for"));
        }
        let row = &self.found.row;
        if row.full_read_needed {
            return Ok(whole(
                "it is the first time, or the integration was reset or edited",
            ));
        }
        let runs = tenant.source_runs(row.key).await?;
        let (Some(first), Some(last)) = (runs.first(), runs.last()) else {
            return Ok(whole("nothing was read before"));
        };
        if !runs.iter().all(|run| self.is_same_source(run)) {
            return Ok(whole("the adapter or the settings are others than before"));
        }
        let Some(known) = known(tenant, row.key).await? else {
            return Ok(whole(
                "the stored records are of another version of Homeroom",
            ));
        };
        let base = Base {
            known,
            ..Base::default()
        };
        if !wanted {
            return Ok(base);
        }
        let again = SignedDuration::from_hours(i64::from(days) * 24 - EARLY_HOURS);
        if last.started > self.now {
            return Ok(whole("the clock was put back since the last read"));
        }
        if self.now.duration_since(first.started) >= again {
            return Ok(whole(&format!("the last time was {:.0}", first.started)));
        }
        let overlap = SignedDuration::from_hours(OVERLAP_HOURS);
        Ok(Base {
            since: last.started.checked_sub(overlap).ok(),
            ..base
        })
    }

    fn is_same_source(&self, run: &RunRow) -> bool {
        let reach = run.fingerprint.as_deref().and_then(reach_of);
        run.adapter.as_deref() == Some(self.adapter) && reach == Some(self.reach)
    }
}

/// The first part of a run's fingerprint says what the source is, the second how
/// it is read this time.
pub(crate) fn fingerprint(reach: &str, reading: &str) -> String {
    format!("{reach}.{reading}")
}

fn reach_of(fingerprint: &str) -> Option<&str> {
    fingerprint.split_once('.').map(|(reach, _)| reach)
}

/// The collections that are stored; none if not all can be decoded.
async fn known(tenant: &Tenant, provider: ProviderKey) -> Result<Option<Vec<Collection>>> {
    let pages = tenant.source_pages(provider).await?;
    if pages.iter().any(|page| page.format != codec::FORMAT) {
        return Ok(None);
    }
    let is_known = |collection: &Collection| pages.iter().any(|p| p.collection == *collection);
    Ok(Some(Collection::ALL.into_iter().filter(is_known).collect()))
}

/// What a run has read, if any of it is changes. A run that asked for changes and
/// got everything has read everything.
pub(crate) async fn brought(
    tenant: &Tenant,
    run: RunKey,
    since: Option<Timestamp>,
) -> Result<Option<DeltaView>> {
    let pages = tenant.staged(run).await?;
    if pages.iter().all(|page| page.extent == Extent::Whole) {
        return Ok(None);
    }
    let mut rows = PerCollection::default();
    for page in pages {
        *rows.get_mut(page.collection) += u64::from(page.received);
    }
    Ok(Some(DeltaView {
        since: since.map(|since| format!("{since:.0}")),
        rows,
    }))
}

/// A run's pages, newest run first.
pub(crate) struct Layer {
    pub(crate) run: RunKey,
    pub(crate) pages: Vec<PageRow>,
}

/// Sorts pages into layers and leaves out what a newer run has read whole.
pub(crate) fn layers(pages: Vec<PageRow>) -> Vec<Layer> {
    let mut by_run: BTreeMap<RunKey, Vec<PageRow>> = BTreeMap::new();
    for page in pages {
        by_run.entry(page.run).or_default().push(page);
    }
    let mut whole: Vec<Collection> = Vec::new();
    let mut layers = Vec::new();
    for (run, mut pages) in by_run.into_iter().rev() {
        pages.retain(|page| !whole.contains(&page.collection));
        let now_whole = pages.iter().filter(|page| page.extent == Extent::Whole);
        whole.extend(now_whole.map(|page| page.collection));
        whole.sort_unstable();
        whole.dedup();
        layers.push(Layer { run, pages });
    }
    layers
}
