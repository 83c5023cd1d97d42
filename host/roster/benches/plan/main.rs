//! How long a night takes in the core: reading a source back, the first sync of
//! a SIS after its directory, and one that changes nothing.
//!
//! `cargo bench -p homeroom-roster` measures 30,000 people with 200,000
//! enrollments; with `HOMEROOM_BENCH_PEOPLE=1000000` a district of that size,
//! with eight enrollments for each.

#![allow(missing_docs, reason = "criterion's macros make public items")]

mod generator;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use generator::{District, read};
use homeroom_roster::apply::apply;
use homeroom_roster::outcome::{Decisions, Inputs, Outcome, Source};
use homeroom_roster::reconcile;
use homeroom_roster::record::{Collection, Day};
use homeroom_roster::settings::{Provider, ProviderKind, Settings};
use homeroom_roster::state::{ProviderKey, Roster, RunKey};

const DIRECTORY: ProviderKey = ProviderKey(1);
const SIS: ProviderKey = ProviderKey(2);

fn source(
    key: ProviderKey,
    kind: ProviderKind,
    priority: u8,
    pages: &[(Collection, Vec<u8>)],
) -> Source {
    Source {
        provider: Provider {
            key,
            name: format!("provider-{key}"),
            kind,
            settings: Settings {
                merge_priority: priority,
                ..Settings::default()
            },
        },
        records: read(pages),
    }
}

fn night(roster: &Roster, sources: &[Source], running: ProviderKey) -> Outcome {
    reconcile(&Inputs {
        previous: roster,
        sources,
        unread: &[],
        decisions: &Decisions::default(),
        today: Day(20_779),
        running,
        run: RunKey(1),
    })
}

fn plan(criterion: &mut Criterion) {
    let people = std::env::var("HOMEROOM_BENCH_PEOPLE");
    let people: Option<usize> = people.ok().and_then(|people| people.parse().ok());
    let (people, enrollments) = match people {
        Some(people) => (people, people * 8),
        None => (30_000, 200_000),
    };
    let district = District::new(people, enrollments);
    let mut sources = vec![source(
        DIRECTORY,
        ProviderKind::Directory,
        100,
        &district.directory,
    )];
    let mut roster = Roster::default();
    let imported = night(&roster, &sources, DIRECTORY);
    apply(&mut roster, &imported.plan);
    drop(imported);
    sources.push(source(SIS, ProviderKind::Sis, 50, &district.sis));
    let first = night(&roster, &sources, SIS);
    assert_eq!(first.unmatched, []);
    let mut after = roster.clone();
    apply(&mut after, &first.plan);
    drop(first);

    let mut group =
        criterion.benchmark_group(format!("{people} people, {enrollments} enrollments"));
    group.sample_size(10);
    group.bench_function("read back", |bench| {
        bench.iter(|| read(black_box(&district.sis)))
    });
    group.bench_function("first sync", |bench| {
        bench.iter(|| night(black_box(&roster), &sources, SIS));
    });
    group.bench_function("nothing changed", |bench| {
        bench.iter(|| {
            let outcome = night(black_box(&after), &sources, SIS);
            assert!(outcome.plan.is_empty());
        });
    });
    group.finish();
}

criterion_group!(benches, plan);
criterion_main!(benches);
