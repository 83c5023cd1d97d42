//! A run's way to the adapter: every call gets a fresh instance, a deadline and
//! the run's frozen clock and storage, and leaves nothing behind. The session
//! keeps only what a run needs over its calls: connections, counters, the log's
//! quota.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use homeroom_roster::record::Collection;
use jiff::Timestamp;
use wasmtime::Store;
use wasmtime::component::{Instance, ResourceTable};
use wasmtime_wasi_http::WasiHttpCtx;

use crate::adapter::Adapter;
use crate::connection::{Connected, Connection};
use crate::egress::{CallTrace, Egress, Hooks, Pace, SessionEgress, SessionOptions, WayOut};
use crate::error::{CallError, ErrorKind};
use crate::failure;
use crate::files::{self, FileSource};
use crate::limiter::{Held, SummingLimiter};
use crate::limits::Limits;
use crate::log::RunLog;
use crate::observer::Observer;
use crate::page::{self, Page, PageFinding, PageRequest, Severity, read_line};
use crate::raw;
use crate::recording::{Binary, CallKey, CallTape, Head, RecordedAdapter, Recorder, TapeLog};
use crate::replay::CallShelf;
use crate::state::HostState;
use crate::stats::CallStats;
use crate::storage::{Snapshot, Storage, Written};
use crate::timed::{Overtime, Timed};
use crate::wasi;

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

/// What `check` saw.
#[derive(Debug, Clone)]
pub struct Report {
    /// What the source is, such as `OneRoster 1.2`.
    pub source: String,
    /// Schools that the credentials can see: (sourcedId, name).
    pub schools: Vec<(String, String)>,
    /// Further lines for the person who sets up the connection.
    pub notes: Vec<String>,
    /// What the call used.
    pub stats: CallStats,
}

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

