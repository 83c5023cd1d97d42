//! The data directory: who may read it, what a wrong key or an altered file
//! does, and that nothing in it says a secret.

mod common;

use std::path::{Path, PathBuf};

use common::KEY;
use homeroom_store::{Error, KeySource, NewAdapter, Store};
use secrecy::SecretString;
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::{Connection, SqliteConnection};

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => all.extend(files(&path)),
            false => all.push(path),
        }
    }
    all
}

#[tokio::test]
async fn a_secret_is_in_no_file_and_opens_with_its_key_alone() {
    const SECRET: &str = "correct horse battery staple";
    let dir = tempfile::tempdir().expect("a directory");
    let tenant = common::tenant(dir.path()).await;
    let (a, b) = (
        common::provider(&tenant, "a").await,
        common::provider(&tenant, "b").await,
    );
    tenant
        .set_secret(a, Some(&SecretString::from(SECRET)))
        .await
        .expect("set");
    let paths = files(dir.path());
    assert!(
        paths
            .iter()
            .any(|path| path.ends_with("tenants/default.db"))
    );
    for path in &paths {
        let bytes = std::fs::read(path).expect("readable");
        let holds = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
        assert!(
            !holds(SECRET.as_bytes()),
            "{} says the secret",
            path.display()
        );
        assert!(!holds(&KEY), "{} says the key", path.display());
    }

    let database = dir.path().join("tenants/default.db");
    let mut copy = SqliteConnection::connect(&format!("sqlite://{}", database.display()))
        .await
        .expect("the database");
    sqlx::query("UPDATE providers SET secret = (SELECT secret FROM providers WHERE key = 1)")
        .execute(&mut copy)
        .await
        .expect("copied");
    assert!(tenant.secret(a).await.is_ok());
    assert!(
        matches!(tenant.secret(b).await, Err(Error::Sealed { .. })),
        "sealed for another"
    );

    let other = Store::open_with(dir.path(), KeySource::Given([8; 32]))
        .await
        .expect("opens");
    let other = other.tenant("default").await.expect("opens");
    assert!(
        matches!(other.secret(a).await, Err(Error::Sealed { .. })),
        "another key"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn only_this_user_may_read_the_directory() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().join("data");
    std::fs::create_dir(&data).expect("made");
    let inner = data.join("inner");
    let store = Store::open_with(&inner, KeySource::Given(KEY))
        .await
        .expect("opens");
    let tenant = store.tenant("default").await.expect("opens");
    common::provider(&tenant, "sis").await;
    store
        .put_compiled(&digest(b"x"), "f", b"code")
        .await
        .expect("kept");
    let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    for part in ["", "adapters", "locks", "tenants"] {
        assert_eq!(mode(&inner.join(part)), 0o700, "{part}");
    }
    for path in files(&inner) {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_one_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("given-key");
    for (text, why) in [
        ("", "0 characters"),
        (&"a".repeat(63), "63 characters"),
        (&"ab".repeat(33), "66 characters"),
        (&"zz".repeat(32), "other than hex"),
        (&"+1".repeat(32), "other than hex"),
        (&"é".repeat(32), "other than hex"),
    ] {
        std::fs::write(&file, text).expect("written");
        let data = dir.path().join("data");
        let refused = Store::open_with(&data, KeySource::File(file.clone())).await;
        let refused = refused.expect_err(text);
        assert_eq!(refused.code(), "key");
        assert!(refused.to_string().contains(why), "{refused}");
    }
    std::fs::write(&file, format!("{}\n", "0F".repeat(32))).expect("written");
    let data = dir.path().join("data");
    Store::open_with(&data, KeySource::File(file))
        .await
        .expect("a good key");
}

#[tokio::test]
async fn a_directory_makes_its_own_key_and_keeps_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = Store::open(dir.path()).await.expect("opens");
    let tenant = store.tenant("default").await.expect("opens");
    let key = common::provider(&tenant, "sis").await;
    tenant
        .set_secret(key, Some(&SecretString::from("hush")))
        .await
        .expect("set");
    let made = std::fs::read_to_string(dir.path().join("key")).expect("the key");
    assert_eq!(made.len(), 64);
    drop((store, tenant));

    let store = Store::open(dir.path()).await.expect("opens again");
    let tenant = store.tenant("default").await.expect("opens");
    assert!(tenant.secret(key).await.expect("it opens").is_some());
    assert_eq!(
        std::fs::read_to_string(dir.path().join("key")).expect("the key"),
        made
    );
    let other = tempfile::tempdir().expect("a directory");
    drop(Store::open(other.path()).await.expect("opens"));
    assert_ne!(
        std::fs::read_to_string(other.path().join("key")).expect("the key"),
        made
    );
}

#[tokio::test]
async fn a_tenants_name_is_no_path() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = common::store(dir.path()).await;
    let long = "a".repeat(64);
    for name in [
        "", ".", "..", "../x", "a/b", "A", "-a", "a b", "a\0", "é", &long,
    ] {
        let refused = store.tenant(name).await;
        assert!(matches!(refused, Err(Error::InvalidName { .. })), "{name}");
    }
    store.tenant("b-2.x_y").await.expect("a good name");
    store.tenant("a").await.expect("a good name");
    store.tenant("a").await.expect("again");
    assert_eq!(store.tenants().await.expect("names"), ["a", "b-2.x_y"]);
}

