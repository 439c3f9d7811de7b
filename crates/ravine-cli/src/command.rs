//! The commands: one file each, and one line here.

mod compare;
mod completions;
mod degrade;
mod demo;
mod descend;
mod estimate;
mod eval;
mod landscape;
mod lesson;
mod list;
mod man;
mod race;
mod restore;
mod train;

use crate::exit::{Exit, Result};
use crate::output::Output;
use clap::Subcommand;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Restore(restore::Options),
    Train(Box<train::Options>),
    Degrade(degrade::Options),
    Compare(compare::Options),
    Demo(demo::Options),
    Descend(descend::Options),
    Race(race::Options),
    Landscape(Box<landscape::Options>),
    Lesson(lesson::Options),
    Estimate(estimate::Options),
    Eval(eval::Options),
    List(list::Options),
    Completions(completions::Options),
    Man(man::Options),
}

/// Does it.
pub(crate) fn run(command: Command, output: &mut Output, interrupt: &Arc<AtomicBool>) -> Result<Exit> {
    match command {
        Command::Restore(options) => options.run(output, interrupt),
        Command::Train(options) => options.run(output, interrupt),
        Command::Degrade(options) => options.run(output, interrupt),
        Command::Compare(options) => options.run(output, interrupt),
        Command::Demo(options) => options.run(output, interrupt),
        Command::Descend(options) => options.run(output, interrupt),
        Command::Race(options) => options.run(output, interrupt),
        Command::Landscape(options) => options.run(output, interrupt),
        Command::Lesson(options) => options.run(output, interrupt),
        Command::Estimate(options) => options.run(output, interrupt),
        Command::Eval(options) => options.run(output, interrupt),
        Command::List(options) => options.run(output),
        Command::Completions(options) => options.run(output),
        Command::Man(options) => options.run(output),
    }
}
