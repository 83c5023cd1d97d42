//! `homeroom replay`: a recorded run again, with no network.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use homeroom_sandbox::Compiler;
use homeroom_sync::{Homeroom, open_recording, replay};

use super::adapter::MOST_BYTES;
use super::{Context, Result, read_file};
use crate::exit::Exit;
use crate::output::replay as output;

/// `homeroom replay FILE`
#[derive(Debug, Args)]
#[command(after_help = "\
The adapter gets the recorded clock, settings, storage and answers, under the
limits of a real run; it reaches no network and is given no secret, so an
adapter need not be approved for it.

Exit codes: 0 everything came out as recorded, to the byte; 1 something differs;
2 the recording or the adapter cannot be used.")]
pub(crate) struct ReplayArgs {
    /// The recording.
    file: PathBuf,
    /// An adapter's file, or the id or digest of an installed one; without it
    /// the one that was recorded, which must be installed.
    #[arg(long, value_name = "FILE_OR_ID")]
    adapter: Option<String>,
    /// Show this many differences of each kind; the rest is counted.
    #[arg(long, value_name = "N", default_value_t = 20, conflicts_with = "all")]
    most: usize,
    /// Show all differences. With --json they are all there in any case.
    #[arg(long)]
    all: bool,
}

pub(crate) async fn run(args: ReplayArgs, context: &mut Context) -> Result {
    let recording = Arc::new(open_recording(&args.file)?);
    let adapter = match &args.adapter {
        Some(file) if Path::new(file).is_file() => {
            let component = read_file(Path::new(file), "the adapter", MOST_BYTES)?;
            Homeroom::adapter_file_for_replay(component, Compiler::this_program()).await
        }
        other => {
            let id = other.as_ref().unwrap_or(&recording.head().adapter.digest);
            context.homeroom().await?.adapter_for_replay(id).await
        }
    };
    let adapter = adapter.map_err(crate::failure::Failure::from);
    let adapter = adapter.map_err(|failure| crate::failure::Failure {
        usage: true,
        ..failure
    })?;
    let report = replay::replay(recording, &adapter).await?;
    let most = if args.all { usize::MAX } else { args.most };
    context
        .out
        .show(&report, |style| output::page(&report, most, style))?;
    Ok(if report.identical {
        Exit::Succeeded
    } else {
        Exit::Failed
    })
}
