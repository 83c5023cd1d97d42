//! Every row is accounted for, whatever a night brings: how rows are counted,
//! what is said about them, and that neither order nor repetition matters.

use std::collections::BTreeSet;

use homeroom_roster::apply::apply;
use homeroom_roster::catalogue;
use homeroom_roster::codes::{COLLECTION_OFF, KINDS, RECORD_CONFLICT, RECORD_DUPLICATE};
use homeroom_roster::finding::{Effect, Finding};
use homeroom_roster::outcome::Outcome;
use homeroom_roster::record::Collection;
use homeroom_roster::state::{ClassKey, Origin, Roster, Status};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{TestCaseResult, TestRunner};

use crate::districts::{District, Provider, lived};
use crate::support::*;

/// Holds tally and findings of a provider's run against what it sent.
fn accounts(provider: &Provider, outcome: &Outcome) -> TestCaseResult {
    let sent = provider.sent();
    for finding in &outcome.findings {
        let entry = catalogue::find(&finding.code);
        prop_assert!(entry.is_some(), "no catalogue entry: {finding:?}");
        let entry = entry.map(|entry| (entry.severity, entry.effect));
        let said = Some((finding.severity, finding.effect));
        prop_assert_eq!(entry, said, "{:?}", finding);
        prop_assert!(!finding.detail.is_empty(), "{finding:?}");
        prop_assert_eq!(finding.provider, Some(provider.key), "{:?}", finding);
        if finding.effect != Effect::Kept {
            prop_assert!(finding.entity.is_some(), "{finding:?}");
        }
    }
    for collection in Collection::ALL {
        let tally = outcome.tally.get(&collection).copied().unwrap_or_default();
        let of_collection = sent.iter().filter(|((other, _), _)| *other == collection);
        let received: u64 = of_collection.clone().map(|(_, times)| times).sum();
        prop_assert_eq!(tally.received, received, "{}", collection);
        let sum = tally.imported + tally.skipped + tally.failed;
        prop_assert_eq!(tally.received, sum, "{}: {:?}", collection, tally);

        let counting = |effect| {
            let findings = outcome.findings.iter();
            findings.filter(move |one| one.entity == Some(collection) && one.effect == effect)
        };
        if provider.is_off(collection) {
            off(received, tally.skipped, counting(Effect::Skipped).collect())?;
            prop_assert_eq!(counting(Effect::Failed).count(), 0);
            continue;
        }
        let (skipped, failed) = (counting(Effect::Skipped), counting(Effect::Failed));
        let all: Vec<&Finding> = skipped.clone().chain(failed.clone()).collect();
        prop_assert_eq!(tally.skipped, skipped.count() as u64, "{:#?}", all);
        prop_assert_eq!(tally.failed, failed.count() as u64, "{:#?}", all);
        for ((_, id), times) in of_collection {
            let about = |finding: &&&Finding| finding.sourced_id.as_deref() == Some(*id);
            let about: Vec<&&Finding> = all.iter().filter(about).collect();
            let again =
                |one: &&&&Finding| [RECORD_DUPLICATE, RECORD_CONFLICT].contains(&&*one.code);
            let repeated = about.iter().filter(again).count() as u64;
            prop_assert_eq!(repeated, times - 1, "{} {}: {:#?}", collection, id, about);
            prop_assert!(about.len() as u64 - repeated <= 1, "two counts: {about:#?}");
        }
        for finding in all {
            let id = finding.sourced_id.as_deref();
            let known = id.is_some_and(|id| sent.contains_key(&(collection, id)));
            prop_assert!(known, "not a record of the source: {finding:?}");
        }
    }
    Ok(())
}

/// A collection that is off has one finding, which says how many rows it had.
fn off(received: u64, skipped: u64, findings: Vec<&Finding>) -> TestCaseResult {
    prop_assert_eq!(skipped, received);
    prop_assert_eq!(findings.len(), usize::from(received > 0), "{:#?}", findings);
    for finding in findings {
        prop_assert_eq!(&*finding.code, COLLECTION_OFF);
        prop_assert_eq!(&finding.sourced_id, &None);
        let says = finding.detail.starts_with(&format!("{received} "));
        prop_assert!(says, "{finding:?}");
    }
    Ok(())
}

