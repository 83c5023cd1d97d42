//! Zips through the crate's public functions: those that people make, and those
//! that mean harm.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use homeroom_files::{Bundle, FetchError, Kind, Limits, NamePattern, Order, Wanted, from_path};
use tempfile::TempDir;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Place(tempfile::tempdir().expect("a temporary folder"))
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Reads what lies at `name`, under these limits.
    fn read(&self, name: &str, limits: &Limits) -> Result<Bundle, FetchError> {
        let wanted = Wanted(vec![NamePattern::parse("*.csv").expect("a pattern")]);
        let order = Order {
            wanted: &wanted,
            limits,
            parent: &self.at("kept"),
        };
        from_path(&self.at(name), &order)
    }

    fn zip(&self, entries: &[(&str, &[u8])]) -> Result<Bundle, FetchError> {
        pack(&self.at("it.zip"), entries);
        self.read("it.zip", &Limits::default())
    }

    #[track_caller]
    fn refused(&self, entries: &[(&str, &[u8])]) -> Kind {
        let error = self.zip(entries).expect_err("refused");
        let left = std::fs::read_dir(self.at("kept")).expect("a folder");
        let left = left.flatten().filter(|entry| entry.path().is_dir()).count();
        assert_eq!(left, 0, "nothing of it stays");
        error.kind()
    }
}

fn pack(path: &Path, entries: &[(&str, &[u8])]) {
    let mut zip = zip::ZipWriter::new(File::create(path).expect("a file"));
    for (name, content) in entries {
        zip.start_file(*name, SimpleFileOptions::default())
            .expect("an entry");
        zip.write_all(content).expect("written");
    }
    zip.finish().expect("finished");
}

fn names(bundle: &Bundle) -> Vec<&str> {
    bundle
        .files()
        .iter()
        .map(|file| file.name.as_str())
        .collect()
}

#[test]
fn a_zip_and_a_zip_with_one_folder_are_the_same_set() {
    let place = Place::new();
    let plain = place
        .zip(&[("users.csv", b"u"), ("orgs.csv", b"o")])
        .expect("read");
    let folder = place
        .zip(&[
            ("a/orgs.csv", b"o"),
            ("a/users.csv", b"u"),
            ("__MACOSX/a/._users.csv", b"x"),
            ("a/readme.txt", b"x"),
        ])
        .expect("read");
    assert_eq!(names(&plain), ["orgs.csv", "users.csv"]);
    assert_eq!(plain.digest(), folder.digest());
    assert_eq!(plain.size(), 2);
    assert_eq!(
        plain.read("users.csv", 0, 10).expect("ours"),
        Some(b"u".to_vec())
    );
    assert_eq!(
        plain.read("users.csv", 7, 10).expect("ours"),
        Some(Vec::new())
    );
    assert_eq!(plain.read("nothing.csv", 0, 10).expect("ours"), None);
    let other = place
        .zip(&[("users.csv", b"v"), ("orgs.csv", b"o")])
        .expect("read");
    assert_ne!(plain.digest(), other.digest());
}

#[test]
fn trap_65_paths_that_lead_out_are_refused_with_all_that_is_in_the_zip() {
    let place = Place::new();
    for name in [
        "../users.csv",
        "a/../../users.csv",
        "/users.csv",
        "\\users.csv",
        "c:users.csv",
        "./users.csv",
    ] {
        assert_eq!(
            place.refused(&[("orgs.csv", b"o"), (name, b"u")]),
            Kind::ZipUnsafe,
            "{name}"
        );
    }
}

#[test]
fn trap_65_links_are_refused() {
    let place = Place::new();
    let mut zip = zip::ZipWriter::new(File::create(place.at("it.zip")).expect("a file"));
    zip.add_symlink("users.csv", "/etc/passwd", SimpleFileOptions::default())
        .expect("an entry");
    zip.finish().expect("finished");
    let error = place
        .read("it.zip", &Limits::default())
        .expect_err("refused");
    assert_eq!(error.kind(), Kind::ZipUnsafe);
    assert!(error.detail().contains("link"), "{error}");
}

