//! An adapter on one page, for whoever decides whether it may run: what it is,
//! what it can reach, and what it cannot.

#[cfg(test)]
mod tests;

use homeroom_sandbox::{
    Examination, FileOrigin, ImportClass, Manifest, Setting, Signature, host_settings,
};
use homeroom_sync::views::{AdapterPage, AdapterState, AdapterView, Standing};

use super::style::Style;
use super::{table, text};

mod contents;
mod difference;

pub(crate) use difference::{difference, installed};

/// The review page.
pub(crate) fn page(page: &AdapterPage, style: &Style) -> String {
    let examination = &page.examination;
    let mut told = String::new();
    match &examination.manifest {
        Some(manifest) => {
            told.push_str(&format!(
                "{} {} ({}) by {}\n",
                style.strong(&text::clean(&manifest.name)),
                text::clean(&manifest.version),
                text::clean(&manifest.id),
                text::clean(&manifest.vendor)
            ));
            if let Some(description) = &manifest.description {
                told.push_str(&text::paragraph(description, 2));
            }
        }
        None => told.push_str("A component that does not say what it is.\n"),
    }
    told.push_str(&refusals(examination, style));
    told.push_str(&identity(page, style));
    if let Some(manifest) = &examination.manifest {
        told.push_str(&reach(manifest, page.standing.as_ref(), style));
        told.push_str(&files(manifest, style));
    }
    told.push_str(&imports(examination, style));
    if let Some(manifest) = &examination.manifest {
        told.push_str(&reading(manifest, style));
        told.push_str(&settings(manifest, style));
    }
    told.push_str(&contents::contents(examination, style));
    if let Some(manifest) = &examination.manifest {
        told.push_str(&setup(manifest, style));
    }
    told
}

fn refusals(examination: &Examination, style: &Style) -> String {
    if examination.refused.is_empty() {
        return String::new();
    }
    let mut told = format!("\n{}\n", style.strong("It cannot be installed here"));
    for refusal in &examination.refused {
        told.push_str(&text::item("- ", &refusal.detail, 2));
    }
    told
}

/// A list of adapters.
pub(crate) fn list(adapters: &[AdapterView], style: &Style) -> String {
    let rows: Vec<_> = adapters
        .iter()
        .map(|adapter| {
            vec![
                adapter.id.clone(),
                adapter.version.clone(),
                adapter.name.clone(),
                adapter.vendor.clone(),
                state(adapter.state).to_owned(),
                adapter.publisher.clone().unwrap_or_default(),
                adapter.digest.clone(),
            ]
        })
        .collect();
    let columns = [
        "id",
        "version",
        "name",
        "vendor",
        "may run",
        "signed by",
        "digest",
    ]
    .map(table::left);
    table::render(style, 0, &columns, &rows)
}

fn pairs(rows: &[(&str, String)], style: &Style) -> String {
    let rows: Vec<_> = rows
        .iter()
        .map(|(name, value)| vec![(*name).to_owned(), value.clone()])
        .collect();
    table::render(style, 2, &[table::left(""), table::left("")], &rows)
}

fn state(state: AdapterState) -> &'static str {
    match state {
        AdapterState::Runs => "yes, approved",
        AdapterState::Waiting => "no, not approved yet",
        AdapterState::Replaced => "no, replaced by another version",
    }
}

fn identity(page: &AdapterPage, style: &Style) -> String {
    let examination = &page.examination;
    let shape = &examination.shape;
    let standing = page.standing.as_ref();
    let may_run = standing
        .and_then(|standing| standing.state)
        .map_or("not installed", state);
    let contract = match &examination.contract {
        Some(contract) => contract.clone(),
        None => "none that this host supports".to_owned(),
    };
    let rows = [
        ("may run", may_run.to_owned()),
        ("signed by", signed(examination, standing)),
        ("digest", examination.digest.clone()),
        ("size", text::bytes(examination.size)),
        ("contract", contract),
        (
            "contents",
            format!(
                "{}, {}, {} of code",
                text::counted(shape.modules.into(), "module", "modules"),
                text::counted(shape.functions.into(), "function", "functions"),
                text::bytes(shape.code_bytes)
            ),
        ),
    ];
    format!("\n{}\n{}", style.strong("The file"), pairs(&rows, style))
}

