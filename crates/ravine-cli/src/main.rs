//! The binary `ravine`: arguments become plain data, plain data becomes a recipe, a command does it.

mod args;
mod batch;
mod bound;
mod command;
mod exit;
mod files;
mod interrupt;
mod output;
mod page;
mod pictures;
mod progress;
mod recipes;
mod trace;
mod typed;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    let interrupt = interrupt::listen();
    let mut output = output::Output::new(arguments.quiet);
    let ended = command::run(arguments.command, &mut output, &interrupt).and_then(|code| output.flush().map(|()| code));
    match ended {
        Ok(code) => code.into(),
        Err(failure) => {
            output.failure(&failure);
            failure.exit.into()
        }
    }
}
