//! What an export leaves beside its place when its process is killed: a folder
//! that nobody will finish. The next export to the same place removes it, if
//! nobody can be at work on it any more. Whoever is in doubt leaves it there.
//!
//! It does not know how a bundle is put in its place.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::folder::is_of_a_bundle;

/// The name of the folder in which this process writes a bundle of that name.
pub(super) fn partial_name(bundle: &str) -> String {
    format!(".{bundle}.partial-{}", std::process::id())
}

/// What stands after the name of a folder that has made way for a newer bundle.
pub(super) const EARLIER: &str = ".earlier";

/// Says that this process works on the folder, for as long as the file is open.
/// Not every file system has such locks; there the process is all that tells.
pub(super) fn hold(partial: &Path) -> Option<File> {
    let folder = File::open(partial).ok()?;
    folder.try_lock().ok()?;
    Some(folder)
}

/// Removes what processes that are gone have left of bundles of that name in the
/// folder: what they were writing, or with `earlier` what had made way for it.
/// What cannot be removed stays.
pub(super) fn remove(parent: &Path, bundle: &str, earlier: bool) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let of = name.to_str().and_then(|name| writer(name, bundle, earlier));
        // A link is no folder here, whatever it leads to.
        let folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if folder && of.is_some_and(is_gone) && is_nobodys(&entry.path()) {
            // The export itself is not worse for it.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// The process that wrote a bundle in the folder of this name, if it is such a
/// folder.
fn writer(name: &str, bundle: &str, earlier: bool) -> Option<u32> {
    let process = name
        .strip_prefix('.')?
        .strip_prefix(bundle)?
        .strip_prefix(".partial-")?;
    let process = match process.strip_suffix(EARLIER) {
        Some(process) if earlier => process,
        None if !earlier => process,
        _ => return None,
    };
    let digits = process.bytes().all(|byte| byte.is_ascii_digit());
    process.parse().ok().filter(|_| digits)
}

/// Whether there is no such process, as far as this machine can tell.
#[cfg(target_os = "linux")]
fn is_gone(process: u32) -> bool {
    use rustix::io::Errno;
    use rustix::process::{Pid, test_kill_process};
    let process = i32::try_from(process).ok().and_then(Pid::from_raw);
    process.is_some_and(|process| test_kill_process(process) == Err(Errno::SRCH))
}

#[cfg(not(target_os = "linux"))]
fn is_gone(_process: u32) -> bool {
    false
}

/// Whether nothing but files of a bundle is in the folder, and no process holds
/// it, also none that this one cannot see.
fn is_nobodys(folder: &Path) -> bool {
    let Ok(mut entries) = fs::read_dir(folder) else {
        return false;
    };
    let ours = entries.all(|entry| entry.is_ok_and(|entry| is_of_a_bundle(&entry.file_name())));
    ours && hold(folder).is_some()
}

/// Where a bundle goes that makes way for the one in this folder.
pub(super) fn earlier(partial: &Path) -> PathBuf {
    let mut earlier = partial.as_os_str().to_owned();
    earlier.push(EARLIER);
    PathBuf::from(earlier)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// A process that has ended.
    fn gone() -> u32 {
        let mut child = std::process::Command::new("true").spawn().expect("starts");
        let process = child.id();
        child.wait().expect("ends");
        process
    }

    fn folder(parent: &Path, name: &str, file: &str) -> PathBuf {
        let path = parent.join(name);
        fs::create_dir(&path).expect("made");
        fs::write(path.join(file), "").expect("written");
        path
    }

    #[test]
    fn what_a_process_left_that_is_gone_is_removed_and_nothing_else() {
        let parent = tempfile::tempdir().expect("a folder");
        let parent = parent.path();
        let (gone, alive) = (gone(), std::os::unix::process::parent_id());
        let make = |name: String, file: &str| folder(parent, &name, file);
        let left = make(format!(".bundle.partial-{gone}"), "users.csv");
        let earlier = make(format!(".bundle.partial-{gone}.earlier"), "users.csv");
        let kept = [
            make(format!(".bundle.partial-{alive}"), "users.csv"),
            make(format!(".other.partial-{gone}"), "users.csv"),
            make(format!(".bundle.partial-{gone}.old"), "users.csv"),
            make(".bundle.partial-+7".to_owned(), "users.csv"),
            make(".bundle.partial-".to_owned(), "users.csv"),
            make(format!("bundle.partial-{gone}"), "users.csv"),
            make(format!(".bundle.partial-0{gone}"), "letter.txt"),
        ];
        let link = parent.join(format!(".bundle.partial-00{gone}"));
        std::os::unix::fs::symlink(&kept[1], &link).expect("linked");
        let file = parent.join(format!(".bundle.partial-000{gone}"));
        fs::write(&file, "").expect("written");
        let held = make(format!(".bundle.partial-0000{gone}"), "users.csv");
        let holder = hold(&held).expect("free");

        remove(parent, "bundle", false);
        assert!(!left.exists());
        assert!(earlier.exists(), "it may be all there is of the bundle");
        remove(parent, "bundle", true);
        assert!(!earlier.exists());
        for path in kept.iter().chain([&link, &file, &held]) {
            assert!(path.exists(), "{}", path.display());
        }
        drop(holder);
        remove(parent, "bundle", false);
        assert!(!held.exists(), "nobody holds it any more");
    }
}
