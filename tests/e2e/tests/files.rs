//! OneRoster CSV from a folder or a zip: the same roster as over HTTP, and
//! nothing lost where files are not what they should be.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use district::{District, Spec};
use e2e::{Answer, NAME, Platform, School, Sis, small};
use fake_sis::{Behaviour, Version, write_csv_as};
use serde_json::Value;
use zip::write::SimpleFileOptions;

/// A platform with the CSV adapter and an integration of it; nobody listens at
/// its endpoint.
pub(crate) fn csv_platform(directory: &str, more: &[&str]) -> Platform {
    let platform = Platform::new();
    platform.install_oneroster_csv();
    platform.import_directory(directory).ok();
    let mut arguments = vec!["integration", "add", "--name", NAME];
    arguments.extend(["--adapter", "oneroster-csv"]);
    arguments.extend(["--endpoint", "sftp://127.0.0.1:1/roster"]);
    arguments.extend(more);
    platform.run(arguments).ok();
    platform
}

pub(crate) fn directory() -> String {
    e2e::directory_csv(&District::new(small()))
}

/// The small district as files.
pub(crate) fn write(version: Version, folder: &Path) {
    write_csv_as(&District::new(small()), version, folder).expect("a bundle is written");
}

/// Packs files as (name in the zip, content).
pub(crate) fn pack(zip: &Path, files: &[(String, Vec<u8>)]) {
    let mut writer = zip::ZipWriter::new(fs::File::create(zip).expect("a file is made"));
    for (name, content) in files {
        writer
            .start_file(name, SimpleFileOptions::default())
            .expect("an entry");
        writer.write_all(content).expect("an entry is written");
    }
    writer.finish().expect("the zip is written");
}

/// A folder's files as they go into a zip below `prefix`.
pub(crate) fn contents(folder: &Path, prefix: &str) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        files.push((format!("{prefix}{name}"), fs::read(path).expect("readable")));
    }
    files.sort();
    files
}

fn sync(platform: &Platform, files: &Path) -> Answer {
    platform.sync(NAME, &["--files", files.to_str().expect("UTF-8")])
}

/// Folders in which runs keep files, over all tenants.
fn kept(platform: &Platform) -> Vec<PathBuf> {
    let tenants = fs::read_dir(platform.data().join("files"))
        .into_iter()
        .flatten();
    let folders = tenants.flatten().flat_map(|tenant| {
        let inside = fs::read_dir(tenant.path()).into_iter().flatten().flatten();
        inside
            .map(|entry| entry.path())
            .filter(|path| path.is_dir())
    });
    folders.collect()
}

/// The roster that REST gives for the small district.
fn over_http(version: Version) -> std::collections::BTreeMap<String, Vec<String>> {
    let behaviour = Behaviour {
        only: Some(version),
        ..Behaviour::default()
    };
    let school = School::prepare(Sis::serve(small(), behaviour));
    school.add_at(&school.sis.endpoint_of(version), &[]).ok();
    school.sync();
    school.platform.roster()
}

#[test]
fn folder_and_zip_give_the_roster_that_http_gives() {
    for version in [Version::V1p1, Version::V1p2] {
        let expected = over_http(version);
        let place = tempfile::tempdir().expect("a temporary folder");
        let folder = place.path().join("bundle");
        write(version, &folder);

        let platform = csv_platform(&directory(), &["--set", "page-size=97"]);
        let report = sync(&platform, &folder).ok().json();
        assert_eq!(platform.roster(), expected, "{version:?}, folder");
        assert_eq!(report["requests"], 0);
        assert_eq!(report["failed"]["users"], 0);
        let zip = place.path().join("bundle.zip");
        pack(&zip, &contents(&folder, "Roster/"));
        let again = sync(&platform, &zip).ok().json();
        assert_eq!(e2e::total_changes(&again), 0, "{version:?}, zip");

        let platform = csv_platform(&directory(), &[]);
        sync(&platform, &zip).ok();
        assert_eq!(platform.roster(), expected, "{version:?}, zip");
        assert_eq!(kept(&platform), Vec::<PathBuf>::new());
    }
}

#[test]
fn a_test_lists_the_schools_of_a_folder() {
    let place = tempfile::tempdir().expect("a temporary folder");
    write(Version::V1p2, place.path());
    let platform = csv_platform(&directory(), &[]);
    let path = place.path().to_str().expect("UTF-8");
    let arguments = ["integration", "test", NAME, "--files", path, "--json"];
    let report = platform.run(arguments).ok().json();
    assert_eq!(report["source"], "OneRoster CSV 1.2");
    let schools = report["schools"].as_array().map_or(0, Vec::len);
    assert!(schools >= 2, "{report}");
}

#[test]
fn trap_61_half_a_bundle_changes_nothing() {
    let place = tempfile::tempdir().expect("a temporary folder");
    write(Version::V1p2, place.path());
    let platform = csv_platform(&directory(), &[]);
    sync(&platform, place.path()).ok();
    let before = platform.roster();
    fs::remove_file(place.path().join("enrollments.csv")).expect("it is there");
    let report = sync(&platform, place.path()).ends_with(1).json();
    assert_eq!(report["code"], "malformed");
    let detail = report["detail"].as_str().unwrap_or_default();
    assert!(
        detail.contains("enrollments.csv is in the bundle, and it is not"),
        "{detail}"
    );
    assert!(
        !report["remedy"]
            .as_str()
            .unwrap_or_default()
            .contains("endpoint")
    );
    assert_eq!(platform.roster(), before);
}

