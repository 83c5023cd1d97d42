//! Every way in which a SIS may want to know who asks, each through the binary
//! and over real HTTP. A sync that succeeds is the proof: the fake SIS lets
//! nobody else in.

use std::time::Duration;

use e2e::{Hand, Place};
use fake_sis::{
    Auth, Behaviour, ClientAuth, ExpiresIn, Fault, FaultKind, OAuth1, OAuth2, Resource,
    SignatureMethod, Target, Version, When,
};

fn server(auth: Auth) -> Behaviour {
    Behaviour {
        auth,
        ..Behaviour::default()
    }
}

fn oauth2(settings: OAuth2) -> Behaviour {
    server(Auth::OAuth2(settings))
}

/// The sync succeeds, with these arguments for `integration add`.
#[track_caller]
fn is_let_in(behaviour: Behaviour, arguments: &[&str]) -> Place {
    let place = Hand::new().behaving(behaviour).with(arguments).connect();
    let report = place.sync();
    assert_eq!(report["counts"]["matchedStudents"], 1);
    place
}

/// Faults of the token endpoint.
fn at_the_token_endpoint(kind: FaultKind) -> Vec<Fault> {
    let when = When {
        target: Target::Token,
        ..When::default()
    };
    vec![Fault { kind, when }]
}

fn oauth1(method: Option<SignatureMethod>) -> Behaviour {
    let OAuth2 {
        client_id,
        client_secret,
        ..
    } = OAuth2::default();
    server(Auth::OAuth1(OAuth1 {
        key: client_id,
        secret: client_secret,
        method,
    }))
}

#[test]
fn the_secret_goes_where_the_server_wants_it() {
    for client_auth in [ClientAuth::Basic, ClientAuth::Body, ClientAuth::Query] {
        let settings = OAuth2 {
            client_auth,
            ..OAuth2::default()
        };
        is_let_in(oauth2(settings), &[]);
    }
}

#[test]
fn the_operator_may_say_where_the_secret_goes() {
    for (client_auth, word) in [
        (ClientAuth::Basic, "basic"),
        (ClientAuth::Body, "body"),
        (ClientAuth::Query, "query"),
    ] {
        let settings = OAuth2 {
            client_auth,
            ..OAuth2::default()
        };
        let setting = format!("oauth2-client-auth={word}");
        let place = is_let_in(oauth2(settings), &["--set", &setting]);
        // No other way was tried.
        assert_eq!(place.server.counters().token_requests, 1, "{word}");
    }
}

#[test]
fn a_scope_is_found_by_trying() {
    for scope in ["roster-core.readonly", "roster.readonly"] {
        let needs = OAuth2 {
            scope: Some(format!(
                "https://purl.imsglobal.org/spec/or/v1p1/scope/{scope}"
            )),
            ..OAuth2::default()
        };
        is_let_in(oauth2(needs), &[]);
    }
}

#[test]
fn a_server_may_refuse_every_scope() {
    let refuses = OAuth2 {
        no_scope: true,
        ..OAuth2::default()
    };
    is_let_in(oauth2(refuses.clone()), &[]);
    let place = is_let_in(oauth2(refuses), &["--set", "oauth2-scope=none"]);
    assert_eq!(place.server.counters().token_requests, 1);
}

#[test]
fn the_operator_may_name_the_scope() {
    let needs = OAuth2 {
        scope: Some("rosters".to_owned()),
        ..OAuth2::default()
    };
    is_let_in(oauth2(needs), &["--set", "oauth2-scope=other rosters"]);
}

#[test]
fn a_server_may_want_a_token_for_each_collection() {
    let by_list = OAuth2 {
        scope_of: vec![
            (Resource::Users, "people".to_owned()),
            (Resource::Enrollments, "places".to_owned()),
            (Resource::Orgs, "rest".to_owned()),
        ],
        ..OAuth2::default()
    };
    let setting = "oauth2-scope=users=people; enrollments=places; *=rest";
    let place = is_let_in(oauth2(by_list), &["--set", setting]);
    assert_eq!(place.server.counters().token_requests, 3);
}

