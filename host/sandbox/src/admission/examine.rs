//! All that can be known of a file without running or compiling it, for a
//! reviewer: also of one that is refused, with every reason why.

use serde::{Deserialize, Serialize};

use super::extras::{Dependencies, Section, Tool};
use super::imports::{self, Import};
use super::shape::Shape;
use super::{
    AdmissionError, admit_imports, check_contract, check_signature, contract, digest, manifest,
    walk,
};
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::signature::Signature;

/// What a file is, and what it asks for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Examination {
    /// `sha256:` and 64 hexadecimal digits, of the whole file.
    pub digest: String,
    /// Size of the file in bytes.
    pub size: u64,
    /// Who signed it.
    pub signature: Signature,
    /// Why it cannot be installed; empty if it can.
    pub refused: Vec<Refusal>,
    /// What it says about itself, where that can be read.
    pub manifest: Option<Manifest>,
    /// The contract that its exports fulfil, if this host knows it.
    pub contract: Option<String>,
    /// Everything it asks of the host, sorted by name.
    pub imports: Vec<Import>,
    /// Everything it offers, sorted.
    pub exports: Vec<String>,
    /// How large it is inside.
    pub shape: Shape,
    /// Its custom sections, where they are and how large.
    pub sections: Vec<Section>,
    /// What says it built the file.
    pub toolchain: Vec<Tool>,
    /// The libraries it says it is made of.
    pub dependencies: Dependencies,
}

/// One reason why a file cannot be installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Stable, kebab-case.
    pub code: String,
    /// Thing, cause, remedy.
    pub detail: String,
}

impl From<AdmissionError> for Refusal {
    fn from(error: AdmissionError) -> Self {
        Refusal {
            code: error.code().to_owned(),
            detail: error.to_string(),
        }
    }
}

/// Examines a file under the default limits.
///
/// # Errors
/// If it cannot be read as a component at all, or is too large to look at.
pub fn examine(component: &[u8]) -> Result<Examination, AdmissionError> {
    let found = walk(component, &Limits::default())?;
    let mut refused = Vec::new();
    let mut note = |error: AdmissionError| refused.push(error.into());

    let contract = contract(&found.exports).map_err(&mut note).ok();
    let imports = imports::classify(&found.imports);
    admit_imports(&imports).unwrap_or_else(&mut note);
    let manifest = manifest(&found.manifests).map_err(&mut note).ok();
    if let (Some(manifest), Some(contract)) = (&manifest, &contract) {
        check_contract(manifest, contract).unwrap_or_else(&mut note);
    }
    let signature = Signature::of(component);
    check_signature(&signature).unwrap_or_else(&mut note);

    let mut exports = found.exports;
    exports.sort();
    let (sections, toolchain, dependencies) = found.extras.finish();
    Ok(Examination {
        digest: digest(component),
        size: component.len() as u64,
        signature,
        refused,
        manifest,
        contract,
        imports,
        exports,
        shape: found.shape,
        sections,
        toolchain,
        dependencies,
    })
}

#[cfg(test)]
mod tests;
