//! Finding the base path, remembering it, and `check`.

use super::*;
use crate::testing::{clear_storage, commit_storage};

/// A server that has orgs and users under `base` and 404 elsewhere.
fn at(base: &'static str) -> Script {
    Script::answering(move |request| {
        let path = request.url.trim_start_matches("https://sis.example.org");
        match path.strip_prefix(base) {
            Some(rest) if rest.starts_with("/orgs") => {
                Ok(with_header(orgs(0..3), "X-Total-Count", "3"))
            }
            Some(rest) if rest.starts_with("/users") => Ok(json(200, r#"{"users":[]}"#)),
            _ => Ok(json(404, "")),
        }
    })
}

fn first(script: &Script, endpoint: &str) -> Result<Page, Failure> {
    super::super::read_over(
        script,
        &connection(endpoint, &[]),
        &request(Collection::Orgs, None),
    )
}

#[test]
fn each_place_is_found_from_the_bare_address() {
    for (base, requests) in [
        ("/ims/oneroster/rostering/v1p2", 1),
        ("/ims/oneroster/v1p1", 2),
        ("/learningdata/v1", 3),
        ("", 4),
    ] {
        clear_storage();
        let script = at(base);
        let page = first(&script, "https://sis.example.org/").expect(base);
        assert_eq!(
            (page.received, script.urls().len()),
            (3, requests),
            "{base}"
        );
    }
}

#[test]
fn the_cursor_carries_what_was_found() {
    clear_storage();
    let script = at("/ims/oneroster/v1p1");
    let page = first(&script, "https://sis.example.org").expect("a page");
    let next = request(Collection::Orgs, page.next.first().cloned());
    super::super::read_over(&script, &connection("https://sis.example.org", &[]), &next)
        .expect("a page");
    assert_eq!(script.urls().len(), 3, "no second probe");
}

#[test]
fn the_next_run_remembers_and_probes_again_only_if_it_must() {
    clear_storage();
    first(&at("/ims/oneroster/v1p1"), "https://sis.example.org").expect("a page");
    commit_storage();
    // The SIS has learnt 1.2, but this integration stays where its ids are.
    let both = Script::answering(|_| Ok(orgs(0..3)));
    first(&both, "https://sis.example.org").expect("a page");
    assert!(both.urls()[0].contains("/v1p1/"), "{:?}", both.urls());
    let moved = at("/ims/oneroster/rostering/v1p2");
    first(&moved, "https://sis.example.org").expect("a page");
    assert_eq!(moved.urls().len(), 2);
    // Another endpoint of the same integration starts afresh.
    let other = Script::answering(|_| Ok(orgs(0..3)));
    first(&other, "https://other.example.org").expect("a page");
    assert!(other.urls()[0].contains("/v1p2/"));
    clear_storage();
}

#[test]
fn only_not_found_leads_to_another_version() {
    for answer in [
        json(200, "<html>"),
        json(403, ""),
        json(400, ""),
        json(500, ""),
    ] {
        clear_storage();
        let status = answer.status;
        let script = Script::answering(move |request| {
            Ok(if request.url.contains("/v1p1/") {
                orgs(0..3)
            } else {
                answer.clone()
            })
        });
        let page = first(&script, "https://sis.example.org");
        assert!(page.is_err(), "{status}");
        let asked = script.urls();
        assert!(asked.iter().all(|url| url.contains("/v1p2/")), "{asked:?}");
        if status != 500 {
            let told = format!("{page:?}");
            assert!(told.contains("set the version"), "{told}");
        }
    }
}

/// A server of 1.1 and 1.2 whose users under 1.2 answer with this status.
fn both(users: u16) -> Script {
    Script::answering(move |request| {
        let newer = request.url.contains("/v1p2/");
        Ok(match request.url.contains("/users") {
            false if request.url.contains("/orgs") => orgs(0..3),
            true if newer && users == 200 => json(200, "<html>"),
            true if newer => json(users, ""),
            _ => json(200, r#"{"users":[]}"#),
        })
    })
}

#[test]
fn one_collection_never_comes_from_another_version() {
    for status in [400, 403, 404, 200] {
        clear_storage();
        // On the first run nothing is remembered, on the second 1.2 is.
        for _ in 0..2 {
            let script = both(status);
            let users = super::super::read_over(
                &script,
                &connection("https://sis.example.org", &[]),
                &request(Collection::Users, None),
            );
            assert!(users.is_err(), "{status}: {users:?}");
            let asked = script.urls();
            assert!(asked.iter().all(|url| !url.contains("/v1p1/")), "{asked:?}");
            first(&script, "https://sis.example.org").expect("orgs are there");
            commit_storage();
        }
    }
    clear_storage();
}

#[test]
fn on_the_first_run_a_collection_asks_where_the_orgs_are() {
    clear_storage();
    let read = |script: &Script| {
        let connection = connection("https://sis.example.org", &[]);
        super::super::read_over(script, &connection, &request(Collection::Users, None))
            .expect("a page");
        script.urls().len()
    };
    let script = at("/ims/oneroster/v1p1");
    assert_eq!(read(&script), 3, "{:?}", script.urls());
    first(&script, "https://sis.example.org").expect("a page");
    commit_storage();
    assert_eq!(read(&at("/ims/oneroster/v1p1")), 1, "it is remembered");
    // The SIS has moved: all collections move with the orgs.
    let moved = at("/ims/oneroster/rostering/v1p2");
    read(&moved);
    assert!(moved.urls().last().expect("asked").contains("/v1p2/users"));
    clear_storage();
}

#[test]
fn trap_04_a_refusal_says_more_than_nothing_there() {
    clear_storage();
    let script = Script::answering(|request| {
        Ok(json(
            if request.url.contains("/v1p2/") {
                401
            } else {
                404
            },
            "",
        ))
    });
    assert!(matches!(
        first(&script, "https://sis.example.org"),
        Err(Failure::Unauthorised(_))
    ));
}

#[test]
fn check_tells_version_and_schools_in_one_request_for_each_collection() {
    let script = at("/ims/oneroster/rostering/v1p2");
    let endpoint = "https://sis.example.org/ims/oneroster/rostering/v1p2";
    let report = super::super::check_over(&script, &connection(endpoint, &[])).expect("a report");
    assert_eq!(
        (report.source.as_str(), report.schools.len()),
        ("OneRoster 1.2", 3)
    );
    let missing = |what: &str, without: &str| {
        format!("No {what}: the SIS does not have them at this address. {without}.")
    };
    let needed = "A sync fails without them, unless the setting classrooms is false";
    assert_eq!(
        report.notes,
        [
            format!("Base address: {endpoint}"),
            missing("academicSessions", "A sync goes on without them"),
            missing("courses", "A sync goes on without them"),
            missing("classes", needed),
            missing("enrollments", needed),
            "Rows: orgs 3.".to_owned(),
        ]
    );
    assert_eq!(script.urls().len(), 6);
}

#[test]
fn check_fails_where_users_may_not_be_read() {
    let script = Script::answering(|request| {
        Ok(if request.url.contains("/users") {
            json(403, "")
        } else {
            orgs(0..3)
        })
    });
    let result = super::super::check_over(&script, &connection(BASE, &[]));
    assert!(matches!(result, Err(Failure::Forbidden(text)) if text.contains("users")));
}

#[test]
fn check_counts_what_is_hidden_missing_and_cut() {
    let script = Script::answering(|request| {
        let users = r#"{"sourcedId":"u1","givenName":"A","role":"student","email":"***@***.***"},{"sourcedId":"u2","givenName":"B","role":"student"}"#;
        Ok(if request.url.contains("/users") {
            let page = json(200, &format!(r#"{{"users":[{users}]}}"#));
            with_header(page, "X-Total-Count", "300")
        } else {
            let body =
                r#"{"orgs":[],"academicSessions":[],"courses":[],"classes":[],"enrollments":[]}"#;
            with_header(json(200, body), "Date", "Sun, 06 Nov 1994 08:49:37 GMT")
        })
    });
    let report = super::super::check_over(&script, &connection(BASE, &[])).expect("a report");
    for said in [
        "hides email in 1 of the first 2 users",
        "1 of the first 2 users have no email",
        "at most 2 rows a page",
        "users 300",
        "minutes behind ours",
    ] {
        assert!(
            report.notes.iter().any(|note| note.contains(said)),
            "{said}: {:?}",
            report.notes
        );
    }
}

#[test]
fn a_refusal_names_a_clock_that_is_off() {
    let script = Script::answering(|_| {
        Ok(with_header(
            json(401, ""),
            "Date",
            "Sun, 06 Nov 1994 08:49:37 GMT",
        ))
    });
    let result = super::super::check_over(&script, &connection(BASE, &[]));
    assert!(
        matches!(&result, Err(Failure::Unauthorised(text)) if text.contains("clock")),
        "{result:?}"
    );
}

#[test]
fn check_lists_schools_and_no_districts() {
    let script = Script::answering(|_| {
        Ok(json(
            200,
            r#"{"users":[],"academicSessions":[],"courses":[],"classes":[],"enrollments":[],"orgs":[{"sourcedId":"d","name":"D","type":"district"},{"sourcedId":"s","name":"S","type":"School"},{"sourcedId":"x","name":"X","type":"school","status":"tobedeleted"}]}"#,
        ))
    });
    let report = super::super::check_over(&script, &connection(BASE, &[])).expect("a report");
    assert_eq!(report.schools, [("s".to_owned(), "S".to_owned())]);
}

#[test]
fn an_unusable_setting_fails_before_any_request() {
    let script = Script::in_order([]);
    for (key, value) in [("version", "2.0"), ("compatibility", "perhaps")] {
        let connection = connection(BASE, &[(key, value)]);
        let result =
            super::super::read_over(&script, &connection, &request(Collection::Orgs, None));
        assert!(matches!(result, Err(Failure::InvalidSetting((named, _))) if named == key));
    }
    assert!(script.urls().is_empty());
}
