//! Compatibility mode: nothing is sent that a minimal server might not
//! understand, and everything is narrowed on our side.

use e2e::{Hand, School, Sis, total_changes};
use fake_sis::{Behaviour, Filtering, Version};

/// The names of the query's parameters.
fn names(query: &str) -> Vec<&str> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split('=').next().unwrap_or_default())
        .collect()
}

#[test]
fn only_plain_pages_of_plain_lists_are_asked_for() {
    for adapter in ["oneroster", "powerschool", "classlink"] {
        let mut hand = Hand::new().adapter(adapter).set("compatibility=true");
        if adapter == "classlink" {
            hand = hand
                .version(Some(Version::V1p1))
                .with(&["--auth", "bearer"])
                .behaving(Behaviour {
                    auth: fake_sis::Auth::Bearer(fake_sis::OAuth2::default().client_secret),
                    ..Behaviour::default()
                });
        }
        if adapter == "powerschool" {
            hand = hand.version(None).behaving(Behaviour {
                token_path: "/ims/oneroster/v1p1/token".to_owned(),
                ..Behaviour::default()
            });
        }
        let place = hand.connect();
        place.test().ok();
        place.sync();
        let lists = [
            "orgs",
            "academicSessions",
            "courses",
            "classes",
            "users",
            "enrollments",
        ];
        let log = place.log();
        let rosters = log.iter().filter(|r| !r.path.ends_with("/token"));
        assert!(rosters.clone().count() >= 12, "{adapter}");
        for request in rosters {
            assert_eq!(names(&request.query), ["limit", "offset"], "{adapter}");
            let (_, nested) = request
                .path
                .split_once("/v1p1/")
                .or_else(|| request.path.split_once("/v1p2/"))
                .unwrap_or_else(|| panic!("{}", request.path));
            assert!(lists.contains(&nested), "{adapter} {}", request.path);
        }
    }
}

#[test]
fn the_roster_is_the_same_as_without_it() {
    let school = School::connect(Sis::start());
    school.sync();
    school.edit(&["--set", "compatibility=true"]).ok();
    school.sis.behave(Behaviour {
        filtering: Filtering::Refused,
        ..Behaviour::default()
    });
    let report = school.sync();
    assert_eq!(total_changes(&report), 0);
}

#[test]
fn what_is_not_wanted_is_left_out_on_our_side() {
    let place = Hand::new()
        .set("compatibility=true")
        .set("limit-roles=student")
        .connect();
    let report = place.sync();
    assert_eq!(report["received"]["users"], 2);
    assert_eq!(place.links(), ["ada@x.org: u1"]);
}
