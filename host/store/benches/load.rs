//! How long the store takes for a district: first load, reading it back, a
//! night's changes, undoing all of it, and staging its pages.
//!
//! `cargo bench -p homeroom-store` prints figures for 30,000 and 300,000
//! people; `cargo bench -p homeroom-store -- 1000000` for that many.

#![allow(clippy::unwrap_used, reason = "a failed measurement should stop")]

use std::time::{Duration, Instant};

use homeroom_roster::codec;
use homeroom_roster::plan::{Plan, Update};
use homeroom_roster::record::{self, Collection, Day, Extent, Lifecycle, Role};
use homeroom_roster::settings::{ProviderKind, Settings};
use homeroom_roster::state::*;
use homeroom_store::*;
use jiff::Timestamp;
use serde_json::Value;

#[tokio::main]
async fn main() {
    let mut sizes: Vec<u32> = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse().ok())
        .collect();
    if sizes.is_empty() {
        sizes = vec![30_000, 300_000];
    }
    for people in sizes {
        measure(people).await;
    }
}

async fn measure(people: u32) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open_with(dir.path(), KeySource::Given([7; 32])).await;
    let tenant = store.unwrap().tenant("default").await.unwrap();
    let provider = tenant
        .add_provider(&NewProvider {
            name: "sis".to_owned(),
            kind: ProviderKind::Sis,
            state: ProviderState::Enabled,
            settings: Settings::default(),
            read: Value::Null,
            connection: Value::Null,
            identity: None,
            secret: None,
        })
        .await
        .unwrap();

    let plan = first_load(people, provider);
    println!(
        "{people} people, {} links, {} classes, {} enrollments",
        plan.links.created.len(),
        plan.classes.created.len(),
        plan.enrollments.created.len()
    );
    stage_pages(&tenant, provider, people).await;
    report("made", Duration::ZERO, "");
    let took = commit(&tenant, provider, 0, &plan).await;
    let log = std::fs::read_dir(dir.path().join("tenants")).unwrap();
    let bytes: u64 = log
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum();
    report("first load", took, &format!("{} MB on disk", bytes >> 20));

    for _ in 0..2 {
        let started = Instant::now();
        let (roster, _) = tenant.load_roster().await.unwrap();
        report(
            "read back",
            started.elapsed(),
            &format!("{} users", roster.users.len()),
        );
    }

    let (roster, version) = tenant.load_roster().await.unwrap();
    let night = night(&roster);
    report("made", Duration::ZERO, "");
    let changed = night.users.updated.len() + night.enrollments.removed.len();
    let took = commit(&tenant, provider, version, &night).await;
    report("a night", took, &format!("{changed} changes"));

    let took = commit(
        &tenant,
        provider,
        version + 1,
        &Plan {
            next: night.next,
            ..Plan::default()
        },
    )
    .await;
    report("no change", took, "");

    let started = Instant::now();
    let kept = tenant.plan(RunKey(2)).await.unwrap().unwrap();
    report("read plan", started.elapsed(), "");
    assert_eq!(kept, plan);
    let took = commit(&tenant, provider, version + 1, &night.inverse()).await;
    report("undo night", took, "");
    let took = commit(&tenant, provider, version + 2, &kept.inverse()).await;
    report("undo all", took, "");
}

/// Prints wall time and, where the system tells, the processor time of all
/// threads since the last report, which other programs do not disturb.
fn report(what: &str, took: Duration, note: &str) {
    static BEFORE: std::sync::Mutex<f64> = std::sync::Mutex::new(0.0);
    let mut before = BEFORE.lock().unwrap();
    let now = processor_seconds();
    let used = now - std::mem::replace(&mut *before, now);
    println!(
        "  {what:<12} {:>8.3} s {used:>8.2} s cpu  {note}",
        took.as_secs_f64()
    );
}

