//! The binary `ravine`: arguments become plain data, plain data becomes a recipe, a command does it.

mod args;
mod batch;
mod bound;
mod command;
mod drawing;
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
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::process::ExitCode;
use std::sync::Mutex;

/// The last panic and where it was. Codecs panic on damaged files and are caught, so that a panic is told only where nobody caught it.
static PANIC: Mutex<String> = Mutex::new(String::new());

fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    let interrupt = interrupt::listen();
    let mut output = output::Output::new(arguments.quiet);
    set_hook(Box::new(|panic| {
        if let Ok(mut last) = PANIC.lock() {
            *last = panic.to_string().replace('\n', " ");
        }
    }));
    let run = AssertUnwindSafe(|| command::run(arguments.command, &mut output, &interrupt));
    let Ok(ended) = catch_unwind(run) else {
        let told = PANIC.lock().map(|last| last.clone()).unwrap_or_default();
        output::say(format_args!("ravine: internal error: {told}; please report it"));
        return ExitCode::from(101);
    };
    match ended.and_then(|code| output.flush().map(|()| code)) {
        Ok(code) => code.into(),
        Err(failure) => {
            output.failure(&failure);
            failure.exit.into()
        }
    }
}
