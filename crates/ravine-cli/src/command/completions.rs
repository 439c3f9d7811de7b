//! `ravine completions SHELL`: what makes the tab key work.

use crate::args::Arguments;
use crate::exit::{Exit, Result};
use crate::output::Output;
use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

/// Print the completion script of a shell
#[derive(Debug, Args)]
#[command(after_help = "Example:  ravine completions bash > ~/.local/share/bash-completion/completions/ravine")]
pub(crate) struct Options {
    /// The shell
    shell: Shell,
}

impl Options {
    pub(crate) fn run(self, output: &mut Output) -> Result<Exit> {
        let mut script = Vec::new();
        generate(self.shell, &mut Arguments::command(), "ravine", &mut script);
        output.bytes(&script)?;
        Ok(Exit::Done)
    }
}
