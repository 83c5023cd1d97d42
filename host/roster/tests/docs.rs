//! The catalogue beside the rest of the repository: the page of documentation
//! made from it, and the codes that other parts use.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use homeroom_roster::{catalogue, setting_keys};

/// A path of the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// Compares a page of `docs/` with what it is made from, or writes it anew.
fn up_to_date(page: &str, wanted: &str) {
    let path = repository(page);
    if std::env::var_os("HOMEROOM_WRITE_DOCS").is_some() {
        std::fs::write(&path, wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap();
    assert!(
        found == wanted,
        "{page} differs from what it is made from; write it anew with\n\
         HOMEROOM_WRITE_DOCS=1 cargo test -p homeroom-roster --test docs"
    );
}

#[test]
fn the_page_of_findings_is_up_to_date() {
    up_to_date("docs/findings.md", &catalogue::markdown());
}

#[test]
fn the_page_of_settings_is_up_to_date() {
    let table = setting_keys::markdown();
    let page = format!(
        "# Settings of an integration\n\n\
         Given with `homeroom integration add` or `edit` as `--set KEY=VALUE`, checked at save, \
         in force from the next run. An adapter may add settings of its own; \
         `homeroom adapter inspect ID` lists them. Schools are left out with \
         `homeroom integration exclude-schools`.\n\n{table}"
    );
    up_to_date("docs/settings.md", &page);
}

/// The Rust sources at a path: a file, or all below a folder but for tests.
fn sources(path: &Path) -> Vec<String> {
    if path.is_dir() {
        let entries = std::fs::read_dir(path).unwrap();
        entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| !path.ends_with("tests"))
            .flat_map(|path| sources(&path))
            .collect()
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        vec![std::fs::read_to_string(path).unwrap()]
    } else {
        Vec::new()
    }
}

/// The codes in quotes that follow a marker in the sources of a path.
fn quoted_after(paths: &[&str], markers: &[&str]) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for source in paths.iter().flat_map(|path| sources(&repository(path))) {
        for marker in markers {
            for rest in source.split(marker).skip(1) {
                let word = rest.trim_start().strip_prefix('"');
                let word = word.and_then(|rest| rest.split_once('"'));
                let is_code =
                    |word: &&str| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
                let word = word.map(|(word, _)| word).filter(is_code);
                words.extend(word.map(str::to_owned));
            }
        }
    }
    words
}

/// Every Rust source at a path, by its module's name; tests too.
fn modules(path: &Path, found: &mut Vec<(String, String)>) {
    if path.is_dir() && !path.ends_with("target") {
        for entry in std::fs::read_dir(path).unwrap() {
            modules(&entry.unwrap().path(), found);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        found.push((name, std::fs::read_to_string(path).unwrap()));
    }
}

/// The tests that a page names and that do not exist.
fn missing_tests(page: &str, least: usize) -> Vec<String> {
    let mut sources = Vec::new();
    for folder in ["guest", "host", "tests"] {
        modules(&repository(folder), &mut sources);
    }
    let is_there = |name: &str| {
        let function = format!("fn {name}(");
        let module = format!("mod {name}");
        sources
            .iter()
            .any(|(file, text)| file == name || text.contains(&function) || text.contains(&module))
    };
    let is_test = |word: &&str| {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_:*".contains(&b);
        word.bytes().all(plain) && (word.contains("::") || word.matches('_').count() > 2)
    };
    let named: BTreeSet<&str> = page.split('`').skip(1).step_by(2).filter(is_test).collect();
    assert!(named.len() > least, "found only {named:?}");
    let missing = named.into_iter().filter(|name| {
        let parts = name.split("::").filter(|part| *part != "*");
        !parts.into_iter().all(is_there)
    });
    missing.map(str::to_owned).collect()
}

#[test]
fn the_tests_that_the_security_page_names_exist() {
    let page = std::fs::read_to_string(repository("docs/security.md")).unwrap();
    assert_eq!(missing_tests(&page, 60), Vec::<String>::new());
}

#[test]
fn every_trap_has_a_test_with_its_number() {
    let page = std::fs::read_to_string(repository("docs/traps.md")).unwrap();
    assert_eq!(missing_tests(&page, 72), Vec::<String>::new());
    let rows: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1)
        .collect();
    assert_eq!(rows.len(), 72);
    for (row, number) in rows.iter().zip(1..) {
        assert!(row.starts_with(&format!("| {number} |")), "{row}");
        let tests = row.rsplit(" | ").next().unwrap_or_default();
        let names: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        let wanted = format!("{number:02}_");
        let own = |name: &str| name.contains("trap_") && name.contains(&wanted);
        assert!(names.iter().any(|name| own(name)), "{row}");
    }
}

/// Codes that end a command before there is a run: the command's message says
/// all there is to say. And `ok`.
const OF_COMMANDS: [&str; 3] = ["invalid-name", "name-taken", "ok"];

#[test]
fn codes_of_other_parts_are_in_the_catalogue() {
    let adapters = quoted_after(
        &["guest/src", "host/sandbox/src/page"],
        &[".page(", ".warn(", ".error(", ".leave_out("],
    );
    let failures = quoted_after(
        &[
            "host/sandbox/src/error.rs",
            "host/sandbox/src/admission.rs",
            "host/store/src/error.rs",
        ],
        &["=>"],
    );
    let of_tables = ["header:", "encoding:", "cut:", "row:", "last_line:"];
    let forms = ["host/sync/src/directory.rs", "host/sync/src/guardians.rs"];
    let mut runs = quoted_after(&forms, &of_tables);
    assert_eq!(runs.len(), of_tables.len() * forms.len(), "found {runs:?}");
    runs.extend(quoted_after(
        &["host/sync/src"],
        &["code:", "Error::refused("],
    ));
    assert!(runs.len() > 10, "found only {runs:?}");
    assert!(adapters.len() > 15, "found only {adapters:?}");
    assert!(failures.len() > 30, "found only {failures:?}");
    let missing: Vec<&String> = adapters
        .iter()
        .chain(&failures)
        .chain(&runs)
        .filter(|code| catalogue::find(code).is_none() && !OF_COMMANDS.contains(&code.as_str()))
        .collect();
    assert_eq!(missing, Vec::<&String>::new(), "not in the catalogue");
}
