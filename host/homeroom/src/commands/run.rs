//! `homeroom run`: what runs did, and decisions about those that are held.

mod changes;
mod findings;

use std::io::Write;

use clap::Subcommand;
use homeroom_sync::{Office, RunLog};

use super::{Context, Result};
use crate::exit::Exit;
use crate::output::log::requests::Requests;
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
            match context.out.is_json() {
                true => log_json(run, &shown, &office, context).await?,
                false => {
                    let mut requests = Requests::default();
                    let each = &mut |request| requests.add(request);
                    office.run_requests(run, each).await?;
                    let (style, hints) = (context.out.style(), context.hints.clone());
                    let told = log::render(&shown, &requests, &style, &hints);
                    context.out.text(&told)?;
                }
            }
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

/// The log as one object, its requests written as they are read.
async fn log_json(run: u32, log: &RunLog, office: &Office, context: &mut Context) -> Result<()> {
    let out = &mut context.out;
    let json = |value: serde_json::Result<String>| value.map_err(std::io::Error::from);
    let (report, lines) = (
        json(serde_json::to_string(&log.report))?,
        json(serde_json::to_string(&log.lines))?,
    );
    write!(out, r#"{{"report":{report},"lines":{lines},"requests":"#)?;
    let mut array = out.json_array();
    let mut written = Ok(());
    office
        .run_requests(run, &mut |request| {
            if written.is_ok() {
                written = array.push(&request);
            }
        })
        .await?;
    written?;
    array.end()?;
    let samples = json(serde_json::to_string(&log.samples))?;
    writeln!(out, r#","samples":{samples}}}"#)?;
    Ok(())
}
