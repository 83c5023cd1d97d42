//! Reading: from an integration's first request to its last staged page.
//!
//! Pages are asked for in parallel up to the integration's concurrency, each in
//! a fresh sandbox, and each counts only once it is committed to the store. So
//! a run that ends in the middle goes on from there. What a page says is none
//! of this module's business.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use homeroom_roster::finding::{Effect, Finding, Severity};
use homeroom_roster::record::Collection;
use homeroom_roster::state::{ProviderKey, RunKey};
use homeroom_sandbox::{CallError, Page, PageRequest, Session};
use homeroom_store::{PageFinding, StagedPage, Tenant};
use tokio::task::JoinSet;

use crate::error::Error;
use crate::observer::Collector;
use crate::progress::{Event, Progress};
use crate::usage::{Places, StoredStats};

/// What is to be read, and how.
pub(crate) struct Reading {
    pub(crate) tenant: Tenant,
    pub(crate) run: RunKey,
    pub(crate) provider: ProviderKey,
    pub(crate) session: Session,
    pub(crate) collections: Vec<Collection>,
    pub(crate) page_size: u32,
    pub(crate) concurrency: usize,
    pub(crate) collector: Arc<Collector>,
    pub(crate) progress: Arc<dyn Progress>,
    pub(crate) places: Arc<Places>,
}

/// What reading took, all attempts of the run together.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ReadTotals {
    pub(crate) bytes: u64,
    pub(crate) sandbox: Duration,
    pub(crate) peak_memory: u64,
    pub(crate) pages: u64,
}

/// Why reading ended early.
#[derive(Debug)]
pub(crate) enum ReadFailure {
    /// The source or the adapter failed on this collection.
    Call(Collection, CallError),
    /// The source or the adapter never comes to an end.
    Endless(String),
    /// We failed.
    Ours(Error),
}

impl From<Error> for ReadFailure {
    fn from(error: Error) -> Self {
        ReadFailure::Ours(error)
    }
}

impl From<homeroom_store::Error> for ReadFailure {
    fn from(error: homeroom_store::Error) -> Self {
        ReadFailure::Ours(error.into())
    }
}

/// How far each collection is.
#[derive(Default)]
struct Advance {
    rows: u64,
    total: Option<u64>,
    open: usize,
}

type Place = (Collection, Option<String>);
type Answer = (Place, std::result::Result<StagedOutcome, ReadFailure>);

/// A page that is in the store.
struct StagedOutcome {
    received: u64,
    total: Option<u64>,
    next: Vec<String>,
    findings: u64,
    stats: StoredStats,
}

impl Reading {
    /// Reads everything that is not staged yet. Returns findings about whole
    /// collections besides the totals.
    pub(crate) async fn run(self) -> std::result::Result<(ReadTotals, Vec<Finding>), ReadFailure> {
        let result = self.read_all().await;
        self.collector.flush(&self.tenant, self.run).await?;
        result
    }

    async fn read_all(&self) -> std::result::Result<(ReadTotals, Vec<Finding>), ReadFailure> {
        let mut totals = ReadTotals::default();
        let mut findings = Vec::new();
        let mut finding_count = 0;
        let mut place_text = 0;
        let mut advance: BTreeMap<Collection, Advance> = BTreeMap::new();
        let mut seen: HashSet<Place> = HashSet::new();
        let mut queue: VecDeque<Place> = VecDeque::new();

        for page in self.tenant.staged(self.run).await? {
            let stats: StoredStats = serde_json::from_value(page.stats).unwrap_or_default();
            totals.add(stats);
            finding_count += u64::from(page.finding_count);
            let entry = advance.entry(page.collection).or_default();
            entry.rows += u64::from(page.received);
            entry.total = page.total.or(entry.total);
            place_text += page.next.iter().map(String::len).sum::<usize>();
            seen.insert((page.collection, page.cursor));
            queue.extend(
                page.next
                    .into_iter()
                    .map(|cursor| (page.collection, Some(cursor))),
            );
        }
        queue.extend(
            self.collections
                .iter()
                .map(|collection| (*collection, None)),
        );
        queue.retain(|place| seen.insert(place.clone()));
        for (collection, _) in &queue {
            advance.entry(*collection).or_default().open += 1;
        }

        let mut at_work: JoinSet<Answer> = JoinSet::new();
        loop {
            while at_work.len() < self.concurrency {
                let Some(place) = queue.pop_front() else {
                    break;
                };
                at_work.spawn(self.page(place));
            }
            let Some(joined) = at_work.join_next().await else {
                break;
            };
            let (place, answer) = joined.map_err(|error| {
                Error::refused(
                    "internal",
                    format!("reading a page ended abnormally: {error}"),
                )
            })?;
            let collection = place.0;
            let entry = advance.entry(collection).or_default();
            entry.open -= 1;
            match answer {
                Ok(page) => {
                    totals.add(page.stats);
                    finding_count += page.findings;
                    entry.rows += page.received;
                    entry.total = page.total.or(entry.total);
                    for cursor in page.next {
                        // A place that was read already is not read again: an
                        // adapter that sends the host in circles ends here.
                        place_text += cursor.len();
                        let place = (collection, Some(cursor));
                        if seen.insert(place.clone()) {
                            entry.open += 1;
                            queue.push_back(place);
                        }
                    }
                }
                Err(ReadFailure::Call(_, error))
                    if place.1.is_none() && spared(collection, &error) =>
                {
                    findings.push(self.not_granted(collection, &error));
                }
                Err(failure) => {
                    at_work.shutdown().await;
                    return Err(failure);
                }
            }
            self.places.note(seen.len(), queue.len());
            if let Some(detail) = self.endless(collection, seen.len(), queue.len(), place_text) {
                at_work.shutdown().await;
                return Err(ReadFailure::Endless(detail));
            }
            self.progress.event(&Event::Reading {
                collection,
                rows: entry.rows,
                total: entry.total,
                done: entry.open == 0,
            });
            self.progress.event(&Event::Findings {
                count: finding_count,
            });
            self.progress.event(&Event::Request {
                count: self.collector.sent(),
                waiting: None,
            });
            if totals.pages.is_multiple_of(64) {
                self.collector.flush(&self.tenant, self.run).await?;
            }
        }
        for (collection, advance) in &advance {
            findings.extend(self.fell_short(*collection, advance));
        }
        Ok((totals, findings))
    }

