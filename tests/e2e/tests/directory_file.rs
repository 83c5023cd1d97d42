//! Directory files as people make them: marks, cut-off copies, other encodings.
//! Nothing is taken by halves without a word.

use std::fs;

use e2e::{Answer, Platform};
use serde_json::Value;

const HEADER: &str = "id,email,givenName,familyName,username,role\n";

fn import(platform: &Platform, bytes: &[u8]) -> Answer {
    let path = platform.folder().join("directory.csv");
    fs::write(&path, bytes).expect("a file is written");
    let path = path.to_str().expect("the path is UTF-8");
    platform.run(["directory", "import", path, "--json"])
}

fn good(platform: &Platform, text: &str) -> Value {
    import(platform, text.as_bytes()).ok().json()
}

#[track_caller]
fn refused(platform: &Platform, bytes: &[u8], code: &str) {
    let answer = import(platform, bytes).ends_with(1);
    let object = answer.json();
    assert_eq!(object["code"], code, "{object}");
    let remedy = object["remedy"].as_str().expect("text");
    assert!(!remedy.is_empty(), "{object}");
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_column() {
    let platform = Platform::new();
    good(
        &platform,
        &format!("\u{feff}{HEADER}1,oe@x.example,Östen,Åberg,oe,student\n"),
    );
    assert_eq!(platform.users()[0]["familyName"], "Åberg");
}

#[test]
fn files_for_people_open_right_in_a_spreadsheet() {
    let platform = Platform::new();
    let report = good(
        &platform,
        &format!("{HEADER}1,oe@x.example,Östen,Åberg,oe,student\n2,short\n"),
    );
    let run = report["run"].to_string();
    for arguments in [
        ["run", "findings", &run, "--csv", "out.csv"],
        ["run", "changes", &run, "--csv", "out.csv"],
    ] {
        platform.run(arguments).ok();
        let bytes = fs::read(platform.folder().join("out.csv")).expect("a file");
        assert!(bytes.starts_with(b"\xef\xbb\xbf"), "{arguments:?}");
    }
    platform.run(["roster", "export", "bundle"]).ok();
    for entry in fs::read_dir(platform.folder().join("bundle")).expect("a folder") {
        let bytes = fs::read(entry.expect("an entry").path()).expect("a file");
        assert!(!bytes.starts_with(b"\xef\xbb\xbf"));
    }
}

#[test]
fn rows_of_another_width_are_left_out_and_named() {
    let platform = Platform::new();
    let text = format!(
        "{HEADER}1,a@x.example,A,A,a,student\n2,b@x.example,B\n\
         3,c@x.example,C,C,c,student,more\n4,d@x.example,D,D,d,student\n"
    );
    let report = good(&platform, &text);
    assert_eq!(report["received"]["users"], 4);
    assert_eq!(report["failed"]["users"], 2);
    let findings = platform.findings(&report);
    let lines: Vec<_> = findings
        .iter()
        .filter(|finding| finding["code"] == "directory-row")
        .map(|finding| finding["detail"].to_string())
        .collect();
    assert!(lines[0].contains("line 3 has 3 fields"), "{lines:?}");
    assert!(lines[1].contains("line 4 has 7 fields"), "{lines:?}");
    assert_eq!(platform.users().len(), 2);
}

#[test]
fn a_file_that_was_cut_off_is_told() {
    let platform = Platform::new();
    let whole =
        format!("{HEADER}1,a@x.example,A,A,a,student\n2,b@x.example,\"B, the\",B,b,student\n");
    good(&platform, &whole);
    let users = platform.users();
    // Inside a quoted field, and inside a character.
    let quoted = whole.find("the\"").expect("it is there");
    refused(&platform, &whole.as_bytes()[..quoted], "directory-cut");
    refused(
        &platform,
        &[whole.as_bytes(), b"3,\xc3"].concat(),
        "directory-cut",
    );
    // A quotation mark that is never closed takes all later rows with it.
    let open = whole.replace("1,a@", "1,\"a@");
    refused(&platform, open.as_bytes(), "directory-cut");
    assert_eq!(platform.users(), users);

    // In the last cell nobody can know; it is said.
    let report = good(&platform, whole.trim_end());
    let findings = platform.findings(&report);
    let found = |code: &str| findings.iter().any(|finding| finding["code"] == code);
    assert!(found("directory-last-line"), "{findings:?}");
    assert_eq!(platform.users(), users);
}

#[test]
fn a_file_in_another_encoding_is_refused_as_a_whole() {
    let platform = Platform::new();
    let whole = format!("{HEADER}1,a@x.example,A,A,a,student\n2,b@x.example,Bj?rn,B,b,student\n");
    good(&platform, &whole);
    let users = platform.users();
    let windows: Vec<u8> = whole
        .bytes()
        .map(|byte| if byte == b'?' { 0xf6 } else { byte })
        .collect();
    refused(&platform, &windows, "directory-encoding");
    let utf16: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(whole.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    refused(&platform, &utf16, "directory-encoding");
    assert_eq!(platform.users(), users);
}
