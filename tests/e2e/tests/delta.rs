//! Reading only what changed: it comes to the same roster as reading everything,
//! it says what it cannot show, and a source that does not play along is read
//! whole.

use std::collections::{BTreeMap, BTreeSet};

use district::{District, Night, Spec};
use e2e::{Hand, NAME, Platform, School, Sis, accounted, small, tally, total_changes};
use fake_sis::{Behaviour, Fault, Filtering, Links, Paging, Resource, Shift, Totals};
use serde_json::Value;

/// Changes of any night lie after whatever a run asks for.
const LATER: &str = "2099-01-01T00:00:00Z";

/// What a source can show as changes. (Who moves to another class gets another
/// enrollment; the old one goes without a trace.)
fn night() -> Night {
    Night {
        left: 5,
        leavers_as_tobedeleted: true,
        joined: 3,
        renamed: 4,
        changed_at: Some(LATER.parse().expect("a time")),
        ..Night::default()
    }
}

fn spec(night: Night) -> Spec {
    Spec { night, ..small() }
}

/// A school that is read in full once a week, after its first night.
fn school(behaviour: Behaviour) -> School {
    let sis = Sis::serve(small(), behaviour);
    let settings = [
        "--set",
        "full-read-days=7",
        "--set",
        "attach-only=false",
        "--set",
        "page-size=50",
    ];
    let school = School::connect_with(sis, &settings);
    let report = accounted(school.sync());
    assert_eq!(report["delta"], Value::Null, "the first read is whole");
    school.sis.forget();
    school
}

/// What a platform comes to that reads both nights in full.
fn read_whole(later: Night) -> BTreeMap<String, Vec<String>> {
    let mut school = School::connect_with(Sis::start(), &["--set", "attach-only=false"]);
    school.sync();
    school.sis.turn_to(spec(later));
    school.sync();
    school.platform.roster()
}

/// Both are the same, line by line; says what differs and not all that is there.
#[track_caller]
fn same(is: &BTreeMap<String, Vec<String>>, should: &BTreeMap<String, Vec<String>>, what: &str) {
    let lines = |roster: &BTreeMap<String, Vec<String>>| -> BTreeSet<String> {
        let of = |(file, rows): (&String, &Vec<String>)| -> Vec<String> {
            rows.iter().map(|row| format!("{file}: {row}")).collect()
        };
        roster.iter().flat_map(of).collect()
    };
    let (is, should) = (lines(is), lines(should));
    let more: Vec<_> = is.difference(&should).take(10).collect();
    let less: Vec<_> = should.difference(&is).take(10).collect();
    assert!(
        more.is_empty() && less.is_empty(),
        "{what}: too much {more:#?}, missing {less:#?}"
    );
}

fn filters(school: &School) -> Vec<String> {
    let log = school.sis.log();
    let pages = log.iter().filter(|request| request.path.contains("/ims/"));
    let filters = pages.map(|request| {
        let filter = request.query.split('&').find(|p| p.starts_with("filter="));
        filter.unwrap_or("none").to_owned()
    });
    let mut filters: Vec<String> = filters.collect();
    filters.sort();
    filters.dedup();
    filters
}

fn log(platform: &Platform, report: &Value) -> String {
    platform
        .run(["run", "log", &report["run"].to_string()])
        .ok()
        .text()
}

#[test]
fn trap_59_changes_come_to_the_roster_that_everything_comes_to() {
    let mut school = school(Behaviour::default());
    let runs = school.platform.runs();
    let began: jiff::Timestamp = runs[0]["started"]
        .as_str()
        .expect("a time")
        .parse()
        .expect("a time");
    school.sis.turn_to(spec(night()));
    let report = accounted(school.sync());
    assert_eq!(report["status"], "succeeded");
    // A day before the first run began, whatever the clocks say.
    let since = began - jiff::SignedDuration::from_hours(24);
    let filter = format!("filter=dateLastModified%3E%3D%27{since:.3}%27");
    assert_eq!(filters(&school), [filter.replace(':', "%3A")]);
    assert_eq!(report["delta"]["since"], format!("{since:.0}"));
    assert_eq!(
        report["delta"]["rows"]["users"], 12,
        "5 left, 3 joined, 4 renamed"
    );
    assert!(
        report["received"]["users"].as_u64() > Some(600),
        "with what was known"
    );
    same(&school.platform.roster(), &read_whole(night()), "changes");
    assert!(log(&school.platform, &report).contains("reading what changed since"));

    let again = accounted(school.sync());
    assert_eq!(total_changes(&again), 0);
    assert_eq!(again["received"], report["received"]);
    assert_eq!(
        again["delta"]["rows"], report["delta"]["rows"],
        "they changed since the day before"
    );
}

