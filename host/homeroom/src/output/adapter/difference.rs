//! What a new version of an adapter asks for beyond the old one, first of all;
//! then what else differs, and what it means for those who use it.

use homeroom_sandbox::{Change, Difference};
use homeroom_sync::views::{AdapterState, Effect, InstallReport};

use super::host_in_words;
use crate::hints::Hints;
use crate::output::style::Style;
use crate::output::{table, text};

/// A list longer than this is cut; `--json` has all of it.
const MOST_LINES: usize = 60;

/// So much of a value is shown; --json has all of it.
const MOST_CHARS: usize = 72;

/// The whole difference.
pub(crate) fn difference(difference: &Difference, style: &Style) -> String {
    let mut told = String::new();
    match difference.beyond.as_slice() {
        [] if difference.otherwise.is_empty() => {
            told.push_str("Both ask for the same.\n");
        }
        [] => told.push_str("The new one asks for nothing beyond the old one.\n"),
        beyond => told.push_str(&block("It asks for more", beyond, style)),
    }
    if !difference.otherwise.is_empty() {
        told.push_str(&block(
            "It asks for less, or otherwise",
            &difference.otherwise,
            style,
        ));
    }
    if !difference.about.is_empty() {
        told.push_str(&block("The files differ in", &difference.about, style));
    }
    told
}

fn block(heading: &str, changes: &[Change], style: &Style) -> String {
    let rows: Vec<_> = changes.iter().take(MOST_LINES).map(row).collect();
    let columns = ["", "what", "old", "new"].map(table::left);
    let mut told = format!(
        "{}\n{}",
        style.strong(heading),
        table::render(style, 2, &columns, &rows)
    );
    let more = changes.len().saturating_sub(MOST_LINES);
    if more > 0 {
        told.push_str(&format!("  … and {more} more; --json lists all\n"));
    }
    told.push('\n');
    told
}

fn row(change: &Change) -> Vec<String> {
    let sign = match (&change.old, &change.new) {
        (None, _) => "+",
        (_, None) => "-",
        _ => "~",
    };
    let value = |value: &Option<String>| match value.as_deref() {
        Some(value) if change.what == "hosts" => host_in_words(value),
        Some(value) => shortened(&text::clean(value)),
        None => String::new(),
    };
    vec![
        sign.to_owned(),
        text::clean(&change.what).into_owned(),
        value(&change.old),
        value(&change.new),
    ]
}

/// The beginning of a long value, such as the words of a set-up step, so that
/// what follows stays on the screen.
fn shortened(value: &str) -> String {
    match value.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

/// What became of a file that was installed or approved.
pub(crate) fn installed(report: &InstallReport, style: &Style, hints: &Hints) -> String {
    let mut told = String::new();
    let new = &report.adapter;
    if let (Some(previous), Some(found)) = (&report.previous, &report.difference) {
        let (which, beside) = match new.state {
            AdapterState::Runs => ("instead of", ""),
            _ => ("compared with", ", which runs"),
        };
        told.push_str(&format!(
            "{} {} {which} {}{beside}\n\n",
            style.strong(&text::clean(&new.name)),
            text::clean(&new.version),
            text::clean(&previous.version)
        ));
        told.push_str(&difference(found, style));
    } else {
        told.push('\n');
    }
    told.push_str(&integrations(report, style));
    let (id, version) = (&new.id, text::clean(&new.version));
    match (new.state, &report.previous) {
        (AdapterState::Runs, _) => {
            told.push_str(&format!("{id} {version} is installed and may run.\n"));
        }
        (AdapterState::Replaced, _) => {
            told.push_str(&format!(
                "{id} {version} is installed; another version runs.\n"
            ));
        }
        (AdapterState::Waiting, previous) => {
            let runs = match previous {
                Some(previous) => format!(
                    "may not run yet; {} runs on",
                    text::clean(&previous.version)
                ),
                None => "may not run yet".to_owned(),
            };
            let command = hints.command(&format!("adapter approve {}", new.digest));
            told.push_str(&format!(
                "{id} {version} is installed and {runs}. To approve it: {command}\n"
            ));
        }
    }
    told
}

fn integrations(report: &InstallReport, style: &Style) -> String {
    let Some(all) = &report.integrations else {
        return "There are too many tenants here to say what it means for each integration.\n\n"
            .to_owned();
    };
    if all.is_empty() {
        return String::new();
    }
    let rows: Vec<_> = all
        .iter()
        .map(|effect| vec![name(effect), what(effect, report)])
        .collect();
    let columns = ["integration", "what it means"].map(table::left);
    format!(
        "{}\n{}\n",
        style.strong("Those who use it"),
        table::render(style, 2, &columns, &rows)
    )
}

fn name(effect: &Effect) -> String {
    format!("{}/{}", effect.tenant, text::clean(&effect.integration))
}

fn what(effect: &Effect, report: &InstallReport) -> String {
    let version = text::clean(&report.adapter.version);
    match (&effect.problem, report.adapter.state) {
        (Some(problem), AdapterState::Runs) => {
            format!("cannot run with {version}: {}", text::clean(problem))
        }
        (Some(problem), _) => format!("could not run with {version}: {}", text::clean(problem)),
        (None, AdapterState::Runs) => format!("reads with {version} from its next run on"),
        (None, _) => match &report.previous {
            Some(previous) => format!(
                "stays with {}, and would run with {version}",
                text::clean(&previous.version)
            ),
            None => format!("would run with {version}"),
        },
    }
}
