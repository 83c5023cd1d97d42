//! Measuring: the crates' own benchmarks, then whole districts beside a native
//! yardstick. Prints markdown, with the machine it is about.

mod criterion;
mod district;
mod http;
mod latency;
mod machine;
pub(crate) mod measure;
pub(crate) mod native;
mod pages;
mod table;

use anyhow::Result;

use self::district::Figures;
use self::table::{Table, grouped, mebibytes, seconds};
use crate::workspace::Workspace;
use crate::{adapters, tools};

/// Measures reading from a server that answers after `millis`, a district of
/// `people` or of about a million rows.
pub(crate) fn run_latency(workspace: &Workspace, people: Option<u32>, millis: u64) -> Result<()> {
    adapters::build(workspace)?;
    build(workspace)?;
    latency::run(workspace, people.unwrap_or(latency::PEOPLE), millis)
}

fn build(workspace: &Workspace) -> Result<()> {
    let mut build = tools::cargo(&workspace.root);
    build.args(["build", "--release", "--bins"]);
    build.args(["-p", "homeroom", "-p", "fake-sis", "-p", "xtask"]);
    tools::run(&mut build)
}

/// Measures districts of these sizes, each `repeats` times; first, unless
/// `districts_only`, runs the crates' own benchmarks.
pub(crate) fn run(
    workspace: &Workspace,
    people: &[u32],
    repeats: u32,
    districts_only: bool,
) -> Result<()> {
    adapters::build(workspace)?;
    if !districts_only {
        criterion::run(workspace)?;
    }
    build(workspace)?;

    let mut figures = Vec::new();
    for &people in people {
        figures.push(district::measure(workspace, people, repeats)?);
    }
    println!("{}.\n", machine::describe());
    println!(
        "Medians of {repeats}. The native parse is one thread of serde_json over the same pages.\n"
    );
    print!("{}", table(&figures).render());
    Ok(())
}

fn table(figures: &[Figures]) -> Table {
    let people = figures.iter().map(|f| grouped(f.people.into())).collect();
    let mut table = Table::new("people", people);
    let mut row = |name: &str, cell: &dyn Fn(&Figures) -> String| {
        table.row(name, figures.iter().map(cell));
    };
    row("rows", &|f| grouped(f.native.rows));
    row("JSON", &|f| mebibytes(f.native.bytes));
    row("requests", &|f| grouped(f.first.report.requests));
    row("native parse", &|f| seconds(f.native.seconds));
    row("directory import", &|f| seconds(f.directory.wall));
    row("**first sync**", &|f| seconds(f.first.cost.wall));
    row("– read", &|f| seconds(f.first.report.phases.read));
    row("– load", &|f| seconds(f.first.report.phases.load));
    row("– plan", &|f| seconds(f.first.report.phases.plan));
    row("– commit", &|f| seconds(f.first.report.phases.commit));
    row("rows a second", &|f| {
        grouped((f.native.rows as f64 / f.first.cost.wall) as u64)
    });
    row("processor time", &|f| seconds(f.first.cost.cpu));
    // Measured by the clock: on a busy machine it includes waiting for a core.
    row("– inside the sandbox", &|f| {
        let sandbox = f.first.report.phases.sandbox;
        let share = sandbox / f.first.cost.cpu;
        format!("{} ({:.0} %)", seconds(sandbox), share * 100.0)
    });
    row("peak memory", &|f| mebibytes(f.first.cost.peak));
    row("first sync / native parse", &|f| {
        format!("{:.1}", f.first.cost.wall / f.native.seconds)
    });
    row("**second sync**, unchanged", &|f| {
        seconds(f.second.cost.wall)
    });
    row("– peak memory", &|f| mebibytes(f.second.cost.peak));
    row("bytes read, first / second sync", &|f| {
        let bytes = [f.first.report.bytes, f.second.report.bytes];
        format!("{} / {}", mebibytes(bytes[0]), mebibytes(bytes[1]))
    });
    row("data folder", &|f| mebibytes(f.disk));
    table
}
