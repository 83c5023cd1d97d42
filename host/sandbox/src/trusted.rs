//! The one place that turns bytes into code. It knows nothing of where the
//! bytes were kept.
#![allow(unsafe_code)]

use wasmtime::Engine;
use wasmtime::component::Component;

/// Takes compiled code as it is.
///
/// The engine checks that the code was made by the same version with the same
/// settings, not who made it. Callers hand over only what
/// [`crate::Sandbox::compile`] returned and what they have authenticated since;
/// that is documented where the bytes enter, at [`crate::Sandbox::load`].
pub(crate) fn deserialize(engine: &Engine, compiled: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `compiled` is the unchanged output of `Engine::precompile_component`,
    // which the caller of `Sandbox::load` answers for by checking its MAC.
    unsafe { Component::deserialize(engine, compiled) }
}
