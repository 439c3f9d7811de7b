//! One command over many inputs: a bad one is said and passed by, and the exit code tells it.

use crate::exit::{Exit, Failure, Result};
use crate::files::Input;
use crate::output::Output;
use std::sync::atomic::{AtomicBool, Ordering};

/// Does `one` for each input. One bad input alone gives its own exit code, bad ones among several give 1; Ctrl-C ends it with 130.
pub(crate) fn each(
    inputs: &[Input],
    output: &mut Output,
    interrupt: &AtomicBool,
    mut one: impl FnMut(&Input, &mut Output) -> Result<()>,
) -> Result<Exit> {
    let mut failed = 0;
    for input in inputs {
        if let Err(failure) = one(input, output).map_err(|f| f.of(input)) {
            if inputs.len() == 1 || failure.exit == Exit::Done {
                return Err(failure);
            }
            output.failure(&failure);
            failed += 1;
        }
        if interrupt.load(Ordering::Relaxed) {
            return Err(Failure::new(Exit::Interrupted, "interrupted"));
        }
    }
    if failed > 0 {
        output.note(format_args!("{failed} of {} inputs failed", inputs.len()));
        return Ok(Exit::SomeFailed);
    }
    Ok(Exit::Done)
}
