//! Reads a recording: checks all of it once, keeps calls and requests in
//! memory, and fetches bodies from the file when somebody wants them.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::frame::{self, FORMAT_VERSION, FrameHeader, HEADER, Kind, MAGIC};
use super::{BlobId, CallKey, Event, Exchange, Head, Outcome, hex};

/// Why a file cannot be read as a recording.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file cannot be opened or read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is some other file.
    #[error(
        "{} is no recording; `homeroom sync N --record FILE` makes one", .0.display()
    )]
    Foreign(PathBuf),
    /// A later Homeroom made it.
    #[error(
        "{} has version {version} of the format and this Homeroom reads up to {FORMAT_VERSION}; \
         read it with a newer Homeroom",
        path.display()
    )]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// It is not what was written.
    #[error(
        "{} is damaged at byte {offset}: {what}; get the file again from where it was made",
        path.display()
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Where.
        offset: u64,
        /// What is wrong there.
        what: String,
    },
}

impl RecordingError {
    /// A stable code in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            RecordingError::Unreadable { .. } => "recording-unreadable",
            RecordingError::Foreign(_) => "recording-foreign",
            RecordingError::Newer { .. } => "recording-newer",
            RecordingError::Damaged { .. } => "recording-damaged",
        }
    }
}

/// A call on record.
#[derive(Debug, Clone)]
pub struct RecordedCall {
    /// What was asked.
    pub key: CallKey,
    /// Its requests in the order in which the adapter made them.
    pub exchanges: Vec<Exchange>,
    /// Its log lines as (level, text).
    pub log: Vec<(String, String)>,
    /// How it ended; `None`: it had not when the recording did.
    pub outcome: Option<Outcome>,
}

/// A recording that was checked and can be looked into.
pub struct Recording {
    path: PathBuf,
    head: Head,
    calls: Vec<RecordedCall>,
    complete: bool,
    bytes: u64,
    blobs: HashMap<BlobId, (u64, FrameHeader)>,
    file: Mutex<File>,
}

impl Recording {
    /// Opens a recording and checks every byte of it.
    ///
    /// # Errors
    /// If it is no recording, of a later version, or damaged. One that ends
    /// early, because the run was killed, is none of these: see
    /// [`Recording::is_complete`].
    pub fn open(path: &Path) -> Result<Recording, RecordingError> {
        let unreadable = |source| RecordingError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(unreadable)?;
        let mut reader = BufReader::with_capacity(256 * 1024, file);
        let mut beginning = [0; MAGIC.len() + 4];
        let filled = frame::fill(&mut reader, &mut beginning).map_err(unreadable)?;
        let (magic, version) = beginning.split_at(MAGIC.len());
        if filled < beginning.len() || magic != MAGIC {
            return Err(RecordingError::Foreign(path.to_owned()));
        }
        let version = version.iter().rev().fold(0, |n, b| n << 8 | u32::from(*b));
        if version == 0 {
            return Err(RecordingError::Foreign(path.to_owned()));
        }
        if version > FORMAT_VERSION {
            return Err(RecordingError::Newer {
                path: path.to_owned(),
                version,
            });
        }
        let mut scan = Scan {
            path,
            at: beginning.len() as u64,
            digest: Sha256::new(),
            head: None,
            calls: BTreeMap::new(),
            blobs: HashMap::new(),
            complete: false,
        };
        while scan.frame(&mut reader)? {}
        let Scan {
            head,
            calls,
            blobs,
            complete,
            at,
            ..
        } = scan;
        let Some(head) = head else {
            return Err(damaged(path, at, "it ends before it says what it is"));
        };
        let mut calls: Vec<_> = calls.into_values().collect();
        for call in &mut calls {
            call.exchanges.sort_by_key(|exchange| exchange.number);
        }
        Ok(Recording {
            path: path.to_owned(),
            head,
            calls,
            complete,
            bytes: at,
            blobs,
            file: Mutex::new(reader.into_inner()),
        })
    }

    /// What it is a recording of.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Its calls in the order in which they began.
    pub fn calls(&self) -> &[RecordedCall] {
        &self.calls
    }

