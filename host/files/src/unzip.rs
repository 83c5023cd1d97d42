//! Unpacking a zip that may mean harm.
//!
//! The whole directory of the zip is looked at before anything is unpacked, and
//! one entry that no export has (a path that leads out, a link, a password)
//! refuses all of it. Sizes in the directory are the zip's own claims; what
//! counts is what comes out, byte by byte.

use std::collections::BTreeSet;
use std::io::{Read, Seek, SeekFrom};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::choice::{Wanted, is_hidden, is_zip};
use crate::error::{FetchError, Kind, Result, shown};
use crate::intake::Intake;
use crate::limits::Limits;

/// Takes the wanted files of a zip in. They may lie in one folder.
pub(crate) fn unpack<R: Read + Seek>(
    mut from: R,
    place: &str,
    wanted: &Wanted,
    intake: &mut Intake,
) -> Result<()> {
    let place = &shown(place);
    let limits = intake.limits.clone();
    let size = from.seek(SeekFrom::End(0)).map_err(|e| broken(place, &e))?;
    if size > limits.zip_bytes {
        return Err(FetchError::new(
            Kind::FilesTooLarge,
            format!("{place} is larger than {} MiB", limits.zip_bytes >> 20),
        ));
    }
    let mut zip = ZipArchive::new(from).map_err(|e| of_zip(place, &e))?;
    if zip.len() > limits.entries {
        return Err(not_safe(place, &format!("it has {} entries", zip.len())));
    }
    // A bomb without nesting has many entries share the same packed bytes.
    if zip
        .has_overlapping_entries()
        .map_err(|e| of_zip(place, &e))?
    {
        return Err(not_safe(place, "its entries overlap"));
    }
    let chosen = entries(&mut zip, place, wanted)?;
    for (at, name) in chosen {
        let packed = zip.by_index(at).map_err(|e| of_zip(place, &e))?;
        one(packed, &name, place, &limits, intake)?;
    }
    Ok(())
}

/// Places and names of the files that are wanted.
fn entries<R: Read + Seek>(
    zip: &mut ZipArchive<R>,
    place: &str,
    wanted: &Wanted,
) -> Result<Vec<(usize, String)>> {
    if zip.has_duplicate_names() {
        return Err(not_safe(place, "it has two entries of one name"));
    }
    let mut chosen = Vec::new();
    let mut folders = BTreeSet::new();
    let mut inner = None;
    for at in 0..zip.len() {
        let entry = zip.by_index_raw(at).map_err(|e| of_zip(place, &e))?;
        let name = entry.name().map_err(|e| of_zip(place, &e))?.into_owned();
        let parts: Vec<&str> = name.split(['/', '\\']).collect();
        let leads_out = name.starts_with(['/', '\\'])
            || name.contains(['\0', ':'])
            || parts.iter().any(|part| matches!(*part, ".." | "."));
        if leads_out {
            let what = format!("its entry `{}` leads out of the zip", shown(&name));
            return Err(not_safe(place, &what));
        }
        if entry.is_symlink() {
            let what = format!("its entry `{}` is a link", shown(&name));
            return Err(not_safe(place, &what));
        }
        let hidden = parts.iter().any(|part| is_hidden(part));
        if entry.is_dir() || hidden {
            continue;
        }
        if entry.encrypted() {
            return Err(FetchError::new(
                Kind::ZipEncrypted,
                format!("{place} is encrypted (`{}`)", shown(&name)),
            ));
        }
        let Some((file, folder)) = parts.split_last() else {
            continue;
        };
        if wanted.wants(file) {
            folders.insert(folder.join("/"));
            chosen.push((at, (*file).to_owned()));
        } else if is_zip(file) {
            inner = Some(shown(file));
        }
    }
    if folders.len() > 1 || folders.iter().any(|folder| folder.contains('/')) {
        return Err(FetchError::new(
            Kind::FilesAmbiguous,
            format!(
                "{place} has its files in {} folders, or too deep",
                folders.len()
            ),
        )
        .with_remedy(
            "Put the files into the zip directly, or all of them into one folder in it.",
        ));
    }
    match (chosen.is_empty(), inner) {
        (false, _) => Ok(chosen),
        (true, Some(inner)) => Err(FetchError::new(
            Kind::FilesMissing,
            format!("{place} holds another zip, `{inner}`, which is not opened"),
        )
        .with_remedy("Put the files into the zip directly.")),
        (true, None) => Err(FetchError::new(
            Kind::FilesMissing,
            format!("{place} holds no file that is wanted"),
        )),
    }
}

fn one<R: Read>(
    mut packed: zip::read::ZipFile<'_, R>,
    name: &str,
    place: &str,
    limits: &Limits,
    intake: &mut Intake,
) -> Result<()> {
    let packed_size = packed.compressed_size();
    let most = limits
        .ratio_from
        .max(packed_size.saturating_mul(limits.ratio));
    let mut taking = intake.begin(name)?;
    let mut piece = vec![0; 256 * 1024];
    loop {
        let length = match packed.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(broken(place, &error)),
        };
        if taking.size() + length as u64 > most {
            let what = format!(
                "its entry `{}` unpacks to more than {} times its size",
                shown(name),
                limits.ratio
            );
            return Err(not_safe(place, &what));
        }
        taking.write(&piece[..length])?;
    }
    taking.finish()
}

fn not_safe(place: &str, what: &str) -> FetchError {
    FetchError::new(Kind::ZipUnsafe, format!("{place} was not unpacked: {what}"))
}

fn broken(place: &str, error: &dyn std::fmt::Display) -> FetchError {
    FetchError::new(
        Kind::ZipBroken,
        format!("{place} is no zip, or only a part of one ({error})"),
    )
}

fn of_zip(place: &str, error: &ZipError) -> FetchError {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
            FetchError::new(Kind::ZipEncrypted, format!("{place} is encrypted"))
        }
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            broken(place, error).with_remedy("Pack it with the usual method (deflate).")
        }
        other => broken(place, other),
    }
}
