//! Directories and files that only this user may read, and writing a file whole
//! or not at all. It knows nothing of what the files hold.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::path::Path;

use chacha20poly1305::aead::Generate;

use crate::error::{IoContext, Result};

/// Makes a directory and its parents; what is made, only this user may enter.
pub(crate) fn make_dir(path: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path).at("make the directory", path)
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}

/// Opens a file for locking or for others to fill, and makes it if need be.
pub(crate) fn open_private(path: &Path) -> Result<File> {
    private(
        OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false),
    )
    .open(path)
    .at("open", path)
}

/// Writes a file so that a reader sees the old bytes or all of the new ones,
/// even after a power failure.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    // A killed process may leave a draft; no later one has its name.
    let random = u64::try_generate()
        .map_err(std::io::Error::other)
        .at("write", path)?;
    let draft = path.with_extension(format!("{random:016x}.draft"));
    let written = write_new(&draft, bytes)
        .and_then(|()| std::fs::rename(&draft, path))
        .and_then(|()| sync_parent(path));
    if written.is_err() {
        // The draft is of no use to anyone; the first error is what counts.
        std::fs::remove_file(&draft).ok();
    }
    written.at("write", path)
}

/// Writes a file that must not exist yet.
fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = private(OpenOptions::new().write(true).create_new(true)).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes a rename in the directory durable.
pub(crate) fn sync_parent(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        // Of a name without a folder that is the empty path.
        Some(parent) if parent.as_os_str().is_empty() => sync_parent(&Path::new(".").join(path)),
        Some(parent) if cfg!(unix) => File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}
