//! `homeroom run`: what runs did, and decisions about those that are held.

mod changes;
mod findings;

use clap::Subcommand;

use super::{Context, Result};
use crate::exit::Exit;
use crate::output::{integration, log, table, text};
use crate::progress;
use changes::ChangesArgs;
use findings::FindingsArgs;

/// `homeroom run …`
#[derive(Debug, Subcommand)]
pub(crate) enum RunCommand {
    /// List runs, newest first.
    List {
        /// How many.
        #[arg(long, value_name = "COUNT", default_value_t = 50)]
        limit: u32,
    },
    /// Show how a run ended and what it changed.
    Show {
        /// The run's number.
        run: u32,
    },
    /// Show everything about a run: steps, requests, rows, time, findings.
    Log {
        /// The run's number.
        run: u32,
    },
    /// Show what was found, record by record.
    Findings(FindingsArgs),
    /// Show what a run changed or would change, row by row.
    Changes(ChangesArgs),
    /// Apply a held or previewed run exactly as it was shown.
    Approve {
        /// The run's number.
        run: u32,
    },
    /// Drop a held or previewed run; the roster stays as it is.
    Discard {
        /// The run's number.
        run: u32,
    },
    /// Take back what a run changed.
    Undo {
        /// The run's number.
        run: u32,
    },
}

pub(crate) async fn run(command: RunCommand, context: &mut Context) -> Result {
    let office = context.office().await?;
    let ended = match command {
        RunCommand::List { limit } => {
            let runs = office.runs(limit).await?;
            context.out.show(&runs, |style| {
                if runs.is_empty() {
                    return "There was no run yet.\n".to_owned();
                }
                let rows: Vec<_> = runs
                    .iter()
                    .map(|run| {
                        vec![
                            run.run.to_string(),
                            style.time(&run.started),
                            run.provider.clone(),
                            run.kind.clone(),
                            integration::status(run),
                            run.seconds.map_or(String::new(), text::duration),
                        ]
                    })
                    .collect();
                let mut columns =
                    ["run", "started", "provider", "kind", "status", "took"].map(table::left);
                columns[0] = table::right("run");
                table::render(style, 0, &columns, &rows)
            })?;
            return Ok(Exit::Succeeded);
        }
        RunCommand::Show { run } => {
            let report = office.run(run).await?;
            context.show_report(&report)?;
            return Ok(Exit::Succeeded);
        }
        RunCommand::Log { run } => {
            let shown = office.run_log(run).await?;
            let hints = context.hints.clone();
            context
                .out
                .show(&shown, |style| log::render(&shown, style, &hints))?;
            return Ok(Exit::Succeeded);
        }
        RunCommand::Findings(args) => return findings::run(args, &office, context).await,
        RunCommand::Changes(args) => return changes::run(args, &office, context).await,
        RunCommand::Approve { run } => office.approve(run).await?,
        RunCommand::Discard { run } => office.discard(run).await?,
        RunCommand::Undo { run } => {
            let (progress, ending) = progress::start();
            let report = office.undo(run, progress).await;
            drop(ending);
            report?
        }
    };
    context.show_report(&ended)?;
    Ok(Exit::from(ended.status))
}
