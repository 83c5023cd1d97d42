//! Each fault does what it says, when it says.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use std::io::Read;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use common::{Answer, get, ids, open, request, serve, v1p2};
use fake_sis::{
    Auth, Behaviour, FakeSis, Fault, FaultKind, OAuth2, RateLimit, Resource, RetryAfter, Target,
    When,
};

fn with(faults: Vec<Fault>) -> FakeSis {
    serve(400, Behaviour { faults, ..open() })
}

/// The answer under a fault that always strikes.
fn under(kind: FaultKind) -> Answer {
    get(&v1p2(&with(vec![Fault::always(kind)]), "users?limit=10"))
}

#[test]
fn a_status_on_one_page_goes_away_after_its_times() {
    let fault = Fault::on_page(Resource::Users, 3, 2, FaultKind::Status(500));
    let sis = with(vec![fault]);
    let statuses = |offset: u32| -> Vec<u16> {
        let url = v1p2(&sis, &format!("users?limit=10&offset={offset}"));
        (0..3).map(|_| get(&url).status).collect()
    };
    assert_eq!(statuses(10), [200, 200, 200]);
    assert_eq!(statuses(20), [500, 500, 200]);
    assert_eq!(get(&v1p2(&sis, "orgs?limit=1&offset=2")).status, 200);
}

#[test]
fn a_429_says_when_to_come_again_in_three_ways() {
    let header = |retry_after| {
        let answer = under(FaultKind::TooManyRequests(retry_after));
        assert_eq!(answer.status, 429);
        answer.header("retry-after").map(str::to_owned)
    };
    assert_eq!(header(RetryAfter::Seconds(7)).as_deref(), Some("7"));
    let date = header(RetryAfter::Date(60)).unwrap();
    let parsed = jiff::fmt::rfc2822::parse(&date).unwrap().timestamp();
    let ahead = parsed.as_second() - jiff::Timestamp::now().as_second();
    assert!(
        date.ends_with(" GMT") && (30..=61).contains(&ahead),
        "{date}"
    );
    assert_eq!(header(RetryAfter::Absent), None);
}

#[test]
fn a_server_with_a_limit_refuses_what_is_more() {
    for says_when in [true, false] {
        let limit = RateLimit {
            requests: 3,
            per: Duration::from_secs(3600),
            says_when,
        };
        let sis = serve(
            400,
            Behaviour {
                rate_limit: Some(limit),
                ..open()
            },
        );
        let answers: Vec<Answer> = (0..5).map(|_| get(&v1p2(&sis, "users?limit=1"))).collect();
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses, [200, 200, 200, 429, 429]);
        let after = answers[4].header("retry-after");
        let after = after.map(|text| text.parse::<u32>().unwrap());
        // A third of an hour, less what has passed.
        assert_eq!(after.is_some_and(|s| (600..=1200).contains(&s)), says_when);
        assert_eq!(after.is_some(), says_when);
        assert_eq!(sis.counters().too_many, 2);
    }
}

#[test]
fn the_counters_can_be_asked_for() {
    let sis = with(Vec::new());
    get(&v1p2(&sis, "users?limit=1"));
    let url = format!("{}/fake-sis/counters", sis.base_url());
    let told = request(&url, "DELETE", &[], "").unwrap().json();
    assert_eq!(told["requests"], 1);
    assert_eq!(told["mostAtOnce"], 1);
    assert!(told["busyMicros"].as_u64() <= told["openMicros"].as_u64());
    assert_eq!(get(&url).json()["requests"], 0);
}

#[test]
fn a_reset_gives_no_answer_and_then_one() {
    let sis = with(vec![Fault::first(1, FaultKind::Reset)]);
    assert!(request(&v1p2(&sis, "users"), "GET", &[], "").is_err());
    assert_eq!(get(&v1p2(&sis, "users")).status, 200);
    let statuses: Vec<u16> = sis.requests().iter().map(|r| r.status).collect();
    assert_eq!(statuses, [0, 200]);
}

#[test]
fn redirects_lead_elsewhere_or_here() {
    let away = under(FaultKind::RedirectTo("http://sis.invalid".to_owned()));
    assert_eq!(away.status, 302);
    let expected = "http://sis.invalid/ims/oneroster/rostering/v1p2/users?limit=10";
    assert_eq!(away.header("location"), Some(expected));
    let sis = with(vec![Fault::always(FaultKind::RedirectHere)]);
    let here = get(&v1p2(&sis, "users?limit=10"));
    let location = here.header("location").unwrap();
    let followed = get(&format!("{}{location}", sis.base_url()));
    assert_eq!(ids(&followed, "users").len(), 10);
}