/// Holds what counts as imported against the roster after the run: the tally is
/// made from the findings, and the roster is not.
fn landed(provider: &Provider, outcome: &Outcome, roster: &Roster) -> TestCaseResult {
    let own = |origin: &Origin, status| {
        (origin.provider == provider.key && status == Status::Active)
            .then(|| origin.sourced_id.to_string())
    };
    let orgs = roster.orgs.iter();
    let sessions = roster.sessions.iter();
    let courses = roster.courses.iter();
    let classes = roster.classes.iter();
    let links = roster.links.iter();
    let linked = links.filter(|link| link.origin.provider == provider.key);
    let active: [(Collection, BTreeSet<String>); 5] = [
        (
            Collection::Orgs,
            orgs.filter_map(|one| own(&one.origin, one.status))
                .collect(),
        ),
        (
            Collection::AcademicSessions,
            sessions
                .filter_map(|one| own(&one.origin, one.status))
                .collect(),
        ),
        (
            Collection::Courses,
            courses
                .filter_map(|one| own(&one.origin, one.status))
                .collect(),
        ),
        (
            Collection::Classes,
            classes
                .filter_map(|one| own(&one.origin, one.status))
                .collect(),
        ),
        (
            Collection::Users,
            linked
                .map(|link| link.origin.sourced_id.to_string())
                .collect(),
        ),
    ];
    let imported = |collection| outcome.tally[&collection].imported;
    for (collection, active) in active {
        let left_out = outcome.findings.iter().filter(|finding| {
            let repeated = [RECORD_DUPLICATE, RECORD_CONFLICT].contains(&&*finding.code);
            finding.entity == Some(collection) && finding.effect != Effect::Kept && !repeated
        });
        let left_out: BTreeSet<&str> = left_out
            .filter_map(|finding| finding.sourced_id.as_deref())
            .collect();
        if provider.is_off(collection) {
            continue;
        }
        let sent = provider.sent().into_keys();
        let counted = sent.filter(|(other, id)| *other == collection && !left_out.contains(id));
        let counted: Vec<&str> = counted.map(|(_, id)| id).collect();
        prop_assert_eq!(counted.len() as u64, imported(collection), "{}", collection);
        for id in counted {
            prop_assert!(
                active.contains(id),
                "{collection} {id} is not in the roster"
            );
        }
    }
    if outcome.incomplete_schools.is_empty() && !provider.is_off(Collection::Enrollments) {
        let classes = roster.classes.iter();
        let own: BTreeSet<ClassKey> = classes
            .filter(|class| class.origin.provider == provider.key)
            .map(|class| class.key)
            .collect();
        let there = roster
            .enrollments
            .iter()
            .filter(|one| own.contains(&one.class));
        prop_assert_eq!(imported(Collection::Enrollments), there.count() as u64);
    }
    Ok(())
}

/// A plan to the byte.
fn bytes(outcome: &Outcome) -> Vec<u8> {
    postcard::to_allocvec(&outcome.plan).expect("a plan can be written")
}

/// Nights that were, mostly few.
fn past() -> impl Strategy<Value = Vec<District>> {
    prop::collection::vec(District::any(), 0..3)
}

/// The properties say something only if the nights have every fault.
#[test]
fn the_nights_bring_nearly_every_kind_of_finding() {
    // They need several rare faults at once.
    const RARE: [&str; 5] = [
        "user-claimed",
        "user-email-generic",
        "user-id-reused",
        "user-link-conflict",
        "user-never-match",
    ];
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..1_000 {
        let nights = (past(), District::any()).new_tree(&mut runner);
        let (past, now) = nights.expect("a night").current();
        let tenant = lived(&past);
        for provider in &now.providers {
            let outcome = tenant.preview(provider.key, &now.sources(0));
            seen.extend(outcome.findings.into_iter().map(|finding| finding.code));
        }
    }
    let kinds = KINDS.iter().map(|kind| kind.code);
    let missing: Vec<&str> = kinds
        .filter(|code| !seen.contains(*code) && !RARE.contains(code))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_row_is_counted_once_and_every_row_that_is_left_out_is_named(
        past in past(),
        now in District::any(),
    ) {
        let tenant = lived(&past);
        for provider in &now.providers {
            accounts(provider, &tenant.preview(provider.key, &now.sources(0)))?;
        }
    }

    #[test]
    fn what_counts_as_imported_is_in_the_roster(
        past in past(),
        now in District::any(),
    ) {
        let tenant = lived(&past);
        for provider in &now.providers {
            let outcome = tenant.preview(provider.key, &now.sources(0));
            let mut roster = tenant.roster.clone();
            apply(&mut roster, &outcome.plan);
            landed(provider, &outcome, &roster)?;
        }
    }

    #[test]
    fn the_plan_is_the_same_whoever_s_run_it_is(
        past in past(),
        now in District::any(),
    ) {
        let tenant = lived(&past);
        let sources = now.sources(0);
        let first = tenant.preview(DIRECTORY, &sources);
        for provider in &now.providers {
            let other = tenant.preview(provider.key, &sources);
            prop_assert_eq!(&first.plan, &other.plan);
            prop_assert_eq!(&first.unmatched, &other.unmatched);
        }
    }

    #[test]
    fn the_same_night_again_changes_nothing(
        past in past(),
        now in District::any(),
        seed in any::<u64>(),
    ) {
        let mut tenant = lived(&past);
        tenant.run_of(SIS, &now.sources(0));
        for provider in &now.providers {
            let again = tenant.preview(provider.key, &now.sources(seed));
            prop_assert!(again.plan.is_empty(), "{:#?}", again.plan);
            accounts(provider, &again)?;
        }
    }

    #[test]
    fn taking_a_night_back_leaves_no_trace(
        past in past(),
        now in District::any(),
    ) {
        let tenant = lived(&past);
        let plan = tenant.preview(SIS, &now.sources(0)).plan;
        let mut roster = tenant.roster.clone();
        apply(&mut roster, &plan);
        check(&roster);
        apply(&mut roster, &plan.inverse());
        // A key is never given twice, so the free ones are not taken back.
        roster.next = tenant.roster.next;
        prop_assert_eq!(roster, tenant.roster);
    }

    #[test]
    fn the_order_of_rows_collections_and_sources_changes_no_byte(
        past in past(),
        now in District::any(),
        seed in 1..u64::MAX,
    ) {
        let tenant = lived(&past);
        for provider in &now.providers {
            let one = tenant.preview(provider.key, &now.sources(0));
            let other = tenant.preview(provider.key, &now.sources(seed));
            prop_assert_eq!(bytes(&one), bytes(&other));
            prop_assert_eq!(one, other);
        }
    }
}
