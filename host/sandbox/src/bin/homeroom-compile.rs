//! A program that compiles adapters and does nothing else: for hosts that embed
//! the sandbox and want their own `main` left as it is. Name it with
//! [`homeroom_sandbox::Compiler::program`].

use std::process::ExitCode;

fn main() -> ExitCode {
    match homeroom_sandbox::serve_compiler() {
        Some(ended) => ended,
        None => {
            eprintln!(
                "homeroom-compile compiles adapters for a program that embeds the sandbox; it is \
                 started by that program and not by hand"
            );
            ExitCode::from(2)
        }
    }
}