#[test]
fn a_200_may_hold_anything_but_the_list() {
    let html = under(FaultKind::HtmlLogin);
    assert_eq!(html.status, 200);
    assert!(
        html.header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    assert!(html.text().contains("<form"));
    let error = under(FaultKind::ErrorWith200);
    assert_eq!(error.status, 200);
    assert_eq!(error.json()["imsx_codeMajor"], "failure");
    let warning = under(FaultKind::WarningBeside);
    assert_eq!(ids(&warning, "users").len(), 10);
    assert_eq!(
        warning.json()["imsx_StatusInfo"][0]["imsx_severity"],
        "warning"
    );
    let empty = under(FaultKind::EmptyBody);
    assert_eq!((empty.status, empty.body.len()), (200, 0));
    let none = under(FaultKind::NoContent);
    assert_eq!((none.status, none.raw.len()), (204, 0));
    let roster = under(FaultKind::EmptyRoster);
    assert_eq!(
        (roster.text().as_str(), roster.total()),
        ("{\"users\":[]}", Some(0))
    );
    assert!(
        under(FaultKind::MissingEnvelope)
            .json()
            .get("users")
            .is_none()
    );
    assert!(under(FaultKind::NullEnvelope).json()["users"].is_null());
    let deep = under(FaultKind::DeepNesting(5_000)).text();
    assert_eq!(deep.matches('[').count(), 5_000);
}

#[test]
fn bodies_may_be_spoilt() {
    let broken = under(FaultKind::BrokenJson);
    let length: usize = broken.header("content-length").unwrap().parse().unwrap();
    assert_eq!(length, broken.body.len());
    assert!(serde_json::from_slice::<serde_json::Value>(&broken.body).is_err());
    assert!(std::str::from_utf8(&under(FaultKind::InvalidUtf8).body).is_err());
    let marked = under(FaultKind::ByteOrderMark);
    assert_eq!(&marked.body[..4], b"\xEF\xBB\xBF{");
    let plain = under(FaultKind::ContentType("text/plain".to_owned()));
    assert_eq!(plain.header("content-type"), Some("text/plain"));
    assert_eq!(ids(&plain, "users").len(), 10);
    assert_eq!(
        under(FaultKind::ContentType(String::new())).header("content-type"),
        None
    );
}

#[test]
fn lengths_may_lie() {
    let cut = under(FaultKind::TruncatedBody);
    let promised: usize = cut.header("content-length").unwrap().parse().unwrap();
    assert_eq!(cut.raw.len(), promised / 2);
    let whole = under(FaultKind::Delay(0)).raw.len();
    for off in [40, -40] {
        let wrong = under(FaultKind::WrongLength(off));
        let promised: i64 = wrong.header("content-length").unwrap().parse().unwrap();
        assert_eq!(promised - wrong.raw.len() as i64, i64::from(off));
        assert!(
            wrong.raw.len().abs_diff(whole) < 100,
            "the body is all there"
        );
    }
}

#[test]
fn headers_may_be_huge() {
    let huge = under(FaultKind::HugeHeaders(300_000));
    let size: usize = huge.headers.iter().map(|(n, v)| n.len() + v.len()).sum();
    assert!(size > 290_000);
    assert_eq!(ids(&huge, "users").len(), 10);
}

#[test]
fn a_small_body_may_unfold_to_a_large_one() {
    let bomb = under(FaultKind::GzipBomb(20));
    assert_eq!(bomb.header("content-encoding"), Some("gzip"));
    assert!(bomb.body.len() < 1 << 20);
    let mut unfolded = Vec::new();
    flate2::read::GzDecoder::new(&bomb.body[..])
        .read_to_end(&mut unfolded)
        .unwrap();
    assert!(unfolded.len() > 20 << 20);
    let json: serde_json::Value = serde_json::from_slice(&unfolded).unwrap();
    assert_eq!(json["users"].as_array().unwrap().len(), 0);
}

#[test]
fn a_body_may_never_end() {
    let sis = with(vec![Fault::always(FaultKind::EndlessBody)]);
    let mut stream = TcpStream::connect(sis.address()).unwrap();
    let text = "GET /ims/oneroster/v1p1/users HTTP/1.1\r\nhost: x\r\n\r\n";
    std::io::Write::write_all(&mut stream, text.as_bytes()).unwrap();
    let mut buffer = vec![0; 1 << 16];
    let mut read = 0;
    while read < 8 << 20 {
        let more = stream.read(&mut buffer).unwrap();
        assert!(more > 0, "it ended after {read} bytes");
        read += more;
    }
}

#[test]
fn bodies_and_answers_may_be_slow() {
    // No upper bounds: only that the server did wait.
    let start = Instant::now();
    let slow = under(FaultKind::SlowBody(20_000));
    assert_eq!(ids(&slow, "users").len(), 10);
    let least = Duration::from_secs_f64(slow.body.len() as f64 / 20_000.0 * 0.5);
    assert!(start.elapsed() >= least);
    let start = Instant::now();
    under(FaultKind::Delay(60));
    assert!(start.elapsed() >= Duration::from_millis(60));
}

#[test]
fn an_error_may_repeat_the_credentials() {
    let sis = with(vec![Fault::always(FaultKind::CredentialEcho)]);
    let headers = [("authorization", "Bearer top-secret")];
    let answer = request(&v1p2(&sis, "users"), "GET", &headers, "").unwrap();
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains("top-secret"));
    assert_eq!(
        answer.header("x-debug-authorization"),
        Some("Bearer top-secret")
    );
}

