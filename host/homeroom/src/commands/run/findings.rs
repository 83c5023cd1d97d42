//! `homeroom run findings`: record by record, as text, JSON or CSV.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use homeroom_sync::Office;
use homeroom_sync::views::FindingView;

use crate::commands::{Context, Result};
use crate::exit::Exit;
use crate::output::csv::{CsvFile, unwritable};
use crate::output::log::findings::one_line;
use crate::output::{catalogue, text};

/// The columns of the CSV file: those of `--json`, and what to do.
const COLUMNS: [&str; 9] = [
    "code",
    "severity",
    "owner",
    "source",
    "entity",
    "sourcedId",
    "field",
    "detail",
    "remedy",
];

/// `homeroom run findings RUN`
#[derive(Debug, Args)]
pub(crate) struct FindingsArgs {
    /// The run's number.
    run: u32,
    /// Only findings of this code.
    #[arg(long)]
    code: Option<String>,
    /// Only findings of this severity.
    #[arg(long, value_parser = ["info", "warning", "error", "fatal"])]
    severity: Option<String>,
    /// Write them to a file for a spreadsheet; `-` is standard output. Cells
    /// that begin like a formula get a leading apostrophe.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

impl FindingsArgs {
    fn wants(&self, finding: &FindingView) -> bool {
        let is = |wanted: &Option<String>, value: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted == value)
        };
        is(&self.code, &finding.code) && is(&self.severity, &finding.severity)
    }
}

pub(super) async fn run(args: FindingsArgs, office: &Office, context: &mut Context) -> Result {
    if args.csv.is_some() {
        return to_csv(&args, office, context).await;
    }
    let run = args.run;
    if context.out.is_json() {
        let mut array = context.out.json_array();
        let mut written = Ok(());
        office
            .run_findings(run, &mut |finding| {
                if written.is_ok() && args.wants(&finding) {
                    written = array.push(&finding);
                }
            })
            .await?;
        written?;
        array.end()?;
        return Ok(Exit::Succeeded);
    }
    let (mut written, mut shown) = (Ok(()), 0_u64);
    let style = context.out.style();
    let out = &mut context.out;
    office
        .run_findings(run, &mut |finding| {
            if written.is_err() || !args.wants(&finding) {
                return;
            }
            shown += 1;
            let padded = format!("{:7}", text::clean(&finding.severity));
            let severity = match finding.severity.as_str() {
                "fatal" | "error" => style.bad(&padded),
                "warning" => style.attention(&padded),
                _ => style.faint(&padded),
            };
            let code = text::clean(&finding.code);
            written = writeln!(out, "{severity}  {code}  {}", one_line(&finding));
        })
        .await?;
    written?;
    if shown == 0 {
        context.out.text("No findings.\n")?;
    }
    Ok(Exit::Succeeded)
}

async fn to_csv(args: &FindingsArgs, office: &Office, context: &mut Context) -> Result {
    let Some(file) = &args.csv else {
        return Ok(Exit::Succeeded);
    };
    let mut csv = CsvFile::create(file, &COLUMNS)?;
    let mut written = Ok(());
    office
        .run_findings(args.run, &mut |finding| {
            if written.is_ok() && args.wants(&finding) {
                written = csv.row(cells(&finding));
            }
        })
        .await?;
    written.map_err(|error| unwritable(file, &error))?;
    let rows = csv.finish()?;
    context.tell_csv(file, rows, "finding", "findings")
}

fn cells(finding: &FindingView) -> [&str; 9] {
    [
        &finding.code,
        &finding.severity,
        &finding.owner,
        finding.source.as_deref().unwrap_or_default(),
        finding.entity.as_deref().unwrap_or_default(),
        finding.sourced_id.as_deref().unwrap_or_default(),
        finding.field.as_deref().unwrap_or_default(),
        &finding.detail,
        catalogue::remedy(&finding.code).unwrap_or_default(),
    ]
}
