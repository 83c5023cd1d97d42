//! One call: a fresh instance with its limits, and what it used. It does not
//! know what is called, nor what the answer means.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::Store;
use wasmtime::component::{Instance, ResourceTable};
use wasmtime_wasi_http::WasiHttpCtx;

use super::{Border, Inner};
use crate::egress::{CallTrace, Hooks};
use crate::error::{CallError, ErrorKind};
use crate::failure;
use crate::files;
use crate::limiter::{Held, SummingLimiter};
use crate::limits::Limits;
use crate::raw;
use crate::recording::TapeLog;
use crate::state::HostState;
use crate::stats::CallStats;
use crate::storage::Storage;
use crate::timed::{Moment, Overtime, Timed};
use crate::wasi;

/// One call in progress.
pub(super) struct Call<'a> {
    pub(super) this: &'a Inner,
    pub(super) store: Store<HostState>,
    pub(super) instance: Instance,
}

impl Inner {
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

    /// How long the run may go on reading.
    fn time_left(&self) -> Result<Duration, CallError> {
        let left = self.limits.run_time.saturating_sub(self.began.elapsed());
        if left.is_zero() {
            return Err(failure::run_too_long(self.limits.run_time));
        }
        Ok(left)
    }

    /// Runs one call in a fresh instance and takes its answer over.
    pub(super) async fn call<R, T>(
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
                let since = Moment::now();
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
