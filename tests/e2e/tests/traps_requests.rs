//! Traps 1 to 13: authentication, addresses, and answers that are no data. The
//! numbers are those of the list of what real OneRoster servers do.

use std::collections::BTreeSet;

use e2e::{Hand, Place, Sis};
use fake_sis::{
    Auth, Behaviour, ClientAuth, ExpiresIn, Fault, FaultKind, Links, OAuth1, OAuth2, Paging,
    Resource, RetryAfter, Totals,
};
use serde_json::Value;

fn oauth2(settings: OAuth2) -> Behaviour {
    Behaviour {
        auth: Auth::OAuth2(settings),
        ..Behaviour::default()
    }
}

/// A place with a good first sync behind it.
#[track_caller]
fn synced(hand: Hand) -> Place {
    let place = hand.connect();
    place.sync();
    place.server.clear_log();
    place
}

/// The next sync fails with this code and leaves the roster as it was.
#[track_caller]
fn fails(place: &Place, code: &str) -> Value {
    let roster = place.platform.roster();
    let report = place.sync_ending(1);
    assert_eq!(report["code"], code, "{report}");
    assert_eq!(place.platform.roster(), roster);
    report
}

/// Requests for rosters so far.
fn asked(place: &Place) -> Vec<String> {
    let log = place.log().into_iter();
    log.filter(|request| request.path.contains("/ims/"))
        .map(|request| format!("{}?{}", request.path, request.query))
        .collect()
}

#[test]
fn trap_01_addresses_scopes_and_client_style_are_independent() {
    let behaviour = Behaviour {
        base_path: "/campus/api".to_owned(),
        token_path: "/elsewhere/issue".to_owned(),
        ..oauth2(OAuth2 {
            client_auth: ClientAuth::Query,
            scope: Some("rosters".to_owned()),
            expires_in: ExpiresIn::Text,
            ..OAuth2::default()
        })
    };
    let place = Hand::new()
        .behaving(behaviour)
        .set("oauth2-scope=rosters")
        .set("oauth2-client-auth=query")
        .connect();
    place.sync();
    assert!(
        asked(&place)
            .iter()
            .all(|path| path.starts_with("/campus/api/ims/"))
    );
}

#[test]
fn trap_02_a_token_that_dies_is_renewed_once_at_the_same_place() {
    let names: Vec<String> = (0..9)
        .map(|n| e2e::student(&format!("n{n}"), "N", "N", ""))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let short = oauth2(OAuth2 {
        requests_per_token: Some(5),
        ..OAuth2::default()
    });
    let place = Hand::new()
        .also(Resource::Users, &names)
        .behaving(short)
        .set("page-size=2")
        .set("concurrency=1")
        .connect();
    let report = place.sync();
    assert_eq!(report["received"]["users"], 11);
    let log = place.log();
    let refused: Vec<usize> = (0..log.len()).filter(|n| log[*n].status == 401).collect();
    assert!(!refused.is_empty());
    for at in refused {
        let again = &log[at + 2];
        assert!(log[at + 1].path.ends_with("/token"));
        assert_eq!(
            (&again.path, &again.query, again.status),
            (&log[at].path, &log[at].query, 200)
        );
    }
}

#[test]
fn trap_02_a_server_that_refuses_every_token_is_not_pestered() {
    let mut place = synced(Hand::new());
    place.behave(oauth2(OAuth2 {
        refuse_all: true,
        ..OAuth2::default()
    }));
    let report = fails(&place, "unauthorised");
    let said = format!("{} {}", report["detail"], report["remedy"]);
    assert!(said.contains("credentials"), "{said}");
    // Servers lock out whoever comes back too often: the lists that are read
    // first may each be refused once, with one fresh token.
    assert!(place.log().len() <= 16, "{}", place.log().len());
}

/// The decision: a rotated token is set by whoever runs the integration. The
/// vendor's list of applications is not asked for, since it holds the
/// credentials of other districts.
#[test]
fn trap_03_a_fixed_token_that_was_rotated_stops_the_run_and_nothing_else() {
    let old = OAuth2::default().client_secret;
    let bearer = |token: &str| Behaviour {
        auth: Auth::Bearer(token.to_owned()),
        ..Behaviour::default()
    };
    let mut place = synced(
        Hand::new()
            .behaving(bearer(&old))
            .with(&["--auth", "bearer"]),
    );
    place.behave(bearer("another"));
    fails(&place, "unauthorised");
    assert!(place.log().iter().all(|r| !r.path.contains("applications")));
    let file = place.platform.file("new", "another");
    place.edit(&["--client-secret-file", &file]).ok();
    let report = place.sync();
    assert_eq!(e2e::total_changes(&report), 0);
}

