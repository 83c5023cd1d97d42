//! What the host makes of an adapter's answers: it believes nothing, repairs
//! what it can and says so.

#[allow(
    unreachable_pub,
    reason = "a module of helpers that several tests share"
)]
mod guest;

use std::sync::Arc;

use guest::{component, orgs, read, session, session_with, small};
use homeroom_roster::codec;
use homeroom_roster::record::{Collection, Org};
use homeroom_sandbox::{ErrorKind, Limits, NoObserver, PageRequest, Severity};

/// Where the page of the answer lies, field by field, when it begins at 1024.
const LIST: u32 = 1036;
const RECEIVED: u32 = 1044;
const NEXT: u32 = 1048;
const FINDINGS: u32 = 1072;

fn store(at: u32, value: u32) -> String {
    format!("(i32.store (i32.const {at}) (i32.const {value})) ")
}

/// An org at `at` with id and name, everything else absent.
fn org(at: u32, id: (u32, u32), name: (u32, u32)) -> String {
    [
        (at, id.0),
        (at + 4, id.1),
        (at + 32, name.0),
        (at + 36, name.1),
    ]
    .map(|(at, value)| store(at, value))
    .concat()
}

/// Where a text lies, and its length.
type Text = (u32, u32);

/// A page of `orgs`, 88 bytes each from 4096 on.
fn page(orgs: &[(Text, Text)], received: u32, more: &str) -> String {
    let mut read: String = (4096..)
        .step_by(88)
        .zip(orgs)
        .map(|(at, (id, name))| org(at, *id, *name))
        .collect();
    read += &store(LIST, 4096);
    read += &store(LIST + 4, orgs.len() as u32);
    read += &store(RECEIVED, received);
    format!("{read} {more} i32.const 1024")
}

/// Text from 2048 on: a good id, a bad one, names.
const TEXT: &str = r#"(data (i32.const 2048) "s-1 North School\09East  s\0a2")"#;
const ID: (u32, u32) = (2048, 3);
const NAME: (u32, u32) = (2052, 12);
const TABBED: (u32, u32) = (2058, 11);
const BAD_ID: (u32, u32) = (2071, 3);

#[tokio::test]
async fn an_empty_page_is_a_page() {
    let page = read(&component("", "", "i32.const 1024"), small())
        .await
        .expect("a page");
    assert_eq!((page.count, page.received, page.records.len()), (0, 0, 0));
    assert!(page.next.is_empty() && page.findings.is_empty() && page.total.is_none());
    assert!(page.stats.peak_memory >= 2 * 65536);
}

#[tokio::test]
async fn records_are_encoded_repaired_and_left_out() {
    let guest = component(
        "",
        TEXT,
        &page(
            &[
                (ID, NAME),
                (ID, TABBED),
                (BAD_ID, NAME),
                ((0, 0), NAME),
                (ID, (0, 0)),
            ],
            5,
            "",
        ),
    );
    let page = read(&guest, small()).await.expect("a page");
    let orgs: Vec<Org> = codec::records(&page.records)
        .collect::<Result<_, _>>()
        .expect("readable");
    let seen: Vec<_> = orgs
        .iter()
        .map(|o| (o.sourced_id, o.name, o.org_type))
        .collect();
    assert_eq!(
        seen,
        [
            ("s-1", "North School", "department"),
            ("s-1", "School East", "department"),
            ("s-1", "s-1", "department")
        ]
    );
    assert_eq!((page.count, page.received), (3, 5));
    let found: Vec<_> = page
        .findings
        .iter()
        .map(|f| (f.severity, f.code.as_str(), f.sourced_id.as_deref()))
        .collect();
    assert_eq!(
        found,
        [
            (Severity::Warning, "text-repaired", Some("s-1")),
            (Severity::Error, "invalid-text", None),
            (Severity::Error, "missing-id", None),
            (Severity::Warning, "missing-title", Some("s-1")),
        ]
    );
}

#[tokio::test]
async fn text_beyond_its_limit_is_cut() {
    let limits = Limits {
        text_bytes: 5,
        ..small()
    };
    let page = read(&component("", TEXT, &page(&[(ID, NAME)], 1, "")), limits)
        .await
        .expect("a page");
    let orgs: Vec<Org> = codec::records(&page.records)
        .collect::<Result<_, _>>()
        .expect("readable");
    assert_eq!(orgs[0].name, "North");
    assert_eq!(page.findings[0].code, "text-too-long");
}

