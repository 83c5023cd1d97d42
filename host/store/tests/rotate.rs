//! Another key for a data directory: everything is sealed with it, nothing with
//! the old one, and a process that is killed in the middle leaves a directory
//! that opens.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use homeroom_store::{Error, KeySource, Store};
use secrecy::{ExposeSecret, SecretString};

const DIRECTORY: &str = "HOMEROOM_TEST_ROTATED_DIRECTORY";
const TENANTS: usize = 12;

fn key_file(folder: &Path, name: &str, digit: char) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, digit.to_string().repeat(64)).expect("written");
    path
}

async fn fill(data: &Path, key: &KeySource) {
    let store = Store::open_with(data, key.clone()).await.expect("opens");
    for number in 0..TENANTS {
        let tenant = store.tenant(&format!("t{number}")).await.expect("opens");
        let provider = common::provider(&tenant, "sis").await;
        let secret = SecretString::from(format!("the secret of {number}"));
        tenant
            .set_secret(provider, Some(&secret))
            .await
            .expect("sealed");
    }
}

/// How many of the tenants' secrets open with the key.
async fn open_ones(data: &Path, key: &KeySource) -> usize {
    let store = Store::open_with(data, key.clone()).await.expect("opens");
    let mut open = 0;
    for number in 0..TENANTS {
        let tenant = store.tenant(&format!("t{number}")).await.expect("opens");
        let provider = tenant.provider("sis").await.expect("there").key;
        match tenant.secret(provider).await {
            Ok(secret) => {
                let secret = secret.expect("one was set");
                assert_eq!(secret.expose_secret(), format!("the secret of {number}"));
                open += 1;
            }
            Err(Error::Sealed { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
    open
}

/// Every byte of the databases and their logs.
fn bytes(data: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(data.join("tenants")).expect("a folder") {
        all.extend(std::fs::read(entry.expect("an entry").path()).expect("readable"));
    }
    all
}

async fn sealed(data: &Path) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for number in 0..TENANTS {
        let path = data.join(format!("tenants/t{number}.db"));
        let url = format!("sqlite:{}", path.display());
        let pool = sqlx::SqlitePool::connect(&url).await.expect("opens");
        let found: Vec<Vec<u8>> =
            sqlx::query_scalar("SELECT secret FROM providers WHERE secret IS NOT NULL")
                .fetch_all(&pool)
                .await
                .expect("readable");
        all.extend(found);
        pool.close().await;
    }
    all
}

fn holds(all: &[u8], part: &[u8]) -> bool {
    all.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn everything_comes_under_the_new_key_and_nothing_stays_under_the_old() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let old = KeySource::File(key_file(folder.path(), "old", '1'));
    fill(&data, &old).await;
    let before = sealed(&data).await;
    assert_eq!(before.len(), TENANTS);
    let new = folder.path().join("new");
    let done = Store::rotate_key(&data, &old, Some(&new))
        .await
        .expect("rotated");
    assert_eq!(
        (done.secrets, done.tenants),
        (TENANTS as u64, TENANTS as u64)
    );
    assert_eq!((&done.key_file, done.own), (&new, false));
    let all = bytes(&data);
    for sealed in &before {
        // Its nonce and the beginning of its text.
        assert!(!holds(&all, &sealed[..30]), "still there");
    }
    assert_eq!(open_ones(&data, &KeySource::File(new)).await, TENANTS);
    assert_eq!(open_ones(&data, &old).await, 0);
    assert!(!data.join("rotation").exists());
}

#[tokio::test]
async fn code_that_the_old_key_vouched_for_is_dropped() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let old = KeySource::File(key_file(folder.path(), "old", '1'));
    let digest = format!("sha256:{}", "a".repeat(64));
    {
        let store = Store::open_with(&data, old.clone()).await.expect("opens");
        store
            .put_compiled(&digest, "f", b"code")
            .await
            .expect("kept");
        assert!(store.compiled(&digest, "f").await.expect("read").is_some());
    }
    let new = folder.path().join("new");
    Store::rotate_key(&data, &old, Some(&new))
        .await
        .expect("rotated");
    let store = Store::open_with(&data, KeySource::File(new))
        .await
        .expect("opens");
    assert_eq!(store.compiled(&digest, "f").await.expect("read"), None);
    let left = std::fs::read_dir(data.join("adapters"))
        .expect("a folder")
        .count();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_directory_in_use_keeps_its_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let old = KeySource::File(key_file(folder.path(), "old", '1'));
    fill(&data, &old).await;
    let new = folder.path().join("new");
    let store = Store::open_with(&data, old.clone()).await.expect("opens");
    let refused = Store::rotate_key(&data, &old, Some(&new)).await;
    assert!(matches!(refused, Err(Error::InUse { .. })), "{refused:?}");
    drop(store);
    Store::rotate_key(&data, &old, Some(&new))
        .await
        .expect("rotated");
}

#[tokio::test]
async fn keys_that_cannot_be_are_refused_and_nothing_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let old = key_file(folder.path(), "old", '1');
    let source = KeySource::File(old.clone());
    let nowhere = Store::rotate_key(&data, &source, None).await;
    assert!(
        matches!(nowhere, Err(Error::NotFound { .. })),
        "{nowhere:?}"
    );
    assert!(!data.exists(), "nothing is made");
    fill(&data, &source).await;
    for new in [None, Some(&*old)] {
        let refused = Store::rotate_key(&data, &source, new).await;
        assert!(matches!(refused, Err(Error::Key { .. })), "{refused:?}");
    }
    let short = folder.path().join("short");
    std::fs::write(&short, "1234").expect("written");
    let refused = Store::rotate_key(&data, &source, Some(&short)).await;
    assert!(matches!(refused, Err(Error::Key { .. })), "{refused:?}");
    assert_eq!(open_ones(&data, &source).await, TENANTS);
}

fn named(folder: &Path) -> [KeySource; 2] {
    ["a", "b"].map(|name| KeySource::File(folder.join(name)))
}

/// Rotates from one key to the other and back without end.
#[tokio::test]
#[ignore = "the process that is killed; the test below starts it"]
async fn rotates_without_end() {
    let folder = PathBuf::from(std::env::var_os(DIRECTORY).expect("the test below sets it"));
    let data = folder.join("data");
    let [a, b] = named(&folder);
    // Whichever key the directory is under now.
    if open_ones(&data, &a).await == 0 {
        Store::rotate_key(&data, &b, Some(&folder.join("a")))
            .await
            .expect("rotated");
    }
    loop {
        Store::rotate_key(&data, &a, Some(&folder.join("b")))
            .await
            .expect("rotated");
        Store::rotate_key(&data, &b, Some(&folder.join("a")))
            .await
            .expect("rotated");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_killed_in_the_middle_leaves_a_directory_that_opens() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    key_file(folder.path(), "a", '1');
    key_file(folder.path(), "b", '2');
    let keys = named(folder.path());
    fill(&data, &keys[0]).await;
    let mut in_the_middle = 0;
    for round in 0..16u64 {
        let mut child = Command::new(std::env::current_exe().expect("this binary"))
            .args(["--ignored", "--exact", "rotates_without_end", "--nocapture"])
            .env(DIRECTORY, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        // Later and later after the first record of a rotation is there.
        let patience = std::time::Instant::now();
        while !data.join("rotation").exists() && patience.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(round * 7));
        child.kill().expect("it is ours");
        child.wait().expect("it is ours");
        if data.join("rotation").exists() {
            in_the_middle += 1;
            // Both keys are good now, and the one that is given wins.
            let key = &keys[(round % 2) as usize];
            assert_eq!(open_ones(&data, key).await, TENANTS, "round {round}");
            assert!(!data.join("rotation").exists());
        } else {
            let open = [
                open_ones(&data, &keys[0]).await,
                open_ones(&data, &keys[1]).await,
            ];
            let whole = open == [TENANTS, 0] || open == [0, TENANTS];
            assert!(whole, "round {round}: {open:?}");
        }
    }
    assert!(
        in_the_middle > 4,
        "only {in_the_middle} kills hit a rotation"
    );
}
