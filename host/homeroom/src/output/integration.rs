//! Integrations for a person: the list, one of them, and a connection test.

use homeroom_sync::views::{IntegrationView, RunSummary, TestReport};

use super::style::Style;
use super::{table, text};
use crate::hints::{Hints, quote};

/// How many schools a connection test lists.
const MOST_SCHOOLS: usize = 50;

/// The list.
pub(crate) fn list(integrations: &[IntegrationView], style: &Style, hints: &Hints) -> String {
    if integrations.is_empty() {
        let command = hints.command("integration add --help");
        return format!("There is no integration yet. To add one: {command}\n");
    }
    let rows: Vec<_> = integrations
        .iter()
        .map(|view| {
            vec![
                view.name.clone(),
                kind(view),
                view.state.clone(),
                view.last_run
                    .as_ref()
                    .map_or("never".to_owned(), |run| last_run(run, style)),
                view.next_run
                    .as_ref()
                    .map_or("by hand".to_owned(), |next| style.time(next)),
            ]
        })
        .collect();
    let columns = ["name", "adapter", "state", "last run", "next run"].map(table::left);
    table::render(style, 0, &columns, &rows)
}

fn kind(view: &IntegrationView) -> String {
    match &view.adapter_version {
        Some(version) => format!("{} {version}", view.adapter),
        None => format!("{} (not approved)", view.adapter),
    }
}

fn last_run(run: &RunSummary, style: &Style) -> String {
    format!("{} {} ({})", style.time(&run.started), status(run), run.run)
}

/// A run's status in a list: `failed: token-refused`.
pub(crate) fn status(run: &RunSummary) -> String {
    let name = serde_json::to_value(run.status)
        .ok()
        .and_then(|status| status.as_str().map(str::to_owned))
        .unwrap_or_default();
    let preview = if run.preview { "preview " } else { "" };
    match run.code.as_str() {
        "" | "ok" => format!("{preview}{name}"),
        code => format!("{preview}{name}: {code}"),
    }
}

/// One integration with its settings. The secret is set or not set.
pub(crate) fn show(view: &IntegrationView, style: &Style, hints: &Hints) -> String {
    let or_none = |value: &Option<String>| value.clone().unwrap_or_else(|| "not set".to_owned());
    let set = |is_set| if is_set { "set" } else { "not set" }.to_owned();
    let allowed = |is_allowed| if is_allowed { "allowed" } else { "refused" }.to_owned();
    let mut rows = vec![
        ("state", view.state.clone()),
        ("adapter", kind(view)),
        ("endpoint", view.endpoint.clone()),
        (
            "token URL",
            view.token_url
                .clone()
                .unwrap_or_else(|| "by the adapter's rule".to_owned()),
        ),
        ("authentication", view.auth.clone()),
        ("client id", or_none(&view.client_id)),
        ("client secret", set(view.secret_set)),
        ("private addresses", allowed(view.allow_private_network)),
        ("plain HTTP", allowed(view.allow_insecure_http)),
        (
            "last run",
            view.last_run
                .as_ref()
                .map_or("never".to_owned(), |run| last_run(run, style)),
        ),
        (
            "next run",
            view.next_run
                .as_ref()
                .map_or("by hand".to_owned(), |next| style.time(next)),
        ),
    ];
    if !view.host_keys.is_empty() {
        rows.push(("host key", view.host_keys.join(", ")));
    }
    if !view.excluded_schools.is_empty() {
        rows.push(("excluded schools", view.excluded_schools.join(", ")));
    }
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(name, value)| vec![name.to_owned(), value])
        .collect();
    let two = [table::left(""), table::left("")];
    let mut told = format!("{}\n", style.strong(&text::clean(&view.name)));
    told.push_str(&table::render(style, 2, &two, &rows));
    let settings: Vec<_> = view
        .settings
        .iter()
        .map(|(key, value)| vec![key.clone(), value.clone()])
        .collect();
    told.push_str(&format!("\n{}\n", style.strong("Settings")));
    told.push_str(&table::render(style, 2, &two, &settings));
    if !view.known.is_empty() {
        told.push_str(&format!(
            "\n{}\n",
            style.strong("What is known of this SIS")
        ));
        for line in &view.known {
            told.push_str(&text::item("- ", line, 2));
        }
    }
    if view.last_run.is_none() {
        told.push_str(&setup(&view.setup, style));
        let name = quote(&view.name);
        let rows = [
            ("test the connection", format!("integration test {name}")),
            ("see what a sync would do", format!("sync {name} --preview")),
        ]
        .map(|(purpose, command)| vec![purpose.to_owned(), hints.command(&command)]);
        told.push_str(&format!("\n{}\n", style.strong("Next")));
        told.push_str(&table::render(style, 2, &two, &rows));
    }
    told
}

/// What the SIS's administrator does.
fn setup(steps: &[String], style: &Style) -> String {
    if steps.is_empty() {
        return String::new();
    }
    let heading = style.strong("What the SIS's administrator does first");
    let mut told = format!("\n{heading}\n");
    for (number, step) in (1..).zip(steps) {
        told.push_str(&text::item(&format!("{number}. "), step, 2));
    }
    told
}

/// What to do after a connection test.
fn next(name: &str, report: &TestReport, style: &Style, hints: &Hints) -> String {
    let name = quote(name);
    let mut rows = Vec::new();
    if report.ok {
        rows.push(("see what a sync would do", format!("sync {name} --preview")));
        if report.schools.len() > 1 {
            let command = format!("integration exclude-schools {name} ID");
            rows.push(("leave a school out", command));
        }
    } else {
        let command = format!("integration edit {name} --help");
        rows.push(("mend the settings", command));
        rows.push(("try again", format!("integration test {name}")));
    }
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(purpose, command)| vec![purpose.to_owned(), hints.command(&command)])
        .collect();
    let two = [table::left(""), table::left("")];
    let table = table::render(style, 2, &two, &rows);
    format!("\n{}\n{table}", style.strong("Next"))
}

/// What a connection test found.
pub(crate) fn test(given: &str, report: &TestReport, style: &Style, hints: &Hints) -> String {
    let name = text::clean(given);
    let took = text::duration(report.seconds);
    let requests = text::counted(report.requests, "request", "requests");
    let mut told = if report.ok {
        let source = report.source.as_deref().unwrap_or("the source");
        let works = style.good("works");
        format!(
            "The connection of {name} {works} ({}; {requests}, {took}).\n",
            text::clean(source)
        )
    } else {
        let code = text::clean(&report.code);
        let fails = style.bad("does not work");
        format!("The connection of {name} {fails} ({code}; {requests}, {took}).\n")
    };
    for note in &report.notes {
        told.push_str(&text::paragraph(&text::sentence(note), 2));
    }
    if report.ok {
        let schools = report.schools.len() as u64;
        let heading = format!("It can see {}", text::counted(schools, "school", "schools"));
        told.push_str(&format!(
            "\n{heading}{}\n",
            if schools == 0 { "." } else { ":" }
        ));
        let rows: Vec<_> = report
            .schools
            .iter()
            .take(MOST_SCHOOLS)
            .map(|(id, name)| vec![id.clone(), name.clone()])
            .collect();
        told.push_str(&table::render(
            style,
            2,
            &[table::left(""), table::left("")],
            &rows,
        ));
        let more = report.schools.len().saturating_sub(MOST_SCHOOLS) as u64;
        if more > 0 {
            let more = text::counted(more, "other", "others");
            told.push_str(&format!("  and {more} (--json lists them all)\n"));
        }
    }
    told.push_str(&setup(&report.setup, style));
    told.push_str(&next(given, report, style, hints));
    told
}
