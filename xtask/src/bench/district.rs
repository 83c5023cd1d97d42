//! One district, from an empty data folder to a second sync that finds nothing
//! new, with the real binary against the fake SIS.
//!
//! In turn with it, the native yardstick parses the very same pages. Both are
//! repeated and the median of each figure is kept, so that a machine that gets
//! slower or busier in between does so for both.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::measure::{self, Cost};
use super::native::Parsed;
use super::pages;
use crate::server::{Addresses, Server};
use crate::tools;
use crate::workspace::Workspace;

/// The figures of one size.
pub(crate) struct Figures {
    /// People of the district.
    pub(crate) people: u32,
    /// The same pages, parsed natively on one thread.
    pub(crate) native: Parsed,
    /// `directory import`.
    pub(crate) directory: Cost,
    /// The first sync.
    pub(crate) first: Sync,
    /// The second sync, over unchanged data.
    pub(crate) second: Sync,
    /// The data folder after the second sync, in bytes.
    pub(crate) disk: u64,
}

/// One sync.
#[derive(Clone)]
pub(crate) struct Sync {
    /// What the process cost.
    pub(crate) cost: Cost,
    /// What it said.
    pub(crate) report: Report,
}

/// The part of `sync --json` that is looked at.
#[derive(Clone, Deserialize)]
pub(crate) struct Report {
    status: String,
    code: String,
    received: Received,
    changes: Changes,
    /// Requests sent.
    pub(crate) requests: u64,
    /// Bytes received.
    pub(crate) bytes: u64,
    /// Where the time went.
    pub(crate) phases: Phases,
}

/// Seconds by phase.
#[derive(Clone, Deserialize)]
pub(crate) struct Phases {
    /// Reading, wall time.
    pub(crate) read: f64,
    /// Processor time inside the sandbox.
    pub(crate) sandbox: f64,
    /// Loading the roster and the source's records.
    pub(crate) load: f64,
    /// Scope, match, merge, plan, guard.
    pub(crate) plan: f64,
    /// Writing.
    pub(crate) commit: f64,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Received {
    orgs: u64,
    academic_sessions: u64,
    courses: u64,
    classes: u64,
    users: u64,
    enrollments: u64,
}

#[derive(Clone, Deserialize)]
struct Changes {
    users: ChangeCounts,
    classes: ChangeCounts,
    enrollments: ChangeCounts,
    guardians: ChangeCounts,
}

#[derive(Clone, Deserialize)]
struct ChangeCounts {
    create: u64,
    update: u64,
    archive: u64,
    restore: u64,
}

impl Report {
    /// Rows the source sent.
    pub(crate) fn rows(&self) -> u64 {
        let received = &self.received;
        received.orgs
            + received.academic_sessions
            + received.courses
            + received.classes
            + received.users
            + received.enrollments
    }

    fn changes(&self) -> u64 {
        let changes = &self.changes;
        [
            &changes.users,
            &changes.classes,
            &changes.enrollments,
            &changes.guardians,
        ]
        .iter()
        .map(|counts| counts.create + counts.update + counts.archive + counts.restore)
        .sum()
    }
}

/// The binaries and where to work.
struct Ground<'a> {
    workspace: &'a Workspace,
    homeroom: PathBuf,
    xtask: PathBuf,
    folder: PathBuf,
}

/// Measures a district of `people`, `repeats` times. Needs the release builds
/// of `homeroom`, `fake-sis` and `xtask`, and the adapters.
pub(crate) fn measure(workspace: &Workspace, people: u32, repeats: u32) -> Result<Figures> {
    let folder = workspace.target.join("bench").join(people.to_string());
    clear(&folder)?;
    let ground = Ground {
        workspace,
        homeroom: workspace.binary("release", "homeroom"),
        xtask: workspace.binary("release", "xtask"),
        folder,
    };
    let figures = ground.measure(people, repeats);
    // A gigabyte of pages is of no use to anybody afterwards.
    clear(&ground.folder)?;
    figures
}

