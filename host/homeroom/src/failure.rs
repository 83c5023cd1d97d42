//! A command that could not do its work: how it is told to people (standard
//! error, always) and to scripts (an object on standard output with `--json`).
//!
//! A run that failed is not one of these: it has a report.

use std::io::Write;
use std::process::ExitCode;

use serde::Serialize;

use crate::exit::Exit;
use crate::output::text;

/// Why a command could not do its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Stable, kebab-case.
    pub(crate) code: String,
    /// What went wrong.
    pub(crate) detail: String,
    /// What to do about it; may be empty where the detail says it.
    pub(crate) remedy: String,
    /// Whether the command itself was wrong.
    pub(crate) usage: bool,
}

/// The object that `--json` puts on standard output.
#[derive(Serialize)]
struct FailureObject<'a> {
    status: &'static str,
    code: &'a str,
    detail: &'a str,
    remedy: &'a str,
}

impl Failure {
    /// A failure of the work.
    pub(crate) fn new(code: &str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Failure {
            code: code.to_owned(),
            detail: detail.into(),
            remedy: remedy.into(),
            usage: false,
        }
    }

    /// A failure of the command line: exit code 2.
    pub(crate) fn usage(code: &str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Failure {
            usage: true,
            ..Failure::new(code, detail, remedy)
        }
    }

    /// Tells it and gives the exit code.
    pub(crate) fn print(&self, json: bool) -> Exit {
        // Nobody is left to tell if standard error is closed.
        let _ = std::io::stderr().write_all(self.as_text().as_bytes());
        if json {
            self.print_object();
        }
        if self.usage {
            Exit::Usage
        } else {
            Exit::Failed
        }
    }

    fn as_text(&self) -> String {
        let mut told = String::from("error: ");
        told.push_str(&text::clean_lines(&self.detail));
        if !told.ends_with('\n') {
            told.push('\n');
        }
        if !self.remedy.is_empty() {
            told.push_str(&text::clean_lines(&self.remedy));
            told.push('\n');
        }
        told
    }

    fn as_object(&self) -> String {
        let object = FailureObject {
            status: "failed",
            code: &self.code,
            detail: &self.detail,
            remedy: &self.remedy,
        };
        // Four strings always serialise.
        serde_json::to_string(&object).unwrap_or_default()
    }

    fn print_object(&self) {
        let _ = writeln!(std::io::stdout(), "{}", self.as_object());
    }
}

impl From<homeroom_sync::Error> for Failure {
    fn from(error: homeroom_sync::Error) -> Self {
        let (detail, remedy) = error.parts();
        Failure {
            code: error.code().to_owned(),
            detail,
            remedy: text::sentence(&remedy),
            usage: error.is_usage(),
        }
    }
}

/// What could not be written to standard output. A reader that went away is
/// not one: see [`crate::output::Out`].
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Failure::new(
            "output",
            format!("the output could not be written: {error}"),
            "",
        )
    }
}

/// Ends the process over arguments that could not be parsed, or that asked for
/// help or the version.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    if !error.use_stderr() {
        return Exit::Succeeded.into();
    }
    // The arguments were not understood, so the flag is looked for by hand.
    if std::env::args_os().any(|argument| argument == "--json") {
        let told = error.render().to_string();
        let detail = told.lines().next().unwrap_or_default();
        Failure::usage(
            "usage",
            detail.trim_start_matches("error: "),
            "Run the command with --help.",
        )
        .print_object();
    }
    Exit::Usage.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_object_say_the_same() {
        let failure = Failure::usage("no-such-run", "run 9 does not exist", "See `run list`.");
        assert_eq!(
            failure.as_text(),
            "error: run 9 does not exist\nSee `run list`.\n"
        );
        assert_eq!(
            failure.as_object(),
            r#"{"status":"failed","code":"no-such-run","detail":"run 9 does not exist","remedy":"See `run list`."}"#
        );
    }

    #[test]
    fn what_a_vendor_sent_cannot_steer_the_terminal() {
        let failure = Failure::new("malformed", "the server said \u{1b}[2Jboo", "");
        assert_eq!(failure.as_text(), "error: the server said \\u{1b}[2Jboo\n");
    }
}
