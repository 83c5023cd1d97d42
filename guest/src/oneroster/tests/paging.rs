//! Order of pages: everything is read once the cursors are used up, whatever
//! the server does with `limit`, `offset` and totals.

use super::*;
use crate::Extent;

fn all(script: &Script, page_size: u32) -> usize {
    ids(&read_all(script, page_size).expect("pages")).len()
}

#[test]
fn trap_14_a_limit_that_is_cut_silently_loses_nothing() {
    let script = Script::answering(server(1234, 50, None));
    assert_eq!(all(&script, 100), 1234);
}

#[test]
fn trap_15_a_limit_that_is_ignored_loses_nothing() {
    let script = Script::answering(|request| {
        let offset = parameter(request, "offset").unwrap_or(0);
        Ok(orgs(offset..37.min(offset + 10)))
    });
    assert_eq!(all(&script, 5000), 37);
}

#[test]
fn trap_16_a_total_is_read_in_parallel_branches_of_the_real_page_size() {
    let script = Script::answering(server(1000, 60, Some(1000)));
    let first = super::super::read_over(
        &script,
        &connection(BASE, &[]),
        &request(Collection::Orgs, None),
    )
    .expect("a page");
    // 60 rows came; 940 remain: 16 ranges and the open end.
    assert_eq!(
        (first.received, first.total, first.next.len()),
        (60, Some(1000), 17)
    );
    assert_eq!(all(&script, 100), 1000);
}

#[test]
fn trap_16_a_total_too_low_loses_nothing() {
    for total in [0, 1, 50, 100, 500, 999] {
        let script = Script::answering(server(1000, 100, Some(total)));
        assert_eq!(all(&script, 100), 1000, "total {total}");
    }
}

#[test]
fn trap_16_a_total_too_high_ends() {
    for total in [1001, 5000, 99_999_999, u64::MAX] {
        let script = Script::answering(move |request| {
            assert!(
                parameter(request, "offset") < Some(100_000_000),
                "{}",
                request.url
            );
            server(1000, 100, Some(total))(request)
        });
        let pages = read_all(&script, 100).expect("pages");
        assert_eq!(ids(&pages).len(), 1000, "total {total}");
        assert!(
            pages.len() < 1000,
            "total {total} cost {} pages",
            pages.len()
        );
    }
}

#[test]
fn a_range_that_comes_short_goes_on_to_its_end() {
    // Full pages first, then a clamp: the ranges are longer than the pages.
    let script = Script::answering(|request| {
        let offset = parameter(request, "offset").unwrap_or(0);
        let most = if offset == 0 { 100 } else { 7 };
        server(450, most, Some(450))(request)
    });
    assert_eq!(all(&script, 100), 450);
}

#[test]
fn an_empty_collection_is_one_request() {
    for total in [None, Some(0)] {
        let script = Script::answering(server(0, 100, total));
        let pages = read_all(&script, 100).expect("a page");
        assert_eq!(
            (pages.len(), pages[0].received, script.urls().len()),
            (1, 0, 1)
        );
        assert!(pages[0].findings.is_empty());
    }
}

#[test]
fn trap_21_no_rows_but_a_total_is_told() {
    let script = Script::answering(server(0, 100, Some(900)));
    let pages = read_all(&script, 100).expect("a page");
    assert_eq!(codes(&pages[0]), ["total-mismatch"]);
}

#[test]
fn trap_17_a_last_page_that_repeats_for_ever_ends() {
    let script = Script::answering(|request| {
        let offset = parameter(request, "offset").unwrap_or(0).min(200);
        Ok(orgs(offset..300.min(offset + 100)))
    });
    let pages = read_all(&script, 100).expect("pages");
    assert_eq!(ids(&pages).len(), 300);
    assert!(pages.iter().any(|page| codes(page) == ["offset-ignored"]));
}

#[test]
fn trap_17_a_server_that_sends_everything_each_time_is_read_once_more() {
    let script = Script::answering(|_| Ok(orgs(0..37)));
    let pages = read_all(&script, 100).expect("pages");
    assert_eq!((ids(&pages).len(), pages.len()), (37, 2));
}

#[test]
fn trap_17_a_server_that_ignores_offset_is_not_taken_for_whole() {
    let full = Script::answering(|_| Ok(orgs(0..100)));
    assert!(
        matches!(read_all(&full, 100), Err(Failure::Malformed(text)) if text.contains("offset"))
    );
    let told = Script::answering(|_| Ok(with_header(orgs(0..50), "x-total-count", "400")));
    assert!(matches!(read_all(&told, 100), Err(Failure::Malformed(_))));
}

