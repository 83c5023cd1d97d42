//! The policy `keep-existing`: a plan without anything that archives or removes.

use std::hash::Hash;

use hashbrown::{HashMap, HashSet};

use super::losses::gained_links;
use crate::plan::{Archivable, Changes, Plan, Update};
use crate::state::{ProviderKey, Status, UserKey};

/// Takes out of a plan whatever archives or removes, and returns how many
/// changes that were. What is new or changes otherwise stays.
///
/// The result is consistent: a record that something refers to is never left
/// out, since only departures are. A record whose source lost it is left as it
/// was altogether, its link included, so that the next run finds it as this one
/// did and judges it again. A tie that is removed and made anew with the same
/// key becomes a change.
pub fn keep_existing(plan: &mut Plan) -> u64 {
    let mut kept = 0;
    // A user who has another record at the same provider instead is not
    // leaving it; the old record's link may go.
    let replaced: HashSet<(ProviderKey, UserKey)> = gained_links(plan)
        .map(|link| (link.origin.provider, link.user))
        .collect();
    let mut untouched: HashSet<UserKey> = HashSet::new();
    plan.links.updated.retain(|update| {
        let (before, after) = (&update.before, &update.after);
        let leaves = before.present
            && !after.present
            && !replaced.contains(&(before.origin.provider, before.user));
        if leaves {
            untouched.insert(before.user);
            kept += 1;
        }
        !leaves
    });
    plan.users.updated.retain(|update| {
        !(untouched.contains(&update.before.key) && update.before.status == Status::Active)
            || departs(update)
    });

    kept += keep_active(&mut plan.orgs);
    kept += keep_active(&mut plan.sessions);
    kept += keep_active(&mut plan.courses);
    kept += keep_active(&mut plan.classes);
    kept += keep_active(&mut plan.users);
    kept += keep_ties(&mut plan.links, |link| link.origin.clone());
    kept += keep_ties(&mut plan.enrollments, |enrollment| {
        (enrollment.class, enrollment.user, enrollment.role)
    });
    kept += keep_ties(&mut plan.guardians, |guardian| {
        (guardian.student, guardian.guardian)
    });
    kept
}

/// Whether an update archives.
fn departs<T: Archivable>(update: &Update<T>) -> bool {
    update.before.status() == Status::Active && update.after.status() == Status::Archived
}

/// Drops archivals, and removals of what should be archived instead.
fn keep_active<T: Archivable>(changes: &mut Changes<T>) -> u64 {
    let before = changes.updated.len() + changes.removed.len();
    changes.updated.retain(|update| !departs(update));
    changes.removed.clear();
    (before - changes.updated.len()) as u64
}

/// Drops removals of ties. One that is made anew under the same key becomes a
/// change, since a key may be there but once.
fn keep_ties<T: Clone, K: Hash + Ord>(changes: &mut Changes<T>, key: impl Fn(&T) -> K) -> u64 {
    let mut removed: HashMap<K, T> = std::mem::take(&mut changes.removed)
        .into_iter()
        .map(|tie| (key(&tie), tie))
        .collect();
    if removed.is_empty() {
        return 0;
    }
    let updated = &mut changes.updated;
    changes.created.retain(|tie| {
        let Some(before) = removed.remove(&key(tie)) else {
            return true;
        };
        updated.push(Update {
            before,
            after: tie.clone(),
        });
        false
    });
    updated.sort_by_cached_key(|update| key(&update.before));
    removed.len() as u64
}
