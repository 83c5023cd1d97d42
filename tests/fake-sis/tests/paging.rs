//! Pages: every row once whatever the limits, totals, links, and what goes
//! wrong with them on request.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use std::collections::HashSet;
use std::io::Read;

use common::{all_ids, get, ids, open, request, serve, v1p1, v1p2};
use district::{Collection, District, Spec};
use fake_sis::{
    Behaviour, Links, Paging, Prebuild, Repeats, Resource, Shift, Sorting, Totals, Version,
};

fn with(paging: Paging) -> Behaviour {
    Behaviour { paging, ..open() }
}

fn people(count: u32) -> District {
    District::new(Spec {
        people: count,
        ..Spec::default()
    })
}

#[test]
fn every_row_comes_once_under_any_clamp() {
    let expected: Vec<String> = people(400)
        .users()
        .map(|u| u.sourced_id.to_string())
        .collect();
    for (limit, max_limit) in [(100, None), (1_000, Some(150)), (7, None), (400, Some(1))] {
        let sis = serve(
            400,
            with(Paging {
                max_limit,
                totals: Totals::Absent,
                links: Links::Absent,
                ..Paging::default()
            }),
        );
        assert_eq!(all_ids(&sis, "users", limit, ""), expected);
    }
}

#[test]
fn sorting_by_id_gives_every_row_in_order() {
    let sis = serve(400, open());
    let rows = all_ids(&sis, "enrollments", 500, "&sort=sourcedId&orderBy=asc");
    assert_eq!(rows.len(), people(400).len(Collection::Enrollments));
    assert!(rows.is_sorted());
    assert_eq!(rows.iter().collect::<HashSet<_>>().len(), rows.len());
    let down = all_ids(&sis, "enrollments", 500, "&sort=sourcedId&orderBy=desc");
    assert!(down.iter().rev().eq(rows.iter()));
}

#[test]
fn a_limit_may_be_clamped_defaulted_or_ignored() {
    let sis = serve(
        400,
        with(Paging {
            max_limit: Some(50),
            ..Paging::default()
        }),
    );
    assert_eq!(
        ids(&get(&v1p2(&sis, "users?limit=1000")), "users").len(),
        50
    );
    let sis = serve(400, open());
    assert_eq!(ids(&get(&v1p2(&sis, "users")), "users").len(), 100);
    let paging = Paging {
        default_limit: 10,
        ignore_limit: true,
        ..Paging::default()
    };
    let sis = serve(400, with(paging));
    assert_eq!(ids(&get(&v1p2(&sis, "users?limit=300")), "users").len(), 10);
}

#[test]
fn totals_are_right_absent_or_off() {
    let answer = get(&v1p2(&serve(400, open()), "users?limit=3"));
    assert_eq!(answer.total(), Some(400));
    for (totals, expected) in [
        (Totals::Absent, None),
        (Totals::Off(5), Some(405)),
        (Totals::Off(-30), Some(370)),
        (Totals::Off(-900), Some(0)),
    ] {
        let sis = serve(
            400,
            with(Paging {
                totals,
                ..Paging::default()
            }),
        );
        assert_eq!(get(&v1p2(&sis, "users?limit=3")).total(), expected);
    }
}

/// The address that a Link header gives for a relation.
fn link(header: &str, relation: &str) -> Option<String> {
    let wanted = format!("rel=\"{relation}\"");
    let link = header.split(", ").find(|link| link.contains(&wanted))?;
    Some(link.split(['<', '>']).nth(1).unwrap().to_owned())
}

#[test]
fn links_lead_through_the_list_and_keep_the_query() {
    let sis = serve(400, open());
    let mut url = v1p2(&sis, "users?limit=90&filter=status%3D%27active%27");
    let mut seen = HashSet::new();
    loop {
        let answer = get(&url);
        seen.extend(ids(&answer, "users"));
        let header = answer.header("link").unwrap();
        assert!(link(header, "last").unwrap().ends_with("offset=360"));
        match link(header, "next") {
            Some(next) => url = next,
            None => break,
        }
        assert!(url.contains("filter=status%3D%27active%27"));
    }
    assert_eq!(seen.len(), 400);
}

#[test]
fn links_go_wrong_on_request() {
    let next = |links: Links, query: &str| {
        let sis = serve(
            400,
            with(Paging {
                links,
                ..Paging::default()
            }),
        );
        let answer = get(&v1p2(&sis, query));
        let header = answer.header("link").map(str::to_owned);
        (header.as_deref().and_then(|h| link(h, "next")), header)
    };
    let elsewhere = Links::OtherOrigin("http://localhost".to_owned());
    let (other, _) = next(elsewhere, "users?limit=100");
    assert!(
        other
            .unwrap()
            .starts_with("http://localhost/ims/oneroster/")
    );
    let (repeated, _) = next(Links::Repeated, "users?limit=100&offset=100");
    assert!(repeated.unwrap().ends_with("offset=100"));
    let (backwards, _) = next(Links::Backwards, "users?limit=100&offset=100");
    assert!(backwards.unwrap().ends_with("offset=0"));
    let (past, _) = next(Links::PastEnd, "users?limit=100&offset=300");
    assert!(past.unwrap().ends_with("offset=400"));
    let (_, comma) = next(Links::TrailingComma, "users?limit=100");
    assert!(comma.unwrap().ends_with(','));
    assert_eq!(next(Links::Absent, "users").1, None);
}

