//! What of WASI is linked. Streams, polling, clocks and outgoing HTTP work;
//! what language runtimes drag in besides is present and inert: no environment,
//! no arguments, no input, no terminal, no files, no sockets. Random numbers
//! follow from the run's start. Whatever is not linked here was refused when
//! the adapter was admitted.

use std::sync::Arc;

use bytes::Bytes;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::io::AsyncWrite;
use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{
    Component, HasData, Linker, LinkerInstance, ResourceTable, ResourceType, Val,
};
use wasmtime_wasi::cli::{IsTerminal, StdoutStream, WasiCli};
use wasmtime_wasi::p2::bindings::{cli, io, random};
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, DynPollable, OutputStream, Pollable, StreamResult,
};
use wasmtime_wasi::random::WasiRandom;
use wasmtime_wasi::{WasiCtx, async_trait};
use wasmtime_wasi_http::p2::bindings::http;
use wasmtime_wasi_http::{WasiHttp, WasiHttpView};

use crate::log::RunLog;
use crate::observer::LogLevel;
use crate::state::HostState;

struct HasTable;

impl HasData for HasTable {
    type Data<'a> = &'a mut ResourceTable;
}

/// Links everything that all adapters share.
pub(crate) fn link(l: &mut Linker<HostState>) -> wasmtime::Result<()> {
    io::error::add_to_linker::<_, HasTable>(l, |s| &mut s.table)?;
    io::poll::add_to_linker::<_, HasTable>(l, |s| &mut s.table)?;
    io::streams::add_to_linker::<_, HasTable>(l, |s| &mut s.table)?;

    http::outgoing_handler::add_to_linker::<_, WasiHttp>(l, HostState::http)?;
    let options = http::types::LinkOptions::default();
    http::types::add_to_linker::<_, WasiHttp>(l, &options, HostState::http)?;

    random::random::add_to_linker::<_, WasiRandom>(l, |s| s.wasi.random())?;
    random::insecure::add_to_linker::<_, WasiRandom>(l, |s| s.wasi.random())?;
    random::insecure_seed::add_to_linker::<_, WasiRandom>(l, |s| s.wasi.random())?;

    cli::environment::add_to_linker::<_, WasiCli>(l, HostState::cli)?;
    cli::exit::add_to_linker::<_, WasiCli>(l, HostState::cli)?;
    cli::stdin::add_to_linker::<_, WasiCli>(l, HostState::cli)?;
    cli::stdout::add_to_linker::<_, WasiCli>(l, HostState::cli)?;
    cli::stderr::add_to_linker::<_, WasiCli>(l, HostState::cli)?;
    cli::terminal_input::add_to_linker::<_, WasiCli>(l, HostState::cli)?;
    cli::terminal_output::add_to_linker::<_, WasiCli>(l, HostState::cli)?;
    cli::terminal_stdin::add_to_linker::<_, WasiCli>(l, HostState::cli)?;
    cli::terminal_stdout::add_to_linker::<_, WasiCli>(l, HostState::cli)?;
    cli::terminal_stderr::add_to_linker::<_, WasiCli>(l, HostState::cli)?;

    // There are no directories, and a runtime that asks gets told so.
    l.instance("wasi:filesystem/preopens@0.2.0")?.func_new(
        "get-directories",
        |_store, _ty, _params, results| {
            results[0] = Val::List(Vec::new());
            Ok(())
        },
    )
}

/// Gives one adapter's imports of files, sockets and time zones functions that
/// trap.
pub(crate) fn link_traps(
    linker: &mut Linker<HostState>,
    engine: &Engine,
    component: &Component,
) -> wasmtime::Result<()> {
    const TRAPS: [&str; 3] = [
        "wasi:filesystem/types",
        "wasi:sockets/",
        "wasi:clocks/timezone",
    ];
    for (name, item) in component.component_type().imports(engine) {
        let ComponentItem::ComponentInstance(instance) = item.ty else {
            continue;
        };
        if !TRAPS.iter().any(|prefix| name.starts_with(prefix)) {
            continue;
        }
        let mut linked = linker.instance(name)?;
        for (export, item) in instance.exports(engine) {
            match item.ty {
                ComponentItem::ComponentFunc(_) => trap(&mut linked, name, export)?,
                ComponentItem::Resource(_) => {
                    linked.resource(export, resource_type(export), |_, _| Ok(()))?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn trap(
    linked: &mut LinkerInstance<'_, HostState>,
    interface: &str,
    function: &str,
) -> wasmtime::Result<()> {
    let name = format!("{interface}#{function}");
    linked.func_new(function, move |_, _, _, _| {
        wasmtime::bail!("`{name}` does not exist for adapters")
    })
}

/// Streams and pollables are the same types everywhere; the rest has no values.
fn resource_type(name: &str) -> ResourceType {
    match name {
        "input-stream" => ResourceType::host::<DynInputStream>(),
        "output-stream" => ResourceType::host::<DynOutputStream>(),
        "pollable" => ResourceType::host::<DynPollable>(),
        "error" => ResourceType::host::<wasmtime_wasi::p2::IoError>(),
        _ => ResourceType::host::<()>(),
    }
}

/// The inert part of a call's state.
pub(crate) fn context(log: &Arc<RunLog>, seed: u64) -> WasiCtx {
    WasiCtx::builder()
        .stdout(LogStream {
            log: log.clone(),
            level: LogLevel::Debug,
        })
        .stderr(LogStream {
            log: log.clone(),
            level: LogLevel::Warn,
        })
        .secure_random(StdRng::seed_from_u64(seed))
        .insecure_random(StdRng::seed_from_u64(seed))
        .insecure_random_seed(u128::from(seed))
        .max_random_size(4096)
        .allow_blocking_current_thread(false)
        .build()
}

/// Turns what a guest prints into lines of the run's log. A panic's message
/// arrives this way.
#[derive(Clone)]
struct LogStream {
    log: Arc<RunLog>,
    level: LogLevel,
}

impl IsTerminal for LogStream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LogStream {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(Lines {
            to: self.clone(),
            pending: Vec::new(),
        })
    }

    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(tokio::io::empty())
    }
}

const LINE: usize = 4096;

struct Lines {
    to: LogStream,
    pending: Vec<u8>,
}

impl Lines {
    fn pass_on(&mut self) {
        if !self.pending.is_empty() {
            self.to
                .log
                .write(self.to.level, &String::from_utf8_lossy(&self.pending));
            self.pending.clear();
        }
    }
}

#[async_trait]
impl Pollable for Lines {
    async fn ready(&mut self) {}
}

impl OutputStream for Lines {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        for byte in bytes {
            match byte {
                b'\n' => self.pass_on(),
                byte if self.pending.len() < LINE => self.pending.push(byte),
                _ => {}
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(LINE)
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.pass_on();
    }
}
