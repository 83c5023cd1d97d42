//! The folder that a set lives in for the time of a run.
//!
//! A file that the operating system locks lies in it for as long as its process
//! lives. Whoever makes the next one removes those whose process is gone, so
//! that a crash leaves nothing behind for longer than that.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Result, ours};

const LOCK: &str = "lock";

/// A folder of our own. Dropping it removes it with all that is in it.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes a folder inside `parent`, which is made if need be, and removes
    /// what dead processes left there.
    pub(crate) fn make(parent: &Path) -> Result<Self> {
        let failed = |e: io::Error| ours("make the folder for files", &e);
        make_dir(parent).map_err(failed)?;
        // Held while folders are made and removed, so that nobody takes one that
        // is not locked yet for one whose process is gone.
        let makers = open_or_create(&parent.join(LOCK)).map_err(failed)?;
        makers.lock().map_err(failed)?;
        sweep(parent);
        let path = parent.join(format!("{:016x}", rand::random::<u64>()));
        let made = make_dir(&path)
            .and_then(|()| create(&path.join(LOCK)))
            .and_then(|lock| lock.try_lock().map(|()| lock).map_err(io::Error::other));
        Ok(Self {
            _lock: made.map_err(failed)?,
            path,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!("{} cannot be removed: {error}", self.path.display());
        }
    }
}

/// Makes a file that must not exist yet and that only this user may read.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().read(true).write(true).create_new(true)).open(path)
}

fn open_or_create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    private(options.read(true).write(true).create(true).truncate(false)).open(path)
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
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

/// Removes the folders whose lock nobody holds.
fn sweep(parent: &Path) {
    let Ok(entries) = std::fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if !path.is_dir() {
            continue;
        }
        let is_free = match File::open(path.join(LOCK)) {
            Ok(lock) => lock.try_lock().is_ok(),
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        };
        if is_free {
            tracing::debug!("removing {}, which an ended process left", path.display());
            if let Err(error) = std::fs::remove_dir_all(&path) {
                tracing::warn!("{} cannot be removed: {error}", path.display());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dead_process_left_is_removed_and_what_is_in_use_stays() {
        let parent = tempfile::tempdir().expect("a temporary folder");
        let living = Folder::make(parent.path()).expect("a folder");
        let dead = parent.path().join("dead");
        make_dir(&dead).expect("a folder");
        create(&dead.join(LOCK)).expect("a file");
        create(&dead.join("0")).expect("a file");

        let next = Folder::make(parent.path()).expect("a folder");
        assert!(living.path().exists() && next.path().exists());
        assert!(!dead.exists());
        let path = living.path().to_owned();
        drop(living);
        assert!(!path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn only_this_user_may_look() {
        use std::os::unix::fs::PermissionsExt;
        let parent = tempfile::tempdir().expect("a temporary folder");
        let folder = Folder::make(&parent.path().join("files")).expect("a folder");
        create(&folder.path().join("0")).expect("a file");
        let mode = |path: &Path| path.metadata().expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(folder.path()), 0o700);
        assert_eq!(mode(&folder.path().join("0")), 0o600);
    }
}
