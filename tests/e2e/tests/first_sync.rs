//! The first sync finds what is there, the second finds nothing new, and every
//! row is accounted for.

use e2e::{COLLECTIONS, Expected, School, Sis, tally, total_changes};
use fake_sis::Behaviour;
use serde_json::Value;

#[test]
fn the_first_sync_finds_the_known_answers() {
    let school = School::connect(Sis::start());
    let expected = Expected::of(school.sis.district());
    let report = school.sync();
    expected.check(&report);
    assert_eq!(report["counts"]["importedEnrollments"], expected.places);
    assert_eq!(report["findings"]["fatal"], 0);

    let users = school.platform.users();
    let matched = users.iter().filter(|user| user["matched"] == true).count() as u64;
    assert_eq!(
        matched,
        expected.matched_students + expected.matched_teachers
    );
    assert_eq!(
        school.platform.unmatched().len() as u64,
        expected.unmatched_users
    );
}

#[test]
fn received_is_imported_and_skipped_and_failed() {
    let school = School::connect(Sis::start());
    for report in [school.sync(), school.sync()] {
        for collection in COLLECTIONS {
            let [received, imported, skipped, failed] = tally(&report, collection);
            assert_eq!(received, imported + skipped + failed, "{collection}");
            assert!(imported > 0, "{collection}");
        }
    }
}

#[test]
fn every_skipped_or_failed_row_has_a_finding() {
    let school = School::connect(Sis::start());
    let report = school.sync();
    let findings = school.platform.findings(&report);
    for collection in COLLECTIONS {
        let [_, _, skipped, failed] = tally(&report, collection);
        let mut named: Vec<&Value> = findings
            .iter()
            .filter(|finding| finding["entity"] == collection)
            .map(|finding| &finding["sourcedId"])
            .collect();
        named.sort_by_key(|id| id.to_string());
        named.dedup();
        assert!(
            named.len() as u64 >= skipped + failed,
            "{collection}: {skipped} skipped, {failed} failed, {} named",
            named.len()
        );
    }
}

#[test]
fn a_second_sync_over_unchanged_data_changes_nothing() {
    let school = School::connect(Sis::start());
    let first = school.sync();
    assert!(total_changes(&first) > 0);
    let roster = school.platform.roster();
    let second = school.sync();
    assert_eq!(second["status"], "succeeded");
    assert_eq!(total_changes(&second), 0, "{}", second["changes"]);
    assert_eq!(second["counts"], first["counts"]);
    assert_eq!(school.platform.roster(), roster);
}

#[test]
fn an_email_mended_in_the_directory_matches_next_time() {
    let school = School::connect(Sis::start());
    school.sync();
    let before = school.platform.unmatched();
    let person = before
        .iter()
        .find(|person| person["email"].is_string())
        .expect("somebody has an email and no user");
    let email = person["email"].as_str().expect("just looked");

    let row = format!("mended-1,{email},Mended,Person,mended.person,student\n");
    let directory = school.sis.directory() + &row;
    school.platform.import_directory(&directory).ok();
    school.sync();

    let after = school.platform.unmatched();
    assert_eq!(after.len(), before.len() - 1);
    assert!(
        after
            .iter()
            .all(|other| other["sourcedId"] != person["sourcedId"])
    );
    let users = school.platform.users();
    let user = users
        .iter()
        .find(|user| user["email"] == email)
        .expect("the directory's new row is a user");
    assert_eq!(user["matched"], true);
    let links = user["links"].as_array().expect("links");
    let link = links
        .iter()
        .find(|link| link["sourcedId"] == person["sourcedId"])
        .expect("the SIS's record is tied to the user");
    assert_eq!(link["provider"], e2e::NAME);
}

#[test]
fn requests_and_bytes_are_counted_as_the_server_counts_them() {
    let plain = Behaviour {
        gzip: false,
        ..Behaviour::default()
    };
    let school = School::connect_with(Sis::behaving(plain), &["--set", "page-size=500"]);
    school.sis.forget();
    let report = school.sync();
    let counters = school.sis.counters();
    assert!(counters.token_requests > 0);
    assert_eq!(report["requests"], counters.requests);
    let run = report["run"].to_string();
    let log = school.platform.run(["run", "log", &run, "--json"]).ok();
    let logged = log.json()["requests"].as_array().map(Vec::len);
    assert_eq!(logged.map(|count| count as u64), Some(counters.requests));
    let bytes = report["bytes"].as_u64().expect("a number");
    assert!(bytes > 0);
    assert!(
        bytes <= counters.body_bytes,
        "{bytes} of {}",
        counters.body_bytes
    );
}
