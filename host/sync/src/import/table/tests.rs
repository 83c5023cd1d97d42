//! Files with every defect that a file can have as a table.

use super::*;

const FORM: Form<3> = Form {
    name: "the list",
    columns: ["id", "name", "phone"],
    required: 2,
    id: "id",
    header: "list-header",
    encoding: "list-encoding",
    cut: "list-cut",
    row: "list-row",
    last_line: "list-last-line",
};

/// What was read, a line each: `line: cells`, or `! sourcedId field: detail`.
fn rows(bytes: &[u8]) -> Result<(Vec<String>, Option<PageFinding>)> {
    let mut told = Vec::new();
    let note = FORM.read(bytes, |row| {
        told.push(match row {
            Ok(row) => format!("{}: {}", row.line, row.cells.join("|")),
            Err(finding) => format!(
                "! {} {}: {}",
                finding.sourced_id.as_deref().unwrap_or("-"),
                finding.field.as_deref().unwrap_or("-"),
                finding.detail
            ),
        });
    })?;
    Ok((told, note))
}

#[track_caller]
fn read(text: &str) -> Vec<String> {
    let (told, note) = rows(text.as_bytes()).expect("a usable file");
    assert_eq!(note, None);
    told
}

/// The code and the message with which a file is refused.
#[track_caller]
fn refused(bytes: &[u8]) -> (String, String) {
    let error = rows(bytes).expect_err("refused");
    (error.code().to_owned(), error.to_string())
}

#[test]
fn columns_stand_in_any_order_and_others_are_not_looked_at() {
    let told = read("\u{feff}name,x, id \nAda,?,1\n Östen ,\"a,b\",2\n");
    assert_eq!(told, ["2: 1|Ada|", "3: 2|Östen|"]);
    assert_eq!(read("phone,name,id\n5,Ada,1\n"), ["2: 1|Ada|5"]);
}

#[test]
fn lines_are_counted_as_an_editor_does() {
    let text = "id,name\n1,a\n\n\n2,\"b\"\"b\"\n,\n3,c\n";
    let told = ["2: 1|a|", "5: 2|b\"b|", "7: 3|c|"];
    assert_eq!(read(text), told);
    assert_eq!(read(&text.replace('\n', "\r\n")), told);
}

#[test]
fn a_column_that_must_be_there_is_named() {
    let (code, told) = refused(b"id,phone\n1,2\n");
    assert_eq!(code, "list-header");
    assert!(told.contains("no column \"name\""), "{told}");
    assert!(told.contains("id,name, and may have phone"), "{told}");
    assert_eq!(refused(b"").0, "list-header");
}

#[test]
fn other_encodings_are_refused_as_a_whole() {
    let (code, told) = refused(b"id,name\n1,Bj\xf6rn\n");
    assert_eq!(code, "list-encoding");
    assert!(told.contains("line 2 of the list is not UTF-8"), "{told}");
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let text = "\u{feff}id,name\n".encode_utf16();
        let (code, told) = refused(&text.flat_map(bytes).collect::<Vec<_>>());
        assert_eq!(code, "list-encoding");
        assert!(told.contains("is UTF-16"), "{told}");
    }
}

#[test]
fn a_file_that_was_cut_off_is_refused() {
    // Inside a quoted field, at its end, and inside a character.
    for text in [
        &b"id,name\n1,\"Bj"[..],
        b"id,name\n1,\"",
        b"id,name\n1,\xc3",
    ] {
        let (code, told) = refused(text);
        assert_eq!(code, "list-cut", "{told}");
    }
    // A quotation mark that is never closed, and one that a later one closes.
    for text in ["id,name\n1,\"a\n2,b\n3,c\n", "id,name\n1,\"a\n2,b\n3,c\"\n"] {
        let (code, told) = refused(text.as_bytes());
        assert_eq!(code, "list-cut", "{told}");
    }
    // In the last cell nobody can know; it is said.
    let (told, note) = rows(b"id,name\n1,a\n2,Bj").expect("usable");
    assert_eq!(told, ["2: 1|a|", "3: 2|Bj|"]);
    let note = note.expect("something to say");
    assert_eq!(note.code, "list-last-line");
    assert!(note.detail.starts_with("line 3"), "{}", note.detail);
}

#[test]
fn a_row_that_cannot_be_read_is_left_out_alone() {
    let long = "x".repeat(MAX_TEXT + 1);
    let told = read(&format!(
        "id,name\n1\n2,a,b\n3,{long}\n4,a\u{7}b\n\u{7},a\n5,e\n"
    ));
    let told: Vec<_> = told.iter().map(|line| line.split(';').next()).collect();
    let told: Vec<_> = told.into_iter().flatten().collect();
    assert_eq!(
        told,
        [
            "! - -: line 2 has 1 fields, the header 2",
            "! - -: line 3 has 3 fields, the header 2",
            "! 3 name: line 4: name is too long",
            "! 4 name: line 5: name holds control characters",
            "! - id: line 6: id holds control characters",
            "7: 5|e|",
        ]
    );
}

#[test]
fn the_mark_of_the_end_is_no_secret_word() {
    let mark = "homeroom: end of the file";
    let (told, _) = rows(format!("id,name\n{mark}\n1,a\n{mark}").as_bytes()).expect("usable");
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[1].starts_with("3: 1"), "{told:?}");
}