#[test]
fn trap_04_a_refusal_is_about_the_credentials_with_401_and_with_403() {
    let mut place = synced(Hand::new());
    // What a server answered that has 403 for a missing token.
    let body = r#"{"codeMajor":"failure","codeMinor":"unauthorized","severity":"error"}"#;
    for status in [401, 403] {
        place.behave(Behaviour::failing(Fault::always(FaultKind::Answer(
            status,
            body.to_owned(),
        ))));
        let report = fails(&place, "unauthorised");
        let remedy = report["remedy"].as_str().expect("text");
        assert!(remedy.contains("client id"), "{remedy}");
    }
    assert_eq!(place.links(), ["ada@x.org: u1", "tom@x.org: u2"]);
}

#[test]
fn trap_05_what_is_not_granted_and_not_needed_fails_nothing() {
    let place = Hand::new()
        .behaving(Behaviour::failing(Fault::on(
            Resource::Courses,
            FaultKind::Status(403),
        )))
        .connect();
    let report = place.sync();
    let findings = place.findings(&report);
    assert!(
        findings
            .iter()
            .any(|f| f.starts_with("collection-not-granted")),
        "{findings:?}"
    );
    assert!(
        asked(&place)
            .iter()
            .all(|path| !path.contains("demographics"))
    );
}

#[test]
fn trap_06_signatures_cover_the_query_and_every_attempt_is_signed_anew() {
    let OAuth2 {
        client_id,
        client_secret,
        ..
    } = OAuth2::default();
    let behaviour = Behaviour {
        auth: Auth::OAuth1(OAuth1 {
            key: client_id,
            secret: client_secret,
            method: None,
        }),
        // The server has seen the nonce of the first attempt by then.
        faults: vec![Fault::on_page(
            Resource::Users,
            1,
            2,
            FaultKind::Status(503),
        )],
        ..Behaviour::default()
    };
    let place = Hand::new()
        .behaving(behaviour)
        .with(&["--auth", "oauth1-hmac-sha1"])
        .connect();
    place.sync();
    assert!(
        place
            .log()
            .iter()
            .all(|r| r.status == 200 || r.status == 503)
    );
    assert!(asked(&place).iter().all(|path| !path.contains('+')));
}

#[test]
fn trap_07_escapes_in_an_address_stay_and_ids_may_hold_anything() {
    let odd = "a/b %2F+#?ü";
    let behaviour = Behaviour {
        base_path: "/MoYPlyQWmG0%3D".to_owned(),
        ..Behaviour::default()
    };
    let place = Hand::new()
        .behaving(behaviour)
        .also(
            Resource::Users,
            &[&e2e::student(odd, "Bo", "Brook", "bo@x.org")],
        )
        .also(
            Resource::Enrollments,
            &[&e2e::enrollment("e3", odd, "student")],
        )
        .people(&["3,bo@x.org,Bo,Brook,bo,student"])
        .connect();
    let report = place.sync();
    assert!(
        asked(&place)
            .iter()
            .all(|path| path.starts_with("/MoYPlyQWmG0%3D/ims/"))
    );
    assert!(
        place.links().contains(&format!("bo@x.org: {odd}")),
        "{:?}",
        place.links()
    );
    assert_eq!(report["imported"]["enrollments"], 3);
}

#[test]
fn trap_08_too_many_requests_in_each_form_are_waited_out() {
    for after in [
        RetryAfter::Seconds(1),
        RetryAfter::Date(1),
        RetryAfter::Absent,
    ] {
        let busy = FaultKind::TooManyRequests(after);
        let behaviour = Behaviour::failing(Fault::on_page(Resource::Users, 1, 2, busy));
        let place = Hand::new().behaving(behaviour).connect();
        place.sync();
        let refused = place.log().iter().filter(|r| r.status == 429).count();
        assert_eq!(refused, 2, "{after:?}");
    }
}

