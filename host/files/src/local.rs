//! A set from this machine: a folder, or a zip.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::bundle::Bundle;
use crate::choice::{Choice, choose};
use crate::error::{FetchError, Kind, Result};
use crate::intake::{Intake, Order};
use crate::limits::Limits;
use crate::unzip;

/// Copies the set out of a folder or a zip, so that it stays what it is while a
/// run reads it.
///
/// # Errors
/// If there is no such folder or zip, or nothing in it is wanted.
pub fn from_path(path: &Path, order: &Order<'_>) -> Result<Bundle> {
    let place = path.display().to_string();
    let found = std::fs::metadata(path).map_err(|e| unreadable(path, &e))?;
    let mut intake = Intake::new(order)?;
    if !found.is_dir() {
        unzip::unpack(open(path)?, &place, order.wanted, &mut intake)?;
        return Ok(intake.freeze());
    }
    match choose(
        entries(path, order.limits)?,
        |entry| &entry.0,
        order.wanted,
        &place,
    )? {
        Choice::Zip((_, zip)) => unzip::unpack(open(&zip)?, &place, order.wanted, &mut intake)?,
        Choice::Files(files) => {
            for (name, file) in files {
                intake.add(&name, open(&file)?, |e| unreadable(&file, e))?;
            }
        }
    }
    Ok(intake.freeze())
}

/// The files directly in a folder, with their names.
fn entries(folder: &Path, limits: &Limits) -> Result<Vec<(String, PathBuf)>> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|e| unreadable(folder, &e))? {
        let path = entry.map_err(|e| unreadable(folder, &e))?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if let (Some(name), true) = (name, path.is_file()) {
            entries.push((name.to_owned(), path));
        }
        if entries.len() > limits.entries {
            return Err(FetchError::new(
                Kind::FilesTooLarge,
                format!("{} has over {} files", folder.display(), limits.entries),
            ));
        }
    }
    entries.sort();
    Ok(entries)
}

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|e| unreadable(path, &e))
}

fn unreadable(path: &Path, error: &std::io::Error) -> FetchError {
    FetchError::new(
        Kind::NotFound,
        format!("{} cannot be read: {error}", path.display()),
    )
    .with_remedy("Name a folder of CSV files or a zip that this account may read.")
}
