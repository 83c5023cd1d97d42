//! `wasi:clocks` for a guest that must not tell time. The wall clock stands at
//! the run's start, the monotonic clock at zero, so that a page does not depend
//! on when it was read.
//!
//! Timers exist because runtimes use them to bound a request. One that is set
//! while a request is under way never fires: the host bounds requests. One that
//! is set with nothing under way fires at once: there is nothing to wait for,
//! and no way to sleep.

use jiff::Timestamp;
use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::bindings::clocks::{monotonic_clock, wall_clock};
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};

use crate::state::HostState;

pub(crate) struct Clocks<'a> {
    pub(crate) table: &'a mut ResourceTable,
    pub(crate) started: Timestamp,
    pub(crate) request_under_way: bool,
}

struct HasClocks;

impl HasData for HasClocks {
    type Data<'a> = Clocks<'a>;
}

pub(crate) fn link(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    wall_clock::add_to_linker::<_, HasClocks>(linker, HostState::clocks)?;
    monotonic_clock::add_to_linker::<_, HasClocks>(linker, HostState::clocks)
}

impl wall_clock::Host for Clocks<'_> {
    fn now(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        Ok(wall_clock::Datetime {
            seconds: u64::try_from(self.started.as_second()).unwrap_or(0),
            nanoseconds: u32::try_from(self.started.subsec_nanosecond()).unwrap_or(0),
        })
    }

    fn resolution(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        Ok(wall_clock::Datetime {
            seconds: 1,
            nanoseconds: 0,
        })
    }
}

impl monotonic_clock::Host for Clocks<'_> {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(0)
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(1_000_000_000)
    }

    fn subscribe_instant(&mut self, _when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.timer()
    }

    fn subscribe_duration(&mut self, _duration: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.timer()
    }
}

impl Clocks<'_> {
    fn timer(&mut self) -> wasmtime::Result<Resource<DynPollable>> {
        let timer = if self.request_under_way {
            Timer::Never
        } else {
            Timer::Now
        };
        let timer = self.table.push(timer)?;
        subscribe(self.table, timer)
    }
}

enum Timer {
    Now,
    Never,
}

#[async_trait]
impl Pollable for Timer {
    async fn ready(&mut self) {
        match self {
            // A guest that loops over a timer must not keep others from running.
            Timer::Now => tokio::task::yield_now().await,
            Timer::Never => std::future::pending().await,
        }
    }
}
