//! Where foreign code is compiled. A few kilobytes of valid WebAssembly can
//! keep a compiler busy for minutes and make it take gigabytes, so a host
//! compiles vendors' files in a process of their own, which has limits on
//! processor time and address space and can be killed.
//!
//! The compiling process is the host's own program with one hidden argument. A
//! program that embeds this crate needs two lines for it:
//!
//! ```no_run
//! use homeroom_sandbox::{Compiler, Limits, Sandbox};
//!
//! fn main() -> std::process::ExitCode {
//!     // First of all, before threads, logs or arguments.
//!     if let Some(ended) = homeroom_sandbox::serve_compiler() {
//!         return ended;
//!     }
//!     let sandbox = Sandbox::with_compiler(Limits::default(), Compiler::this_program());
//!     # drop(sandbox);
//!     std::process::ExitCode::SUCCESS
//! }
//! ```
//!
//! [`Compiler::program`] names another program instead, whose `main` begins
//! with [`serve_compiler`] likewise.
//!
//! This module does not keep compiled code and does not know whose it is.

use std::path::PathBuf;
use std::process::ExitCode;

use wasmtime::Engine;

use crate::admission::AdmissionError;
use crate::limits::Limits;
use crate::strip;

mod child;
mod parent;
mod protocol;

/// The argument that makes a program serve as the compiler.
pub const COMPILE_ARGUMENT: &str = "--homeroom-compile-adapter";

/// Where adapters are compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiler {
    place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    ThisProcess,
    Program(PathBuf),
}

impl Compiler {
    /// In this process, with nothing that would stop a file built to overwhelm
    /// the compiler: for tests, and for files whose maker is trusted.
    pub fn in_this_process() -> Compiler {
        Compiler {
            place: Place::ThisProcess,
        }
    }

    /// In a child process that runs this very program. Its `main` must begin
    /// with [`serve_compiler`].
    pub fn this_program() -> Compiler {
        // The running image, even where its file was replaced since.
        let running = PathBuf::from("/proc/self/exe");
        let program = if running.exists() {
            running
        } else {
            std::env::current_exe().unwrap_or(running)
        };
        Compiler::program(program)
    }

    /// In a child process that runs another program, of the same version of
    /// this crate, whose `main` begins with [`serve_compiler`].
    pub fn program(program: impl Into<PathBuf>) -> Compiler {
        Compiler {
            place: Place::Program(program.into()),
        }
    }

    /// Compiles an admitted component for an engine of that fingerprint.
    pub(crate) fn compile(
        &self,
        engine: &Engine,
        fingerprint: &str,
        component: &[u8],
        limits: &Limits,
    ) -> Result<Vec<u8>, AdmissionError> {
        match &self.place {
            Place::ThisProcess => translate(engine, component),
            Place::Program(program) => parent::compile(program, fingerprint, component, limits),
        }
    }
}

/// Serves as the compiler if the program was started for that, and gives the
/// exit code to end with; `None` if it was started for something else. It takes
/// the limits from standard input and puts itself under them before it looks at
/// the component.
pub fn serve_compiler() -> Option<ExitCode> {
    let asked = std::env::args_os()
        .nth(1)
        .is_some_and(|argument| argument == COMPILE_ARGUMENT);
    asked.then(child::serve)
}

/// From component to machine code.
fn translate(engine: &Engine, component: &[u8]) -> Result<Vec<u8>, AdmissionError> {
    let stripped = strip::without_post_return(component).map_err(AdmissionError::Compile)?;
    engine
        .precompile_component(&stripped)
        .map_err(|e| AdmissionError::Compile(format!("{e:#}")))
}
