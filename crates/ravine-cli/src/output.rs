//! What the user reads: results on standard output, everything else on standard error.

use crate::exit::{Exit, Failure, Result};
use serde::Serialize;
use std::fmt;
use std::io::{self, BufWriter, IsTerminal, Write};

/// The two streams.
pub(crate) struct Output {
    results: BufWriter<io::Stdout>,
    quiet: bool,
    /// What follows where the reader of the results has gone.
    unread: Unread,
}

/// What follows where the reader of the results has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unread {
    /// The command ends: nothing else was wanted.
    Ends,
    /// It goes on: pictures go to files.
    GoesOn,
    /// It goes on, and the reader has gone.
    Gone,
}

impl Output {
    pub(crate) fn new(quiet: bool) -> Self {
        Output { results: BufWriter::new(io::stdout()), quiet, unread: Unread::Ends }
    }

    /// Pictures go to files: the command goes on though nobody reads what is said of them.
    pub(crate) fn go_on_unread(&mut self) {
        self.unread = Unread::GoesOn;
    }

    /// A line of results.
    pub(crate) fn line(&mut self, line: impl fmt::Display) -> Result<()> {
        self.results(|to| writeln!(to, "{line}"))
    }

    /// Writes results, unless nobody reads them.
    fn results(&mut self, write: impl FnOnce(&mut BufWriter<io::Stdout>) -> io::Result<()>) -> Result<()> {
        if self.unread == Unread::Gone {
            return Ok(());
        }
        match write(&mut self.results) {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe && self.unread == Unread::GoesOn => {
                self.unread = Unread::Gone;
                Ok(())
            }
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Err(Failure::closed_pipe()),
            written => written.map_err(|e| Failure::writing("standard output", e)),
        }
    }

    /// A result as one line of JSON, shown at once: whoever reads it may be waiting.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<()> {
        let text = serde_json::to_string(value).map_err(|e| Failure::new(Exit::Numerical, e))?;
        self.line(text)?;
        self.flush()
    }

    /// Bytes of a picture.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.results(|to| to.write_all(bytes))?;
        self.flush()
    }

    /// Shows what was written so far.
    pub(crate) fn flush(&mut self) -> Result<()> {
        self.results(Write::flush)
    }

    /// A remark, on standard error.
    pub(crate) fn note(&mut self, line: impl fmt::Display) {
        if !self.quiet {
            say(line);
        }
    }

    /// Why something was not done, on standard error.
    pub(crate) fn failure(&mut self, failure: &Failure) {
        if !failure.message.is_empty() {
            say(format_args!("ravine: {}", failure.message));
        }
    }

    /// Whether progress is wanted, and whether it can be a bar that moves.
    pub(crate) fn progress(&self) -> ProgressKind {
        match (self.quiet, io::stderr().is_terminal()) {
            (true, _) => ProgressKind::None,
            (false, true) => ProgressKind::Bar,
            (false, false) => ProgressKind::Lines,
        }
    }
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProgressKind {
    /// Not at all.
    None,
    /// A bar on a terminal.
    Bar,
    /// A plain line every few seconds, for logs.
    Lines,
}

/// A line on standard error. Where nobody listens any more there is nothing left to say it to.
pub(crate) fn say(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
