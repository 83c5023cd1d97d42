//! Adapters of a data folder: install, list, inspect, and load for a run.

use homeroom_sandbox::{Adapter, Approval, Inspection, Limits, Sandbox};
use homeroom_store::{AdapterRow, NewAdapter};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::homeroom::Homeroom;
use crate::views::AdapterView;

/// An adapter that may run, with what it was approved for.
pub(crate) struct Approved {
    pub(crate) inspection: Inspection,
    pub(crate) approval: Approval,
}

impl Homeroom {
    /// Installs a vendor's file. Nothing of it is run. Without `approve` it is
    /// kept and cannot run yet.
    ///
    /// # Errors
    /// If the file is no adapter, or asks for what this host does not offer.
    pub async fn adapter_install(&self, component: Vec<u8>, approve: bool) -> Result<AdapterView> {
        let inspection = homeroom_sandbox::inspect(&component)?;
        let value = json(&inspection);
        let approval = approve.then(|| json(&Approval::everything(&inspection)));
        // Compiling now tells at install time, not at night, that it compiles.
        let (sandbox, _) = self.engine().await?;
        let (sandbox, fingerprint) = (sandbox.clone(), sandbox.fingerprint());
        let store = self.store();
        if store
            .compiled(&inspection.digest, &fingerprint)
            .await?
            .is_none()
        {
            let bytes = component.clone();
            let code = blocking(move || sandbox.compile(&bytes)).await??;
            store
                .put_compiled(&inspection.digest, &fingerprint, &code)
                .await?;
        }
        store
            .install_adapter(&NewAdapter {
                digest: &inspection.digest,
                id: &inspection.manifest.id,
                version: &inspection.manifest.version,
                bytes: &component,
                inspection: &value,
                approval: approval.as_ref(),
            })
            .await?;
        self.adapter_inspect(&inspection.digest).await
    }

    /// All installed adapters, newest first.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn adapter_list(&self) -> Result<Vec<AdapterView>> {
        self.store()
            .adapters()
            .await?
            .into_iter()
            .map(view)
            .collect()
    }

    /// One installed adapter, by id or digest.
    ///
    /// # Errors
    /// If there is none.
    pub async fn adapter_inspect(&self, id: &str) -> Result<AdapterView> {
        view(self.adapter_row(id).await?)
    }

    /// What can be known of a file without running or installing it.
    ///
    /// # Errors
    /// If the file is no adapter, or asks for what this host does not offer.
    pub fn inspect_file(component: &[u8]) -> Result<Inspection> {
        Ok(homeroom_sandbox::inspect(component)?)
    }

    async fn adapter_row(&self, id: &str) -> Result<AdapterRow> {
        self.store().adapter(id).await?.ok_or_else(|| {
            Error::usage(
                "unknown-adapter",
                format!(
                    "no adapter \"{id}\" is installed; \
                     `homeroom adapter list` shows those that are, \
                     `homeroom adapter install FILE --approve` adds one"
                ),
            )
        })
    }

    /// The adapter that an integration uses, if it may run.
    pub(crate) async fn approved(&self, id: &str) -> Result<Approved> {
        let row = self.adapter_row(id).await?;
        let Some(approval) = row.approval.clone() else {
            return Err(Error::refused(
                "adapter-not-approved",
                format!(
                    "the adapter {} {} is installed but not approved; look at it with \
                     `homeroom adapter inspect {}`, then run \
                     `homeroom adapter install FILE --approve`",
                    row.id, row.version, row.id
                ),
            ));
        };
        Ok(Approved {
            inspection: parse(row.inspection)?,
            approval: parse(approval)?,
        })
    }

    /// An adapter to replay a recording with, approved or not: a replay reaches
    /// nothing and has no secret. By id or digest.
    ///
    /// # Errors
    /// If none is installed, or it cannot be loaded.
    pub async fn adapter_for_replay(&self, id: &str) -> Result<Adapter> {
        let inspection: Inspection = parse(self.adapter_row(id).await?.inspection)?;
        let approval = Approval::default();
        self.load(&Approved {
            inspection,
            approval,
        })
        .await
    }

    /// The same, from a file that need not be installed.
    ///
    /// # Errors
    /// If the file is no adapter, or asks for what this host does not offer.
    pub async fn adapter_file_for_replay(component: Vec<u8>) -> Result<Adapter> {
        let sandbox = Sandbox::new(Limits::default())?;
        Ok(blocking(move || sandbox.compile_and_load(&component)).await??)
    }

    /// Loads compiled code, and compiles again where it is missing, altered or
    /// of another engine.
    pub(crate) async fn load(&self, approved: &Approved) -> Result<Adapter> {
        let (sandbox, _) = self.engine().await?;
        let digest = &approved.inspection.digest;
        let fingerprint = sandbox.fingerprint();
        let code = match self.store().compiled(digest, &fingerprint).await? {
            Some(code) => code,
            None => {
                let bytes = self.store().adapter_bytes(digest).await?;
                let sandbox = sandbox.clone();
                let code = blocking(move || sandbox.compile(&bytes)).await??;
                self.store()
                    .put_compiled(digest, &fingerprint, &code)
                    .await?;
                code
            }
        };
        Ok(sandbox.load(&code, &approved.inspection)?)
    }
}

fn view(row: AdapterRow) -> Result<AdapterView> {
    let inspection: Inspection = parse(row.inspection.clone())?;
    Ok(AdapterView {
        id: row.id,
        version: row.version,
        name: inspection.manifest.name,
        vendor: inspection.manifest.vendor,
        digest: row.digest,
        approved: row.approval.is_some(),
        inspection: row.inspection,
    })
}

fn json<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

fn parse<T: serde::de::DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|error| {
        Error::refused(
            "stored-adapter",
            format!("what is stored of an adapter cannot be read ({error}); install it again"),
        )
    })
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| {
        Error::refused(
            "internal",
            "compiling the adapter ended abnormally; the file was not installed",
        )
    })
}