#[test]
fn trap_13_a_link_is_followed_by_path_only_where_offset_is_ignored() {
    for total in [None, Some(300)] {
        let script = Script::answering(move |request| {
            assert!(
                request.url.starts_with("https://sis.example.org/"),
                "{}",
                request.url
            );
            let number = parameter(request, "page").unwrap_or(0);
            let mut page = orgs(number * 100..number * 100 + 100);
            if number < 2 {
                let link = format!(
                    "<http://localhost:8080/v1p1/orgs?page={}>; rel=\"next\",",
                    number + 1
                );
                page = with_header(page, "Link", &link);
            }
            Ok(total.map_or(page.clone(), |total: u64| {
                with_header(page, "X-Total-Count", &total.to_string())
            }))
        });
        assert_eq!(all(&script, 100), 300, "total {total:?}");
    }
}

#[test]
fn trap_17_links_in_a_circle_are_a_failure() {
    let script = Script::answering(|request| {
        let number = parameter(request, "page").unwrap_or(0);
        let link = format!("</orgs?page={}>; rel=next", (number + 1) % 3);
        Ok(with_header(
            orgs(number * 100..number * 100 + 100),
            "Link",
            &link,
        ))
    });
    assert!(
        matches!(read_all(&script, 100), Err(Failure::Malformed(text)) if text.contains("circle"))
    );
}

#[test]
fn trap_18_pages_are_asked_for_in_order_of_ids() {
    let script = Script::answering(server(1, 1, None));
    read_all(&script, 100).expect("pages");
    assert_eq!(
        script.urls()[0],
        "https://sis.example.org/ims/oneroster/v1p1/orgs?limit=100&offset=0&sort=sourcedId&orderBy=asc"
    );
}

#[test]
fn trap_18_each_page_hands_over_the_total_that_came_with_it() {
    let script = Script::answering(|request| {
        let total = if parameter(request, "offset") == Some(0) {
            250
        } else {
            249
        };
        server(249, 100, Some(total))(request)
    });
    let pages = read_all(&script, 100).expect("pages");
    let totals: Vec<_> = pages.iter().map(|page| page.total).collect();
    assert_eq!(totals.iter().min(), Some(&Some(249)), "{totals:?}");
    assert_eq!(totals[0], Some(250));
}

/// A server without totals whose list loses its first row, or gets one in front,
/// once so many pages were read.
fn moving(after: u64, by: i64) -> Script {
    let asked = std::cell::Cell::new(0);
    Script::answering(move |request| {
        asked.set(asked.get() + 1);
        let moved = asked.get() > after;
        let first = if moved { (1000 + by) as u64 } else { 1000 };
        let limit = parameter(request, "limit").unwrap_or(100).min(100);
        let from = (first + parameter(request, "offset").unwrap_or(0)).min(1450);
        Ok(orgs(from..1450.min(from + limit)))
    })
}

#[test]
fn trap_18_rows_that_move_are_seen_where_no_total_is_told() {
    for by in [1, -1, 3] {
        let pages = read_all(&moving(3, by), 100).expect("pages");
        let noted: Vec<_> = pages.iter().flat_map(codes).collect();
        assert_eq!(noted, ["rows-moved"], "{by}");
    }
    let pages = read_all(&moving(99, 1), 100).expect("pages");
    assert_eq!(ids(&pages).len(), 450);
    let received: u32 = pages.iter().map(|page| page.received).sum();
    assert_eq!(received, 450, "no row counts twice");
    assert!(pages.iter().all(|page| codes(page).is_empty()));
}

#[test]
fn a_server_that_counts_in_whole_pages_is_read_as_it_counts() {
    let script = Script::answering(|request| {
        let limit = parameter(request, "limit").unwrap_or(100);
        let page = parameter(request, "offset").unwrap_or(0) / limit;
        Ok(orgs(300.min(page * limit)..300.min((page + 1) * limit)))
    });
    let pages = read_all(&script, 100).expect("pages");
    assert_eq!(ids(&pages).len(), 300);
    let received: u32 = pages.iter().map(|page| page.received).sum();
    assert_eq!(received, 300);
    // One page was asked for in vain.
    assert_eq!(script.urls().len(), 5);
}

