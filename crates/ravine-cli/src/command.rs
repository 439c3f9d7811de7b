//! The commands: one file each, and one line here.

mod completions;
mod man;

use crate::exit::{Exit, Result};
use crate::output::Output;
use clap::Subcommand;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Completions(completions::Options),
    Man(man::Options),
}

/// Does it.
pub(crate) fn run(command: Command, output: &mut Output, _interrupt: &Arc<AtomicBool>) -> Result<Exit> {
    match command {
        Command::Completions(options) => options.run(output),
        Command::Man(options) => options.run(output),
    }
}
