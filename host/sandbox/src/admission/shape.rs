//! Walks through a component once: validates it, counts what is in it, and
//! collects imports, exports and manifests. Refuses what would make a compiler
//! run for minutes.

use serde::{Deserialize, Serialize};
use wasmparser::{
    FuncValidatorAllocations, FunctionBody, Operator, Parser, Payload, ValidPayload, Validator,
    WasmFeatures,
};

use super::extras::Extras;
use super::{AdmissionError, MANIFEST_SECTION};
use crate::limits::Limits;

/// How large a component is inside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shape {
    /// Core modules.
    pub modules: u32,
    /// Nested components.
    pub components: u32,
    /// Functions in all modules.
    pub functions: u32,
    /// Bytes of code in all modules.
    pub code_bytes: u64,
    /// The deepest nesting of blocks in a function.
    pub block_depth: u32,
    /// The deepest nesting of loops in a function.
    pub loop_depth: u32,
}

#[derive(Default)]
pub(super) struct Found {
    pub(super) shape: Shape,
    pub(super) imports: Vec<String>,
    pub(super) exports: Vec<String>,
    pub(super) manifests: Vec<Vec<u8>>,
    pub(super) extras: Extras,
}

/// What adapters may use of WebAssembly. New features stay out until someone
/// needs them: each is new surface.
pub(crate) fn features() -> WasmFeatures {
    WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::REFERENCE_TYPES
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::SIMD
        | WasmFeatures::FLOATS
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::COMPONENT_MODEL
}

pub(super) fn walk(bytes: &[u8], limits: &Limits) -> Result<Found, AdmissionError> {
    let invalid =
        |e: wasmparser::BinaryReaderError| AdmissionError::NotAComponent(e.message().to_owned());
    if !Parser::is_component(bytes) {
        return Err(AdmissionError::NotAComponent(
            "it does not begin like one".to_owned(),
        ));
    }
    let mut found = Found::default();
    let mut validator = Validator::new_with_features(features());
    let mut allocations = FuncValidatorAllocations::default();
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(invalid)?;
        match &payload {
            Payload::ModuleSection { .. } => {
                found.shape.modules += 1;
                depth += 1;
            }
            Payload::ComponentSection { .. } => {
                found.shape.components += 1;
                depth += 1;
            }
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(section) => {
                if section.name() == MANIFEST_SECTION {
                    found.manifests.push(section.data().to_vec());
                }
                found.extras.note(section, depth);
            }
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section.clone() {
                    found
                        .imports
                        .push(import.map_err(invalid)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section.clone() {
                    found
                        .exports
                        .push(export.map_err(invalid)?.name.name.to_owned());
                }
            }
            _ => {}
        }
        if let ValidPayload::Func(function, body) = validator.payload(&payload).map_err(invalid)? {
            measure(&body, &mut found.shape, limits)?;
            let mut function = function.into_validator(allocations);
            function.validate(&body).map_err(invalid)?;
            allocations = function.into_allocations();
        }
    }
    Ok(found)
}

/// Counts a function, before anything expensive looks at it.
fn measure(
    body: &FunctionBody<'_>,
    shape: &mut Shape,
    limits: &Limits,
) -> Result<(), AdmissionError> {
    let size = body.range().len();
    shape.functions += 1;
    shape.code_bytes += size as u64;
    if shape.functions > limits.functions {
        return Err(AdmissionError::TooLarge(format!(
            "it has over {} functions",
            limits.functions
        )));
    }
    if size > limits.function_bytes {
        return Err(AdmissionError::TooLarge(format!(
            "one of its functions has {size} bytes"
        )));
    }
    let invalid =
        |e: wasmparser::BinaryReaderError| AdmissionError::NotAComponent(e.message().to_owned());
    let mut open = Vec::new();
    let mut loops = 0_u32;
    let mut reader = body.get_operators_reader().map_err(invalid)?;
    while !reader.eof() {
        match reader.read().map_err(invalid)? {
            Operator::Loop { .. } => {
                loops += 1;
                open.push(true);
                shape.loop_depth = shape.loop_depth.max(loops);
            }
            Operator::Block { .. } | Operator::If { .. } => open.push(false),
            Operator::End => loops -= u32::from(open.pop() == Some(true)),
            _ => {}
        }
        shape.block_depth = shape.block_depth.max(open.len() as u32);
        if loops > limits.loop_depth {
            return Err(AdmissionError::TooLarge(format!(
                "its loops are nested over {} deep",
                limits.loop_depth
            )));
        }
        if open.len() > limits.block_depth as usize {
            return Err(AdmissionError::TooLarge(format!(
                "its blocks are nested over {} deep",
                limits.block_depth
            )));
        }
    }
    Ok(())
}
