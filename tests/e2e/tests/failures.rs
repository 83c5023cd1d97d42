//! What goes wrong for good: each cause has its own code and a remedy, and the
//! roster stays exactly as it was.

use std::collections::BTreeSet;
use std::net::TcpListener;

use e2e::{School, Sis};
use fake_sis::{Auth, Behaviour, Fault, FaultKind, OAuth2, Resource};
use serde_json::Value;

/// A school with a good first sync behind it. Then `spoil` happens: the next
/// sync fails, says why and what to do, and changes nothing.
#[track_caller]
fn fails(spoil: impl FnOnce(&School)) -> Value {
    let school = School::connect(Sis::start());
    school.sync();
    let roster = school.platform.roster();
    spoil(&school);
    let report = school.failing_sync();
    assert_eq!(report["status"], "failed", "{report}");
    for part in ["detail", "remedy"] {
        let text = report[part].as_str().expect("text");
        assert!(!text.is_empty(), "{part} in {report}");
    }
    assert_eq!(school.platform.roster(), roster);
    let shown = school.platform.show(&report["run"]);
    assert_eq!(shown["code"], report["code"]);
    report
}

/// From now on the server behaves like this.
fn turning(behaviour: Behaviour) -> impl FnOnce(&School) {
    move |school: &School| school.sis.behave(behaviour)
}

/// An endpoint where nobody listens.
fn dead_endpoint() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it has an address");
    format!("http://{address}")
}

#[test]
fn wrong_credentials() {
    let report = fails(|school| {
        let secret = school.platform.file("wrong", "not-the-secret");
        school.edit(&["--client-secret-file", &secret]).ok();
    });
    assert_eq!(report["code"], "token-refused");
}

#[test]
fn a_token_that_is_never_accepted() {
    let report = fails(turning(Behaviour {
        auth: Auth::OAuth2(OAuth2 {
            refuse_all: true,
            ..OAuth2::default()
        }),
        ..Behaviour::default()
    }));
    assert_eq!(report["code"], "unauthorised");
}

#[test]
fn a_wrong_path() {
    let report = fails(|school| {
        let endpoint = format!("{}/somewhere/else", school.sis.origin());
        let token_url = school.sis.token_url();
        school
            .edit(&["--endpoint", &endpoint, "--token-url", &token_url])
            .ok();
    });
    assert_eq!(report["code"], "not-found");
}

#[test]
fn a_login_page_instead_of_data() {
    let report = fails(turning(Behaviour::failing(Fault::always(
        FaultKind::HtmlLogin,
    ))));
    assert_eq!(report["code"], "malformed");
}

#[test]
fn a_login_page_for_one_collection() {
    let report = fails(turning(Behaviour::failing(Fault::on(
        Resource::Users,
        FaultKind::HtmlLogin,
    ))));
    assert_eq!(report["code"], "malformed");
}

#[test]
fn an_empty_roster_is_an_error() {
    let empty = FaultKind::EmptyRoster;
    for kind in [empty, FaultKind::EmptyBody, FaultKind::NoContent] {
        let school = School::connect(Sis::behaving(Behaviour::failing(Fault::always(
            kind.clone(),
        ))));
        let roster = school.platform.roster();
        let report = school.failing_sync();
        let code = report["code"].as_str().expect("a code");
        assert!(
            ["empty-roster", "malformed"].contains(&code),
            "{kind:?}: {code}"
        );
        assert_eq!(school.platform.roster(), roster);
    }
}

#[test]
fn a_roster_that_was_there_and_is_empty_now_is_not_believed() {
    for kind in [FaultKind::EmptyRoster, FaultKind::NoContent] {
        let school = School::connect(Sis::start());
        school.sync();
        let roster = school.platform.roster();
        school
            .sis
            .behave(Behaviour::failing(Fault::always(kind.clone())));
        let answer = school.platform.sync(e2e::NAME, &[]);
        let report = answer.json();
        let code = report["code"].as_str().expect("a code");
        assert!(
            ["empty-roster", "malformed"].contains(&code),
            "{kind:?}: {code}"
        );
        assert_eq!(answer.code, Some(1));
        assert_eq!(school.platform.roster(), roster);
    }
}

