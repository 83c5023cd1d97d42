//! OneRoster 1.1, 1.2 and whichever the server speaks: the same roster.

use e2e::{School, Sis, small};
use fake_sis::{Behaviour, Version};

/// The roster after a first sync of the same district, read in this way.
fn roster(behaviour: Behaviour, at: Option<Version>) -> Vec<String> {
    let school = School::prepare(Sis::serve(small(), behaviour));
    let endpoint = match at {
        Some(version) => school.sis.endpoint_of(version),
        None => school.sis.endpoint(),
    };
    school.add_at(&endpoint, &[]).ok();
    school.sync();
    let files = school.platform.roster().into_iter();
    files
        .flat_map(|(file, lines)| lines.into_iter().map(move |line| format!("{file}: {line}")))
        .collect()
}

/// Only this version is served.
fn only(version: Version) -> Behaviour {
    Behaviour {
        only: Some(version),
        ..Behaviour::default()
    }
}

/// 1.1 has fewer roles of staff and no preferred names, so a district's staff
/// differ; students, classes and places do not.
fn comparable(roster: Vec<String>) -> Vec<String> {
    let kept = |line: &String| line.starts_with("enrollments") || line.starts_with("classes");
    roster.into_iter().filter(kept).collect()
}

#[test]
fn both_versions_give_the_same_classes_and_places() {
    let v1p1 = comparable(roster(only(Version::V1p1), Some(Version::V1p1)));
    let v1p2 = comparable(roster(only(Version::V1p2), Some(Version::V1p2)));
    assert!(v1p1.len() > 1_000, "{} lines", v1p1.len());
    assert_eq!(v1p1, v1p2);
}

#[test]
fn the_version_is_found_out_where_the_endpoint_does_not_say() {
    for version in [Version::V1p1, Version::V1p2] {
        let told = roster(only(version), Some(version));
        let found = roster(only(version), None);
        assert_eq!(found, told, "{version:?}");
    }
}

#[test]
fn the_token_url_is_found_out_where_nobody_says() {
    let school = School::prepare(Sis::start());
    school.add(&[]).ok();
    school.edit(&["--token-url", ""]).ok();
    school.sync();
}

#[test]
fn a_server_of_both_versions_is_read_in_the_newer() {
    let school = School::connect(Sis::start());
    school.sis.forget();
    school.sync();
    let v1p2 = Version::V1p2.path();
    let newer = |path: &str| path.starts_with(v1p2);
    let paths: Vec<String> = school
        .sis
        .log()
        .into_iter()
        .map(|request| request.path)
        .collect();
    assert!(paths.iter().any(|path| newer(path)), "{paths:?}");
    let enrollments: Vec<_> = paths
        .iter()
        .filter(|path| path.contains("enrollments"))
        .collect();
    assert!(
        enrollments.iter().all(|path| newer(path)),
        "{enrollments:?}"
    );
}
