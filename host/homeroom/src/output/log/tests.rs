//! What `run log` shows, word by word.

use homeroom_sync::RunLog;
use homeroom_sync::views::{FindingView, LogLine, RequestView, RunUsage, Used};

use super::super::samples;
use super::super::style::Style;
use super::render;
use super::requests::Requests;
use crate::hints::Hints;

fn line(at: &str, level: &str, text: &str) -> LogLine {
    LogLine {
        at: at.to_owned(),
        level: level.to_owned(),
        text: text.to_owned(),
    }
}

fn request(path: &str, attempt: u32, status: Option<u16>, error: Option<&str>) -> RequestView {
    RequestView {
        at: "2026-01-05T18:00:01Z".to_owned(),
        method: "GET".to_owned(),
        origin: "https://sis.example.org".to_owned(),
        path: path.to_owned(),
        status,
        bytes: 1_200_000,
        millis: 640,
        attempt,
        error: error.map(str::to_owned),
    }
}

fn log() -> RunLog {
    RunLog {
        report: samples::succeeded(),
        lines: vec![
            line(
                "2026-01-05T18:00:00Z",
                "info",
                "reading from https://sis.example.org",
            ),
            line(
                "2026-01-05T18:00:09Z",
                "warn",
                "adapter: \u{1b}]0;title\u{7} two schools",
            ),
        ],
        samples: vec![FindingView {
            code: "missing-reference".to_owned(),
            severity: "error".to_owned(),
            owner: "district".to_owned(),
            source: Some("riverside".to_owned()),
            entity: Some("enrollments".to_owned()),
            sourced_id: Some("e-9\u{202e}".to_owned()),
            field: Some("class".to_owned()),
            detail: "class k-1 does not exist".to_owned(),
        }],
    }
}

fn requests() -> Requests {
    let mut requests = Requests::default();
    for request in [
        request("/orgs?limit=&offset=", 1, Some(200), None),
        request("/users?limit=&offset=", 1, Some(503), None),
        request("/users?limit=&offset=", 2, Some(200), None),
        request("/users?limit=&offset=", 1, None, Some("timeout")),
    ] {
        requests.add(request);
    }
    requests
}

#[test]
fn reads_from_top_to_bottom() {
    insta::assert_snapshot!(render(&log(), &requests(), &Style::plain(), &Hints::default()), @r#"
    Run 12 of riverside succeeded in 41 s.

    Steps
      2026-01-05 18:00:00  reading from https://sis.example.org
      2026-01-05 18:00:09  adapter: \u{1b}]0;title\u{7} two schools

    Requests
      request                                           sent  repeated  received   time  slowest  answers
      GET https://sis.example.org/orgs?limit=&offset=      1         0    1.2 MB  0.6 s    0.6 s  200
      GET https://sis.example.org/users?limit=&offset=     3         1    3.6 MB  1.9 s    0.6 s  200, 503, timeout

    Rows
                         received   in use  left out on purpose  unusable
      orgs                     41       41                    0         0
      academic sessions         0        0                    0         0
      courses                   0        0                    0         0
      classes               4,120    4,120                    0         0
      users                33,229   33,204                   25         0
      enrolments          214,031  212,944                1,075        12

    Time
      reading                 30 s
      loading what is known  1.0 s
      matching and planning  4.0 s
      writing                6.1 s
      in all                  41 s
      The adapter used 8.0 s of processor time and at most 18.0 MB of memory.

    Findings

      missing-reference (error, 12): Refers to nothing
        enrollments e-9\u{202e} (class): class k-1 does not exist
        and 11 other records
        What to do (district): Complete the record in the SIS, or remove it.

      x-vendor-oddity (1)

    Every record, as a spreadsheet: homeroom run findings 12 --csv findings.csv

    Next
      see who is unmatched, and why  homeroom user list --unmatched
      see every finding              homeroom run findings 12
      take them as a spreadsheet     homeroom run findings 12 --csv findings.csv
    "#);
}

#[test]
fn peaks_stand_beside_their_limits() {
    let mut log = log();
    assert!(!render(&log, &requests(), &Style::plain(), &Hints::default()).contains("limits"));
    log.report.usage = Some(RunUsage {
        memory_bytes: Used {
            peak: 18_000_000,
            limit: 268_435_456,
        },
        call_cpu_millis: Used {
            peak: 140,
            limit: 30_000,
        },
        run_requests: Used {
            peak: 2_364,
            limit: 200_000,
        },
        ..RunUsage::default()
    });
    let shown = render(&log, &requests(), &Style::plain(), &Hints::default());
    let lines: Vec<String> = shown
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    for line in [
        "memory of a call 18.0 MB 268.4 MB 6 %",
        "processor time of a call 0.1 s 30 s",
        "requests 2,364 200,000 1 %",
    ] {
        assert!(lines.iter().any(|shown| shown == line), "{line}\n{shown}");
    }
}

#[test]
fn many_paths_are_cut_short() {
    let mut requests = Requests::default();
    for id in 0..50 {
        requests.add(request(&format!("/classes/{id}"), 1, Some(200), None));
    }
    let shown = render(&log(), &requests, &Style::plain(), &Hints::default());
    assert!(shown.contains("and 30 requests for other paths"), "{shown}");
}
