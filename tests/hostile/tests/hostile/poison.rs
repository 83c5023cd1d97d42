//! A source whose data is made to harm whoever looks at it: formulas for
//! spreadsheets, escapes for terminals, names that turn the direction of
//! writing, circles, contradictions. The roster stays sound, and what people
//! see is harmless.

use e2e::{COLLECTIONS, Platform, tally, total_changes};
use hostile::{Next, Server, json};
use serde_json::Value;

const FORMULA: &str = "=cmd|'/c calc'!A0";

/// What stands in each collection.
fn rows(collection: &str) -> &'static str {
    match collection {
        "orgs" => {
            r#"
            {"sourcedId":"s1","name":"=HYPERLINK(\"http://evil\",\"North\")","type":"school","parent":{"sourcedId":"s2"}},
            {"sourcedId":"s2","name":"Zi\u001b[31mrkel\u202egnol","type":"district","parent":{"sourcedId":"s3"}},
            {"sourcedId":"s3","name":"Circle","type":"district","parent":{"sourcedId":"s2"}},
            {"sourcedId":"s4","name":"Itself","type":"school","parent":{"sourcedId":"s4"}},
            {"sourcedId":"s1","name":"Another North","type":"district"},
            {"sourcedId":"\u0000","name":"Nul","type":"school"},
            {"sourcedId":"=1+1","name":"","type":"nonsense"}"#
        }
        "academicSessions" => {
            r#"
            {"sourcedId":"t1","title":"A","type":"term","startDate":"2026-13-45","endDate":"9999-99-99","parent":{"sourcedId":"t2"},"schoolYear":"2027"},
            {"sourcedId":"t2","title":"B","type":"semester","startDate":"2027-06-01","endDate":"2026-06-01","parent":{"sourcedId":"t1"},"schoolYear":"-5"},
            {"sourcedId":"t3","title":"C","type":"nonsense","startDate":"yesterday","endDate":"","parent":{"sourcedId":"t3"},"schoolYear":"99999999999999999999"}"#
        }
        "courses" => {
            r#"{"sourcedId":"c1","title":"+1+1","courseCode":"@SUM(A1)","org":{"sourcedId":"s1"},"schoolYear":{"sourcedId":"nothing"}}"#
        }
        "classes" => {
            r#"
            {"sourcedId":"k1","title":"=cmd|'/c calc'!A0","classType":"scheduled","course":{"sourcedId":"c1"},"school":{"sourcedId":"s1"},"terms":[{"sourcedId":"t1"}]},
            {"sourcedId":"k1","title":"=cmd|'/c calc'!A0 again","classType":"homeroom","course":{"sourcedId":"c1"},"school":{"sourcedId":"s4"},"terms":[]},
            {"sourcedId":"-k2","title":"Nowhere","classType":"scheduled","course":{"sourcedId":"k1"},"school":{"sourcedId":"u1"},"terms":[{"sourcedId":"t9"}]}"#
        }
        "users" => {
            r#"
            {"sourcedId":"u1","username":"t","enabledUser":"true","givenName":"=cmd|'/c calc'!A0","familyName":"\u202eTeacher\u001b]0;owned\u0007","role":"teacher","email":"teacher@example.org","orgs":[{"sourcedId":"s1"}]},
            {"sourcedId":"u2","username":"s","enabledUser":"true","givenName":"-2+3","familyName":"@SUM(1+1)*cmd","role":"student","email":"student@example.org","orgs":[{"sourcedId":"s1"}],"grades":["=1"],"agents":[{"sourcedId":"u2"},{"sourcedId":"nobody"}]},
            {"sourcedId":"u2","username":"s","enabledUser":"maybe","givenName":"Twice","familyName":"Twice","role":"teacher","email":"teacher@example.org","orgs":[{"sourcedId":"s9"}]},
            {"sourcedId":"=u3","username":"x","enabledUser":"false","givenName":"","familyName":"","role":"student","email":"x","orgs":[]},
            {"sourcedId":"+u4","username":"y","enabledUser":"true","givenName":"\u0000\u0000","familyName":"Nul","role":"emperor","email":"=1+1@example.org","orgs":[{"sourcedId":"s1"}]},
            {"sourcedId":"u5\u200b","username":"z","enabledUser":"true","givenName":"Zero","familyName":"Width","role":"student","email":"student@example.org","orgs":[{"sourcedId":"s1"}]}"#
        }
        "enrollments" => {
            r#"
            {"sourcedId":"e1","user":{"sourcedId":"u1"},"class":{"sourcedId":"k1"},"school":{"sourcedId":"s1"},"role":"teacher","primary":"true"},
            {"sourcedId":"e2","user":{"sourcedId":"u2"},"class":{"sourcedId":"k1"},"school":{"sourcedId":"s4"},"role":"student","beginDate":"2027-01-01","endDate":"2026-01-01"},
            {"sourcedId":"e2","user":{"sourcedId":"u2"},"class":{"sourcedId":"k1"},"school":{"sourcedId":"s1"},"role":"teacher"},
            {"sourcedId":"=e3","user":{"sourcedId":"nobody"},"class":{"sourcedId":"k1"},"school":{"sourcedId":"s1"},"role":"student"},
            {"sourcedId":"e4","user":{"sourcedId":"k1"},"class":{"sourcedId":"u1"},"school":{"sourcedId":"t1"},"role":"king"}"#
        }
        _ => "",
    }
}