/// User and system time of this process, in hundredths of a second on Linux.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    let ticks = after_name.split(' ').skip(11).take(2);
    ticks
        .filter_map(|field| field.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

async fn begin(tenant: &Tenant, provider: ProviderKey) -> RunKey {
    tenant
        .create_run(&NewRun {
            provider: Some(provider),
            kind: RunKind::Sync,
            preview: false,
            changed_since: None,
            undoes: None,
            started: Timestamp::now(),
            adapter: None,
            fingerprint: None,
            provider_revision: 0,
            settings: Value::Null,
        })
        .await
        .unwrap()
}

async fn commit(
    tenant: &Tenant,
    provider: ProviderKey,
    base_version: u64,
    plan: &Plan,
) -> Duration {
    let run = begin(tenant, provider).await;
    let started = Instant::now();
    tenant
        .commit(&RunCommit {
            run,
            base_version,
            plan,
            source: SourceSwitch::Keep,
            findings: Some(&[]),
            unmatched: Some(&[]),
            success: true,
            undoes: None,
            end: &RunEnd {
                status: RunStatus::Succeeded,
                code: None,
                detail: None,
                finished: Timestamp::now(),
                report: Value::Null,
            },
        })
        .await
        .unwrap();
    started.elapsed()
}

/// Ids as most systems send them: random, 36 characters.
fn guid(kind: u64, number: u64) -> String {
    let mut x = (kind << 48 | number).wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^= x >> 31;
        x
    };
    let (a, b) = (next(), next());
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        a >> 32,
        a >> 16 & 0xffff,
        a & 0xfff,
        b >> 48 & 0xfff,
        b & 0xffff_ffff_ffff
    )
}

fn first_load(people: u32, provider: ProviderKey) -> Plan {
    let origin = |kind, number| Origin {
        provider,
        sourced_id: guid(kind, u64::from(number)).into(),
    };
    let classes = people * 4 / 15;
    let mut plan = Plan::default();
    for key in 1..=people / 1000 + 1 {
        plan.orgs.created.push(Org {
            key: OrgKey(key),
            origin: origin(1, key),
            status: Status::Active,
            name: format!("School {key}").into(),
            org_type: "school".into(),
            identifier: None,
            parent: None,
        });
    }
    for key in 1..=classes {
        plan.classes.created.push(Class {
            key: ClassKey(key),
            origin: origin(2, key),
            status: Status::Active,
            title: format!("Mathematics {key}").into(),
            class_code: Some(format!("MA-{key}").into()),
            class_type: Some("scheduled".into()),
            location: Some("R 12".into()),
            grades: "09,10".into(),
            subjects: "Mathematics".into(),
            subject_codes: "02".into(),
            periods: "1".into(),
            course: None,
            school: OrgKey(1 + key % (people / 1000 + 1)),
            sessions: vec![SessionKey(1)],
        });
    }
    for key in 1..=people {
        let mut attributes = Attributes::default();
        let mut set =
            |field, value: String| attributes.set(field, Some(value.into()), Some(provider));
        set(Field::GivenName, format!("Given{}", key % 2000));
        set(Field::FamilyName, format!("Family{}", key % 40_000));
        set(Field::Username, format!("given.family{key}"));
        set(
            Field::Email,
            format!("given.family{key}@students.example.org"),
        );
        set(Field::Identifier, format!("{:08}", key));
        set(Field::Grades, format!("{:02}", key % 12));
        plan.users.created.push(User {
            key: UserKey(key),
            id: guid(3, u64::from(key)).into(),
            status: Status::Active,
            enabled: true,
            roles: [Role::Student].into_iter().collect(),
            attributes,
            orgs: vec![OrgKey(1 + key % (people / 1000 + 1))],
            assignments: Assignments::from_iter([Assignment {
                org: Some(OrgKey(1 + key % (people / 1000 + 1))),
                role: Role::Student,
                primary: true,
            }]),
            primary_org: None,
        });
        for kind in [3, 4] {
            plan.links.created.push(Link {
                origin: origin(kind, key),
                user: UserKey(key),
                rule: Rule::Email,
                evidence: Some(format!("given.family{key}@students.example.org").into()),
                since: RunKey(1),
                present: true,
            });
        }
    }
    plan.links.created.sort_by(|a, b| a.origin.cmp(&b.origin));
    for class in 1..=classes {
        for seat in 0..25 {
            plan.enrollments.created.push(Enrollment {
                class: ClassKey(class),
                user: UserKey(1 + (class * 25 + seat) % people),
                role: if seat == 0 {
                    Role::Teacher
                } else {
                    Role::Student
                },
                primary: seat == 0,
                begin: Some(Day(20_000)),
                end: (seat % 2 == 0).then_some(Day(20_300)),
            });
        }
    }
    plan.enrollments
        .created
        .sort_by_key(|e| (e.class, e.user, e.role));
    plan.next = NextKeys {
        org: people / 1000 + 2,
        session: 2,
        course: 1,
        class: classes + 1,
        user: people + 1,
    };
    plan
}