#[test]
fn trap_08_a_wait_of_hours_ends_the_run() {
    let mut place = synced(Hand::new());
    let busy = FaultKind::TooManyRequests(RetryAfter::Seconds(36_000));
    place.behave(Behaviour::failing(Fault::on(Resource::Users, busy)));
    fails(&place, "rate-limited");
    assert_eq!(place.log().iter().filter(|r| r.status == 429).count(), 1);
}

#[test]
fn trap_09_what_may_pass_is_tried_again_and_what_will_not_is_not() {
    for kind in [
        FaultKind::Status(502),
        FaultKind::Status(504),
        FaultKind::Reset,
    ] {
        let behaviour = Behaviour::failing(Fault::on_page(Resource::Enrollments, 1, 1, kind));
        Hand::new().behaving(behaviour).connect().sync();
    }
    for status in [400, 404] {
        let behaviour = Behaviour::failing(Fault::on(Resource::Users, FaultKind::Status(status)));
        let place = Hand::new().behaving(behaviour).connect();
        place.sync_ending(1);
        let users: Vec<String> = asked(&place)
            .into_iter()
            .filter(|path| path.contains("/users"))
            .collect();
        let different: BTreeSet<&String> = users.iter().collect();
        assert_eq!(different.len(), users.len(), "{status}: {users:?}");
    }
}

#[test]
fn trap_10_nothing_is_no_rows_and_no_place_is_an_error() {
    for kind in [FaultKind::NoContent, FaultKind::EmptyBody] {
        let behaviour = Behaviour::failing(Fault::on(Resource::Courses, kind));
        let report = Hand::new().behaving(behaviour).connect().sync();
        assert_eq!(report["received"]["courses"], 0);
    }
    let missing = Behaviour::failing(Fault::on(Resource::Courses, FaultKind::Status(404)));
    let place = Hand::new().behaving(missing).connect();
    let report = place.sync();
    let findings = place.findings(&report);
    assert!(
        findings
            .iter()
            .any(|f| f.starts_with("collection-not-granted")),
        "{findings:?}"
    );
    let wrong = place.server.base_url() + "/nowhere/ims/oneroster/v1p1";
    place.edit(&["--endpoint", &wrong]).ok();
    fails(&place, "not-found");
}

#[test]
fn trap_11_json_counts_whatever_it_is_called_and_a_login_page_never() {
    let mut place = synced(Hand::new());
    for name in ["text/html", "text/plain", ""] {
        let kind = FaultKind::ContentType(name.to_owned());
        place.behave(Behaviour::failing(Fault::always(kind)));
        assert_eq!(e2e::total_changes(&place.sync()), 0, "{name}");
    }
    place.behave(Behaviour::failing(Fault::on(
        Resource::Users,
        FaultKind::HtmlLogin,
    )));
    let report = fails(&place, "malformed");
    assert!(
        report["detail"]
            .as_str()
            .expect("text")
            .contains("login page")
    );
}

#[test]
fn trap_12_encryption_that_cannot_be_agreed_on_is_refused() {
    let place = synced(Hand::new());
    let secure = place.endpoint().replace("http://", "https://");
    let token_url = place.server.token_url().replace("http://", "https://");
    place
        .edit(&["--endpoint", &secure, "--token-url", &token_url])
        .ok();
    let report = fails(&place, "tls");
    assert!(
        report["remedy"]
            .as_str()
            .expect("text")
            .contains("certificate")
    );
    assert!(place.log().is_empty(), "nothing was asked for in the clear");
}

#[test]
fn trap_13_credentials_go_nowhere_else() {
    let elsewhere = Sis::start();
    let mut place = synced(Hand::new().set("page-size=1"));
    place.behave(Behaviour::failing(Fault::always(FaultKind::RedirectTo(
        elsewhere.origin(),
    ))));
    fails(&place, "redirected");
    place.behave(Behaviour {
        paging: Paging {
            links: Links::OtherOrigin(elsewhere.origin()),
            totals: Totals::Absent,
            ..Paging::default()
        },
        ..Behaviour::default()
    });
    assert_eq!(e2e::total_changes(&place.sync()), 0);
    assert!(elsewhere.log().is_empty());
}
