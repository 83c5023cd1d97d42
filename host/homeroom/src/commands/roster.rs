//! `homeroom roster`: hand the roster on.

use std::path::PathBuf;

use clap::Subcommand;
use homeroom_sync::export::{self, ExportError, ExportSummary};

use super::{Context, Result};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::style::Style;
use crate::output::{table, text};

/// `homeroom roster …`
#[derive(Debug, Subcommand)]
pub(crate) enum RosterCommand {
    /// Write the roster as a OneRoster 1.2 CSV bundle.
    ///
    /// The folder appears, or is replaced, when the bundle is complete. It must
    /// be new, empty, or hold an earlier export.
    Export {
        /// The folder.
        #[arg(value_name = "DIR")]
        directory: PathBuf,
    },
}

pub(crate) async fn run(command: RosterCommand, context: &mut Context) -> Result {
    let RosterCommand::Export { directory } = command;
    let (roster, names) = context.office().await?.roster().await?;
    let written =
        tokio::task::spawn_blocking(move || export::write(&roster, &names, &directory)).await;
    let summary = match written {
        Ok(Ok(summary)) => summary,
        Ok(Err(error)) => return Err(refused(&error)),
        Err(error) => {
            return Err(Failure::new(
                "internal",
                format!("the export stopped: {error}"),
                "",
            ));
        }
    };
    context
        .out
        .show(&summary, |style| render(&summary, style))?;
    Ok(Exit::Succeeded)
}

/// A folder that cannot be taken is for the caller to mend.
fn refused(error: &ExportError) -> Failure {
    let told = error.to_string();
    let (detail, remedy) = told.split_once("; ").unwrap_or((&told, ""));
    let failure = Failure::new(error.code(), detail, text::sentence(remedy));
    let usage = !matches!(error, ExportError::File { .. });
    Failure { usage, ..failure }
}

fn render(summary: &ExportSummary, style: &Style) -> String {
    let rows = [
        ("orgs", summary.orgs),
        ("academicSessions", summary.academic_sessions),
        ("courses", summary.courses),
        ("classes", summary.classes),
        ("users", summary.users),
        ("roles", summary.roles),
        ("enrollments", summary.enrollments),
    ]
    .map(|(name, rows)| vec![format!("{name}.csv"), text::count(rows)]);
    let folder = summary.directory.to_string_lossy();
    let mut told = format!("{} {}\n", style.good("Exported to"), text::clean(&folder));
    told.push_str(&table::render(
        style,
        2,
        &[table::left(""), table::right("")],
        &rows,
    ));
    if summary.left_out > 0 {
        let records = text::counted(summary.left_out, "record", "records");
        told.push_str(&format!(
            "  {records} left out, because what they need is archived\n"
        ));
    }
    for (count, what) in &summary.incomplete {
        told.push_str(&format!("  {} {what}\n", text::count(*count)));
    }
    told
}
