//! An adapter that is ready to run: compiled, linked, its exports found and
//! their types checked. It holds no connection.

use std::sync::Arc;

use wasmtime::Store;
use wasmtime::component::{ComponentExportIndex, Instance, InstancePre, TypedFunc};

use crate::admission::Inspection;
use crate::engine::Sandbox;
use crate::manifest::Manifest;
use crate::raw;
use crate::state::HostState;

pub(crate) type CheckFunc = TypedFunc<(raw::Connection,), (Result<raw::Report, raw::Failure>,)>;
pub(crate) type ReadFunc =
    TypedFunc<(raw::Connection, raw::PageRequest), (Result<raw::Page, raw::Failure>,)>;

/// A loaded adapter. Clones share it.
#[derive(Clone)]
pub struct Adapter {
    inner: Arc<Inner>,
}

struct Inner {
    sandbox: Sandbox,
    pre: InstancePre<HostState>,
    check: ComponentExportIndex,
    read: ComponentExportIndex,
    manifest: Manifest,
    digest: String,
}

impl Adapter {
    pub(crate) fn new(
        sandbox: Sandbox,
        pre: InstancePre<HostState>,
        inspection: &Inspection,
    ) -> Result<Adapter, String> {
        let component = pre.component();
        let interface = component
            .get_export_index(None, "homeroom:sis/adapter@0.1.0")
            .ok_or("the adapter's interface is missing")?;
        let find = |name: &str| {
            component
                .get_export_index(Some(&interface), name)
                .ok_or_else(|| format!("the adapter does not export `{name}`"))
        };
        let (check, read) = (find("check")?, find("read")?);
        let inner = Inner {
            sandbox,
            check,
            read,
            pre,
            manifest: inspection.manifest.clone(),
            digest: inspection.digest.clone(),
        };
        Ok(Adapter {
            inner: Arc::new(inner),
        })
    }

    /// What the adapter says about itself.
    pub fn manifest(&self) -> &Manifest {
        &self.inner.manifest
    }

    /// `sha256:…` of the adapter's file.
    pub fn digest(&self) -> &str {
        &self.inner.digest
    }

    pub(crate) fn sandbox(&self) -> &Sandbox {
        &self.inner.sandbox
    }

    pub(crate) fn pre(&self) -> &InstancePre<HostState> {
        &self.inner.pre
    }

    pub(crate) fn check(
        &self,
        instance: &Instance,
        store: &mut Store<HostState>,
    ) -> wasmtime::Result<CheckFunc> {
        instance.get_typed_func(store, self.inner.check)
    }

    pub(crate) fn read(
        &self,
        instance: &Instance,
        store: &mut Store<HostState>,
    ) -> wasmtime::Result<ReadFunc> {
        instance.get_typed_func(store, self.inner.read)
    }
}

impl std::fmt::Debug for Adapter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Adapter")
            .field("digest", &self.inner.digest)
            .finish_non_exhaustive()
    }
}
