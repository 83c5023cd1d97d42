//! Trouble that passes is waited out: the sync succeeds, and the roster is that
//! of a calm night.

use std::time::Duration;

use e2e::{School, Sis};
use fake_sis::{Auth, Behaviour, ExpiresIn, Fault, FaultKind, OAuth2, Resource, RetryAfter, When};

const SMALL_PAGES: [&str; 2] = ["--set", "page-size=250"];

/// Syncs against this behaviour and against a good server, and compares.
#[track_caller]
fn is_waited_out(behaviour: Behaviour) -> School {
    let calm = School::connect_with(Sis::start(), &SMALL_PAGES);
    calm.sync();
    let school = School::connect_with(Sis::behaving(behaviour), &SMALL_PAGES);
    let report = school.sync();
    assert_eq!(report["code"], "ok");
    assert_eq!(school.platform.roster(), calm.platform.roster());
    school
}

fn faults(faults: Vec<Fault>) -> Behaviour {
    Behaviour {
        faults,
        ..Behaviour::default()
    }
}

fn oauth2(settings: OAuth2) -> Behaviour {
    Behaviour {
        auth: Auth::OAuth2(settings),
        ..Behaviour::default()
    }
}

#[test]
fn too_many_requests_in_three_forms() {
    for after in [
        RetryAfter::Seconds(1),
        RetryAfter::Date(1),
        RetryAfter::Absent,
    ] {
        let busy = FaultKind::TooManyRequests(after);
        let school = is_waited_out(faults(vec![Fault::on_page(Resource::Users, 3, 2, busy)]));
        let refused = school
            .sis
            .log()
            .into_iter()
            .filter(|request| request.status == 429);
        assert_eq!(refused.count(), 2, "{after:?}");
    }
}

#[test]
fn a_server_error_on_one_page() {
    for status in [500, 502, 503, 504] {
        let school = is_waited_out(faults(vec![Fault::on_page(
            Resource::Enrollments,
            4,
            1,
            FaultKind::Status(status),
        )]));
        let failed = school
            .sis
            .log()
            .into_iter()
            .filter(|request| request.status == status);
        assert_eq!(failed.count(), 1);
    }
}

#[test]
fn a_connection_that_breaks() {
    for kind in [FaultKind::Reset, FaultKind::TruncatedBody] {
        is_waited_out(faults(vec![Fault::on_page(Resource::Classes, 1, 1, kind)]));
    }
}

#[test]
fn every_tenth_request_fails() {
    is_waited_out(faults(vec![Fault {
        kind: FaultKind::Status(503),
        when: When {
            every: Some(10),
            ..When::default()
        },
    }]));
}

#[test]
fn a_token_that_expires_in_the_middle() {
    let school = is_waited_out(oauth2(OAuth2 {
        // More than are ever in flight: a refreshed token is good for the retry.
        requests_per_token: Some(20),
        ..OAuth2::default()
    }));
    assert!(school.sis.counters().token_requests > 1);
}

#[test]
fn a_token_that_lives_a_second() {
    is_waited_out(Behaviour {
        latency: Duration::from_millis(40),
        ..oauth2(OAuth2 {
            lifetime: Duration::from_secs(1),
            expires_in: ExpiresIn::Absent,
            ..OAuth2::default()
        })
    });
}
