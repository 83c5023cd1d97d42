//! The command line as a whole: global options and the command groups. What a
//! group takes stands beside what it does, in [`crate::commands`].

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    adapter::AdapterCommand, directory::DirectoryCommand, guardians::GuardiansCommand,
    integration::IntegrationCommand, key::KeyCommand, recording::RecordingCommand,
    replay::ReplayArgs, roster::RosterCommand, run::RunCommand, sync::SyncArgs, user::UserCommand,
};

const AFTER_HELP: &str = "\
Exit codes:
  0  succeeded
  1  failed
  2  the command was not understood, or needs a confirmation
  3  partial: applied, but some schools stay as they were
  4  held: planned, and waiting for approve or discard

With --json, standard output holds one JSON value. A command that fails without
a run prints {\"status\": \"failed\", \"code\", \"detail\", \"remedy\"} there. Errors,
progress and logs go to standard error in any case; HOMEROOM_LOG sets what is
logged (such as `info` or `homeroom_sync=debug`; default `warn`).

Of each provider, the newest 30 runs and all runs of the last 90 days keep their
findings, requests and log; HOMEROOM_KEEP_DAYS gives another number of days.";

/// Keeps a school platform's roster in step with the SIS.
#[derive(Debug, Parser)]
#[command(name = "homeroom", version, propagate_version = true, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Where Homeroom keeps its data.
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "HOMEROOM_DATA",
        default_value = "./homeroom-data"
    )]
    pub(crate) data: PathBuf,
    /// Which district or school; made on first use.
    #[arg(long, global = true, value_name = "NAME", default_value = "default")]
    pub(crate) tenant: String,
    /// What adapters may not do on this host [default: policy.toml in DIR, if
    /// there is one].
    #[arg(long, global = true, value_name = "FILE", env = "HOMEROOM_POLICY")]
    pub(crate) policy: Option<PathBuf>,
    /// Print JSON instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// The command groups.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Inspect, install and approve vendors' adapters; sign them.
    #[command(subcommand)]
    Adapter(AdapterCommand),
    /// Import the people of a directory.
    #[command(subcommand)]
    Directory(DirectoryCommand),
    /// Import the guardians of an integration's students.
    #[command(subcommand)]
    Guardians(GuardiansCommand),
    /// Connect a SIS, and change or end the connection.
    #[command(subcommand)]
    Integration(IntegrationCommand),
    /// Read an integration's roster and bring the platform's in step with it.
    Sync(SyncArgs),
    /// See what runs did, and decide about those that are held.
    #[command(subcommand)]
    Run(RunCommand),
    /// See people, why they are matched, and mend it by hand.
    #[command(subcommand)]
    User(UserCommand),
    /// Hand the roster on.
    #[command(subcommand)]
    Roster(RosterCommand),
    /// Look into the recording of a run.
    #[command(subcommand)]
    Recording(RecordingCommand),
    /// Make a recorded run again with no network, and compare.
    Replay(ReplayArgs),
    /// Change the key that seals secrets.
    #[command(subcommand)]
    Key(KeyCommand),
}

#[cfg(test)]
#[path = "cli_tests.rs"]
mod tests;