#[test]
fn a_server_may_want_further_fields() {
    let more = OAuth2 {
        parameters: vec![
            ("audience".to_owned(), "roster".to_owned()),
            ("appName".to_owned(), "Home & Room".to_owned()),
        ],
        ..OAuth2::default()
    };
    let setting = "oauth2-parameters=audience=roster, appName=Home & Room";
    is_let_in(oauth2(more), &["--set", setting]);
}

#[test]
fn a_lifetime_may_be_a_number_or_text_or_not_be_told() {
    for expires_in in [ExpiresIn::Number, ExpiresIn::Text, ExpiresIn::Absent] {
        let settings = OAuth2 {
            expires_in,
            ..OAuth2::default()
        };
        let place = is_let_in(oauth2(settings), &[]);
        assert_eq!(place.server.counters().token_requests, 1, "{expires_in:?}");
    }
}

#[test]
fn a_token_may_call_itself_bearer_in_any_case() {
    for token_type in ["bearer", "Bearer", "BEARER", "BearerToken"] {
        let settings = OAuth2 {
            token_type: token_type.to_owned(),
            ..OAuth2::default()
        };
        is_let_in(oauth2(settings), &[]);
    }
}

#[test]
fn the_cookie_of_a_token_goes_back_where_that_is_set() {
    let wants_it = OAuth2 {
        cookie: true,
        client_auth: ClientAuth::Body,
        ..OAuth2::default()
    };
    let place = is_let_in(
        oauth2(wants_it.clone()),
        &[
            "--set",
            "oauth2-cookie=true",
            "--set",
            "oauth2-client-auth=body",
        ],
    );
    let rosters = place.log().into_iter().filter(|r| r.path.contains("ims"));
    assert!(rosters.clone().count() > 6);
    assert!(rosters.clone().all(|request| request.cookie));

    let without = Hand::new().behaving(oauth2(wants_it)).connect();
    let report = without.sync_ending(1);
    assert_eq!(report["code"], "unauthorised");
    assert!(without.log().iter().all(|request| !request.cookie));
}

#[test]
fn a_token_that_ends_in_the_middle_is_renewed_once() {
    for refusal in [401, 403] {
        let short = OAuth2 {
            requests_per_token: Some(4),
            refusal,
            ..OAuth2::default()
        };
        let place = is_let_in(oauth2(short), &["--set", "concurrency=1"]);
        assert!(place.server.counters().token_requests > 1, "{refusal}");
    }
}

#[test]
fn a_token_that_expires_is_renewed_before_it_is_refused() {
    let settings = OAuth2 {
        lifetime: Duration::from_secs(1),
        expires_in: ExpiresIn::Text,
        ..OAuth2::default()
    };
    let slow = Behaviour {
        latency: Duration::from_millis(150),
        ..oauth2(settings)
    };
    let place = is_let_in(slow, &["--set", "concurrency=1"]);
    assert!(place.server.counters().token_requests > 1);
}

