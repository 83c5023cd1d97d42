//! `homeroom recording`: look into the recording of a run.

use std::fs::OpenOptions;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use homeroom_sync::{RecordingMade, RecordingView, har, open_recording};

use super::{Context, Result};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{recording, text};

/// `homeroom recording …`
#[derive(Debug, Subcommand)]
pub(crate) enum RecordingCommand {
    /// Check a recording and sum it up; no body and no record is shown.
    Show {
        /// The recording.
        file: PathBuf,
    },
    /// Write a recording's requests as HAR 1.2, which the developer tools of
    /// browsers open.
    ///
    /// Nothing that the host added to a request is in it.
    ExportHar {
        /// The recording.
        file: PathBuf,
        /// The archive; it must not exist yet.
        out: PathBuf,
        /// Put the bodies in, which hold personal data.
        #[arg(long)]
        with_bodies: bool,
    },
}

pub(crate) fn run(command: RecordingCommand, context: &mut Context) -> Result {
    match command {
        RecordingCommand::Show { file } => {
            let view = RecordingView::from(&open_recording(&file)?);
            let name = file.to_string_lossy();
            context
                .out
                .show(&view, |style| recording::page(&name, &view, style))?;
            Ok(Exit::Succeeded)
        }
        RecordingCommand::ExportHar {
            file,
            out,
            with_bodies,
        } => export_har(&file, &out, with_bodies, context),
    }
}

fn export_har(file: &Path, out: &Path, with_bodies: bool, context: &mut Context) -> Result {
    let recording = open_recording(file)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(out).map_err(|error| {
        Failure::usage(
            "har-unwritable",
            format!("{} could not be made: {error}", out.display()),
            "Name a file that does not exist, in a folder that this account may write to.",
        )
    })?;
    let requests = har::export(&recording, with_bodies, BufWriter::new(opened))?;
    let object = serde_json::json!({
        "file": out,
        "requests": requests,
        "bodies": with_bodies,
        "complete": recording.is_complete(),
    });
    let bodies = match with_bodies {
        true => "with bodies: it holds personal data",
        false => "without bodies",
    };
    let line = format!(
        "{} in {}, {bodies}\n",
        text::counted(requests, "request", "requests"),
        text::clean(&out.to_string_lossy())
    );
    context.out.show(&object, |_| line)?;
    Ok(Exit::Succeeded)
}

/// Says on standard error what was recorded: standard output is the run's.
pub(crate) fn tell(made: &RecordingMade) {
    let file = text::clean(&made.file);
    match &made.failure {
        None => eprintln!(
            "Recorded {} with {} to {file} ({}).\n\
             It holds personal data of pupils: keep it as safe as the roster, and delete it when \
             it is not needed any more. It holds no credentials.",
            text::counted(made.calls, "call", "calls"),
            text::counted(made.requests, "request", "requests"),
            text::bytes(made.bytes)
        ),
        Some(why) => eprintln!(
            "The run was not recorded to its end: {}\n\
             {file} can be read as far as it goes. It holds personal data of pupils.",
            text::clean(why)
        ),
    }
}
