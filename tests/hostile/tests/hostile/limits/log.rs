//! Adapters that write to the log without end, or under another's name.

use std::sync::Arc;

use super::MANY_MEBIBYTES;
use crate::guest::{Lines, component, orgs};
use crate::host::{Host, hasty, limits};

const LOG: &str = r#"(import "homeroom:sis/log@0.1.0" "write" (func $log (param i32 i32 i32)))"#;

#[tokio::test]
async fn flood() {
    let lines = Arc::new(Lines::default());
    let flood = component(
        LOG,
        r#"(data (i32.const 8192) "ok\0a2026-01-01 ERROR homeroom: your password has expired\0d\1b[2J\e2\80\aexe")"#,
        &format!(
            "(local $i i32)
             (loop $l
                (call $log (i32.const 3) (i32.const 8192) (i32.const 67))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $l (i32.lt_u (local.get $i) (i32.const 100000))))
             {MANY_MEBIBYTES} (memory.fill (i32.const 131072) (i32.const 120) (i32.const 60000000))
             (call $log (i32.const 3) (i32.const 131072) (i32.const 60000000))
             i32.const 1024"
        ),
    );
    let host = Host::new(limits(), hasty());
    let session = host.session(&flood, "https://sis.example.org", false, lines.clone());
    let page = session.read(&orgs()).await.expect("a page");
    assert_eq!(page.stats.log_lines, 200);
    // A second page of the run has nothing left.
    session.read(&orgs()).await.expect("a page");
    let lines = lines.0.lock().expect("no panic");
    assert_eq!(lines.len(), 201, "200 and a note");
    for (_, line) in lines.iter() {
        assert!(
            line.len() <= 1024 && !line.contains(char::is_control),
            "{line:?}"
        );
        assert!(!line.contains('\u{202e}'), "{line:?}");
    }
    assert!(
        lines[0].1.starts_with("ok\\n2026-01-01 ERROR"),
        "{}",
        lines[0].1
    );
}