#[test]
fn one_list_may_be_forbidden_and_the_others_not() {
    let sis = with(vec![Fault::on(Resource::Courses, FaultKind::Status(403))]);
    assert_eq!(get(&v1p2(&sis, "courses")).status, 403);
    assert_eq!(get(&v1p2(&sis, "classes")).status, 200);
}

#[test]
fn every_kth_request_may_fail() {
    let when = When {
        every: Some(3),
        ..When::default()
    };
    let kind = FaultKind::TooManyRequests(RetryAfter::Absent);
    let sis = with(vec![Fault { kind, when }]);
    let statuses: Vec<u16> = (0..6).map(|_| get(&v1p2(&sis, "orgs")).status).collect();
    assert_eq!(statuses, [200, 200, 429, 200, 200, 429]);
}

#[test]
fn the_token_endpoint_fails_on_its_own() {
    let when = When {
        target: Target::Token,
        times: Some(1),
        ..When::default()
    };
    let sis = serve(
        200,
        Behaviour {
            auth: Auth::OAuth2(OAuth2::default()),
            faults: vec![Fault {
                kind: FaultKind::Status(503),
                when,
            }],
            ..Behaviour::default()
        },
    );
    let body = "grant_type=client_credentials&client_id=homeroom&client_secret=fake-sis-secret";
    let ask = || request(&sis.token_url(), "POST", &[], body).unwrap();
    assert_eq!(ask().status, 503);
    let token = ask().json()["access_token"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    let answer = request(&v1p2(&sis, "orgs"), "GET", &headers, "").unwrap();
    assert_eq!(answer.status, 200);
}

#[test]
fn a_refusal_is_not_spoilt_by_faults() {
    let sis = serve(
        200,
        Behaviour {
            faults: vec![Fault::first(1, FaultKind::EmptyRoster)],
            ..Behaviour::default()
        },
    );
    assert_eq!(get(&v1p2(&sis, "users")).status, 401);
}

#[test]
fn faults_start_afresh_with_a_new_behaviour() {
    let sis = with(vec![Fault::first(1, FaultKind::Status(500))]);
    let url = v1p2(&sis, "orgs");
    assert_eq!([get(&url).status, get(&url).status], [500, 200]);
    let faults = vec![Fault::first(1, FaultKind::Status(502))];
    sis.set_behaviour(Behaviour { faults, ..open() });
    assert_eq!([get(&url).status, get(&url).status], [502, 200]);
}

#[test]
fn latency_and_concurrency_are_seen() {
    let latency = Duration::from_millis(150);
    let sis = serve(200, Behaviour { latency, ..open() });
    let url = v1p2(&sis, "orgs");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(get(&url).status, 200));
        }
    });
    let counters = sis.counters();
    assert_eq!((counters.requests, counters.connections), (4, 4));
    assert!(counters.most_at_once >= 2, "{counters:?}");
    assert!(counters.body_bytes > 0);
    sis.clear_log();
    assert!(sis.requests().is_empty());
    assert_eq!(sis.counters().requests, 0);
}

#[test]
fn bodies_are_compressed_for_those_who_accept_it() {
    let sis = serve(200, open());
    let url = v1p2(&sis, "users");
    let plain = get(&url);
    assert_eq!(plain.header("content-encoding"), None);
    let headers = [("accept-encoding", "gzip, br")];
    let small = request(&url, "GET", &headers, "").unwrap();
    assert_eq!(small.header("content-encoding"), Some("gzip"));
    assert!(small.body.len() * 3 < plain.body.len());
    let mut unfolded = Vec::new();
    flate2::read::GzDecoder::new(&small.body[..])
        .read_to_end(&mut unfolded)
        .unwrap();
    assert_eq!(unfolded, plain.body);
    sis.set_behaviour(Behaviour {
        gzip: false,
        ..open()
    });
    let never = request(&url, "GET", &headers, "").unwrap();
    assert_eq!(never.header("content-encoding"), None);
}

#[test]
fn a_stopped_server_answers_no_more() {
    let sis = serve(200, open());
    let url = v1p2(&sis, "orgs");
    assert_eq!(get(&url).status, 200);
    sis.stop();
    assert!(request(&url, "GET", &[], "").is_err());
}
