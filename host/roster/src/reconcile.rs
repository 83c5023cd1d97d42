//! The one function that brings everything together.

use crate::diff::{Shared, catalogue, classes, enrollments, guardians, links};
use crate::finding::Finding;
use crate::guard;
use crate::incomplete::{self, Incomplete};
use crate::matching::{self, Matching};
use crate::merge::{Merge, Standing};
use crate::notes::{self, Notes};
use crate::outcome::{Inputs, Outcome};
use crate::people::keys::Addresses;
use crate::plan::Plan;
use crate::prepared::Prepared;
use crate::report;
use crate::state::Text;

/// Brings every source together: scope, match, merge, plan, guard.
///
/// The outcome is a function of the inputs alone, and does not depend on the
/// order of sources, nor on that of pages and records. Bad data gives findings,
/// never an error. Findings, tally and counts are of the running provider;
/// unmatched people of all.
pub fn reconcile(inputs: &Inputs<'_>) -> Outcome {
    let mut notes = Notes::default();
    let mut addresses = Addresses::default();
    let mut shared = Shared::default();
    let mut plan = Plan {
        next: inputs.previous.next,
        ..Plan::default()
    };
    let all = Prepared::all(inputs, &mut addresses, &mut notes);
    let incomplete = incomplete::find(inputs.previous, &all, &mut notes);
    let matching = matching::run(inputs, &all, &incomplete.frozen, &mut addresses, &mut notes);
    drop(addresses);
    let standing = Standing::of(&all, &matching, &inputs.previous.links);

    let keys = catalogue::Catalogue {
        roster: inputs.previous,
        all: &all,
        shared: &mut shared,
        notes: &mut notes,
        plan: &mut plan,
    }
    .compare();
    let classes = classes::Comparison {
        roster: inputs.previous,
        all: &all,
        keys: &keys,
        incomplete: &incomplete.schools,
        frozen: &incomplete.frozen,
        shared: &mut shared,
        notes: &mut notes,
        plan: &mut plan,
    }
    .compare();
    let members = enrollments::Comparison {
        roster: inputs.previous,
        all: &all,
        keys: &keys,
        classes: &classes,
        matched: &matching.sources,
        users: &matching.users,
        active: &standing.active,
        frozen: &incomplete.frozen,
        today: inputs.today,
        notes: &mut notes,
        changes: &mut plan.enrollments,
    }
    .compare();
    let merged = Merge {
        inputs,
        all: &all,
        keys: &keys,
        matching: &matching,
        standing: &standing,
        members: &members,
        frozen: &incomplete.frozen,
        shared: &mut shared,
    }
    .users();
    plan.links = links::compare(
        &all,
        &matching.sources,
        &matching.users,
        &merged,
        inputs.run,
    );
    let roles = merged.roles;
    plan.users = merged.users;
    plan.next.user = matching.users.next_key();
    plan.guardians = guardians::Comparison {
        roster: inputs.previous,
        all: &all,
        matched: &matching.sources,
        users: &matching.users,
        active: &standing.active,
        kept: &standing.kept,
        notes: &mut notes,
    }
    .compare();

    report::note_users(&all, &matching, &mut notes);
    let mut outcome = Outcome {
        unmatched: report::unmatched(&all, &matching),
        incomplete_schools: incomplete_schools(&all, &incomplete),
        plan,
        ..Outcome::default()
    };
    report::count(&all, &matching, &roles, &classes, &mut outcome);
    finish(inputs, &all, &matching, notes, &mut outcome);
    outcome
}

/// Tally, findings, and what the guards say.
fn finish(
    inputs: &Inputs<'_>,
    all: &[Prepared<'_>],
    matching: &Matching<'_>,
    mut notes: Notes,
    outcome: &mut Outcome,
) {
    debug_assert_eq!(all.len(), matching.sources.len());
    if let Some(running) = all.iter().find(|prepared| prepared.running) {
        report::note_collections(running, &mut notes);
        report::tally(running, &notes, outcome);
        outcome.counts.imported_enrollments = outcome
            .tally
            .get(&crate::record::Collection::Enrollments)
            .map_or(0, |tally| tally.imported);
        outcome.findings = notes.findings(running.provider.key, running.records);
    }
    let verdict = guard::guard(inputs, &mut outcome.plan);
    let spoken: Vec<Finding> = verdict.findings;
    if !spoken.is_empty() {
        outcome.findings.extend(spoken);
        notes::sort(&mut outcome.findings);
    }
    outcome.holds = verdict.holds;
}

fn incomplete_schools(all: &[Prepared<'_>], incomplete: &Incomplete) -> Vec<Text> {
    let sources = all.iter().zip(&incomplete.schools);
    sources
        .filter(|(prepared, _)| prepared.running)
        .flat_map(|(prepared, schools)| {
            let orgs = prepared.records.orgs().zip(schools);
            orgs.filter(|(_, incomplete)| **incomplete)
                .map(|(org, _)| org.id().into())
        })
        .collect()
}
