//! The folder of a bundle: written beside its place, then put there whole. It
//! knows the files' names and nothing of what is in them.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::{ExportError, WRITTEN, leftovers};

/// The line of `manifest.csv` by which an earlier export is known.
pub(super) const OUR_MARK: &str = "source.systemCode,homeroom";

/// A bundle in the making. Dropping it unfinished removes what was written.
#[derive(Debug)]
pub(super) struct Folder {
    target: PathBuf,
    partial: PathBuf,
    finished: bool,
    /// Tells other exports that somebody is at work on `partial`.
    _held: Option<File>,
}

impl Folder {
    /// Checks that the target may be replaced and makes the folder beside it.
    pub(super) fn begin(directory: &Path) -> Result<Self, ExportError> {
        let target =
            std::path::absolute(directory).map_err(|error| ExportError::file(directory, error))?;
        // A link stays, and what it leads to is replaced.
        let target = fs::canonicalize(&target).unwrap_or(target);
        let no_folder = || ExportError::NoFolder {
            directory: directory.to_owned(),
        };
        let name = target
            .file_name()
            .ok_or_else(no_folder)?
            .to_string_lossy()
            .into_owned();
        let parent = target.parent().ok_or_else(no_folder)?;
        refuse_foreign_files(&target)?;
        fs::create_dir_all(parent).map_err(|error| ExportError::file(parent, error))?;
        leftovers::remove(parent, &name, false);
        let partial = parent.join(leftovers::partial_name(&name));
        if partial.exists() {
            fs::remove_dir_all(&partial).map_err(|error| ExportError::file(&partial, error))?;
        }
        fs::create_dir(&partial).map_err(|error| ExportError::file(&partial, error))?;
        Ok(Folder {
            target,
            _held: leftovers::hold(&partial),
            partial,
            finished: false,
        })
    }

    /// Where the bundle will be.
    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    /// Where to write the file of that name.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.partial.join(format!("{name}.csv"))
    }

    /// Puts the bundle in its place.
    pub(super) fn finish(mut self) -> Result<(), ExportError> {
        self.put()?;
        // Now that there is a bundle again, none is needed that had made way.
        let name = self.target.file_name().map(OsStr::to_string_lossy);
        if let (Some(parent), Some(name)) = (self.target.parent(), name) {
            leftovers::remove(parent, &name, true);
        }
        Ok(())
    }

    fn put(&mut self) -> Result<(), ExportError> {
        let failed = |error| ExportError::file(&self.target, error);
        if !self.target.exists() {
            fs::rename(&self.partial, &self.target).map_err(failed)?;
            self.finished = true;
            return Ok(());
        }
        // Something may have been put there meanwhile; it must not be lost.
        refuse_foreign_files(&self.target)?;
        let earlier = match exchange(&self.partial, &self.target) {
            Ok(()) => self.partial.clone(),
            // Not every file system can exchange two folders. For an instant
            // there is none then; a process that dies in it leaves both beside
            // the place, and the next export puts a new one there.
            Err(_) => {
                let earlier = leftovers::earlier(&self.partial);
                fs::rename(&self.target, &earlier).map_err(failed)?;
                if let Err(error) = fs::rename(&self.partial, &self.target) {
                    // Back to where it was; the first error is the one to tell.
                    let _ = fs::rename(&earlier, &self.target);
                    return Err(failed(error));
                }
                earlier
            }
        };
        self.finished = true;
        fs::remove_dir_all(&earlier).map_err(|error| ExportError::file(&earlier, error))
    }
}

/// Lets two folders change places in one step.
#[cfg(target_os = "linux")]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(target_os = "linux"))]
fn exchange(_one: &Path, _other: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.finished {
            let _ = fs::remove_dir_all(&self.partial);
        }
    }
}

/// An existing folder may be replaced if it is empty, or if `manifest.csv` is
/// ours and nothing but files of a bundle is in it.
fn refuse_foreign_files(target: &Path) -> Result<(), ExportError> {
    let entries = match fs::read_dir(target) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(ExportError::file(target, error)),
    };
    let mut empty = true;
    for entry in entries {
        let entry = entry.map_err(|error| ExportError::file(target, error))?;
        empty = false;
        let name = entry.file_name();
        if !is_of_a_bundle(&name) {
            return Err(occupied(target, &name.to_string_lossy()));
        }
    }
    if !empty && !is_ours(&target.join("manifest.csv")) {
        return Err(occupied(target, "files of another system's bundle"));
    }
    Ok(())
}

/// Whether a bundle has a file of that name.
pub(super) fn is_of_a_bundle(name: &OsStr) -> bool {
    let stem = name.to_str().and_then(|name| name.strip_suffix(".csv"));
    stem.is_some_and(|stem| stem == "manifest" || WRITTEN.contains(&stem))
}

fn is_ours(manifest: &Path) -> bool {
    // A manifest has some thirty short lines; anything larger is none.
    let small = fs::metadata(manifest).is_ok_and(|meta| meta.len() < 64 * 1024);
    small
        && fs::read_to_string(manifest)
            .is_ok_and(|content| content.lines().any(|line| line.trim_end() == OUR_MARK))
}

fn occupied(target: &Path, found: &str) -> ExportError {
    ExportError::Occupied {
        directory: target.to_owned(),
        found: found.to_owned(),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    fn export(directory: &Path) {
        let folder = Folder::begin(directory).expect("it may be replaced");
        fs::write(folder.file("manifest"), OUR_MARK).expect("written");
        folder.finish().expect("in its place");
    }

    #[test]
    fn there_is_a_bundle_at_every_instant() {
        let parent = tempfile::tempdir().expect("a folder");
        let directory = parent.path().join("bundle");
        export(&directory);
        let done = Arc::new(AtomicBool::new(false));
        let watcher = std::thread::spawn({
            let (done, directory) = (done.clone(), directory.clone());
            move || {
                let mut missing = 0;
                while !done.load(Ordering::Relaxed) {
                    missing += u32::from(!directory.exists());
                }
                missing
            }
        });
        (0..1_000).for_each(|_| export(&directory));
        done.store(true, Ordering::Relaxed);
        assert_eq!(watcher.join().expect("it ends"), 0);
        let left = fs::read_dir(parent.path()).expect("a folder").count();
        assert_eq!(left, 1, "nothing is left beside it");
    }
}
