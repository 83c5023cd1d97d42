//! A run's way to the adapter: every call gets a fresh instance, a deadline and
//! the run's frozen clock and storage, and leaves nothing behind. The session
//! keeps only what a run needs over its calls: connections, counters, the log's
//! quota.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use homeroom_roster::record::Collection;
use jiff::Timestamp;

use self::report::take_report;
use crate::adapter::Adapter;
use crate::connection::{Connected, Connection};
use crate::egress::{Egress, Pace, SessionEgress, SessionOptions, WayOut};
use crate::error::{CallError, ErrorKind};
use crate::files::FileSource;
use crate::limits::Limits;
use crate::log::RunLog;
use crate::observer::Observer;
use crate::page::{self, Page, PageFinding, PageRequest, Severity};
use crate::raw;
use crate::recording::{Binary, CallKey, CallTape, Head, RecordedAdapter, Recorder};
use crate::replay::CallShelf;
use crate::stats::CallStats;
use crate::storage::{Snapshot, Written};

mod call;
mod report;

pub use self::report::Report;

/// What a session is made of.
pub struct SessionConfig {
    /// Tells integrations apart in this process: their tokens are kept by it.
    pub integration: String,
    /// From [`crate::connect`].
    pub connected: Connected,
    /// When the run began. The adapter's clock stands there.
    pub started: Timestamp,
    /// The integration's storage when the run began.
    pub storage: BTreeMap<String, Vec<u8>>,
    /// The files that were fetched for the run. Only an adapter whose manifest
    /// asks for files gets to see them.
    pub files: Option<Arc<dyn FileSource>>,
    /// Sees requests and log lines.
    pub observer: Arc<dyn Observer>,
    /// How hard servers may be asked.
    pub pace: Pace,
    /// The process's way out.
    pub egress: Egress,
}

/// Stands in front of every recording.
const NOTE: &str = "A recording of a Homeroom run. It holds personal data of pupils, guardians and \
    staff: keep it as safe as the roster itself, and delete it when it is not needed any more. \
    It holds no credentials.";

/// A run's calls to one adapter over one connection. Clones share it.
#[derive(Clone)]
pub struct Session {
    inner: Arc<Inner>,
}

struct Inner {
    adapter: Adapter,
    connection: Connection,
    started: Timestamp,
    storage: Arc<Snapshot>,
    way: Way,
    recorder: Option<Recorder>,
    log: Arc<RunLog>,
    limits: Arc<Limits>,
    began: Instant,
    totals: Mutex<CallStats>,
    written: Mutex<Written>,
}

/// Where a session's requests go.
pub(crate) enum Way {
    Network {
        egress: Arc<SessionEgress>,
        /// The files of a run, for adapters that read files.
        files: Option<Arc<dyn FileSource>>,
    },
    /// Nowhere; see [`crate::Replay`].
    Recording,
}

/// What one call has at the sandbox's border.
pub(crate) struct Border {
    way: WayOut,
    tape: Option<Arc<CallTape>>,
}

impl Border {
    /// Requests are answered from a recording.
    pub(crate) fn replaying(call: Arc<CallShelf>) -> Self {
        Border {
            way: WayOut::Recording(call),
            tape: None,
        }
    }
}

impl Session {
    /// Prepares a run.
    pub fn new(adapter: &Adapter, config: SessionConfig) -> Session {
        Session::maybe_recorded(adapter, config, None)
    }

    /// Prepares a run that goes on record.
    pub fn recorded(adapter: &Adapter, config: SessionConfig, recorder: Recorder) -> Session {
        let storage = config.storage.iter();
        recorder.begin(Head {
            note: NOTE.to_owned(),
            host: concat!("Homeroom ", env!("CARGO_PKG_VERSION")).to_owned(),
            adapter: RecordedAdapter {
                id: adapter.manifest().id.clone(),
                version: adapter.manifest().version.clone(),
                digest: adapter.digest().to_owned(),
            },
            integration: config.integration.clone(),
            endpoint: config.connected.connection.endpoint.clone(),
            settings: config.connected.connection.settings.clone(),
            auth: config.connected.scheme.to_string(),
            started: config.started,
            recorded: Timestamp::now(),
            storage: storage
                .map(|(key, value)| (key.clone(), Binary(value.clone())))
                .collect(),
        });
        Session::maybe_recorded(adapter, config, Some(recorder))
    }

