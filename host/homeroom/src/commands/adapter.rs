//! `homeroom adapter`: install, list and inspect vendors' adapters.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use homeroom_sandbox::Inspection;
use homeroom_sync::Homeroom;

use super::{Context, Result, read_file};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::hints::quote;
use crate::output::adapter;

/// Larger than any adapter that is admitted.
pub(crate) const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// `homeroom adapter …`
#[derive(Debug, Subcommand)]
pub(crate) enum AdapterCommand {
    /// Install an adapter, or another version of one.
    ///
    /// Without --approve it is only shown and kept: it runs once somebody has
    /// approved exactly this file.
    Install {
        /// The adapter: a WebAssembly component with its manifest inside.
        file: PathBuf,
        /// Let it run, with the hosts and methods that its manifest asks for.
        #[arg(long)]
        approve: bool,
    },
    /// List what is installed.
    List,
    /// Show on one page what an adapter can reach; nothing of it is run.
    Inspect {
        /// A file, or the id or digest of an installed adapter.
        #[arg(value_name = "FILE_OR_ID")]
        what: String,
    },
}

pub(crate) async fn run(command: AdapterCommand, context: &mut Context) -> Result {
    match command {
        AdapterCommand::Install { file, approve } => install(&file, approve, context).await?,
        AdapterCommand::List => {
            let adapters = context.homeroom().await?.adapter_list().await?;
            context
                .out
                .show(&adapters, |style| match adapters.as_slice() {
                    [] => "No adapter is installed.\n".to_owned(),
                    _ => adapter::list(&adapters, style),
                })?;
        }
        AdapterCommand::Inspect { what } => inspect(&what, context).await?,
    }
    Ok(Exit::Succeeded)
}

async fn install(file: &Path, approve: bool, context: &mut Context) -> Result<()> {
    let component = read_file(file, "the adapter", MOST_BYTES)?;
    let view = context
        .homeroom()
        .await?
        .adapter_install(component, approve)
        .await?;
    let inspection = parsed(&view.inspection)?;
    let next = match view.approved {
        true => format!("{} is installed and may run.", view.id),
        false => {
            let file = quote(&file.to_string_lossy());
            let command = context
                .hints
                .command(&format!("adapter install {file} --approve"));
            format!(
                "{} is installed and may not run yet. To approve it: {command}",
                view.id
            )
        }
    };
    context.out.show(&view, |style| {
        format!(
            "{}\n{next}\n",
            adapter::page(&inspection, Some(view.approved), style)
        )
    })?;
    Ok(())
}

async fn inspect(what: &str, context: &mut Context) -> Result<()> {
    let file = Path::new(what);
    if file.is_file() {
        let inspection = Homeroom::inspect_file(&read_file(file, "the adapter", MOST_BYTES)?)?;
        context
            .out
            .show(&inspection, |style| adapter::page(&inspection, None, style))?;
        return Ok(());
    }
    if what.contains(['/', '\\']) || what.ends_with(".wasm") {
        return Err(Failure::usage(
            "no-such-file",
            format!("{what} does not exist or is no file"),
            "Name the adapter's file, or the id that `homeroom adapter list` shows.",
        ));
    }
    let view = context.homeroom().await?.adapter_inspect(what).await?;
    let inspection = parsed(&view.inspection)?;
    context.out.show(&view.inspection, |style| {
        adapter::page(&inspection, Some(view.approved), style)
    })?;
    Ok(())
}

fn parsed(inspection: &serde_json::Value) -> Result<Inspection> {
    serde_json::from_value(inspection.clone()).map_err(|error| {
        Failure::new(
            "stored-adapter",
            format!("what is stored of the adapter cannot be read: {error}"),
            "Install its file again.",
        )
    })
}