fn signed(examination: &Examination, standing: Option<&Standing>) -> String {
    match &examination.signature {
        Signature::None => "nobody".to_owned(),
        Signature::Broken { why } => format!("a signature that does not hold: {why}"),
        Signature::Valid { key } => match standing.and_then(|s| s.publisher.as_deref()) {
            Some(name) => format!("{} ({key})", text::clean(name)),
            None => format!("{key}, which this host does not trust"),
        },
    }
}

fn reach(manifest: &Manifest, standing: Option<&Standing>, style: &Style) -> String {
    let hosts: Vec<_> = manifest
        .http
        .hosts
        .iter()
        .map(|host| host_in_words(host))
        .collect();
    let schemes: Vec<_> = manifest
        .auth
        .schemes
        .iter()
        .map(|scheme| scheme.name())
        .collect();
    let rate = match manifest.read.rate {
        Some(rate) => format!("at most {rate} requests a second"),
        None => "no limit of its own on requests a second".to_owned(),
    };
    let (hosts, methods) = match hosts.is_empty() {
        true => ("none".to_owned(), "none".to_owned()),
        false => (hosts.join("; "), manifest.http.methods.join(", ")),
    };
    let granted =
        standing.and_then(|s| Some((s.granted_hosts.as_ref()?, s.granted_methods.as_ref()?)));
    let granted = match granted {
        Some((hosts, methods))
            if *hosts == manifest.http.hosts && *methods == manifest.http.methods =>
        {
            "all of these hosts and methods".to_owned()
        }
        Some((hosts, methods)) => {
            let hosts: Vec<_> = hosts.iter().map(|host| host_in_words(host)).collect();
            format!("{}; {}", hosts.join("; "), methods.join(", "))
        }
        None => "nothing".to_owned(),
    };
    let rows = [
        ("hosts", hosts),
        ("methods", methods),
        ("approved", granted),
        (
            "credentials",
            format!(
                "{}; Homeroom adds them, the adapter never sees them",
                schemes.join(", ")
            ),
        ),
        (
            "pace",
            format!("{rate}, {} at once", manifest.read.concurrency),
        ),
    ];
    let heading = style.strong("What it asks to reach over HTTP, and gets once approved");
    format!("\n{heading}\n{}", pairs(&rows, style))
}

/// What Homeroom fetches for it before a run.
fn files(manifest: &Manifest, style: &Style) -> String {
    let Some(files) = &manifest.files else {
        return String::new();
    };
    let sources: Vec<_> = files
        .sources
        .iter()
        .map(|source| match source {
            FileOrigin::Sftp => "the integration's SFTP server",
            FileOrigin::Folder => "a folder that is named for one run",
            FileOrigin::Zip => "a zip, there or named for one run",
        })
        .collect();
    let rows = [
        ("from", sources.join("; ")),
        ("names", text::clean(&files.names.join(", ")).into_owned()),
        (
            "access",
            "read only; Homeroom fetches them, the adapter sees names and contents".to_owned(),
        ),
    ];
    let heading = style.strong("Which files it gets");
    format!("\n{heading}\n{}", pairs(&rows, style))
}

fn host_in_words(host: &str) -> String {
    match host {
        "{endpoint}" => "the integration's endpoint".to_owned(),
        "{token-url}" => "the token URL (Homeroom itself, for tokens)".to_owned(),
        literal => text::clean(literal).into_owned(),
    }
}

