//! Traps 44 and 67 to 72: two sources of one person, files in which users and
//! roles stand apart, and what a run owes whoever reads its report. (70 has more
//! tests in `one_at_a_time` and `crash`, 71 in `network_policy` and in
//! `tests/hostile`.)

use std::fs;

use district::Spec;
use e2e::{Hand, NAME, School, Sis, student, tally, total_changes};
use fake_sis::{Behaviour, OAuth2, Resource};

#[test]
fn trap_44_two_sources_of_one_person_merge_by_priority_and_say_where_they_differ() {
    let first = Hand::new().set("merge-priority=60").connect();
    first.sync();
    let second = Hand::new()
        .rows(
            Resource::Users,
            &[&student("v1", "Adah", "Jung", "ADA@x.org")],
        )
        .rows(Resource::Enrollments, &[])
        .rows(Resource::Classes, &[])
        .prepare();
    let platform = &first.platform;
    let secret = platform.file("other-secret", &OAuth2::default().client_secret);
    platform
        .run([
            "integration",
            "add",
            "--name",
            "other",
            "--adapter",
            "oneroster",
            "--endpoint",
            &second.endpoint(),
            "--token-url",
            &second.server.token_url(),
            "--client-id",
            &OAuth2::default().client_id,
            "--client-secret-file",
            &secret,
            "--allow-insecure-http",
            "--allow-private-network",
            "--set",
            "merge-priority=70",
            "--set",
            "classrooms=false",
        ])
        .ok();
    let report = platform.sync("other", &[]).ok().json();
    let users = platform.users();
    let ada = users
        .iter()
        .find(|user| user["email"] == "ada@x.org")
        .expect("Ada");
    assert_eq!(
        ada["links"].as_array().map(Vec::len),
        Some(3),
        "one person: {ada}"
    );
    let codes = e2e::codes(&platform.findings(&report));
    assert!(
        codes.contains(&"user-name-conflict".to_owned()),
        "{codes:?}"
    );

    // The directory (100) wins; without its names the higher of the two does.
    let name = |platform: &e2e::Platform| {
        let users = platform.users();
        let ada = users
            .iter()
            .find(|user| user["email"] == "ada@x.org")
            .expect("Ada");
        format!("{} {}", ada["givenName"], ada["familyName"]).replace('"', "")
    };
    assert_eq!(name(platform), "Ada Young");
    let nameless = "id,email,givenName,familyName,username,role\n\
        1,ada@x.org,,,ada,student\n2,tom@x.org,Tom,Teach,tom,teacher\n";
    platform.import_directory(nameless).ok();
    assert_eq!(name(platform), "Adah Jung", "70 before 60");
    let edit = ["integration", "edit", "other", "--set", "merge-priority=50"];
    platform.run(edit).ok();
    platform.sync("other", &[]).ok();
    assert_eq!(name(platform), "Ada Young", "60 before 50");
}

/// A bundle of 1.2 with these users and roles.
fn bundle(users: &str, roles: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files = [
        (
            "manifest.csv",
            "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\nfile.orgs,bulk\n\
             file.users,bulk\nfile.roles,bulk\nfile.classes,absent\nfile.enrollments,absent\n\
             file.courses,absent\nfile.academicSessions,absent\n"
                .to_owned(),
        ),
        (
            "orgs.csv",
            "sourcedId,status,dateLastModified,name,type\ns1,,,Oak School,school\n".to_owned(),
        ),
        (
            "users.csv",
            format!(
                "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,email\n{users}"
            ),
        ),
        (
            "roles.csv",
            format!(
                "sourcedId,status,dateLastModified,userSourcedId,roleType,role,orgSourcedId\n{roles}"
            ),
        ),
    ];
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("written");
    }
    folder
}

const DIRECTORY: &str = "id,email,givenName,familyName,username,role\n\
    1,ada@x.org,Ada,Young,ada,student\n2,bo@x.org,Bo,Berg,bo,student\n";

