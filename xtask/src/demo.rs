//! A demonstration: a directory, a SIS, a first sync, and the night after. It
//! prints every command as one would type it, and what the command says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::server::Server;
use crate::workspace::Workspace;
use crate::{adapters, tools};

/// What happens to the district during the day.
const NEXT_NIGHT: [&str; 8] = [
    "--left",
    "4",
    "--joined",
    "6",
    "--renamed",
    "5",
    "--moved",
    "3",
];

/// Builds everything and shows it. Works in `target/demo`, fresh each time.
pub(crate) fn run(workspace: &Workspace, people: u32) -> Result<()> {
    let adapters = adapters::build(workspace)?;
    let mut build = tools::cargo(&workspace.root);
    build.args(["build", "--package", "homeroom", "--package", "fake-sis"]);
    tools::run(&mut build)?;

    let folder = workspace.target.join("demo");
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("{} cannot be removed", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let adapter = "oneroster.wasm";
    fs::copy(adapters.join(adapter), folder.join(adapter))?;

    let stage = Stage {
        homeroom: workspace.binary("debug", "homeroom"),
        fake_sis: workspace.binary("debug", "fake-sis"),
        folder,
    };
    stage.play(workspace, people)
}

/// Where the demonstration takes place.
struct Stage {
    homeroom: PathBuf,
    fake_sis: PathBuf,
    folder: PathBuf,
}

/// The part of a run's report that is looked at.
#[derive(Deserialize)]
struct Report {
    changes: std::collections::BTreeMap<String, std::collections::BTreeMap<String, u64>>,
}

#[derive(Deserialize)]
struct Summary {
    run: u32,
}

impl Stage {
    fn play(&self, workspace: &Workspace, people: u32) -> Result<()> {
        let people = people.to_string();
        say(&format!(
            "A made-up district of {people} people: its SIS on this machine, and the platform's \
             own directory of users as a CSV file."
        ));
        self.shown(
            &self.fake_sis,
            &["--people", &people, "--write-directory", "directory.csv"],
        )?;
        let first_night = Server::start(workspace, "debug", &["--people", &people])?;
        let sis = &first_night.addresses;
        let endpoint = sis.base_url.clone();
        println!("(the SIS answers at {endpoint})");
        fs::write(self.folder.join("sis-secret.txt"), &sis.client_secret)?;

        say("The adapter: one file, which says what it asks for. Installed and approved.");
        self.homeroom(&["adapter", "install", "oneroster.wasm", "--approve"])?;

        say("The users of the platform come from the directory.");
        self.homeroom(&["directory", "import", "directory.csv"])?;

        say(
            "The integration. Plain HTTP and private addresses are refused unless allowed, and \
             this SIS is on loopback.",
        );
        let mut add = vec![
            "integration",
            "add",
            "--name",
            "sis",
            "--adapter",
            "oneroster",
        ];
        add.extend(["--endpoint", &endpoint, "--token-url", &sis.token_url]);
        add.extend(["--client-id", &sis.client_id]);
        add.extend(["--client-secret-file", "sis-secret.txt"]);
        add.extend(["--allow-insecure-http", "--allow-private-network"]);
        self.homeroom(&add)?;
        self.homeroom(&["integration", "test", "sis"])?;

        say("The first sync.");
        self.homeroom(&["sync", "sis"])?;

        say(
            "A day goes by in the SIS: some students leave, some come, some have a new name, \
             some change class. First a preview, which changes nothing.",
        );
        let port = endpoint.rsplit(':').next().unwrap_or_default().to_owned();
        drop(first_night);
        let mut arguments = vec!["--people", &people, "--port", &port];
        arguments.extend(NEXT_NIGHT);
        let _next_night = Server::start(workspace, "debug", &arguments)?;
        self.homeroom(&["sync", "sis", "--preview"])?;

        say("The second sync applies it.");
        self.homeroom(&["sync", "sis"])?;
        ensure!(self.changes()? > 0, "the second sync found no change");

        say("A third sync over the same data changes nothing.");
        self.homeroom(&["sync", "sis"])?;
        ensure!(self.changes()? == 0, "the third sync changed something");

        say("Every run is on record.");
        self.homeroom(&["run", "list"])?;
        println!(
            "\nEverything is in {}; look around with\n  export HOMEROOM_DATA={}\n  {} --help",
            self.folder.display(),
            tools::quoted(self.data().as_os_str()),
            tools::quoted(self.homeroom.as_os_str()),
        );
        Ok(())
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env("HOMEROOM_DATA", self.data());
        command
    }

    /// Shows the command and runs it with this process's output.
    fn shown(&self, program: &Path, arguments: &[&str]) -> Result<()> {
        let mut command = self.command(program, arguments);
        println!("\n$ {}", tools::line(&command));
        let status = command
            .status()
            .with_context(|| format!("{} could not be started", program.display()))?;
        ensure!(
            status.success(),
            "`{}` failed ({status})",
            tools::line(&command)
        );
        Ok(())
    }

    fn homeroom(&self, arguments: &[&str]) -> Result<()> {
        self.shown(&self.homeroom, arguments)
    }

    /// How many records the newest run changed.
    fn changes(&self) -> Result<u64> {
        let ask = |arguments: &[&str]| tools::output(&mut self.command(&self.homeroom, arguments));
        let runs: Vec<Summary> = serde_json::from_str(&ask(&["run", "list", "--json"])?)?;
        let newest = runs.first().context("there is no run")?.run.to_string();
        let report: Report = serde_json::from_str(&ask(&["run", "show", &newest, "--json"])?)?;
        Ok(report
            .changes
            .values()
            .flat_map(|counts| counts.values())
            .sum())
    }
}

fn say(text: &str) {
    println!("\n# {text}");
}