#[test]
fn one_collection_that_is_empty_now_is_not_believed() {
    let school = School::connect(Sis::start());
    school.sync();
    let roster = school.platform.roster();
    school.sis.behave(Behaviour::failing(Fault::on(
        Resource::Enrollments,
        FaultKind::EmptyRoster,
    )));
    let report = school.platform.sync(e2e::NAME, &[]).ends_with(4).json();
    assert_eq!(report["code"], "collection-empty");
    assert_eq!(school.platform.roster(), roster);
}

#[test]
fn bodies_that_cannot_be_read() {
    let kinds = [FaultKind::BrokenJson, FaultKind::MissingEnvelope];
    for kind in kinds {
        let report = fails(turning(Behaviour::failing(Fault::on(
            Resource::Classes,
            kind.clone(),
        ))));
        assert_eq!(report["code"], "malformed", "{kind:?}");
    }
}

#[test]
fn a_body_of_endless_brackets() {
    let school = School::connect(Sis::start());
    school.sync();
    let roster = school.platform.roster();
    let nested = FaultKind::DeepNesting(200_000);
    school
        .sis
        .behave(Behaviour::failing(Fault::on(Resource::Classes, nested)));
    let answer = school.platform.sync(e2e::NAME, &[]);
    assert!(matches!(answer.code, Some(1 | 4)), "{}", answer.text());
    assert_eq!(school.platform.roster(), roster);
}

#[test]
fn an_error_that_says_200() {
    let report = fails(turning(Behaviour::failing(Fault::on(
        Resource::Classes,
        FaultKind::ErrorWith200,
    ))));
    assert_eq!(report["code"], "unavailable");
}

#[test]
fn bodies_beyond_every_limit() {
    for kind in [FaultKind::GzipBomb(2_000), FaultKind::EndlessBody] {
        let report = fails(turning(Behaviour::failing(Fault::on(
            Resource::Users,
            kind.clone(),
        ))));
        assert_eq!(report["code"], "limit-exceeded", "{kind:?}");
    }
}

#[test]
fn a_host_that_is_dead() {
    let report = fails(|school| {
        school.edit(&["--endpoint", &dead_endpoint()]).ok();
    });
    assert_eq!(report["code"], "unreachable");
}

#[test]
fn a_redirect_to_another_host() {
    let elsewhere = Sis::start();
    let redirect = FaultKind::RedirectTo(elsewhere.origin());
    let report = fails(turning(Behaviour::failing(Fault::always(redirect))));
    assert_eq!(report["code"], "redirected");
    assert!(elsewhere.log().is_empty(), "nothing was sent there");
}

#[test]
fn one_collection_that_is_not_granted() {
    let refused = Fault::on(Resource::Enrollments, FaultKind::Status(403));
    let report = fails(turning(Behaviour::failing(refused)));
    assert_eq!(report["code"], "forbidden");
    let said = format!("{} {}", report["detail"], report["remedy"]);
    assert!(said.contains("enrollments"), "{said}");
}

#[test]
fn a_server_that_never_recovers() {
    let down = Fault::on(Resource::Users, FaultKind::Status(503));
    let report = fails(turning(Behaviour::failing(down)));
    assert_eq!(report["code"], "unavailable");
}

#[test]
fn different_causes_have_different_codes() {
    let reports = [
        fails(turning(Behaviour::failing(Fault::always(
            FaultKind::HtmlLogin,
        )))),
        fails(turning(Behaviour::failing(Fault::always(
            FaultKind::Status(403),
        )))),
        fails(turning(Behaviour::failing(Fault::always(
            FaultKind::Status(404),
        )))),
        fails(|school| {
            school.edit(&["--endpoint", &dead_endpoint()]).ok();
        }),
    ];
    for part in ["code", "remedy"] {
        let different: BTreeSet<String> = reports.iter().map(|r| r[part].to_string()).collect();
        assert_eq!(different.len(), reports.len(), "{part}: {different:?}");
    }
}

#[test]
fn the_sync_after_a_failed_one_finds_everything_as_before() {
    let school = School::connect(Sis::start());
    school.sync();
    let roster = school.platform.roster();
    school.sis.behave(Behaviour::failing(Fault::on(
        Resource::Classes,
        FaultKind::BrokenJson,
    )));
    school.failing_sync();
    school.sis.behave(Behaviour::default());
    let report = school.sync();
    assert_eq!(e2e::total_changes(&report), 0);
    assert_eq!(school.platform.roster(), roster);
}
