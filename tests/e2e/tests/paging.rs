//! Pages as servers really give them. Whatever the server does about limits,
//! totals and order, the roster is the one that a good server gives.

use std::collections::BTreeMap;
use std::time::Duration;

use e2e::{COLLECTIONS, Expected, School, Sis, tally};
use fake_sis::{Behaviour, Links, Paging, Repeats, Shift, Sorting, Totals};
use serde_json::Value;

/// Pages small enough that every large collection has many.
const SMALL_PAGES: [&str; 2] = ["--set", "page-size=100"];

/// The report and the roster of a first sync in small pages.
fn read(behaviour: Behaviour) -> (Value, BTreeMap<String, Vec<String>>) {
    let school = School::connect_with(Sis::behaving(behaviour), &SMALL_PAGES);
    let report = school.sync();
    (report, school.platform.roster())
}

fn paging(paging: Paging) -> Behaviour {
    Behaviour {
        paging,
        ..Behaviour::default()
    }
}

/// Every row arrives, and the roster is that of a good server.
#[track_caller]
fn is_read_in_full(behaviour: Behaviour) {
    let (good, expected) = read(Behaviour::default());
    let (report, roster) = read(behaviour);
    for collection in COLLECTIONS {
        assert_eq!(
            tally(&report, collection),
            tally(&good, collection),
            "{collection}"
        );
    }
    assert_eq!(roster, expected);
}

#[test]
fn a_server_may_clamp_the_limit_and_say_nothing() {
    is_read_in_full(paging(Paging {
        max_limit: Some(37),
        totals: Totals::Absent,
        links: Links::Absent,
        ..Paging::default()
    }));
}

#[test]
fn a_server_may_ignore_the_limit() {
    is_read_in_full(paging(Paging {
        ignore_limit: true,
        default_limit: 64,
        totals: Totals::Absent,
        links: Links::Absent,
        ..Paging::default()
    }));
}

#[test]
fn a_server_may_clamp_and_still_tell_the_total() {
    is_read_in_full(paging(Paging {
        max_limit: Some(41),
        links: Links::Absent,
        ..Paging::default()
    }));
}

#[test]
fn totals_may_be_wrong() {
    for off in [-250, -1, 1, 250] {
        is_read_in_full(paging(Paging {
            totals: Totals::Off(off),
            ..Paging::default()
        }));
    }
}

#[test]
fn links_may_be_wrong() {
    let links = [
        Links::Repeated,
        Links::Backwards,
        Links::PastEnd,
        Links::TrailingComma,
    ];
    for links in links {
        is_read_in_full(paging(Paging {
            links,
            totals: Totals::Absent,
            ..Paging::default()
        }));
    }
}

#[test]
fn a_link_to_another_host_is_not_followed_there() {
    let elsewhere = Sis::start();
    is_read_in_full(paging(Paging {
        links: Links::OtherOrigin(elsewhere.origin()),
        totals: Totals::Absent,
        ..Paging::default()
    }));
    assert!(elsewhere.log().is_empty());
}

#[test]
fn sorting_may_be_ignored() {
    for sorting in [Sorting::Ignored, Sorting::AfterSlicing] {
        is_read_in_full(Behaviour {
            sorting,
            ..Behaviour::default()
        });
    }
}

#[test]
fn rows_that_come_twice_are_accounted_for_and_used_once() {
    let (good, expected) = read(Behaviour::default());
    for repeats in [Repeats::Identical(50), Repeats::Newer(50)] {
        let (report, roster) = read(Behaviour {
            repeats,
            ..Behaviour::default()
        });
        let [received, imported, skipped, failed] = tally(&report, "enrollments");
        assert!(received > tally(&good, "enrollments")[0], "{repeats:?}");
        assert_eq!(received, imported + skipped + failed, "{repeats:?}");
        assert_eq!(report["counts"], good["counts"], "{repeats:?}");
        assert_eq!(roster, expected, "{repeats:?}");
    }
}

#[test]
fn rows_that_come_while_the_list_is_read_push_nobody_out() {
    let school = School::connect_with(
        Sis::behaving(Behaviour {
            shift: Some(Shift { after: 2, rows: 3 }),
            paging: Paging {
                totals: Totals::Absent,
                ..Paging::default()
            },
            ..Behaviour::default()
        }),
        &SMALL_PAGES,
    );
    let expected = Expected::of(school.sis.district());
    let counts = &school.sync()["counts"];
    assert_eq!(counts["matchedStudents"], expected.matched_students);
    assert_eq!(counts["matchedTeachers"], expected.matched_teachers);
    assert_eq!(counts["importedClasses"], expected.classes);
    assert_eq!(counts["importedEnrollments"], expected.places);
}

/// The most requests at once while people are read, and nothing but people.
fn most_at_once(totals: Totals, concurrency: &str) -> u64 {
    let slow = Behaviour {
        latency: Duration::from_millis(30),
        ..paging(Paging {
            totals,
            links: Links::Absent,
            ..Paging::default()
        })
    };
    let concurrency = format!("concurrency={concurrency}");
    let settings = [
        "--set",
        "page-size=50",
        "--set",
        "classrooms=false",
        "--set",
        &concurrency,
    ];
    let school = School::connect_with(Sis::behaving(slow), &settings);
    school.sync();
    school.sis.counters().most_at_once
}

#[test]
fn pages_are_read_in_parallel_where_the_total_is_told() {
    assert_eq!(most_at_once(Totals::Right, "4"), 4);
    assert_eq!(most_at_once(Totals::Right, "1"), 1);
    // Two lists, orgs and users; where a page ends the next begins.
    assert!(most_at_once(Totals::Absent, "4") <= 2);
}