#[test]
fn trap_60_what_left_without_a_trace_is_seen_when_everything_is_read() {
    let traceless = Night {
        leavers_as_tobedeleted: false,
        moved: 6,
        ..night()
    };
    let whole = read_whole(traceless.clone());
    let ways: [(&str, &[&str]); 3] = [
        ("asked", &["sync", NAME, "--full", "--json"]),
        (
            "reset",
            &["integration", "reset", NAME, "--yes-i-understand"],
        ),
        ("due", &[]),
    ];
    for (way, arguments) in ways {
        let mut school = school(Behaviour::default());
        school.sis.turn_to(spec(traceless.clone()));
        let report = accounted(school.sync());
        let archived = &report["changes"]["users"]["archive"];
        assert_eq!(archived, 0, "{way}: nobody said that they left");
        if way == "due" {
            let old = "UPDATE runs SET started = '2026-01-01T02:00:00Z' WHERE key = 2";
            assert_eq!(school.platform.sql(old), 1);
        } else {
            school.platform.run(arguments).ok();
        }
        school.sis.forget();
        let report = accounted(school.sync());
        if way == "asked" {
            // The sync after a full one asks for changes again.
            assert_ne!(report["delta"], Value::Null);
        } else {
            assert_eq!(report["delta"], Value::Null, "{way}");
            assert_eq!(filters(&school), ["none"]);
            assert!(
                log(&school.platform, &report).contains("reading everything from"),
                "{way}"
            );
        }
        same(&school.platform.roster(), &whole, way);
    }
}

#[test]
fn trap_59_a_source_that_does_not_filter_is_read_whole_and_named() {
    let traceless = Night {
        leavers_as_tobedeleted: false,
        moved: 6,
        ..night()
    };
    let whole = read_whole(traceless.clone());
    for filtering in [Filtering::Ignored, Filtering::Refused] {
        let mut school = school(Behaviour {
            filtering,
            ..Behaviour::default()
        });
        school.sis.turn_to(spec(traceless.clone()));
        let report = accounted(school.sync());
        assert_eq!(report["delta"], Value::Null, "everything was read");
        // Even who left without a trace.
        same(&school.platform.roster(), &whole, &format!("{filtering:?}"));
        let findings = school.platform.findings(&report);
        let named: Vec<&Value> = findings
            .iter()
            .filter(|finding| finding["code"] == "filter-ignored")
            .map(|finding| &finding["entity"])
            .collect();
        assert_eq!(named.len(), 6, "{filtering:?} {named:?}");
        assert_eq!(total_changes(&accounted(school.sync())), 0, "{filtering:?}");
    }
}

#[test]
fn a_read_of_changes_that_was_cut_off_goes_on_with_the_same_question() {
    let mut school = school(Behaviour::default());
    school.sis.turn_to(spec(night()));
    let down: Fault = "status=503 on=enrollments".parse().expect("a fault");
    school.sis.behave(Behaviour {
        faults: vec![down],
        ..Behaviour::default()
    });
    let failed = school.failing_sync();
    assert_eq!(failed["code"], "unavailable");
    let asked = filters(&school);
    assert_eq!(asked.len(), 1, "{asked:?}");
    school.sis.behave(Behaviour::default());
    school.sis.forget();
    let report = accounted(school.sync());
    assert_eq!(report["run"], failed["run"], "the same run");
    assert_eq!(filters(&school), asked);
    let log = school.sis.log();
    assert!(
        log.iter().all(|request| !request.path.ends_with("/users")),
        "they were read"
    );
    same(&school.platform.roster(), &read_whole(night()), "gone on");
}

#[test]
fn a_held_read_of_changes_is_applied_over_what_was_known() {
    let mut school = school(Behaviour::default());
    let leaving = Night {
        left: 80,
        ..night()
    };
    school.sis.turn_to(spec(leaving.clone()));
    let held = school.platform.sync(NAME, &[]).ends_with(4).json();
    assert_ne!(held["delta"], Value::Null);
    school
        .platform
        .run(["run", "approve", &held["run"].to_string()])
        .ok();
    let report = accounted(school.sync());
    assert_ne!(report["delta"], Value::Null);
    assert_eq!(total_changes(&report), 0);
    let whole = school.platform.sync(NAME, &["--full"]).ok().json();
    assert_eq!(total_changes(&accounted(whole)), 0);
}

