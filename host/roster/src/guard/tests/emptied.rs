//! `empty-roster`, `collection-empty`, and sources that vanish.

use super::town::{DIRECTORY, TODAY, Town, codes, link};
use crate::finding::Severity;
use crate::record::Collection;
use crate::settings::DeletionPolicy;

#[test]
fn each_collection_that_was_there_may_not_come_empty() {
    for collection in Collection::ALL {
        let mut town = Town::new(1, 5, 2);
        town.roster.courses.push(crate::state::Course {
            key: crate::state::CourseKey(0),
            origin: super::town::origin(super::town::SIS, "k0"),
            status: crate::state::Status::Active,
            title: "Algebra".into(),
            course_code: None,
            org: None,
            school_year: None,
            grades: "".into(),
            subjects: "".into(),
            subject_codes: "".into(),
        });
        town.sis_sent.counts.remove(&collection);
        assert_eq!(
            town.held(),
            codes(&[("collection-empty", None)]),
            "{collection}"
        );
        let detail = town.holds()[0].detail.to_string();
        assert!(
            detail.contains(&format!("sent no {collection}")),
            "{detail}"
        );
    }
}

#[test]
fn the_threshold_does_not_excuse_an_empty_collection() {
    let mut town = Town::new(1, 5, 1);
    town.sis.settings.deletion_threshold.percent = 100;
    town.sis.settings.deletion_policy = DeletionPolicy::KeepExisting;
    town.sis_sent.counts.remove(&Collection::Enrollments);
    town.remove_enrollments(0..5);
    assert_eq!(town.held(), codes(&[("collection-empty", None)]));
}

#[test]
fn what_never_was_may_stay_away() {
    let mut town = Town::new(1, 5, 0);
    town.roster.enrollments.clear();
    for collection in [
        Collection::Courses,
        Collection::Classes,
        Collection::Enrollments,
    ] {
        town.sis_sent.counts.remove(&collection);
    }
    assert_eq!(town.held(), []);
}

#[test]
fn without_classrooms_nobody_misses_classes() {
    let mut town = Town::new(1, 5, 1);
    town.sis.settings.classrooms = false;
    for collection in [
        Collection::AcademicSessions,
        Collection::Classes,
        Collection::Enrollments,
    ] {
        town.sis_sent.counts.remove(&collection);
    }
    assert_eq!(town.held(), []);
}

#[test]
fn a_first_sync_that_brings_nothing_fails() {
    for missing in [Collection::Users, Collection::Orgs] {
        let mut town = Town::new(0, 0, 0);
        town.sis_sent.counts.remove(&missing);
        let (verdict, _) = town.judged();
        assert_eq!(verdict.holds, []);
        assert_eq!(verdict.findings.len(), 1);
        let finding = &verdict.findings[0];
        assert_eq!(
            (&*finding.code, finding.severity),
            ("empty-roster", Severity::Fatal)
        );
        assert!(
            finding.detail.contains(missing.name()),
            "{}",
            finding.detail
        );
    }
}

#[test]
fn a_later_sync_that_brings_no_users_is_held_rather_than_failed() {
    let mut town = Town::new(1, 5, 1);
    town.sis_sent.counts.remove(&Collection::Users);
    let (verdict, _) = town.judged();
    assert_eq!(verdict.findings, []);
    assert_eq!(&*verdict.holds[0].code, "collection-empty");
}

#[test]
fn a_directory_needs_no_orgs() {
    let mut town = Town::new(0, 0, 0);
    town.running = DIRECTORY;
    town.directory_sent.counts.insert(Collection::Users, 3);
    let (verdict, _) = town.judged();
    assert_eq!(verdict, Default::default());
    town.directory_sent.counts.clear();
    let (verdict, _) = town.judged();
    assert_eq!(&*verdict.findings[0].code, "empty-roster");
}

#[test]
fn another_source_that_has_nobody_left_is_held() {
    let mut town = Town::new(1, 5, 1);
    assert_eq!(town.held(), []);
    town.roster.links.push(link(DIRECTORY, "d0", 0));
    assert_eq!(town.held(), codes(&[("source-vanished", None)]));
    town.directory_sent.counts.insert(Collection::Users, 1);
    assert_eq!(town.held(), []);
}

#[test]
fn today_is_within_the_towns_term() {
    let town = Town::new(1, 1, 1);
    assert!(town.roster.sessions[0].start.unwrap() <= TODAY);
    assert!(town.roster.sessions[0].end.unwrap() >= TODAY);
}