#[test]
fn a_token_endpoint_that_says_200_and_means_no() {
    let refused = FaultKind::Answer(200, r#"{"error":"invalid_client"}"#.to_owned());
    let page = FaultKind::HtmlLogin;
    for (kind, says) in [(refused, "invalid_client"), (page, "login page")] {
        let behaviour = Behaviour {
            faults: at_the_token_endpoint(kind),
            ..Behaviour::default()
        };
        let place = Hand::new().behaving(behaviour).connect();
        let report = place.sync_ending(1);
        assert_eq!(report["code"], "token-refused");
        let detail = report["detail"].as_str().expect("a detail");
        assert!(detail.contains(says), "{detail}");
        // The roster was not asked for without a token.
        assert!(place.log().iter().all(|r| !r.path.contains("ims")));
    }
}

#[test]
fn signatures_are_verified_by_both_methods() {
    for (method, scheme) in [
        (SignatureMethod::HmacSha1, "oauth1-hmac-sha1"),
        (SignatureMethod::HmacSha256, "oauth1-hmac-sha256"),
    ] {
        let place = is_let_in(oauth1(Some(method)), &["--auth", scheme]);
        let all = place.log();
        // Sorting and paging are part of what is signed.
        assert!(all.iter().any(|request| request.query.contains("orderBy")));
        assert!(all.iter().all(|request| request.status == 200));
    }
    let wrong = Hand::new()
        .behaving(oauth1(Some(SignatureMethod::HmacSha1)))
        .with(&["--auth", "oauth1-hmac-sha256"])
        .connect();
    assert_eq!(wrong.sync_ending(1)["code"], "unauthorised");
}

#[test]
fn a_fixed_token_and_a_password_are_sent_with_every_request() {
    let OAuth2 {
        client_id,
        client_secret,
        ..
    } = OAuth2::default();
    is_let_in(
        server(Auth::Bearer(client_secret.clone())),
        &["--auth", "bearer"],
    );
    is_let_in(
        server(Auth::Basic(client_id, client_secret)),
        &["--auth", "basic"],
    );
    is_let_in(server(Auth::None), &["--auth", "none"]);
}

#[test]
fn settings_of_tokens_are_checked_when_they_are_saved() {
    let connect = Hand::new().connect();
    for (setting, says) in [
        ("oauth2-client-auth=header", "basic"),
        ("oauth2-cookie=perhaps", "true or false"),
        ("oauth2-parameters=audience", "name=value"),
        ("oauth2-parameters=scope=x", "host fills in"),
        ("oauth2-scope=users=a; nonsense", "collection=scope"),
        ("oauth2-scopes=a", "oauth2-scope"),
    ] {
        let answer = connect.edit(&["--set", setting]).ends_with(2);
        assert!(answer.text().contains(says), "{}", answer.text());
    }
    let fixed = connect.edit(&["--auth", "bearer", "--set", "oauth2-cookie=true"]);
    assert!(fixed.ends_with(2).text().contains("oauth2-cookie"));
}

#[test]
fn powerschool_is_connected_with_the_endpoint_alone() {
    let behaviour = Behaviour {
        base_path: "/api".to_owned(),
        token_path: "/api/ims/oneroster/v1p1/token".to_owned(),
        only: Some(Version::V1p1),
        ..Behaviour::default()
    };
    let place = Hand::new()
        .adapter("powerschool")
        .behaving(behaviour)
        .version(None)
        .connect();
    place.sync();
    let first = &place.log()[0];
    assert_eq!(first.path, "/api/ims/oneroster/v1p1/token");
    assert!(
        place
            .log()
            .iter()
            .all(|r| r.path.starts_with("/api/ims/oneroster/v1p1/"))
    );
}

#[test]
fn parents_are_refused_for_powerschool_when_saved() {
    let place = Hand::new()
        .adapter("powerschool")
        .version(None)
        .set("parents=parent")
        .prepare();
    let answer = place.add().ends_with(2);
    for says in ["parents", "powerschool", "PowerSchool", "no parents"] {
        assert!(answer.text().contains(says), "{}", answer.text());
    }
    let generic = Hand::new()
        .set("sis=powerschool")
        .set("parents=guardian")
        .prepare();
    let answer = generic.add().ends_with(2);
    assert!(
        answer.text().contains("PowerSchool read by"),
        "{}",
        answer.text()
    );
}

#[test]
fn classlink_is_read_directly_and_through_its_proxy() {
    let v1p1 = |behaviour| Behaviour {
        only: Some(Version::V1p1),
        ..behaviour
    };
    let direct = Hand::new()
        .adapter("classlink")
        .version(Some(Version::V1p1))
        .behaving(v1p1(oauth1(None)))
        .connect();
    direct.sync();
    // The proxy names the application in the path, already escaped.
    let proxy = Behaviour {
        base_path: "/MoYPlyQWmG0%3D".to_owned(),
        ..v1p1(server(Auth::Bearer(OAuth2::default().client_secret)))
    };
    let place = Hand::new()
        .adapter("classlink")
        .version(Some(Version::V1p1))
        .behaving(proxy)
        .with(&["--auth", "bearer"])
        .connect();
    place.sync();
    assert!(
        place
            .log()
            .iter()
            .all(|r| r.path.starts_with("/MoYPlyQWmG0%3D/ims/oneroster/v1p1/"))
    );
}