fn imports(examination: &Examination, style: &Style) -> String {
    let mut told = String::new();
    for (class, heading) in [
        (
            ImportClass::Granted,
            "Imports that work, within policy and limits",
        ),
        (
            ImportClass::Inert,
            "Imports that are there but do nothing (no files, no sockets, no environment)",
        ),
        (
            ImportClass::Refused,
            "Imports that are refused: the adapter cannot be installed",
        ),
    ] {
        let names: Vec<_> = examination
            .imports
            .iter()
            .filter(|import| import.class == class)
            .map(|import| format!("  {}\n", text::clean(&import.name)))
            .collect();
        match class {
            ImportClass::Refused if names.is_empty() => {}
            _ if names.is_empty() => {
                told.push_str(&format!("\n{}\n  none\n", style.strong(heading)));
            }
            _ => told.push_str(&format!("\n{}\n{}", style.strong(heading), names.concat())),
        }
    }
    told
}

fn reading(manifest: &Manifest, style: &Style) -> String {
    let read = &manifest.read;
    let yes_no = |yes| if yes { "yes" } else { "no" }.to_owned();
    let collections: Vec<_> = read.collections.iter().map(|c| c.name()).collect();
    let rows = [
        ("collections", collections.join(", ")),
        ("guardians", yes_no(read.guardians)),
        ("changes only", yes_no(read.delta)),
        (
            "page size",
            format!(
                "{}, at most {}",
                text::count(read.page_size.default.into()),
                text::count(read.page_size.max.into())
            ),
        ),
    ];
    format!(
        "\n{}\n{}",
        style.strong("What it reads"),
        pairs(&rows, style)
    )
}

fn settings(manifest: &Manifest, style: &Style) -> String {
    if manifest.settings.is_empty() && manifest.presets.is_empty() {
        return String::new();
    }
    let mut told = format!(
        "\n{}\n",
        style.strong("Settings of its own (--set KEY=VALUE)")
    );
    let hosts = host_settings(manifest);
    let all = manifest.settings.iter().chain(&hosts);
    let mut rows: Vec<_> = all.map(setting).collect();
    if !manifest.presets.is_empty() {
        let presets: Vec<_> = manifest
            .presets
            .iter()
            .map(|preset| preset.id.as_str())
            .collect();
        let default = presets.first().copied().unwrap_or_default().to_owned();
        rows.push(vec![
            "sis".to_owned(),
            default,
            presets.join(", "),
            "Which SIS".to_owned(),
        ]);
    }
    let columns = ["key", "default", "values", "what it is"].map(table::left);
    told.push_str(&table::render(style, 2, &columns, &rows));
    told
}

fn setting(setting: &Setting) -> Vec<String> {
    let values = match setting.choices.as_slice() {
        [] => serde_json::to_value(setting.kind)
            .ok()
            .and_then(|kind| kind.as_str().map(str::to_owned))
            .unwrap_or_default(),
        choices => {
            let values: Vec<_> = choices.iter().map(|choice| choice.value.as_str()).collect();
            values.join(", ")
        }
    };
    let default = match (&setting.default, setting.required) {
        (Some(default), _) => default.clone(),
        (None, true) => "(required)".to_owned(),
        (None, false) => String::new(),
    };
    vec![setting.key.clone(), default, values, setting.label.clone()]
}

fn setup(manifest: &Manifest, style: &Style) -> String {
    if manifest.setup.is_empty() {
        return String::new();
    }
    let mut told = format!(
        "\n{}\n",
        style.strong("What the SIS's administrator does first")
    );
    for (number, step) in (1..).zip(&manifest.setup) {
        told.push_str(&text::item(&format!("{number}. "), step, 2));
    }
    let own: Vec<_> = manifest
        .presets
        .iter()
        .filter(|preset| !preset.setup.is_empty())
        .map(|preset| text::clean(&preset.label))
        .collect();
    if !own.is_empty() {
        let line = format!(
            "Other steps are for {}: docs/adapters.md has them, and `homeroom integration show` tells those of an integration.",
            own.join(", ")
        );
        told.push_str(&text::paragraph(&line, 2));
    }
    told
}