    fn maybe_recorded(
        adapter: &Adapter,
        config: SessionConfig,
        recorder: Option<Recorder>,
    ) -> Session {
        let SessionConfig {
            integration,
            connected,
            started,
            storage,
            files,
            observer,
            pace,
            egress,
        } = config;
        let limits = adapter.sandbox().shared_limits();
        let egress = SessionEgress::new(SessionOptions {
            egress,
            integration,
            grant: connected.grant,
            credentials: connected.credentials,
            pace,
            observer: observer.clone(),
            limits,
        });
        let way = Way::Network {
            egress: Arc::new(egress),
            files: files.filter(|_| adapter.manifest().files.is_some()),
        };
        let connection = connected.connection;
        Session::over(
            adapter, way, recorder, connection, started, storage, observer,
        )
    }

    pub(crate) fn over(
        adapter: &Adapter,
        way: Way,
        recorder: Option<Recorder>,
        connection: Connection,
        started: Timestamp,
        storage: BTreeMap<String, Vec<u8>>,
        observer: Arc<dyn Observer>,
    ) -> Session {
        let limits = adapter.sandbox().shared_limits();
        let log = Arc::new(RunLog::new(observer, &limits));
        Session {
            inner: Arc::new(Inner {
                adapter: adapter.clone(),
                connection,
                started,
                way,
                recorder,
                log,
                written: Mutex::new(Written::new(&storage)),
                storage: Arc::new(storage),
                limits,
                began: Instant::now(),
                totals: Mutex::new(CallStats::default()),
            }),
        }
    }

    /// Goes on where an earlier attempt of the run has stopped: what that used
    /// counts toward the run's limits.
    #[must_use]
    pub fn continuing(self, used: CallStats) -> Session {
        if let Way::Network { egress, .. } = &self.inner.way {
            egress.continue_after(&used);
        }
        self.inner.log.continue_after(used.log_lines);
        self.inner.add(used);
        self
    }

    /// Tries the connection.
    ///
    /// # Errors
    /// Why it does not work.
    pub async fn check(&self) -> Result<Report, CallError> {
        let border = self.inner.border(|| CallKey::Check)?;
        let result = self.check_across(&border).await;
        if let Some(tape) = &border.tape {
            tape.report(&result);
        }
        result
    }

    pub(crate) async fn check_across(&self, border: &Border) -> Result<Report, CallError> {
        let connection = self.inner.connection();
        let (mut report, ended, stats) = self
            .inner
            .call(
                border,
                async |call| {
                    let check = call.this.adapter.check(&call.instance, &mut call.store)?;
                    let (answer,) = check.call_async(&mut call.store, (connection,)).await?;
                    Ok(answer)
                },
                |store, limits, report: raw::Report| take_report(store, limits, &report),
            )
            .await?;
        report.notes.extend(ended.trace.echo());
        if let Way::Network { egress, .. } = &self.inner.way {
            report.notes.extend(egress.notes().await);
        }
        report.stats = stats;
        Ok(report)
    }

    /// Reads one page. Dropping the future stops the adapter.
    ///
    /// # Errors
    /// Why there is no page.
    pub async fn read(&self, request: &PageRequest) -> Result<Page, CallError> {
        let border = self.inner.border(|| request.into())?;
        let result = self.read_across(request, &border).await;
        if let Some(tape) = &border.tape {
            tape.page(&result);
        }
        result
    }

