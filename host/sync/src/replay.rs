//! A recorded run made again with no network, by the same adapter or another
//! one, and compared: page by page to the byte, and record by record where a
//! page differs. Another version answers "what would this upgrade change?".
//!
//! The pages are asked for as in a run: the first of each collection, and then
//! where each page says to go on. How a request finds its recorded answer is
//! the sandbox's business.

mod compare;
mod records;
mod view;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use homeroom_roster::codec;
use homeroom_roster::record::Collection;
use homeroom_sandbox::recording::{CallKey, Outcome, Recording};
use homeroom_sandbox::{
    Adapter, CallError, Page, PageRequest, Replay, Replayed, RequestDifference,
};
use tokio::task::JoinSet;

use crate::error::{Error, Result};
use crate::recordings::group;
pub use view::{
    AdapterRef, CollectionReplay, FieldDifference, PageDifference, RecordDifference, ReplayReport,
    RequestDifferenceView,
};

use compare::{compare_page, compare_reports, told_failure};
use records::Sides;

/// Pages beyond those on record that another version may ask for.
const MORE_CALLS: usize = 10_000;

/// Pages at work at once. There is nothing to wait for, so more than the cores
/// of a small machine only cost memory.
const AT_ONCE: usize = 4;

/// Makes a recorded run again and compares.
///
/// # Errors
/// If the recording cannot be read any more, or was made with records that this
/// version does not know.
pub async fn replay(recording: Arc<Recording>, adapter: &Adapter) -> Result<ReplayReport> {
    let replay = Replay::new(adapter, recording.clone());
    let mut work = Work::new(recording, adapter)?;
    let mut at_work: JoinSet<Result<(CallKey, Done)>> = JoinSet::new();
    loop {
        while at_work.len() < AT_ONCE {
            let Some(key) = work.queue.pop_front() else {
                break;
            };
            let replay = replay.clone();
            at_work.spawn(async move {
                let done = match request(&key) {
                    Some(request) => Done::Page(replay.read(&request).await?),
                    None => Done::Report(replay.check().await?),
                };
                Ok((key, done))
            });
        }
        let Some(joined) = at_work.join_next().await else {
            break;
        };
        let (key, done) = joined.map_err(|error| {
            Error::refused(
                "internal",
                format!("a replayed call ended abnormally: {error}"),
            )
        })??;
        work.take(&key, done)?;
    }
    work.finish()
}

/// What a call answered.
type Answered<T> = std::result::Result<T, CallError>;

enum Done {
    Page(Replayed<Page>),
    Report(Replayed<homeroom_sandbox::Report>),
}

fn request(key: &CallKey) -> Option<PageRequest> {
    match key {
        CallKey::Check => None,
        CallKey::Read {
            collection,
            cursor,
            changed_since,
            page_size,
        } => Some(PageRequest {
            collection: *collection,
            cursor: cursor.clone(),
            changed_since: *changed_since,
            page_size: *page_size,
        }),
    }
}

/// What is to do, and what was found.
struct Work {
    recording: Arc<Recording>,
    /// Ended calls on record.
    recorded: HashMap<CallKey, usize>,
    /// Pages that recorded pages named and that were not read then.
    unread: HashSet<CallKey>,
    queue: VecDeque<CallKey>,
    seen: HashSet<CallKey>,
    sides: BTreeMap<Collection, Sides>,
    report: ReplayReport,
}

impl Work {
    fn new(recording: Arc<Recording>, adapter: &Adapter) -> Result<Work> {
        let mut report = ReplayReport::new(&recording, adapter);
        let mut recorded = HashMap::new();
        let mut order = Vec::new();
        let mut named = HashSet::new();
        for (at, call) in recording.calls().iter().enumerate() {
            match &call.outcome {
                None => report.unfinished += 1,
                Some(outcome) => {
                    if recorded.insert(call.key.clone(), at).is_none() {
                        order.push(call.key.clone());
                    }
                    if let Outcome::Page(page) = outcome {
                        named.extend(next_of(&call.key, &page.next));
                    }
                }
            }
        }
        // A run that went on after an earlier one has pages that none of its
        // own pages named: it began there.
        let queue: VecDeque<_> = order.into_iter().filter(|k| !named.contains(k)).collect();
        let unread = named
            .into_iter()
            .filter(|key| !recorded.contains_key(key))
            .collect();
        Ok(Work {
            seen: queue.iter().cloned().collect(),
            recording,
            recorded,
            unread,
            queue,
            sides: BTreeMap::new(),
            report,
        })
    }

