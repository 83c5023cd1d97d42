//! A case's CSV files, made ready in the installation's folder.
//!
//! A night's folder holds only what differs from the night before: `night-2`
//! is laid over `night-1`, and that over `cases/common`. In all files
//! variables are filled in, and a line that begins with `@1..30 ` stands for
//! thirty lines, each with its number in place of `#`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::variables::Variables;

/// Where the files of all cases begin from.
const COMMON: &str = "common";

/// Copies the files that lie in the case's own folder.
pub(crate) fn copy_loose(case: &Path, to: &Path, variables: &Variables) {
    for path in entries(case).filter(|path| path.is_file()) {
        if path.extension().is_some_and(|ending| ending == "csv") {
            let text = ready(&path, variables);
            fs::write(to.join(name(&path)), text).expect("a file is written");
        }
    }
}

/// Makes the folder that a SIS serves and returns it.
///
/// # Panics
/// If the case has no such folder.
pub(crate) fn night(case: &Path, folder: &str, to: &Path, variables: &Variables) -> PathBuf {
    let cases = case.parent().expect("a case lies in the folder of cases");
    let mut layers = vec![cases.join(COMMON)];
    layers.extend(earlier(folder).map(|earlier| case.join(earlier)));
    let own = case.join(folder);
    assert!(own.is_dir(), "{} is no folder", own.display());
    layers.push(own);
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for layer in layers.iter().filter(|layer| layer.is_dir()) {
        for path in entries(layer) {
            files.insert(name(&path), ready(&path, variables));
        }
    }
    let target = to.join("served").join(folder);
    fs::create_dir_all(&target).expect("a folder is made");
    for (name, text) in files {
        fs::write(target.join(name), text).expect("a file is written");
    }
    target
}

/// `night-1` and `night-2` for `night-3`.
fn earlier(folder: &str) -> impl Iterator<Item = String> {
    let numbered = folder.rsplit_once('-');
    let parsed = numbered.and_then(|(stem, number)| Some((stem, number.parse::<u32>().ok()?)));
    let (stem, number) = parsed.unwrap_or((folder, 1));
    let stem = stem.to_owned();
    (1..number).map(move |number| format!("{stem}-{number}"))
}

fn ready(path: &Path, variables: &Variables) -> String {
    let text = fs::read_to_string(path).unwrap_or_else(|error| {
        panic!("{} cannot be read: {error}", path.display());
    });
    let text = expand(&variables.fill(&text));
    match variables.get("rows") {
        Some("reversed") => reversed(&text),
        _ => text,
    }
}

/// Writes out the lines that stand for many.
fn expand(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let many = line.strip_prefix('@').and_then(|line| line.split_once(' '));
        let Some((range, pattern)) = many else {
            lines.push(line.to_owned());
            continue;
        };
        let (first, last) = range.split_once("..").expect("`@first..last `");
        let number = |text: &str| text.parse::<u32>().expect("a number after `@`");
        lines.extend((number(first)..=number(last)).map(|n| pattern.replace('#', &n.to_string())));
    }
    lines.join("\n") + "\n"
}

/// The header, then the rows from the last to the first. No cell of a case
/// holds a line break.
pub(crate) fn reversed(text: &str) -> String {
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    let rows: Vec<&str> = lines.rev().collect();
    format!("{header}\n{}\n", rows.join("\n"))
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", folder.display()));
    entries.map(|entry| entry.expect("an entry of a folder").path())
}

fn name(path: &Path) -> String {
    let name = path.file_name().expect("a file has a name");
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_stands_for_many() {
        assert_eq!(
            expand("id,mail\n@8..10 s#,p#@x.org\nz,"),
            "id,mail\ns8,p8@x.org\ns9,p9@x.org\ns10,p10@x.org\nz,\n"
        );
    }

    #[test]
    fn nights_are_laid_over_each_other() {
        let before: Vec<String> = earlier("north-3").collect();
        assert_eq!(before, ["north-1", "north-2"]);
        assert_eq!(earlier("night-1").count(), 0);
    }

    #[test]
    fn reversing_keeps_the_header() {
        assert_eq!(reversed("id\n1\n2\n"), "id\n2\n1\n");
    }
}
