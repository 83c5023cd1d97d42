//! The contract in `wit/`, as Rust types and calls.
//!
//! Everything here is generated at build time from the world `sis-adapter`.
//! The types work on every target; the imported functions exist only inside the
//! sandbox, which is why `log` and `storage` wrap them.

wit_bindgen::generate!({
    path: "../wit",
    world: "sis-adapter",
    additional_derives: [PartialEq, Clone],
    pub_export_macro: true,
    export_macro_name: "export_sis_adapter",
    default_bindings_module: "homeroom_sdk::bindings",
});