    fn take(&mut self, key: &CallKey, done: Done) -> Result<()> {
        let recording = self.recording.clone();
        let recorded = self
            .recorded
            .get(key)
            .and_then(|at| recording.calls()[*at].outcome.as_ref());
        let (requests, different) = match done {
            Done::Report(replayed) => {
                let different = compare_reports(recorded, &replayed.result);
                (replayed.requests, different)
            }
            Done::Page(replayed) => {
                if let Ok(page) = &replayed.result {
                    self.go_on(key, &page.next)?;
                }
                let different = self.compare_pages(key, recorded, &replayed.result)?;
                (replayed.requests, different)
            }
        };
        let row = self.report.collections.entry(group(key)).or_default();
        row.calls += 1;
        match (recorded.is_some(), different.is_empty()) {
            (false, _) => row.added += 1,
            (true, true) => row.same += 1,
            (true, false) => row.different += 1,
        }
        if !different.is_empty() || recorded.is_none() {
            self.report.pages.push(PageDifference {
                call: key.to_string(),
                on_record: recorded.is_some(),
                different,
            });
        }
        let view = |difference: RequestDifference| RequestDifferenceView {
            call: key.to_string(),
            kind: difference.kind.code().to_owned(),
            method: difference.method,
            url: difference.url,
            nearest: difference
                .nearest
                .map(|(method, url)| format!("{method} {url}")),
        };
        self.report.requests.extend(requests.into_iter().map(view));
        Ok(())
    }

    /// Follows a page's cursors, each once.
    fn go_on(&mut self, key: &CallKey, next: &[String]) -> Result<()> {
        for key in next_of(key, next) {
            if !self.unread.contains(&key) && self.seen.insert(key.clone()) {
                self.queue.push_back(key);
            }
        }
        if self.seen.len() > self.recorded.len() + MORE_CALLS {
            return Err(Error::refused(
                "limit-exceeded",
                format!(
                    "this version asks for over {MORE_CALLS} pages more than are on record; \
                     it does not come to an end"
                ),
            ));
        }
        Ok(())
    }

    fn compare_pages(
        &mut self,
        key: &CallKey,
        recorded: Option<&Outcome>,
        result: &Answered<Page>,
    ) -> Result<Vec<String>> {
        let CallKey::Read { collection, .. } = key else {
            return Ok(Vec::new());
        };
        let old = match recorded {
            Some(Outcome::Page(page)) => Some(page),
            _ => None,
        };
        let new = result.as_ref().ok();
        let row = self.report.collections.entry(group(key)).or_default();
        let mut different = Vec::new();
        match (recorded, new) {
            (Some(Outcome::Page(old)), Some(new)) => {
                let same = compare_page(old, new, &mut different);
                if same {
                    row.records_same += u64::from(new.count);
                    return Ok(different);
                }
            }
            (Some(Outcome::Failure(old)), None) => {
                let new = result.as_ref().err().map(|e| (e.code(), e.detail()));
                if new != Some((&*old.code, &*old.detail)) {
                    different.push(told_failure(&old.code, result));
                }
            }
            (Some(Outcome::Failure(old)), Some(_)) => {
                different.push(format!("it failed with {} and gives a page now", old.code));
            }
            (Some(_), None) => different.push(told_failure("a page", result)),
            _ => {}
        }
        let sides = self.sides.entry(*collection).or_default();
        if let Some(old) = old {
            if old.codec != codec::FORMAT {
                return Err(Error::usage(
                    "recording-newer",
                    "the recording's records are encoded as another version of Homeroom does; \
                     replay it with the version that `homeroom recording show` names",
                ));
            }
            let bytes = self.recording.blob(Some(&old.records))?;
            sides.add_old(*collection, &bytes)?;
        }
        if let Some(new) = new {
            sides.add_new(*collection, &new.records)?;
        }
        Ok(different)
    }

    fn finish(mut self) -> Result<ReplayReport> {
        let recording = self.recording.clone();
        // Recorded pages that nobody asked for: their records are gone.
        let mut missing: Vec<_> = self
            .recorded
            .iter()
            .filter(|(key, _)| !self.seen.contains(key))
            .map(|(key, at)| (*at, key.clone()))
            .collect();
        missing.sort_by_key(|(at, _)| *at);
        for (at, key) in missing {
            self.report
                .collections
                .entry(group(&key))
                .or_default()
                .missing += 1;
            self.report.pages.push(PageDifference {
                call: key.to_string(),
                on_record: true,
                different: vec!["this version does not ask for it".to_owned()],
            });
            if let (CallKey::Read { collection, .. }, Some(Outcome::Page(page))) =
                (&key, &recording.calls()[at].outcome)
            {
                let bytes = recording.blob(Some(&page.records))?;
                let sides = self.sides.entry(*collection).or_default();
                sides.add_old(*collection, &bytes)?;
            }
        }
        for (collection, sides) in &self.sides {
            let name = collection.name().to_owned();
            let row = self.report.collections.entry(name).or_default();
            let found = sides.compare(*collection)?;
            row.records_same += found.same;
            row.records_added += found.added;
            row.records_removed += found.removed;
            row.records_changed += found.changed;
            self.report.records.extend(found.differences);
        }
        // Pages come back in any order.
        self.report.pages.sort();
        self.report.requests.sort();
        self.report.identical = self.report.pages.is_empty() && self.report.requests.is_empty();
        Ok(self.report)
    }
}

fn next_of(key: &CallKey, next: &[String]) -> Vec<CallKey> {
    let CallKey::Read {
        collection,
        changed_since,
        page_size,
        ..
    } = key
    else {
        return Vec::new();
    };
    next.iter()
        .map(|cursor| CallKey::Read {
            collection: *collection,
            cursor: Some(cursor.clone()),
            changed_since: *changed_since,
            page_size: *page_size,
        })
        .collect()
}