    /// What says that the source or the adapter never comes to an end.
    fn endless(
        &self,
        collection: Collection,
        named: usize,
        open: usize,
        text: usize,
    ) -> Option<String> {
        let limits = self.session.limits();
        if named > limits.run_pages || text > limits.run_cursor_bytes {
            return Some(format!(
                "reading {collection} does not end: {named} pages were named so far"
            ));
        }
        (open > limits.open_cursors)
            .then(|| format!("reading {collection} does not end: {open} pages wait to be read"))
    }

    /// A source that announced more rows than it gave.
    fn fell_short(&self, collection: Collection, advance: &Advance) -> Option<Finding> {
        let total = advance.total.filter(|total| *total > advance.rows)?;
        let rows = advance.rows;
        let detail = format!("the source announced {total} {collection} and gave {rows}");
        Some(self.about(collection, "collection-short", detail))
    }

    fn not_granted(&self, collection: Collection, error: &CallError) -> Finding {
        let detail = format!("the source does not give {collection}: {}", error.detail());
        self.about(collection, "collection-not-granted", detail)
    }

    /// A warning about a whole collection.
    fn about(&self, collection: Collection, code: &str, detail: String) -> Finding {
        Finding {
            code: code.into(),
            severity: Severity::Warning,
            effect: Effect::Kept,
            provider: Some(self.provider),
            entity: Some(collection),
            sourced_id: None,
            field: None,
            detail: detail.into(),
        }
    }

    fn page(&self, place: Place) -> impl Future<Output = Answer> + Send + 'static {
        let session = self.session.clone();
        let tenant = self.tenant.clone();
        let run = self.run;
        let request = PageRequest {
            collection: place.0,
            cursor: place.1.clone(),
            changed_since: None,
            page_size: self.page_size,
        };
        async move {
            let answer = match session.read(&request).await {
                Ok(page) => stage(&tenant, run, request.cursor, page).await,
                Err(error) => Err(ReadFailure::Call(request.collection, error)),
            };
            (place, answer)
        }
    }
}

/// A roster without courses or academic sessions is still a roster, so a source
/// that does not give them is no reason to stop. If it gave them before, the
/// guard speaks.
fn spared(collection: Collection, error: &CallError) -> bool {
    matches!(
        collection,
        Collection::Courses | Collection::AcademicSessions
    ) && matches!(error.code(), "forbidden" | "not-found" | "unsupported")
}

async fn stage(
    tenant: &Tenant,
    run: RunKey,
    cursor: Option<String>,
    page: Page,
) -> std::result::Result<StagedOutcome, ReadFailure> {
    let stats = StoredStats::from(page.stats);
    let staged = StagedOutcome {
        received: page.received.into(),
        total: page.total,
        next: page.next.clone(),
        findings: page.findings.len() as u64,
        stats,
    };
    let findings = page.findings.into_iter().map(|finding| PageFinding {
        severity: match finding.severity {
            homeroom_sandbox::Severity::Error => Severity::Error,
            homeroom_sandbox::Severity::Warning => Severity::Warning,
        },
        code: finding.code,
        sourced_id: finding.sourced_id,
        field: finding.field,
        detail: finding.detail,
    });
    let page = StagedPage {
        collection: page.collection,
        cursor,
        next: page.next,
        records: page.records,
        count: page.count,
        received: page.received,
        total: page.total,
        findings: findings.collect(),
        storage_writes: page.storage_writes,
        stats: crate::integrations::to_json(&stats),
    };
    tenant.stage(run, page).await?;
    Ok(staged)
}

impl ReadTotals {
    fn add(&mut self, page: StoredStats) {
        self.bytes += page.bytes;
        self.sandbox += Duration::from_micros(page.guest_micros);
        self.peak_memory = self.peak_memory.max(page.peak_memory);
        self.pages += 1;
    }
}

/// What reading asks for: what the adapter reads, and of that what the settings
/// want.
pub(crate) fn wanted(offered: &[Collection], classrooms: bool) -> Vec<Collection> {
    let needed = |collection: &Collection| {
        classrooms || matches!(collection, Collection::Orgs | Collection::Users)
    };
    Collection::ALL
        .into_iter()
        .filter(|c| offered.contains(c))
        .filter(needed)
        .collect()
}
