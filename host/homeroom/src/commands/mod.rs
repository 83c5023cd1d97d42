//! One module per command group: what it takes, and the calls that do it.

pub(crate) mod adapter;
pub(crate) mod directory;
pub(crate) mod guardians;
pub(crate) mod integration;
pub(crate) mod key;
pub(crate) mod publisher;
pub(crate) mod recording;
pub(crate) mod replay;
pub(crate) mod roster;
pub(crate) mod run;
pub(crate) mod sync;
pub(crate) mod user;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use homeroom_sandbox::Compiler;
use homeroom_sync::{Homeroom, Office, Options};

use crate::cli::{Cli, Command};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::hints::Hints;
use crate::output::{Out, report, text};

/// What a command returns.
pub(crate) type Result<T = Exit> = std::result::Result<T, Failure>;

/// What every command needs.
pub(crate) struct Context {
    pub(crate) data: PathBuf,
    tenant: String,
    options: Options,
    pub(crate) hints: Hints,
    pub(crate) out: Out,
}

impl Context {
    /// Opens the data folder.
    pub(crate) async fn homeroom(&self) -> Result<Homeroom> {
        Ok(Homeroom::open_with(&self.data, self.options.clone()).await?)
    }

    /// The data folder, if there is one; a command that only looks makes none.
    pub(crate) async fn homeroom_if_any(&self) -> Result<Option<Homeroom>> {
        match self.data.join("homeroom.db").exists() {
            true => Ok(Some(self.homeroom().await?)),
            false => Ok(None),
        }
    }

    /// Opens the tenant.
    pub(crate) async fn office(&self) -> Result<Office> {
        Ok(self.homeroom().await?.tenant(&self.tenant).await?)
    }

    /// Shows a run's report.
    pub(crate) fn show_report(&mut self, shown: &homeroom_sync::views::RunReport) -> Result<()> {
        let hints = self.hints.clone();
        Ok(self
            .out
            .show(shown, |style| report::summary(shown, style, &hints))?)
    }

    /// Says what a CSV file holds, unless it is standard output itself.
    pub(crate) fn tell_csv(&mut self, file: &Path, rows: u64, one: &str, many: &str) -> Result {
        if file == Path::new("-") {
            return Ok(Exit::Succeeded);
        }
        let object = serde_json::json!({ "file": file, "rows": rows });
        let name = file.to_string_lossy();
        let line = format!(
            "{} in {}\n",
            text::counted(rows, one, many),
            text::clean(&name)
        );
        self.out.show(&object, |_| line)?;
        Ok(Exit::Succeeded)
    }

    /// Shows one line about something done; `{"note": …}` as JSON.
    pub(crate) fn note(&mut self, note: &str) -> Result {
        let object = serde_json::json!({ "note": note });
        let line = format!("{}\n", text::sentence(&text::clean(note)));
        self.out.show(&object, |_| line)?;
        Ok(Exit::Succeeded)
    }
}

/// Does what the command line says.
pub(crate) async fn run(cli: Cli) -> Result {
    let mut context = Context {
        hints: Hints::new(&cli.global),
        out: Out::stdout(cli.global.json),
        options: Options {
            compiler: Compiler::this_program(),
            policy: cli.global.policy,
        },
        data: cli.global.data,
        tenant: cli.global.tenant,
    };
    let exit = match cli.command {
        Command::Adapter(command) => adapter::run(command, &mut context).await,
        Command::Directory(command) => directory::run(command, &mut context).await,
        Command::Guardians(command) => guardians::run(command, &mut context).await,
        Command::Integration(command) => integration::run(command, &mut context).await,
        Command::Sync(args) => sync::run(args, &mut context).await,
        Command::Run(command) => run::run(command, &mut context).await,
        Command::User(command) => user::run(command, &mut context).await,
        Command::Roster(command) => roster::run(command, &mut context).await,
        Command::Recording(command) => recording::run(command, &mut context),
        Command::Replay(args) => replay::run(args, &mut context).await,
        Command::Key(command) => key::run(command, &mut context).await,
    }?;
    context.out.flush()?;
    Ok(exit)
}

/// Reads a file that the command line names, up to a size that no honest file
/// of its kind reaches.
pub(crate) fn read_file(file: &Path, what: &str, most: u64) -> Result<Vec<u8>> {
    let failed = |cause: String| {
        Failure::usage(
            "file-unreadable",
            format!("{what} could not be read from {}: {cause}", file.display()),
            "Name a file that exists and that this account may read.",
        )
    };
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .and_then(|open| open.take(most.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|error| failed(error.to_string()))?;
    if bytes.len() as u64 > most {
        let limit = text::bytes(most);
        return Err(failed(format!("it is larger than {limit}")));
    }
    Ok(bytes)
}
