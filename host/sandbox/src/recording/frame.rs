//! How a recording lies in its file: a fixed beginning, then frames one after
//! another, so that it can be written while the run goes on and read as far as
//! it goes when the run was killed.
//!
//! ```text
//! "HOMEROOM-REC\r\n\x1a\n"  version: u32
//! frame*: kind: u8 (1 an event as JSON, 2 bytes)
//!         size: u32   before compression
//!         stored: u32 as it lies here; smaller than `size` means an LZ4 block
//!         SHA-256 of the bytes before compression: 32 bytes
//!         the bytes
//! ```
//!
//! Numbers are little-endian. The last frame is the event `finish`; it holds
//! the SHA-256 over all frames before it as they lie in the file, so that one
//! that was changed, left out, added or moved is noticed.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

/// The number of this format.
pub const FORMAT_VERSION: u32 = 1;

pub(crate) const MAGIC: &[u8; 16] = b"HOMEROOM-REC\r\n\x1a\n";

pub(crate) const HEADER: usize = 41;

/// Larger than any body or page that the sandbox lets through; what claims to
/// be larger is damaged.
pub(crate) const MOST: u32 = 256 * 1024 * 1024;

/// LZ4 cannot shrink further than this.
const BEST_RATIO: u32 = 255;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Event = 1,
    Blob = 2,
}

/// What stands before a frame's bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FrameHeader {
    pub(crate) kind: Kind,
    pub(crate) size: u32,
    pub(crate) stored: u32,
    pub(crate) digest: [u8; 32],
}

impl FrameHeader {
    pub(crate) fn to_bytes(self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[0] = self.kind as u8;
        bytes[1..5].copy_from_slice(&self.size.to_le_bytes());
        bytes[5..9].copy_from_slice(&self.stored.to_le_bytes());
        bytes[9..].copy_from_slice(&self.digest);
        bytes
    }

    /// `None`: this is no header.
    pub(crate) fn of_bytes(bytes: &[u8; HEADER]) -> Option<FrameHeader> {
        let number = |at: usize| {
            u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        let mut digest = [0; 32];
        digest.copy_from_slice(&bytes[9..]);
        let header = FrameHeader {
            kind: match bytes[0] {
                1 => Kind::Event,
                2 => Kind::Blob,
                _ => return None,
            },
            size: number(1),
            stored: number(5),
            digest,
        };
        let possible = header.size <= MOST
            && header.stored <= header.size
            && header.size / BEST_RATIO <= header.stored;
        possible.then_some(header)
    }
}

/// Bytes ready to be written, header first.
pub(crate) struct Frame {
    pub(crate) header: FrameHeader,
    pub(crate) bytes: Vec<u8>,
}

/// Packs bytes. `None`: there are too many.
pub(crate) fn pack(kind: Kind, bytes: &[u8]) -> Option<Frame> {
    let size = u32::try_from(bytes.len())
        .ok()
        .filter(|size| *size <= MOST)?;
    let compressed = lz4_flex::block::compress(bytes);
    let stored = if compressed.len() < bytes.len() {
        compressed
    } else {
        bytes.to_vec()
    };
    Some(Frame {
        header: FrameHeader {
            kind,
            size,
            stored: stored.len() as u32,
            digest: Sha256::digest(bytes).into(),
        },
        bytes: stored,
    })
}

/// The bytes as they were packed; `None`: they are damaged.
pub(crate) fn unpack(header: &FrameHeader, stored: Vec<u8>) -> Option<Vec<u8>> {
    let bytes = if header.stored < header.size {
        lz4_flex::block::decompress(&stored, header.size as usize).ok()?
    } else {
        stored
    };
    let digest: [u8; 32] = Sha256::digest(&bytes).into();
    (bytes.len() == header.size as usize && digest == header.digest).then_some(bytes)
}

/// Fills the buffer as far as the file goes; says how far.
pub(crate) fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
