//! Guards: what must not happen in a night without a person's word.
//!
//! A guard looks at a finished plan beside the roster as it is and what arrived
//! from the sources, and says why a run is held. It changes nothing, with one
//! exception that the operator chose: under the policy `keep-existing` a plan
//! that archives too much is stripped of everything it would archive or remove.
//! Guards know neither how the plan came about nor who may approve it.
//!
//! | code | held when |
//! |---|---|
//! | `deletion-threshold` | for users, classes, enrollments or guardians, more than `deletion-threshold-count` (20) **and** more than `deletion-threshold-percent` (10 %) of what there was would be archived, removed or cut off from the source. Measured for each provider and for each school; 100 % can never be exceeded, so it switches the guard off. |
//! | `collection-empty` | a collection of the running provider of which the roster holds something has no usable record today. Whatever the thresholds: "nothing" is a broken export, not a school that closed. |
//! | `ids-changed` | of one school, more than half of the users (or classes), and at least 10, are gone, while new ones came: at least half as many and at most twice as many. Classes count only if half of those that are gone have a namesake among the new ones whose sessions overlap, so that a new school year is no alarm of this kind. |
//! | `source-vanished` | another provider has no users any more, though the roster has users of it; or more than half of a provider's users, and at least 20, lost their record there together with names, email or username that it supplied. |
//! | `mass-update` | the email, or the username, would change or disappear for more than half of the provider's users and at least 20. A change of letter case alone does not count. |
//!
//! What ends on a day that was known before is no deletion: with
//! `respect-academic-sessions` a class whose sessions, as the roster holds
//! them, ended before today, and with `respect-enrolment-date` an enrollment
//! whose last day, as the roster holds it, has passed, are neither counted as
//! gone nor as having been there. A date that the source moves into the past
//! tonight does not help: the roster still holds the old one.
//!
//! A provider's first run finds nothing of its own in the roster, so nothing of
//! it can be gone. If it brings no users, or a SIS no orgs, there is nothing to
//! hold: [`empty_roster`] gives a fatal finding.
//!
//! Each check is linear in the roster (but for one sort), and is skipped where
//! the plan has too few changes of the kind to trip it; a calm night costs next
//! to nothing.

mod arrived;
mod churn;
mod deletions;
mod emptied;
mod ground;
mod keep;
mod losses;
mod shares;
mod updates;

#[cfg(test)]
mod tests;

pub use keep::keep_existing;

use ground::Ground;

use crate::finding::{Effect, Finding, Severity};
use crate::outcome::{Hold, Inputs};
use crate::plan::Plan;
use crate::settings::DeletionPolicy;

/// What the guards say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Why the run is held, sorted. Empty: the plan may be applied, unless a
    /// finding is fatal.
    pub holds: Vec<Hold>,
    /// `empty-roster` (fatal) or `deletions-kept` (warning).
    pub findings: Vec<Finding>,
}

/// Runs all guards. Under `keep-existing` a plan that trips
/// `deletion-threshold` is stripped by [`keep_existing`], and the others judge
/// what remains.
pub fn guard(inputs: &Inputs<'_>, plan: &mut Plan) -> Verdict {
    judge(&Ground::new(inputs), plan)
}

/// Why the plan must not be applied without a person's word, sorted by code and
/// school.
pub fn check(inputs: &Inputs<'_>, plan: &Plan) -> Vec<Hold> {
    holds(&Ground::new(inputs), plan)
}

/// The fatal finding for a source that brings nothing and of which the roster
/// holds nothing: there is no plan worth approving.
pub fn empty_roster(inputs: &Inputs<'_>) -> Option<Finding> {
    emptied::empty_roster(&Ground::new(inputs))
}

/// [`guard`] on prepared ground.
fn judge(ground: &Ground<'_>, plan: &mut Plan) -> Verdict {
    if let Some(finding) = emptied::empty_roster(ground) {
        return Verdict {
            holds: Vec::new(),
            findings: vec![finding],
        };
    }
    let mut holds = holds(ground, plan);
    let mut findings = Vec::new();
    let tripped = holds.iter().find(|hold| &*hold.code == deletions::CODE);
    if let (Some(hold), DeletionPolicy::KeepExisting) = (tripped, ground.settings().deletion_policy)
    {
        let reason = hold.detail.clone();
        let kept = keep_existing(plan);
        findings.push(ground.finding(
            "deletions-kept",
            Severity::Warning,
            format!("{kept} archivals and removals were left out: {reason}"),
        ));
        holds = self::holds(ground, plan);
    }
    Verdict { holds, findings }
}

/// [`check`] on prepared ground.
fn holds(ground: &Ground<'_>, plan: &Plan) -> Vec<Hold> {
    let mut holds = Vec::new();
    deletions::check(ground, plan, &mut holds);
    emptied::check(ground, &mut holds);
    churn::check(ground, plan, &mut holds);
    updates::check(ground, plan, &mut holds);
    holds.sort_by(|a, b| (&a.code, &a.school, &a.detail).cmp(&(&b.code, &b.school, &b.detail)));
    holds
}

impl Ground<'_> {
    /// A finding about the running provider as a whole.
    fn finding(&self, code: &str, severity: Severity, detail: String) -> Finding {
        Finding {
            code: code.into(),
            severity,
            // About no record, so it moves no count.
            effect: Effect::Kept,
            provider: Some(self.running),
            entity: None,
            sourced_id: None,
            field: None,
            detail: detail.into(),
        }
    }
}
