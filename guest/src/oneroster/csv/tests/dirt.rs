//! Bytes, lines, quotes, headers: what makes a file hard to read.

use super::*;

const HEADER: &str = "sourcedId,role,orgSourcedIds,givenName,familyName\n";

fn csv(rows: &str) -> Vec<u8> {
    format!("{HEADER}{rows}").into_bytes()
}

#[test]
fn trap_63_line_ends_of_every_kind_and_a_mark_at_the_begin_are_read() {
    let rows = "sourcedId,role,orgSourcedIds,givenName,familyName\nu1,student,s1,Ada,Byron\nu2,student,s1,Bo,Best";
    for end in ["\n", "\r\n", "\r"] {
        for mark in ["", "\u{feff}"] {
            let text = format!("{mark}{}", rows.replace('\n', end));
            let (names, noted) = names(text.as_bytes());
            assert_eq!(names, ["u1 Ada Byron", "u2 Bo Best"], "{end:?}");
            assert_eq!(noted, [], "{end:?}");
        }
    }
}

#[test]
fn trap_63_quotes_hold_commas_quotes_and_line_breaks() {
    let rows = "\"u1\",\"student\",\"s1\",\"Ada \"\"A.\"\"\",\"Byron, née King\"\n\
                u2,student,s1,\"Two\nLines\",Last\n\
                u3,student,s1,Cy,Coe\n";
    let (names, noted) = names(&csv(rows));
    assert_eq!(names[0], "u1 Ada \"A.\" Byron, née King");
    assert_eq!(names[1], "u2 TwoLines Last");
    assert_eq!(names[2], "u3 Cy Coe");
    assert_eq!(codes(&noted), ["text-repaired"]);
    assert!(noted[0].1.contains("(users.csv, line 3)"), "{noted:?}");
}

#[test]
fn trap_63_a_quote_that_is_never_closed_costs_one_row() {
    let rows = "u1,student,s1,\"Ada,Byron\nu2,student,s1,Bo,Best\nu3,student,s1,Cy,\"Coe\n\
                u4,student,s1,\"Di\",Dot\n";
    let (names, noted) = names(&csv(rows));
    assert_eq!(names, ["u2 Bo Best", "u4 Di Dot"]);
    assert_eq!(codes(&noted), ["broken-quotes", "broken-quotes"]);
    assert!(noted[0].1.contains("line 2"), "{noted:?}");
    assert!(noted[1].1.contains("line 4"), "{noted:?}");
}

#[test]
fn trap_63_ragged_rows_are_used_where_it_is_certain_what_is_what() {
    let rows = "u1,student,s1,Ada\nu2,student,s1,Bo,Best,,\nu3,student,s1,Cy,Coe, Jr.\nu4,student,s1,Di,Dot\n,,,,\n\n";
    let (names, noted) = names(&csv(rows));
    assert_eq!(names, ["u1 Ada ", "u2 Bo Best", "u4 Di Dot"]);
    assert_eq!(codes(&noted), ["row-too-short", "row-too-long"]);
    assert!(noted[1].1.contains("6 cells and the header 5"), "{noted:?}");
}

#[test]
fn trap_63_columns_in_any_order_and_letter_case_and_names_of_files_too() {
    let shuffled = b"FAMILYNAME, givenname ,Role,orgsourcedids,SourcedID,metadata.homeLanguage,ext_bus\nByron,Ada,student,s1,u1,fr,12\n";
    let files = bundle(&[("USERS.CSV", shuffled)]);
    let (users, noted) = users(&files);
    assert_eq!(users[0].family_name.as_deref(), Some("Byron"));
    assert_eq!(users[0].sourced_id, "u1");
    assert_eq!(users[0].language.as_deref(), Some("fr"));
    let pair = ("ext_bus".to_owned(), "12".to_owned());
    assert!(users[0].metadata.contains(&pair), "{:?}", users[0].metadata);
    assert_eq!(noted, []);
}

