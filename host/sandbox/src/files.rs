//! `homeroom:sis/files`: a read-only set of files that was fetched before the
//! run. A call sees names and bytes; where they come from, and where they lie on
//! this machine, is not known here.

use std::io;

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, WasmStr};

use crate::error::{CallError, ErrorKind};
use crate::raw;
use crate::state::HostState;

/// The most bytes of one read.
const MOST_AT_ONCE: u32 = 1 << 20;

/// A set of files that stays the same for as long as a session lives.
pub trait FileSource: Send + Sync + 'static {
    /// Names and sizes in bytes, sorted by name.
    fn list(&self) -> Vec<(String, u64)>;

    /// `length` bytes of a file from `offset` on, fewer only at its end; none:
    /// there is no such file.
    ///
    /// # Errors
    /// If the copy cannot be read; the call then ends.
    fn read(&self, name: &str, offset: u64, length: usize) -> io::Result<Option<Vec<u8>>>;
}

type Bytes = wasmtime::Result<(Result<Vec<u8>, raw::FilesError>,)>;

pub(crate) fn link(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    let mut interface = linker.instance("homeroom:sis/files@0.1.0")?;
    interface.func_wrap(
        "list",
        |store: StoreContextMut<'_, HostState>, (): ()| -> wasmtime::Result<(Vec<raw::File>,)> {
            let files = store.data().files.as_ref().map(|files| files.list());
            let file = |(name, size)| raw::File { name, size };
            Ok((files.unwrap_or_default().into_iter().map(file).collect(),))
        },
    )?;
    interface.func_wrap(
        "read",
        |store: StoreContextMut<'_, HostState>,
         (name, offset, length): (WasmStr, u64, u32)|
         -> Bytes {
            if length > MOST_AT_ONCE {
                return Ok((Err(raw::FilesError::TooLong),));
            }
            let Some(files) = store.data().files.clone() else {
                return Ok((Err(raw::FilesError::NotFound),));
            };
            let name = name.to_str(&store)?;
            let read = files.read(&name, offset, length as usize)?;
            Ok((read.ok_or(raw::FilesError::NotFound),))
        },
    )
}

/// Where the source is files, a remedy that speaks of endpoints and servers
/// helps nobody.
pub(crate) fn remedied(error: CallError) -> CallError {
    match error.kind() {
        ErrorKind::Malformed | ErrorKind::NotFound | ErrorKind::Unsupported => {
            error.with_remedy("Nothing was changed. Correct the export at the SIS and sync again.")
        }
        _ => error,
    }
}