/// One call in progress.
struct Call<'a> {
    this: &'a Inner,
    store: Store<HostState>,
    instance: Instance,
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

    fn state(&self, trace: &Arc<CallTrace>, held: &Arc<Held>, border: &Border) -> HostState {
        let limits = &self.limits;
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.resources);
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(limits.header_bytes);
        let log = match &border.tape {
            Some(tape) => Arc::new(self.log.seen_by(|to| {
                let tape = tape.clone();
                Arc::new(TapeLog { tape, to })
            })),
            None => self.log.clone(),
        };
        let seed = self.started.as_nanosecond() as u64;
        HostState {
            limiter: SummingLimiter::new(limits, held.clone()),
            table,
            wasi: wasi::context(&log, seed),
            http,
            hooks: Hooks::new(border.way.clone(), trace.clone(), limits)
                .recorded(border.tape.clone()),
            trace: trace.clone(),
            storage: Storage::new(self.storage.clone(), limits),
            files: self.files(),
            log,
            started: self.started,
            limits: limits.clone(),
        }
    }

    fn store(
        &self,
        trace: &Arc<CallTrace>,
        held: &Arc<Held>,
        border: &Border,
    ) -> wasmtime::Result<Store<HostState>> {
        let limits = &self.limits;
        let state = self.state(trace, held, border);
        let mut store = Store::new(self.adapter.sandbox().engine(), state);
        store.limiter(|state| &mut state.limiter);
        store.set_hostcall_fuel(limits.hostcall_bytes);
        store.set_max_component_handles(limits.handles);
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        if let Some(fuel) = limits.fuel {
            store.set_fuel(fuel)?;
        }
        Ok(store)
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

    /// How long the run may go on reading.
    fn time_left(&self) -> Result<Duration, CallError> {
        let left = self.limits.run_time.saturating_sub(self.began.elapsed());
        if left.is_zero() {
            return Err(failure::run_too_long(self.limits.run_time));
        }
        Ok(left)
    }

    /// Runs one call in a fresh instance and takes its answer over.
    async fn call<R, T>(
        &self,
        border: &Border,
        run: impl AsyncFnOnce(&mut Call<'_>) -> wasmtime::Result<Result<R, raw::Failure>>,
        take: impl FnOnce(&mut Store<HostState>, &Limits, R) -> Result<T, CallError>,
    ) -> Result<(T, HostState, CallStats), CallError> {
        let slots = self.adapter.sandbox().slots();
        let _slot = tokio::time::timeout(self.time_left()?, slots.acquire())
            .await
            .map_err(|_| failure::no_slot())?
            .map_err(|_| CallError::new(ErrorKind::Internal, "the process is ending"))?;
        let time = self.time_left()?;
        let began = Instant::now();
        let trace = Arc::new(CallTrace::default());
        let held = Arc::new(Held::default());
        let mut busy = Duration::ZERO;
        let lines = self.log.written();
        let ran = async {
            let mut store = self.store(&trace, &held, border)?;
            let instance = match self.adapter.pre().instantiate_async(&mut store).await {
                Ok(instance) => instance,
                Err(error) => return Ok((store, Err(error))),
            };
            let mut call = Call {
                this: self,
                store,
                instance,
            };
            let answer = run(&mut call).await;
            Ok::<_, wasmtime::Error>((call.store, answer))
        };
        let mut timed = Timed {
            future: Box::pin(ran),
            busy: &mut busy,
            most: self.limits.cpu_time,
        };
        // Waiting for a server's pace is not the adapter's time, but the run's.
        let call_time = self.limits.call_time;
        let ended = trace.waits().within(call_time, &mut timed);
        let ended = tokio::time::timeout(time, ended).await;
        // Dropping the call ends its requests; look before.
        let (waiting, paused) = (trace.under_way(), trace.waits().are_for_a_pause());
        drop(timed);
        let mut stats = trace.stats();
        let result = match ended {
            Err(_) if paused => Err(failure::waited_too_long(self.limits.run_time)),
            Err(_) => Err(failure::run_too_long(self.limits.run_time)),
            Ok(None) if waiting => Err(failure::kept_waiting(call_time)),
            Ok(None) => Err(failure::too_long(call_time, "took")),
            Ok(Some(Err(Overtime))) => Err(failure::too_long(self.limits.cpu_time, "computed")),
            Ok(Some(Ok(Err(error)))) => {
                Err(CallError::new(ErrorKind::Internal, format!("{error:#}")))
            }
            Ok(Some(Ok(Ok((mut store, answer))))) => {
                stats.open_resources = store.data_mut().table.iter_mut().count() as u64;
                let since = Instant::now();
                let result = match answer {
                    Err(error) => Err(failure::of_trap(&error, store.data())),
                    Ok(Err(failed)) => {
                        let error = failure::of_adapter(&mut store, &failed);
                        Err(match self.files() {
                            Some(_) => files::remedied(error),
                            None => error,
                        })
                    }
                    Ok(Ok(answer)) => take(&mut store, &self.limits, answer),
                };
                stats.taking = since.elapsed();
                busy += stats.taking;
                result.map(|taken| (taken, store.into_data()))
            }
        };
        stats.guest = busy;
        stats.longest_guest = busy;
        stats.longest_call = began.elapsed().saturating_sub(trace.waits().total());
        stats.peak_memory = held.memory();
        stats.peak_elements = held.elements();
        stats.most_requests = stats.requests;
        stats.most_bytes_in = stats.bytes_in;
        stats.log_lines = self.log.written().saturating_sub(lines);
        self.add(stats);
        let (taken, state) = result?;
        Ok((taken, state, stats))
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

fn take_report(
    store: &mut Store<HostState>,
    limits: &Limits,
    raw: &raw::Report,
) -> Result<Report, CallError> {
    const SCHOOLS: usize = 1000;
    const NOTES: usize = 100;
    if raw.schools.len() > SCHOOLS || raw.notes.len() > NOTES {
        return Err(page::nonsense(format!(
            "the report has {} schools and {} notes, and {SCHOOLS} and {NOTES} are the most",
            raw.schools.len(),
            raw.notes.len()
        )));
    }
    let schools = page::all(store, &raw.schools)?;
    let notes = page::all(store, &raw.notes)?;
    let line = |text, most| read_line(store, text, most);
    Ok(Report {
        source: line(&raw.source, limits.text_bytes)?,
        schools: schools
            .iter()
            .map(|(id, name)| Ok((line(id, limits.id_bytes)?, line(name, limits.text_bytes)?)))
            .collect::<Result<_, CallError>>()?,
        notes: notes
            .iter()
            .map(|n| line(n, limits.text_bytes))
            .collect::<Result<_, _>>()?,
        stats: CallStats::default(),
    })
}