#[test]
fn trap_63_a_misspelt_column_is_named_with_what_it_may_mean() {
    let users = b"sourcedId,role,orgSourcedIds,givenName,familyName,emial,shoe size,role\nu1,student,s1,Ada,Byron,a@x.example,38,teacher\n";
    let (_, noted) = names(users);
    assert_eq!(
        codes(&noted),
        ["duplicate-column", "unknown-column", "unknown-column"]
    );
    assert!(noted[1].1.contains("`email`"), "{noted:?}");
    assert!(!noted[2].1.contains("if that is meant"), "{noted:?}");
}

#[test]
fn trap_63_a_header_alone_and_an_empty_file_are_errors() {
    for content in ["", "\n\n", HEADER, "\u{feff}sourcedId,role,givenName\r\n"] {
        let files = [("users.csv", content.as_bytes())];
        let failure = failure(&bundle(&files), Collection::Users);
        let Failure::Malformed(text) = failure else {
            panic!("{failure:?}")
        };
        assert!(text.contains("users.csv has no rows"), "{text}");
    }
}

#[test]
fn a_file_without_its_header_is_refused_whole() {
    let failure = failure(
        &bundle(&[("users.csv", b"u1,student,s1,Ada,Byron\n")]),
        Collection::Users,
    );
    assert!(matches!(failure, Failure::Malformed(text) if text.contains("`sourcedId`")));
}

#[test]
fn trap_64_bytes_that_are_no_utf_8_cost_their_row_and_are_never_garbled() {
    let mut rows = csv("u1,student,s1,Ada,Byron\nu2,student,s1,Ren");
    rows.extend_from_slice(b"\xe9,Best\nu3,student,s1,Ren\xc3\xa9,Coe\n");
    let (names, noted) = names(&rows);
    assert_eq!(names, ["u1 Ada Byron", "u3 René Coe"]);
    assert_eq!(codes(&noted), ["wrong-encoding"]);
    assert!(noted[0].1.contains("users.csv, line 3"), "{noted:?}");
}

#[test]
fn trap_64_windows_1252_is_read_where_the_operator_says_so() {
    let mut rows = csv("u1,student,s1,Ren");
    rows.extend_from_slice(b"\xe9,O\x92Brien\n");
    let files = [("users.csv", rows.as_slice())];
    let settings = [("encoding", "windows-1252")];
    let pages = pages(&bundle(&files), Collection::Users, 100, &settings).expect("readable");
    let Records::Users(users) = &pages[0].records else {
        panic!("users")
    };
    assert_eq!(users[0].given_name.as_deref(), Some("René"));
    assert_eq!(users[0].family_name.as_deref(), Some("O’Brien"));
    let utf_16: Vec<u8> = "\u{feff}sourcedId"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let failure = failure(&bundle(&[("users.csv", &utf_16)]), Collection::Users);
    assert!(matches!(failure, Failure::Malformed(text) if text.contains("UTF-16")));
}

#[test]
fn other_delimiters_are_understood() {
    for delimiter in [";", "\t"] {
        let text = "sourcedId,role,orgSourcedIds,givenName,familyName\nu1,student,s1,Ada,Byron\n";
        let (names, _) = names(text.replace(',', delimiter).as_bytes());
        assert_eq!(names, ["u1 Ada Byron"]);
    }
}

#[test]
fn trap_63_a_quote_that_meets_the_next_one_costs_its_row_and_no_other() {
    // The user name's quote is closed by the one that opens the next cell; the
    // number of cells comes out right all the same.
    let header = "sourcedId,role,orgSourcedIds,username,userIds,givenName,familyName\n";
    let rows = "u1,student,s1,\"ada,\"{LDAP:1},{Local:2}\",Ada,Byron\nu2,student,s1,bo,\"{LDAP:3},{Local:4}\",Bo,Best\n";
    let (names, noted) = names(format!("{header}{rows}").as_bytes());
    assert_eq!(names, ["u2 Bo Best"]);
    assert_eq!(codes(&noted), ["broken-quotes"]);
    assert!(noted[0].1.contains("(users.csv, line 2)"), "{noted:?}");
}

