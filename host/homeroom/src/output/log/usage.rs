//! What the adapter used of what the sandbox allows, for a reviewer and for a
//! vendor who comes close to a limit.

use homeroom_sync::views::{RunUsage, Used};

use super::super::style::Style;
use super::super::{table, text};

/// The section; empty for a run without an adapter.
pub(super) fn section(usage: Option<&RunUsage>, style: &Style) -> String {
    let Some(usage) = usage else {
        return String::new();
    };
    let bytes: fn(u64) -> String = text::bytes;
    let count: fn(u64) -> String = text::count;
    let time: fn(u64) -> String = |millis| text::duration(millis as f64 / 1000.0);
    let rows: Vec<Vec<String>> = [
        ("memory of a call", usage.memory_bytes, bytes),
        ("table elements of a call", usage.table_elements, count),
        ("resources left open by a call", usage.resources, count),
        ("processor time of a call", usage.call_cpu_millis, time),
        ("time of a call", usage.call_millis, time),
        ("wait of a request", usage.request_wait_millis, time),
        ("time of reading", usage.run_millis, time),
        ("requests of a call", usage.call_requests, count),
        ("requests", usage.run_requests, count),
        ("received by a call", usage.call_bytes_in, bytes),
        ("received", usage.run_bytes_in, bytes),
        ("sent", usage.run_bytes_out, bytes),
        ("log lines", usage.log_lines, count),
        ("storage", usage.storage_bytes, bytes),
        ("records of a page", usage.page_records, count),
        ("size of a page", usage.page_bytes, bytes),
        ("size of all pages", usage.run_page_bytes, bytes),
        ("pages", usage.pages, count),
        ("pages waiting", usage.open_cursors, count),
    ]
    .into_iter()
    .map(|(name, Used { peak, limit }, told)| {
        vec![name.to_owned(), told(peak), told(limit), share(peak, limit)]
    })
    .collect();
    let columns = [
        table::left(""),
        table::right("at most"),
        table::right("allowed"),
        table::right(""),
    ];
    format!(
        "\n{}\n{}",
        style.strong("The adapter's limits"),
        table::render(style, 2, &columns, &rows)
    )
}

/// How much of the limit is used, where that is worth a word.
fn share(peak: u64, limit: u64) -> String {
    let percent = peak.saturating_mul(100) / limit.max(1);
    match percent {
        0 => String::new(),
        _ => format!("{percent} %"),
    }
}
