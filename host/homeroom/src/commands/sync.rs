//! `homeroom sync`: one run.

use std::path::PathBuf;

use clap::Args;
use homeroom_sync::SyncOptions;

use super::{Context, Result, recording};
use crate::exit::Exit;
use crate::progress;

/// `homeroom sync N`
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 succeeded, 1 failed (nothing was changed), 3 partial (some schools
stay as they were), 4 held (planned, waiting for `run approve` or `run discard`).

With --json, one object: run, status, code, counts, received, imported, skipped,
failed, findings, requests, bytes, seconds and more. A sync that never became a
run prints {\"status\": \"failed\", \"code\", \"detail\", \"remedy\"}.")]
pub(crate) struct SyncArgs {
    /// The integration.
    #[arg(value_name = "N")]
    name: String,
    /// Show what would change, and change nothing.
    #[arg(long)]
    preview: bool,
    /// Read everything anew, also what an interrupted run has read already.
    #[arg(long)]
    full: bool,
    /// Read this folder or zip of CSV files instead of what the integration's
    /// endpoint holds; for adapters that read files.
    #[arg(long, value_name = "DIR_OR_ZIP")]
    files: Option<PathBuf>,
    /// Record every call of the adapter to FILE, which must not exist yet, for
    /// `homeroom replay`. It holds personal data, and no credentials.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

pub(crate) async fn run(args: SyncArgs, context: &mut Context) -> Result {
    let office = context.office().await?;
    let options = SyncOptions {
        preview: args.preview,
        full: args.full,
        files: args.files,
    };
    let (progress, ending) = progress::start();
    let result = match &args.record {
        None => office
            .sync(&args.name, options, progress)
            .await
            .map(|report| (report, None)),
        Some(file) => office
            .sync_recorded(&args.name, options, file, progress)
            .await
            .map(|(report, made)| (report, Some(made))),
    };
    drop(ending);
    let (report, made) = result?;
    if let Some(made) = made {
        recording::tell(&made);
    }
    context.show_report(&report)?;
    Ok(Exit::from(report.status))
}
