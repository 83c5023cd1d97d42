//! Every limit of the sandbox in one place, with its unit and why it is what it
//! is. It does not know who enforces them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

mod lower;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// What an adapter may use. One value holds for every call in a process.
///
/// The defaults let the largest guests we measured run (a Python adapter has 38
/// core instances and starts with 13 MiB of memory; a JavaScript adapter has a
/// table of 7,691 elements; a page of 5,000 users takes our own adapter 10 MiB
/// and 25 ms) and stop everything else early.
///
/// Redirects have no number here: none is followed, neither for an adapter nor
/// for a token.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Limits {
    /// Size of an adapter's file in bytes.
    pub component_bytes: usize,
    /// Functions in all of an adapter's modules together.
    pub functions: u32,
    /// Size of one function's body in bytes.
    pub function_bytes: usize,
    /// How deep blocks may nest in a function. Interpreters have a `switch` of
    /// several hundred arms, each of which is a block.
    pub block_depth: u32,
    /// How deep loops may nest in a function. Compile time grows with about the
    /// fourth power of it: 14 KB of nested loops take a compiler 16 s.
    pub loop_depth: u32,
    /// Processor time that compiling an adapter may take, whatever its size.
    pub compile_time: Duration,
    /// Processor time that compiling may take beyond that for each MiB of the
    /// file. Honest adapters need about 1.3 s a MiB.
    pub compile_time_per_mib: Duration,
    /// Address space of the process that compiles. The largest honest adapters
    /// we measured need 0.4 GiB.
    pub compile_memory_bytes: u64,
    /// Size of an adapter's compiled code in bytes. It is about three times the
    /// file.
    pub compiled_bytes: usize,

    /// Calls in flight at once in this process; further ones wait. A call that
    /// waits for a slow server counts, so this is well above the number of
    /// cores. Together with `memory_bytes` it bounds what all guests may hold.
    pub concurrent_calls: u32,
    /// Keep slots for `concurrent_calls` instances ready. Creating an instance
    /// is then faster, and its memory is warm. Without it, memory is mapped for
    /// each call.
    pub pooling: bool,
    /// Linear memory in bytes, summed over all memories of an instance.
    pub memory_bytes: usize,
    /// Linear memories.
    pub memories: u32,
    /// Tables.
    pub tables: u32,
    /// Elements, summed over all tables.
    pub table_elements: usize,
    /// Core instances.
    pub instances: u32,
    /// Live component handles (streams, requests, pollables, …).
    pub handles: usize,
    /// Entries in the host's table of resources.
    pub resources: usize,
    /// Bytes that one call between guest and host may copy.
    pub hostcall_bytes: usize,
    /// Stack of the guest in bytes.
    pub stack_bytes: usize,
    /// Instructions a call may run, or `None` for no count. Counting costs about
    /// 30 % of the speed; `cpu_time` bounds a call without it.
    pub fuel: Option<u64>,
    /// How often a running guest gives way to others.
    pub epoch_tick: Duration,
    /// Processor time of a call: neither waiting counts, nor the time in which
    /// others had the processor.
    pub cpu_time: Duration,
    /// Time a call may take in all, retries included, also while the guest waits
    /// in the host. Waiting for a server's pace does not count.
    pub call_time: Duration,
    /// Time a run may read in one go. What it has read is kept, and the next
    /// attempt goes on from there.
    pub run_time: Duration,

    /// Time that one request of an adapter may take, retries and the body
    /// included, waiting for the server's pace not counted. Below `call_time`,
    /// so that a server that does not answer is blamed for it and not the
    /// adapter.
    pub request_time: Duration,
    /// Time that one request may wait in all for a server that asks for a pause
    /// (429, or 503 with `Retry-After`). A server that asks for more at once has
    /// refused. Storms of such answers last minutes; half an hour is patience
    /// enough, since the next run goes on where this one ends.
    pub wait_time: Duration,
    /// Requests in one call. Retries do not count, they have their own limit.
    pub requests_per_call: u32,
    /// Requests of one call that are under way at once; further ones wait. With
    /// `response_bytes` it bounds what answers in the making take of the host.
    pub parallel_requests: usize,
    /// Requests in a run. A million people at 100 rows a page are 80,000.
    pub run_requests: u64,
    /// Size of one request's body in bytes.
    pub request_bytes: usize,
    /// What a run may send to the source: methods, addresses, headers and bodies
    /// of the adapter's requests, in bytes, credentials and retries not counted.
    /// This is the most that an adapter can carry out of the platform in a run.
    /// A request for a page has about 130 bytes.
    pub run_request_bytes: u64,
    /// What a guest may write into a request's body before somebody sends it, in
    /// bytes. A guest may have as many unsent bodies as it has resources.
    pub unsent_body_bytes: usize,
    /// Size of the request headers that a guest builds, in bytes of host memory.
    pub header_bytes: usize,
    /// Headers of a response.
    pub response_headers: usize,
    /// Size of a response's headers in bytes, names and values.
    pub response_header_bytes: usize,
    /// Size of one response's body in bytes, after gzip.
    pub response_bytes: usize,
    /// Sum of the response bodies of a call in bytes, after gzip. The host holds
    /// them until the guest has read or dropped them.
    pub call_response_bytes: u64,
    /// Sum of the response bodies of a run in bytes, after gzip.
    pub run_response_bytes: u64,
    /// How many times larger a response may be than what came over the wire.
    /// Repetitive JSON reaches 50 honestly; a bomb has 1,000.
    pub inflation: usize,

    /// Log lines of a run; further ones are dropped.
    pub log_lines: u32,
    /// Length of a log line in bytes, after escaping.
    pub log_line_bytes: usize,

    /// Size of one stored value in bytes.
    pub storage_value_bytes: usize,
    /// Size of an integration's storage, keys and values, in bytes; also with
    /// everything that the calls of one session want written.
    pub storage_bytes: usize,
    /// Keys of an integration's storage.
    pub storage_keys: usize,

    /// Records of a page.
    pub page_records: usize,
    /// Encoded records of a page in bytes.
    pub page_bytes: usize,
    /// What one record may have in the guest's memory, text and lists, in bytes.
    pub record_bytes: usize,
    /// What the host reads of a page's texts and lists, in bytes. Records may
    /// share their text in the guest's memory, so that `page_bytes` and
    /// `memory_bytes` do not bound it.
    pub page_text_bytes: usize,
    /// Findings of a page, and how many of them are kept.
    pub page_findings: usize,
    /// Cursors that a page may return.
    pub page_cursors: usize,
    /// Size of a cursor in bytes.
    pub cursor_bytes: usize,
    /// What all pages of a run may take on disk: records, findings and cursors,
    /// in bytes. A million people are about 2 GiB.
    pub run_page_bytes: u64,
    /// Pages of a run, read and still to be read.
    pub run_pages: usize,
    /// Cursors of a run that wait to be read.
    pub open_cursors: usize,
    /// Size of all cursors of a run in bytes.
    pub run_cursor_bytes: usize,
    /// Size of an id in bytes.
    pub id_bytes: usize,
    /// Size of any other text of a record in bytes.
    pub text_bytes: usize,
    /// Metadata pairs of a record.
    pub metadata_pairs: usize,
    /// Size of a metadata name in bytes.
    pub metadata_name_bytes: usize,
    /// Elements of any list of a record, such as roles or agents.
    pub list_items: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            component_bytes: 32 * MIB,
            functions: 200_000,
            function_bytes: 2 * MIB,
            block_depth: 4096,
            loop_depth: 64,
            compile_time: Duration::from_secs(10),
            compile_time_per_mib: Duration::from_secs(4),
            compile_memory_bytes: 2048 * MIB as u64,
            compiled_bytes: 512 * MIB,

            concurrent_calls: 128,
            pooling: true,
            memory_bytes: 256 * MIB,
            memories: 4,
            tables: 16,
            table_elements: 100_000,
            instances: 64,
            handles: 4096,
            resources: 1024,
            hostcall_bytes: 64 * MIB,
            stack_bytes: 512 * KIB,
            fuel: None,
            epoch_tick: Duration::from_millis(10),
            cpu_time: Duration::from_secs(30),
            call_time: Duration::from_secs(600),
            run_time: Duration::from_secs(6 * 60 * 60),

            request_time: Duration::from_secs(200),
            wait_time: Duration::from_secs(30 * 60),
            requests_per_call: 100,
            parallel_requests: 8,
            run_requests: 200_000,
            request_bytes: MIB,
            run_request_bytes: 64 * MIB as u64,
            unsent_body_bytes: 64 * KIB,
            header_bytes: 16 * KIB,
            response_headers: 200,
            response_header_bytes: 64 * KIB,
            response_bytes: 64 * MIB,
            call_response_bytes: 128 * MIB as u64,
            run_response_bytes: 16 * 1024 * MIB as u64,
            inflation: 200,

            log_lines: 200,
            log_line_bytes: KIB,

            storage_value_bytes: 64 * KIB,
            storage_bytes: MIB,
            storage_keys: 4096,

            page_records: 50_000,
            page_bytes: 64 * MIB,
            record_bytes: MIB,
            page_text_bytes: 256 * MIB,
            page_findings: 50_000,
            page_cursors: 100_000,
            cursor_bytes: 4 * KIB,
            run_page_bytes: 8 * 1024 * MIB as u64,
            run_pages: 1_000_000,
            open_cursors: 200_000,
            run_cursor_bytes: 64 * MIB,
            id_bytes: 255,
            text_bytes: KIB,
            metadata_pairs: 32,
            metadata_name_bytes: 64,
            list_items: 256,
        }
    }
}
