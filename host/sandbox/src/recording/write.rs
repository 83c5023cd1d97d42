//! Writes a recording while the run goes on. What comes in is written at once
//! and not kept, whatever its size; only the names of what is there already are.
//!
//! A file that cannot be written does not end the run: recording stops, and
//! whoever finishes it learns why.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use sha2::{Digest, Sha256};

use super::frame::{self, FORMAT_VERSION, Frame, Kind, MAGIC};
use super::tape::CallTape;
use super::{BlobId, CallKey, Event, Head, hex};

/// A recording that is being made. Clones share it.
#[derive(Clone)]
pub struct Recorder {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    began: Instant,
    calls: AtomicU64,
    exchanges: AtomicU64,
    file: Mutex<State>,
}

struct State {
    file: BufWriter<File>,
    /// Over all frames as they lie in the file.
    digest: Sha256,
    blobs: HashSet<[u8; 32]>,
    bytes: u64,
    begun: bool,
    failed: Option<io::Error>,
}

/// What was recorded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Calls of the adapter.
    pub calls: u64,
    /// Requests of those calls.
    pub requests: u64,
    /// The file's size in bytes.
    pub bytes: u64,
}

/// Why a recording could not be made or finished.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// There is a file of that name.
    #[error("{} exists; a recording never overwrites a file", .0.display())]
    Exists(PathBuf),
    /// The file cannot be written.
    #[error("the recording {} could not be written: {source}", path.display())]
    Unwritable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Recorder {
    /// Makes the file, which must not exist yet; only this user may read it.
    ///
    /// # Errors
    /// If it exists or cannot be made.
    pub fn create(path: &Path) -> Result<Recorder, RecordError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => RecordError::Exists(path.to_owned()),
            _ => RecordError::Unwritable {
                path: path.to_owned(),
                source,
            },
        })?;
        let state = State {
            file: BufWriter::with_capacity(256 * 1024, file),
            digest: Sha256::new(),
            blobs: HashSet::new(),
            bytes: 0,
            begun: false,
            failed: None,
        };
        Ok(Recorder {
            inner: Arc::new(Inner {
                path: path.to_owned(),
                began: Instant::now(),
                calls: AtomicU64::new(0),
                exchanges: AtomicU64::new(0),
                file: Mutex::new(state),
            }),
        })
    }

    pub(crate) fn begin(&self, head: Head) {
        {
            let mut state = self.state();
            state.begun = true;
            state.put(MAGIC);
            state.put(&FORMAT_VERSION.to_le_bytes());
        }
        self.event(&Event::Begin(head));
    }

    /// Begins a call's part.
    pub(crate) fn call(&self, key: CallKey) -> CallTape {
        let call = self.inner.calls.fetch_add(1, Ordering::Relaxed);
        self.event(&Event::Call { call, key });
        CallTape::new(self.clone(), call)
    }

    pub(crate) fn exchanged(&self) {
        self.inner.exchanges.fetch_add(1, Ordering::Relaxed);
    }

    /// Milliseconds since recording began.
    pub(crate) fn now_ms(&self) -> u64 {
        u64::try_from(self.inner.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn event(&self, event: &Event) {
        let Ok(json) = serde_json::to_vec(event) else {
            return self.fail(io::ErrorKind::InvalidData.into());
        };
        match frame::pack(Kind::Event, &json) {
            // A call's lines are few; written out, they outlive a `kill -9`.
            Some(frame) => self.state().append(&frame, true),
            None => self.fail(io::ErrorKind::FileTooLarge.into()),
        }
    }

    /// Stores bytes once; `None` for none.
    pub(crate) fn blob(&self, bytes: &[u8]) -> Option<BlobId> {
        if bytes.is_empty() {
            return None;
        }
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        if !self.state().blobs.insert(digest) {
            return Some(hex(&digest));
        }
        // Others go on writing while this is compressed.
        match frame::pack(Kind::Blob, bytes) {
            Some(frame) => self.state().append(&frame, false),
            None => self.fail(io::ErrorKind::FileTooLarge.into()),
        }
        Some(hex(&digest))
    }

    /// Ends the recording: from now on the file is complete.
    ///
    /// # Errors
    /// If anything could not be written, now or earlier. What is there can be
    /// read as far as it goes.
    pub fn finish(&self) -> Result<Recorded, RecordError> {
        let recorded = |bytes| Recorded {
            calls: self.inner.calls.load(Ordering::Relaxed),
            requests: self.inner.exchanges.load(Ordering::Relaxed),
            bytes,
        };
        if !self.state().begun {
            return Ok(Recorded::default());
        }
        let digest = hex(&self.state().digest.clone().finalize());
        let Recorded {
            calls, requests, ..
        } = recorded(0);
        self.event(&Event::Finish {
            calls,
            exchanges: requests,
            digest,
        });
        let mut state = self.state();
        if state.failed.is_none() {
            let synced = state
                .file
                .flush()
                .and_then(|()| state.file.get_ref().sync_all());
            state.failed = synced.err();
        }
        match state.failed.take() {
            None => Ok(recorded(state.bytes)),
            Some(source) => Err(RecordError::Unwritable {
                path: self.inner.path.clone(),
                source,
            }),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.inner
            .file
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn fail(&self, error: io::Error) {
        self.state().failed.get_or_insert(error);
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Recorder").field(&self.inner.path).finish()
    }
}

impl Drop for Inner {
    /// A file in which nothing was ever recorded is of no use to anyone.
    fn drop(&mut self) {
        let state = self.file.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !state.begun {
            std::fs::remove_file(&self.path).ok();
        }
    }
}

impl State {
    fn append(&mut self, frame: &Frame, flush: bool) {
        let header = frame.header.to_bytes();
        self.digest.update(header);
        self.digest.update(&frame.bytes);
        self.put(&header);
        self.put(&frame.bytes);
        if flush && self.failed.is_none() {
            self.failed = self.file.flush().err();
        }
    }

    fn put(&mut self, bytes: &[u8]) {
        if self.failed.is_some() {
            return;
        }
        match self.file.write_all(bytes) {
            Ok(()) => self.bytes += bytes.len() as u64,
            Err(error) => self.failed = Some(error),
        }
    }
}
