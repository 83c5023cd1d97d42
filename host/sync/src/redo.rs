//! Whether a plan does again what an undo took back.
//!
//! After an undo the source still says what it said. A sync that would quietly
//! do the same again would make a fool of whoever undid it; one that does
//! something else is none of the undo's business.

use std::collections::HashSet;
use std::hash::Hash;

use homeroom_roster::plan::{Archivable, Changes, Plan};
use homeroom_roster::state::{Class, Link, User};

/// How many changes of `plan` the undone plan made too.
pub(crate) fn repeated(undone: &Plan, plan: &Plan) -> usize {
    both(undone, plan, |plan| {
        made(&plan.links, |link: &Link| {
            (link.origin.clone(), link.present)
        })
    }) + both(undone, plan, |plan| {
        made(&plan.classes, |class: &Class| {
            (class.origin.clone(), class.status(), class.title.clone())
        })
    }) + both(undone, plan, |plan| {
        updated(&plan.users, |user: &User| format!("{user:?}"))
    }) + both(undone, plan, |plan| {
        made(&plan.enrollments, |tie| {
            (tie.class, tie.user, tie.role, tie.begin, tie.end)
        })
    }) + both(undone, plan, |plan| {
        gone(&plan.enrollments, |tie| (tie.class, tie.user, tie.role))
    }) + both(undone, plan, |plan| {
        made(&plan.guardians, |tie| (tie.student, tie.guardian))
    }) + both(undone, plan, |plan| {
        gone(&plan.guardians, |tie| (tie.student, tie.guardian))
    })
}

fn both<K: Eq + Hash>(undone: &Plan, plan: &Plan, of: impl Fn(&Plan) -> HashSet<K>) -> usize {
    let undone = of(undone);
    match undone.is_empty() {
        true => 0,
        false => of(plan).intersection(&undone).count(),
    }
}

/// What records are after the plan, created and updated ones.
fn made<T, K: Eq + Hash>(changes: &Changes<T>, key: impl Fn(&T) -> K) -> HashSet<K> {
    let updated = changes.updated.iter().map(|update| &update.after);
    changes.created.iter().chain(updated).map(key).collect()
}

fn updated<T, K: Eq + Hash>(changes: &Changes<T>, key: impl Fn(&T) -> K) -> HashSet<K> {
    changes
        .updated
        .iter()
        .map(|update| key(&update.after))
        .collect()
}

fn gone<T, K: Eq + Hash>(changes: &Changes<T>, key: impl Fn(&T) -> K) -> HashSet<K> {
    changes.removed.iter().map(key).collect()
}
