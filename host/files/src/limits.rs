//! Every limit of a fetch in one place, with its unit.

use std::time::Duration;

const MIB: u64 = 1 << 20;

/// What a set of files may be.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Files of a set.
    pub files: usize,
    /// Entries of a folder or a zip that are looked at.
    pub entries: usize,
    /// Size of one file in bytes, after unpacking.
    pub file_bytes: u64,
    /// Size of all files together in bytes, after unpacking. A district of a
    /// million people has about 1.5 GiB.
    pub total_bytes: u64,
    /// Size of a zip in bytes.
    pub zip_bytes: u64,
    /// How many times larger a file may be than what the zip holds of it, once
    /// it is larger than `ratio_from`. CSV of a roster reaches about 15; a bomb
    /// has 1,000.
    pub ratio: u64,
    /// Files up to this size, in bytes, may have any ratio.
    pub ratio_from: u64,
    /// Connecting, key exchange and login together.
    pub connect_time: Duration,
    /// One answer of the server.
    pub answer_time: Duration,
    /// The whole fetch, waiting for files that are being written not counted.
    pub fetch_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            files: 100,
            entries: 10_000,
            file_bytes: 8192 * MIB,
            total_bytes: 16_384 * MIB,
            zip_bytes: 4096 * MIB,
            ratio: 100,
            ratio_from: 8 * MIB,
            connect_time: Duration::from_secs(30),
            answer_time: Duration::from_secs(30),
            fetch_time: Duration::from_secs(3600),
        }
    }
}
