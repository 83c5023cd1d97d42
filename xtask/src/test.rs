//! The whole test suite, as a person and as continuous integration run it.

use std::process::Command;

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{adapters, tools};

/// Builds the adapters and everything the tests start, then runs the tests.
/// `runner` goes to the test runner as it is. Its summary is the last output.
pub(crate) fn run(workspace: &Workspace, runner: &[String]) -> Result<()> {
    let adapters = adapters::build(workspace)?;

    // One command for binaries and tests: built apart, their dependencies would
    // have different features and be compiled twice.
    let mut build = tools::cargo(&workspace.root);
    build.args(["build", "--workspace", "--bins", "--tests"]);
    tools::run(&mut build)?;

    // Documentation's examples first, so that the last summary is the suite's.
    // With a filter, somebody is looking at some tests only.
    if runner.is_empty() {
        let mut examples = tools::cargo(&workspace.root);
        examples.args(["test", "--workspace", "--doc", "--quiet"]);
        tools::run(&mut examples)?;
    }

    let mut tests = tools::cargo(&workspace.root);
    tests
        .env("HOMEROOM_ADAPTERS", &adapters)
        .env("HOMEROOM_BIN", workspace.binary("debug", "homeroom"));
    if tools::succeeds(Command::new("cargo-nextest").arg("--version"))? {
        tests.args(["nextest", "run", "--workspace"]).args(runner);
    } else {
        tests.args(["test", "--workspace", "--bins", "--lib", "--tests", "--"]);
        tests.args(runner);
    }
    tools::run(&mut tests)
}