#[test]
fn trap_63_a_quoted_nickname_is_read_and_said() {
    let rows = "u1,student,s1,\"Robert \"Bob\" L.\",Smith\nu2,student,s1,\"Bo\" ,Best\nu3,student,s1,C\"y,Coe\n";
    let (names, noted) = names(&csv(rows));
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(names[0].starts_with("u1 Robert "), "{names:?}");
    assert!(names[0].ends_with(" Smith"), "{names:?}");
    assert_eq!(names[1..], ["u2 Bo Best", "u3 C\"y Coe"]);
    assert_eq!(codes(&noted), ["stray-quote"]);
    assert!(noted[0].1.contains("(users.csv, line 2)"), "{noted:?}");
}

#[test]
fn trap_63_a_nul_in_a_value_costs_no_more_than_itself() {
    let rows = "u1,student,s1,A\0da,Byron\nu2,student,s1,Bo,Best\n";
    let (names, noted) = names(&csv(rows));
    assert_eq!(names, ["u1 Ada Byron", "u2 Bo Best"]);
    assert_eq!(codes(&noted), ["text-repaired"]);
}

#[test]
fn trap_63_a_row_that_lacks_its_name_says_that_cells_are_missing() {
    let (names, noted) = names(&csv("u1,student\nu2,student,s1,Bo,Best\n"));
    assert_eq!(names, ["u2 Bo Best"]);
    assert_eq!(codes(&noted), ["missing-name"]);
    assert!(
        noted[0]
            .1
            .contains("the row has 3 cells less than the header (users.csv, line 2)"),
        "{noted:?}"
    );
}

#[test]
fn trap_63_a_row_left_out_is_named_by_its_id_wherever_the_column_stands() {
    let file = b"role,givenName,familyName,sourcedId\nstudent,J\xfcrgen,Best,u1\nstudent,Cy,Coe,u2,Jr.\nstudent,Di,Dot,u3\n";
    let pages =
        pages(&bundle(&[("users.csv", file)]), Collection::Users, 100, &[]).expect("readable");
    let left_out = pages.iter().flat_map(|page| &page.findings);
    let left_out = left_out.map(|f| (f.code.as_str(), f.sourced_id.as_deref().unwrap_or("")));
    assert_eq!(
        left_out.collect::<Vec<_>>(),
        [("wrong-encoding", "u1"), ("row-too-long", "u2")]
    );
}

#[test]
fn trap_63_a_file_of_another_kind_is_refused_with_the_way_out() {
    let utf_16 = |text: &str, mark: bool| -> Vec<u8> {
        let mark = mark.then_some('\u{feff}');
        let text: Vec<u16> = mark
            .into_iter()
            .chain(text.chars())
            .map(|c| c as u16)
            .collect();
        text.iter().flat_map(|unit| unit.to_le_bytes()).collect()
    };
    let users = HEADER.to_owned() + "u1,student,s1,Ada,Byron\n";
    let cases: [(&[u8], &str); 6] = [
        (&utf_16(&users, true), "UTF-16"),
        (&utf_16(&users, false), "UTF-16"),
        (b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "Excel"),
        (b"\x1f\x8b\x08\0", "compressed"),
        (b"\r\n <!DOCTYPE html><html>Sign in</html>", "web page"),
        (b"sourced\0Id,role\nu1,student\n", "no text file"),
    ];
    for (content, what) in cases {
        match failure(&bundle(&[("users.csv", content)]), Collection::Users) {
            Failure::Malformed(detail) => {
                assert!(detail.starts_with("users.csv is "), "{detail}");
                assert!(detail.contains(what), "{what}: {detail}");
            }
            other => panic!("{what}: {other:?}"),
        }
    }
}

