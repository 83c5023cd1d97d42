//! A run's way to the adapter: every call gets a fresh instance, a deadline and
//! the run's frozen clock and storage, and leaves nothing behind. The session
//! keeps only what a run needs over its calls: connections, counters, the log's
//! quota.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use homeroom_roster::record::Collection;
use jiff::Timestamp;
use wasmtime::Store;
use wasmtime::component::{Instance, ResourceTable};
use wasmtime_wasi_http::WasiHttpCtx;

use crate::adapter::Adapter;
use crate::connection::{Connected, Connection};
use crate::egress::{CallTrace, Egress, Hooks, SessionEgress, SessionOptions};
use crate::error::{CallError, ErrorKind};
use crate::failure;
use crate::limiter::SummingLimiter;
use crate::limits::Limits;
use crate::log::RunLog;
use crate::observer::Observer;
use crate::page::{self, Page, PageFinding, PageRequest, Severity, read_line};
use crate::raw;
use crate::state::HostState;
use crate::stats::CallStats;
use crate::storage::{Snapshot, Storage, Written};
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
    /// Sees requests and log lines.
    pub observer: Arc<dyn Observer>,
    /// The process's way out.
    pub egress: Egress,
}

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
    egress: Arc<SessionEgress>,
    log: Arc<RunLog>,
    limits: Arc<Limits>,
    totals: Mutex<CallStats>,
    written: Mutex<Written>,
}

impl Session {
    /// Prepares a run.
    pub fn new(adapter: &Adapter, config: SessionConfig) -> Session {
        let SessionConfig {
            integration,
            connected,
            started,
            storage,
            observer,
            egress,
        } = config;
        let limits = adapter.sandbox().shared_limits();
        let log = Arc::new(RunLog::new(observer.clone(), &limits));
        let egress = SessionEgress::new(SessionOptions {
            egress,
            integration,
            grant: connected.grant,
            credentials: connected.credentials,
            rate: adapter.manifest().read.rate,
            observer,
            limits: limits.clone(),
        });
        Session {
            inner: Arc::new(Inner {
                adapter: adapter.clone(),
                connection: connected.connection,
                started,
                egress: Arc::new(egress),
                log,
                written: Mutex::new(Written::new(&storage)),
                storage: Arc::new(storage),
                limits,
                totals: Mutex::new(CallStats::default()),
            }),
        }
    }

    /// Tries the connection.
    ///
    /// # Errors
    /// Why it does not work.
    pub async fn check(&self) -> Result<Report, CallError> {
        let connection = self.inner.connection();
        let (mut report, _, stats) = self
            .inner
            .call(
                async |call| {
                    let check = call.this.adapter.check(&call.instance, &mut call.store)?;
                    let (answer,) = check.call_async(&mut call.store, (connection,)).await?;
                    Ok(answer)
                },
                |store, limits, report: raw::Report| take_report(store, limits, &report),
            )
            .await?;
        report.notes.extend(self.inner.egress.notes().await);
        report.stats = stats;
        Ok(report)
    }

    /// Reads one page. Dropping the future stops the adapter.
    ///
    /// # Errors
    /// Why there is no page.
    pub async fn read(&self, request: &PageRequest) -> Result<Page, CallError> {
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
        self.inner.count_writes(&page.storage_writes)?;
        page.stats = stats;
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
        Ok(page)
    }

    /// What all calls so far have used.
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

    fn state(&self, trace: &Arc<CallTrace>) -> HostState {
        let limits = &self.limits;
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.resources);
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(limits.header_bytes);
        let seed = self.started.as_nanosecond() as u64;
        HostState {
            limiter: SummingLimiter::new(limits),
            table,
            wasi: wasi::context(&self.log, seed),
            http,
            hooks: Hooks::new(
                self.egress.clone(),
                trace.clone(),
                limits.request_bytes,
                limits.requests_per_call,
            ),
            trace: trace.clone(),
            storage: Storage::new(self.storage.clone(), limits),
            log: self.log.clone(),
            started: self.started,
            limits: limits.clone(),
        }
    }

    fn store(&self, trace: &Arc<CallTrace>) -> wasmtime::Result<Store<HostState>> {
        let limits = &self.limits;
        let mut store = Store::new(self.adapter.sandbox().engine(), self.state(trace));
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

    fn count_writes(&self, writes: &[(String, Option<Vec<u8>>)]) -> Result<(), CallError> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if written.add(writes, &self.limits) {
            return Ok(());
        }
        Err(CallError::new(
            ErrorKind::LimitExceeded,
            format!(
                "the pages of this run together want to store over {} bytes",
                self.limits.storage_bytes
            ),
        ))
    }

    /// Runs one call in a fresh instance and takes its answer over.
    async fn call<R, T>(
        &self,
        run: impl AsyncFnOnce(&mut Call<'_>) -> wasmtime::Result<Result<R, raw::Failure>>,
        take: impl FnOnce(&mut Store<HostState>, &Limits, R) -> Result<T, CallError>,
    ) -> Result<(T, HostState, CallStats), CallError> {
        let _slot = self
            .adapter
            .sandbox()
            .slots()
            .acquire()
            .await
            .map_err(|_| CallError::new(ErrorKind::Internal, "the process is ending"))?;
        let trace = Arc::new(CallTrace::default());
        let mut busy = Duration::ZERO;
        let lines = self.log.written();
        let ran = async {
            let mut store = self.store(&trace)?;
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
        let time = self.limits.call_time;
        let ended = tokio::time::timeout(time, &mut timed).await;
        // Dropping the call ends its requests; look before.
        let waiting = trace.under_way();
        drop(timed);
        let mut stats = trace.stats();
        let result = match ended {
            Err(_) if waiting => Err(failure::kept_waiting(time)),
            Err(_) => Err(failure::too_long(time, "took")),
            Ok(Err(Overtime)) => Err(failure::too_long(self.limits.cpu_time, "computed")),
            Ok(Ok(Err(error))) => Err(CallError::new(ErrorKind::Internal, format!("{error:#}"))),
            Ok(Ok(Ok((mut store, answer)))) => {
                stats.peak_memory = store.data().limiter.memory();
                let since = Instant::now();
                let result = match answer {
                    Err(error) => Err(failure::of_trap(&error, store.data())),
                    Ok(Err(failed)) => Err(failure::of_adapter(&mut store, &failed)),
                    Ok(Ok(answer)) => take(&mut store, &self.limits, answer),
                };
                stats.taking = since.elapsed();
                busy += stats.taking;
                result.map(|taken| (taken, store.into_data()))
            }
        };
        stats.guest = busy;
        stats.log_lines = self.log.written().saturating_sub(lines);
        *self.totals.lock().unwrap_or_else(PoisonError::into_inner) += stats;
        let (taken, state) = result?;
        Ok((taken, state, stats))
    }
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

/// Measures how long a future computes, waiting not counted, and ends it when
/// that is too long. The guest gives way at every tick, so that the measure is
/// taken often enough.
struct Timed<'a, F> {
    future: Pin<Box<F>>,
    busy: &'a mut Duration,
    most: Duration,
}

struct Overtime;

impl<F: Future> Future for Timed<'_, F> {
    type Output = Result<F::Output, Overtime>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let since = Instant::now();
        let polled = this.future.as_mut().poll(cx);
        *this.busy += since.elapsed();
        match polled {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending if *this.busy > this.most => Poll::Ready(Err(Overtime)),
            Poll::Pending => Poll::Pending,
        }
    }
}
