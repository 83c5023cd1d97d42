//! Another key for a data directory: every secret of every tenant is sealed
//! anew, and code that was authenticated with the old key is dropped, to be
//! compiled again.
//!
//! A rotation that is killed in the middle leaves some tenants with the old key
//! and some with the new one. So it first writes a record in which each of the
//! two keys is sealed with the other: whoever opens the directory next, with
//! whichever of the two, has both and puts everything under the one that it was
//! given. The record goes when everything is under one key.

use std::fs::File;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead, Generate, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretBox};
use serde::{Deserialize, Serialize};
use sqlx::{Connection, Row};

use crate::connect::{self, Database, Durability};
use crate::error::{Error, IoContext, Result};
use crate::key::{self, KeySource, Keys, Root};
use crate::open::Store;
use crate::tenant::secret_owner;
use crate::{files, lock, seal, tenant};

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// Secrets that were sealed anew.
    pub secrets: u64,
    /// Tenants that were looked through.
    pub tenants: u64,
    /// The file that holds the new key.
    pub key_file: PathBuf,
    /// Whether it is the data directory's own, which needs nothing else. Else
    /// Homeroom must be started with that key from now on.
    pub own: bool,
}

/// The record of a rotation under way.
#[derive(Serialize, Deserialize)]
struct Record {
    old_by_new: String,
    new_by_old: String,
}

const RECORD: &str = "rotation";
const IN_USE: &str = "locks/.use";

impl Store {
    /// Gives a data directory another key. `new` is a file with the new key; it
    /// is made, with a new key in it, if it does not exist. Without it the
    /// directory's own key file is replaced.
    ///
    /// # Errors
    /// [`Error::InUse`] if any process has the directory open;
    /// [`Error::Key`] if the key comes from elsewhere and `new` is not given, or
    /// is the key in use.
    pub async fn rotate_key(dir: &Path, source: &KeySource, new: Option<&Path>) -> Result<Rotated> {
        if !dir.join("homeroom.db").exists() {
            return Err(Error::not_found(format!(
                "data directory {}",
                dir.display()
            )));
        }
        let _open = lock::lock(&dir.join("locks/.open")).await?;
        let _alone = alone(dir)?;
        let old = key::root(dir, source)?;
        settle(dir, &old).await?;

        let own = key::own_file(dir, source);
        let fail = |cause: &str, remedy| Error::Key {
            from: new.map_or_else(|| "the environment".to_owned(), |p| p.display().to_string()),
            cause: cause.to_owned(),
            remedy,
        };
        let (next, key_file) = match (new, &own) {
            (Some(path), _) => {
                if !path.exists() {
                    key::make_file(path)?;
                }
                (key::read_file(path)?, path.to_owned())
            }
            (None, Some(path)) => (key::random(path)?, path.clone()),
            (None, None) => {
                return Err(fail(
                    "it is not the data directory's own, so it cannot be replaced there",
                    "name a file for the new key with --new-key-file, and start Homeroom with it afterwards",
                ));
            }
        };
        if next.expose_secret() == old.expose_secret() {
            return Err(fail("it is the key in use", "give another one"));
        }
        write_record(dir, &old, &next)?;
        let (secrets, tenants) = reseal(dir, &next, &old).await?;
        if let Some(path) = &own {
            key::write_file(path, &next)?;
        }
        drop_compiled(dir)?;
        remove_record(dir)?;
        Ok(Rotated {
            secrets,
            tenants,
            key_file: own.clone().unwrap_or(key_file),
            own: own.is_some(),
        })
    }
}

/// Takes the directory for one that is open, for as long as the file lives. The
/// caller holds `.open`.
pub(crate) async fn enter(dir: &Path, root: &Root) -> Result<File> {
    if dir.join(RECORD).exists() {
        let _alone = alone(dir)?;
        settle(dir, root).await?;
    }
    lock::lock_shared(&dir.join(IN_USE)).await
}

/// Takes the directory for oneself.
fn alone(dir: &Path) -> Result<File> {
    lock::try_lock(&dir.join(IN_USE))?.ok_or_else(|| Error::InUse {
        path: dir.to_owned(),
    })
}

/// Ends a rotation that was cut off: everything comes under the key that is in
/// use now.
async fn settle(dir: &Path, root: &Root) -> Result<()> {
    let path = dir.join(RECORD);
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        other => other.at("read", &path)?,
    };
    let neither = || Error::Key {
        from: "the environment or the data directory".to_owned(),
        cause: "a rotation of the key was cut off, and this is neither the old nor the new key"
            .to_owned(),
        remedy: "give the one or the other",
    };
    let record: Record = serde_json::from_str(&text).map_err(|_| neither())?;
    let other = unwrap(root, &record.new_by_old)
        .or_else(|| unwrap(root, &record.old_by_new))
        .ok_or_else(neither)?;
    reseal(dir, root, &other).await?;
    drop_compiled(dir)?;
    tracing::warn!("a rotation of the key that was cut off has been put in order");
    remove_record(dir)
}