#[test]
fn trap_31_a_role_that_the_standard_does_not_have_is_kept_and_said() {
    let rows = "u1,Learner,s1,Ada,Byron\nu2,ext:coach,s1,Bo,Best\nu3,TEACHER,s1,Cy,Coe\n";
    let (names, noted) = names(&csv(rows));
    assert_eq!(names.len(), 3);
    assert_eq!(codes(&noted), ["unknown-role"]);
    assert!(noted[0].1.contains("`Learner`"), "{noted:?}");
    assert!(noted[0].1.contains("(users.csv, line 2)"), "{noted:?}");
}

#[test]
fn a_flood_of_warnings_is_cut_and_the_cut_is_said() {
    let rows: String = (0..9_500)
        .map(|row| format!("u{row},Learner,s1,Ada,Byron\n"))
        .collect();
    let files = csv(&rows);
    let files = bundle(&[("users.csv", files.as_slice())]);
    let pages = pages(&files, Collection::Users, 20_000, &[]).expect("readable");
    assert_eq!(count(&pages[0].records), 9_500);
    let findings = &pages[0].findings;
    assert_eq!(findings.len(), 9_001);
    assert_eq!(findings[9_000].code, "too-many-findings");
}

#[test]
fn trap_63_a_row_beyond_every_measure_is_one_row_that_is_left_out() {
    let rows = format!(
        "u1,student,s1,Ada,Byron\nu2,student,s1,{},Best\nu3,student,s1,Cy,Coe\n",
        "x".repeat(3_000_000)
    );
    let (names, noted) = names(&csv(&rows));
    assert_eq!(names, ["u1 Ada Byron", "u3 Cy Coe"]);
    assert_eq!(codes(&noted), ["row-too-long"]);
    assert!(noted[0].1.contains("(users.csv, line 3)"), "{noted:?}");
}

#[test]
fn trap_63_a_column_that_stands_in_for_another_is_not_called_unread() {
    let classes = b"sourcedId,title,orgSourcedId,termSourcedId,courseSourcedId\nc1,Maths,s1,t1,m\n";
    let files = bundle(&[("classes.csv", classes)]);
    let (records, noted) = all(&files, Collection::Classes);
    let [Records::Classes(classes)] = records.as_slice() else {
        panic!("{records:?}")
    };
    assert_eq!(classes[0].school.as_deref(), Some("s1"));
    assert_eq!(classes[0].terms, ["t1"]);
    let said: Vec<_> = noted.iter().map(|(_, detail)| detail.as_str()).collect();
    assert_eq!(
        said,
        [
            "classes.csv has no column `schoolSourcedId`; `orgSourcedId` stands in for it.",
            "classes.csv has no column `termSourcedIds`; `termSourcedId` stands in for it.",
        ]
    );

    let users = b"sourcedId,role,orgSourcedId,givenName,familyName\nu1,student,s1,Ada,Byron\n";
    let (_, noted) = names(users);
    assert!(
        noted[0].1.ends_with("`orgSourcedId` stands in for it."),
        "{noted:?}"
    );
}

#[test]
fn trap_64_utf_8_beside_windows_1252_is_not_garbled_by_the_setting() {
    let users = [
        HEADER.as_bytes(),
        b"u1,student,s1,J\xfcrgen,M\xfcller\n",
        "u2,student,s1,Zoë,Åkesson\n".as_bytes(),
    ]
    .concat();
    let orgs = "sourcedId,name,type\ns1,Süd-Schule,school\n";
    let files = bundle(&[("users.csv", &users), ("orgs.csv", orgs.as_bytes())]);
    let setting = [("encoding", "windows-1252")];
    let read = |collection| {
        let mut pages = pages(&files, collection, 100, &setting).expect("readable");
        pages.remove(0).records
    };
    let Records::Users(users) = read(Collection::Users) else {
        panic!("users")
    };
    let names: Vec<_> = users.iter().map(|u| u.given_name.as_deref()).collect();
    assert_eq!(names, [Some("Jürgen"), Some("Zoë")]);
    let Records::Orgs(orgs) = read(Collection::Orgs) else {
        panic!("orgs")
    };
    assert_eq!(orgs[0].name, "Süd-Schule");
}