#[test]
fn trap_67_a_user_without_a_role_and_a_role_without_a_user_are_each_named() {
    let files = bundle(
        "u1,,,true,ada,,Ada,Young,ada@x.org\nu2,,,true,bo,,Bo,Berg,bo@x.org\n",
        "r1,,,u1,primary,student,s1\nr2,,,nobody,primary,student,s1\n",
    );
    let platform = crate::files::csv_platform(DIRECTORY, &[]);
    let path = files.path().to_str().expect("UTF-8");
    let report = platform.sync(NAME, &["--files", path]).ok().json();
    assert_eq!(tally(&report, "users"), [2, 1, 0, 1]);
    let findings = platform.findings(&report);
    let of = |code: &str| {
        findings
            .iter()
            .find(|f| f["code"] == code)
            .unwrap_or_else(|| panic!("no {code}: {findings:?}"))
    };
    assert_eq!(of("missing-role")["sourcedId"], "u2");
    let lone = of("role-without-user")["detail"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(lone.contains("roles.csv"), "{lone}");
}

#[test]
fn trap_68_user_ids_that_are_no_pairs_are_named_and_the_user_stays() {
    let files = bundle(
        "u1,,,true,ada,\"{LDAP:12},{LTI:15}\",Ada,Young,ada@x.org\n\
         u2,,,true,bo,\"{LDAP:12,{LTI\",Bo,Berg,bo@x.org\n",
        "r1,,,u1,primary,student,s1\nr2,,,u2,primary,student,s1\n",
    );
    let platform = crate::files::csv_platform(DIRECTORY, &[]);
    let path = files.path().to_str().expect("UTF-8");
    let report = platform.sync(NAME, &["--files", path]).ok().json();
    assert_eq!(tally(&report, "users"), [2, 2, 0, 0]);
    let findings = platform.findings(&report);
    let named: Vec<_> = findings
        .iter()
        .filter(|finding| finding["field"] == "userIds")
        .map(|finding| finding["sourcedId"].as_str().unwrap_or_default())
        .collect();
    assert!(
        !named.is_empty() && named.iter().all(|id| *id == "u2"),
        "{findings:?}"
    );
}

#[test]
fn trap_69_rows_and_people_add_up_and_a_second_run_changes_nothing() {
    let place = Hand::new()
        .also(
            Resource::Users,
            &[
                &student("u3", "No", "Email", ""),
                &student("u4", "", "", "nobody@x.org"),
                &student("u5", "Twin", "One", "twin@x.org"),
                &student("u6", "Other", "Two", "twin@x.org"),
                &student("u7", "Un", "Known", "unknown@x.org"),
            ],
        )
        .people(&["3,twin@x.org,Twin,One,twin,student"])
        .connect();
    // That received is the sum of the rest is asserted by `sync`.
    let report = place.sync();
    assert_eq!(tally(&report, "users")[0], 7);
    let counts = &report["counts"];
    let number = |name: &str| counts[name].as_u64().expect("a number");
    let matched = number("matchedStudents") + number("matchedTeachers");
    let unmatched = place.unmatched();
    assert_eq!(number("unmatchedUsers"), unmatched.len() as u64);
    // One of the seven rows is nobody, as it has no name.
    assert_eq!(
        matched + unmatched.len() as u64,
        6,
        "{counts} {unmatched:?}"
    );
    let again = place.sync();
    assert_eq!(total_changes(&again), 0);
    for part in ["received", "imported", "skipped", "failed", "counts"] {
        assert_eq!(again[part], report[part], "{part}");
    }
}

#[test]
fn trap_70_a_second_sync_is_refused_and_a_crash_leaves_the_roster_as_it_was() {
    let school = School::connect_with(Sis::start(), &["--set", "page-size=20"]);
    school.sync();
    let before = school.platform.roster();
    school.sis.behave(Behaviour {
        faults: vec!["delay=150 every=1".parse().expect("a fault")],
        ..Behaviour::default()
    });
    let mut running = school.platform.start(["sync", NAME, "--json"]);
    while school.platform.runs().len() < 3 {
        assert!(running.is_at_work(), "it ended before it could be seen");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let refused = school.platform.sync(NAME, &[]);
    assert!(
        refused.ends_with(1).text().contains("run 3"),
        "the run that is at work is named"
    );
    assert!(running.kill());
    assert_eq!(school.platform.roster(), before);
    school.sis.behave(Behaviour::default());
    let report = school.sync();
    assert_eq!(total_changes(&report), 0);
}

#[test]
fn trap_71_an_adapter_that_fails_fails_its_source_alone() {
    let place = Hand::new().connect();
    place.sync();
    let other = Hand::new().prepare();
    // The same adapter at a place that it may not reach.
    let arguments = [
        "integration",
        "add",
        "--name",
        "other",
        "--adapter",
        "oneroster",
        "--endpoint",
        &other.endpoint(),
        "--allow-insecure-http",
        "--auth",
        "none",
    ];
    place.platform.run(arguments).ok();
    let before = place.platform.roster();
    let failed = place.platform.sync("other", &[]).ends_with(1).json();
    assert_eq!(failed["code"], "denied");
    assert!(other.log().is_empty(), "nothing was sent");
    assert_eq!(place.platform.roster(), before);
    assert_eq!(total_changes(&place.sync()), 0);
}

#[test]
fn trap_72_a_large_district_takes_no_more_memory_of_the_sandbox_than_a_small_one() {
    let peak = |people: u32| {
        let spec = Spec {
            people,
            ..Spec::default()
        };
        let sis = Sis::serve(spec, Behaviour::default());
        let school = School::connect_with(sis, &["--set", "page-size=500"]);
        let report = school.sync();
        let enrollments = tally(&report, "enrollments")[0];
        let peak = report["peakSandboxMemory"].as_u64().expect("a number");
        (enrollments, peak)
    };
    let (few, small) = peak(2_000);
    let (many, large) = peak(20_500);
    assert!(
        many > 132_000 && many > few * 8,
        "{few} and {many} enrollments"
    );
    assert!(large * 2 < small * 3, "{small} and {large} bytes");
}
