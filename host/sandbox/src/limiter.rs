//! Counts what one store holds. wasmtime's own limiter caps each memory and
//! each table; this one sums them, so that many small ones are no way around.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wasmtime::ResourceLimiter;

use crate::limits::Limits;

/// What a store holds, to be read also when the store is gone. Memories and
/// tables never shrink, so these are peaks.
#[derive(Debug, Default)]
pub(crate) struct Held {
    memory: AtomicUsize,
    elements: AtomicUsize,
}

impl Held {
    /// Bytes of linear memory.
    pub(crate) fn memory(&self) -> u64 {
        self.memory.load(Ordering::Relaxed) as u64
    }

    /// Table elements.
    pub(crate) fn elements(&self) -> u64 {
        self.elements.load(Ordering::Relaxed) as u64
    }
}

/// Sums memory and table elements over a store.
#[derive(Debug)]
pub(crate) struct SummingLimiter {
    memory_limit: usize,
    table_limit: usize,
    instances: usize,
    tables: usize,
    memories: usize,
    held: Arc<Held>,
    refused: Option<&'static str>,
}

impl SummingLimiter {
    pub(crate) fn new(limits: &Limits, held: Arc<Held>) -> Self {
        SummingLimiter {
            memory_limit: limits.memory_bytes,
            table_limit: limits.table_elements,
            instances: limits.instances as usize,
            tables: limits.tables as usize,
            memories: limits.memories as usize,
            held,
            refused: None,
        }
    }

    /// What was refused to the guest, if anything was.
    pub(crate) fn refused(&self) -> Option<&'static str> {
        self.refused
    }
}

impl ResourceLimiter for SummingLimiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let held = self.held.memory.load(Ordering::Relaxed);
        let sum = held.saturating_add(desired.saturating_sub(current));
        if sum > self.memory_limit {
            self.refused = Some("memory");
            return Ok(false);
        }
        self.held.memory.store(sum, Ordering::Relaxed);
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let held = self.held.elements.load(Ordering::Relaxed);
        let sum = held.saturating_add(desired.saturating_sub(current));
        if sum > self.table_limit {
            self.refused = Some("table elements");
            return Ok(false);
        }
        self.held.elements.store(sum, Ordering::Relaxed);
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.tables
    }

    fn memories(&self) -> usize {
        self.memories
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_are_summed() {
        let limits = Limits {
            memory_bytes: 300,
            ..Limits::default()
        };
        let held = Arc::new(Held::default());
        let mut limiter = SummingLimiter::new(&limits, held.clone());
        assert!(matches!(limiter.memory_growing(0, 200, None), Ok(true)));
        assert!(matches!(limiter.memory_growing(0, 200, None), Ok(false)));
        assert!(matches!(limiter.memory_growing(0, 100, None), Ok(true)));
        assert_eq!(held.memory(), 300);
        assert_eq!(limiter.refused(), Some("memory"));
    }
}
