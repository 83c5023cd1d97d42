//! A district in which everything is a little broken: every row that the SIS
//! sends is counted once, and the findings of the run say of every row that was
//! left out which it is and why.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use csv::StringRecord;
use district::{District, Spec};
use e2e::{COLLECTIONS, NAME, School, Sis, directory_csv, tally};
use fake_sis::{Behaviour, Dates, Dialect, Enums, Sorting, write_csv};
use serde_json::Value;

/// How many rows of each id a file has after it was damaged.
type Sent = BTreeMap<String, u64>;

/// Chance that comes out the same for the same seed.
struct Chance(u64);

impl Chance {
    /// True once in so many times.
    fn once_in(&mut self, times: u64) -> bool {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.is_multiple_of(times)
    }
}

/// Damages the cells of a file: values are missing, references lead nowhere,
/// rows are deleted, have no id, or come twice, once or twice the same.
fn damage(path: &Path, chance: &mut Chance) -> Sent {
    let mut reader = csv::Reader::from_path(path).expect("a CSV file");
    let header = reader.headers().expect("a header").clone();
    let rows: Vec<StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    let mut writer = csv::Writer::from_path(path).expect("a CSV file");
    writer.write_record(&header).expect("a row is written");
    let mut sent = Sent::new();
    for row in &rows {
        let damaged: StringRecord = header
            .iter()
            .zip(row)
            .map(|(column, value)| match column {
                "sourcedId" if chance.once_in(90) => "",
                "status" if chance.once_in(40) => "tobedeleted",
                "sourcedId" | "status" => value,
                _ if chance.once_in(60) => "",
                _ if column.ends_with("SourcedId") && chance.once_in(80) => "nobody",
                _ => value,
            })
            .collect();
        let mut copies = vec![&damaged];
        if chance.once_in(50) {
            copies.push(&damaged);
        }
        if chance.once_in(50) {
            copies.push(row);
        }
        for copy in copies {
            writer.write_record(copy).expect("a row is written");
            *sent.entry(copy[0].to_owned()).or_default() += 1;
        }
    }
    writer.flush().expect("the file is written");
    sent
}

/// What the page of documentation says of the codes whose records are left out.
fn left_out() -> BTreeMap<String, &'static str> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/findings.md");
    let page = fs::read_to_string(page).expect("the page is part of the repository");
    let mut effects = BTreeMap::new();
    let mut code = "";
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("### `") {
            code = heading.trim_end_matches('`');
        } else if line.starts_with("**") && line.contains("; skipped; owner:") {
            effects.insert(code.to_owned(), "skipped");
        } else if line.starts_with("**") && line.contains("; failed; owner:") {
            effects.insert(code.to_owned(), "failed");
        }
    }
    effects
}

/// A sync of the damaged district: the school, the report, and what was sent.
fn read(seed: u64, settings: &[&str]) -> (School, Value, BTreeMap<&'static str, Sent>) {
    let district = District::new(Spec {
        seed,
        people: 500,
        ..Spec::default()
    });
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_csv(&district, folder.path()).expect("the bundle is written");
    let mut chance = Chance(seed);
    let sent = COLLECTIONS.map(|collection| {
        let file = folder.path().join(format!("{collection}.csv"));
        (collection, damage(&file, &mut chance))
    });
    let school = School::prepare_with(Sis::serve_folder(folder.path()), &directory_csv(&district));
    school.sis.behave(Behaviour {
        sorting: Sorting::Ignored,
        dialect: Dialect {
            nulls: true,
            enums: Enums::Unknown,
            dates: Dates::Mixed,
            nameless_every: Some(17),
            masked_every: Some(13),
            dangling_every: Some(23),
            ..Dialect::default()
        },
        ..Behaviour::default()
    });
    school.add(settings).ok();
    let answer = school.platform.sync(NAME, &[]);
    // Some schools may be too broken to be touched.
    assert!(matches!(answer.code, Some(0 | 3)), "{}", answer.text());
    let report = answer.json();
    (school, report, sent.into())
}

/// Holds the report against what was sent and against its findings.
#[track_caller]
fn adds_up(seed: u64, settings: &[&str]) {
    let (school, report, sent) = read(seed, settings);
    let effects = left_out();
    let findings = school.platform.findings(&report);
    for collection in COLLECTIONS {
        let [received, imported, skipped, failed] = tally(&report, collection);
        let sent = &sent[collection];
        assert_eq!(received, sent.values().sum::<u64>(), "{collection}");
        assert_eq!(received, imported + skipped + failed, "{collection}");

        let mut counted: BTreeMap<&str, u64> = BTreeMap::new();
        let mut named: BTreeMap<&str, u64> = BTreeMap::new();
        for finding in findings.iter().filter(|f| f["entity"] == collection) {
            let code = finding["code"].as_str().expect("a code");
            let Some(effect) = effects.get(code) else {
                continue;
            };
            *counted.entry(effect).or_default() += 1;
            assert_eq!(finding["source"], NAME, "{finding}");
            let detail = finding["detail"].as_str().expect("a sentence");
            match finding["sourcedId"].as_str() {
                Some(id) => *named.entry(id).or_default() += 1,
                None => assert!(detail.contains("sourcedId"), "{finding}"),
            }
        }
        let counted = |effect| counted.get(effect).copied().unwrap_or_default();
        let found = (counted("skipped"), counted("failed"));
        assert_eq!(found, (skipped, failed), "{collection}");
        for (id, times) in named {
            let sent = sent.get(id).copied().unwrap_or_default();
            assert!(times <= sent, "{collection} {id}: {times} of {sent}");
        }
    }
    let [_, imported, skipped, failed] = tally(&report, "enrollments");
    assert!(imported > 0 && skipped > 0 && failed > 0, "{report}");
}

#[test]
fn every_row_of_a_damaged_district_is_counted_and_named() {
    adds_up(7, &["--set", "page-size=100"]);
}

#[test]
fn and_so_it_is_when_settings_leave_people_out() {
    adds_up(
        8,
        &[
            "--set",
            "attach-only=false",
            "--set",
            "respect-enrolment-date=true",
            "--set",
            "respect-academic-sessions=true",
            "--set",
            "parents=parent,guardian,relative",
            "--set",
            "limit-grades=09,10,11,12",
        ],
    );
}
