//! A frozen set of files: names, bytes and one digest over both.

use std::fs::File as OpenFile;
use std::io::{self, Read, Seek, SeekFrom};

use sha2::{Digest, Sha256};

use crate::folder::Folder;

/// One file of a set.
#[derive(Debug, Clone)]
pub struct File {
    /// Its name without any folder, as the source spells it.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// What it is called in our folder.
    pub(crate) stored: String,
    pub(crate) hash: [u8; 32],
}

/// A set of files that nobody changes any more. Dropping it removes them.
#[derive(Debug)]
pub struct Bundle {
    folder: Folder,
    files: Vec<File>,
    digest: String,
}

impl Bundle {
    pub(crate) fn new(folder: Folder, files: Vec<File>) -> Self {
        let mut hash = Sha256::new();
        for file in &files {
            hash.update((file.name.len() as u64).to_le_bytes());
            hash.update(&file.name);
            hash.update(file.size.to_le_bytes());
            hash.update(file.hash);
        }
        let mut digest = String::from("sha256:");
        for byte in hash.finalize() {
            digest.push_str(&format!("{byte:02x}"));
        }
        Bundle {
            folder,
            files,
            digest,
        }
    }

    /// The files, sorted by name.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// `sha256:` and 64 hexadecimal digits over names and contents.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The size of all files in bytes.
    pub fn size(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    /// `length` bytes of a file from `offset` on, fewer only at its end; none:
    /// there is no such file.
    ///
    /// # Errors
    /// If our copy cannot be read.
    pub fn read(&self, name: &str, offset: u64, length: usize) -> io::Result<Option<Vec<u8>>> {
        let Ok(at) = self
            .files
            .binary_search_by(|file| file.name.as_str().cmp(name))
        else {
            return Ok(None);
        };
        let file = &self.files[at];
        let rest = file.size.saturating_sub(offset);
        let length = length.min(usize::try_from(rest).unwrap_or(usize::MAX));
        let mut bytes = vec![0; length];
        if length > 0 {
            let mut open = OpenFile::open(self.folder.path().join(&file.stored))?;
            open.seek(SeekFrom::Start(offset))?;
            open.read_exact(&mut bytes)?;
        }
        Ok(Some(bytes))
    }
}
