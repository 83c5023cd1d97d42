//! What an adapter's own tests run against: scripted HTTP, storage in memory and
//! the lines that were logged. No network, no sandbox, no account at a SIS.
//!
//! Only outside wasm. Everything is per thread, as tests are.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::http::{Request, Response, Transport};
use crate::log::Level;
use crate::{Connection, Failure};

mod manifest;

pub use self::manifest::{assert_manifest_of, default_connection};

type Answer = dyn Fn(&Request) -> Result<Response, Failure>;

/// HTTP answers from a script, and a record of what was asked.
pub struct Script {
    answer: Box<Answer>,
    asked: RefCell<Vec<Request>>,
}

impl Script {
    /// A script that answers every request with what `answer` says.
    pub fn answering(answer: impl Fn(&Request) -> Result<Response, Failure> + 'static) -> Self {
        Self {
            answer: Box::new(answer),
            asked: RefCell::default(),
        }
    }

    /// A script that gives `responses` one after the other, and
    /// [`Failure::Unavailable`] when they are used up.
    pub fn in_order(responses: impl IntoIterator<Item = Response>) -> Self {
        let mut rest: Vec<Response> = responses.into_iter().collect();
        rest.reverse();
        let rest = RefCell::new(rest);
        Self::answering(move |_| {
            rest.borrow_mut()
                .pop()
                .ok_or_else(|| Failure::Unavailable("The script has no more answers.".to_owned()))
        })
    }

    /// The URLs that were asked for so far, in order.
    pub fn urls(&self) -> Vec<String> {
        self.asked
            .borrow()
            .iter()
            .map(|request| request.url.clone())
            .collect()
    }

    /// The requests so far, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.asked.borrow().clone()
    }
}

impl Transport for Script {
    fn send(&self, request: &Request) -> Result<Response, Failure> {
        self.asked.borrow_mut().push(request.clone());
        (self.answer)(request)
    }
}

/// An answer with a JSON body.
pub fn json(status: u16, body: &str) -> Response {
    Response {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.as_bytes().to_vec(),
    }
}

/// The same answer with one more header.
pub fn with_header(mut response: Response, name: &str, value: &str) -> Response {
    response
        .headers
        .push((name.to_ascii_lowercase(), value.to_owned()));
    response
}

