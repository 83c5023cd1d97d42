//! The `fake-sis` command: see `fake-sis --help`.

use clap::Parser;

fn main() -> anyhow::Result<()> {
    fake_sis::run(&fake_sis::Cli::parse())
}
