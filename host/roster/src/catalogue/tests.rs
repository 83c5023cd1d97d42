//! The catalogue's own rules.

use std::collections::BTreeSet;

use super::*;
use crate::codes::KINDS;
use crate::finding::Severity;

#[test]
fn codes_are_kebab_case_and_unique() {
    let mut seen = BTreeSet::new();
    for entry in all() {
        let words = || entry.code.split('-');
        assert!(
            words().all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase())),
            "{} is not kebab-case",
            entry.code
        );
        assert!(seen.insert(entry.code), "{} stands twice", entry.code);
    }
}

#[test]
fn every_code_of_reconciling_is_there_and_weighs_the_same() {
    for kind in KINDS {
        let entry = find(kind.code).unwrap_or_else(|| panic!("{} is missing", kind.code));
        assert_eq!(
            (entry.severity, entry.effect),
            (kind.severity, kind.effect),
            "{}",
            kind.code
        );
    }
}

#[test]
fn entries_are_found_by_their_code() {
    for entry in all() {
        assert_eq!(find(entry.code), Some(entry));
    }
    assert_eq!(find("no-such-code"), None);
    assert_eq!(find(""), None);
}

#[test]
fn texts_are_complete() {
    for entry in all() {
        let code = entry.code;
        for text in [entry.cause, entry.remedy] {
            assert!(text.len() > 7, "{code}: {text}");
            assert_eq!(text.trim(), text, "{code}");
        }
        assert!(entry.cause.ends_with('.'), "{code}: {}", entry.cause);
        assert!(
            !entry.title.ends_with('.') && entry.title.len() <= 40,
            "{code}"
        );
        assert!(
            !entry.example.is_empty() && !entry.example.contains('\n'),
            "{code}"
        );
    }
}

#[test]
fn only_records_are_skipped_or_failed() {
    for entry in all().filter(|entry| !entry.group.is_about_records()) {
        assert_eq!(entry.effect, Effect::Kept, "{}", entry.code);
    }
    for entry in all().filter(|entry| entry.group.is_about_records()) {
        assert_ne!(entry.severity, Severity::Fatal, "{}", entry.code);
        assert!(
            entry.effect != Effect::Failed || entry.severity == Severity::Error,
            "{}: what fails is an error",
            entry.code
        );
    }
}

#[test]
fn the_page_has_every_entry_under_its_group() {
    let page = markdown();
    for entry in all() {
        assert!(page.contains(&format!("\n### `{}`\n", entry.code)));
        assert!(page.contains(entry.remedy));
    }
    assert_eq!(page.matches("\n### ").count(), all().count());
    assert_eq!(page.matches("\n## ").count(), Group::ALL.len());
}
