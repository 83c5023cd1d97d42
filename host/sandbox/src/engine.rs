//! The WebAssembly engine of a process: which features of the language exist,
//! how running guests are interrupted, where their memory comes from. It knows
//! no adapter.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use tokio::sync::Semaphore;
use wasmtime::component::Linker;
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Strategy,
    WasmBacktraceDetails,
};

use crate::adapter::Adapter;
use crate::admission::{AdmissionError, Inspection, inspect_with};
use crate::compiler::Compiler;
use crate::error::SandboxError;
use crate::limits::Limits;
use crate::state::{self, HostState};
use crate::{clock, files, storage, trusted, wasi};

/// The engine and what all adapters share. One per process; clones share it.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    linker: Linker<HostState>,
    limits: Arc<Limits>,
    slots: Arc<Semaphore>,
    compiler: Compiler,
}

impl Sandbox {
    /// Sets up the engine. Adapters are compiled in this process: for tests,
    /// and for files whose maker is trusted. See [`Sandbox::with_compiler`].
    ///
    /// # Errors
    /// If the engine cannot be made, such as on a processor it does not know.
    pub fn new(limits: Limits) -> Result<Sandbox, SandboxError> {
        Sandbox::with_compiler(limits, Compiler::in_this_process())
    }

    /// Sets up the engine, with foreign adapters compiled where the
    /// [`Compiler`] says.
    ///
    /// # Errors
    /// As [`Sandbox::new`].
    pub fn with_compiler(limits: Limits, compiler: Compiler) -> Result<Sandbox, SandboxError> {
        let failed = |e: wasmtime::Error| SandboxError::Engine(format!("{e:#}"));
        let engine = engine(&limits)?;
        let mut linker = Linker::new(&engine);
        wasi::link(&mut linker).map_err(failed)?;
        clock::link(&mut linker).map_err(failed)?;
        storage::link(&mut linker).map_err(failed)?;
        files::link(&mut linker).map_err(failed)?;
        state::link_log(&mut linker).map_err(failed)?;
        tick(&engine, &limits)?;
        let slots = Arc::new(Semaphore::new(limits.concurrent_calls as usize));
        let inner = Inner {
            engine,
            linker,
            limits: Arc::new(limits),
            slots,
            compiler,
        };
        Ok(Sandbox {
            inner: Arc::new(inner),
        })
    }

    /// The limits that hold for every call.
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// Admits a component and compiles it to machine code. This computes for
    /// 0.1 s (a small Rust adapter) to 15 s (JavaScript, Python): call it where
    /// blocking is allowed.
    ///
    /// # Errors
    /// The reason why the component is refused.
    pub fn compile(&self, component: &[u8]) -> Result<Vec<u8>, AdmissionError> {
        inspect_with(component, self.limits())?;
        let fingerprint = self.fingerprint();
        self.inner
            .compiler
            .compile(&self.inner.engine, &fingerprint, component, self.limits())
    }

    /// Changes whenever compiled code of another time cannot be used any more:
    /// with the engine's version and its settings, and with what is done to a
    /// component before it is compiled. Keep compiled code under the adapter's
    /// digest and this.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.inner.engine)
    }

    /// Makes compiled code ready to run.
    ///
    /// `compiled` is machine code and runs as such. It must be what
    /// [`Sandbox::compile`] returned, unchanged: keep it where only the host
    /// writes, with a MAC under the host's key, and check that before every
    /// load.
    ///
    /// # Errors
    /// If the code was made by another engine, or does not fulfil the contract.
    pub fn load(&self, compiled: &[u8], inspection: &Inspection) -> Result<Adapter, SandboxError> {
        let failed = |e: wasmtime::Error| SandboxError::Engine(format!("{e:#}"));
        let component = trusted::deserialize(&self.inner.engine, compiled).map_err(failed)?;
        let mut linker = self.inner.linker.clone();
        wasi::link_traps(&mut linker, &self.inner.engine, &component).map_err(failed)?;
        let pre = linker.instantiate_pre(&component).map_err(failed)?;
        Adapter::new(self.clone(), pre, inspection).map_err(SandboxError::Engine)
    }

    /// Compiles and loads in one step, keeping nothing.
    ///
    /// # Errors
    /// The reason why the component is refused.
    pub fn compile_and_load(&self, component: &[u8]) -> Result<Adapter, AdmissionError> {
        let inspection = inspect_with(component, self.limits())?;
        let compiled = self.compile(component)?;
        self.load(&compiled, &inspection)
            .map_err(|e| AdmissionError::Compile(e.to_string()))
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    pub(crate) fn shared_limits(&self) -> Arc<Limits> {
        self.inner.limits.clone()
    }

    pub(crate) fn slots(&self) -> &Arc<Semaphore> {
        &self.inner.slots
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox")
            .field("limits", &self.inner.limits)
            .finish_non_exhaustive()
    }
}