#[test]
fn rows_repeat_on_request() {
    let repeats = Repeats::Identical(10);
    let sis = serve(400, Behaviour { repeats, ..open() });
    let rows = all_ids(&sis, "users", 33, "");
    assert_eq!(rows.len(), 440);
    assert_eq!(rows[9], rows[10]);
    assert_eq!(rows.iter().collect::<HashSet<_>>().len(), 400);
    let repeats = Repeats::Newer(10);
    sis.set_behaviour(Behaviour { repeats, ..open() });
    let page = get(&v1p2(&sis, "users?limit=12")).json();
    let (first, second) = (&page["users"][9], &page["users"][10]);
    assert_eq!(first["sourcedId"], second["sourcedId"]);
    let stamp = |row: &serde_json::Value| row["dateLastModified"].as_str().unwrap().to_owned();
    assert!(stamp(first) < stamp(second));
}

#[test]
fn rows_come_and_go_while_a_list_is_read() {
    let naive = |rows: i32| {
        let shift = Some(Shift { after: 1, rows });
        let sis = serve(400, Behaviour { shift, ..open() });
        all_ids(&sis, "users", 100, "")
    };
    let expected: HashSet<String> = people(400)
        .users()
        .map(|u| u.sourced_id.to_string())
        .collect();
    // Five rows come at the front: five of page 1 are seen again on page 2.
    let came = naive(5);
    assert_eq!(came.len(), 400);
    assert_eq!(came.iter().collect::<HashSet<_>>().len(), 395);
    // Five rows go: five are never seen by a reader that counts.
    let went: HashSet<String> = naive(-5).into_iter().collect();
    assert_eq!(expected.difference(&went).count(), 5);
}

#[test]
fn a_server_may_ignore_sort_or_sort_after_slicing() {
    let natural = all_ids(&serve(200, open()), "users", 50, "");
    let sorting = Sorting::Ignored;
    let sis = serve(200, Behaviour { sorting, ..open() });
    assert_eq!(all_ids(&sis, "users", 50, "&sort=sourcedId"), natural);
    let sorting = Sorting::AfterSlicing;
    let sis = serve(200, Behaviour { sorting, ..open() });
    let sliced = all_ids(&sis, "users", 50, "&sort=sourcedId");
    assert!(sliced[..50].is_sorted() && !sliced.is_sorted());
    let first: HashSet<_> = natural[..50].iter().collect();
    assert_eq!(sliced[..50].iter().collect::<HashSet<_>>(), first);
}

#[test]
fn part_lists_hold_their_part() {
    let sis = serve(400, open());
    let answers = people(400).answers();
    let count = |list: &str| {
        get(&v1p2(&sis, &format!("{list}?limit=1")))
            .total()
            .unwrap()
    };
    assert_eq!(count("students"), answers.students as usize);
    assert!(count("teachers") >= answers.teachers as usize);
    assert_eq!(count("schools") + 1, count("orgs"));
    assert_eq!(count("terms"), 4);
    assert_eq!(count("gradingPeriods"), 8);
    let school = people(400).school_id(1);
    let of_school = |list: &str| count(&format!("schools/{school}/{list}"));
    assert!(of_school("classes") > 0 && of_school("classes") < count("classes"));
    assert!(of_school("students") > 0 && of_school("students") < count("students"));
    assert!(of_school("enrollments") < count("enrollments"));
}

#[test]
fn both_versions_serve_the_same_rows() {
    let sis = serve(200, open());
    for list in [
        "orgs",
        "academicSessions",
        "courses",
        "classes",
        "users",
        "enrollments",
    ] {
        let new = ids(&get(&v1p2(&sis, &format!("{list}?limit=300"))), list);
        let old = ids(&get(&v1p1(&sis, &format!("{list}?limit=300"))), list);
        assert_eq!(new, old);
        assert!(!new.is_empty());
    }
    let only = Some(Version::V1p1);
    sis.set_behaviour(Behaviour { only, ..open() });
    assert_eq!(get(&v1p1(&sis, "users")).status, 200);
    assert_eq!(get(&v1p2(&sis, "users")).status, 404);
}

#[test]
fn pages_made_before_are_the_pages_made_at_once() {
    let query = "limit=120&sort=sourcedId&orderBy=asc";
    for in_file in [false, true] {
        for gzip in [false, true] {
            let sis = serve(400, open());
            let urls: Vec<String> = (0..5)
                .map(|n| v1p2(&sis, &format!("users?{query}&offset={}", n * 120)))
                .collect();
            let live: Vec<_> = urls.iter().map(|url| get(url)).collect();
            sis.prebuild(&Prebuild {
                page_size: 120,
                query: "sort=sourcedId&orderBy=asc".to_owned(),
                resources: vec![Resource::Users],
                gzip,
                in_file,
                ..Prebuild::default()
            })
            .unwrap();
            for (url, live) in urls.iter().zip(&live) {
                let made = request(url, "GET", &[("accept-encoding", "gzip")], "").unwrap();
                let mut body = Vec::new();
                if made.header("content-encoding") == Some("gzip") {
                    flate2::read::GzDecoder::new(&made.body[..])
                        .read_to_end(&mut body)
                        .unwrap();
                } else {
                    body = made.body.clone();
                }
                assert_eq!(body, live.body);
                assert_eq!(made.total(), live.total());
                assert_eq!(made.header("link"), live.header("link"));
                // A reader without gzip gets the same.
                assert_eq!(get(url).body, live.body);
            }
            // Another query is answered as ever.
            let other = get(&v1p2(&sis, "users?limit=3"));
            assert_eq!(ids(&other, "users").len(), 3);
        }
    }
}
