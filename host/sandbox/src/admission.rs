//! Looks at an adapter without running or compiling it: is it a valid
//! component of bearable size, what does it import, which contract does it
//! fulfil, what does its manifest say, who signed it. [`inspect`] decides;
//! [`examine`] tells a reviewer all that there is to know. Neither knows where
//! adapters come from or who approved them.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::limits::Limits;
use crate::manifest::{CONTRACT, Manifest};
use crate::signature::Signature;

mod examine;
mod extras;
mod imports;
mod shape;

pub use examine::{Examination, Refusal, examine};
pub use extras::{Dependencies, Dependency, Section, Tool};
pub use imports::{Import, ImportClass};
pub use shape::Shape;

/// The custom section that holds the manifest.
pub const MANIFEST_SECTION: &str = "homeroom:manifest";

/// What an adapter's file says about itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Inspection {
    /// `sha256:` and 64 hexadecimal digits, of the whole file.
    pub digest: String,
    /// Size of the file in bytes.
    pub size: u64,
    /// What the adapter says about itself.
    pub manifest: Manifest,
    /// The contract that its exports fulfil.
    pub contract: String,
    /// Everything it asks of the host, sorted by name.
    pub imports: Vec<Import>,
    /// How large it is inside.
    pub shape: Shape,
    /// Who signed it.
    #[serde(default)]
    pub signature: Signature,
}

/// Why a file is refused as an adapter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdmissionError {
    /// The file is no WebAssembly component.
    #[error("this is no WebAssembly component: {0}. Build the adapter for `wasm32-wasip2`.")]
    NotAComponent(String),
    /// Too large, or built to overwhelm the compiler.
    #[error("{0}, more than this host compiles. Ask the vendor for a smaller adapter.")]
    TooLarge(String),
    /// There is no manifest in it.
    #[error(
        "the component has no custom section `homeroom:manifest`. Build it with the Homeroom SDK, which puts `adapter.toml` there."
    )]
    NoManifest,
    /// The manifest is unusable.
    #[error("the manifest is unusable: {0}. Correct `adapter.toml` and build again.")]
    BadManifest(String),
    /// It asks for something that this host has not.
    #[error(
        "the adapter imports {0}, which this host does not have. An adapter may import `homeroom:sis`, `wasi:http`, `wasi:clocks` and `wasi:io`."
    )]
    UnknownImports(String),
    /// It does not export what an adapter must.
    #[error(
        "the component does not export `homeroom:sis/adapter`. Implement the adapter interface and export it."
    )]
    NoExport,
    /// It fulfils a contract that this host does not know.
    #[error(
        "the adapter is built for {0}, and this host supports {CONTRACT}. Use an adapter or a host of the matching version."
    )]
    UnsupportedContract(String),
    /// Its signature is not of this file.
    #[error(
        "the adapter's signature does not hold: {0}. The file was altered on its way, or signed wrongly: get it again from its vendor."
    )]
    BadSignature(String),
    /// The compiler refused it.
    #[error("the adapter cannot be compiled: {0}.")]
    Compile(String),
    /// Compiling it takes more than this host allows.
    #[error(
        "compiling the adapter {0}. It is built to overwhelm the compiler, or too large for this host. Ask the vendor for a smaller adapter."
    )]
    CompileLimit(String),
    /// The compiler itself could not do its work.
    #[error(
        "the compiler's process failed: {0}. Try again; if it stays, check this account's limits on processes and memory."
    )]
    Compiler(String),
}

impl AdmissionError {
    /// The stable code in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            AdmissionError::NotAComponent(_) => "not-a-component",
            AdmissionError::TooLarge(_) => "too-large",
            AdmissionError::NoManifest => "no-manifest",
            AdmissionError::BadManifest(_) => "bad-manifest",
            AdmissionError::UnknownImports(_) => "unknown-imports",
            AdmissionError::NoExport => "no-export",
            AdmissionError::UnsupportedContract(_) => "unsupported-contract",
            AdmissionError::BadSignature(_) => "bad-signature",
            AdmissionError::Compile(_) => "compile-failed",
            AdmissionError::CompileLimit(_) => "compile-limit",
            AdmissionError::Compiler(_) => "compiler-failed",
        }
    }
}

