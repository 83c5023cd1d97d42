//! The crates' own benchmarks: the parts of a run, one by one.

use anyhow::Result;

use crate::tools;
use crate::workspace::Workspace;

/// Runs every crate that has benchmarks, one after the other, so that they do
/// not disturb each other.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let adapters = workspace.adapters();
    for package in workspace.packages_with("bench") {
        let mut bench = tools::cargo(&workspace.root);
        bench.env("HOMEROOM_ADAPTERS", &adapters).args([
            "bench",
            "--package",
            &package,
            "--bench",
            "*",
        ]);
        tools::run(&mut bench)?;
    }
    Ok(())
}