#[tokio::test]
async fn tenants_share_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = common::store(dir.path()).await;
    let (a, b) = (
        store.tenant("a").await.expect("a"),
        store.tenant("b").await.expect("b"),
    );
    common::provider(&a, "sis").await;
    assert!(b.providers().await.expect("providers").is_empty());
}

#[tokio::test]
async fn a_directory_of_a_newer_version_is_refused() {
    for part in ["homeroom.db", "tenants/default.db"] {
        let dir = tempfile::tempdir().expect("a directory");
        drop(common::tenant(dir.path()).await);
        let path = dir.path().join(part);
        let mut database = SqliteConnection::connect(&format!("sqlite://{}", path.display()))
            .await
            .expect("the database");
        sqlx::query("INSERT INTO _sqlx_migrations VALUES (9999, 'of the future', 0, 1, x'00', 0)")
            .execute(&mut database)
            .await
            .expect("written");
        let opened = async {
            let store = Store::open_with(dir.path(), KeySource::Given(KEY)).await?;
            store.tenant("default").await
        };
        let refused = opened.await.expect_err("it is newer");
        assert!(
            matches!(refused, Error::NewerSchema { version: 9999, .. }),
            "{refused}"
        );
    }
}

fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256:{hex}")
}

#[tokio::test]
async fn of_an_adapters_versions_the_approved_one_is_used() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = common::store(dir.path()).await;
    let install = async |version: &str, bytes: &[u8], approval: Option<&serde_json::Value>| {
        let new = NewAdapter {
            digest: &digest(bytes),
            id: "oneroster",
            version,
            bytes,
            inspection: &json!({"imports": [version]}),
            approval,
            publisher: None,
        };
        store.install_adapter(&new).await.expect("installed");
    };
    let approval = json!({"hosts": ["{endpoint}"]});
    assert_eq!(store.adapter("oneroster").await.expect("no error"), None);
    install("1.0.0", b"one", None).await;
    install("1.1.0", b"two", None).await;
    let version = async |id: &str| {
        let adapter = store
            .adapter(id)
            .await
            .expect("no error")
            .expect("there is one");
        (adapter.version, adapter.approval)
    };
    assert_eq!(
        version("oneroster").await,
        ("1.1.0".to_owned(), None),
        "the latest"
    );
    install("1.0.0", b"one", Some(&approval)).await;
    assert_eq!(
        version("oneroster").await,
        ("1.0.0".to_owned(), Some(approval.clone()))
    );
    install("1.0.0", b"one", None).await;
    assert_eq!(
        version("oneroster").await.1,
        Some(approval.clone()),
        "it stays approved"
    );
    store
        .approve_adapter(&digest(b"two"), &approval)
        .await
        .expect("approved");
    assert_eq!(version("oneroster").await.0, "1.1.0");
    assert_eq!(version(&digest(b"one")).await.0, "1.0.0");
    assert_eq!(store.adapters().await.expect("all").len(), 2);
    assert_eq!(
        store.adapter_bytes(&digest(b"two")).await.expect("bytes"),
        b"two"
    );
    let missing = store.approve_adapter(&digest(b"three"), &approval).await;
    assert!(matches!(missing, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn an_adapter_that_was_altered_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = common::store(dir.path()).await;
    let mut new = NewAdapter {
        digest: &digest(b"component"),
        id: "oneroster",
        version: "1.0.0",
        bytes: b"other bytes",
        inspection: &json!({}),
        approval: None,
        publisher: None,
    };
    assert!(matches!(
        store.install_adapter(&new).await,
        Err(Error::Altered { .. })
    ));
    new.bytes = b"component";
    store.install_adapter(&new).await.expect("installed");
    let hex = new.digest.trim_start_matches("sha256:");
    let path = dir.path().join(format!("adapters/{hex}.wasm"));
    std::fs::write(&path, b"componenu").expect("written");
    assert!(matches!(
        store.adapter_bytes(new.digest).await,
        Err(Error::Altered { .. })
    ));
    let outside = store.adapter_bytes("sha256:../../key").await;
    assert!(matches!(outside, Err(Error::Damaged { .. })));
    std::fs::remove_file(&path).expect("removed");
    let gone = store.adapter_bytes(new.digest).await;
    let gone = gone.expect_err("its file is missing");
    assert_eq!(gone.code(), "damaged");
    assert!(gone.to_string().contains("adapter install"), "{gone}");
}

#[tokio::test]
async fn compiled_code_is_used_only_if_this_store_made_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = common::store(dir.path()).await;
    let (one, two) = (digest(b"one"), digest(b"two"));
    assert_eq!(store.compiled(&one, "f/1").await.expect("no error"), None);
    store
        .put_compiled(&one, "f/1", b"machine code")
        .await
        .expect("kept");
    assert_eq!(
        store
            .compiled(&one, "f/1")
            .await
            .expect("no error")
            .as_deref(),
        Some(&b"machine code"[..])
    );
    assert_eq!(
        store.compiled(&one, "f/2").await.expect("no error"),
        None,
        "another compiler"
    );

    let path = files(&dir.path().join("adapters")).pop().expect("the file");
    let good = std::fs::read(&path).expect("readable");
    for place in 0..good.len() {
        let mut bad = good.clone();
        bad[place] ^= 1;
        std::fs::write(&path, bad).expect("written");
        assert_eq!(
            store.compiled(&one, "f/1").await.expect("no error"),
            None,
            "byte {place}"
        );
    }
    for length in 0..good.len() {
        std::fs::write(&path, &good[..length]).expect("written");
        assert_eq!(
            store.compiled(&one, "f/1").await.expect("no error"),
            None,
            "{length} bytes"
        );
    }
    // Good code in another component's place is not that component's code.
    store.put_compiled(&two, "f/1", b"x").await.expect("kept");
    for other in files(&dir.path().join("adapters")) {
        std::fs::write(other, &good).expect("written");
    }
    assert!(
        store
            .compiled(&one, "f/1")
            .await
            .expect("no error")
            .is_some()
    );
    assert_eq!(store.compiled(&two, "f/1").await.expect("no error"), None);
    let other = Store::open_with(dir.path(), KeySource::Given([8; 32]))
        .await
        .expect("opens");
    assert_eq!(
        other.compiled(&one, "f/1").await.expect("no error"),
        None,
        "another key"
    );
}