fn source() -> Server {
    Server::start(|exchange| {
        let path = exchange.path();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let collection = path.rsplit('/').next().unwrap_or_default();
        let first = !query
            .split('&')
            .any(|pair| pair.starts_with("offset=") && pair != "offset=0");
        let rows = if first { rows(collection) } else { "" };
        let body = format!(
            "{{\"{collection}\":[{}]}}",
            rows.replace("\"type\":", "\"status\":\"active\",\"type\":")
        );
        exchange.write(&json(&body));
        Next::Request
    })
}

const DIRECTORY: &str = "id,email,givenName,familyName,username,role
d1,teacher@example.org,T,T,t,teacher
d2,student@example.org,S,S,s,student
";

fn harmless_on_a_terminal(text: &str, what: &str) {
    let harmful = |c: &char| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let found: Vec<char> = text.chars().filter(harmful).collect();
    assert!(found.is_empty(), "{what} shows {found:?}:\n{text}");
}

/// A platform whose integration `sis` reads from a hostile server.
fn connected(url: impl std::fmt::Display) -> Platform {
    let platform = Platform::new();
    platform.install_oneroster();
    platform.import_directory(DIRECTORY).ok();
    platform
        .run([
            "integration",
            "add",
            "--name",
            "sis",
            "--adapter",
            "oneroster",
            "--endpoint",
            &format!("{url}/ims/oneroster/v1p1"),
            "--auth",
            "none",
            "--allow-insecure-http",
            "--allow-private-network",
        ])
        .ok();
    platform
}

#[test]
fn poisoned_data_harms_nobody() {
    let server = source();
    let platform = connected(server.url());
    let answer = platform.sync("sis", &[]);
    assert!(matches!(answer.code, Some(0 | 3 | 4)), "{answer:?}");
    let report = answer.json();
    assert!(
        ["succeeded", "partial", "held"].contains(&report["status"].as_str().expect("a status")),
        "{report}"
    );
    for collection in COLLECTIONS {
        let [received, imported, skipped, failed] = tally(&report, collection);
        assert!(received > 0, "{collection} was read");
        assert_eq!(received, imported + skipped + failed, "{collection}");
    }
    assert!(total_changes(&report) > 0, "{report}");

    let run = report["run"].to_string();
    for command in [
        &["run", "show", &run][..],
        &["run", "log", &run],
        &["run", "findings", &run],
        &["run", "changes", &run],
        &["user", "list"],
        &["user", "list", "--unmatched"],
    ] {
        let said = platform.run(command).ok();
        harmless_on_a_terminal(&said.text(), &command.join(" "));
    }
    let findings = cells(&platform, "findings", &run);
    let changes = cells(&platform, "changes", &run);
    for text in ["'=u3", "'=e3"] {
        assert!(
            findings.iter().any(|cell| cell == text),
            "{text} in {findings:?}"
        );
    }
    let guarded = format!("'{FORMULA}");
    assert!(
        changes.iter().any(|cell| cell.starts_with(&guarded)),
        "{changes:?}"
    );

    // The same again changes nothing, whatever the circles.
    if report["status"] != "held" {
        let again = platform.sync("sis", &[]).json();
        assert_eq!(total_changes(&again), 0, "{again}");
    }
}

/// All cells of a CSV file; none of them begins like a formula.
fn cells(platform: &Platform, what: &str, run: &str) -> Vec<String> {
    let text = platform.run(["run", what, run, "--csv", "-"]).ok().stdout;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let cells: Vec<String> = reader
        .records()
        .flat_map(|row| {
            let row = row.expect("CSV");
            row.iter().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    assert!(!cells.is_empty(), "{what}");
    for cell in &cells {
        let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
        assert!(!formula, "{what}: {cell:?} in\n{text}");
    }
    cells
}

/// The report of a hostile run is plain data for a script, too.
#[test]
fn json_stays_json() {
    let server = source();
    let platform = connected(server.url());
    let report = platform.sync("sis", &[]).json();
    let findings: Vec<Value> = platform.findings(&report);
    assert!(!findings.is_empty());
    let run = report["run"].to_string();
    for what in ["log", "changes", "findings", "show"] {
        let said = platform.run(["run", what, &run, "--json"]).ok();
        said.json();
        assert!(!said.stdout.contains(['\u{1b}', '\0']), "{what}");
    }
}
