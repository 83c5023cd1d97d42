//! How source records are written into bytes and read back: one postcard value
//! after another, in the order they came, all of one collection.
//!
//! The bytes are what staging keeps of a page. They do not say what they hold:
//! whoever keeps them remembers the collection and [`FORMAT`].

use serde::{Deserialize, Serialize};

/// The number of this encoding. It changes whenever a type in
/// [`crate::record`] does, so that bytes of another time are read again from
/// the source and never misread.
pub const FORMAT: u32 = 1;

/// The bytes do not hold records of the collection that was asked for.
#[derive(Debug, thiserror::Error)]
#[error(
    "stored records are damaged at byte {offset}: {source}; run a full sync to read them again"
)]
pub struct DecodeError {
    /// Where the unreadable record begins.
    pub offset: usize,
    /// What postcard said.
    pub source: postcard::Error,
}

/// Appends one record.
///
/// # Errors
/// Only if the record's own `Serialize` fails, which none in
/// [`crate::record`] does.
pub fn push<T: Serialize>(bytes: &mut Vec<u8>, record: &T) -> Result<(), postcard::Error> {
    let taken = std::mem::take(bytes);
    *bytes = postcard::to_extend(record, taken)?;
    Ok(())
}

/// Reads the records one after another, borrowing their text from `bytes`.
/// After an error the iteration ends.
pub fn records<'a, T: Deserialize<'a>>(
    bytes: &'a [u8],
) -> impl Iterator<Item = Result<T, DecodeError>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let offset = bytes.len() - rest.len();
        match postcard::take_from_bytes(rest) {
            Ok((record, tail)) => {
                rest = tail;
                Some(Ok(record))
            }
            Err(source) => {
                rest = &[];
                Some(Err(DecodeError { offset, source }))
            }
        }
    })
}
