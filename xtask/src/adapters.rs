//! Building the adapters: every crate in `plugins/` becomes one component file,
//! `target/adapters/<id>.wasm`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::tools;
use crate::workspace::Workspace;

/// What an adapter is built for.
const TARGET: &str = "wasm32-wasip2";

/// Builds all adapters and returns the folder they are in.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf> {
    install_target(workspace)?;
    let plugins = workspace.plugins()?;
    let mut command = tools::cargo(&workspace.root);
    command.args(["build", "--profile", "adapter", "--target", TARGET]);
    for plugin in &plugins {
        command.args(["--package", &plugin.package]);
    }
    tools::run(&mut command)?;

    let folder = workspace.adapters();
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("{} cannot be made", folder.display()))?;
    let built = workspace.target.join(TARGET).join("adapter");
    for plugin in &plugins {
        let from = built.join(&plugin.library).with_extension("wasm");
        let to = folder.join(&plugin.id).with_extension("wasm");
        let bytes = std::fs::copy(&from, &to)
            .with_context(|| format!("{} cannot be copied to {}", from.display(), to.display()))?;
        eprintln!("{} ({} KiB)", to.display(), bytes.div_ceil(1024));
    }
    Ok(folder)
}

/// Sees to it that the compiler can build for [`TARGET`].
fn install_target(workspace: &Workspace) -> Result<()> {
    if has_target(workspace)? {
        return Ok(());
    }
    if !tools::succeeds(Command::new("rustup").arg("--version"))? {
        bail!(
            "the Rust compiler here cannot build for {TARGET}, and there is no rustup to install \
             it with; install rustup, or the standard library for {TARGET} in the way this \
             compiler was installed"
        );
    }
    let mut command = Command::new("rustup");
    command
        .current_dir(&workspace.root)
        .args(["target", "add", TARGET]);
    tools::run(&mut command)
}

/// The target is there when its standard library is: a folder in the sysroot.
/// That also holds for compilers that did not come from rustup.
fn has_target(workspace: &Workspace) -> Result<bool> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command
        .current_dir(&workspace.root)
        .args(["--print", "target-libdir", "--target", TARGET]);
    let folder = tools::output(&mut command)?;
    Ok(PathBuf::from(folder.trim()).is_dir())
}
