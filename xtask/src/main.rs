//! `cargo xtask`: builds the adapters, runs the tests, shows a demonstration
//! and measures.
//!
//! It drives cargo and the binaries that cargo builds, as a person would, and
//! links none of the crates it drives: so it builds in seconds and can itself
//! build everything else.

mod adapters;
mod bench;
mod demo;
mod server;
mod test;
mod tether;
mod tools;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Tasks of the Homeroom workspace.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build every adapter in plugins/ into target/adapters/<id>.wasm.
    BuildAdapters,
    /// Build what the tests need and run all of them.
    Test {
        /// Handed to the test runner, such as a part of a test's name.
        #[arg(last = true)]
        runner: Vec<String>,
    },
    /// Show a first sync, a preview and a second sync against a fake SIS.
    Demo {
        /// Students, staff and guardians of the made-up district.
        #[arg(long, default_value_t = 3_000)]
        people: u32,
    },
    /// Measure: the crates' benchmarks, then whole districts.
    Bench {
        /// Sizes of the districts (3000,30000,300000 unless said; with
        /// --latency one of about a million rows).
        #[arg(long, value_delimiter = ',')]
        people: Vec<u32>,
        /// How often each is measured; medians are printed.
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
        repeats: u32,
        /// Leave out the crates' own benchmarks.
        #[arg(long)]
        districts_only: bool,
        /// Measure only how busy connections are kept to a server that answers
        /// after so many milliseconds (50 unless said).
        #[arg(long, value_name = "MS", num_args = 0..=1, default_missing_value = "50")]
        latency: Option<u64>,
    },
    /// Run a command and write down what it cost (internal).
    #[command(hide = true)]
    Measure {
        /// Where to.
        #[arg(long)]
        report: PathBuf,
        /// The program with its arguments.
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
    /// Parse a folder of pages and print what that took (internal).
    #[command(hide = true)]
    NativeParse {
        /// The folder.
        pages: PathBuf,
    },
    /// Run a command until it ends or standard input closes (internal).
    #[command(hide = true)]
    Tether {
        /// The program with its arguments.
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
}

fn main() -> ExitCode {
    let task = Arguments::parse().task;
    match run(task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> anyhow::Result<()> {
    match task {
        Task::BuildAdapters => {
            adapters::build(&Workspace::find()?)?;
            Ok(())
        }
        Task::Test { runner } => test::run(&Workspace::find()?, &runner),
        Task::Demo { people } => demo::run(&Workspace::find()?, people),
        Task::Bench {
            people,
            repeats,
            districts_only,
            latency: None,
        } => {
            let people = match &people[..] {
                [] => &[3_000, 30_000, 300_000],
                given => given,
            };
            bench::run(&Workspace::find()?, people, repeats, districts_only)
        }
        Task::Bench {
            people,
            latency: Some(millis),
            ..
        } => {
            let workspace = Workspace::find()?;
            if people.is_empty() {
                return bench::run_latency(&workspace, None, millis);
            }
            let mut people = people.into_iter();
            people.try_for_each(|people| bench::run_latency(&workspace, Some(people), millis))
        }
        Task::Measure { report, command } => bench::measure::helper(&report, &command),
        Task::NativeParse { pages } => {
            let parsed = bench::native::parse(&pages)?;
            println!("{}", serde_json::to_string(&parsed)?);
            Ok(())
        }
        Task::Tether { command } => tether::run(&command),
    }
}