/// Raised with every change to what [`crate::strip`] does.
const PREPARATION: u32 = 1;

/// See [`Sandbox::fingerprint`].
pub(crate) fn fingerprint(engine: &Engine) -> String {
    let mut hasher = DefaultHasher::new();
    PREPARATION.hash(&mut hasher);
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// An engine that compiles and runs nothing: without a pool, which has no
/// bearing on the code and would need more address space than a compiler gets.
pub(crate) fn compiling_engine(limits: &Limits) -> Result<Engine, SandboxError> {
    Engine::new(&config(limits)).map_err(|e| SandboxError::Engine(format!("{e:#}")))
}

fn engine(limits: &Limits) -> Result<Engine, SandboxError> {
    if limits.pooling {
        let mut config = config(limits);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(limits)));
        match Engine::new(&config) {
            Ok(engine) => return Ok(engine),
            // Some containers do not hand out that much address space.
            Err(e) => tracing::warn!("no pool of instances, memory is mapped per call: {e:#}"),
        }
    }
    compiling_engine(limits)
}

/// What the language has is what `admission` lets in; the two must agree.
fn config(limits: &Limits) -> Config {
    let mut c = Config::new();
    c.strategy(Strategy::Cranelift)
        .wasm_component_model(true)
        .concurrency_support(false)
        .gc_support(false)
        .shared_memory(false)
        .wasm_tail_call(false)
        .wasm_multi_memory(false)
        .wasm_memory64(false)
        .wasm_relaxed_simd(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false)
        .wasm_stack_switching(false)
        .consume_fuel(limits.fuel.is_some())
        .epoch_interruption(true)
        .max_wasm_stack(limits.stack_bytes)
        .async_stack_size(limits.stack_bytes + 1024 * 1024)
        // The same page must come out on every machine.
        .cranelift_nan_canonicalization(true)
        // Names of functions help a vendor; source lines would come from files.
        .wasm_backtrace_details(WasmBacktraceDetails::Disable);
    c
}

fn pool(limits: &Limits) -> PoolingAllocationConfig {
    // One instance more than calls, so that one that is being dropped does not
    // make the next one fail.
    let calls = limits.concurrent_calls + 1;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(calls)
        .total_stacks(calls)
        .total_core_instances(calls * limits.instances)
        .total_memories(calls * limits.memories)
        .total_tables(calls * limits.tables)
        .max_core_instances_per_component(limits.instances)
        .max_memories_per_component(limits.memories)
        .max_tables_per_component(limits.tables)
        .max_memory_size(limits.memory_bytes)
        .table_elements(limits.table_elements)
        .max_tables_per_module(limits.tables)
        .max_component_instance_size(4 * 1024 * 1024)
        .max_core_instance_size(4 * 1024 * 1024)
        // A page of some thousand records fits; cleaning it by hand is cheaper
        // than giving it back to the system and having it mapped anew.
        .linear_memory_keep_resident(limits.memory_bytes.min(16 * 1024 * 1024))
        .pagemap_scan(Enabled::Auto)
        .max_unused_warm_slots(calls);
    pool
}

/// Advances the epoch until the engine is gone.
fn tick(engine: &Engine, limits: &Limits) -> Result<(), SandboxError> {
    let engine = engine.weak();
    let tick = limits.epoch_tick;
    std::thread::Builder::new()
        .name("homeroom-epoch".to_owned())
        .spawn(move || {
            loop {
                std::thread::sleep(tick);
                match engine.upgrade() {
                    Some(engine) => engine.increment_epoch(),
                    None => break,
                }
            }
        })
        .map(drop)
        .map_err(|e| SandboxError::Engine(format!("no thread for the epoch: {e}")))
}
