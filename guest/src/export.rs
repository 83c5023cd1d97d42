//! The one trait a vendor implements, and the macro that makes a component of it.
//!
//! Knows nothing of HTTP, OneRoster or the manifest's content: the manifest is
//! carried as it is, and the host reads it without running the adapter.

use crate::{Connection, Failure, Page, PageRequest, Report};

/// An adapter: what a vendor writes.
///
/// Every call runs in a fresh instance that is dropped afterwards. Keep no
/// state in statics; what the next page needs goes into its cursor.
pub trait Adapter {
    /// Tries the connection with as few requests as will do, and says which
    /// schools the credentials can see.
    ///
    /// # Errors
    /// A [`Failure`] whose text is one sentence for a person.
    fn check(connection: &Connection) -> Result<Report, Failure>;

    /// Reads one page of one collection.
    ///
    /// # Errors
    /// A [`Failure`]. The host has retried what is worth retrying before an
    /// adapter sees an answer, so do not retry here.
    fn read(connection: &Connection, request: &PageRequest) -> Result<Page, Failure>;
}

/// Makes `$adapter` (a type that implements [`Adapter`]) the exports of this
/// component, and embeds the manifest, a path relative to the crate's root, as
/// the custom section `homeroom:manifest`.
///
/// On every target but wasm it only checks that the trait is implemented and
/// that the manifest exists, so that an adapter's tests run natively.
///
/// ```text
/// homeroom_sdk::export!(MyAdapter, manifest = "adapter.toml");
/// ```
#[macro_export]
macro_rules! export {
    ($adapter:ident, manifest = $manifest:literal) => {
        const _: () = {
            const fn is_an_adapter<A: $crate::Adapter>() {}
            is_an_adapter::<$adapter>();

            const MANIFEST: &[u8] =
                include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $manifest));

            #[cfg(target_arch = "wasm32")]
            #[allow(unsafe_code, reason = "naming a custom section is an unsafe attribute")]
            #[used]
            #[unsafe(link_section = "homeroom:manifest")]
            static SECTION: [u8; MANIFEST.len()] =
                *include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $manifest));
        };

        #[cfg(target_arch = "wasm32")]
        #[allow(
            unsafe_code,
            reason = "the canonical ABI's exports are unsafe extern functions"
        )]
        const _: () = {
            struct Component;

            impl $crate::bindings::exports::homeroom::sis::adapter::Guest for Component {
                fn check(
                    connection: $crate::Connection,
                ) -> ::core::result::Result<$crate::Report, $crate::Failure> {
                    <$adapter as $crate::Adapter>::check(&connection)
                }

                fn read(
                    connection: $crate::Connection,
                    request: $crate::PageRequest,
                ) -> ::core::result::Result<$crate::Page, $crate::Failure> {
                    <$adapter as $crate::Adapter>::read(&connection, &request)
                }
            }

            $crate::bindings::export_sis_adapter! { Component with_types_in $crate::bindings }
        };
    };
}
