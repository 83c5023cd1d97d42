//! `homeroom key`: the key that seals secrets.

use std::path::PathBuf;

use clap::Subcommand;
use homeroom_sync::Homeroom;

use super::{Context, Result};
use crate::exit::Exit;
use crate::output::text;

/// `homeroom key …`
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a new key and seal every secret of every tenant with it.
    ///
    /// Nobody else may use the data folder meanwhile: end what runs first.
    /// Killed in the middle, the folder opens with the old key and with the new
    /// one, and comes under the one that opens it.
    ///
    /// The key in DIR/key is replaced. A key from HOMEROOM_KEY_FILE or
    /// HOMEROOM_KEY is not Homeroom's to replace: name a file for the new one,
    /// and start Homeroom with it from then on.
    Rotate {
        /// File with the new key (64 hex digits); made with a new key in it if
        /// it does not exist.
        #[arg(long, value_name = "FILE")]
        new_key_file: Option<PathBuf>,
    },
}

pub(crate) async fn run(command: KeyCommand, context: &mut Context) -> Result {
    let KeyCommand::Rotate { new_key_file } = command;
    let done = Homeroom::rotate_key(&context.data, new_key_file.as_deref()).await?;
    let file = text::clean(&done.key_file).into_owned();
    context.out.show(&done, |_| {
        let sealed = format!(
            "{} of {} sealed with a new key.\n",
            text::counted(done.secrets, "secret", "secrets"),
            text::counted(done.tenants, "tenant", "tenants")
        );
        let next = match done.restart_with_key_file {
            true => format!("From now on start Homeroom with HOMEROOM_KEY_FILE={file}\n"),
            false => format!("The new key is in {file}; back it up apart from the data folder.\n"),
        };
        let old = "Copies of the data folder from before still open with the old key: if it was \
                   seen by others, let the SIS issue new secrets, too.\n";
        format!("{sealed}{next}{old}")
    })?;
    Ok(Exit::Succeeded)
}