impl Ground<'_> {
    fn measure(&self, people: u32, repeats: u32) -> Result<Figures> {
        eprintln!("{people} people: preparing the fake SIS and its pages");
        let directory = self.folder.join("directory.csv");
        let size = people.to_string();
        let mut write = Command::new(self.workspace.binary("release", "fake-sis"));
        write
            .args(["--people", &size, "--write-directory"])
            .arg(&directory);
        tools::output(&mut write)?;
        let page_size = pages::LIMIT.to_string();
        let mut arguments = vec!["--people", &size, "--no-gzip"];
        arguments.extend(["--prebuild", &page_size, "--prebuild-query", pages::QUERY]);
        let server = Server::start(self.workspace, "release", &arguments)?;
        let sis = &server.addresses;
        let pages = self.folder.join("pages");
        pages::fetch(sis, &pages)?;

        let mut rounds = Vec::new();
        for round in 1..=repeats {
            eprintln!("{people} people: round {round} of {repeats}");
            rounds.push(self.round(people, sis, &directory, &pages)?);
        }
        Ok(median(&rounds))
    }

    /// The yardstick once, then everything else once in a new data folder.
    fn round(
        &self,
        people: u32,
        sis: &Addresses,
        directory: &Path,
        pages: &Path,
    ) -> Result<Figures> {
        let mut native = Command::new(&self.xtask);
        native.arg("native-parse").arg(pages);
        let (stdout, _) = measure::run(&self.xtask, &self.folder, &native)?;
        let native: Parsed = serde_json::from_str(&stdout)?;

        let data = self.folder.join("data");
        clear(&data)?;
        let adapter = self.workspace.adapters().join("oneroster.wasm");
        let run = |command: &mut Command| {
            command.arg("--data").arg(&data);
            measure::run(&self.xtask, &self.folder, command)
        };
        let homeroom = || Command::new(&self.homeroom);
        run(homeroom()
            .args(["adapter", "install", "--approve"])
            .arg(adapter))?;
        let (_, directory) = run(homeroom().args(["directory", "import"]).arg(directory))?;
        let secret = self.folder.join("secret");
        fs::write(&secret, &sis.client_secret)?;
        run(homeroom()
            .args([
                "integration",
                "add",
                "--name",
                "sis",
                "--adapter",
                "oneroster",
            ])
            .args(["--endpoint", &sis.base_url, "--token-url", &sis.token_url])
            .args(["--client-id", &sis.client_id, "--client-secret-file"])
            .arg(&secret)
            .args(["--allow-insecure-http", "--allow-private-network"]))?;
        let sync = || -> Result<Sync> {
            let (stdout, cost) = run(homeroom().args(["sync", "sis", "--json"]))?;
            let report = serde_json::from_str(&stdout).context("sync printed no report")?;
            Ok(Sync { cost, report })
        };
        let first = sync()?;
        let second = sync()?;
        check(&native, &first.report, &second.report)?;
        Ok(Figures {
            people,
            native,
            directory,
            first,
            second,
            disk: size(&data)?,
        })
    }
}

/// Figures of a run that did not do the work would be worth nothing.
fn check(native: &Parsed, first: &Report, second: &Report) -> Result<()> {
    for report in [first, second] {
        ensure!(
            report.status == "succeeded",
            "the sync ended as {} ({})",
            report.status,
            report.code
        );
        ensure!(
            report.rows() == native.rows,
            "the sync received {} rows, and the pages have {}",
            report.rows(),
            native.rows
        );
    }
    ensure!(first.changes() > 0, "the first sync changed nothing");
    ensure!(
        second.changes() == 0,
        "the second sync over the same data changed {} records",
        second.changes()
    );
    Ok(())
}

/// The median of each figure on its own.
fn median(rounds: &[Figures]) -> Figures {
    let of = |figure: &dyn Fn(&Figures) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(figure).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let cost = |part: &dyn Fn(&Figures) -> Cost| Cost {
        wall: of(&|round| part(round).wall),
        cpu: of(&|round| part(round).cpu),
        peak: of(&|round| part(round).peak as f64) as u64,
    };
    let sync = |part: &dyn Fn(&Figures) -> &Sync| {
        let phase = |which: &dyn Fn(&Phases) -> f64| of(&|round| which(&part(round).report.phases));
        let mut report = part(&rounds[0]).report.clone();
        report.phases = Phases {
            read: phase(&|phases| phases.read),
            sandbox: phase(&|phases| phases.sandbox),
            load: phase(&|phases| phases.load),
            plan: phase(&|phases| phases.plan),
            commit: phase(&|phases| phases.commit),
        };
        Sync {
            cost: cost(&|round| part(round).cost),
            report,
        }
    };
    Figures {
        people: rounds[0].people,
        native: Parsed {
            seconds: of(&|round| round.native.seconds),
            ..rounds[0].native
        },
        directory: cost(&|round| round.directory),
        first: sync(&|round| &round.first),
        second: sync(&|round| &round.second),
        disk: of(&|round| round.disk as f64) as u64,
    }
}

/// An empty folder.
pub(crate) fn clear(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("{} cannot be removed", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))
}

/// The bytes of all files below a folder.
fn size(folder: &Path) -> Result<u64> {
    let mut total = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        total += if metadata.is_dir() {
            size(&entry.path())?
        } else {
            metadata.len()
        };
    }
    Ok(total)
}
