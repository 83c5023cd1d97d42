//! What a person reads after a run, word by word.

use homeroom_sync::delta::DeltaView;
use homeroom_sync::views::{PerCollection, RunReport};

use super::super::samples;
use super::super::style::Style;
use super::summary;
use crate::hints::Hints;

fn shown(report: &RunReport) -> String {
    summary(report, &Style::plain(), &Hints::default())
}

#[test]
fn succeeded() {
    insta::assert_snapshot!(shown(&samples::succeeded()), @r#"
    Run 12 of riverside succeeded in 41 s.

      Matched students      31,204
      Matched teachers       1,988
      Matched guardians          0
      Unmatched users           37
      Imported classes       4,120
      Imported enrolments  212,944

    Changed
                      new  updated  archived  restored
      Users        31,204    1,988         0         3
      Enrolments  212,944        0         0         0

    Read 251,421 rows with 88 requests (41.2 MB): 250,309 in use, 1,100 left out on purpose,
    12 unusable.

    Findings: 12 errors, 1 warning, 1,100 notes
      12  error  missing-reference  Refers to nothing
       1         x-vendor-oddity

    Next
      see who is unmatched, and why  homeroom user list --unmatched
      see every finding              homeroom run findings 12
      take them as a spreadsheet     homeroom run findings 12 --csv findings.csv
    "#);
}

#[test]
fn only_changes_were_read() {
    let mut report = samples::unchanged();
    report.delta = Some(DeltaView {
        since: Some("2026-01-03T18:00:00Z".to_owned()),
        rows: PerCollection {
            users: 112,
            enrollments: 2_002,
            ..PerCollection::default()
        },
    });
    let told = shown(&report);
    let sentence = "Read 2,114 rows that changed since 2026-01-03 18:00:00 with 88 requests \
        (41.2 MB). With what was read before, 251,421 rows: 250,309 in use, 1,100 left out on \
        purpose, 12 unusable.";
    let words: Vec<&str> = told.split_whitespace().collect();
    assert!(words.join(" ").contains(sentence), "{told}");
}

#[test]
fn nothing_changed() {
    insta::assert_snapshot!(shown(&samples::unchanged()), @r#"
    Run 13 of riverside succeeded in 41 s.

      Matched students      31,204
      Matched teachers       1,988
      Matched guardians          0
      Unmatched users            0
      Imported classes       4,120
      Imported enrolments  212,944

    Nothing changed: the roster agreed with the source already.

    Read 251,421 rows with 88 requests (41.2 MB): 250,309 in use, 1,100 left out on purpose,
    12 unusable.

    No findings.
    "#);
}

#[test]
fn preview() {
    let preview = RunReport {
        preview: true,
        ..samples::succeeded()
    };
    insta::assert_snapshot!(shown(&preview), @r#"
    Preview 12 of riverside succeeded in 41 s, and nothing was changed.

      Matched students      31,204
      Matched teachers       1,988
      Matched guardians          0
      Unmatched users           37
      Imported classes       4,120
      Imported enrolments  212,944

    Would change
                      new  updated  archived  restored
      Users        31,204    1,988         0         3
      Enrolments  212,944        0         0         0

    Read 251,421 rows with 88 requests (41.2 MB): 250,309 in use, 1,100 left out on purpose,
    12 unusable.

    Findings: 12 errors, 1 warning, 1,100 notes
      12  error  missing-reference  Refers to nothing
       1         x-vendor-oddity

    Next
      see every change            homeroom run changes 12
      see every finding           homeroom run findings 12
      take them as a spreadsheet  homeroom run findings 12 --csv findings.csv
      apply exactly this          homeroom run approve 12
      leave the roster as it is   homeroom run discard 12
    "#);
}

#[test]
fn partial() {
    insta::assert_snapshot!(shown(&samples::partial()), @r#"
    Run 12 of riverside succeeded in part in 41 s: 2 schools stay as before.

    Left exactly as they were (school-incomplete)
      - School East (S 3): it has no classes, but had 31.
      - School West (S9): none of its 12 classes has a teacher.
      What to do: Complete the school's data in the SIS and check that the client may read
      it, or leave the school out: homeroom integration exclude-schools riverside ID.

      Matched students      31,204
      Matched teachers       1,988
      Matched guardians          0
      Unmatched users           37
      Imported classes       4,120
      Imported enrolments  212,944

    Changed
                      new  updated  archived  restored
      Users        31,204    1,988         0         3
      Enrolments  212,944        0         0         0

    Read 251,421 rows with 88 requests (41.2 MB): 250,309 in use, 1,100 left out on purpose,
    12 unusable.

    Findings: 12 errors, 1 warning, 1,100 notes
      12  error  missing-reference  Refers to nothing
       1         x-vendor-oddity

    Next
      see who is unmatched, and why  homeroom user list --unmatched
      see every finding              homeroom run findings 12
      take them as a spreadsheet     homeroom run findings 12 --csv findings.csv
      or leave these schools out     homeroom integration exclude-schools riverside 'S 3' S9
    "#);
}

#[test]
fn failed() {
    insta::assert_snapshot!(shown(&samples::failed()), @r#"
    Run 12 of riverside failed after 0.8 s.

    What happened (token-refused)
      https://sis.example.org/token answered 401 with \u{1b}[31minvalid_client.

    What it means
      Nothing was changed. The roster is as it was before this run.

    What to do
      Check the client id and the client secret with the district, and set them with
      `homeroom integration edit riverside`.

    Read no rows with 2 requests (31 bytes).

    Findings: 1 fatal
      1  x-token-refused

    Next
      see what was tried   homeroom run log 12
      test the connection  homeroom integration test riverside
      try again            homeroom sync riverside
    "#);
}

#[test]
fn held() {
    insta::assert_snapshot!(shown(&samples::held()), @r#"
    Run 12 of riverside is held: it waits for your decision, and nothing was changed.

    What held it

      Too much would go (deletion-threshold)
        - 1,420 of 33,229 users (4.3 %) would be archived; the threshold is 2 %.
        - School S3: 812 of 900 students (90.2 %) would be archived; the threshold is 20 %.
        What to do: Look at who and what would go with homeroom run changes 12 --action
        archive, and at classes left with homeroom run changes 12 --action remove. If it is
        right, homeroom run approve 12. If not, mend the export in the SIS, homeroom run
        discard 12 and sync again.

      Matched students      31,204
      Matched teachers       1,988
      Matched guardians          0
      Unmatched users           37
      Imported classes       4,120
      Imported enrolments  212,944

    Would change
             new  updated  archived  restored
      Users    0        0     1,420         0

    Read 251,421 rows with 88 requests (41.2 MB): 250,309 in use, 1,100 left out on purpose,
    12 unusable.

    No findings.

    Next
      see all that would change               homeroom run changes 12
      look at one school                      homeroom run changes 12 --school S3
      the same as a spreadsheet               homeroom run changes 12 --csv changes.csv
      see the findings                        homeroom run findings 12
      it is right: apply it                   homeroom run approve 12
      it is wrong: leave the roster as it is  homeroom run discard 12
    "#);
}

#[test]
fn directory_import() {
    let import = RunReport {
        kind: "directory".to_owned(),
        provider: "directory".to_owned(),
        requests: 0,
        ..samples::unchanged()
    };
    insta::assert_snapshot!(shown(&import), @r#"
    Directory import 13 of directory succeeded in 41 s.

    Nothing changed: the roster agreed with the source already.

    Read 251,421 rows: 250,309 in use, 1,100 left out on purpose, 12 unusable.

    No findings.
    "#);
}

#[test]
fn undo_and_approval_say_so() {
    let undo = RunReport {
        kind: "undo".to_owned(),
        detail: "run 12 was taken back".to_owned(),
        requests: 0,
        received: Default::default(),
        ..samples::unchanged()
    };
    insta::assert_snapshot!(shown(&undo), @r#"
    Undo 13 for riverside succeeded in 41 s.
    Run 12 was taken back.

    That run had changed nothing.

    No findings.
    "#);
}