/// Inspects an adapter under the default limits.
///
/// # Errors
/// The first reason why the file is refused.
pub fn inspect(component: &[u8]) -> Result<Inspection, AdmissionError> {
    inspect_with(component, &Limits::default())
}

pub(crate) fn inspect_with(
    component: &[u8],
    limits: &Limits,
) -> Result<Inspection, AdmissionError> {
    let found = walk(component, limits)?;
    let contract = contract(&found.exports)?;
    let imports = imports::classify(&found.imports);
    admit_imports(&imports)?;
    let manifest = manifest(&found.manifests)?;
    check_contract(&manifest, &contract)?;
    let signature = Signature::of(component);
    check_signature(&signature)?;
    Ok(Inspection {
        digest: digest(component),
        size: component.len() as u64,
        manifest,
        contract,
        imports,
        shape: found.shape,
        signature,
    })
}

fn walk(component: &[u8], limits: &Limits) -> Result<shape::Found, AdmissionError> {
    if component.len() > limits.component_bytes {
        return Err(AdmissionError::TooLarge(format!(
            "the file has {} bytes",
            component.len()
        )));
    }
    shape::walk(component, limits)
}

fn admit_imports(imports: &[Import]) -> Result<(), AdmissionError> {
    let refused: Vec<_> = imports
        .iter()
        .filter(|i| i.class == ImportClass::Refused)
        .map(|i| format!("`{}`", i.name))
        .collect();
    if refused.is_empty() {
        return Ok(());
    }
    Err(AdmissionError::UnknownImports(refused.join(", ")))
}

fn check_contract(manifest: &Manifest, contract: &str) -> Result<(), AdmissionError> {
    if manifest.contract == contract {
        return Ok(());
    }
    Err(AdmissionError::BadManifest(format!(
        "it says contract = \"{}\", and the component exports {contract}",
        manifest.contract
    )))
}

fn check_signature(signature: &Signature) -> Result<(), AdmissionError> {
    match signature {
        Signature::Broken { why } => Err(AdmissionError::BadSignature(why.clone())),
        Signature::None | Signature::Valid { .. } => Ok(()),
    }
}

/// `sha256:` and the hexadecimal digest.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let mut text = String::from("sha256:");
    for byte in Sha256::digest(bytes) {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

fn manifest(sections: &[Vec<u8>]) -> Result<Manifest, AdmissionError> {
    let Some(first) = sections.first() else {
        return Err(AdmissionError::NoManifest);
    };
    if sections.iter().any(|section| section != first) {
        return Err(AdmissionError::BadManifest(
            "there are several manifests and they differ".to_owned(),
        ));
    }
    let text = std::str::from_utf8(first)
        .map_err(|_| AdmissionError::BadManifest("it is not UTF-8".to_owned()))?;
    Manifest::parse(text).map_err(AdmissionError::BadManifest)
}

/// The contract's name from the name of the exported interface:
/// `homeroom:sis/adapter@0.1.0` fulfils `homeroom:sis@0.1.0`.
fn contract(exports: &[String]) -> Result<String, AdmissionError> {
    let mut versions = exports
        .iter()
        .filter_map(|name| name.strip_prefix("homeroom:sis/adapter"))
        .map(|version| format!("homeroom:sis{version}"));
    let mut last = None;
    for found in versions.by_ref() {
        if found == CONTRACT {
            return Ok(found);
        }
        last = Some(found);
    }
    Err(last.map_or(
        AdmissionError::NoExport,
        AdmissionError::UnsupportedContract,
    ))
}