#[tokio::test]
async fn a_page_that_does_not_add_up_is_nonsense() {
    for (read_body, what) in [
        (page(&[(ID, NAME)], 2, ""), "does not add up"),
        (page(&[(ID, NAME)], 0, ""), "does not add up"),
        (
            page(&[], 0, "(i32.store8 (i32.const 1032) (i32.const 4))"),
            "answered with users",
        ),
        (
            page(&[], 0, &(store(NEXT, 2048) + &store(NEXT + 4, 1_000_000))),
            "cannot be read",
        ),
        (
            page(&[], 0, &(store(LIST, 2048) + &store(LIST + 4, 10_000))),
            "cannot be read",
        ),
        (
            page(&[], 0, "(i32.store8 (i32.const 1032) (i32.const 77))"),
            "cannot be read",
        ),
        (page(&[((2048, 99_999_999), NAME)], 1, ""), "cannot be read"),
    ] {
        let error = read(&component("", TEXT, &read_body), small())
            .await
            .expect_err(what);
        assert_eq!(error.kind(), ErrorKind::AdapterNonsense, "{error}");
        assert!(error.detail().contains(what), "{error}");
    }
}

#[tokio::test]
async fn text_that_is_no_unicode_is_nonsense() {
    let bad = component(
        "",
        r#"(data (i32.const 2048) "s-1 \ff\fe")"#,
        &page(&[(ID, (2052, 2))], 1, ""),
    );
    let error = read(&bad, small()).await.expect_err("no text");
    assert_eq!(error.kind(), ErrorKind::AdapterNonsense);
}

#[tokio::test]
async fn findings_are_counted_and_made_harmless() {
    // One finding at 5000: severity error, code "s-1", detail with a tab.
    let finding = [(5004, 2048), (5008, 3), (5036, 2058), (5040, 11)];
    let more: String = finding
        .iter()
        .map(|(at, value)| store(*at, *value))
        .collect();
    let more = more + &store(FINDINGS, 5000) + &store(FINDINGS + 4, 1);
    let page = read(
        &component("", TEXT, &page(&[(ID, NAME)], 2, &more)),
        small(),
    )
    .await
    .expect("a page");
    assert_eq!((page.count, page.received), (1, 2));
    assert_eq!(page.findings[0].code, "s-1");
    assert_eq!(page.findings[0].detail, "School\\tEast");
    assert_eq!(page.findings[0].severity, Severity::Error);
}

#[tokio::test]
async fn a_page_has_its_size() {
    let one = component("", TEXT, &page(&[(ID, NAME), (ID, NAME)], 2, ""));
    let error = read(
        &one,
        Limits {
            page_records: 1,
            ..small()
        },
    )
    .await
    .expect_err("too many");
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    let error = read(
        &one,
        Limits {
            page_bytes: 10,
            ..small()
        },
    )
    .await
    .expect_err("too large");
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}

#[tokio::test]
async fn a_cursor_that_leads_nowhere_is_nonsense() {
    // Two words at 5000: where the cursor lies. The guest hands back its own.
    let echo = "(i32.store (i32.const 5000) (local.get $cursor))
        (i32.store (i32.const 5004) (local.get $cursor_len))";
    let more = echo.to_owned() + &store(NEXT, 5000) + &store(NEXT + 4, 1);
    let echo = component("", TEXT, &page(&[], 0, &more));
    let session = session(&echo, small());
    let page = session.read(&orgs()).await.expect("a first page");
    assert_eq!(page.next, [""]);
    let again = PageRequest {
        cursor: Some("100".into()),
        ..orgs()
    };
    let error = session.read(&again).await.expect_err("a circle");
    assert!(error.detail().contains("never end"), "{error}");
    let error = read(
        &echo,
        Limits {
            page_cursors: 0,
            ..small()
        },
    )
    .await
    .expect_err("too many");
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}

