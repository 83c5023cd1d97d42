//! `homeroom guardians`: the guardians of students, from a file.

use std::path::PathBuf;

use clap::Subcommand;

use super::{Context, Result, read_file};
use crate::exit::Exit;
use crate::progress;

/// A million students have some hundred megabytes of guardians.
const MOST_BYTES: u64 = 2_000_000_000;

const FORM: &str = "\
The header must name these columns, in any order; others are not looked at:
  studentSourcedId  the student's sourcedId in the integration, or the student
                    number where the integration has student-id=student-number
  sourcedId         the guardian's own id; the same in every row of the guardian
  relationship      parent, relative or guardian; a guardian with several is
                    called by the first of these
  email, givenName, familyName
and may name:
  sms, phone, language

A guardian of several students has a row for each.";

/// `homeroom guardians …`
#[derive(Debug, Subcommand)]
pub(crate) enum GuardiansCommand {
    /// Import the guardians of an integration's students from a CSV file.
    ///
    /// The file is the whole truth: who is not in it is no guardian any more.
    /// The integration must leave its guardians to the file, by the setting
    /// guardians=file; those of its roster are left out then.
    #[command(after_help = FORM)]
    Import {
        /// The CSV file, in UTF-8.
        file: PathBuf,
        /// The integration whose students they are the guardians of.
        #[arg(long, value_name = "NAME")]
        integration: String,
        /// Say what would change, and change nothing.
        #[arg(long)]
        preview: bool,
    },
}

pub(crate) async fn run(command: GuardiansCommand, context: &mut Context) -> Result {
    let GuardiansCommand::Import {
        file,
        integration,
        preview,
    } = command;
    let csv = read_file(&file, "the file of guardians", MOST_BYTES)?;
    let office = context.office().await?;
    let (progress, ending) = progress::start();
    let report = office
        .guardians_import(&integration, csv, preview, progress)
        .await;
    drop(ending);
    let report = report?;
    context.show_report(&report)?;
    Ok(Exit::from(report.status))
}
