//! `homeroom:sis/storage`: a small key-value space of one integration. A call
//! reads the state at the run's start and collects what it wants written; who
//! applies that, and when, is not known here.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, WasmList, WasmStr};

use crate::limits::Limits;
use crate::raw::StorageError;
use crate::state::HostState;

const KEY_BYTES: usize = 256;
const LISTED_KEYS: usize = 1000;

/// The state at the run's start: key to value.
pub(crate) type Snapshot = BTreeMap<String, Vec<u8>>;

/// What all calls of a session together would leave behind: the quota holds for
/// their sum, too.
pub(crate) struct Written {
    sizes: BTreeMap<String, usize>,
    size: usize,
}

impl Written {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        let size = |(key, value): (&String, &Vec<u8>)| (key.clone(), key.len() + value.len());
        let sizes: BTreeMap<_, _> = snapshot.iter().map(size).collect();
        let size = sizes.values().sum();
        Written { sizes, size }
    }

    /// Bytes of keys and values.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Adds a call's writes. `false`: there are too many now.
    pub(crate) fn add(&mut self, writes: &[(String, Option<Vec<u8>>)], limits: &Limits) -> bool {
        for (key, value) in writes {
            let size = value.as_ref().map_or(0, |value| key.len() + value.len());
            let before = match value {
                Some(_) => self.sizes.insert(key.clone(), size),
                None => self.sizes.remove(key),
            };
            self.size = self.size - before.unwrap_or(0) + size;
        }
        self.size <= limits.storage_bytes && self.sizes.len() <= limits.storage_keys
    }
}

/// One call's view.
pub(crate) struct Storage {
    snapshot: Arc<Snapshot>,
    writes: BTreeMap<String, Option<Vec<u8>>>,
    /// Bytes of keys and values, this call's writes included.
    size: usize,
    /// Keys, this call's writes included.
    keys: usize,
    value_bytes: usize,
    bytes: usize,
    most_keys: usize,
}

impl Storage {
    pub(crate) fn new(snapshot: Arc<Snapshot>, limits: &Limits) -> Self {
        let size = snapshot
            .iter()
            .map(|(key, value)| key.len() + value.len())
            .sum();
        Storage {
            keys: snapshot.len(),
            most_keys: limits.storage_keys,
            snapshot,
            writes: BTreeMap::new(),
            size,
            value_bytes: limits.storage_value_bytes,
            bytes: limits.storage_bytes,
        }
    }

    /// What the call wants written; `None` deletes.
    pub(crate) fn into_writes(self) -> Vec<(String, Option<Vec<u8>>)> {
        self.writes.into_iter().collect()
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StorageError> {
        check_key(key)?;
        Ok(self.snapshot.get(key).cloned())
    }

    fn set(&mut self, key: &str, value: &[u8]) -> Result<(), StorageError> {
        check_key(key)?;
        if value.len() > self.value_bytes {
            return Err(StorageError::QuotaExceeded(self.value_bytes as u64));
        }
        let size = self.size - self.held(key) + key.len() + value.len();
        let keys = self.keys + usize::from(!self.has(key));
        if size > self.bytes || keys > self.most_keys {
            return Err(StorageError::QuotaExceeded(self.bytes as u64));
        }
        (self.size, self.keys) = (size, keys);
        self.writes.insert(key.to_owned(), Some(value.to_vec()));
        Ok(())
    }

    fn delete(&mut self, key: &str) -> Result<(), StorageError> {
        check_key(key)?;
        // Only what exists needs a deletion; a list of absent keys would be a
        // way to fill the host's memory.
        let held = self.held(key);
        self.keys -= usize::from(self.has(key));
        if self.snapshot.contains_key(key) {
            self.writes.insert(key.to_owned(), None);
        } else {
            self.writes.remove(key);
        }
        self.size -= held;
        Ok(())
    }

    fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        if !prefix.is_empty() {
            check_key(prefix)?;
        }
        let from = (Bound::Included(prefix), Bound::Unbounded);
        Ok(self
            .snapshot
            .range::<str, _>(from)
            .map(|(key, _)| key)
            .take_while(|key| key.starts_with(prefix))
            .take(LISTED_KEYS)
            .cloned()
            .collect())
    }

    /// The key's value now, as this call will leave it.
    fn value(&self, key: &str) -> Option<&[u8]> {
        match self.writes.get(key) {
            Some(written) => written.as_deref(),
            None => self.snapshot.get(key).map(Vec::as_slice),
        }
    }

    fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// Bytes that the key holds now.
    fn held(&self, key: &str) -> usize {
        self.value(key).map_or(0, |value| key.len() + value.len())
    }
}

fn check_key(key: &str) -> Result<(), StorageError> {
    if key.is_empty() || key.len() > KEY_BYTES || key.chars().any(char::is_control) {
        return Err(StorageError::InvalidKey);
    }
    Ok(())
}

type Answer<T> = wasmtime::Result<(Result<T, StorageError>,)>;

/// Reads a key out of the guest's memory. Anything beyond what a key may be is
/// not worth copying.
fn key(store: &StoreContextMut<'_, HostState>, key: &WasmStr) -> wasmtime::Result<String> {
    let text = key.to_str(store)?;
    let end = text.floor_char_boundary(KEY_BYTES + 4);
    Ok(text[..end].to_owned())
}