    /// Whether it goes to the end of the run.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The size of what can be read of it, in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Stored bytes; none for none.
    ///
    /// # Errors
    /// If they are not in the file, or the file has changed since it was opened.
    pub fn blob(&self, id: Option<&BlobId>) -> Result<Vec<u8>, RecordingError> {
        let Some(id) = id else {
            return Ok(Vec::new());
        };
        // Nothing is stored of nothing.
        if *id == super::blob_id(b"") {
            return Ok(Vec::new());
        }
        let Some((offset, header)) = self.blobs.get(id) else {
            return Err(damaged(
                &self.path,
                self.bytes,
                "bytes that it refers to are missing",
            ));
        };
        let mut stored = vec![0; header.stored as usize];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let read = file
            .seek(SeekFrom::Start(*offset))
            .and_then(|_| file.read_exact(&mut stored));
        read.map_err(|source| RecordingError::Unreadable {
            path: self.path.clone(),
            source,
        })?;
        frame::unpack(header, stored)
            .ok_or_else(|| damaged(&self.path, *offset, "it changed while it was read"))
    }
}

impl std::fmt::Debug for Recording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Recording").field(&self.path).finish()
    }
}

fn damaged(path: &Path, offset: u64, what: impl Into<String>) -> RecordingError {
    RecordingError::Damaged {
        path: path.to_owned(),
        offset,
        what: what.into(),
    }
}

/// The pass over the whole file.
struct Scan<'a> {
    path: &'a Path,
    at: u64,
    digest: Sha256,
    head: Option<Head>,
    calls: BTreeMap<u64, RecordedCall>,
    blobs: HashMap<BlobId, (u64, FrameHeader)>,
    complete: bool,
}

impl Scan<'_> {
    /// Takes one frame in. `false`: there is no whole one any more.
    fn frame(&mut self, reader: &mut impl Read) -> Result<bool, RecordingError> {
        let unreadable = |source| RecordingError::Unreadable {
            path: self.path.to_owned(),
            source,
        };
        let mut header = [0; HEADER];
        let filled = frame::fill(reader, &mut header).map_err(unreadable)?;
        if self.complete && filled > 0 {
            return Err(self.damaged("there is something behind its end"));
        }
        if filled < HEADER {
            return Ok(false);
        }
        let bytes = header;
        let Some(header) = FrameHeader::of_bytes(&bytes) else {
            return Err(self.damaged("there is no frame"));
        };
        // Grows with what is there, whatever the header says.
        let mut stored = Vec::new();
        reader
            .take(header.stored.into())
            .read_to_end(&mut stored)
            .map_err(unreadable)?;
        if stored.len() < header.stored as usize {
            return Ok(false);
        }
        let mut digest = self.digest.clone();
        digest.update(bytes);
        digest.update(&stored);
        let Some(content) = frame::unpack(&header, stored) else {
            return Err(self.damaged("its bytes are not those that were written"));
        };
        let offset = self.at + HEADER as u64;
        match header.kind {
            Kind::Blob => {
                self.blobs.insert(hex(&header.digest), (offset, header));
            }
            Kind::Event => {
                let event: Event = serde_json::from_slice(&content)
                    .map_err(|error| self.damaged(format!("an event cannot be read ({error})")))?;
                self.event(event)?;
            }
        }
        self.digest = digest;
        self.at = offset + u64::from(header.stored);
        Ok(true)
    }

    fn event(&mut self, event: Event) -> Result<(), RecordingError> {
        if self.head.is_none() != matches!(event, Event::Begin(_)) {
            return Err(self.damaged("its events are out of order"));
        }
        match event {
            Event::Begin(head) => self.head = Some(head),
            Event::Call { call, key } => {
                let call = self.calls.insert(
                    call,
                    RecordedCall {
                        key,
                        exchanges: Vec::new(),
                        log: Vec::new(),
                        outcome: None,
                    },
                );
                if call.is_some() {
                    return Err(self.damaged("a call begins twice"));
                }
            }
            Event::Exchange { call, exchange } => self.call(call)?.exchanges.push(exchange),
            Event::Log { call, level, line } => self.call(call)?.log.push((level, line)),
            Event::End { call, outcome, .. } => self.call(call)?.outcome = Some(outcome),
            Event::Finish { digest, .. } => {
                if digest != hex(&self.digest.clone().finalize()) {
                    return Err(self.damaged("its parts are not those that were written"));
                }
                self.complete = true;
            }
        }
        Ok(())
    }

    fn call(&mut self, call: u64) -> Result<&mut RecordedCall, RecordingError> {
        let error = self.damaged("an event belongs to no call");
        self.calls.get_mut(&call).ok_or(error)
    }

    fn damaged(&self, what: impl Into<String>) -> RecordingError {
        damaged(self.path, self.at, what)
    }
}
