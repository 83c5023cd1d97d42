//! `homeroom adapter`: inspect, compare, install and approve vendors' adapters.
//! What has to do with signatures stands in [`super::publisher`].

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use homeroom_sync::views::{AdapterPage, InstallReport};
use homeroom_sync::{Homeroom, InstallOptions};
use serde::Serialize;

use super::publisher::{self, PublisherCommand};
use super::{Context, Result, read_file};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::adapter;

/// Larger than any adapter that is admitted.
pub(crate) const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// `homeroom adapter …`
#[derive(Debug, Subcommand)]
pub(crate) enum AdapterCommand {
    /// Install an adapter, or another version of one.
    ///
    /// Without --approve it is only shown and kept: it runs once somebody has
    /// approved exactly this file. Until then the version that was approved
    /// before runs on.
    Install {
        /// The adapter: a WebAssembly component with its manifest inside.
        file: PathBuf,
        /// Let it run, with the hosts and methods that its manifest asks for.
        #[arg(long)]
        approve: bool,
        #[command(flatten)]
        exceptions: Exceptions,
    },
    /// Let an installed adapter run, with all that its manifest asks for.
    ///
    /// Shows what it asks for beyond the version that ran before.
    Approve {
        /// An adapter's id, for the version that was installed last; or a
        /// digest, for exactly that file.
        #[arg(value_name = "ID_OR_DIGEST")]
        what: String,
        #[command(flatten)]
        exceptions: Exceptions,
    },
    /// List what is installed.
    List,
    /// Show on one page what an adapter is and what it can reach; nothing of it
    /// is run or compiled.
    ///
    /// Ends with 1 if the file is one that this host refuses; the page says why.
    Inspect {
        /// A file, or the id or digest of an installed adapter.
        #[arg(value_name = "FILE_OR_ID")]
        what: String,
    },
    /// Show what one version of an adapter asks for and another does not.
    ///
    /// Ends with 0 if both ask for the same, with 1 if they do not.
    Diff {
        /// The old one: a file, or the id or digest of an installed adapter.
        old: String,
        /// The new one.
        new: String,
    },
    #[command(flatten)]
    Publisher(PublisherCommand),
}

/// What is refused unless it is said.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Exceptions {
    /// Even if it is older than the version that runs.
    #[arg(long)]
    allow_downgrade: bool,
    /// Even if another publisher, or nobody, signed it.
    #[arg(long)]
    allow_other_publisher: bool,
}

impl Exceptions {
    fn options(self, approve: bool) -> InstallOptions {
        InstallOptions {
            approve,
            allow_downgrade: self.allow_downgrade,
            allow_other_publisher: self.allow_other_publisher,
        }
    }
}

pub(crate) async fn run(command: AdapterCommand, context: &mut Context) -> Result {
    match command {
        AdapterCommand::Install {
            file,
            approve,
            exceptions,
        } => {
            let component = read_file(&file, "the adapter", MOST_BYTES)?;
            let homeroom = context.homeroom().await?;
            let options = exceptions.options(approve);
            let report = homeroom.adapter_install(component, options).await?;
            tell(&report, &homeroom, context).await
        }
        AdapterCommand::Approve { what, exceptions } => {
            let homeroom = context.homeroom().await?;
            let options = exceptions.options(true);
            let report = homeroom.adapter_approve(&what, options).await?;
            tell(&report, &homeroom, context).await
        }
        AdapterCommand::List => {
            let adapters = context.homeroom().await?.adapter_list().await?;
            context
                .out
                .show(&adapters, |style| match adapters.as_slice() {
                    [] => "No adapter is installed.\n".to_owned(),
                    _ => adapter::list(&adapters, style),
                })?;
            Ok(Exit::Succeeded)
        }
        AdapterCommand::Inspect { what } => inspect(&what, context).await,
        AdapterCommand::Diff { old, new } => diff(&old, &new, context).await,
        AdapterCommand::Publisher(command) => publisher::run(command, context).await,
    }
}

/// A first version is shown as a whole, another one by what differs.
async fn tell(report: &InstallReport, homeroom: &Homeroom, context: &mut Context) -> Result {
    let page = match &report.previous {
        Some(_) => None,
        None => Some(homeroom.adapter_inspect(&report.adapter.digest).await?),
    };
    let hints = context.hints.clone();
    context.out.show(report, |style| {
        let mut told = match &page {
            Some(page) => adapter::page(page, style),
            None => String::new(),
        };
        told.push_str(&adapter::installed(report, style, &hints));
        told
    })?;
    Ok(Exit::Succeeded)
}

/// The page of a file that is refused says so to scripts in the form of any
/// other failure.
#[derive(Serialize)]
struct RefusedPage<'a> {
    status: &'static str,
    code: &'a str,
    detail: &'a str,
    remedy: &'static str,
    #[serde(flatten)]
    page: &'a AdapterPage,
}

async fn inspect(what: &str, context: &mut Context) -> Result {
    let page = match file_of(what)? {
        Some(bytes) => match context.homeroom_if_any().await? {
            Some(homeroom) => homeroom.adapter_examine(&bytes).await?,
            None => Homeroom::examine_file(&bytes)?,
        },
        None => context.homeroom().await?.adapter_inspect(what).await?,
    };
    let Some(refusal) = page.examination.refused.first() else {
        context
            .out
            .show(&page, |style| adapter::page(&page, style))?;
        return Ok(Exit::Succeeded);
    };
    let refused = RefusedPage {
        status: "failed",
        code: &refusal.code,
        detail: &refusal.detail,
        remedy: "",
        page: &page,
    };
    context
        .out
        .show(&refused, |style| adapter::page(&page, style))?;
    Ok(Exit::Failed)
}

#[derive(Serialize)]
struct Compared<'a> {
    same: bool,
    #[serde(flatten)]
    difference: &'a homeroom_sandbox::Difference,
}

async fn diff(old: &str, new: &str, context: &mut Context) -> Result {
    let (before, after) = (bytes_of(old, context).await?, bytes_of(new, context).await?);
    let difference = Homeroom::adapter_difference(&before, &after)?;
    let same = difference.asks_the_same();
    let compared = Compared {
        same,
        difference: &difference,
    };
    context
        .out
        .show(&compared, |style| adapter::difference(&difference, style))?;
    Ok(match same {
        true => Exit::Succeeded,
        false => Exit::Failed,
    })
}

async fn bytes_of(what: &str, context: &Context) -> Result<Vec<u8>> {
    match file_of(what)? {
        Some(bytes) => Ok(bytes),
        None => Ok(context.homeroom().await?.adapter_file(what).await?),
    }
}

/// The bytes, if a file is meant rather than an installed adapter.
fn file_of(what: &str) -> Result<Option<Vec<u8>>> {
    let file = Path::new(what);
    if file.is_file() {
        return read_file(file, "the adapter", MOST_BYTES).map(Some);
    }
    if what.contains(['/', '\\']) || what.ends_with(".wasm") {
        return Err(Failure::usage(
            "no-such-file",
            format!("{what} does not exist or is no file"),
            "Name the adapter's file, or the id that `homeroom adapter list` shows.",
        ));
    }
    Ok(None)
}
