//! Adapters that want another's storage, or more than their own.

use crate::guest::component;
use crate::host::{Host, hasty, limits};

const STORAGE: &str = r#"
    (import "homeroom:sis/storage@0.1.0" "get" (func $get (param i32 i32 i32)))
    (import "homeroom:sis/storage@0.1.0" "set" (func $set (param i32 i32 i32 i32 i32)))"#;

/// Reads and writes keys that would be another's if keys were paths.
#[tokio::test]
async fn foreign_storage() {
    let host = Host::new(limits(), hasty());
    for (key, valid) in [
        ("../other/kept", true),
        ("/etc/passwd", true),
        ("riverside/kept", true),
        ("kept\\00", false),
        ("a\\0ab", false),
        ("", false),
    ] {
        let length = key.replace("\\00", "0").replace("\\0a", "n").len();
        // The total: what reading said (3 for a value), then what writing said.
        let guest = component(
            STORAGE,
            &format!(r#"(data (i32.const 8192) "{key}")"#),
            &format!(
                "(call $get (i32.const 8192) (i32.const {length}) (i32.const 3000))
                 (call $set (i32.const 8192) (i32.const {length}) (i32.const 8192) (i32.const 1) (i32.const 3104))
                 (i32.store8 (i32.const 1056) (i32.const 1))
                 (i64.store (i32.const 1064) (i64.extend_i32_u (i32.add
                    (i32.mul (i32.const 100) (i32.load8_u (i32.const 3000)))
                    (i32.add (i32.mul (i32.const 10) (i32.load8_u (i32.const 3008)))
                        (i32.load8_u (i32.const 3104))))))
                 i32.const 1024"
            ),
        );
        let page = host.read(&guest).await.expect("a page");
        if valid {
            assert_eq!(
                page.total,
                Some(0),
                "{key}: nothing is there, and it may be written"
            );
            assert_eq!(page.storage_writes.len(), 1, "{key}");
            assert_eq!(page.storage_writes[0].0, key, "a key is a name and no path");
        } else {
            assert_eq!(
                page.total.map(|t| (t / 100, t % 10)),
                Some((1, 1)),
                "{key}: no key"
            );
            assert!(page.storage_writes.is_empty());
        }
    }
    host.neighbour_is_well("after foreign keys").await;
}

#[tokio::test]
async fn storage_beyond_its_quota() {
    // Keys of four bytes without a value, more and more of them: small by
    // bytes, large by what the host needs for each.
    let many = component(
        STORAGE,
        "",
        "(local $i i32)
         (loop $l
            (i32.store (i32.const 8192) (i32.add (i32.const 0x61616161)
                (i32.add (i32.and (local.get $i) (i32.const 15))
                (i32.add (i32.shl (i32.and (i32.shr_u (local.get $i) (i32.const 4)) (i32.const 15)) (i32.const 8))
                (i32.add (i32.shl (i32.and (i32.shr_u (local.get $i) (i32.const 8)) (i32.const 15)) (i32.const 16))
                         (i32.shl (i32.shr_u (local.get $i) (i32.const 12)) (i32.const 24)))))))
            (call $set (i32.const 8192) (i32.const 4) (i32.const 8192) (i32.const 0) (i32.const 3000))
            (if (i32.load8_u (i32.const 3000)) (then
                (i32.store8 (i32.const 1056) (i32.const 1))
                (i64.store (i32.const 1064) (i64.extend_i32_u (local.get $i)))
                (return (i32.const 1024))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $l))
         i32.const 0",
    );
    let host = Host::new(limits(), hasty());
    let page = host.read(&many).await.expect("a page");
    assert_eq!(page.total, Some(4095), "with the one that was there, 4,096");
    assert_eq!(page.storage_writes.len(), 4095);
    assert_eq!(page.stats.storage, 4095 * 4 + 8);
}