/// A connection to `endpoint` with `settings`.
pub fn connection(endpoint: &str, settings: &[(&str, &str)]) -> Connection {
    Connection {
        endpoint: endpoint.to_owned(),
        settings: settings
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

thread_local! {
    static SCRIPT: RefCell<Option<Script>> = const { RefCell::new(None) };
    static LOG: RefCell<Vec<(Level, String)>> = const { RefCell::new(Vec::new()) };
    static STORED: RefCell<BTreeMap<String, Vec<u8>>> = const { RefCell::new(BTreeMap::new()) };
    static WRITTEN: RefCell<BTreeMap<String, Option<Vec<u8>>>> =
        const { RefCell::new(BTreeMap::new()) };
    static FILES: RefCell<BTreeMap<String, Vec<u8>>> = const { RefCell::new(BTreeMap::new()) };
}

/// Runs `work` while `script` answers all HTTP of this thread, and gives the
/// script back with what `work` gave.
pub fn with_script<T>(script: Script, work: impl FnOnce() -> T) -> (T, Script) {
    SCRIPT.with(|slot| *slot.borrow_mut() = Some(script));
    let result = work();
    let script = SCRIPT.with(|slot| slot.borrow_mut().take());
    // Nothing but this function takes the script out again.
    (result, script.unwrap_or_else(|| Script::in_order([])))
}

pub(crate) fn send_scripted(request: &Request) -> Result<Response, Failure> {
    SCRIPT.with(|slot| match &*slot.borrow() {
        Some(script) => script.send(request),
        None => Err(Failure::Denied(
            "There is no HTTP outside the sandbox; use homeroom_sdk::testing::with_script."
                .to_owned(),
        )),
    })
}

pub(crate) fn record_log_line(level: Level, message: &str) {
    LOG.with(|log| log.borrow_mut().push((level, message.to_owned())));
}

/// Takes the lines that were logged on this thread.
pub fn take_log() -> Vec<(Level, String)> {
    LOG.with(RefCell::take)
}

/// Lets the storage writes of this thread take effect, as the end of a run does.
pub fn commit_storage() {
    let written = WRITTEN.with(RefCell::take);
    STORED.with(|stored| {
        let mut stored = stored.borrow_mut();
        for (key, value) in written {
            match value {
                Some(value) => stored.insert(key, value),
                None => stored.remove(&key),
            };
        }
    });
}

/// Empties the storage of this thread.
pub fn clear_storage() {
    WRITTEN.with(RefCell::take);
    STORED.with(RefCell::take);
}

/// Runs `work` while these files, as (name, content), are the run's set.
pub fn with_files<T>(files: &[(&str, &[u8])], work: impl FnOnce() -> T) -> T {
    let named = |(name, content): &(&str, &[u8])| ((*name).to_owned(), content.to_vec());
    FILES.with(|slot| *slot.borrow_mut() = files.iter().map(named).collect());
    let result = work();
    FILES.with(RefCell::take);
    result
}

/// The contract's rules for files, in memory.
pub(crate) mod files {
    use super::FILES;
    use crate::files::{File, FilesError, MOST_AT_ONCE};

    pub(crate) fn list() -> Vec<File> {
        FILES.with(|files| {
            let files = files.borrow();
            let file = |(name, content): (&String, &Vec<u8>)| File {
                name: name.clone(),
                size: content.len() as u64,
            };
            files.iter().map(file).collect()
        })
    }

    pub(crate) fn read(name: &str, offset: u64, length: u32) -> Result<Vec<u8>, FilesError> {
        if length > MOST_AT_ONCE {
            return Err(FilesError::TooLong);
        }
        FILES.with(|files| {
            let files = files.borrow();
            let content = files.get(name).ok_or(FilesError::NotFound)?;
            let from = usize::try_from(offset)
                .unwrap_or(usize::MAX)
                .min(content.len());
            let to = from.saturating_add(length as usize).min(content.len());
            Ok(content[from..to].to_vec())
        })
    }
}

/// The contract's storage rules, in memory.
pub(crate) mod storage {
    use super::{STORED, WRITTEN};
    use crate::storage::StorageError;

    const MOST_KEY: usize = 256;
    const MOST_VALUE: usize = 64 * 1024;

    pub(crate) fn get(key: &str) -> Result<Option<Vec<u8>>, StorageError> {
        checked(key)?;
        Ok(STORED.with(|stored| stored.borrow().get(key).cloned()))
    }

    pub(crate) fn set(key: &str, value: &[u8]) -> Result<(), StorageError> {
        checked(key)?;
        if value.len() > MOST_VALUE {
            return Err(StorageError::QuotaExceeded(MOST_VALUE as u64));
        }
        WRITTEN.with(|written| {
            written
                .borrow_mut()
                .insert(key.to_owned(), Some(value.to_vec()))
        });
        Ok(())
    }

    pub(crate) fn delete(key: &str) -> Result<(), StorageError> {
        checked(key)?;
        WRITTEN.with(|written| written.borrow_mut().insert(key.to_owned(), None));
        Ok(())
    }

    pub(crate) fn list(prefix: &str) -> Result<Vec<String>, StorageError> {
        if prefix.len() > MOST_KEY || prefix.chars().any(char::is_control) {
            return Err(StorageError::InvalidKey);
        }
        Ok(STORED.with(|stored| {
            let stored = stored.borrow();
            stored
                .keys()
                .filter(|key| key.starts_with(prefix))
                .take(1000)
                .cloned()
                .collect()
        }))
    }

    fn checked(key: &str) -> Result<(), StorageError> {
        if key.is_empty() || key.len() > MOST_KEY || key.chars().any(char::is_control) {
            return Err(StorageError::InvalidKey);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage;

    #[test]
    fn storage_reads_see_the_start_of_the_run() {
        clear_storage();
        storage::set("a", b"1").expect("a good key");
        assert_eq!(storage::get("a"), Ok(None));
        commit_storage();
        assert_eq!(storage::get("a"), Ok(Some(b"1".to_vec())));
        assert_eq!(storage::list(""), Ok(vec!["a".to_owned()]));
        storage::delete("a").expect("a good key");
        commit_storage();
        assert_eq!(storage::get("a"), Ok(None));
        assert_eq!(storage::get(""), Err(storage::StorageError::InvalidKey));
    }

    #[test]
    fn http_without_a_script_is_denied() {
        assert!(matches!(
            crate::http::get("https://h/"),
            Err(Failure::Denied(_))
        ));
    }

    #[test]
    fn the_log_is_kept_for_the_test() {
        crate::log::info("read page");
        assert_eq!(take_log(), [(Level::Info, "read page".to_owned())]);
    }
}
