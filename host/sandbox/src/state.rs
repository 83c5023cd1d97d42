//! What one call has on the host's side: made for the call, dropped with it.

use std::sync::Arc;

use jiff::Timestamp;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, ResourceTable, WasmStr};
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::cli::WasiCliCtxView;
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::clock::Clocks;
use crate::egress::{CallTrace, Hooks};
use crate::files::FileSource;
use crate::limiter::SummingLimiter;
use crate::limits::Limits;
use crate::log::RunLog;
use crate::observer::LogLevel;
use crate::raw;
use crate::storage::Storage;

pub(crate) struct HostState {
    pub(crate) limits: Arc<Limits>,
    pub(crate) limiter: SummingLimiter,
    pub(crate) table: ResourceTable,
    pub(crate) wasi: WasiCtx,
    pub(crate) http: WasiHttpCtx,
    pub(crate) hooks: Hooks,
    pub(crate) trace: Arc<CallTrace>,
    pub(crate) storage: Storage,
    pub(crate) files: Option<Arc<dyn FileSource>>,
    pub(crate) log: Arc<RunLog>,
    pub(crate) started: Timestamp,
}

impl HostState {
    pub(crate) fn clocks(&mut self) -> Clocks<'_> {
        Clocks {
            request_under_way: self.trace.under_way(),
            table: &mut self.table,
            started: self.started,
        }
    }

    pub(crate) fn cli(&mut self) -> WasiCliCtxView<'_> {
        WasiCliCtxView {
            ctx: self.wasi.cli(),
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for HostState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.hooks,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}

/// `homeroom:sis/log`.
pub(crate) fn link_log(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    linker.instance("homeroom:sis/log@0.1.0")?.func_wrap(
        "write",
        |store: StoreContextMut<'_, HostState>, (level, line): (raw::LogLevel, WasmStr)| {
            let level = match level {
                raw::LogLevel::Debug => LogLevel::Debug,
                raw::LogLevel::Info => LogLevel::Info,
                raw::LogLevel::Warn => LogLevel::Warn,
                raw::LogLevel::Error => LogLevel::Error,
            };
            let line = line.to_str(&store)?;
            store.data().log.write(level, &line);
            Ok(())
        },
    )
}