#[test]
fn trap_63_a_header_without_rows_never_means_that_everybody_left() {
    let place = tempfile::tempdir().expect("a temporary folder");
    write(Version::V1p2, place.path());
    let platform = csv_platform(&directory(), &[]);
    sync(&platform, place.path()).ok();
    let before = platform.roster();
    for file in [
        "orgs.csv",
        "users.csv",
        "roles.csv",
        "classes.csv",
        "enrollments.csv",
        "courses.csv",
    ] {
        let path = place.path().join(file);
        let whole = fs::read_to_string(&path).expect("readable");
        let header = whole.lines().next().unwrap_or_default();
        fs::write(&path, header).expect("written");
        let report = sync(&platform, place.path()).ends_with(1).json();
        let detail = report["detail"].as_str().unwrap_or_default();
        assert!(
            detail.contains(&format!("{file} has no rows")),
            "{file}: {detail}"
        );
        assert_eq!(platform.roster(), before, "{file}");
        fs::write(&path, whole).expect("written");
    }
}

#[test]
fn trap_64_a_row_that_is_no_utf_8_is_named_with_its_line() {
    let place = tempfile::tempdir().expect("a temporary folder");
    write(Version::V1p1, place.path());
    let path = place.path().join("users.csv");
    let mut bytes = fs::read(&path).expect("readable");
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
    bytes.extend_from_slice(b"latin,,,true,none,student,,,Ren\xe9,Best,,,,,,,,\r\n");
    fs::write(&path, bytes).expect("written");
    let platform = csv_platform(&directory(), &[]);
    let report = sync(&platform, place.path()).ok().json();
    assert_eq!(report["failed"]["users"], 1);
    let findings = platform.findings(&report);
    let finding = findings
        .iter()
        .find(|f| f["code"] == "wrong-encoding")
        .expect("a finding");
    assert_eq!(finding["sourcedId"], "latin");
    let detail = finding["detail"].as_str().unwrap_or_default();
    assert!(
        detail.contains(&format!("users.csv, line {}", lines + 1)),
        "{detail}"
    );
}

#[test]
fn trap_65_zips_that_mean_harm_are_not_unpacked() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let folder = place.path().join("bundle");
    write(Version::V1p2, &folder);
    let zip = place.path().join("bundle.zip");
    let platform = csv_platform(&directory(), &[]);
    let code = || -> Value { sync(&platform, &zip).ends_with(1).json()["code"].clone() };

    let mut files = contents(&folder, "");
    files.push(("../../evil.csv".to_owned(), b"a,b\n".to_vec()));
    pack(&zip, &files);
    assert_eq!(code(), "zip-unsafe");

    let mut files = contents(&folder, "");
    files.push(("bomb.csv".to_owned(), vec![b'a'; 64 << 20]));
    pack(&zip, &files);
    assert_eq!(code(), "zip-unsafe");

    pack(&zip, &contents(&folder, ""));
    let whole = fs::read(&zip).expect("readable");
    fs::write(&zip, &whole[..whole.len() / 2]).expect("written");
    assert_eq!(code(), "zip-broken");

    pack(&zip, &[("inner.zip".to_owned(), whole)]);
    assert_eq!(code(), "files-missing");
    assert_eq!(kept(&platform), Vec::<PathBuf>::new());
    assert_eq!(
        platform.runs().len(),
        5,
        "a failed fetch is a run on record"
    );
}

#[test]
fn trap_65_what_a_mac_adds_to_a_zip_is_left_aside() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let folder = place.path().join("bundle");
    write(Version::V1p2, &folder);
    let mut files = contents(&folder, "export/");
    files.push(("__MACOSX/export/._users.csv".to_owned(), b"\0\0".to_vec()));
    files.push(("export/.DS_Store".to_owned(), b"\0\0".to_vec()));
    let zip = place.path().join("bundle.zip");
    pack(&zip, &files);
    let platform = csv_platform(&directory(), &[]);
    sync(&platform, &zip).ok();
}

#[test]
fn an_adapter_that_asks_a_server_reads_no_files() {
    let school = School::connect(Sis::start());
    let answer = school
        .platform
        .sync(NAME, &["--files", "/tmp"])
        .ends_with(2);
    assert_eq!(answer.json()["code"], "files-not-supported");
}

#[test]
fn a_sync_of_files_that_was_killed_goes_on_and_leaves_no_files_behind() {
    let spec = Spec {
        people: 4000,
        ..Spec::default()
    };
    let district = District::new(spec);
    let place = tempfile::tempdir().expect("a temporary folder");
    write_csv_as(&district, Version::V1p2, place.path()).expect("written");
    let folder = place.path().to_str().expect("UTF-8");
    let directory = e2e::directory_csv(&district);
    let settings = ["--set", "page-size=50"];
    let calm = csv_platform(&directory, &settings);
    sync(&calm, place.path()).ok();

    let platform = csv_platform(&directory, &settings);
    let mut running = platform.start(["sync", NAME, "--files", folder]);
    let patience = Instant::now() + Duration::from_secs(60);
    // Its pages are in the database before the roster is.
    while kept(&platform).is_empty() && running.is_at_work() {
        assert!(Instant::now() < patience, "the sync does not begin");
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(300));
    assert!(running.kill(), "the sync was still at work");
    assert_eq!(kept(&platform).len(), 1, "a killed process cannot clean up");

    let report = sync(&platform, place.path()).ok().json();
    assert_eq!(kept(&platform), Vec::<PathBuf>::new());
    assert_eq!(platform.roster(), calm.roster());
    let run = report["run"].to_string();
    let log = platform.run(["run", "log", &run]).ok().stdout;
    assert!(log.contains("going on after"), "{log}");

    // Other files are another run, not the rest of this one.
    let again = sync(&platform, place.path()).ok().json();
    assert_eq!(e2e::total_changes(&again), 0);
}
