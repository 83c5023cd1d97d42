//! Looking into a run's report.

use serde_json::Value;

/// The six collections, as a report names them.
pub const COLLECTIONS: [&str; 6] = [
    "orgs",
    "academicSessions",
    "courses",
    "classes",
    "users",
    "enrollments",
];

/// `(received, imported, skipped, failed)` of a collection.
#[track_caller]
pub fn tally(report: &Value, collection: &str) -> [u64; 4] {
    ["received", "imported", "skipped", "failed"].map(|part| {
        let number = &report[part][collection];
        number
            .as_u64()
            .unwrap_or_else(|| panic!("{part} of {collection} is {number} in {report}"))
    })
}

/// The report, whose rows add up: of each collection, received is imported and
/// skipped and failed.
#[track_caller]
pub fn accounted(report: Value) -> Value {
    for collection in COLLECTIONS {
        let [received, imported, skipped, failed] = tally(&report, collection);
        assert_eq!(
            received,
            imported + skipped + failed,
            "{collection} {report}"
        );
    }
    report
}

/// All changes of a run together.
#[track_caller]
pub fn total_changes(report: &Value) -> u64 {
    let kinds = report["changes"].as_object().expect("a report has changes");
    let counts = kinds
        .values()
        .flat_map(|counts| counts.as_object().expect("counts by action").values());
    counts.map(|count| count.as_u64().expect("a count")).sum()
}

/// The codes of these findings, each once, sorted.
pub fn codes(findings: &[Value]) -> Vec<String> {
    let mut codes: Vec<String> = findings
        .iter()
        .map(|finding| finding["code"].as_str().expect("a code").to_owned())
        .collect();
    codes.sort();
    codes.dedup();
    codes
}
