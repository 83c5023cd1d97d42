//! Manifests, modes, and bundles that are not whole.

use super::*;

fn manifest(lines: &str) -> String {
    format!("propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\n{lines}")
}

const WHOLE: &str = "file.orgs,bulk\nfile.users,bulk\nfile.classes,bulk\nfile.enrollments,bulk\nfile.courses,absent\nfile.academicSessions,absent\nfile.roles,absent\n";

fn noted_with(manifest: &str) -> Vec<(String, String)> {
    all(
        &bundle(&[("manifest.csv", manifest.as_bytes())]),
        Collection::Orgs,
    )
    .1
}

#[test]
fn trap_61_a_manifest_may_be_missing_or_leave_things_open() {
    assert_eq!(noted_with(&manifest(WHOLE)), []);
    assert_eq!(
        codes(&all(&bundle(&[]), Collection::Orgs).1),
        ["manifest-missing"]
    );
    let blank = manifest(
        &WHOLE
            .replace("users,bulk", "users,")
            .replace("orgs,bulk", "orgs,full"),
    );
    assert_eq!(
        codes(&noted_with(&blank)),
        ["manifest-unclear", "manifest-unclear"]
    );
    let short = manifest(WHOLE).replace("manifest.version,1.0", "manifest.version,1");
    assert_eq!(noted_with(&short), []);
    for version in ["1.0", "1.2", "1.2.1"] {
        let other = manifest(WHOLE).replace(
            "oneroster.version,1.1",
            &format!("oneroster.version,{version}"),
        );
        assert_eq!(noted_with(&other), [], "{version}");
    }
    let unknown = manifest(WHOLE).replace("oneroster.version,1.1", "oneroster.version,2.0");
    assert_eq!(codes(&noted_with(&unknown)), ["manifest-unclear"]);
}

#[test]
fn trap_61_a_file_that_is_promised_and_not_there_is_an_error_of_every_collection() {
    let promised = manifest(&WHOLE.replace("courses,absent", "courses,bulk"));
    let files = bundle(&[("manifest.csv", promised.as_bytes())]);
    for collection in [Collection::Orgs, Collection::Users, Collection::Courses] {
        let failure = failure(&files, collection);
        let Failure::Malformed(text) = failure else {
            panic!("{failure:?}")
        };
        assert!(
            text.contains("courses.csv is in the bundle, and it is not"),
            "{text}"
        );
    }
}

#[test]
fn trap_61_a_file_that_is_there_though_absent_is_read() {
    let absent = manifest(&WHOLE.replace("users,bulk", "users,absent"));
    let files = bundle(&[("manifest.csv", absent.as_bytes())]);
    assert_eq!(users(&files).0.len(), 1);
    assert_eq!(
        codes(&all(&files, Collection::Orgs).1),
        ["manifest-contradiction"]
    );
}

#[test]
fn trap_62_a_delta_file_comes_as_changes_and_never_as_the_whole() {
    for delta in ["users", "enrollments"] {
        let lines = WHOLE.replace(&format!("{delta},bulk"), &format!("{delta},delta"));
        let text = manifest(&lines);
        let files = bundle(&[("manifest.csv", text.as_bytes())]);
        for collection in [Collection::Orgs, Collection::Users, Collection::Enrollments] {
            let pages = pages(&files, collection, 100, &[]).expect("readable");
            let expected = match super::super::bundle::name_of(collection) == delta {
                true => Extent::Changes,
                false => Extent::Whole,
            };
            assert!(pages.iter().all(|page| page.extent == expected), "{delta}");
        }
    }
}

#[test]
fn trap_62_a_manifest_with_semicolons_says_delta_too() {
    let text = manifest(&WHOLE.replace("users,bulk", "users,delta")).replace(',', ";");
    let files = bundle(&[("manifest.csv", text.as_bytes())]);
    let pages = pages(&files, Collection::Users, 100, &[]).expect("readable");
    assert_eq!(pages[0].extent, Extent::Changes);
}

