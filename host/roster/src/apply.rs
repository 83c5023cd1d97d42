//! Applying a plan to a roster in memory.
//!
//! This is what a plan means, in its plainest form; a store does the same to
//! its tables. It trusts that the plan was made for this roster. Who may apply
//! a plan, and how it becomes durable, is not known here.

use crate::plan::{Changes, Plan};
use crate::state::Roster;

/// Applies a plan to the roster that it was made for. A record that the plan
/// updates or removes and that is not there is passed over.
pub fn apply(roster: &mut Roster, plan: &Plan) {
    list(&mut roster.orgs, &plan.orgs, |org| org.key);
    list(&mut roster.sessions, &plan.sessions, |session| session.key);
    list(&mut roster.courses, &plan.courses, |course| course.key);
    list(&mut roster.classes, &plan.classes, |class| class.key);
    list(&mut roster.users, &plan.users, |user| user.key);
    list(&mut roster.links, &plan.links, |link| link.origin.clone());
    list(&mut roster.enrollments, &plan.enrollments, |one| {
        (one.class, one.user, one.role)
    });
    list(&mut roster.guardians, &plan.guardians, |one| {
        (one.student, one.guardian)
    });
    roster.next = plan.next;
}

/// One pass over a sorted list and its sorted changes.
fn list<T: Clone, K: Ord>(list: &mut Vec<T>, changes: &Changes<T>, key: impl Fn(&T) -> K) {
    if changes.is_empty() {
        return;
    }
    let mut after = Vec::with_capacity(list.len() + changes.created.len());
    let mut created = changes.created.iter().peekable();
    let mut updated = changes.updated.iter().peekable();
    let mut removed = changes.removed.iter().peekable();
    for record in list.drain(..) {
        let this = key(&record);
        while let Some(new) = created.next_if(|new| key(new) < this) {
            after.push(new.clone());
        }
        while updated
            .next_if(|update| key(&update.before) < this)
            .is_some()
        {}
        while removed.next_if(|gone| key(gone) < this).is_some() {}
        if removed.next_if(|gone| key(gone) == this).is_some() {
            continue;
        }
        match updated.next_if(|update| key(&update.before) == this) {
            Some(update) => after.push(update.after.clone()),
            None => after.push(record),
        }
    }
    after.extend(created.cloned());
    *list = after;
}
