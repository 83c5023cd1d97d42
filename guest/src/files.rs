//! The set of files that the host has fetched for this run.
//!
//! Names and bytes, read only, the same for every page of a run; see `wit/files.wit`.
//! An adapter that uses them says so in its manifest's section `[files]`.

pub use crate::bindings::homeroom::sis::files::{File, FilesError};

/// The most bytes that one [`FileSet::read`] may ask for.
pub const MOST_AT_ONCE: u32 = 1 << 20;

/// A set of files: the host's in the sandbox, one in memory in tests.
pub trait FileSet {
    /// The files, sorted by name.
    fn list(&self) -> Vec<File>;

    /// `length` bytes of a file from `offset` on, fewer only at its end.
    ///
    /// # Errors
    /// [`FilesError::NotFound`], or [`FilesError::TooLong`] beyond
    /// [`MOST_AT_ONCE`].
    fn read(&self, name: &str, offset: u64, length: u32) -> Result<Vec<u8>, FilesError>;
}

/// The host's files; outside the sandbox, those of `testing::with_files`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Host;

impl FileSet for Host {
    #[cfg(target_arch = "wasm32")]
    fn list(&self) -> Vec<File> {
        crate::bindings::homeroom::sis::files::list()
    }

    #[cfg(target_arch = "wasm32")]
    fn read(&self, name: &str, offset: u64, length: u32) -> Result<Vec<u8>, FilesError> {
        crate::bindings::homeroom::sis::files::read(name, offset, length)
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn list(&self) -> Vec<File> {
        crate::testing::files::list()
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn read(&self, name: &str, offset: u64, length: u32) -> Result<Vec<u8>, FilesError> {
        crate::testing::files::read(name, offset, length)
    }
}
