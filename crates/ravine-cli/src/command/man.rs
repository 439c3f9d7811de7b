//! `ravine man DIR`: the manual pages, written from the same words as `--help`.

use crate::args::Arguments;
use crate::exit::{Exit, Failure, Result};
use crate::output::Output;
use clap::{Args, CommandFactory};
use std::path::PathBuf;

/// Write the manual pages into a folder
#[derive(Debug, Args)]
#[command(after_help = "Example:  ravine man ~/.local/share/man/man1")]
pub(crate) struct Options {
    /// The folder; made if it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Options {
    pub(crate) fn run(self, output: &mut Output) -> Result<Exit> {
        let unwritable = |e| Failure::writing(&self.folder.display().to_string(), e);
        std::fs::create_dir_all(&self.folder).map_err(unwritable)?;
        clap_mangen::generate_to(Arguments::command(), &self.folder).map_err(unwritable)?;
        output.line(format_args!("manual pages are in {}", self.folder.display()))?;
        Ok(Exit::Done)
    }
}