#[test]
fn a_row_that_is_no_record_at_a_border_hides_nothing() {
    let script = Script::answering(|request| {
        let offset = parameter(request, "offset").unwrap_or(0);
        let row = |n: u64| match n {
            9 => r#"{"name":"Nobody"}"#.to_owned(),
            n => format!(r#"{{"sourcedId":"o{n:03}","name":"O","type":"school"}}"#),
        };
        let rows: Vec<String> = (offset..35.min(offset + 10)).map(row).collect();
        Ok(json(200, &format!(r#"{{"orgs":[{}]}}"#, rows.join(","))))
    });
    let pages = read_all(&script, 10).expect("pages");
    assert_eq!(ids(&pages).len(), 34);
    assert_eq!(
        pages.iter().flat_map(errors).collect::<Vec<_>>(),
        ["missing-id"]
    );
    let received: u32 = pages.iter().map(|page| page.received).sum();
    assert_eq!(received, 35);
}

#[test]
fn trap_19_a_row_at_a_border_may_come_twice() {
    // One row is inserted in front between the first page and the second.
    let script = Script::answering(|request| {
        let offset = parameter(request, "offset").unwrap_or(0);
        let shift = u64::from(offset > 0);
        Ok(orgs(
            (offset - shift).min(250)..250.min(offset - shift + 100),
        ))
    });
    assert_eq!(all(&script, 100), 250);
}

#[test]
fn compatibility_asks_for_plain_pages() {
    let script = Script::answering(server(3, 10, None));
    let connection = connection(BASE, &[("compatibility", "true")]);
    let request = PageRequest {
        changed_since: Some(0),
        ..request(Collection::Orgs, None)
    };
    super::super::read_over(&script, &connection, &request).expect("a page");
    assert_eq!(script.urls(), [format!("{BASE}/orgs?limit=100&offset=0")]);
}

#[test]
fn a_server_that_refuses_sort_and_filter_is_asked_without() {
    let script = Script::answering(|request| {
        if request.url.contains("sort=") || request.url.contains("limit=") {
            return Ok(json(
                400,
                r#"{"imsx_codeMajor":"failure","imsx_codeMinor":"invalid_sort_field"}"#,
            ));
        }
        server(25, 10, None)(request)
    });
    let pages = read_all(&script, 100).expect("pages");
    assert_eq!(ids(&pages).len(), 25);
    assert_eq!(codes(&pages[0]), ["query-refused"]);
    // The cursor remembers: two refusals, three pages, the empty one.
    assert_eq!(script.urls().len(), 2 + 4);
}

#[test]
fn trap_59_changes_are_asked_for_from_the_instant_on() {
    let script = Script::answering(server(0, 10, None));
    let request = PageRequest {
        changed_since: Some(1_777_204_800_000),
        ..request(Collection::Users, None)
    };
    let _ = super::super::read_over(&script, &connection(BASE, &[]), &request);
    assert!(
        script.urls()[0]
            .ends_with("&filter=dateLastModified%3E%3D%272026-04-26T12%3A00%3A00.000Z%27")
    );
}

#[test]
fn trap_59_a_server_that_ignores_the_filter_is_noted() {
    let body = r#"{"orgs":[{"sourcedId":"a","name":"A","type":"school","dateLastModified":"2020-01-01T00:00:00Z"}]}"#;
    let script = Script::in_order([json(200, body)]);
    let request = PageRequest {
        changed_since: Some(1_777_204_800_000),
        ..request(Collection::Orgs, None)
    };
    let page = super::super::read_over(&script, &connection(BASE, &[]), &request).expect("a page");
    assert_eq!(codes(&page), ["filter-ignored"]);
    assert_eq!(page.received, 1);
}

#[test]
fn trap_59_a_page_says_whether_it_is_of_changes_or_of_the_whole() {
    let changed = r#"{"orgs":[{"sourcedId":"a","name":"A","type":"school","dateLastModified":"2030-01-01T00:00:00Z"}]}"#;
    let undated = r#"{"orgs":[{"sourcedId":"a","name":"A","type":"school"}]}"#;
    let since = Some(1_777_204_800_000);
    for (settings, since, body, extent, noted) in [
        (&[][..], since, changed, Extent::Changes, &[][..]),
        // Without a date nobody can tell whether it was filtered.
        (&[], since, undated, Extent::Changes, &["filter-ignored"]),
        (&[], None, changed, Extent::Whole, &[]),
        // No filter was sent, so this is everything.
        (
            &[("compatibility", "true")],
            since,
            undated,
            Extent::Whole,
            &[],
        ),
    ] {
        let script = Script::in_order([json(200, body)]);
        let request = PageRequest {
            changed_since: since,
            ..request(Collection::Orgs, None)
        };
        let page = super::super::read_over(&script, &connection(BASE, settings), &request);
        let page = page.expect("a page");
        assert_eq!(
            (page.extent, codes(&page)),
            (
                extent,
                noted.iter().map(|code| (*code).to_owned()).collect()
            ),
            "{settings:?} {body}"
        );
    }
}

#[test]
fn a_cursor_stays_within_the_contract() {
    let script = Script::answering(|request| {
        let long = "x".repeat(5000);
        let number = parameter(request, "page").unwrap_or(0);
        Ok(with_header(
            orgs(number..number + 100),
            "Link",
            &format!("</orgs?page=1&token={long}>; rel=next"),
        ))
    });
    assert!(
        matches!(read_all(&script, 100), Err(Failure::Malformed(text)) if text.contains("Link"))
    );
}
