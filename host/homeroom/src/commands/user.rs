//! `homeroom user`: people, why they are matched, and mending it by hand.

mod list;

use clap::{Args, Subcommand};

use super::{Context, Result};
use crate::exit::Exit;
use crate::output::explain;
use list::ListArgs;

const WHO: &str = "USER is a user's id, an email that only one user has, or PROVIDER/SOURCED_ID.";

/// `homeroom user …`
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// List users, or the people of a SIS who are no users.
    List(ListArgs),
    /// Say why somebody is matched or not, and where each value comes from.
    #[command(after_help = WHO)]
    Explain {
        /// Who.
        user: String,
    },
    /// Say that a record of a source is this user.
    #[command(after_help = WHO)]
    Match(TieArgs),
    /// Part a record from whoever it is matched with, and keep it so. Also
    /// takes a merge apart.
    Unmatch {
        /// The provider's name.
        provider: String,
        /// The record's id.
        sourced_id: String,
    },
    /// Say that a record of a source is never this user.
    #[command(after_help = WHO)]
    NeverMatch(TieArgs),
    /// Give a user's field a value, whatever the sources say.
    #[command(after_help = WHO)]
    Pin {
        /// Who.
        user: String,
        /// Such as givenName, email or phone.
        field: String,
        /// The value.
        value: String,
    },
    /// Let the sources decide about a field again.
    #[command(after_help = WHO)]
    Unpin {
        /// Who.
        user: String,
        /// Such as givenName, email or phone.
        field: String,
    },
}

/// A user and a record.
#[derive(Debug, Args)]
pub(crate) struct TieArgs {
    /// Who.
    user: String,
    /// The provider's name.
    provider: String,
    /// The record's id.
    sourced_id: String,
}

pub(crate) async fn run(command: UserCommand, context: &mut Context) -> Result {
    let office = context.office().await?;
    let note = match command {
        UserCommand::List(args) => return list::run(args, &office, context).await,
        UserCommand::Explain { user } => {
            let explanation = office.explain(&user).await?;
            let hints = context.hints.clone();
            context.out.show(&explanation, |style| {
                explain::render(&explanation, style, &hints)
            })?;
            return Ok(Exit::Succeeded);
        }
        UserCommand::Match(TieArgs {
            user,
            provider,
            sourced_id,
        }) => office.match_user(&user, &provider, &sourced_id).await?,
        UserCommand::Unmatch {
            provider,
            sourced_id,
        } => office.unmatch(&provider, &sourced_id).await?,
        UserCommand::NeverMatch(TieArgs {
            user,
            provider,
            sourced_id,
        }) => office.never_match(&user, &provider, &sourced_id).await?,
        UserCommand::Pin { user, field, value } => office.pin(&user, &field, &value).await?,
        UserCommand::Unpin { user, field } => office.unpin(&user, &field).await?,
    };
    context.note(&note)
}
