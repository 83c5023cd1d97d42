//! Adapters of a data folder: list, inspect, and load for a run. Installing and
//! approving stand in [`install`], whose signatures count in [`publishers`].

use std::sync::Arc;

use homeroom_sandbox::{
    Adapter, Approval, Compiler, Examination, Inspection, Limits, PublicKey, Sandbox,
};
use homeroom_store::AdapterRow;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::homeroom::Homeroom;
use crate::policy::Policy;
use crate::views::{AdapterPage, AdapterState, AdapterView, Standing};

mod effects;
mod install;
mod publishers;

pub use install::InstallOptions;

/// An adapter that may run, with what it was approved for.
pub(crate) struct Approved {
    pub(crate) inspection: Inspection,
    pub(crate) approval: Approval,
    pub(crate) policy: Arc<Policy>,
}

impl Homeroom {
    /// All installed adapters, newest first.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn adapter_list(&self) -> Result<Vec<AdapterView>> {
        let rows = self.store().adapters().await?;
        rows.iter().map(|row| view(row, &rows)).collect()
    }

    /// All that can be known of an installed adapter, by id or digest. Of
    /// several with the id: of the one that runs. Nothing of it is run.
    ///
    /// # Errors
    /// If there is none, or its file was altered.
    pub async fn adapter_inspect(&self, id: &str) -> Result<AdapterPage> {
        let row = self.adapter_row(id).await?;
        let bytes = self.store().adapter_bytes(&row.digest).await?;
        self.page(homeroom_sandbox::examine(&bytes)?).await
    }

    /// All that can be known of a file without running or installing it, with
    /// how it stands on this host.
    ///
    /// # Errors
    /// If the file is no component at all.
    pub async fn adapter_examine(&self, component: &[u8]) -> Result<AdapterPage> {
        self.page(homeroom_sandbox::examine(component)?).await
    }

    /// The same without a data folder.
    ///
    /// # Errors
    /// If the file is no component at all.
    pub fn examine_file(component: &[u8]) -> Result<AdapterPage> {
        Ok(AdapterPage {
            examination: homeroom_sandbox::examine(component)?,
            standing: None,
        })
    }

    async fn page(&self, examination: Examination) -> Result<AdapterPage> {
        let rows = self.store().adapters().await?;
        let row = rows.iter().find(|row| row.digest == examination.digest);
        let publisher = self.publisher_of(examination.signature.key()).await?;
        let granted = match row {
            Some(row) => row.approval.clone().map(parse::<Approval>).transpose()?,
            None => None,
        };
        Ok(AdapterPage {
            standing: Some(Standing {
                state: row.map(|row| state(row, &rows)),
                publisher,
                granted_hosts: granted.as_ref().map(|g| g.hosts.clone()),
                granted_methods: granted.map(|g| g.methods),
                installed: row.map(|row| row.installed.to_string()),
                approved: row.and_then(|row| row.approved).map(|at| at.to_string()),
            }),
            examination,
        })
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

    /// The adapter that an integration uses, if it may run: approved, by its
    /// digest, and not against the operator's policy.
    pub(crate) async fn approved(&self, id: &str) -> Result<Approved> {
        let row = self.adapter_row(id).await?;
        let Some(approval) = row.approval.clone() else {
            return Err(Error::refused(
                "adapter-not-approved",
                format!(
                    "the adapter {} {} is installed but not approved; look at it with \
                     `homeroom adapter inspect {}`, then run `homeroom adapter approve {}`",
                    row.id, row.version, row.id, row.id
                ),
            ));
        };
        let inspection: Inspection = parse(row.inspection)?;
        let approval: Approval = parse(approval)?;
        // The approval is of one file, and the inspection is what was said of it.
        if approval.digest != row.digest || inspection.digest != row.digest {
            return Err(Error::refused(
                "approval-mismatch",
                format!(
                    "what was approved of the adapter {} is not the file {}; look at it with \
                     `homeroom adapter inspect {}`, then run `homeroom adapter approve {}`",
                    row.id, row.digest, row.digest, row.digest
                ),
            ));
        }
        let policy = self.policy().await?;
        let publisher = self.publisher_of(inspection.signature.key()).await?;
        policy.check(&inspection, publisher.as_deref())?;
        Ok(Approved {
            inspection,
            approval,
            policy,
        })
    }

    /// The name of the trusted publisher whose key this is.
    pub(crate) async fn publisher_of(&self, key: Option<&PublicKey>) -> Result<Option<String>> {
        let Some(key) = key.map(ToString::to_string) else {
            return Ok(None);
        };
        let known = self.store().publishers().await?;
        Ok(known
            .into_iter()
            .find(|row| row.key == key)
            .map(|row| row.name))
    }

    /// An adapter to replay a recording with, approved or not: a replay reaches
    /// nothing and has no secret. By id or digest.
    ///
    /// # Errors
    /// If none is installed, or it cannot be loaded.
    pub async fn adapter_for_replay(&self, id: &str) -> Result<Adapter> {
        let inspection: Inspection = parse(self.adapter_row(id).await?.inspection)?;
        self.load(&inspection).await
    }

    /// The same, from a file that need not be installed.
    ///
    /// # Errors
    /// If the file is no adapter, or asks for what this host does not offer.
    pub async fn adapter_file_for_replay(
        component: Vec<u8>,
        compiler: Compiler,
    ) -> Result<Adapter> {
        let sandbox = Sandbox::with_compiler(Limits::default(), compiler)?;
        Ok(blocking(move || sandbox.compile_and_load(&component)).await??)
    }

    /// Loads compiled code, and compiles again where it is missing, altered or
    /// of another engine.
    pub(crate) async fn load(&self, inspection: &Inspection) -> Result<Adapter> {
        let (sandbox, _) = self.engine().await?;
        let digest = &inspection.digest;
        let code = match self
            .store()
            .compiled(digest, &sandbox.fingerprint())
            .await?
        {
            Some(code) => code,
            None => {
                let bytes = self.store().adapter_bytes(digest).await?;
                self.compile(digest, bytes).await?
            }
        };
        Ok(sandbox.load(&code, inspection)?)
    }

    /// Compiled code of a component, made now unless it is there. One at a
    /// time: a compiler may take a gigabyte, and after an upgrade of the engine
    /// many runs want the same code at once.
    async fn compile(&self, digest: &str, component: Vec<u8>) -> Result<Vec<u8>> {
        let (sandbox, _) = self.engine().await?;
        let fingerprint = sandbox.fingerprint();
        let _turn = self.inner.compiling.lock().await;
        if let Some(code) = self.store().compiled(digest, &fingerprint).await? {
            return Ok(code);
        }
        let sandbox = sandbox.clone();
        let code = blocking(move || sandbox.compile(&component)).await??;
        self.store()
            .put_compiled(digest, &fingerprint, &code)
            .await?;
        Ok(code)
    }
}

/// Of several approved versions of an adapter, the one that was approved last
/// runs.
fn runs<'a>(id: &str, rows: &'a [AdapterRow]) -> Option<&'a AdapterRow> {
    rows.iter()
        .filter(|row| row.id == id && row.approval.is_some())
        // `rows` come newest first, and so does the maximum of equal ones.
        .rev()
        .max_by_key(|row| row.approved)
}

fn state(row: &AdapterRow, rows: &[AdapterRow]) -> AdapterState {
    let runs = runs(&row.id, rows);
    match runs {
        Some(current) if current.digest == row.digest => AdapterState::Runs,
        _ if row.approval.is_some() => AdapterState::Replaced,
        _ => AdapterState::Waiting,
    }
}

fn view(row: &AdapterRow, rows: &[AdapterRow]) -> Result<AdapterView> {
    let inspection: Inspection = parse(row.inspection.clone())?;
    Ok(AdapterView {
        id: row.id.clone(),
        version: row.version.clone(),
        name: inspection.manifest.name,
        vendor: inspection.manifest.vendor,
        digest: row.digest.clone(),
        approved: row.approval.is_some(),
        state: state(row, rows),
        publisher: row.publisher.clone(),
        inspection: row.inspection.clone(),
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
