//! `docs/adapters.md`: what an IT person does at the other side, for each
//! adapter and each SIS, made from the manifests in `plugins/`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fmt::Write;
use std::path::{Path, PathBuf};

use homeroom_sandbox::{Manifest, Preset, host_settings};

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// The manifests of all adapters, by id.
fn manifests() -> Vec<Manifest> {
    let entries = std::fs::read_dir(repository("plugins")).unwrap();
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap().path().join("adapter.toml"))
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        Manifest::parse(&text).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
    };
    files.iter().map(read).collect()
}

fn page() -> String {
    let mut text = String::from(
        "# Adapters\n\n\
         What the administrator of the SIS does before an integration can be tried, and what is \
         known of each product. Made from the adapters' manifests. `homeroom adapter inspect ID` \
         shows the rest of a manifest; settings for every adapter are in [settings.md](settings.md).\n",
    );
    for manifest in manifests() {
        adapter(&mut text, &manifest);
    }
    text
}

fn adapter(text: &mut String, manifest: &Manifest) {
    writeln!(
        text,
        "\n## {} (`--adapter {}`)\n",
        manifest.name, manifest.id
    )
    .unwrap();
    if let Some(description) = &manifest.description {
        writeln!(text, "{description}\n").unwrap();
    }
    let schemes: Vec<_> = manifest
        .auth
        .schemes
        .iter()
        .map(|scheme| match *scheme == manifest.auth.default {
            true => format!("`{scheme}` (unless `--auth` says otherwise)"),
            false => format!("`{scheme}`"),
        })
        .collect();
    writeln!(text, "- Authentication: {}.", schemes.join(", ")).unwrap();
    let read = &manifest.read;
    let guardians = if read.guardians { "yes" } else { "no" };
    writeln!(text, "- Parents and guardians: {guardians}.").unwrap();
    writeln!(
        text,
        "- Rows a page: {}, at most {}; pages at once: at most {}.",
        read.page_size.default, read.page_size.max, read.concurrency
    )
    .unwrap();
    if let Some(oauth2) = &manifest.auth.oauth2 {
        token_urls(text, &oauth2.token_urls);
    }
    steps(text, "Set-up", &manifest.setup);
    settings(text, manifest);
    let presets = &manifest.presets;
    if presets.len() > 1 {
        let ids: Vec<_> = presets.iter().map(|p| format!("`{}`", p.id)).collect();
        writeln!(
            text,
            "\nWhich SIS (`--set sis=…`): {}. Where nothing is said below, the general rules hold.",
            ids.join(", ")
        )
        .unwrap();
    }
    for one in presets {
        preset(text, manifest, one);
    }
}

fn token_urls(text: &mut String, urls: &[String]) {
    if urls.is_empty() {
        let line = "- Token URL: must be given with `--token-url`; it cannot be guessed.";
        return writeln!(text, "{line}").unwrap();
    }
    let urls: Vec<_> = urls.iter().map(|url| format!("`{url}`")).collect();
    writeln!(
        text,
        "- Token URL, if none is given: {}.",
        urls.join(", then ")
    )
    .unwrap();
}

fn steps(text: &mut String, heading: &str, steps: &[String]) {
    if steps.is_empty() {
        return;
    }
    writeln!(text, "\n{heading}:\n").unwrap();
    for (number, step) in (1..).zip(steps) {
        writeln!(text, "{number}. {}", plain(step)).unwrap();
    }
}

fn settings(text: &mut String, manifest: &Manifest) {
    let hosts = host_settings(manifest);
    writeln!(
        text,
        "\n| setting | values | default | what it does |\n|---|---|---|---|"
    )
    .unwrap();
    for setting in manifest.settings.iter().chain(&hosts) {
        let values: Vec<_> = setting.choices.iter().map(|c| c.value.as_str()).collect();
        let values = match values.as_slice() {
            [] => format!("{:?}", setting.kind).to_lowercase(),
            some => some.join(", "),
        };
        let default = match &setting.default {
            Some(default) => format!("`{default}`"),
            None => "(as the preset says)".to_owned(),
        };
        writeln!(
            text,
            "| `{}` | {values} | {default} | {}. {} |",
            setting.key,
            setting.label,
            plain(&setting.help)
        )
        .unwrap();
    }
}

/// A product, if anything is known of it.
fn preset(text: &mut String, manifest: &Manifest, preset: &Preset) {
    let mut facts = String::new();
    if let Some(scheme) = preset.auth {
        writeln!(facts, "- Authentication: `{scheme}`.").unwrap();
    }
    if let Some(urls) = &preset.token_urls {
        token_urls(&mut facts, urls);
    }
    if let Some(guardians) = preset.guardians {
        let word = if guardians {
            "yes"
        } else {
            "no; asking for them is refused"
        };
        writeln!(facts, "- Parents and guardians: {word}.").unwrap();
    }
    if let Some(pages) = preset.concurrency {
        writeln!(facts, "- Pages at once: at most {pages}.").unwrap();
    }
    for (key, value) in &preset.settings {
        writeln!(facts, "- `{key}` is `{value}` unless it is set.").unwrap();
    }
    for note in &preset.notes {
        writeln!(facts, "- {}", plain(note)).unwrap();
    }
    steps(&mut facts, "Set-up", &preset.setup);
    if facts.is_empty() {
        return;
    }
    let choice = match manifest.presets.len() {
        1 => String::new(),
        _ => format!(" (`--set sis={}`)", preset.id),
    };
    writeln!(
        text,
        "\n### {}{choice}\n\n{}",
        preset.label,
        facts.trim_end()
    )
    .unwrap();
}

/// Text of a manifest is plain; in Markdown an asterisk would not be.
fn plain(text: &str) -> String {
    text.replace('*', "\\*").replace('|', "\\|")
}

#[test]
fn the_page_of_adapters_is_up_to_date() {
    let path = repository("docs/adapters.md");
    let wanted = page();
    if std::env::var_os("HOMEROOM_WRITE_DOCS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap();
    assert!(
        found == wanted,
        "docs/adapters.md differs from the manifests; write it anew with\n\
         HOMEROOM_WRITE_DOCS=1 cargo test -p homeroom-sandbox --test adapters_page"
    );
}

#[test]
fn every_adapter_says_how_to_set_up_the_other_side() {
    let all = manifests();
    assert!(all.len() >= 3, "{}", all.len());
    for manifest in all {
        assert!(manifest.setup.len() >= 3, "{}", manifest.id);
        assert!(manifest.description.is_some(), "{}", manifest.id);
    }
}

#[test]
fn every_product_of_the_requirements_is_known() {
    let ids = [
        "other",
        "powerschool",
        "ellucian",
        "eschoolplus",
        "illuminate",
        "unit4",
        "infinite-campus",
        "skyward",
        "aeries",
    ];
    for manifest in manifests() {
        if ["oneroster", "classlink"].contains(&manifest.id.as_str()) {
            let known: Vec<_> = manifest.presets.iter().map(|p| p.id.as_str()).collect();
            assert_eq!(known, ids, "{}", manifest.id);
        }
    }
}