    pub(crate) async fn read_across(
        &self,
        request: &PageRequest,
        border: &Border,
    ) -> Result<Page, CallError> {
        let connection = self.inner.connection();
        let asked = raw::PageRequest {
            collection: match request.collection {
                Collection::Orgs => raw::Collection::Orgs,
                Collection::AcademicSessions => raw::Collection::AcademicSessions,
                Collection::Courses => raw::Collection::Courses,
                Collection::Classes => raw::Collection::Classes,
                Collection::Users => raw::Collection::Users,
                Collection::Enrollments => raw::Collection::Enrollments,
            },
            cursor: request.cursor.clone(),
            changed_since: request.changed_since.map(Timestamp::as_millisecond),
            page_size: request.page_size,
        };
        let (mut page, ended, stats) = self
            .inner
            .call(
                border,
                async |call| {
                    let read = call.this.adapter.read(&call.instance, &mut call.store)?;
                    let (answer,) = read
                        .call_async(&mut call.store, (connection, asked))
                        .await?;
                    Ok(answer)
                },
                |store, limits, raw| page::take(store, limits, request, raw),
            )
            .await?;
        page.storage_writes = ended.storage.into_writes();
        let of_page = CallStats {
            page_records: page.count,
            page_bytes: page.records.len() as u64,
            storage: self.inner.count_writes(&page.storage_writes)?,
            kept_bytes: kept_bytes(&page),
            ..CallStats::default()
        };
        self.inner.add(of_page);
        let most = self.inner.limits.run_page_bytes;
        if self.totals().kept_bytes > most {
            return Err(CallError::new(
                ErrorKind::LimitExceeded,
                format!("the pages of this run have over {most} bytes"),
            ));
        }
        page.stats = stats;
        page.stats += of_page;
        // The adapter went on without what it was refused; a person should
        // know.
        if let Some(denial) = ended.trace.denial() {
            page.findings.push(PageFinding {
                severity: Severity::Warning,
                code: "request-denied".to_owned(),
                sourced_id: None,
                field: None,
                detail: denial.to_string(),
            });
        }
        if let Some(detail) = ended.trace.echo() {
            page.findings.push(PageFinding {
                severity: Severity::Warning,
                code: "credential-echo".to_owned(),
                sourced_id: None,
                field: None,
                detail,
            });
        }
        Ok(page)
    }

    /// What bounds the calls.
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// What all calls so far have used, those that failed included.
    pub fn totals(&self) -> CallStats {
        *self
            .inner
            .totals
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn connection(&self) -> raw::Connection {
        raw::Connection {
            endpoint: self.connection.endpoint.clone(),
            settings: self.connection.settings.clone(),
        }
    }

    /// One call's border, on record where the run is.
    fn border(&self, key: impl FnOnce() -> CallKey) -> Result<Border, CallError> {
        let Way::Network { egress, .. } = &self.way else {
            let detail = "a replayed session is asked through `Replay`";
            return Err(CallError::new(ErrorKind::Internal, detail));
        };
        let recorder = self.recorder.as_ref();
        Ok(Border {
            way: WayOut::Network(egress.clone()),
            tape: recorder.map(|recorder| Arc::new(recorder.call(key()))),
        })
    }

    fn files(&self) -> Option<Arc<dyn FileSource>> {
        match &self.way {
            Way::Network { files, .. } => files.clone(),
            Way::Recording => None,
        }
    }

    fn add(&self, stats: CallStats) {
        *self.totals.lock().unwrap_or_else(PoisonError::into_inner) += stats;
    }

    /// Says how many bytes the storage would hold now.
    fn count_writes(&self, writes: &[(String, Option<Vec<u8>>)]) -> Result<u64, CallError> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if written.add(writes, &self.limits) {
            return Ok(written.size() as u64);
        }
        Err(CallError::new(
            ErrorKind::LimitExceeded,
            format!(
                "the pages of this run together want to store over {} bytes or {} keys",
                self.limits.storage_bytes, self.limits.storage_keys
            ),
        ))
    }
}

/// What a page takes where it is kept.
fn kept_bytes(page: &Page) -> u64 {
    let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let findings: usize = page
        .findings
        .iter()
        .map(|f| f.code.len() + f.detail.len() + optional(&f.sourced_id) + optional(&f.field))
        .sum();
    let cursors: usize = page.next.iter().map(String::len).sum();
    (page.records.len() + findings + cursors) as u64
}
