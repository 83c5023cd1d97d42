//! Taking files in: under limits, hashed on the way, under names of our own.

use std::collections::HashSet;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::bundle::{self, Bundle};
use crate::choice::Wanted;
use crate::error::{FetchError, Kind, Result, ours, shown};
use crate::folder::{self, Folder};
use crate::limits::Limits;

/// Bytes that are moved at once.
const PIECE: usize = 256 * 1024;

/// What is wanted, how much of it, and where our copy goes.
#[derive(Debug, Clone, Copy)]
pub struct Order<'o> {
    /// Which files.
    pub wanted: &'o Wanted,
    /// How many and how large.
    pub limits: &'o Limits,
    /// The folder that gets a folder for the copy.
    pub parent: &'o Path,
}

/// A set in the making.
pub(crate) struct Intake {
    folder: Folder,
    pub(crate) limits: Limits,
    files: Vec<bundle::File>,
    names: HashSet<String>,
    total: u64,
}

impl Intake {
    pub(crate) fn new(order: &Order<'_>) -> Result<Self> {
        Ok(Intake {
            folder: Folder::make(order.parent)?,
            limits: order.limits.clone(),
            files: Vec::new(),
            names: HashSet::new(),
            total: 0,
        })
    }

    /// The folder, for what must be on the disk before it can be opened.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Forgets what was taken in so far.
    pub(crate) fn clear(&mut self) -> Result<()> {
        for file in self.files.drain(..) {
            let path = self.folder.path().join(&file.stored);
            std::fs::remove_file(path).map_err(|e| ours("remove a file", &e))?;
        }
        self.names.clear();
        self.total = 0;
        Ok(())
    }

    /// Begins a file.
    pub(crate) fn begin(&mut self, name: &str) -> Result<Taking<'_>> {
        if self.files.len() >= self.limits.files {
            return Err(too_large(format!(
                "There are more than {} files",
                self.limits.files
            )));
        }
        if name.is_empty() || name.len() > 255 || name.contains(['/', '\\', '\0']) {
            return Err(FetchError::new(
                Kind::Malformed,
                format!("`{}` is no file name", shown(name)),
            ));
        }
        if !self.names.insert(name.to_lowercase()) {
            return Err(FetchError::new(
                Kind::FilesAmbiguous,
                format!("There are two files of the name `{}`", shown(name)),
            ));
        }
        let stored = self.files.len().to_string();
        let to = folder::create(&self.folder.path().join(&stored))
            .map_err(|e| ours("make a file", &e))?;
        Ok(Taking {
            intake: self,
            name: name.to_owned(),
            stored,
            to,
            size: 0,
            hash: Sha256::new(),
        })
    }

    /// Takes a whole file in.
    pub(crate) fn add(
        &mut self,
        name: &str,
        mut from: impl Read,
        failed: impl Fn(&std::io::Error) -> FetchError,
    ) -> Result<()> {
        let mut taking = self.begin(name)?;
        let mut piece = vec![0; PIECE];
        loop {
            match from.read(&mut piece) {
                Ok(0) => break,
                Ok(length) => taking.write(&piece[..length])?,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(&error)),
            }
        }
        taking.finish()
    }

    /// The set, frozen.
    pub(crate) fn freeze(mut self) -> Bundle {
        self.files.sort_by(|a, b| a.name.cmp(&b.name));
        Bundle::new(self.folder, self.files)
    }
}

/// A file that is being taken in.
pub(crate) struct Taking<'i> {
    intake: &'i mut Intake,
    name: String,
    stored: String,
    to: File,
    size: u64,
    hash: Sha256,
}

impl Taking<'_> {
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let limits = &self.intake.limits;
        self.size += bytes.len() as u64;
        self.intake.total += bytes.len() as u64;
        if self.size > limits.file_bytes || self.intake.total > limits.total_bytes {
            return Err(too_large(format!(
                "`{}` makes the files larger than {} MiB, {} MiB a file",
                shown(&self.name),
                limits.total_bytes >> 20,
                limits.file_bytes >> 20
            )));
        }
        self.hash.update(bytes);
        self.to
            .write_all(bytes)
            .map_err(|e| ours("write a file", &e))
    }

    pub(crate) fn finish(self) -> Result<()> {
        self.intake.files.push(bundle::File {
            name: self.name,
            size: self.size,
            stored: self.stored,
            hash: self.hash.finalize().into(),
        });
        Ok(())
    }
}

fn too_large(detail: String) -> FetchError {
    FetchError::new(Kind::FilesTooLarge, detail)
}
