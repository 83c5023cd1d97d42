//! `homeroom directory`: the people of the platform, from a file.

use std::path::PathBuf;

use clap::Subcommand;

use super::{Context, Result, read_file};
use crate::exit::Exit;
use crate::progress;

/// A million people have some hundred megabytes.
const MOST_BYTES: u64 = 2_000_000_000;

/// `homeroom directory …`
#[derive(Debug, Subcommand)]
pub(crate) enum DirectoryCommand {
    /// Import a directory's people from a CSV file.
    ///
    /// The file is the whole directory: whoever is not in it any more is
    /// archived. A header is required, with the columns id, email, givenName,
    /// familyName, username and role.
    Import {
        /// The CSV file, in UTF-8.
        file: PathBuf,
        /// The directory's name.
        #[arg(long, value_name = "N", default_value = "directory")]
        name: String,
        /// Whose names and emails win where sources differ: 1 to 100, the
        /// higher one; 100 for a new directory.
        #[arg(long, value_name = "P", value_parser = clap::value_parser!(u8).range(1..=100))]
        merge_priority: Option<u8>,
        /// Say what would change, and change nothing. Not with
        /// --merge-priority, which would change at once.
        #[arg(long, conflicts_with = "merge_priority")]
        preview: bool,
    },
}

pub(crate) async fn run(command: DirectoryCommand, context: &mut Context) -> Result {
    let DirectoryCommand::Import {
        file,
        name,
        merge_priority,
        preview,
    } = command;
    let csv = read_file(&file, "the directory", MOST_BYTES)?;
    let office = context.office().await?;
    let (progress, ending) = progress::start();
    let report = office
        .directory_import(&name, csv, merge_priority, preview, progress)
        .await;
    drop(ending);
    let report = report?;
    context.show_report(&report)?;
    Ok(Exit::from(report.status))
}
