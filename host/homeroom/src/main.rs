//! `homeroom`: keeps a school platform's roster in step with the SIS.
//!
//! This crate is the command line only: it reads arguments, calls
//! [`homeroom_sync`], and says what happened. It knows no SQL, no HTTP and no
//! WebAssembly, and decides nothing about the roster.

mod cli;
mod commands;
mod exit;
mod failure;
mod hints;
mod logs;
mod output;
mod progress;
mod secret;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // Foreign adapters are compiled by a child of this process: the same
    // program, under limits.
    if let Some(ended) = homeroom_sandbox::serve_compiler() {
        return ended;
    }
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return failure::usage(&error),
    };
    logs::start();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            let failure = failure::Failure::new(
                "runtime",
                format!("the worker threads could not be started: {error}"),
                "Check the limits on processes and memory of this account.",
            );
            return failure.print(cli.global.json).into();
        }
    };
    let json = cli.global.json;
    match runtime.block_on(commands::run(cli)) {
        Ok(exit) => exit.into(),
        Err(failure) => failure.print(json).into(),
    }
}