/// One in a hundred changes.
fn night(roster: &Roster) -> Plan {
    let mut plan = Plan {
        next: roster.next,
        ..Plan::default()
    };
    for user in roster.users.iter().step_by(100) {
        let mut after = user.clone();
        after
            .attributes
            .set(Field::Grades, Some("12".into()), Some(ProviderKey(1)));
        plan.users.updated.push(Update {
            before: user.clone(),
            after,
        });
    }
    plan.enrollments.removed = roster.enrollments.iter().step_by(100).copied().collect();
    plan
}

/// Stages users and enrollments in pages of 5,000, twice: first new, then
/// unchanged.
async fn stage_pages(tenant: &Tenant, provider: ProviderKey, people: u32) {
    let mut pages = Vec::new();
    for first in (0..people).step_by(5000) {
        let mut bytes = Vec::new();
        for key in first..(first + 5000).min(people) {
            let (id, school) = (guid(3, key.into()), guid(1, (key % 200).into()));
            let email = format!("given.family{key}@students.example.org");
            let number = format!("{key:08}");
            let user = record::User {
                sourced_id: &id,
                lifecycle: Lifecycle {
                    deleted: false,
                    modified: Some(1_700_000_000_000),
                },
                enabled: true,
                username: Some(&email),
                user_ids: vec![("SIS", &number)],
                given_name: Some("Given"),
                family_name: Some("Family"),
                middle_name: None,
                preferred_given_name: None,
                preferred_family_name: None,
                identifier: Some(&number),
                user_master_identifier: None,
                email: Some(&email),
                sms: None,
                phone: None,
                language: None,
                roles: vec![record::RoleAssignment {
                    role: Role::Student,
                    primary: true,
                    org: Some(&school),
                    begin: None,
                    end: None,
                }],
                primary_org: Some(&school),
                agents: Vec::new(),
                grades: vec!["09"],
                metadata: Vec::new(),
            };
            codec::push(&mut bytes, &user).unwrap();
        }
        pages.push((Collection::Users, bytes));
    }
    for first in (0..people * 20 / 3).step_by(5000) {
        let mut bytes = Vec::new();
        for row in first..(first + 5000).min(people * 20 / 3) {
            let ids = [
                guid(5, row.into()),
                guid(3, (row % people).into()),
                guid(2, (row / 25).into()),
                guid(1, (row / 1000).into()),
            ];
            let enrollment = record::Enrollment {
                sourced_id: &ids[0],
                lifecycle: Lifecycle {
                    deleted: false,
                    modified: Some(1_700_000_000_000),
                },
                user: &ids[1],
                class: &ids[2],
                school: Some(&ids[3]),
                role: Role::Student,
                primary: None,
                begin: Some(Day(20_000)),
                end: Some(Day(20_300)),
            };
            codec::push(&mut bytes, &enrollment).unwrap();
        }
        pages.push((Collection::Enrollments, bytes));
    }
    report("made", Duration::ZERO, "");
    let plain: usize = pages.iter().map(|(_, bytes)| bytes.len()).sum();
    let started = Instant::now();
    let packed: usize = pages
        .iter()
        .map(|(_, bytes)| lz4_flex::compress(bytes).len())
        .sum();
    report(
        "lz4 alone",
        started.elapsed(),
        &format!("{} MB to {} MB", plain >> 20, packed >> 20),
    );
    let run = begin(tenant, provider).await;
    for what in ["stage", "stage again"] {
        let started = Instant::now();
        let mut pending = tokio::task::JoinSet::new();
        for (collection, records) in pages.clone() {
            let tenant = tenant.clone();
            pending.spawn(async move {
                let count = 5000;
                let page = StagedPage {
                    collection,
                    cursor: Some("5000".to_owned()),
                    next: vec!["10000".to_owned()],
                    records,
                    count,
                    received: count,
                    total: None,
                    findings: Vec::new(),
                    extent: Extent::Whole,
                    storage_writes: Vec::new(),
                    stats: Value::Null,
                };
                tenant.stage(run, page).await.unwrap()
            });
            while pending.len() >= 8 {
                pending.join_next().await;
            }
        }
        pending.join_all().await;
        report(what, started.elapsed(), &format!("{} pages", pages.len()));
    }
    let rows = tenant.staged(run).await.unwrap();
    let started = Instant::now();
    for row in rows.iter().take(pages.len()) {
        tenant.page_bytes(row.blob).await.unwrap();
    }
    report("read pages", started.elapsed(), "");
}