#[test]
fn rows_that_cannot_be_used_stay_on_the_list_until_they_come_right() {
    let dated = |row: String| row.replacen('{', &format!("{{\"dateLastModified\":\"{LATER}\","), 1);
    let nameless = dated(e2e::student("u9", "", "", "nine@x.org"));
    let others = [
        e2e::student("u1", "Ada", "Young", "ada@x.org"),
        e2e::student("u2", "Tom", "Teach", "tom@x.org"),
    ];
    let mut rows: Vec<&str> = others.iter().map(String::as_str).collect();
    rows.push(&nameless);
    let mut place = Hand::new()
        .set("full-read-days=7")
        .set("attach-only=false")
        .rows(Resource::Users, &rows)
        .connect();
    let first = place.sync();
    assert_eq!(tally(&first, "users")[3], 1);

    // The server gives what changed, as it would if it filtered.
    for resource in Resource::ALL {
        place.turn(resource, &[]);
    }
    let report = place.sync();
    assert_eq!(tally(&report, "users"), tally(&first, "users"));
    assert_eq!(
        place.findings(&report),
        place.findings(&first),
        "still to be mended"
    );
    assert_eq!(total_changes(&report), 0);

    let named = dated(e2e::student("u9", "Nina", "New", "nine@x.org"));
    place.turn(Resource::Users, &[&named]);
    let report = place.sync();
    assert_eq!(tally(&report, "users")[3], 0);
    assert_eq!(report["changes"]["users"]["create"], 1);
}

#[test]
fn a_collection_that_was_not_given_before_is_asked_for_whole() {
    let refused: Fault = "status=403 on=courses".parse().expect("a fault");
    let school = school(Behaviour {
        faults: vec![refused],
        ..Behaviour::default()
    });
    school.sis.behave(Behaviour::default());
    let report = accounted(school.sync());
    assert!(tally(&report, "courses")[1] > 0, "{report}");
    assert_eq!(report["delta"]["rows"]["users"], 0);
    let findings = e2e::codes(&school.platform.findings(&report));
    assert!(
        !findings.contains(&"filter-ignored".to_owned()),
        "{findings:?}"
    );
    same(
        &school.platform.roster(),
        &read_whole(Night::default()),
        "as if it always had been",
    );
}

#[test]
fn what_does_not_go_together_is_refused_when_it_is_set() {
    let school = School::prepare(Sis::start());
    for (pairs, words) in [
        (
            &["full-read-days=7", "compatibility=true"][..],
            "compatibility",
        ),
        (&["full-read-days=91"], "90"),
        (&["full-read-days=weekly"], "a whole number from 0 to 90"),
    ] {
        let arguments: Vec<&str> = pairs.iter().flat_map(|pair| ["--set", *pair]).collect();
        let text = school.add(&arguments).ends_with(2).text();
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn trap_18_rows_that_move_while_they_are_read_are_read_again() {
    let school = School::connect_with(
        Sis::start(),
        &["--set", "page-size=20", "--set", "concurrency=1"],
    );
    school.sync();
    let absent = Paging {
        totals: Totals::Absent,
        links: Links::Absent,
        ..Paging::default()
    };
    for (rows, paging) in [
        (-1, Paging::default()),
        (1, Paging::default()),
        (-1, absent),
    ] {
        school.sis.behave(Behaviour {
            shift: Some(Shift { after: 12, rows }),
            paging,
            ..Behaviour::default()
        });
        let report = accounted(school.sync());
        let log = log(&school.platform, &report);
        assert!(log.contains("reading them again"), "{rows}: {log}");
        // One row really came or went; nobody else is lost.
        let archived = report["changes"]["users"]["archive"].as_u64();
        assert!(archived <= Some(1), "{rows}: {report}");
        school.sis.behave(Behaviour::default());
        let archived = &school.sync()["changes"]["users"]["archive"];
        assert_eq!(archived, 0);
    }
}

#[test]
fn a_district_of_a_later_night_differs() {
    // Without this the tests above would compare a district with itself.
    let (first, later) = (District::new(small()), District::new(spec(night())));
    assert_ne!(first.users().count(), later.users().count());
}