/// Seals everything with `to` that is sealed with `from`. Says how many secrets
/// there were, and tenants.
async fn reseal(dir: &Path, to: &Root, from: &Root) -> Result<(u64, u64)> {
    let (to, from) = (Keys::of(to), Keys::of(from));
    let (mut secrets, mut tenants) = (0, 0);
    let folder = dir.join("tenants");
    for entry in std::fs::read_dir(&folder).at("read", &folder)? {
        let path = entry.at("read", &folder)?.path();
        if path.extension().is_none_or(|extension| extension != "db") {
            continue;
        }
        let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else {
            continue;
        };
        tenants += 1;
        secrets += reseal_tenant(&path, name, &to, &from).await?;
    }
    Ok((secrets, tenants))
}

/// One tenant's secrets, all or none.
async fn reseal_tenant(path: &Path, name: &str, to: &Keys, from: &Keys) -> Result<u64> {
    let database = Database::open(path, &tenant::MIGRATIONS).await?;
    let mut writer = database.writer.lock().await;
    // What was sealed with the old key shall not be left in unused space.
    sqlx::query("PRAGMA secure_delete = ON")
        .execute(&mut *writer)
        .await?;
    let mut tx = connect::begin(&mut writer, Durability::Power).await?;
    let rows = sqlx::query("SELECT key, secret FROM providers WHERE secret IS NOT NULL")
        .fetch_all(&mut *tx)
        .await?;
    let count = rows.len() as u64;
    for row in rows {
        let (key, sealed): (u32, Vec<u8>) = (row.try_get("key")?, row.try_get("secret")?);
        let owner = secret_owner(key, name);
        if seal::open(to, &owner, &sealed).is_ok() {
            continue;
        }
        let secret = seal::open(from, &owner, &sealed)?;
        sqlx::query("UPDATE providers SET secret = ? WHERE key = ?")
            .bind(seal::seal(to, &owner, &secret)?)
            .bind(key)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .execute(&mut *writer)
        .await?;
    drop(writer);
    database.readers.close().await;
    database.writer.into_inner().close().await?;
    Ok(count)
}

/// Compiled code was authenticated with the old key; it is made again when it
/// is needed.
fn drop_compiled(dir: &Path) -> Result<()> {
    let folder = dir.join("adapters");
    for entry in std::fs::read_dir(&folder).at("read", &folder)? {
        let path = entry.at("read", &folder)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "cwasm")
        {
            std::fs::remove_file(&path).at("remove", &path)?;
        }
    }
    Ok(())
}

fn write_record(dir: &Path, old: &Root, new: &Root) -> Result<()> {
    let record = Record {
        old_by_new: wrap(new, old)?,
        new_by_old: wrap(old, new)?,
    };
    let json = serde_json::to_vec(&record).unwrap_or_default();
    files::write_whole(&dir.join(RECORD), &json)
}

fn remove_record(dir: &Path) -> Result<()> {
    let path = dir.join(RECORD);
    std::fs::remove_file(&path)
        .and_then(|()| files::sync_parent(&path))
        .at("remove", &path)
}

const NONCE: usize = 24;
const BOUND_TO: &[u8] = b"homeroom key rotation";

fn cipher(by: &Root) -> XChaCha20Poly1305 {
    let key: SecretBox<[u8; 32]> = key::derive(by, b"homeroom rotation 1");
    XChaCha20Poly1305::new(key.expose_secret().into())
}

/// One key sealed with another, in hex.
fn wrap(by: &Root, key: &Root) -> Result<String> {
    let failed = || Error::Key {
        from: "the store".to_owned(),
        cause: "the system gives no random bytes".to_owned(),
        remedy: "try again",
    };
    let nonce = XNonce::try_generate().map_err(|_| failed())?;
    let payload = Payload {
        msg: key.expose_secret(),
        aad: BOUND_TO,
    };
    let sealed = cipher(by).encrypt(&nonce, payload).map_err(|_| failed())?;
    let bytes = [nonce.as_slice(), &sealed].concat();
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn unwrap(by: &Root, text: &str) -> Option<Root> {
    let digit = |c: u8| char::from(c).to_digit(16).map(|d| d as u8);
    let bytes: Option<Vec<u8>> = text
        .as_bytes()
        .chunks(2)
        .map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?))
        .collect();
    let bytes = bytes?;
    let (nonce, sealed) = bytes.split_at_checked(NONCE)?;
    let payload = Payload {
        msg: sealed,
        aad: BOUND_TO,
    };
    let nonce = XNonce::try_from(nonce).ok()?;
    let plain = cipher(by).decrypt(&nonce, payload).ok()?;
    let plain: [u8; 32] = plain.try_into().ok()?;
    Some(SecretBox::new(Box::new(plain)))
}
