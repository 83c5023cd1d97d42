//! The fake SIS as a process on loopback that ends when this one does.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::workspace::Workspace;

/// The fake SIS at work. It stops when this is dropped.
pub(crate) struct Server {
    /// Where it is.
    pub(crate) addresses: Addresses,
    tether: Child,
    /// Held open, so that the server never writes to nobody.
    _stdout: BufReader<ChildStdout>,
}

/// What the fake SIS prints when it is ready.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Addresses {
    /// The endpoint without a versioned path.
    pub(crate) base_url: String,
    /// The OneRoster 1.2 service.
    #[serde(rename = "oneRoster12")]
    pub(crate) one_roster_12: String,
    /// The token endpoint.
    pub(crate) token_url: String,
    /// The client id.
    pub(crate) client_id: String,
    /// The client secret.
    pub(crate) client_secret: String,
}

impl Server {
    /// Starts the built `fake-sis` of that profile and waits until it is ready.
    pub(crate) fn start(workspace: &Workspace, profile: &str, arguments: &[&str]) -> Result<Self> {
        let program = workspace.binary(profile, "fake-sis");
        let tether = std::env::current_exe().context("this program cannot find itself")?;
        let mut tether = Command::new(tether)
            .args(["tether", "--"])
            .arg(&program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the fake SIS could not be started")?;
        let stdout = tether.stdout.take().context("its output is not at hand")?;
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let addresses = serde_json::from_str(&line)
            .with_context(|| format!("{} did not say where it is", program.display()))?;
        Ok(Server {
            addresses,
            tether,
            _stdout: stdout,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The tether sees its input close and ends the server.
        drop(self.tether.stdin.take());
        let _ = self.tether.wait();
    }
}
