//! A server that cannot outlive the one who started it.
//!
//! `cargo xtask tether -- COMMAND` runs the command until it ends or until its
//! own standard input closes. Whoever holds the other end of that pipe needs
//! no clean-up that could be skipped: the system closes the pipe however the
//! holder ends, by an error, a panic, Ctrl-C or a kill.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// Runs the command. Its output is this process's.
pub(crate) fn run(command: &[String]) -> Result<()> {
    let [program, arguments @ ..] = command else {
        bail!("there is no command to run");
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .spawn()
        .with_context(|| format!("{program} could not be started"))?;

    let (closed, holder_is_gone) = mpsc::channel();
    thread::spawn(move || {
        let mut stdin = std::io::stdin();
        let mut ignored = [0; 64];
        while matches!(stdin.read(&mut ignored), Ok(1..)) {}
        // The receiver is gone only when the command has ended anyway.
        let _ = closed.send(());
    });

    loop {
        if let Some(status) = child.try_wait()? {
            if status.success() {
                return Ok(());
            }
            bail!("{program} ended by itself ({status})");
        }
        if holder_is_gone
            .recv_timeout(Duration::from_millis(50))
            .is_ok()
        {
            child.kill()?;
            child.wait()?;
            return Ok(());
        }
    }
}