#[tokio::test]
async fn failures_keep_their_meaning() {
    // `err`, then the failure's case, then its text or number.
    let fail = |case: u32, payload: &str| {
        let read = format!(
            "(i32.store8 (i32.const 1024) (i32.const 1)) (i32.store8 (i32.const 1032) (i32.const {case})) {payload} i32.const 1024"
        );
        component("", TEXT, &read)
    };
    let text = store(1036, 2058) + &store(1040, 11);
    for (case, payload, expected, said) in [
        (0, text.clone(), ErrorKind::Unauthorised, "School\\tEast."),
        (1, text.clone(), ErrorKind::Forbidden, "School\\tEast."),
        (
            4,
            store(1036, 1) + &store(1040, 30),
            ErrorKind::RateLimited,
            "30 s",
        ),
        (5, text.clone(), ErrorKind::Unavailable, "School\\tEast."),
        (6, text.clone(), ErrorKind::Redirected, "`School\\tEast`"),
        (7, text, ErrorKind::Malformed, "School\\tEast."),
    ] {
        let error = read(&fail(case, &payload), small())
            .await
            .expect_err("a failure");
        assert_eq!(error.kind(), expected);
        assert!(error.detail().contains(said), "{error}");
    }
    let error = read(&fail(4, &(store(1036, 1) + &store(1040, 30))), small())
        .await
        .expect_err("a failure");
    assert_eq!(
        error.retry_after(),
        Some(std::time::Duration::from_secs(30))
    );
    assert!(error.is_retryable());
}

const STORAGE: &str = r#"
    (import "homeroom:sis/storage@0.1.0" "get" (func $get (param i32 i32 i32)))
    (import "homeroom:sis/storage@0.1.0" "set" (func $set (param i32 i32 i32 i32 i32)))"#;

#[tokio::test]
async fn storage_is_read_as_it_was_and_written_later() {
    // Writes "s-1" and reads it back: `total` becomes the first byte read.
    let guest = component(
        STORAGE,
        TEXT,
        "(call $set (i32.const 2048) (i32.const 3) (i32.const 2052) (i32.const 5) (i32.const 3000))
         (call $get (i32.const 2048) (i32.const 3) (i32.const 3104))
         (if (i32.load8_u (i32.const 3112)) (then
            (i32.store8 (i32.const 1056) (i32.const 1))
            (i64.store (i32.const 1064) (i64.load8_u (i32.load (i32.const 3116))))))
         i32.const 1024",
    );
    let stored = session_with(&guest, small(), Arc::new(NoObserver), &[("s-1", b"old")]);
    let page = stored.session.read(&orgs()).await.expect("a page");
    assert_eq!(page.total, Some(u64::from(b'o')));
    assert_eq!(
        page.storage_writes,
        [("s-1".to_owned(), Some(b"North".to_vec()))]
    );
    let page = session(&guest, small())
        .read(&orgs())
        .await
        .expect("a page");
    assert_eq!(page.total, None);
}

#[tokio::test]
async fn storage_has_a_quota() {
    let guest = component(
        STORAGE,
        TEXT,
        "(call $set (i32.const 2048) (i32.const 3) (i32.const 0) (i32.const 100000) (i32.const 3000))
         (i32.store8 (i32.const 1056) (i32.const 1))
         (i64.store (i32.const 1064) (i64.load (i32.const 3016)))
         i32.const 1024",
    );
    let page = read(&guest, small()).await.expect("a page");
    assert_eq!(page.total, Some(65536), "the quota is told");
    assert!(page.storage_writes.is_empty());
}

#[tokio::test]
async fn check_reports() {
    let guest = component("", "", "i32.const 1024");
    let report = session(&guest, small()).check().await.expect("a report");
    assert_eq!(
        (
            report.source.as_str(),
            report.schools.len(),
            report.notes.len()
        ),
        ("", 0, 0)
    );
}

#[tokio::test]
async fn calls_run_side_by_side_and_are_summed() {
    let guest = component("", TEXT, &page(&[(ID, NAME)], 1, ""));
    let session = session(&guest, small());
    let many = (0..50).map(|_| {
        let session = session.clone();
        tokio::spawn(async move { session.read(&orgs()).await.map(|p| p.count) })
    });
    for result in futures::future::join_all(many).await {
        assert_eq!(result.expect("no panic").expect("a page"), 1);
    }
    assert_eq!(session.totals().requests, 0);
    assert!(!session.totals().guest.is_zero());
    assert_eq!(orgs().collection, Collection::Orgs);
}
