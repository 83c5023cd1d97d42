//! A run on record: made again with no network it gives the same pages, to the
//! byte; it holds no credential; and it can be read however it ended.

use std::fs;

use e2e::{Answer, NAME, Platform, School};
use serde_json::Value;

mod contents;
mod files;
mod replay;

fn path(platform: &Platform, name: &str) -> String {
    let path = platform.folder().join(name);
    path.to_str().expect("the path is UTF-8").to_owned()
}

/// Syncs on record and takes the SIS away.
fn recorded(school: School) -> (Platform, String) {
    let file = path(&school.platform, "run.rec");
    school.platform.sync(NAME, &["--record", &file]).ok();
    let School { platform, sis } = school;
    drop(sis);
    (platform, file)
}

fn sum(report: &Value, what: &str) -> u64 {
    let collections = report["collections"].as_object().expect("collections");
    collections
        .values()
        .map(|row| row[what].as_u64().expect("a number"))
        .sum()
}

#[track_caller]
fn identical(answer: Answer) -> Value {
    let report = answer.ok().json();
    assert_eq!(report["identical"], true, "{report}");
    assert_eq!(report["complete"], true);
    assert_eq!(sum(&report, "calls"), sum(&report, "same"));
    report
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

/// Everything that is in a recording, spelled out: its summary, its archive
/// with every body, and the file as it is.
fn spelled_out(platform: &Platform, file: &str) -> Vec<u8> {
    let har = path(platform, "full.har");
    fs::remove_file(&har).ok();
    platform
        .run(["recording", "export-har", file, &har, "--with-bodies"])
        .ok();
    let summary = platform
        .run(["recording", "show", file, "--json"])
        .ok()
        .stdout;
    let files = [
        fs::read(&har).expect("written"),
        fs::read(file).expect("there"),
    ];
    [summary.into_bytes(), files.concat()].concat()
}
