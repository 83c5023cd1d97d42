//! What a process costs: wall time, processor time, peak memory.
//!
//! The system counts for children that have ended, all together, so each
//! measured command runs as the only child of a helper, this binary started
//! again as `xtask measure`. The helper is small on purpose: on Linux a child's
//! peak memory includes the moment before it became another program, when it
//! still had its parent's size.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde::{Deserialize, Serialize};

use crate::tools;

/// What a command cost.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Cost {
    /// Seconds from start to end.
    pub(crate) wall: f64,
    /// Seconds of processor time, user and system, on all cores together.
    pub(crate) cpu: f64,
    /// Largest resident memory in bytes.
    pub(crate) peak: u64,
}

/// Runs the program through the helper and returns what it wrote to stdout and
/// what it cost.
pub(crate) fn run(helper: &Path, folder: &Path, command: &Command) -> Result<(String, Cost)> {
    let report = folder.join("cost.json");
    let mut measured = Command::new(helper);
    measured
        .arg("measure")
        .arg("--report")
        .arg(&report)
        .arg("--")
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let output = measured
        .output()
        .with_context(|| format!("{} could not be started", helper.display()))?;
    let stdout = String::from_utf8(output.stdout).context("the command did not write UTF-8")?;
    if !output.status.success() {
        bail!(
            "`{}` failed ({}): {}",
            tools::line(command),
            output.status,
            stdout.trim()
        );
    }
    let cost = std::fs::read_to_string(&report)
        .with_context(|| format!("{} cannot be read", report.display()))?;
    let cost = serde_json::from_str(&cost).context("the helper wrote something unexpected")?;
    Ok((stdout, cost))
}

/// The helper: runs the command with this process's output, and writes its
/// [`Cost`] to `report`.
pub(crate) fn helper(report: &Path, command: &[String]) -> Result<()> {
    let [program, arguments @ ..] = command else {
        bail!("there is no command to measure");
    };
    let began = Instant::now();
    let status = Command::new(program)
        .args(arguments)
        .status()
        .with_context(|| format!("{program} could not be started"))?;
    let wall = began.elapsed().as_secs_f64();
    if !status.success() {
        bail!("{program} ended with {status}");
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).context("the system does not count")?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    // The unit is the system's choice.
    let unit = if cfg!(target_vendor = "apple") {
        1
    } else {
        1024
    };
    let cost = Cost {
        wall,
        cpu: micros as f64 / 1e6,
        peak: u64::try_from(usage.max_rss()).unwrap_or(0) * unit,
    };
    std::fs::write(report, serde_json::to_string(&cost)?)
        .with_context(|| format!("{} cannot be written", report.display()))
}
