//! The compiling process: takes limits and a component from standard input,
//! puts itself under the limits, and writes the code to standard output. It has
//! no environment, no files and no secrets to lose.

use std::io::{BufRead, Read, Write};
use std::process::ExitCode;

use super::protocol::{Answer, MOST_LINE, Order};
use super::translate;
use crate::admission::{AdmissionError, inspect_with};
use crate::engine::{compiling_engine, fingerprint};

pub(super) fn serve() -> ExitCode {
    let (answer, code) = match work() {
        Ok((fingerprint, code)) => {
            let bytes = code.len();
            (Answer::Compiled { fingerprint, bytes }, code)
        }
        Err(answer) => (answer, Vec::new()),
    };
    match write(&answer, &code) {
        Ok(()) => ExitCode::SUCCESS,
        // The host has gone, and with it whoever could be told.
        Err(_) => ExitCode::FAILURE,
    }
}

fn work() -> Result<(String, Vec<u8>), Answer> {
    let failed = |what: &str, why: String| Answer::Failed(format!("{what}: {why}"));
    let mut input = std::io::stdin().lock();
    let mut line = Vec::new();
    (&mut input)
        .take(MOST_LINE)
        .read_until(b'\n', &mut line)
        .map_err(|e| failed("its input cannot be read", e.to_string()))?;
    let order: Order = serde_json::from_slice(&line)
        .map_err(|e| failed("it was not told its limits", e.to_string()))?;
    restrain(&order).map_err(|e| failed("it cannot be limited", e))?;

    let limits = &order.limits;
    let mut component = Vec::new();
    input
        .take(limits.component_bytes as u64 + 1)
        .read_to_end(&mut component)
        .map_err(|e| failed("the component cannot be read", e.to_string()))?;
    inspect_with(&component, limits).map_err(|e| Answer::Refused(e.to_string()))?;
    let engine =
        compiling_engine(limits).map_err(|e| failed("there is no engine", e.to_string()))?;
    match translate(&engine, &component) {
        Ok(code) => Ok((fingerprint(&engine), code)),
        Err(AdmissionError::Compile(why)) => Err(Answer::Refused(why)),
        Err(other) => Err(Answer::Refused(other.to_string())),
    }
}

fn write(answer: &Answer, code: &[u8]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, answer)?;
    out.write_all(b"\n")?;
    out.write_all(code)?;
    out.flush()
}

/// Limits that the system enforces from here on, whatever this process does.
#[cfg(unix)]
fn restrain(order: &Order) -> Result<(), String> {
    use nix::sys::resource::{Resource, setrlimit};
    for (resource, most) in [
        (Resource::RLIMIT_CORE, 0),
        // Nothing is written but to the pipe.
        (Resource::RLIMIT_FSIZE, 0),
        (Resource::RLIMIT_NOFILE, 16),
        (Resource::RLIMIT_AS, order.limits.compile_memory_bytes),
    ] {
        setrlimit(resource, most, most).map_err(|e| format!("{resource:?}: {e}"))?;
    }
    // At the first limit the system sends a signal that ends the process and
    // says why; at the second it kills.
    let cpu = order.cpu_seconds;
    setrlimit(Resource::RLIMIT_CPU, cpu, cpu + 1).map_err(|e| format!("RLIMIT_CPU: {e}"))
}

/// Elsewhere the host's deadline is the only limit.
#[cfg(not(unix))]
fn restrain(_order: &Order) -> Result<(), String> {
    Ok(())
}
