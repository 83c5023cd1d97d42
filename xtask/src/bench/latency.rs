//! A server that takes its time: whether the host keeps its connections busy up
//! to the allowed concurrency, and no further.
//!
//! The fake SIS waits before each answer and counts, as it sees them, how many
//! requests are under way. Beside the time that reading took stands the ideal:
//! requests times latency by concurrency. Only reading is measured, so nothing
//! is applied (`sync --preview`).

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::district::{Report, clear};
use super::table::{Table, grouped, seconds};
use super::{http, measure, pages};
use crate::server::Server;
use crate::workspace::Workspace;

/// About a million rows.
pub(crate) const PEOPLE: u32 = 127_000;
/// Rows a page.
const LIMIT: usize = 1_000;
/// Requests at once.
const CONCURRENCY: [u64; 3] = [1, 4, 8];

/// What the fake SIS has counted.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Counters {
    requests: u64,
    most_at_once: u64,
    busy_micros: u64,
    open_micros: u64,
}

/// One sync.
struct Figures {
    totals: bool,
    concurrency: u64,
    rows: u64,
    read: f64,
    cpu: f64,
    seen: Counters,
}

impl Figures {
    fn mean_at_once(&self) -> f64 {
        self.seen.busy_micros as f64 / self.seen.open_micros.max(1) as f64
    }

    fn ideal(&self, latency: f64) -> f64 {
        self.seen.requests as f64 * latency / self.concurrency as f64
    }
}

/// Measures a district of `people` behind a latency of `millis`, with and
/// without totals, and prints the table. Needs the release builds of
/// `homeroom`, `fake-sis` and `xtask`, and the adapters.
pub(crate) fn run(workspace: &Workspace, people: u32, millis: u64) -> Result<()> {
    let folder = workspace.target.join("bench").join("latency");
    clear(&folder)?;
    let mut figures = Vec::new();
    for totals in [true, false] {
        figures.extend(measure(workspace, people, millis, totals)?);
    }
    clear(&folder)?;
    println!("{}.\n", super::machine::describe());
    println!(
        "{} rows in pages of {}, each answer after {millis} ms, served on the same machine.\n",
        grouped(figures.first().map_or(0, |f| f.rows)),
        grouped(LIMIT as u64)
    );
    print!("{}", table(&figures, millis as f64 / 1000.0).render());
    Ok(())
}

/// One server, and a sync with each concurrency.
fn measure(workspace: &Workspace, people: u32, millis: u64, totals: bool) -> Result<Vec<Figures>> {
    let (size, limit, millis) = (people.to_string(), LIMIT.to_string(), millis.to_string());
    eprintln!("{people} people, totals {totals}: preparing the fake SIS and its pages");
    let mut arguments = vec!["--people", &size, "--no-gzip", "--latency", &millis];
    arguments.extend(["--prebuild", &limit, "--prebuild-query", pages::QUERY]);
    if !totals {
        arguments.push("--no-total");
    }
    let server = Server::start(workspace, "release", &arguments)?;
    let sis = &server.addresses;
    let counters = format!("{}/fake-sis/counters", sis.base_url);

    let folder = workspace.target.join("bench").join("latency");
    let (data, secret) = (folder.join("data"), folder.join("secret"));
    fs::write(&secret, &sis.client_secret)?;
    let helper = workspace.binary("release", "xtask");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(workspace.binary("release", "homeroom"));
        command.arg("--data").arg(&data).args(arguments);
        measure::run(&helper, &folder, &command)
    };
    let text = |path: &std::path::Path| path.display().to_string();
    let adapter = text(&workspace.adapters().join("oneroster.wasm"));
    clear(&data)?;
    run(&["adapter", "install", "--approve", &adapter])?;
    let mut figures = Vec::new();
    for concurrency in CONCURRENCY {
        let name = format!("with-{concurrency}");
        let (size, at_once) = (
            format!("page-size={LIMIT}"),
            format!("concurrency={concurrency}"),
        );
        let mut add = vec!["integration", "add", "--name", &name];
        add.extend(["--adapter", "oneroster", "--endpoint", &sis.base_url]);
        add.extend(["--token-url", &sis.token_url, "--client-id", &sis.client_id]);
        let secret = text(&secret);
        add.extend(["--client-secret-file", &secret, "--set", &size]);
        add.extend(["--set", &at_once]);
        add.extend(["--allow-insecure-http", "--allow-private-network"]);
        run(&add)?;
        http::request("DELETE", &counters, &[], "")?;
        eprintln!("{people} people, totals {totals}: {concurrency} at once");
        let (stdout, cost) = run(&["sync", &name, "--preview", "--json"])?;
        let report: Report = serde_json::from_str(&stdout).context("sync printed no report")?;
        let seen = http::request("GET", &counters, &[], "")?;
        let seen: Counters = serde_json::from_slice(&seen.body)?;
        ensure!(
            seen.most_at_once <= concurrency,
            "the server saw {} requests at once, and {concurrency} are allowed",
            seen.most_at_once
        );
        figures.push(Figures {
            totals,
            concurrency,
            rows: report.rows(),
            read: report.phases.read,
            cpu: cost.cpu,
            seen,
        });
    }
    Ok(figures)
}

fn table(figures: &[Figures], latency: f64) -> Table {
    let name = |f: &Figures| {
        let totals = if f.totals { "totals" } else { "no totals" };
        format!("{totals}, {} at once", f.concurrency)
    };
    let mut table = Table::new("", figures.iter().map(name).collect());
    let mut row = |name: &str, cell: &dyn Fn(&Figures) -> String| {
        table.row(name, figures.iter().map(cell));
    };
    row("requests", &|f| grouped(f.seen.requests));
    row("at once, at most", &|f| grouped(f.seen.most_at_once));
    row("at once, on average", &|f| {
        format!("{:.2}", f.mean_at_once())
    });
    row("**reading**", &|f| seconds(f.read));
    row("ideal", &|f| seconds(f.ideal(latency)));
    row("reading / ideal", &|f| {
        format!("{:.2}", f.read / f.ideal(latency))
    });
    row("processor time of the whole sync", &|f| seconds(f.cpu));
    table
}
