//! The roster is what the sources say, not the order in which they say it. The
//! same rows in another order end in the same bytes, and so do the same
//! providers, added and read in another order.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use district::{District, Spec};
use e2e::{Platform, Sis, directory_csv, tally, total_changes};
use fake_sis::{Behaviour, Sorting, write_csv};

/// A SIS that serves its rows in the order of its files, a few on each page.
struct Served {
    name: &'static str,
    priority: &'static str,
    sis: Sis,
}

/// Mixes lists, the same for the same seed; seed 0 leaves them as they are.
fn shuffle<T>(list: &mut [T], seed: u64) {
    let mut state = seed;
    for end in (1..list.len()).rev().filter(|_| seed > 0) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        list.swap(end, (state % (end as u64 + 1)) as usize);
    }
}

/// The lines of a CSV text with its header first and the others mixed.
fn shuffled(text: &str, seed: u64) -> String {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let rows = reader.records().map(|row| row.expect("the text is CSV"));
    let mut rows: Vec<csv::StringRecord> = rows.collect();
    shuffle(&mut rows, seed);
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in [header].iter().chain(&rows) {
        writer.write_record(row).expect("writing to memory");
    }
    let bytes = writer.into_inner().expect("writing to memory");
    String::from_utf8(bytes).expect("the text is UTF-8")
}

/// Serves the district of `spec` with the rows of every file mixed.
fn serve(name: &'static str, priority: &'static str, spec: Spec, seed: u64) -> Served {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_csv(&District::new(spec), folder.path()).expect("the bundle is written");
    for file in files(folder.path()).into_keys() {
        let path = folder.path().join(&file);
        let text = fs::read_to_string(&path).expect("the bundle is UTF-8");
        if file != "manifest.csv" {
            fs::write(&path, shuffled(&text, seed)).expect("a file is written");
        }
    }
    let sis = Sis::serve_folder(folder.path());
    sis.behave(Behaviour {
        sorting: Sorting::Ignored,
        ..Behaviour::default()
    });
    Served {
        name,
        priority,
        sis,
    }
}

/// Every file of a folder, to the byte.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy();
            (name.into_owned(), fs::read(&path).expect("a file"))
        })
        .collect()
}

/// What is exported, to the byte.
fn exported(platform: &Platform) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir_in(platform.folder()).expect("a temporary folder");
    let path = folder.path().join("bundle");
    let name = path.to_str().expect("the path is UTF-8");
    platform.run(["roster", "export", name]).ok();
    files(&path)
}

fn add(platform: &Platform, served: &Served) {
    let sis = &served.sis;
    let secret = platform.file("secret", sis.client_secret());
    let (endpoint, token_url) = (sis.endpoint(), sis.token_url());
    let priority = format!("merge-priority={}", served.priority);
    let mut arguments = vec!["integration", "add", "--name", served.name];
    arguments.extend(["--adapter", "oneroster", "--endpoint", &endpoint]);
    arguments.extend(["--token-url", &token_url, "--client-id", sis.client_id()]);
    arguments.extend(["--client-secret-file", &secret, "--set", &priority]);
    arguments.extend(["--set", "page-size=100", "--set", "parents=parent,guardian"]);
    arguments.extend(["--allow-insecure-http", "--allow-private-network"]);
    platform.run(arguments).ok();
}

/// How a platform comes to know its sources.
struct Order {
    /// Mixes rows.
    seed: u64,
    /// Places of the two SISs: which is added, and which is read, first.
    added: [usize; 2],
    read: [usize; 2],
}

/// The large SIS and, of the same people, a smaller one that has a record for
/// each role.
fn platform(order: &Order) -> Platform {
    let large = Spec {
        people: 400,
        ..Spec::default()
    };
    let small = Spec {
        people: 250,
        split_roles: true,
        ..Spec::default()
    };
    let platform = Platform::new();
    platform.install_oneroster();
    let directory = directory_csv(&District::new(large.clone()));
    let directory = shuffled(&directory, order.seed);
    platform.import_directory(&directory).ok();
    let served = [
        serve("large", "60", large, order.seed),
        serve("small", "40", small, order.seed),
    ];
    for place in order.added {
        add(&platform, &served[place]);
    }
    for place in order.read {
        let report = platform.sync(served[place].name, &[]).ok().json();
        assert_eq!(report["status"], "succeeded", "{report}");
        let [received, imported, ..] = tally(&report, "users");
        assert!(received > 100 && imported > 0, "{report}");
    }
    for place in order.read {
        let again = platform.sync(served[place].name, &[]).ok().json();
        assert_eq!(total_changes(&again), 0, "{}", again["changes"]);
    }
    platform
}

const FIRST: Order = Order {
    seed: 0,
    added: [0, 1],
    read: [0, 1],
};

#[test]
fn rows_in_another_order_end_in_the_same_bytes() {
    let expected = exported(&platform(&FIRST));
    for seed in [1, 20_261_122] {
        let other = exported(&platform(&Order { seed, ..FIRST }));
        assert!(other == expected, "seed {seed}");
    }
}

#[test]
fn providers_in_another_order_end_in_the_same_bytes() {
    let expected = exported(&platform(&FIRST));
    for (added, read) in [([1, 0], [0, 1]), ([0, 1], [1, 0]), ([1, 0], [1, 0])] {
        let order = Order {
            seed: 7,
            added,
            read,
        };
        let other = exported(&platform(&order));
        for (file, bytes) in &expected {
            let same = other.get(file) == Some(bytes);
            assert!(same, "{added:?} {read:?} {file}");
        }
        assert_eq!(expected.len(), other.len());
    }
}