#[test]
fn trap_65_bombs_are_stopped_by_what_comes_out_and_not_by_what_they_claim() {
    let place = Place::new();
    let zeros = vec![0; 32 << 20];
    assert_eq!(place.refused(&[("users.csv", &zeros)]), Kind::ZipUnsafe);
    pack(
        &place.at("it.zip"),
        &[("users.csv", &zeros[..1 << 20]), ("orgs.csv", b"o")],
    );
    let small = |limits: Limits| place.read("it.zip", &limits).expect_err("refused").kind();
    let limits = Limits::default;
    assert_eq!(
        small(Limits {
            file_bytes: 1 << 19,
            ..limits()
        }),
        Kind::FilesTooLarge
    );
    assert_eq!(
        small(Limits {
            total_bytes: 1 << 19,
            ..limits()
        }),
        Kind::FilesTooLarge
    );
    assert_eq!(
        small(Limits {
            zip_bytes: 10,
            ..limits()
        }),
        Kind::FilesTooLarge
    );
    assert_eq!(
        small(Limits {
            files: 1,
            ..limits()
        }),
        Kind::FilesTooLarge
    );
    assert_eq!(
        small(Limits {
            entries: 1,
            ..limits()
        }),
        Kind::ZipUnsafe
    );
}

#[test]
fn trap_65_an_encrypted_zip_says_so() {
    let place = Place::new();
    pack(&place.at("it.zip"), &[("users.csv", b"u")]);
    // The flag in the local header and in the directory, as packers set it.
    let mut bytes = std::fs::read(place.at("it.zip")).expect("readable");
    bytes[6] |= 1;
    let directory = bytes
        .windows(4)
        .position(|four| four == b"PK\x01\x02")
        .expect("a directory");
    bytes[directory + 8] |= 1;
    std::fs::write(place.at("it.zip"), bytes).expect("written");
    let error = place
        .read("it.zip", &Limits::default())
        .expect_err("refused");
    assert_eq!(error.kind(), Kind::ZipEncrypted, "{error}");
}

#[test]
fn trap_65_a_zip_that_was_cut_off_is_broken() {
    let place = Place::new();
    let noise: Vec<u8> = (0..50_000_u32)
        .flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect();
    pack(&place.at("it.zip"), &[("users.csv", &noise)]);
    let whole = std::fs::read(place.at("it.zip")).expect("readable");
    for length in [0, 1, 100, whole.len() / 2, whole.len() - 1] {
        std::fs::write(place.at("it.zip"), &whole[..length]).expect("written");
        let error = place
            .read("it.zip", &Limits::default())
            .expect_err("refused");
        assert_eq!(error.kind(), Kind::ZipBroken, "{length}: {error}");
    }
    let mut torn = whole;
    torn[40_000] ^= 0xff;
    std::fs::write(place.at("it.zip"), torn).expect("written");
    let error = place
        .read("it.zip", &Limits::default())
        .expect_err("refused");
    assert_eq!(error.kind(), Kind::ZipBroken, "{error}");
}

#[test]
fn trap_65_a_zip_in_a_zip_and_files_in_two_folders_are_explained() {
    let place = Place::new();
    assert_eq!(place.refused(&[("inner.zip", b"PK")]), Kind::FilesMissing);
    assert_eq!(
        place.refused(&[("a/users.csv", b"u"), ("b/orgs.csv", b"o")]),
        Kind::FilesAmbiguous
    );
    assert_eq!(
        place.refused(&[("a/b/users.csv", b"u")]),
        Kind::FilesAmbiguous
    );
    assert_eq!(
        place.refused(&[("Users.csv", b"u"), ("users.CSV", b"u")]),
        Kind::FilesAmbiguous
    );
}

#[test]
fn a_folder_may_hold_the_zip() {
    let place = Place::new();
    std::fs::create_dir(place.at("drop")).expect("a folder");
    let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = zip::ZipWriter::new(File::create(place.at("drop/it.zip")).expect("a file"));
    zip.start_file("users.csv", packed).expect("an entry");
    zip.write_all(b"u").expect("written");
    zip.finish().expect("finished");
    let bundle = place.read("drop", &Limits::default()).expect("read");
    assert_eq!(names(&bundle), ["users.csv"]);
    let missing = place
        .read("nowhere", &Limits::default())
        .expect_err("nothing there");
    assert_eq!(missing.kind(), Kind::NotFound);
}
