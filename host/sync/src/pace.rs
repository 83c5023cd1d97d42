//! How hard servers are asked, shared by all processes that work on one data
//! folder: many run `homeroom sync` at the same time.
//!
//! ```text
//! DIR/pace/<server>/record     how the server is asked at the moment
//! DIR/pace/<server>/place-N    locked while a request is under way
//! DIR/pace/<server>/door-N     locked while somebody waits for that place
//! ```
//!
//! `<server>` is a hash of its origin; nothing here is secret. Locks are the
//! operating system's, which frees them when a process dies in whatever way. A
//! file means nothing but for its lock and the record's content, and a record
//! that cannot be understood is one that says nothing. What a record means is
//! the sandbox's business.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use homeroom_sandbox::{HeldSpot, Origin, PaceKeeper, PaceRecord, PaceSpot};
use sha2::{Digest, Sha256};

/// A server that nobody has asked for so long is forgotten.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// A record is far smaller; anything larger is none.
const RECORD_BYTES: u64 = 4096;
/// How often a file is opened again that was taken away meanwhile.
const ATTEMPTS: u32 = 5;

/// The records and locks below a data folder.
pub(crate) struct PaceFolder {
    folder: PathBuf,
}

impl PaceFolder {
    /// Keeps them in `DATA/pace`. Servers that nobody asks any more are
    /// forgotten first.
    pub(crate) fn of(data: &Path) -> Self {
        let keeper = PaceFolder {
            folder: data.join("pace"),
        };
        // What cannot be cleaned up is in nobody's way.
        let _ = keeper.clean(SystemTime::now());
        keeper
    }

    /// The lock of a file; none: somebody else has it.
    fn lock(&self, server: &Origin, name: &str) -> io::Result<Option<File>> {
        let folder = self.folder.join(hashed(server));
        for _ in 0..ATTEMPTS {
            let file = match open(&folder.join(name)) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    make_dir(&folder)?;
                    continue;
                }
                other => other?,
            };
            match file.try_lock() {
                Ok(()) if is_gone(&file) => {}
                Ok(()) => return Ok(Some(file)),
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Err(io::Error::other("its files vanish"))
    }

    /// Takes away what belongs to servers that nobody has asked for long. A file
    /// is only taken away by who has its lock, and whoever has locked it since
    /// sees that it is gone.
    fn clean(&self, now: SystemTime) -> io::Result<()> {
        for server in fs::read_dir(&self.folder)? {
            let server = server?.path();
            let old = |path: &Path| {
                let touched = fs::metadata(path).and_then(|metadata| metadata.modified());
                touched.is_ok_and(|at| now.duration_since(at).is_ok_and(|age| age > KEPT))
            };
            if !old(&server.join("record")) {
                continue;
            }
            for file in fs::read_dir(&server)?.flatten() {
                let path = file.path();
                let Ok(file) = open(&path) else { continue };
                if file.try_lock().is_ok() && !is_gone(&file) {
                    let _ = fs::remove_file(&path);
                }
            }
            // It stays if somebody has begun to use it again.
            let _ = fs::remove_dir(&server);
        }
        Ok(())
    }
}

impl PaceKeeper for PaceFolder {
    fn try_take(&self, server: &Origin, spot: PaceSpot) -> io::Result<Option<HeldSpot>> {
        let name = match spot {
            PaceSpot::Door(number) => format!("door-{number}"),
            PaceSpot::Place(number) => format!("place-{number}"),
        };
        let locked = self.lock(server, &name)?;
        Ok(locked.map(|file| Box::new(file) as HeldSpot))
    }

    fn change(&self, server: &Origin, change: &mut dyn FnMut(&mut PaceRecord)) -> io::Result<bool> {
        let Some(mut file) = self.lock(server, "record")? else {
            return Ok(false);
        };
        let mut bytes = Vec::new();
        (&mut file).take(RECORD_BYTES).read_to_end(&mut bytes)?;
        let before: PaceRecord = serde_json::from_slice(&bytes).unwrap_or_default();
        let mut after = before;
        change(&mut after);
        if after != before {
            let bytes = serde_json::to_vec(&after)?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all(&bytes)?;
            file.set_len(bytes.len() as u64)?;
        }
        Ok(true)
    }
}

/// A server's name among files.
fn hashed(server: &Origin) -> String {
    let digest = Sha256::digest(server.to_string());
    digest[..12].iter().map(|b| format!("{b:02x}")).collect()
}

/// Opens a file that only this user may read, and makes it if need be.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

fn make_dir(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path)
}

/// Whether the file was taken away since it was opened.
fn is_gone(file: &File) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        file.metadata().is_ok_and(|metadata| metadata.nlink() == 0)
    }
    // Elsewhere an open file is not taken away.
    #[cfg(not(unix))]
    {
        let _ = file;
        false
    }
}

#[cfg(test)]
mod tests;
