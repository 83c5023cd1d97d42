//! What a replay found.

use homeroom_sync::replay::{FieldDifference, ReplayReport};

use super::style::Style;
use super::{table, text};

/// The page, with so many differences of each kind.
pub(crate) fn page(report: &ReplayReport, most: usize, style: &Style) -> String {
    let (old, new) = (&report.recorded, &report.replayed);
    let mut told = format!(
        "{} recorded {} with {} {}\n",
        style.strong(&text::clean(&report.integration)),
        style.time(&report.recorded_at),
        text::clean(&old.id),
        text::clean(&old.version)
    );
    told.push_str(&match old.digest == new.digest {
        true => "replayed with the same adapter\n".to_owned(),
        false => format!(
            "replayed with {} {} ({})\n",
            text::clean(&new.id),
            text::clean(&new.version),
            new.digest
        ),
    });
    told.push('\n');
    told.push_str(&collections(report, style));
    if !report.complete || report.unfinished > 0 {
        told.push_str(&style.attention(&format!(
            "\nThe recording ends before its run did; {} had not ended and could not be compared.\n",
            text::counted(report.unfinished, "call", "calls")
        )));
    }
    let pages = report.pages.iter();
    let pages = pages.map(|page| match page.on_record {
        true => format!("{}: {}", page.call, page.different.join("; ")),
        false => format!("{}: it is not on record", page.call),
    });
    told.push_str(&section("Pages that differ", pages, most, style));
    let requests = report.requests.iter();
    let requests = requests.map(|request| {
        let near = request.nearest.as_ref();
        let near = near.map(|near| format!("; nearest on record: {near}"));
        format!(
            "{}: {} {} {}{}",
            request.call,
            request.kind,
            request.method,
            request.url,
            near.unwrap_or_default()
        )
    });
    told.push_str(&section("Requests that differ", requests, most, style));
    let records = report.records.iter();
    let records = records.map(|record| {
        let fields: Vec<_> = record.fields.iter().map(field).collect();
        format!(
            "{} {} {} {}",
            record.kind,
            record.collection,
            record.sourced_id,
            fields.join(", ")
        )
    });
    told.push_str(&section("Records that differ", records, most, style));
    told.push_str(&match report.identical {
        true => style.good("\nIdentical: every page came out as recorded, to the byte.\n"),
        false => style.bad("\nNot identical.\n"),
    });
    told
}

fn field(field: &FieldDifference) -> String {
    format!("{}: {} -> {}", field.field, field.recorded, field.replayed)
}

fn collections(report: &ReplayReport, style: &Style) -> String {
    let rows: Vec<_> = report
        .collections
        .iter()
        .map(|(name, row)| {
            let numbers = [
                row.calls,
                row.same,
                row.different,
                row.added,
                row.missing,
                row.records_same,
                row.records_changed,
                row.records_added,
                row.records_removed,
            ];
            let mut cells = vec![name.clone()];
            cells.extend(numbers.map(text::count));
            cells
        })
        .collect();
    let columns = [
        table::left("calls for"),
        table::right("made"),
        table::right("same"),
        table::right("different"),
        table::right("new"),
        table::right("missing"),
        table::right("records same"),
        table::right("changed"),
        table::right("added"),
        table::right("removed"),
    ];
    table::render(style, 2, &columns, &rows)
}

fn section(
    title: &str,
    lines: impl ExactSizeIterator<Item = String>,
    most: usize,
    style: &Style,
) -> String {
    let count = lines.len();
    if count == 0 {
        return String::new();
    }
    let mut told = format!(
        "\n{} ({})\n",
        style.strong(title),
        text::count(count as u64)
    );
    for line in lines.take(most) {
        told.push_str(&format!("  {}\n", text::clean(&line).trim_end()));
    }
    if count > most {
        told.push_str(&format!(
            "  and {} more; --all shows them\n",
            text::count((count - most) as u64)
        ));
    }
    told
}
