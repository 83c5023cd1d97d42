//! Files of guardians as people make them: marks, cut-off copies, other
//! encodings. Nothing is taken by halves without a word. And a preview of one.

use e2e::{Answer, Hand, NAME, Place, total_changes};
use serde_json::Value;

const HEADER: &str = "studentSourcedId,sourcedId,relationship,email,givenName,familyName,sms\n";

/// A student, Ada (`u1`), whose guardians come from a file.
fn place() -> Place {
    let place = Hand::new()
        .people(&[
            "3,bj@home.example,Bj,Grey,bj,parent",
            "4,gil@home.example,Gil,Grey,gil,parent",
        ])
        .set("guardians=file")
        .connect();
    place.sync();
    place
}

fn import(place: &Place, bytes: &[u8], more: &[&str]) -> Answer {
    let file = place.platform.bytes("guardians.csv", bytes);
    let mut arguments = vec!["guardians", "import", &file, "--integration", NAME];
    arguments.push("--json");
    arguments.extend(more);
    place.platform.run(arguments)
}

#[track_caller]
fn good(place: &Place, text: &str) -> Value {
    import(place, text.as_bytes(), &[]).ok().json()
}

/// The emails of who is linked with a guardian of the file.
fn guardians(place: &Place) -> Vec<String> {
    let of_file = |link: &Value| link["provider"] == "sis-guardians";
    let users = place.platform.users().into_iter().filter(|user| {
        let links = user["links"].as_array().expect("links");
        links.iter().any(of_file)
    });
    users
        .filter_map(|user| user["email"].as_str().map(str::to_owned))
        .collect()
}

fn whole() -> String {
    format!(
        "{HEADER}u1,g1,parent,gil@home.example,Gil,Grey,555\n\
         u1,g2,parent,bj@home.example,\"Bj?rn, the\",Grey,555\n"
    )
}

#[track_caller]
fn refused(place: &Place, bytes: &[u8], code: &str) {
    let before = place.platform.roster();
    let object = import(place, bytes, &[]).ends_with(1).json();
    assert_eq!(object["code"], code, "{object}");
    let remedy = object["remedy"].as_str().expect("text");
    assert!(!remedy.is_empty(), "{object}");
    assert_eq!(place.platform.roster(), before);
}

#[test]
fn a_mark_and_windows_line_ends_are_fine() {
    let place = place();
    let text = format!("\u{feff}{}", whole().replace('\n', "\r\n"));
    let report = good(&place, &text);
    assert_eq!(place.findings(&report), [""; 0]);
    assert_eq!(guardians(&place), ["bj@home.example", "gil@home.example"]);
}

#[test]
fn a_file_of_guardians_in_another_encoding_is_refused_as_a_whole() {
    let place = place();
    let whole = whole();
    good(&place, &whole);
    let windows = whole.bytes().map(|b| if b == b'?' { 0xf6 } else { b });
    refused(&place, &windows.collect::<Vec<_>>(), "guardians-encoding");
    let utf16 = format!("\u{feff}{whole}");
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let utf16: Vec<u8> = utf16.encode_utf16().flat_map(bytes).collect();
        refused(&place, &utf16, "guardians-encoding");
    }
}

#[test]
fn a_file_of_guardians_that_was_cut_off_is_told() {
    let place = place();
    let whole = whole();
    good(&place, &whole);
    // Inside a quoted field, and inside a character.
    let quoted = whole.find("the\"").expect("it is there");
    refused(&place, &whole.as_bytes()[..quoted], "guardians-cut");
    let torn = [whole.as_bytes(), b"u1,g3,\xc3"].concat();
    refused(&place, &torn, "guardians-cut");
    // A quotation mark that is never closed takes all later rows with it.
    let open = whole.replace("gil@", "\"gil@");
    refused(&place, open.as_bytes(), "guardians-cut");

    // In the last cell nobody can know; it is said.
    let report = good(&place, whole.trim_end());
    assert_eq!(place.findings(&report), ["guardians-last-line users/- -"]);
    assert_eq!(total_changes(&report), 0);
}

#[test]
fn rows_that_cannot_be_used_are_left_out_and_named_by_their_line() {
    let place = place();
    let text = whole().replace('\n', "\r\n")
        + "u1,g3,parent\r\n\r\nu1,g4,aunt,a@home.example,A,A,\r\nu1,g5,parent,a\u{7}b,A,A,\r\n";
    let report = good(&place, &text);
    assert_eq!(report["received"]["users"], 5);
    assert_eq!(report["failed"]["users"], 3);
    assert_eq!(
        place.findings(&report),
        [
            "guardians-row users/- -",
            "guardians-row users/g4 relationship",
            "guardians-row users/g5 email",
        ]
    );
    let details: Vec<String> = place.platform.findings(&report)[..]
        .iter()
        .map(|finding| finding["detail"].to_string())
        .collect();
    for line in ["line 4 has 3 fields", "line 6 has another", "line 7: email"] {
        assert!(details.iter().any(|d| d.contains(line)), "{details:?}");
    }
}

#[test]
fn a_preview_of_guardians_changes_nothing_until_it_is_approved() {
    let place = place();
    let before = place.platform.roster();
    let preview = import(&place, whole().as_bytes(), &["--preview"])
        .ok()
        .json();
    assert_eq!(preview["preview"], true);
    assert_eq!(preview["changes"]["guardians"]["create"], 2, "{preview}");
    assert_eq!(place.platform.roster(), before);
    let run = preview["run"].to_string();
    place.platform.run(["run", "approve", &run]).ok();
    assert_eq!(guardians(&place), ["bj@home.example", "gil@home.example"]);

    let again = import(&place, whole().as_bytes(), &["--preview"])
        .ok()
        .json();
    assert_eq!(total_changes(&again), 0);
}

#[test]
fn a_preview_of_a_directory_changes_nothing_until_it_is_approved() {
    let place = Hand::new().connect();
    let before = place.platform.users();
    let text = "id,email,givenName,familyName,username,role\n\
        1,ada@x.org,Ada,Younger,ada,student\n2,tom@x.org,Tom,Teach,tom,teacher\n";
    let file = place.platform.file("later.csv", text);
    let arguments = ["directory", "import", &file, "--preview", "--json"];
    let preview = place.platform.run(arguments).ok().json();
    assert_eq!(preview["changes"]["users"]["update"], 1, "{preview}");
    assert_eq!(place.platform.users(), before);
    // A setting would change at once.
    let arguments = [&arguments[..], &["--merge-priority", "90"]].concat();
    place.platform.run(arguments).ends_with(2);

    let run = preview["run"].to_string();
    place.platform.run(["run", "approve", &run]).ok();
    let names: Vec<_> = place.platform.users();
    assert!(names.iter().any(|user| user["familyName"] == "Younger"));
}
