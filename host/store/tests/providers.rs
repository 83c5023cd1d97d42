//! Providers: names, keys that are never given twice, coming back after being
//! deleted; and decisions, which go by those keys.

mod common;

use common::new_provider;
use homeroom_roster::outcome::Decisions;
use homeroom_roster::settings::ProviderKind;
use homeroom_roster::state::{Field, Origin, ProviderKey, UserKey};
use homeroom_store::{Decision, Error, NewProvider, ProviderState};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

#[tokio::test]
async fn a_provider_comes_back_as_it_was_saved() {
    let dir = tempfile::tempdir().expect("a directory");
    let tenant = common::tenant(dir.path()).await;
    let mut new = new_provider("sis");
    new.settings.excluded_schools = vec!["a".to_owned(), "b".to_owned()];
    new.settings.merge_priority = 77;
    let key = tenant.add_provider(&new).await.expect("added");
    let mut row = tenant.provider("sis").await.expect("it");
    assert_eq!((row.key, row.kind, row.state), (key, new.kind, new.state));
    assert_eq!(
        (&row.settings, &row.read, &row.connection),
        (&new.settings, &new.read, &new.connection)
    );
    assert!(!row.secret_set && row.full_read_needed && row.last_success.is_none());

    row.name = "renamed".to_owned();
    row.state = ProviderState::Disabled;
    row.settings.classrooms = false;
    row.connection = json!({"endpoint": "https://other.example.org"});
    row.full_read_needed = false;
    tenant
        .save_provider(&row, Some("x"), None)
        .await
        .expect("saved");
    let saved = tenant.provider("renamed").await.expect("it");
    row.changed = saved.changed;
    row.full_read_needed = true;
    (row.revision, row.identity_revision) = (1, 1);
    assert_eq!(saved, row);
    assert!(matches!(
        tenant.provider("sis").await,
        Err(Error::NotFound { .. })
    ));
    assert_eq!(tenant.providers().await.expect("all"), [saved]);
}

#[tokio::test]
async fn a_name_is_taken_by_one_living_provider() {
    let dir = tempfile::tempdir().expect("a directory");
    let tenant = common::tenant(dir.path()).await;
    let first = common::provider(&tenant, "first").await;
    common::provider(&tenant, "second").await;
    let again = tenant.add_provider(&new_provider("first")).await;
    assert!(matches!(again, Err(Error::NameTaken { .. })));
    let mut row = tenant.provider("second").await.expect("it");
    row.name = "first".to_owned();
    assert!(matches!(
        tenant.save_provider(&row, None, None).await,
        Err(Error::NameTaken { .. })
    ));
    tenant.delete_provider(first).await.expect("deleted");
    tenant
        .save_provider(&row, None, None)
        .await
        .expect("the name is free");
}

#[tokio::test]
async fn a_deleted_source_that_is_added_again_has_its_key_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let tenant = common::tenant(dir.path()).await;
    let (a, b) = (
        common::provider(&tenant, "a").await,
        common::provider(&tenant, "b").await,
    );
    tenant
        .set_secret(a, Some(&SecretString::from("s")))
        .await
        .expect("set");
    tenant.delete_provider(a).await.expect("deleted");
    tenant.delete_provider(b).await.expect("deleted");
    assert!(!tenant.provider_by_key(a).await.expect("its row").secret_set);

    let other = NewProvider {
        identity: Some("new|x".to_owned()),
        ..new_provider("c")
    };
    assert_eq!(
        tenant.add_provider(&other).await.expect("added"),
        ProviderKey(3)
    );
    let by_identity = NewProvider {
        name: "b".to_owned(),
        ..new_provider("a")
    };
    assert_eq!(
        tenant.add_provider(&by_identity).await.expect("added"),
        a,
        "before the name"
    );
    let row = tenant.provider("b").await.expect("it");
    assert!(row.full_read_needed && !row.secret_set);
    tenant.delete_provider(a).await.expect("deleted");
    let directory = NewProvider {
        kind: ProviderKind::Directory,
        ..new_provider("b")
    };
    assert_eq!(
        tenant.add_provider(&directory).await.expect("added"),
        ProviderKey(4),
        "another kind"
    );
}

#[tokio::test]
async fn a_secret_comes_back_and_is_forgotten() {
    let dir = tempfile::tempdir().expect("a directory");
    let tenant = common::tenant(dir.path()).await;
    let key = common::provider(&tenant, "sis").await;
    assert!(tenant.secret(key).await.expect("no error").is_none());
    tenant
        .set_secret(key, Some(&SecretString::from("hush")))
        .await
        .expect("set");
    assert!(tenant.provider("sis").await.expect("it").secret_set);
    let row = tenant.provider("sis").await.expect("it");
    tenant.save_provider(&row, None, None).await.expect("saved");
    let secret = tenant
        .secret(key)
        .await
        .expect("it opens")
        .expect("it is set");
    assert_eq!(secret.expose_secret(), "hush", "an edit keeps it");
    tenant.set_secret(key, None).await.expect("forgotten");
    assert!(tenant.secret(key).await.expect("no error").is_none());
    assert!(matches!(
        tenant.secret(ProviderKey(9)).await,
        Err(Error::Damaged { .. })
    ));
}

fn record(id: &str) -> Origin {
    Origin {
        provider: ProviderKey(1),
        sourced_id: id.into(),
    }
}

#[tokio::test]
async fn decisions_stand_until_they_are_contradicted() {
    let dir = tempfile::tempdir().expect("a directory");
    let tenant = common::tenant(dir.path()).await;
    let (one, two) = (UserKey(1), UserKey(2));
    let decide = async |decision| tenant.decide(&decision).await.expect("decided");
    decide(Decision::Match(record("a"), one)).await;
    decide(Decision::Match(record("a"), two)).await;
    decide(Decision::Never(record("b"), one)).await;
    decide(Decision::Never(record("b"), two)).await;
    decide(Decision::Unmatch(record("c"))).await;
    decide(Decision::Match(record("d"), one)).await;
    decide(Decision::Unmatch(record("d"))).await;
    decide(Decision::Match(record("b"), two)).await;
    decide(Decision::Pin(one, Field::Email, "old@example.org".into())).await;
    decide(Decision::Pin(one, Field::Email, "new@example.org".into())).await;
    decide(Decision::Pin(one, Field::GivenName, "Ada".into())).await;
    decide(Decision::Pin(two, Field::Phone, "1".into())).await;
    decide(Decision::Unpin(two, Field::Phone)).await;
    assert_eq!(
        tenant.decisions().await.expect("decisions"),
        Decisions {
            matches: vec![(record("a"), two), (record("b"), two)],
            never: vec![(record("b"), one)],
            unmatched: vec![record("c"), record("d")],
            pins: vec![
                (one, Field::GivenName, "Ada".into()),
                (one, Field::Email, "new@example.org".into()),
            ],
        }
    );
    decide(Decision::Match(record("c"), one)).await;
    let decisions = tenant.decisions().await.expect("decisions");
    assert_eq!(decisions.unmatched, [record("d")]);

    let acts = tenant.acts(3).await.expect("acts");
    assert_eq!(acts[0].1, "matched record `c` of provider 1 to user 1");
    assert_eq!(acts[1].1, "unpinned phone of user 2");
    assert!(acts.iter().all(|(_, line)| !line.contains("example.org")));
}
