//! Pages as servers really give them. Whatever the server does about limits,
//! totals and order, the roster is the one that a good server gives.

use std::collections::BTreeMap;
use std::time::Duration;

use e2e::{COLLECTIONS, Expected, School, Sis, tally};
use fake_sis::{Behaviour, Links, Paging, Repeats, Shift, Sorting, Totals};
use serde_json::Value;

/// Pages small enough that every large collection has many.
const SMALL_PAGES: [&str; 2] = ["--set", "page-size=250"];

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

/// However the server behaves, every row arrives, and the roster is that of a
/// good server.
#[track_caller]
fn are_read_in_full(behaviours: &[Behaviour]) {
    let (good, expected) = read(Behaviour::default());
    for behaviour in behaviours {
        let (report, roster) = read(behaviour.clone());
        for collection in COLLECTIONS {
            let found = tally(&report, collection);
            assert_eq!(
                found,
                tally(&good, collection),
                "{collection} {behaviour:?}"
            );
        }
        assert_eq!(roster, expected, "{behaviour:?}");
    }
}

#[track_caller]
fn is_read_in_full(behaviour: Behaviour) {
    are_read_in_full(&[behaviour]);
}

#[test]
fn a_server_may_clamp_the_limit_and_say_nothing() {
    is_read_in_full(paging(Paging {
        max_limit: Some(97),
        totals: Totals::Absent,
        links: Links::Absent,
        ..Paging::default()
    }));
}

#[test]
fn a_server_may_ignore_the_limit() {
    is_read_in_full(paging(Paging {
        ignore_limit: true,
        default_limit: 128,
        totals: Totals::Absent,
        links: Links::Absent,
        ..Paging::default()
    }));
}

#[test]
fn a_server_may_clamp_and_still_tell_the_total() {
    is_read_in_full(paging(Paging {
        max_limit: Some(101),
        links: Links::Absent,
        ..Paging::default()
    }));
}

#[test]
fn totals_may_be_wrong() {
    are_read_in_full(&[-250, -1, 1, 250].map(|off| {
        paging(Paging {
            totals: Totals::Off(off),
            ..Paging::default()
        })
    }));
}

#[test]
fn links_may_be_wrong() {
    let links = [
        Links::Repeated,
        Links::Backwards,
        Links::PastEnd,
        Links::TrailingComma,
    ];
    are_read_in_full(&links.map(|links| {
        paging(Paging {
            links,
            totals: Totals::Absent,
            ..Paging::default()
        })
    }));
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
    are_read_in_full(
        &[Sorting::Ignored, Sorting::AfterSlicing].map(|sorting| Behaviour {
            sorting,
            ..Behaviour::default()
        }),
    );
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
    let new_rows = 3;
    let moving = Behaviour {
        shift: Some(Shift {
            after: 2,
            rows: new_rows,
        }),
        paging: Paging {
            totals: Totals::Absent,
            ..Paging::default()
        },
        ..Behaviour::default()
    };
    let school = School::connect_with(Sis::behaving(moving), &SMALL_PAGES);
    let expected = Expected::of(school.sis.district());
    let first = school.sync();
    let matched = |report: &Value| {
        let counts = &report["counts"];
        let both = [&counts["matchedStudents"], &counts["matchedTeachers"]];
        both.map(|count| count.as_u64().expect("a count"))
            .iter()
            .sum::<u64>()
    };
    // Who came in front of the page that had been read is there next time;
    // who moved from one page to the next was seen twice and is one person.
    let all = expected.matched_students + expected.matched_teachers;
    let missed = all - matched(&first);
    assert!(missed <= new_rows as u64, "{missed}");
    school.sis.behave(Behaviour::default());
    expected.check(&school.sync());
}

/// The most requests at once while people are read, and nothing but people.
fn most_at_once(totals: Totals, concurrency: &str) -> u64 {
    let slow = Behaviour {
        latency: Duration::from_millis(300),
        ..paging(Paging {
            totals,
            links: Links::Absent,
            ..Paging::default()
        })
    };
    let concurrency = format!("concurrency={concurrency}");
    let settings = [
        "--set",
        "page-size=60",
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
