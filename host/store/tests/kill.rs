//! A process that is killed in the middle of staging and committing loses
//! nothing that was acknowledged and leaves nothing half applied.
//!
//! The test starts this same binary as a process that stages pages and commits
//! plans without end, kills it after a moment, and looks at what it left.

mod common;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::page;
use homeroom_roster::plan::Plan;
use homeroom_roster::record::{Collection, Role};
use homeroom_roster::state::*;
use homeroom_store::{Error, RunCommit, RunStatus, SourceSwitch, Tenant};

const DIRECTORY: &str = "HOMEROOM_TEST_KILLED_DIRECTORY";
const USERS: u32 = 3000;

/// The roster that every second commit makes; the others take it back.
fn plan() -> Plan {
    let mut plan = Plan {
        next: NextKeys {
            user: USERS,
            ..NextKeys::default()
        },
        ..Plan::default()
    };
    for key in 0..USERS {
        plan.users.created.push(User {
            key: UserKey(key),
            id: format!("user-{key}").into(),
            status: Status::Active,
            enabled: true,
            roles: Roles::default(),
            attributes: Attributes::default(),
            orgs: Vec::new(),
            assignments: Assignments::default(),
            primary_org: None,
        });
        plan.enrollments.created.push(Enrollment {
            class: ClassKey(key / 20),
            user: UserKey(key),
            role: Role::Student,
            primary: false,
            begin: None,
            end: None,
        });
    }
    plan
}

fn records(number: u32) -> Vec<u8> {
    number.to_le_bytes().repeat(5000)
}

/// Says on its output what was acknowledged.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the process that is killed; the test below starts it"]
async fn works_without_end() {
    let dir = std::env::var_os(DIRECTORY).expect("the test below sets the directory");
    let tenant = common::tenant(Path::new(&dir)).await;
    let provider = match tenant.provider("sis").await {
        Ok(row) => row.key,
        Err(_) => common::provider(&tenant, "sis").await,
    };
    let _lock = tenant.try_lock_provider(provider).await.expect("free");
    let mut version = tenant.state_version().await.expect("a version");
    loop {
        let run = common::run(&tenant, provider).await;
        println!("run {run}");
        for number in 0..4 {
            let staged = tenant.stage(
                run,
                page(Collection::Users, &records(version as u32 * 4 + number)),
            );
            println!(
                "staged {run} {} {}",
                staged.await.expect("staged").seq,
                version as u32 * 4 + number
            );
        }
        let plan = if version % 2 == 0 {
            plan()
        } else {
            plan().inverse()
        };
        let end = common::end(RunStatus::Succeeded);
        version = tenant
            .commit(&RunCommit {
                source: SourceSwitch::Replace,
                ..common::commit(run, version, &plan, &end)
            })
            .await
            .expect("committed");
        println!("committed {run} {version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_leaves_all_or_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut commits = 0;
    for round in 0..12u64 {
        let mut child = Command::new(std::env::current_exe().expect("this binary"))
            .args(["--ignored", "--exact", "works_without_end", "--nocapture"])
            .env(DIRECTORY, dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let (send, said) = std::sync::mpsc::channel();
        let reader = std::thread::spawn(move || {
            for line in output.lines() {
                let Ok(line) = line else { break };
                send.send(line).ok();
            }
        });
        // Killed at a different point of its work each time.
        let mut lines = Vec::new();
        while !lines.iter().any(|line: &String| line.starts_with("run ")) {
            let line = said.recv_timeout(Duration::from_secs(60));
            lines.push(line.expect("it begins a run"));
        }
        std::thread::sleep(Duration::from_millis(7 * round * round % 150));
        child.kill().expect("killed");
        child.wait().expect("ended");
        reader.join().expect("read");
        lines.extend(said.try_iter());
        commits += inspect(dir.path(), &lines).await;
    }
    assert!(commits > 0, "no round got as far as a commit");
}

/// Checks what is there against what was acknowledged; returns how many commits
/// were.
async fn inspect(dir: &Path, lines: &[String]) -> usize {
    let mut run = 0;
    let mut acknowledged = None;
    let mut staged = Vec::new();
    let mut commits = 0;
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |place: usize| words[place].parse::<u32>().expect("a number");
        match words[0] {
            "run" => (run, staged) = (number(1), Vec::new()),
            "staged" if words.len() == 4 => staged.push((number(2), number(3))),
            "committed" if words.len() == 3 => {
                acknowledged = Some(u64::from(number(2)));
                commits += 1;
            }
            _ => {}
        }
    }
    let tenant = common::tenant(dir).await;
    let (roster, version) = tenant.load_roster().await.expect("a roster");
    if let Some(acknowledged) = acknowledged {
        assert!(
            version == acknowledged || version == acknowledged + 1,
            "{version} after {acknowledged}"
        );
    }
    let whole = plan();
    let (users, enrollments) = match version % 2 {
        0 => (Vec::new(), Vec::new()),
        _ => (whole.users.created, whole.enrollments.created),
    };
    assert!(
        roster.users == users && roster.enrollments == enrollments,
        "version {version}"
    );

    let last = tenant
        .run(RunKey(run))
        .await
        .expect("the run was acknowledged");
    match last.status {
        RunStatus::Failed => assert_eq!(last.code.as_deref(), Some("interrupted")),
        status => assert_eq!(
            (status, last.committed_version),
            (RunStatus::Succeeded, Some(version))
        ),
    }
    let pages = tenant.staged(RunKey(run)).await.expect("pages");
    for (seq, number) in staged {
        let page = pages
            .iter()
            .find(|page| page.seq == seq)
            .expect("it was acknowledged");
        let bytes = tenant.page_bytes(page.blob).await.expect("its records");
        assert!(bytes == records(number), "page {seq} of run {run}");
    }
    current_pages(&tenant, version).await;
    commits
}

/// The current pages are those of the last commit, whole.
async fn current_pages(tenant: &Tenant, version: u64) {
    let key = match tenant.provider("sis").await {
        Ok(row) => row.key,
        Err(Error::NotFound { .. }) => return,
        Err(other) => panic!("{other}"),
    };
    let pages = tenant.source_pages(key).await.expect("pages");
    assert_eq!(pages.len(), if version == 0 { 0 } else { 4 });
    for (number, page) in (0..).zip(pages) {
        let bytes = tenant.page_bytes(page.blob).await.expect("its records");
        assert!(bytes == records((version as u32 - 1) * 4 + number));
    }
}
