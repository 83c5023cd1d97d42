//! Lists that are only read as a whole, as compressed chunks: postcard, then
//! LZ4. Memory on either side is bounded by a chunk.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// Items in a chunk: large enough to compress well, small enough that a chunk
/// is a few hundred kilobytes.
pub(crate) const ITEMS: usize = 4096;

/// Packs a chunk's items.
pub(crate) fn pack<T: Serialize + ?Sized>(items: &T) -> Result<Vec<u8>> {
    let plain = postcard::to_allocvec(items)
        .map_err(|cause| Error::damaged("a list to store", cause, "report it"))?;
    Ok(compress(&plain))
}

/// Unpacks what [`pack`] made.
pub(crate) fn unpack<T: DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<T> {
    const REMEDY: &str = "run again, or restore the tenant's database from a copy";
    let plain = decompress(bytes).map_err(|cause| Error::damaged(what, cause, REMEDY))?;
    postcard::from_bytes(&plain).map_err(|cause| Error::damaged(what, cause, REMEDY))
}

/// LZ4 with the plain length in front.
pub(crate) fn compress(plain: &[u8]) -> Vec<u8> {
    lz4_flex::compress_prepend_size(plain)
}

/// Takes back [`compress`]. LZ4 never makes more than 255 bytes of one, so a
/// greater length is damage and not a reason to ask for that much memory.
pub(crate) fn decompress(bytes: &[u8]) -> std::result::Result<Vec<u8>, String> {
    let (length, packed) =
        lz4_flex::block::uncompressed_size(bytes).map_err(|cause| cause.to_string())?;
    if length / 255 > packed.len() {
        return Err(format!("its length cannot be {length}"));
    }
    lz4_flex::decompress(packed, length).map_err(|cause| cause.to_string())
}
