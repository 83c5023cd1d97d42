//! `homeroom integration`: connect a SIS, change the connection, end it.

mod args;

use std::path::PathBuf;

use clap::Subcommand;

use super::{Context, Result, recording};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::hints::quote;
use crate::output::integration;
use args::{AddArgs, EditArgs};

/// `homeroom integration …`
#[derive(Debug, Subcommand)]
pub(crate) enum IntegrationCommand {
    /// Connect a SIS. It begins as a draft: nothing runs by itself.
    #[command(after_long_help = args::settings_help())]
    Add(AddArgs),
    /// List integrations with their last run.
    List,
    /// Show one with all its settings.
    Show {
        /// The integration.
        #[arg(value_name = "N")]
        name: String,
    },
    /// Change one; it takes effect at the next run.
    #[command(after_long_help = args::settings_help())]
    Edit(EditArgs),
    /// Try the connection and list the schools it can see.
    Test {
        /// The integration.
        #[arg(value_name = "N")]
        name: String,
        /// Look at this folder or zip of CSV files instead of the endpoint; for
        /// adapters that read files.
        #[arg(long, value_name = "DIR_OR_ZIP")]
        files: Option<PathBuf>,
        /// Record the call to FILE, which must not exist yet.
        #[arg(long, value_name = "FILE")]
        record: Option<PathBuf>,
    },
    /// Let it run.
    Enable {
        /// The integration.
        #[arg(value_name = "N")]
        name: String,
    },
    /// Stop it from running.
    Disable {
        /// The integration.
        #[arg(value_name = "N")]
        name: String,
    },
    /// Leave schools out from the next run on.
    ///
    /// What belongs to such a school only is archived by that run.
    ExcludeSchools(SchoolsArgs),
    /// Take schools in again from the next run on.
    IncludeSchools(SchoolsArgs),
    /// Forget the last sync, so that the next one reads everything. Imported
    /// data stays.
    Reset(ConfirmedArgs),
    /// Delete it. Imported data stays; updates stop.
    Delete(ConfirmedArgs),
}

/// An integration and schools of it.
#[derive(Debug, clap::Args)]
pub(crate) struct SchoolsArgs {
    /// The integration.
    #[arg(value_name = "N")]
    name: String,
    /// The schools' sourcedIds, as `integration test` lists them.
    #[arg(value_name = "ID", required = true)]
    schools: Vec<String>,
}

/// An integration and a confirmation.
#[derive(Debug, clap::Args)]
pub(crate) struct ConfirmedArgs {
    /// The integration.
    #[arg(value_name = "N")]
    name: String,
    /// Do it. Without this, only what would happen is told.
    #[arg(long)]
    yes_i_understand: bool,
}

pub(crate) async fn run(command: IntegrationCommand, context: &mut Context) -> Result {
    let hints = context.hints.clone();
    let office = context.office().await?;
    let view = match command {
        IntegrationCommand::List => {
            let all = office.integrations().await?;
            context
                .out
                .show(&all, |style| integration::list(&all, style, &hints))?;
            return Ok(Exit::Succeeded);
        }
        IntegrationCommand::Test {
            name,
            files,
            record,
        } => {
            let waiting = |what: &str| eprintln!("{}", crate::output::text::clean(what));
            let files = files.as_deref();
            let report = match record {
                None => office.integration_test(&name, files, waiting).await?,
                Some(file) => {
                    let (report, made) = office
                        .integration_test_recorded(&name, files, waiting, &file)
                        .await?;
                    recording::tell(&made);
                    report
                }
            };
            context.out.show(&report, |style| {
                integration::test(&name, &report, style, &hints)
            })?;
            return Ok(if report.ok {
                Exit::Succeeded
            } else {
                Exit::Failed
            });
        }
        IntegrationCommand::Reset(args) => {
            let view = office.integration(&args.name).await?;
            confirmed(
                &args,
                "reset",
                "would forget when it last ran: its next run reads everything. \
                 Nothing that was imported is changed",
                context,
            )?;
            office.reset(&view.name).await?;
            let note = format!("{} is reset: its next run reads everything", view.name);
            return context.note(&note);
        }
        IntegrationCommand::Delete(args) => {
            let view = office.integration(&args.name).await?;
            confirmed(
                &args,
                "delete",
                "would be deleted with its settings and its secret: updates stop. People, \
                 classes and enrolments that it imported stay as they are",
                context,
            )?;
            office.delete(&view.name).await?;
            let note = format!("{} is deleted; what it imported stays as it is", view.name);
            return context.note(&note);
        }
        IntegrationCommand::Add(args) => office.integration_add(args.read()?).await?,
        IntegrationCommand::Edit(args) => {
            let (name, edit) = args.read()?;
            office.integration_edit(&name, edit).await?
        }
        IntegrationCommand::Show { name } => office.integration(&name).await?,
        IntegrationCommand::Enable { name } => office.set_enabled(&name, true).await?,
        IntegrationCommand::Disable { name } => office.set_enabled(&name, false).await?,
        IntegrationCommand::ExcludeSchools(args) => {
            office.exclude_schools(&args.name, args.schools).await?
        }
        IntegrationCommand::IncludeSchools(args) => {
            office.include_schools(&args.name, args.schools).await?
        }
    };
    context
        .out
        .show(&view, |style| integration::show(&view, style, &hints))?;
    Ok(Exit::Succeeded)
}

/// Goes on only with a confirmation; else says what would happen and how to
/// confirm it.
fn confirmed(args: &ConfirmedArgs, verb: &str, would: &str, context: &Context) -> Result<()> {
    if args.yes_i_understand {
        return Ok(());
    }
    let command = format!(
        "integration {verb} {} --yes-i-understand",
        quote(&args.name)
    );
    Err(Failure::usage(
        "confirmation-needed",
        format!("{} {would}. Nothing was done yet.", args.name),
        format!("To do it: {}", context.hints.command(&command)),
    ))
}
