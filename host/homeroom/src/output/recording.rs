//! What a recording says about itself, on one page.

use homeroom_sync::RecordingView;

use super::style::Style;
use super::{table, text};

/// The page.
pub(crate) fn page(file: &str, view: &RecordingView, style: &Style) -> String {
    let mut told = format!("{}\n", style.strong(&text::clean(file)));
    let mut line = |name: &str, value: String| {
        told.push_str(&format!("  {name:<12}{}\n", text::clean(&value)));
    };
    line("integration", view.integration.clone());
    line("endpoint", view.endpoint.clone());
    line("auth", view.auth.clone());
    line(
        "adapter",
        format!("{} {}", view.adapter.id, view.adapter.version),
    );
    line("digest", view.adapter.digest.clone());
    line("recorded", style.time(&view.recorded));
    line("clock", view.started.clone());
    line("by", view.host.clone());
    let settings = view.settings.iter();
    let settings: Vec<_> = settings
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    if !settings.is_empty() {
        line("settings", settings.join(" "));
    }
    line("size", text::bytes(view.bytes));
    line("bodies", text::bytes(view.body_bytes));
    line("log lines", text::count(view.log_lines));
    let requests: Vec<_> = view
        .requests
        .iter()
        .map(|(answer, count)| format!("{answer} x {}", text::count(*count)))
        .collect();
    line("answers", requests.join(", "));
    if view.masked > 0 {
        line(
            "masked",
            format!("credentials in {} answers", text::count(view.masked)),
        );
    }
    let rows: Vec<_> = view
        .calls
        .iter()
        .map(|(name, calls)| {
            let failures = calls.failures.iter();
            let failures: Vec<_> = failures.map(|(code, n)| format!("{code} x {n}")).collect();
            vec![
                name.clone(),
                text::count(calls.calls),
                text::count(calls.requests),
                text::count(calls.received),
                text::count(calls.records),
                failures.join(", "),
            ]
        })
        .collect();
    let columns = [
        table::left("calls for"),
        table::right("calls"),
        table::right("requests"),
        table::right("rows"),
        table::right("records"),
        table::left("failed"),
    ];
    told.push('\n');
    told.push_str(&table::render(style, 2, &columns, &rows));
    if !view.complete {
        let cut = format!(
            "\nIt ends early: the run was killed, or the file is cut off. {} had not ended.\n",
            text::counted(view.unfinished, "call", "calls")
        );
        told.push_str(&style.attention(&cut));
    }
    told.push_str(&format!(
        "\n{}\n",
        style.attention(&text::clean(&view.note))
    ));
    told
}
