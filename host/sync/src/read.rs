//! Reading: from an integration's first request to its last staged page.
//!
//! Pages are asked for in parallel up to the integration's concurrency, each in
//! a fresh sandbox, and each counts only once it is committed to the store. So
//! a run that ends in the middle goes on from there. What a page says is none
//! of this module's business.

mod books;
mod judge;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use homeroom_roster::finding::{Finding, Severity};
use homeroom_roster::record::Collection;
use homeroom_roster::state::{ProviderKey, RunKey};
use homeroom_sandbox::{CallError, Page, PageRequest, Session};
use homeroom_store::{Event as LogEvent, Level, PageFinding, StagedPage, Tenant};
use jiff::Timestamp;
use tokio::task::JoinSet;

use crate::error::Error;
use crate::observer::Collector;
use crate::progress::{Event, Progress};
use crate::usage::{Places, StoredStats};
use books::{Again, Books, Entry, Place};
use judge::spared;

/// What an adapter notes of a page with records that did not change, although
/// only changed ones were asked for.
const FILTER_IGNORED: &str = "filter-ignored";

/// What an adapter notes of a page that does not join the one before.
const ROWS_MOVED: &str = "rows-moved";

/// What is to be read, and how.
pub(crate) struct Reading {
    pub(crate) tenant: Tenant,
    pub(crate) run: RunKey,
    pub(crate) provider: ProviderKey,
    pub(crate) session: Session,
    pub(crate) collections: Vec<Collection>,
    /// Only what changed since; none: everything.
    pub(crate) since: Option<Timestamp>,
    /// What changes may be laid over; empty where nothing was read before.
    pub(crate) known: Vec<Collection>,
    /// Whether the adapter may answer with changes at all.
    pub(crate) delta: bool,
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
    /// What came cannot be used: a code, and what is the matter.
    Unusable(&'static str, String),
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

type Answer = (Place, std::result::Result<StagedOutcome, ReadFailure>);

/// A page that is in the store.
struct StagedOutcome {
    entry: Entry,
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
        let mut books = Books::default();
        let noted = self.noted().await?;
        for page in self.tenant.staged(self.run).await? {
            let stats: StoredStats = serde_json::from_value(page.stats.clone()).unwrap_or_default();
            totals.add(stats);
            finding_count += u64::from(page.finding_count);
            let place = (page.collection, page.cursor);
            let entry = Entry {
                received: page.received.into(),
                total: page.total,
                next: page.next,
                extent: page.extent,
                filter_ignored: noted.contains(&(page.collection, FILTER_IGNORED)),
                moved: noted.contains(&(page.collection, ROWS_MOVED)),
            };
            books.known(place, entry);
        }
        books.begin(&self.collections);
        // Changes need something to lie over.
        let unknown = self.collections.iter().filter(|c| !self.known.contains(c));
        unknown.for_each(|collection| books.standings.entry(*collection).or_default().whole = true);

        let mut at_work: JoinSet<Answer> = JoinSet::new();
        // Collections that are to be read anew, once no page is under way.
        let mut again: BTreeMap<Collection, Again> = BTreeMap::new();
        loop {
            again.extend(books.again());
            if at_work.is_empty() {
                for (collection, why) in std::mem::take(&mut again) {
                    self.read_anew(collection, why).await?;
                    books.restart(collection, why);
                }
            }
            while again.is_empty() && at_work.len() < self.concurrency {
                let Some(place) = books.queue.pop_front() else {
                    break;
                };
                let whole = books.standings.get(&place.0).is_some_and(|s| s.whole);
                at_work.spawn(self.page(place, self.since.filter(|_| !whole)));
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
            match answer {
                Ok(page) => {
                    totals.add(page.stats);
                    finding_count += page.findings;
                    let standing = books.standings.entry(collection).or_default();
                    if let Some(failure) = self.misfit(collection, standing.extent, &page.entry) {
                        at_work.shutdown().await;
                        return Err(failure);
                    }
                    books.took(&place, page.entry);
                }
                Err(ReadFailure::Call(_, error))
                    if place.1.is_none() && spared(collection, &error) =>
                {
                    books.closed(collection);
                    findings.push(self.not_granted(collection, &error));
                }
                Err(failure) => {
                    at_work.shutdown().await;
                    return Err(failure);
                }
            }
            let (named, open) = (books.named(), books.queue.len());
            self.places.note(named, open);
            if let Some(detail) = self.endless(collection, named, open, books.cursor_bytes) {
                at_work.shutdown().await;
                return Err(ReadFailure::Unusable("limit-exceeded", detail));
            }
            let standing = books.standings.entry(collection).or_default();
            self.progress.event(&Event::Reading {
                collection,
                rows: standing.rows,
                total: standing.total(),
                done: standing.open == 0,
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
        findings.extend(self.remarks(&books));
        Ok((totals, findings))
    }

    /// What an earlier attempt has noted that makes a collection be read anew,
    /// and was cut off before it could.
    async fn noted(&self) -> std::result::Result<Vec<(Collection, &'static str)>, ReadFailure> {
        let mut noted = Vec::new();
        for (collection, finding) in self.tenant.page_findings(self.run).await? {
            let code = [FILTER_IGNORED, ROWS_MOVED].into_iter();
            noted.extend(
                code.filter(|c| *c == finding.code)
                    .map(|code| (collection, code)),
            );
        }
        Ok(noted)
    }

    /// Drops what was read of a collection, and says so in the run's log.
    async fn read_anew(
        &self,
        collection: Collection,
        why: Again,
    ) -> std::result::Result<(), ReadFailure> {
        let text = match why {
            Again::Unfiltered => format!(
                "{collection}: records came that did not change, so the source does not filter; \
                 reading all of them"
            ),
            Again::Moved => format!(
                "{collection}: they changed while they were read, and rows moved between pages; \
                 reading them again"
            ),
        };
        let event = LogEvent {
            time: Timestamp::now(),
            level: Level::Warn,
            text,
        };
        self.tenant.log(self.run, &[event]).await?;
        Ok(self.tenant.forget_pages(self.run, collection).await?)
    }

    fn page(
        &self,
        place: Place,
        since: Option<Timestamp>,
    ) -> impl Future<Output = Answer> + Send + 'static {
        let session = self.session.clone();
        let tenant = self.tenant.clone();
        let run = self.run;
        let request = PageRequest {
            collection: place.0,
            cursor: place.1.clone(),
            changed_since: since,
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

async fn stage(
    tenant: &Tenant,
    run: RunKey,
    cursor: Option<String>,
    page: Page,
) -> std::result::Result<StagedOutcome, ReadFailure> {
    let stats = StoredStats::from(page.stats);
    let staged = StagedOutcome {
        entry: Entry {
            received: page.received.into(),
            total: page.total,
            next: page.next.clone(),
            extent: page.extent,
            filter_ignored: page.findings.iter().any(|f| f.code == FILTER_IGNORED),
            moved: page.findings.iter().any(|f| f.code == ROWS_MOVED),
        },
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
        extent: page.extent,
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