#[test]
fn trap_62_beside_changes_a_file_may_be_empty_or_absent() {
    let lines = WHOLE
        .replace("users,bulk", "users,delta")
        .replace("orgs,bulk", "orgs,absent");
    let text = manifest(&lines);
    let header: &[u8] = b"sourcedId,status,dateLastModified,role,orgSourcedIds,givenName\n";
    let files = bundle(&[("manifest.csv", text.as_bytes()), ("users.csv", header)]);
    let files: Vec<_> = files.into_iter().filter(|f| f.0 != "orgs.csv").collect();
    for collection in [Collection::Orgs, Collection::Users] {
        let pages = pages(&files, collection, 100, &[]).expect("readable");
        assert_eq!((pages[0].received, pages[0].extent), (0, Extent::Changes));
    }
}

#[test]
fn trap_62_changed_roles_without_their_users_are_refused() {
    let roles: (&str, &[u8]) = (
        "roles.csv",
        b"sourcedId,userSourcedId,roleType,role,orgSourcedId\nr1,u1,primary,student,s1\n",
    );
    for lines in [
        WHOLE.replace("users,bulk", "users,delta"),
        format!("{WHOLE}file.roles,delta\n"),
    ] {
        let text = manifest(&lines);
        let files = bundle(&[("manifest.csv", text.as_bytes()), roles]);
        let failure = failure(&files, Collection::Orgs);
        assert!(
            matches!(&failure, Failure::Unsupported(text) if text.contains("set users and roles to bulk")),
            "{failure:?}"
        );
    }
}

#[test]
fn trap_62_status_is_blank_or_filled_in_bulk_files() {
    use crate::roster::Status;
    let text = "sourcedId,status,dateLastModified,role,orgSourcedIds,givenName\nu1,,,student,s1,Ada\nu2,active,2026-08-01T00:00:00.000Z,student,s1,Bo\nu3,tobedeleted,2026-08-01,student,s1,Cy\n";
    let (users, noted) = users(&bundle(&[("users.csv", text.as_bytes())]));
    let status: Vec<_> = users.iter().map(|user| user.status).collect();
    assert_eq!(
        status,
        [Status::Active, Status::Active, Status::Tobedeleted]
    );
    assert!(users[1].date_last_modified.is_some());
    assert_eq!(noted, []);
}

#[test]
fn what_a_roster_cannot_do_without_must_be_there() {
    let without = |name: &str| -> Vec<(&str, &[u8])> {
        bundle(&[])
            .into_iter()
            .filter(|(n, _)| *n != name)
            .collect()
    };
    for (missing, collection) in [
        ("orgs.csv", Collection::Users),
        ("users.csv", Collection::Orgs),
        ("classes.csv", Collection::Classes),
        ("enrollments.csv", Collection::Enrollments),
    ] {
        let failure = failure(&without(missing), collection);
        assert!(
            matches!(&failure, Failure::Malformed(text) if text.contains("incomplete")),
            "{failure:?}"
        );
    }
    // The host goes on without these two.
    for spared in [Collection::Courses, Collection::AcademicSessions] {
        assert!(matches!(
            failure(&bundle(&[]), spared),
            Failure::Unsupported(_)
        ));
    }
    assert!(matches!(
        failure(&[("notes.csv", b"a,b\n")], Collection::Orgs),
        Failure::Malformed(_)
    ));
}

#[test]
fn classes_that_the_manifest_leaves_out_are_no_rows() {
    let text = manifest("file.classes,absent\n");
    let files: Vec<(&str, &[u8])> = bundle(&[("manifest.csv", text.as_bytes())])
        .into_iter()
        .filter(|(name, _)| *name != "classes.csv")
        .collect();
    let (records, noted) = all(&files, Collection::Classes);
    assert_eq!(records.iter().map(count).sum::<usize>(), 0);
    assert_eq!(codes(&noted), ["file-absent"]);
}

#[test]
fn check_lists_the_schools_and_fails_where_a_run_would() {
    let connection = connection("sftp://sis.example.org", &[]);
    let report = with_files(&bundle(&[]), || super::super::check(&connection)).expect("a report");
    assert_eq!(report.source, "OneRoster CSV");
    assert_eq!(report.schools, [("s1".to_owned(), "First".to_owned())]);
    let empty = bundle(&[("users.csv", b"")]);
    assert!(with_files(&empty, || super::super::check(&connection)).is_err());
}
