//! Counts what one store holds. wasmtime's own limiter caps each memory and
//! each table; this one sums them, so that many small ones are no way around.

use wasmtime::ResourceLimiter;

use crate::limits::Limits;

/// Sums memory and table elements over a store.
#[derive(Debug)]
pub(crate) struct SummingLimiter {
    memory_limit: usize,
    table_limit: usize,
    instances: usize,
    tables: usize,
    memories: usize,
    memory: usize,
    elements: usize,
    refused: Option<&'static str>,
}

impl SummingLimiter {
    pub(crate) fn new(limits: &Limits) -> Self {
        SummingLimiter {
            memory_limit: limits.memory_bytes,
            table_limit: limits.table_elements,
            instances: limits.instances as usize,
            tables: limits.tables as usize,
            memories: limits.memories as usize,
            memory: 0,
            elements: 0,
            refused: None,
        }
    }

    /// Bytes of linear memory. Memories never shrink, so this is the peak.
    pub(crate) fn memory(&self) -> u64 {
        self.memory as u64
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
        let sum = self.memory.saturating_add(desired.saturating_sub(current));
        if sum > self.memory_limit {
            self.refused = Some("memory");
            return Ok(false);
        }
        self.memory = sum;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let sum = self
            .elements
            .saturating_add(desired.saturating_sub(current));
        if sum > self.table_limit {
            self.refused = Some("table elements");
            return Ok(false);
        }
        self.elements = sum;
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
        let mut limiter = SummingLimiter::new(&limits);
        assert!(matches!(limiter.memory_growing(0, 200, None), Ok(true)));
        assert!(matches!(limiter.memory_growing(0, 200, None), Ok(false)));
        assert!(matches!(limiter.memory_growing(0, 100, None), Ok(true)));
        assert_eq!(limiter.memory(), 300);
        assert_eq!(limiter.refused(), Some("memory"));
    }
}