pub(crate) fn link(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    let mut interface = linker.instance("homeroom:sis/storage@0.1.0")?;
    interface.func_wrap(
        "get",
        |store: StoreContextMut<'_, HostState>, (k,): (WasmStr,)| -> Answer<Option<Vec<u8>>> {
            let key = key(&store, &k)?;
            Ok((store.data().storage.get(&key),))
        },
    )?;
    interface.func_wrap(
        "set",
        |mut store: StoreContextMut<'_, HostState>,
         (k, v): (WasmStr, WasmList<u8>)|
         -> Answer<()> {
            let key = key(&store, &k)?;
            let most = store.data().limits.storage_value_bytes;
            if v.len() > most {
                return Ok((Err(StorageError::QuotaExceeded(most as u64)),));
            }
            let value = v.as_le_slice(&store).to_vec();
            Ok((store.data_mut().storage.set(&key, &value),))
        },
    )?;
    interface.func_wrap(
        "delete",
        |mut store: StoreContextMut<'_, HostState>, (k,): (WasmStr,)| -> Answer<()> {
            let key = key(&store, &k)?;
            Ok((store.data_mut().storage.delete(&key),))
        },
    )?;
    interface.func_wrap(
        "list",
        |store: StoreContextMut<'_, HostState>, (p,): (WasmStr,)| -> Answer<Vec<String>> {
            let prefix = key(&store, &p)?;
            Ok((store.data().storage.list(&prefix),))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn storage(limits: Limits) -> Storage {
        let snapshot = [("a/1", "one"), ("a/2", "two"), ("b", "three")];
        let snapshot = snapshot
            .map(|(k, v)| (k.to_owned(), v.as_bytes().to_vec()))
            .into_iter()
            .collect();
        Storage::new(Arc::new(snapshot), &limits)
    }

    #[test]
    fn reads_see_the_state_at_the_start() {
        let mut s = storage(Limits::default());
        s.set("a/1", b"new").expect("within the quota");
        s.delete("a/2").expect("a good key");
        assert_eq!(s.get("a/1"), Ok(Some(b"one".to_vec())));
        assert_eq!(s.list("a/"), Ok(vec!["a/1".to_owned(), "a/2".to_owned()]));
        assert_eq!(
            s.into_writes(),
            [
                ("a/1".to_owned(), Some(b"new".to_vec())),
                ("a/2".to_owned(), None)
            ]
        );
    }

    #[test]
    fn the_quota_holds_for_all_calls_together() {
        let limits = Limits {
            storage_bytes: 20,
            ..Limits::default()
        };
        let mut written = Written::new(&[("a".to_owned(), vec![0; 9])].into());
        let write = |key: &str, value: Option<Vec<u8>>| [(key.to_owned(), value)];
        assert!(written.add(&write("b", Some(vec![0; 9])), &limits));
        assert!(written.add(&write("b", Some(vec![0; 9])), &limits));
        assert!(!written.add(&write("c", Some(vec![])), &limits));
        assert!(written.add(&write("a", None), &limits));
    }

    #[test]
    fn there_are_so_many_keys() {
        let limits = Limits {
            storage_keys: 4,
            ..Limits::default()
        };
        let full = Err(StorageError::QuotaExceeded(limits.storage_bytes as u64));
        let mut s = storage(limits.clone());
        assert_eq!(s.set("c", b""), Ok(()));
        assert_eq!(s.set("c", b"again"), Ok(()));
        assert_eq!(s.set("d", b""), full);
        assert_eq!(s.delete("b"), Ok(()));
        assert_eq!(s.set("d", b""), Ok(()));
        assert_eq!(s.delete("nothing"), Ok(()));
        assert_eq!(s.set("e", b""), full);

        let mut written = Written::new(&Snapshot::new());
        let many: Vec<_> = (0..4).map(|n| (n.to_string(), Some(vec![]))).collect();
        assert!(written.add(&many, &limits));
        assert!(!written.add(&[("4".to_owned(), Some(vec![]))], &limits));
        assert!(written.add(&[("0".to_owned(), None)], &limits));
    }

    #[test]
    fn keys_have_their_rules() {
        let mut s = storage(Limits::default());
        assert_eq!(s.get(""), Err(StorageError::InvalidKey));
        assert_eq!(s.set("a\nb", b""), Err(StorageError::InvalidKey));
        assert_eq!(s.set(&"k".repeat(257), b""), Err(StorageError::InvalidKey));
        assert_eq!(s.set(&"k".repeat(256), b""), Ok(()));
    }

    #[test]
    fn the_quota_counts_what_the_call_would_leave() {
        let limits = Limits {
            storage_value_bytes: 20,
            storage_bytes: 40,
            ..Limits::default()
        };
        let mut s = storage(limits);
        assert_eq!(s.size, 18);
        assert_eq!(s.set("x", &[0; 21]), Err(StorageError::QuotaExceeded(20)));
        assert_eq!(s.set("x", &[0; 20]), Ok(()));
        assert_eq!(s.set("y", &[0; 1]), Err(StorageError::QuotaExceeded(40)));
        assert_eq!(s.delete("x"), Ok(()));
        assert_eq!(s.set("y", &[0; 20]), Ok(()));
        assert_eq!(s.set("y", &[0; 1]), Ok(()));
        assert_eq!(s.size, 20);
    }
}
