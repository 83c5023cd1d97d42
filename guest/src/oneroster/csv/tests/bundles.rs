//! Bundles whose files have other names or whose manifest is written as Excel
//! writes it.

use super::*;

/// A good bundle with one file under another name.
fn renamed<'b>(from: &str, to: &'b str) -> Vec<(&'b str, &'b [u8])> {
    let mut files = bundle(&[]);
    let file = files.iter_mut().find(|(name, _)| *name == from);
    file.expect("a file of the bundle").0 = to;
    files
}

fn refused(files: &[(&str, &[u8])], collection: Collection) -> String {
    match failure(files, collection) {
        Failure::Malformed(detail) | Failure::Unsupported(detail) => detail,
        other => panic!("{other:?}"),
    }
}

#[test]
fn trap_61_a_manifest_is_read_with_the_delimiter_that_it_has() {
    let manifest = |users: &str| {
        format!(
            "\u{feff}propertyName;value\r\nmanifest.version;1.0\r\noneroster.version;1.1\r\nfile.orgs;bulk\r\nfile.users;{users}\r\nfile.classes;bulk\r\nfile.enrollments;bulk\r\n"
        )
    };
    let good = manifest("bulk");
    let files = bundle(&[("manifest.csv", good.as_bytes())]);
    assert_eq!(all(&files, Collection::Orgs).1, []);

    // Taken for the whole, a file of changes would archive everybody else.
    let promised = manifest("bulk") + "file.courses;bulk\r\n";
    let files = bundle(&[("manifest.csv", promised.as_bytes())]);
    let text = refused(&files, Collection::Orgs);
    assert!(
        text.contains("courses.csv is in the bundle, and it is not"),
        "{text}"
    );
}

#[test]
fn trap_61_a_manifest_that_cannot_be_read_is_no_manifest_that_says_nothing() {
    let utf_16: Vec<u8> = "\u{feff}propertyName\tvalue\nfile.users\tdelta\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let files = bundle(&[("manifest.csv", &utf_16)]);
    let text = refused(&files, Collection::Users);
    assert!(
        text.starts_with("manifest.csv is written in UTF-16"),
        "{text}"
    );
}

#[test]
fn trap_63_a_file_that_is_missing_is_found_under_the_name_it_has() {
    for (from, to, collection) in [
        ("enrollments.csv", "enrolments.csv", Collection::Enrollments),
        ("users.csv", "users_20261122.csv", Collection::Orgs),
        ("users.csv", "User.csv", Collection::Classes),
        ("orgs.csv", "Springfield-orgs.CSV", Collection::Users),
    ] {
        let text = refused(&renamed(from, to), collection);
        let hint = format!("It has `{to}`: if that is {from}");
        assert!(text.contains(&hint), "{text}");
    }
    let foreign: [(&str, &[u8]); 2] = [("Section.csv", b"a,b\n"), ("Student.csv", b"a,b\n")];
    let text = refused(&foreign, Collection::Orgs);
    assert!(
        text.contains("`Section.csv`, `Student.csv`, which are no files"),
        "{text}"
    );
}

#[test]
fn trap_63_files_that_are_not_read_are_said() {
    let files = bundle(&[
        ("users (1).csv", b"sourcedId\n"),
        ("demographics.csv", b"sourcedId,sex\nu1,female\n"),
        ("resultScoreScales.csv", b"sourcedId\n"),
    ]);
    let (_, noted) = all(&files, Collection::Orgs);
    assert_eq!(codes(&noted), ["unknown-file", "manifest-missing"]);
    assert!(noted[0].1.contains("`users (1).csv`"), "{noted:?}");
}
