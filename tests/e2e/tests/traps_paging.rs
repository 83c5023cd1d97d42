//! Traps 14 to 21: pages as servers really give them.

use e2e::{Hand, Place, School, Sis, tally, total_changes};
use fake_sis::{
    Behaviour, Fault, FaultKind, Links, Paging, Repeats, Resource, Shift, Sorting, Totals,
};

/// Twenty-five people in pages of five, with a good first sync behind it.
fn place() -> Place {
    let rows: Vec<String> = (0..23)
        .map(|n| e2e::student(&format!("n{n:02}"), "N", "N", ""))
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let place = Hand::new()
        .also(Resource::Users, &rows)
        .set("page-size=5")
        .connect();
    place.sync();
    place
}

/// However pages are given, all rows arrive and nothing changes.
#[track_caller]
fn all_arrive(ways: &[Paging]) {
    let mut place = place();
    for paging in ways {
        place.behave(Behaviour {
            paging: paging.clone(),
            ..Behaviour::default()
        });
        let report = place.sync();
        assert!(
            report["received"]["users"].as_u64() >= Some(25),
            "{paging:?}"
        );
        assert_eq!(total_changes(&report), 0, "{paging:?}");
    }
}

fn silent() -> Paging {
    Paging {
        totals: Totals::Absent,
        links: Links::Absent,
        ..Paging::default()
    }
}

#[test]
fn trap_14_a_limit_that_is_cut_without_a_word_loses_nothing() {
    all_arrive(&[
        Paging {
            max_limit: Some(2),
            ..silent()
        },
        Paging {
            max_limit: Some(3),
            ..Paging::default()
        },
    ]);
}

#[test]
fn trap_15_a_limit_that_is_ignored_loses_nothing() {
    for default_limit in [3, 10, 100] {
        all_arrive(&[Paging {
            default_limit,
            ignore_limit: true,
            ..silent()
        }]);
    }
}

#[test]
fn trap_16_a_total_that_is_wrong_neither_truncates_nor_loops() {
    all_arrive(&[-24, -1, 1, 500].map(|off| Paging {
        totals: Totals::Off(off),
        ..Paging::default()
    }));
}

#[test]
fn trap_17_links_that_are_wrong_lead_nowhere() {
    let links = [
        Links::Repeated,
        Links::Backwards,
        Links::PastEnd,
        Links::TrailingComma,
    ];
    all_arrive(&links.map(|links| Paging {
        links,
        totals: Totals::Absent,
        ..Paging::default()
    }));
}

/// A district in small pages, with a good first sync behind it.
fn school() -> School {
    let school = School::connect_with(Sis::start(), &["--set", "page-size=250"]);
    school.sync();
    school
}

#[test]
fn trap_18_rows_that_move_between_pages_are_asked_for_in_order_and_used_once() {
    let school = school();
    assert!(
        school
            .sis
            .log()
            .iter()
            .filter(|r| r.path.contains("/ims/"))
            .all(|r| r.query.contains("sort=sourcedId&orderBy=asc"))
    );
    school.sis.behave(Behaviour {
        shift: Some(Shift { after: 2, rows: 3 }),
        paging: Paging {
            totals: Totals::Absent,
            ..Paging::default()
        },
        ..Behaviour::default()
    });
    let report = school.platform.sync(e2e::NAME, &[]).json();
    assert_ne!(report["status"], "failed", "{report}");
    school.sis.behave(Behaviour::default());
    school.sync();
    let users = school.platform.users();
    let archived = users.iter().filter(|user| user["status"] == "archived");
    assert_eq!(archived.count(), 0, "who moved is not gone");
}

#[test]
fn trap_19_a_server_that_sorts_late_or_never_is_read_in_full() {
    let school = school();
    for sorting in [Sorting::Ignored, Sorting::AfterSlicing] {
        school.sis.behave(Behaviour {
            sorting,
            ..Behaviour::default()
        });
        assert_eq!(total_changes(&school.sync()), 0, "{sorting:?}");
    }
}

#[test]
fn trap_20_a_row_that_comes_again_is_used_once() {
    let school = school();
    for repeats in [Repeats::Identical(50), Repeats::Newer(50)] {
        school.sis.behave(Behaviour {
            repeats,
            ..Behaviour::default()
        });
        let report = school.sync();
        let [received, imported, skipped, failed] = tally(&report, "users");
        assert_eq!(received, imported + skipped + failed);
        assert_eq!(total_changes(&report), 0, "{repeats:?}");
    }
}

#[test]
fn trap_20_of_two_records_of_one_id_the_newest_counts() {
    let with = |family: &str, modified: &str| {
        e2e::student("u1", "Ada", family, "ada@x.org").replacen(
            '{',
            &format!(r#"{{"dateLastModified":"{modified}","#),
            1,
        )
    };
    let old = with("Old", "2026-01-01T00:00:00Z");
    let new = with("Young", "2026-02-01T00:00:00Z");
    for rows in [[&*old, &*new], [&*new, &*old]] {
        let place = Hand::new()
            .rows(Resource::Users, &rows)
            .rows(
                Resource::Enrollments,
                &[&e2e::enrollment("e1", "u1", "student")],
            )
            .connect();
        let report = place.sync();
        let findings = place.findings(&report);
        assert!(
            findings.contains(&"record-conflict users/u1 -".to_owned()),
            "{findings:?}"
        );
        let explained = place
            .platform
            .run(["user", "explain", "ada@x.org", "--json"])
            .ok();
        assert!(explained.stdout.contains("Young") && !explained.stdout.contains("Old"));
    }
}

#[test]
fn trap_21_an_empty_list_after_a_full_one_is_not_believed() {
    let mut place = place();
    let roster = place.platform.roster();
    place.behave(Behaviour {
        faults: vec![Fault::on(Resource::Users, FaultKind::EmptyRoster)],
        ..Behaviour::default()
    });
    let report = place.sync_ending(4);
    assert_eq!(report["code"], "collection-empty");
    assert_eq!(place.platform.roster(), roster);
}
